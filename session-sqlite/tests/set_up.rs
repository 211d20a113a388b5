//! The tables: who creates them, and the files in which they are others.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    dead_code,
    reason = "a test, and a part of what tests share"
)]

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use common::{create, key, new_file, set, values};
use rusqlite::Connection;
use session_runtime::store::{Committed, StoreError, StoreErrorKind};
use session_sqlite::SqliteStore;

const HOW: &str =
    "call `SqliteStore::create_tables`, or run the statements in `SqliteStore::CREATE_TABLES`";

/// The statements that made what is in the file.
fn schema(path: &Path) -> Vec<String> {
    let file = Connection::open(path).unwrap();
    let sql = "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name";
    let mut statement = file.prepare(sql).unwrap();
    let rows = statement.query_map([], |row| row.get(0)).unwrap();
    rows.map(Result::unwrap).collect()
}

fn file_with(statements: &str) -> PathBuf {
    let path = new_file();
    Connection::open(&path)
        .unwrap()
        .execute_batch(statements)
        .unwrap();
    path
}

/// What each way to open a file says of this one.
async fn errors(path: &Path) -> [StoreError; 3] {
    [
        SqliteStore::open(path).await.unwrap_err(),
        SqliteStore::open_existing(path).await.unwrap_err(),
        SqliteStore::create_tables(path).await.unwrap_err(),
    ]
}

async fn keeps_sessions(store: &SqliteStore) {
    create(store, key(1)).await.unwrap();
    assert_eq!(
        set(store, key(1), 1, "cart").await.unwrap(),
        Committed::Done
    );
    assert_eq!(values(store, key(1)).await, [(1, "cart".to_owned())]);
}

#[tokio::test]
async fn tables_that_were_created_apart_are_opened_and_created_once() {
    let path = new_file();
    SqliteStore::create_tables(&path).await.unwrap();
    let store = SqliteStore::open_existing(&path).await.unwrap();
    keeps_sessions(&store).await;
    SqliteStore::create_tables(&path).await.unwrap();
    drop(store);
    let store = SqliteStore::open(&path).await.unwrap();
    assert_eq!(values(&store, key(1)).await, [(1, "cart".to_owned())]);
}

#[tokio::test]
async fn tables_that_were_created_by_hand_are_those_that_the_store_creates() {
    let by_hand = file_with(SqliteStore::CREATE_TABLES);
    let store = SqliteStore::open_existing(&by_hand).await.unwrap();
    keeps_sessions(&store).await;
    let by_store = new_file();
    SqliteStore::open(&by_store).await.unwrap();
    assert_eq!(schema(&by_hand), schema(&by_store));
    assert_eq!(schema(&by_hand).len(), 3);
}

#[tokio::test]
async fn a_file_that_is_not_there_is_not_created_by_who_opens_an_existing_one() {
    let path = new_file();
    let error = SqliteStore::open_existing(&path).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Unreachable);
    assert!(!fs::exists(&path).unwrap());
}

#[tokio::test]
async fn a_file_without_tables_is_not_set_up_and_the_error_says_how() {
    let path = file_with("CREATE TABLE orders (number INTEGER)");
    let error = SqliteStore::open_existing(&path).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::NotSetUp);
    let said = format!("the store is not set up: no such table: session_rows; {HOW}");
    assert_eq!(error.to_string(), said);
    assert_eq!(schema(&path), ["CREATE TABLE orders (number INTEGER)"]);
}

#[tokio::test]
async fn a_table_that_goes_while_the_store_is_open_is_told_with_what_creates_it() {
    let path = new_file();
    let store = SqliteStore::open(&path).await.unwrap();
    let other = Connection::open(&path).unwrap();
    other.execute_batch("DROP TABLE session_rows").unwrap();
    for error in [
        create(&store, key(1)).await.unwrap_err(),
        set(&store, key(1), 1, "x").await.unwrap_err(),
    ] {
        let said = error.to_string();
        let start = "the store is not set up: no such table: session_rows";
        assert!(said.starts_with(start) && said.ends_with(HOW), "{said}");
    }
    other.execute_batch(SqliteStore::CREATE_TABLES).unwrap();
    keeps_sessions(&store).await;
}

#[tokio::test]
async fn the_tables_and_the_version_of_an_application_in_the_same_file_stay() {
    let path = file_with("CREATE TABLE orders (number INTEGER); PRAGMA user_version = 7");
    let store = SqliteStore::open(&path).await.unwrap();
    keeps_sessions(&store).await;
    assert!(schema(&path).contains(&"CREATE TABLE orders (number INTEGER)".to_owned()));
    let file = Connection::open(&path).unwrap();
    let version: u32 = file
        .query_row("PRAGMA user_version", [], |row| row.get(0))
        .unwrap();
    assert_eq!(version, 7);
}

#[tokio::test]
async fn a_file_of_a_later_release_is_refused_and_stays_as_it_is() {
    let path = file_with("CREATE TABLE session_rows_v2 (key BLOB)");
    for error in errors(&path).await {
        assert_eq!(error.kind(), StoreErrorKind::Other);
        let said = error.to_string();
        assert!(said.contains("later release"), "{said}");
        assert!(
            said.contains("`session_rows_v2`; update session-sqlite"),
            "{said}"
        );
    }
    assert_eq!(schema(&path), ["CREATE TABLE session_rows_v2 (key BLOB)"]);
}

/// Also where a process of this release has created its own table beside it.
#[tokio::test]
async fn a_file_of_a_later_release_is_refused_although_the_table_of_this_one_is_there() {
    let path = file_with(SqliteStore::CREATE_TABLES);
    let other = Connection::open(&path).unwrap();
    other
        .execute_batch("CREATE TABLE session_rows_v10 (key BLOB)")
        .unwrap();
    for error in errors(&path).await {
        assert!(error.to_string().contains("`session_rows_v10`"), "{error}");
    }
}

#[tokio::test]
async fn a_table_with_other_columns_is_refused_and_stays_as_it_is() {
    let lacks_one = SqliteStore::CREATE_TABLES.replace("why INTEGER,", "");
    let has_one_more = SqliteStore::CREATE_TABLES.replace("why INTEGER,", "why INTEGER, ip TEXT,");
    let has_another_type = SqliteStore::CREATE_TABLES.replace("why INTEGER,", "why TEXT,");
    for statements in [lacks_one, has_one_more, has_another_type] {
        let path = file_with(&statements);
        let before = schema(&path);
        for error in errors(&path).await {
            assert_eq!(error.kind(), StoreErrorKind::Other);
            let said = error.to_string();
            assert!(
                said.contains("a table `session_rows` of another release"),
                "{said}"
            );
            assert!(
                said.contains("this release needs key BLOB, expires INTEGER, why"),
                "{said}"
            );
        }
        assert_eq!(schema(&path), before);
    }
}

/// What a later release does to the table under a process of this one.
#[tokio::test]
async fn a_process_that_runs_while_a_later_release_takes_the_table_over_damages_nothing() {
    let path = new_file();
    let store = SqliteStore::open(&path).await.unwrap();
    keeps_sessions(&store).await;
    let later = Connection::open(&path).unwrap();
    later
        .execute_batch("ALTER TABLE session_rows RENAME TO session_rows_v2")
        .unwrap();
    let error = set(&store, key(1), 1, "x").await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::NotSetUp);
    let rows: u32 = later
        .query_row("SELECT count(*) FROM session_rows_v2", [], |row| row.get(0))
        .unwrap();
    assert_eq!(rows, 1);
}
