use session_runtime::{Identity, Session};

#[derive(Session)]
struct S1 {
    user: Identity<u64>,
}

#[derive(Session)]
struct S2 {
    #[session(identity)]
    user: Identity<u64>,
    acting_as: Identity<u64>,
}

fn main() {}
