//! The sentences that every store keeps.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    dead_code,
    reason = "a test, and a part of what tests share"
)]

mod common;

use session_sqlite::SqliteStore;

async fn empty_store() -> SqliteStore {
    SqliteStore::open(common::new_file()).await.unwrap()
}

session_runtime::store_conformance!(empty_store);
