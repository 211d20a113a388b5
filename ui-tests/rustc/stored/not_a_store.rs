use session_runtime::{Keyring, Session, SessionLayer};

#[derive(Session)]
#[session(stored)]
struct Shop {
    visits: u32,
}

fn main() {
    let _ = SessionLayer::<Shop>::stored(Keyring::ephemeral(), "redis://localhost");
}
