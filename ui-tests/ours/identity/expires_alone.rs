use session_runtime::{Identity, Session};

#[derive(Session)]
struct S1 {
    #[session(identity, ttl = "1h")]
    user: Identity<u32>,
}

fn main() {}
