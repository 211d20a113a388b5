use session_runtime::{Identity, Session};

#[derive(Clone, Session)]
struct Shop {
    #[session(identity)]
    user: Identity<u64>,
}

fn main() {}
