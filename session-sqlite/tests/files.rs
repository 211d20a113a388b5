//! The failures that a file outlives, and the answers when it cannot be used.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]

mod common;

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs};

use common::{NOW, create, create_of, key, new_file, set, values};
use rusqlite::Connection;
use session_runtime::store::{
    Committed, Created, Ended, Loaded, Owner, RowEnding, Store, StoreError, StoreErrorKind, Why,
};
use session_sqlite::SqliteStore;

const ENDING: RowEnding<'_> = RowEnding {
    owners: &[],
    why: Why::ByVisitor,
    until: NOW + 300,
};

async fn open(path: &Path) -> SqliteStore {
    SqliteStore::open(path).await.unwrap()
}

fn kind<T: std::fmt::Debug>(answer: Result<T, StoreError>) -> StoreErrorKind {
    answer.unwrap_err().kind()
}

#[tokio::test]
async fn sessions_survive_a_restart() {
    let path = new_file();
    let store = open(&path).await;
    create(&store, key(1)).await.unwrap();
    set(&store, key(1), 1, "cart").await.unwrap();
    create(&store, key(2)).await.unwrap();
    assert_eq!(store.end(key(2), ENDING, NOW).await.unwrap(), Ended::Done);
    drop(store);
    let store = open(&path).await;
    assert_eq!(values(&store, key(1)).await, [(1, "cart".to_owned())]);
    let ended = store.load(key(2), NOW).await.unwrap();
    assert_eq!(ended, Loaded::Ended(Why::ByVisitor));
}

/// The environment variable that makes this program the second process of a test.
const PROCESS: &str = "SESSION_SQLITE_TEST_PROCESS";

