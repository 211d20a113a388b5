use session_runtime::Session;

#[derive(Session)]
struct S1 {
    #[session(identity)]
    user: u32,
    #[session(identity)]
    admin: u32,
}

fn main() {}
