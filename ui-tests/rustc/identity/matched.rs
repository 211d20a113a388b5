use session_runtime::{Identity, Session};

#[derive(Session)]
struct Shop {
    #[session(identity)]
    user: Identity<u64>,
}

async fn h(session: Session<Shop>) {
    if let Some(id) = session.user {
        let _: u64 = id;
    }
}

fn main() {
    let _ = h;
}
