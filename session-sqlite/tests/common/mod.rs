//! Files of their own for tests, and rows to put into them.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use session_runtime::store::{
    Commit, Committed, Created, Entry, EntryTag, Loaded, Mark, NewRow, Owner, Role, RowKey, Store,
    StoreError,
};

pub(crate) const NOW: u64 = 1_800_000_000;
pub(crate) const MARK: Mark = Mark::from_bytes([1; 8]);

/// A file that is not there yet.
pub(crate) fn new_file() -> PathBuf {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let name = format!("{}-{count}.db", std::process::id());
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    for end in ["", "-wal", "-shm"] {
        let _ = fs::remove_file(format!("{}{end}", path.display()));
    }
    path
}

pub(crate) fn key(number: u64) -> RowKey {
    let mut key = [0; 16];
    key[..8].copy_from_slice(&number.to_be_bytes());
    RowKey::from_bytes(key)
}

pub(crate) fn entry(tag: u8, sealed: &str) -> Entry {
    Entry {
        tag: EntryTag::from_bytes([tag, 0, 0]),
        role: Role::Base,
        sealed: Bytes::copy_from_slice(sealed.as_bytes()),
    }
}

pub(crate) async fn create(store: &impl Store, key: RowKey) -> Result<Created, StoreError> {
    create_of(store, key, None).await
}

pub(crate) async fn create_of(
    store: &impl Store,
    key: RowKey,
    owner: Option<Owner>,
) -> Result<Created, StoreError> {
    let row = NewRow {
        key,
        mark: MARK,
        owner,
        expires: NOW + 1000,
        entries: &[],
        label: None,
    };
    store.create(row, NOW).await
}

pub(crate) async fn set(
    store: &impl Store,
    key: RowKey,
    tag: u8,
    value: &str,
) -> Result<Committed, StoreError> {
    let commit = Commit {
        mark: MARK,
        seen: &[],
        changes: &[session_runtime::store::Change::Set(entry(tag, value))],
        expires: None,
        renewal: None,
    };
    store.commit(key, commit, NOW).await
}

/// The values in the row, by their fields.
pub(crate) async fn values(store: &impl Store, key: RowKey) -> Vec<(u8, String)> {
    let Loaded::Alive(row) = store.load(key, NOW).await.unwrap() else {
        return Vec::new();
    };
    let entries = row.entries.iter();
    let mut values: Vec<_> = entries
        .map(|entry| {
            let [tag, ..] = entry.tag.to_bytes();
            (tag, String::from_utf8_lossy(&entry.sealed).into_owned())
        })
        .collect();
    values.sort();
    values
}
