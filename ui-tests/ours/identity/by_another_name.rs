use session_runtime::{Identity as Who, Session};

#[derive(Session)]
struct Shop {
    #[session(identity)]
    user: Who<u64>,
}

fn main() {}
