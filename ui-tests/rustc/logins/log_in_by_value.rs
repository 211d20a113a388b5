use session_runtime::{Identity, Session};

#[derive(Session)]
struct Shop {
    #[session(identity)]
    user: Identity<u64>,
}

async fn h(mut session: Session<Shop>) {
    Session::log_in(session, 7);
}

fn main() {
    let _ = h;
}
