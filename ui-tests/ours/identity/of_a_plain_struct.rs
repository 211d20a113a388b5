use serde::{Deserialize, Serialize};
use session_runtime::Session;

#[derive(Serialize, Deserialize)]
struct UserId(u64);

#[derive(Session)]
struct Shop {
    #[session(identity)]
    user: UserId,
}

fn main() {}
