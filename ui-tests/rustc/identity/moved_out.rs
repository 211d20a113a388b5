use session_runtime::{Identity, Session};

#[derive(Session)]
struct Shop {
    #[session(identity)]
    user: Identity<String>,
}

async fn h(session: Session<Shop>) {
    if let Some(name) = *session.user {
        let _: String = name;
    }
}

fn main() {
    let _ = h;
}
