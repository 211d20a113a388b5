use session_runtime::{Identity, Session};

struct NotStored;

#[derive(Session)]
struct Shop<U> {
    #[session(identity)]
    user: Identity<U>,
}

async fn h(mut session: Session<Shop<NotStored>>) {
    Session::log_in(&mut session, NotStored);
}

fn main() {
    let _ = h;
}
