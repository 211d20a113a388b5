use session_runtime::store::MemoryStore;
use session_runtime::{Keyring, Session, SessionLayer};

#[derive(Session)]
#[session(stored)]
struct Shop {
    visits: u32,
}

fn main() {
    let layer = SessionLayer::<Shop>::stored(Keyring::ephemeral(), MemoryStore::new());
    let _sessions = layer.sessions();
}
