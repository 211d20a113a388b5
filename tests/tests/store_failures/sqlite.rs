//! The failures of a file.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use axum::http::StatusCode;
use rusqlite::Connection;
use session_sqlite::SqliteStore;
use tests::{App, app};

use crate::shop::{
    Errors, SECOND, assert_one_error, assert_removed, assert_unavailable, layer, pages, shop,
};

struct File {
    path: PathBuf,
    /// Another process that uses the file.
    other: Connection,
}

impl File {
    fn run(&self, statements: &str) {
        self.other.execute_batch(statements).unwrap();
    }

    /// Of the only row. The last byte of an entry is part of what authenticates it.
    fn alter_the_last_entry(&self) {
        let read = "SELECT entries FROM session_rows";
        let entries = self.other.query_row(read, [], |row| row.get(0));
        let mut entries: Vec<u8> = entries.unwrap();
        *entries.last_mut().unwrap() ^= 1;
        let write = "UPDATE session_rows SET entries = ?1";
        assert_eq!(self.other.execute(write, [entries]).unwrap(), 1);
    }
}

async fn shop_in_a_file() -> (App, File) {
    let path = new_file();
    let app = shop(SqliteStore::open(&path).await.unwrap());
    let other = Connection::open(&path).unwrap();
    (app, File { path, other })
}

/// A file that is not there yet.
fn new_file() -> PathBuf {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let name = format!("store-failures-{}-{count}.db", std::process::id());
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    for end in ["", "-wal", "-shm"] {
        let _ = fs::remove_file(format!("{}{end}", path.display()));
    }
    path
}

#[tokio::test]
async fn a_table_that_is_missing_is_a_503_and_the_log_says_what_creates_it() {
    let (mut app, file) = shop_in_a_file().await;
    app.get("/log-in/7").await;
    app.get("/visit").await;
    let cookies = app.copy_cookies();
    let mut errors = Errors::new();
    file.run("ALTER TABLE session_rows RENAME TO away");
    let how =
        "call `SqliteStore::create_tables`, or run the statements in `SqliteStore::CREATE_TABLES`";
    for path in ["/show", "/visit", "/log-out"] {
        let answer = app.get(path).await;
        assert_unavailable(&answer, path);
        assert!(answer.set_cookies().is_empty(), "{path}");
        let said = ["is not loaded", "is not set up", how];
        assert_one_error(&errors.since(&app), &said, path);
    }
    let visitor = app.get_with("/visit", "").await;
    assert_unavailable(&visitor, "a first visit");
    assert!(visitor.set_cookies().is_empty());
    let said = ["is not saved", "is not set up", how];
    assert_one_error(&errors.since(&app), &said, "a first visit");
    assert_eq!(app.copy_cookies(), cookies);
    file.run("ALTER TABLE away RENAME TO session_rows");
    assert_eq!(app.get("/show").await.body, "7 1 0 Active");
}

#[tokio::test]
async fn after_a_table_was_lost_and_created_again_every_visitor_can_begin_anew() {
    let (mut app, file) = shop_in_a_file().await;
    app.get("/log-in/7").await;
    file.run("DROP TABLE session_rows");
    assert_unavailable(&app.get("/visit").await, "without a table");
    file.run(SqliteStore::CREATE_TABLES);
    assert_eq!(app.get("/show").await.body, "- 0 0 Ended");
    app.get("/log-in/7").await;
    app.get("/visit").await;
    assert_eq!(app.get("/show").await.body, "7 1 0 Active");
}

#[tokio::test]
async fn a_lock_that_is_held_too_long_stops_writes_and_no_reads() {
    for lock in ["BEGIN IMMEDIATE", "BEGIN EXCLUSIVE"] {
        let (mut app, file) = shop_in_a_file().await;
        app.get("/log-in/7").await;
        let cookies = app.copy_cookies();
        let mut errors = Errors::new();
        file.run(lock);
        assert_eq!(app.get("/show").await.body, "7 0 0 Active", "{lock}");
        for path in ["/visit", "/log-in/8"] {
            let start = Instant::now();
            let answer = app.get(path).await;
            assert!(start.elapsed() < 2 * SECOND, "{lock}");
            assert_unavailable(&answer, lock);
            assert!(answer.set_cookies().is_empty(), "{lock}");
            let said = [
                "is not saved",
                "did not answer in time",
                "database is locked",
                "holds a lock",
            ];
            assert_one_error(&errors.since(&app), &said, lock);
        }
        let answer = app.get("/log-out").await;
        assert_unavailable(&answer, lock);
        assert_removed(&answer, lock);
        file.run("COMMIT");
        assert_eq!(app.get_with("/show", &cookies).await.body, "7 0 0 Active");
        app.get_with("/visit", &cookies).await;
        assert_eq!(app.get_with("/show", &cookies).await.body, "7 1 0 Active");
    }
}

