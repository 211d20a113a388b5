use session_runtime::{Session, SessionLayer, Keyring};
use session_runtime::store::MemoryStore;

#[derive(Session)]
#[session(stored)]
struct S<T> {
    #[session(merge = add)]
    visits: T,
}

fn main() {
    SessionLayer::<S<String>>::stored(Keyring::ephemeral(), MemoryStore::new());
}
