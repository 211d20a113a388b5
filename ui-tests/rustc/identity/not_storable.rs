use session_runtime::{Identity, Session};

struct UserId(u64);

#[derive(Session)]
struct Shop {
    #[session(identity)]
    user: Identity<UserId>,
}

fn main() {}
