use serde::{Deserialize, Serialize};
use session_runtime::Session;

#[derive(Serialize, Deserialize)]
struct UserId(u64);

#[derive(Session)]
struct S1 {
    #[session(identity)]
    user: Option<UserId>,
}

#[derive(Session)]
struct S2 {
    #[session(identity)]
    user: u64,
}

#[derive(Session)]
struct S3 {
    #[session(identity)]
    user: String,
}

#[derive(Session)]
struct S4 {
    #[session(identity)]
    user: (u32, UserId),
}

#[derive(Session)]
struct S5<U> {
    #[session(identity)]
    user: U,
}

fn main() {}