#[tokio::test]
async fn a_row_that_cannot_be_read_is_a_session_that_is_over_and_never_an_error() {
    for garbage in [
        "entries = x'0102'",
        "entries = x'00000100ffffffff'",
        "entries = NULL",
        "mark = x'01'",
        "owner = x'01'",
        "why = 8",
        "before_mark = x'0101010101010101'",
    ] {
        let (mut app, file) = shop_in_a_file().await;
        app.get("/log-in/7").await;
        app.get("/visit").await;
        let mut errors = Errors::new();
        file.run(&format!("UPDATE session_rows SET {garbage}"));
        assert_eq!(app.get("/show").await.body, "- 0 0 Ended", "{garbage}");
        let told = app.log().lines_with("a row of the store cannot be read");
        assert_eq!(told.len(), 1, "{garbage}");
        assert_eq!(
            app.get("/log-in/7").await.status,
            StatusCode::OK,
            "{garbage}"
        );
        assert_eq!(app.get("/show").await.body, "7 0 0 Active", "{garbage}");
        assert!(errors.since(&app).is_empty(), "{garbage}");
    }
}

#[tokio::test]
async fn a_field_that_does_not_open_is_its_default_and_is_written_anew() {
    let (mut app, file) = shop_in_a_file().await;
    app.get("/visit").await;
    let cookie = app.copy_cookies();
    file.alter_the_last_entry();
    assert_eq!(app.get("/show").await.body, "- 0 0 Active");
    app.get("/visit").await;
    assert_eq!(app.get("/show").await.body, "- 1 0 Active");
    assert_eq!(app.copy_cookies(), cookie, "it is the same session");
    assert!(Errors::new().since(&app).is_empty());
}

#[tokio::test]
async fn a_user_who_does_not_open_leaves_no_session_to_a_stranger_and_can_log_in_again() {
    let (mut app, file) = shop_in_a_file().await;
    app.get("/log-in/7").await;
    file.alter_the_last_entry();
    assert_eq!(app.get("/show").await.body, "- 0 0 Unreadable");
    assert_eq!(app.get("/orders").await.status, StatusCode::UNAUTHORIZED);
    app.get("/log-in/7").await;
    assert_eq!(app.get("/show").await.body, "7 0 0 Active");
    assert!(Errors::new().since(&app).is_empty());
}

#[tokio::test]
async fn a_file_that_takes_no_writes_is_read_and_a_change_is_a_503() {
    let path = new_file();
    let store = SqliteStore::open(&path).await.unwrap();
    // A mode of the file would not stop a test that runs as root.
    let read_only = SqliteStore::open(format!("file:{}?mode=ro", path.display()));
    let read_only = read_only.await.unwrap();
    let mut app = app(|keys| {
        let read_only = pages().layer(layer(keys.clone(), read_only));
        pages()
            .layer(layer(keys, store))
            .nest("/read-only", read_only)
    });
    app.get("/log-in/7").await;
    let cookies = app.copy_cookies();
    let mut errors = Errors::new();
    assert_eq!(app.get("/read-only/show").await.body, "7 0 0 Active");
    for path in ["/read-only/visit", "/read-only/log-in/8"] {
        let answer = app.get(path).await;
        assert_unavailable(&answer, path);
        assert!(answer.set_cookies().is_empty(), "{path}");
        let said = ["is not saved", "takes no writes", "the right to write"];
        assert_one_error(&errors.since(&app), &said, path);
    }
    let answer = app.get("/read-only/log-out").await;
    assert_unavailable(&answer, "a logout");
    assert_removed(&answer, "a logout");
    assert_eq!(
        app.get_with("/visit", &cookies).await.status,
        StatusCode::OK
    );
    assert_eq!(app.get_with("/show", &cookies).await.body, "7 1 0 Active");
}

/// What the page of `session-sqlite` says of it.
#[tokio::test]
async fn a_file_that_is_deleted_stays_with_the_process_until_it_ends() {
    let (mut app, file) = shop_in_a_file().await;
    app.get("/visit").await;
    fs::remove_file(&file.path).unwrap();
    app.get("/visit").await;
    assert_eq!(app.get("/show").await.body, "- 2 0 Active");
    let error = SqliteStore::open_existing(&file.path).await.unwrap_err();
    assert!(
        error.to_string().starts_with("the store cannot be reached"),
        "{error}"
    );
    assert!(Errors::new().since(&app).is_empty());
}
