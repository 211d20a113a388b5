use session_runtime::{Identity, Session};

#[derive(Session)]
struct Shop {
    #[session(identity)]
    user: Identity<u64>,
}

async fn h(mut session: Session<Shop>) {
    Session::login(&mut session, 7);
    Session::logout(&mut session);
}

fn main() {
    let _ = h;
}
