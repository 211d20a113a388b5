//! tower-sessions with its SQLite store, as players for a bench: `sqlx-candidates payload size visitors`.

mod tower {
    include!("../../peers/src/tower_sessions.rs");
}

use std::sync::Arc;

use harness::{Candidate, Contents, Fields10, Fields100, Fields1000, Local, Note, Payload, Standard, remote};
use tower_sessions_sqlx_store::SqliteStore;
use tower_sessions_sqlx_store::sqlx::SqlitePool;
use tower_sessions_sqlx_store::sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous,
};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [payload, size, visitors] = arguments.as_slice() else {
        panic!("sqlx-candidates payload size visitors");
    };
    let size = size.parse().expect("a size");
    let visitors = visitors.parse().expect("a number of visitors");
    match payload.as_str() {
        "standard" => serve::<Standard>(size, visitors),
        "note" => serve::<Note>(size, visitors),
        "fields-10" => serve::<Fields10>(size, visitors),
        "fields-100" => serve::<Fields100>(size, visitors),
        "fields-1000" => serve::<Fields1000>(size, visitors),
        other => panic!("no payload {other}"),
    }
}

fn serve<T: Payload>(size: usize, visitors: usize) {
    let runtime = Arc::new(tokio::runtime::Runtime::new().expect("a runtime"));
    let folder = tempfile::tempdir().expect("a folder");
    let store = runtime.block_on(open(&folder.path().join("tower.sqlite")));
    let contents = Contents::of::<T>(size);
    let candidates = [
        Candidate::bare(),
        tower::tower_sessions::<T>("tower-sessions, SQLite", store, size),
    ];
    let players = candidates.map(|candidate| Local::new(candidate, &runtime, visitors, &contents));
    remote::serve(players.into());
}

/// With the durability of `session-sqlite`.
async fn open(file: &std::path::Path) -> SqliteStore {
    let options = SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Normal);
    let pool = SqlitePool::connect_with(options).await.expect("a database");
    let store = SqliteStore::new(pool);
    store.migrate().await.expect("a table");
    store
}