/// Runs the test `second_process_of_the_tests` of this program in a process of its own.
fn second_process(path: &Path) -> Child {
    Command::new(env::current_exe().unwrap())
        .args([
            "--exact",
            "second_process_of_the_tests",
            "--nocapture",
            "--quiet",
        ])
        .env(PROCESS, path)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Sets the fields 100 to 199 of the row 1, one after the other, and prints each that was answered. Without the
/// environment variable it does nothing.
#[tokio::test]
async fn second_process_of_the_tests() {
    let Ok(path) = env::var(PROCESS) else { return };
    let store = open(Path::new(&path)).await;
    for tag in 100..200 {
        let done = set(&store, key(1), tag, "second").await.unwrap();
        assert_eq!(done, Committed::Done);
        let mut out = std::io::stdout();
        writeln!(out, "\nset {tag}").unwrap();
        out.flush().unwrap();
    }
}

fn answered(child: &mut Child) -> impl Iterator<Item = u8> + use<> {
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    lines.filter_map(|line| line.unwrap().strip_prefix("set ")?.parse().ok())
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_share_the_file_and_no_change_is_lost() {
    let path = new_file();
    let store = open(&path).await;
    create(&store, key(1)).await.unwrap();
    let mut child = second_process(&path);
    for tag in 0..100 {
        assert_eq!(
            set(&store, key(1), tag, "first").await.unwrap(),
            Committed::Done
        );
    }
    assert_eq!(answered(&mut child).count(), 100);
    assert!(child.wait().unwrap().success());
    assert_eq!(values(&store, key(1)).await.len(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_change_that_was_answered_survives_the_kill_of_its_process() {
    let path = new_file();
    let store = open(&path).await;
    create(&store, key(1)).await.unwrap();
    let mut child = second_process(&path);
    let mut lines = answered(&mut child);
    let mut last = 0;
    for _ in 0..40 {
        last = lines.next().unwrap();
    }
    child.kill().unwrap();
    let more = lines.last().unwrap_or(last);
    child.wait().unwrap();
    let values = values(&store, key(1)).await;
    let answered = usize::from(more - 100) + 1;
    assert!(answered < 100, "it was killed in the middle");
    assert!(
        values.len() == answered || values.len() == answered + 1,
        "{answered}: {values:?}"
    );
    assert!(values.iter().all(|(_, value)| value == "second"));
}

#[tokio::test]
async fn a_folder_that_is_not_there_is_unreachable() {
    let path = new_file().join("none").join("sessions.db");
    assert_eq!(
        kind(SqliteStore::open(&path).await),
        StoreErrorKind::Unreachable
    );
}

#[tokio::test]
async fn a_database_in_memory_is_refused() {
    for path in [":memory:", "", "file::memory:", "file:shop?mode=memory"] {
        let error = SqliteStore::open(path).await.unwrap_err();
        assert!(error.to_string().contains("MemoryStore"), "{error}");
    }
}

#[tokio::test]
async fn a_file_that_is_no_database_is_an_error_when_it_is_opened() {
    let path = new_file();
    fs::write(&path, "not a database, and long enough to look at").unwrap();
    assert_eq!(kind(SqliteStore::open(&path).await), StoreErrorKind::Other);
}

#[tokio::test]
async fn a_table_that_was_dropped_is_not_set_up() {
    let path = new_file();
    let store = open(&path).await;
    let other = Connection::open(&path).unwrap();
    other.execute_batch("DROP TABLE session_rows").unwrap();
    assert_eq!(
        kind(store.load(key(1), NOW).await),
        StoreErrorKind::NotSetUp
    );
    assert_eq!(kind(create(&store, key(1)).await), StoreErrorKind::NotSetUp);
    assert_eq!(
        kind(set(&store, key(1), 1, "x").await),
        StoreErrorKind::NotSetUp
    );
    assert_eq!(
        kind(store.end(key(1), ENDING, NOW).await),
        StoreErrorKind::NotSetUp
    );
    let owner = [Owner::from_bytes([1; 16])];
    assert_eq!(
        kind(store.list(&owner, NOW).await),
        StoreErrorKind::NotSetUp
    );
    let ended = store.end_all(&owner, None, NOW + 300, NOW).await;
    assert_eq!(kind(ended), StoreErrorKind::NotSetUp);
    assert_eq!(kind(store.sweep(NOW, 64).await), StoreErrorKind::NotSetUp);
    assert_eq!(kind(store.check().await), StoreErrorKind::NotSetUp);
}

#[tokio::test]
async fn a_row_that_cannot_be_read_counts_as_missing_and_is_no_error() {
    let path = new_file();
    let store = open(&path).await;
    let other = Connection::open(&path).unwrap();
    for (column, garbage) in [
        ("entries", "x'0102'"),
        ("entries", "x'00000100ffffffff'"),
        ("mark", "x'01'"),
        ("owner", "x'01'"),
        ("before_mark", "x'0101010101010101'"),
        ("why", "8"),
    ] {
        create(&store, key(1)).await.unwrap();
        let update = format!("UPDATE session_rows SET {column} = {garbage}");
        other.execute_batch(&update).unwrap();
        assert_eq!(
            store.load(key(1), NOW).await.unwrap(),
            Loaded::Missing,
            "{update}"
        );
        assert_eq!(
            set(&store, key(1), 1, "x").await.unwrap(),
            Committed::Missing
        );
        assert_eq!(
            create(&store, key(1)).await.unwrap(),
            Created::Done,
            "it begins anew"
        );
        other.execute_batch("DELETE FROM session_rows").unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lock_that_another_process_holds_is_a_timeout_within_the_limit_of_the_layer() {
    let path = new_file();
    let store = open(&path).await;
    create(&store, key(1)).await.unwrap();
    let other = Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let start = Instant::now();
    assert_eq!(
        kind(set(&store, key(1), 1, "x").await),
        StoreErrorKind::Timeout
    );
    assert!(start.elapsed() < Duration::from_secs(2));
    assert!(
        values(&store, key(1)).await.is_empty(),
        "a load does not wait"
    );
    other.execute_batch("COMMIT").unwrap();
    assert_eq!(set(&store, key(1), 1, "x").await.unwrap(), Committed::Done);
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_that_wait_together_are_each_saved() {
    let path = new_file();
    let store = open(&path).await;
    create(&store, key(1)).await.unwrap();
    let other = Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let tasks: Vec<_> = (0..200)
        .map(|tag| {
            let store = store.clone();
            tokio::spawn(async move { set(&store, key(1), tag, "x").await })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(100)).await;
    other.execute_batch("COMMIT").unwrap();
    for task in tasks {
        assert_eq!(task.await.unwrap().unwrap(), Committed::Done);
    }
    assert_eq!(values(&store, key(1)).await.len(), 200);
}

#[tokio::test]
async fn ten_thousand_dead_rows_go_in_bounded_sweeps() {
    let path = new_file();
    let store = open(&path).await;
    let other = Connection::open(&path).unwrap();
    let fill = format!(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000) \
         INSERT INTO session_rows (key, expires, why) SELECT randomblob(16), {NOW} - 300, 1 FROM n"
    );
    other.execute_batch(&fill).unwrap();
    create(&store, key(1)).await.unwrap();
    let mut sweeps = 0;
    while store.sweep(NOW, 64).await.unwrap() > 0 {
        sweeps += 1;
    }
    assert_eq!(sweeps, 10_000_usize.div_ceil(64));
    assert!(matches!(
        store.load(key(1), NOW).await.unwrap(),
        Loaded::Alive(_)
    ));
}

#[tokio::test(flavor = "multi_thread")]
async fn stores_that_open_a_new_file_at_once_all_open_it() {
    for _ in 0..20 {
        let path = new_file();
        let opened: Vec<_> = (0..8)
            .map(|_| tokio::spawn(SqliteStore::open(path.clone())))
            .collect();
        for store in opened {
            store.await.unwrap().unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_stores_of_one_process_share_the_file_and_no_change_is_lost() {
    let path = new_file();
    let stores = [open(&path).await, open(&path).await];
    create(&stores[0], key(1)).await.unwrap();
    let changes: Vec<_> = (0..200)
        .map(|tag| {
            let store = stores[usize::from(tag) % 2].clone();
            tokio::spawn(async move { set(&store, key(1), tag, "x").await })
        })
        .collect();
    for change in changes {
        assert_eq!(change.await.unwrap().unwrap(), Committed::Done);
    }
    for store in &stores {
        assert_eq!(values(store, key(1)).await.len(), 200);
    }
}

/// SQLite deletes the log when the last connection to a file is closed.
#[tokio::test]
async fn the_last_clone_that_is_dropped_closes_the_file() {
    let path = new_file();
    let store = open(&path).await;
    create(&store, key(1)).await.unwrap();
    let log = format!("{}-wal", path.display());
    drop(store.clone());
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(fs::exists(&log).unwrap(), "a clone is left");
    drop(store);
    let start = Instant::now();
    while fs::exists(&log).unwrap() {
        assert!(start.elapsed() < Duration::from_secs(5), "a thread is left");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn a_file_that_is_read_only_is_read_and_takes_no_writes() {
    let path = new_file();
    let writable = open(&path).await;
    create(&writable, key(1)).await.unwrap();
    set(&writable, key(1), 1, "cart").await.unwrap();
    // A mode of the file would not stop a test that runs as root.
    let store = open(Path::new(&format!("file:{}?mode=ro", path.display()))).await;
    assert_eq!(values(&store, key(1)).await, [(1, "cart".to_owned())]);
    assert_eq!(kind(create(&store, key(2)).await), StoreErrorKind::ReadOnly);
    assert_eq!(
        kind(set(&store, key(1), 2, "x").await),
        StoreErrorKind::ReadOnly
    );
    assert_eq!(
        kind(store.end(key(1), ENDING, NOW).await),
        StoreErrorKind::ReadOnly
    );
}

#[tokio::test]
async fn a_row_that_cannot_be_listed_hides_no_other_row_of_its_user() {
    let path = new_file();
    let store = open(&path).await;
    let owner = Owner::from_bytes([1; 16]);
    create_of(&store, key(1), Some(owner)).await.unwrap();
    create_of(&store, key(2), Some(owner)).await.unwrap();
    let other = Connection::open(&path).unwrap();
    let unreadable = format!(
        "INSERT INTO session_rows (key, expires, owner) \
         SELECT x'01', {NOW} + 1000, owner FROM session_rows LIMIT 1"
    );
    other.execute_batch(&unreadable).unwrap();
    assert_eq!(store.list(&[owner], NOW).await.unwrap().len(), 2);
    assert_eq!(
        store.end_all(&[owner], None, NOW + 300, NOW).await.unwrap(),
        2
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn five_hundred_changes_that_wait_are_a_few_transactions() {
    let path = new_file();
    let store = open(&path).await;
    for number in 0..500 {
        create(&store, key(number)).await.unwrap();
    }
    let other = Connection::open(&path).unwrap();
    other
        .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
        .unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let changes: Vec<_> = (0..500)
        .map(|number| {
            let store = store.clone();
            tokio::spawn(async move { set(&store, key(number), 1, "x").await })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(100)).await;
    other.execute_batch("COMMIT").unwrap();
    for change in changes {
        assert_eq!(change.await.unwrap().unwrap(), Committed::Done);
    }
    let count = transactions(&path);
    assert!((1..=10).contains(&count), "{count}");
}

/// The number of transactions in the log: the last page of each names the size of the file, and every other one 0.
fn transactions(path: &Path) -> usize {
    const PAGE: usize = 4096;
    let log = fs::read(format!("{}-wal", path.display())).unwrap();
    let pages = log[32..].chunks_exact(24 + PAGE);
    pages.filter(|page| page[4..8] != [0; 4]).count()
}
