use session_runtime::Session;

#[derive(Session)]
struct Session {
    visits: u32,
}

fn main() {}
