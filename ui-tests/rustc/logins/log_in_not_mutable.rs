use session_runtime::{Identity, Session};

#[derive(Session)]
struct Shop {
    #[session(identity)]
    user: Identity<u64>,
}

async fn h(session: Session<Shop>) {
    Session::log_in(&mut session, 7);
}

fn main() {
    let _ = h;
}
