use session_runtime::{Identity, Session};

type CurrentUser = Identity<u64>;

#[derive(Session)]
struct Shop {
    #[session(identity)]
    user: CurrentUser,
}

fn main() {}
