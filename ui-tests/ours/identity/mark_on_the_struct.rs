use session_runtime::{Identity, LoggedIn, Session};

#[derive(Session)]
#[session(identity)]
struct Shop {
    user: Identity<u64>,
}

async fn orders(LoggedIn(user): LoggedIn<Shop>) -> String {
    user.to_string()
}

fn main() {
    let _ = orders;
}
