//! The store in memory keeps what every store must keep, in the one line that any store's tests have.

use session_runtime::store::MemoryStore;

async fn empty_store() -> MemoryStore {
    MemoryStore::new()
}

session_runtime::store_conformance!(empty_store);
