use serde::{Deserialize, Serialize};
use session_runtime::{LoggedIn, Session};

#[derive(Default, Serialize, Deserialize)]
struct UserId(u64);

#[derive(Session)]
struct Shop {
    #[session(identity)]
    user: UserId,
}

async fn h(mut session: Session<Shop>) {
    Session::log_in(&mut session, UserId(7));
}

async fn users_only(LoggedIn(UserId(id)): LoggedIn<Shop>) {
    let _: u64 = id;
}

fn main() {
    let _ = (h, users_only);
}
