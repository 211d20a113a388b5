use session_runtime::{State, Status};

fn main() {
    let _: Option<(State, Status)> = None;
}
