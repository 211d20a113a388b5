//! Backups of the file: how one is made while the store is used, and what a restored one brings back.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    dead_code,
    reason = "a test, and a part of what tests share"
)]

mod common;

use std::fs;
use std::path::Path;

use common::{NOW, create, key, new_file, set, values};
use rusqlite::Connection;
use session_runtime::store::{Committed, Ended, Loaded, RowEnding, Store as _, Why};
use session_sqlite::SqliteStore;

async fn open(path: &Path) -> SqliteStore {
    SqliteStore::open(path).await.unwrap()
}

/// What `sqlite3 sessions.db "VACUUM INTO 'backup.db'"` does.
fn back_up(path: &Path) -> std::path::PathBuf {
    let backup = new_file();
    let other = Connection::open(path).unwrap();
    let target = backup.to_str().unwrap();
    other.execute("VACUUM INTO ?1", [target]).unwrap();
    backup
}

fn log_of(path: &Path) -> String {
    format!("{}-wal", path.display())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_that_is_made_while_the_store_is_used_has_every_answered_change() {
    let path = new_file();
    let store = open(&path).await;
    create(&store, key(1)).await.unwrap();
    for tag in 0..100 {
        assert_eq!(
            set(&store, key(1), tag, "x").await.unwrap(),
            Committed::Done
        );
    }
    let busy = tokio::spawn({
        let store = store.clone();
        async move {
            for number in 2..200 {
                create(&store, key(number)).await.unwrap();
            }
        }
    });
    let backup = open(&back_up(&path)).await;
    busy.await.unwrap();
    assert_eq!(values(&backup, key(1)).await.len(), 100);
}

#[tokio::test]
async fn a_copy_of_the_file_alone_lacks_what_is_in_the_log() {
    let path = new_file();
    let store = open(&path).await;
    create(&store, key(1)).await.unwrap();
    let copy = new_file();
    fs::copy(&path, &copy).unwrap();
    assert!(fs::metadata(log_of(&path)).unwrap().len() > 0);
    let loaded = open(&copy).await.load(key(1), NOW).await.unwrap();
    assert_eq!(loaded, Loaded::Missing);
}

#[tokio::test]
async fn a_restored_backup_brings_an_ended_session_back_until_its_rows_are_deleted() {
    let path = new_file();
    let store = open(&path).await;
    create(&store, key(1)).await.unwrap();
    let backup = back_up(&path);
    let ending = RowEnding {
        owners: &[],
        why: Why::ByVisitor,
        until: NOW + 300,
    };
    assert_eq!(store.end(key(1), ending, NOW).await.unwrap(), Ended::Done);
    let restored = open(&backup).await;
    let loaded = restored.load(key(1), NOW).await.unwrap();
    assert!(matches!(loaded, Loaded::Alive(_)));
    let other = Connection::open(&backup).unwrap();
    other.execute_batch("DELETE FROM session_rows").unwrap();
    assert_eq!(restored.load(key(1), NOW).await.unwrap(), Loaded::Missing);
}
