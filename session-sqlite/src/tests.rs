//! What needs the connection that writes.

use bytes::Bytes;
use session_runtime::store::{
    Change, Commit, Committed, Ended, Entry, EntryTag, Loaded, Mark, NewRow, Role, RowEnding,
    RowKey, Store as _, StoreErrorKind, Why,
};

use crate::SqliteStore;
use crate::writer::Sync;

const NOW: u64 = 1_800_000_000;
const KEY: RowKey = RowKey::from_bytes([1; 16]);
const MARK: Mark = Mark::from_bytes([1; 8]);

async fn store_with_a_row(name: &str) -> SqliteStore {
    let path = std::env::temp_dir().join(format!("session-sqlite-{name}-{}", std::process::id()));
    for end in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{end}", path.display()));
    }
    let store = SqliteStore::open(path).await.unwrap();
    let row = NewRow {
        key: KEY,
        mark: MARK,
        owner: None,
        expires: NOW + 1000,
        entries: &[],
        label: None,
    };
    store.create(row, NOW).await.unwrap();
    store
}

fn set(tag: u8, len: usize) -> Change {
    Change::Set(Entry {
        tag: EntryTag::from_bytes([tag, 0, 0]),
        role: Role::Base,
        sealed: Bytes::from(vec![7; len]),
    })
}

fn commit(changes: &[Change]) -> Commit<'_> {
    Commit {
        mark: MARK,
        seen: &[],
        changes,
        expires: None,
        renewal: None,
    }
}

#[tokio::test]
async fn a_full_file_takes_no_writes_and_ends_sessions_all_the_same() {
    let store = store_with_a_row("full").await;
    let done = store.commit(KEY, commit(&[set(1, 20_000)]), NOW).await;
    assert_eq!(done.unwrap(), Committed::Done);
    let limit = |connection: &rusqlite::Connection| {
        connection.query_row("PRAGMA max_page_count = 1", [], |_| Ok(()))
    };
    store.0.writer.run(Sync::Normal, limit).await.unwrap();
    let full = store.commit(KEY, commit(&[set(2, 60_000)]), NOW).await;
    assert_eq!(full.unwrap_err().kind(), StoreErrorKind::Full);
    let Loaded::Alive(row) = store.load(KEY, NOW).await.unwrap() else {
        panic!("the row is alive");
    };
    assert_eq!(row.entries.len(), 1, "all of it or nothing");
    let ending = RowEnding {
        owners: &[],
        why: Why::ByVisitor,
        until: NOW + 300,
    };
    assert_eq!(store.end(KEY, ending, NOW).await.unwrap(), Ended::Done);
}

#[tokio::test]
async fn a_job_that_fails_undoes_itself_and_no_other_of_its_transaction() {
    let store = store_with_a_row("savepoint").await;
    let insert = "INSERT INTO session_rows (key, expires) VALUES (x'02', 1)";
    let fails = move |connection: &rusqlite::Connection| {
        connection.execute_batch(insert)?;
        connection.execute_batch("no SQL")
    };
    let changes = [set(1, 10)];
    let (failed, done) = tokio::join!(
        store.0.writer.run(Sync::Normal, fails),
        store.commit(KEY, commit(&changes), NOW),
    );
    assert!(failed.is_err());
    assert_eq!(done.unwrap(), Committed::Done);
    let count = "SELECT count(*) FROM session_rows";
    let count =
        store.read(|connection| connection.query_row(count, [], |row| row.get::<_, u32>(0)));
    assert_eq!(count.unwrap(), 1);
}
