use session_runtime::{Identity, Session};

#[derive(Session)]
struct S1 {
    #[session(identity, default = Some(7))]
    user: Identity<u64>,
}

#[derive(Session)]
struct S2 {
    #[session(identity, default = None)]
    user: Identity<u64>,
}

fn main() {}
