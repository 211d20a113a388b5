use session_runtime::{Identity, Keyring, Session, SessionLayer};

#[derive(Session)]
struct Shop {
    #[session(identity)]
    user: Identity<u64>,
}

fn main() {
    let layer = SessionLayer::<Shop>::new(Keyring::ephemeral());
    let _sessions = layer.sessions();
}
