//! The tests that need the connection that writes.

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use axum::Router;
use axum::http::header::{RETRY_AFTER, SET_COOKIE};
use axum::routing::get;
use bytes::Bytes;
use rusqlite::Connection;
use session_runtime::store::{
    Change, Commit, Committed, Ended, Entry, EntryTag, Loaded, Mark, NewRow, Role, RowEnding,
    RowKey, Store as _, StoreErrorKind, Why,
};
use session_runtime::test_kit::Browser;
use session_runtime::{Identity, Keyring, Session, SessionLayer};

use crate::SqliteStore;
use crate::writer::Sync;

const NOW: u64 = 1_800_000_000;
const KEY: RowKey = RowKey::from_bytes([1; 16]);
const MARK: Mark = Mark::from_bytes([1; 8]);

const ENDING: RowEnding<'_> = RowEnding {
    owners: &[],
    why: Why::ByVisitor,
    until: NOW + 300,
};

fn new_file(name: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("session-sqlite-{name}-{}", std::process::id()));
    for end in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{end}", path.display()));
    }
    path
}

async fn store_with_a_row(name: &str) -> SqliteStore {
    open_with_a_row(&new_file(name)).await
}

async fn open_with_a_row(path: &Path) -> SqliteStore {
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
        sealed: Bytes::from(vec![tag; len]),
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

/// SQLite raises the limit to the pages that there are.
async fn limit_pages(store: &SqliteStore, count: u32) {
    let limit = move |connection: &Connection| {
        let limit = format!("PRAGMA max_page_count = {count}");
        connection.query_row(&limit, [], |_| Ok(()))
    };
    store.0.writer.run(Sync::Normal, limit).await.unwrap();
}

#[tokio::test]
async fn a_full_file_takes_no_writes_and_ends_sessions_all_the_same() {
    let store = store_with_a_row("full").await;
    let done = store.commit(KEY, commit(&[set(1, 20_000)]), NOW).await;
    assert_eq!(done.unwrap(), Committed::Done);
    limit_pages(&store, 1).await;
    let full = store.commit(KEY, commit(&[set(2, 60_000)]), NOW).await;
    assert_eq!(full.unwrap_err().kind(), StoreErrorKind::Full);
    let Loaded::Alive(row) = store.load(KEY, NOW).await.unwrap() else {
        panic!("the row is alive");
    };
    assert_eq!(row.entries.len(), 1, "all of it or nothing");
    assert_eq!(store.end(KEY, ENDING, NOW).await.unwrap(), Ended::Done);
}

#[derive(Session)]
#[session(stored)]
struct Shop {
    #[session(identity)]
    user: Identity<u32>,
    cart: Vec<String>,
}

async fn show(session: Session<Shop>) -> String {
    format!("{:?} {}", *session.user, session.cart.len())
}

async fn add(mut session: Session<Shop>) {
    session.cart.push("x".repeat(20_000));
}

async fn log_in(mut session: Session<Shop>) {
    Session::log_in(&mut session, 7);
}

async fn log_out(mut session: Session<Shop>) {
    Session::log_out(&mut session);
}

#[tokio::test]
async fn on_a_full_disk_a_change_is_a_503_and_reading_and_logging_out_work_and_so_does_all_with_room_again()
 {
    let store = SqliteStore::open(new_file("full-shop")).await.unwrap();
    let keys = Keyring::ephemeral();
    let routes = Router::new()
        .route("/show", get(show))
        .route("/add", get(add))
        .route("/log-in", get(log_in))
        .route("/log-out", get(log_out));
    let app = routes.layer(SessionLayer::<Shop>::stored(keys, store.clone()));
    let mut browser = Browser::new(app.clone());
    browser.get("/log-in").await;
    browser.get("/add").await;
    let mut other = Browser::new(app);
    other.get("/log-in").await;
    limit_pages(&store, 1).await;
    let full = browser.get("/add").await;
    assert_eq!(full.status(), 503);
    assert_eq!(full.headers()[RETRY_AFTER], "1");
    assert!(!full.headers().contains_key(SET_COOKIE));
    assert_eq!(browser.get("/show").await.text(), "Some(7) 1");
    assert_eq!(other.get("/log-out").await.status(), 200);
    assert_eq!(other.get("/show").await.text(), "None 0");
    limit_pages(&store, 1_000_000).await;
    assert_eq!(browser.get("/add").await.status(), 200);
    assert_eq!(browser.get("/show").await.text(), "Some(7) 2");
}

#[tokio::test]
async fn a_job_that_fails_undoes_itself_and_no_other_of_its_transaction() {
    let store = store_with_a_row("savepoint").await;
    let insert = "INSERT INTO session_rows (key, expires) VALUES (x'02', 1)";
    let fails = move |connection: &Connection| {
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

/// Keeps the writer at work until the sender is dropped, so that what comes meanwhile is one transaction.
async fn keep_busy(store: &SqliteStore) -> std::sync::mpsc::Sender<()> {
    let (release, released) = std::sync::mpsc::channel::<()>();
    let (begun, begins) = tokio::sync::oneshot::channel();
    let (begun, released) = (Mutex::new(Some(begun)), Mutex::new(released));
    let wait = move |_: &Connection| {
        if let Some(begun) = begun.lock().unwrap().take() {
            begun.send(()).unwrap();
        }
        let _ = released.lock().unwrap().recv();
        Ok(())
    };
    let store = store.clone();
    tokio::spawn(async move { store.0.writer.run(Sync::Normal, wait).await });
    begins.await.unwrap();
    release
}

#[tokio::test]
async fn of_callers_who_have_left_only_the_endings_are_run() {
    let store = store_with_a_row("left").await;
    let release = keep_busy(&store).await;
    let (left, another) = ([set(1, 10)], RowKey::from_bytes([2; 16]));
    let brief = Duration::from_millis(20);
    for _ in 0..2 {
        let change = store.commit(KEY, commit(&left), NOW);
        assert!(tokio::time::timeout(brief, change).await.is_err());
    }
    let logout = store.end(another, ENDING, NOW);
    assert!(tokio::time::timeout(brief, logout).await.is_err());
    drop(release);
    let waits = [set(2, 10)];
    let done = store.commit(KEY, commit(&waits), NOW).await;
    assert_eq!(done.unwrap(), Committed::Done);
    let Loaded::Alive(row) = store.load(KEY, NOW).await.unwrap() else {
        panic!("the row is alive");
    };
    let tags = row.entries.iter().map(|entry| entry.tag.to_bytes()[0]);
    assert_eq!(tags.collect::<Vec<_>>(), [2], "what was left is not done");
    let ended = store.load(another, NOW).await.unwrap();
    assert_eq!(ended, Loaded::Ended(Why::ByVisitor));
}

#[tokio::test]
async fn a_bounded_number_of_writes_waits_in_the_queue_and_all_of_them_are_done() {
    let store = store_with_a_row("bounded").await;
    let release = keep_busy(&store).await;
    let changes = (0..1000_u16).map(|number| {
        let store = store.clone();
        tokio::spawn(async move {
            let [high, low] = number.to_be_bytes();
            let change = Change::Set(Entry {
                tag: EntryTag::from_bytes([high, low, 0]),
                role: Role::Base,
                sealed: Bytes::from_static(b"x"),
            });
            store.commit(KEY, commit(&[change]), NOW).await
        })
    });
    let changes: Vec<_> = changes.collect();
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert!(store.0.writer.waiting() <= 256, "the others wait outside");
    drop(release);
    for change in changes {
        assert_eq!(change.await.unwrap().unwrap(), Committed::Done);
    }
}

#[tokio::test]
async fn a_logout_in_one_transaction_with_a_write_that_is_too_large_is_done_and_says_so() {
    let store = store_with_a_row("full-batch").await;
    limit_pages(&store, 1).await;
    let release = keep_busy(&store).await;
    let large = [set(2, 60_000)];
    let (full, ended, ()) = tokio::join!(
        store.commit(KEY, commit(&large), NOW),
        store.end(KEY, ENDING, NOW),
        async { drop(release) },
    );
    assert_eq!(full.unwrap_err().kind(), StoreErrorKind::Full);
    assert_eq!(ended.unwrap(), Ended::Done);
}

#[tokio::test]
async fn changes_that_wait_together_for_another_process_give_up_together() {
    let path = new_file("locked-batch");
    let store = open_with_a_row(&path).await;
    let other = Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let start = Instant::now();
    let changes: Vec<_> = (0..20)
        .map(|tag| {
            let store = store.clone();
            tokio::spawn(async move { store.commit(KEY, commit(&[set(tag, 10)]), NOW).await })
        })
        .collect();
    for change in changes {
        let error = change.await.unwrap().unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Timeout);
    }
    let limit_of_the_layer = Duration::from_secs(2);
    assert!(start.elapsed() < limit_of_the_layer);
}

/// The variable by which the test of the full disk finds its folder.
const SMALL_DISK: &str = "SESSION_SQLITE_SMALL_DISK";

/// Runs the test below in a mount namespace of its own, with a disk of one megabyte.
#[cfg(target_os = "linux")]
#[test]
fn where_the_disk_is_full_a_logout_takes_the_room_of_the_log() {
    let folder = new_file("small-disk");
    std::fs::create_dir_all(&folder).unwrap();
    let mount =
        "mount -t tmpfs -o size=1m none \"$0\" || exit 77; exec \"$1\" --ignored --exact \"$2\"";
    let test = std::env::current_exe().unwrap();
    let mut run = std::process::Command::new("unshare");
    run.args(["--user", "--map-root-user", "--mount", "sh", "-c", mount]);
    run.arg(&folder).arg(test).arg("tests::on_a_small_disk");
    let done = run.env(SMALL_DISK, &folder).output();
    std::fs::remove_dir(&folder).unwrap();
    let Ok(done) = done else { return };
    let told = String::from_utf8_lossy(&done.stdout);
    let is_refused = matches!(done.status.code(), Some(1 | 77)) && !told.contains("running");
    assert!(is_refused || done.status.success(), "{told}");
    assert!(is_refused || told.contains("1 passed"), "{told}");
}

/// The file has free pages, and the log has begun anew, as after a start of the application.
#[tokio::test]
#[ignore = "another test runs it on a small disk"]
async fn on_a_small_disk() {
    let Ok(folder) = std::env::var(SMALL_DISK) else {
        return;
    };
    let folder = PathBuf::from(folder);
    let path = folder.join("sessions.db");
    let another = RowKey::from_bytes([2; 16]);
    let store = open_with_a_row(&path).await;
    let large = store.commit(KEY, commit(&[set(1, 100_000)]), NOW).await;
    assert_eq!(large.unwrap(), Committed::Done);
    let removed = [Change::Remove(EntryTag::from_bytes([1, 0, 0]))];
    let small = store.commit(KEY, commit(&removed), NOW).await;
    assert_eq!(small.unwrap(), Committed::Done);
    drop(store);
    while folder.join("sessions.db-wal").exists() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }

    let store = SqliteStore::open(&path).await.unwrap();
    for tag in 2..12 {
        let done = store.commit(KEY, commit(&[set(tag, 10)]), NOW).await;
        assert_eq!(done.unwrap(), Committed::Done);
    }
    let mut rest = std::fs::File::create(folder.join("rest")).unwrap();
    while std::io::Write::write_all(&mut rest, &[0; 4096]).is_ok() {}
    let full = store.commit(KEY, commit(&[set(20, 10)]), NOW).await;
    assert_eq!(full.unwrap_err().kind(), StoreErrorKind::Full);
    assert_eq!(store.end(KEY, ENDING, NOW).await.unwrap(), Ended::Done);
    let seen = store.load(KEY, NOW).await.unwrap();
    assert_eq!(seen, Loaded::Ended(Why::ByVisitor));
    assert_eq!(
        store.end(another, ENDING, NOW).await.unwrap(),
        Ended::Before
    );
}
