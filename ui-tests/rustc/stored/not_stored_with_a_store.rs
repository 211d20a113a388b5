use session_runtime::store::MemoryStore;
use session_runtime::{Keyring, Session, SessionLayer};

#[derive(Session)]
struct Shop {
    visits: u32,
}

fn main() {
    let _ = SessionLayer::<Shop>::stored(Keyring::ephemeral(), MemoryStore::new());
}
