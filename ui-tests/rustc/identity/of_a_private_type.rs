use serde::{Deserialize, Serialize};
use session_runtime::{Identity, Session};

#[derive(Serialize, Deserialize)]
struct UserId(u64);

#[derive(Session)]
pub struct Shop {
    #[session(identity)]
    user: Identity<UserId>,
}

fn main() {}
