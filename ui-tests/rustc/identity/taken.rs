use session_runtime::{Identity, Session};

#[derive(Session)]
struct Shop {
    #[session(identity)]
    user: Identity<u64>,
}

async fn h(mut session: Session<Shop>) {
    session.user.take();
}

fn main() {
    let _ = h;
}
