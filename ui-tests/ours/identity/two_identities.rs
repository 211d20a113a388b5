use session_runtime::{Identity, Session};

#[derive(Session)]
struct S1 {
    #[session(identity)]
    user: Identity<u32>,
    #[session(identity)]
    admin: Identity<u32>,
}

fn main() {}
