use session_runtime::{Identity, Session};

#[derive(Session)]
struct S1 {
    #[session(identity)]
    user: Identity<Option<u64>>,
}

#[derive(Session)]
struct S2 {
    #[session(identity)]
    user: Option<Identity<u64>>,
}

fn main() {}
