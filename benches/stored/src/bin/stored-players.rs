//! Our stored sessions as players for another program. `compare` plays those of two builds.

use std::sync::Arc;

use harness::{Candidate, Contents, Local, Standard, remote};
use ours::stored;
use session_runtime::store::MemoryStore;
use session_sqlite::SqliteStore;
use tokio::runtime::Runtime;

fn main() {
    let runtime = Arc::new(Runtime::new().expect("a runtime"));
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("ours.sqlite");
    let sqlite = runtime.block_on(SqliteStore::open(file));
    let sqlite = sqlite.expect("a database");
    let candidates = [
        Candidate::bare(),
        stored::candidate::<stored::Standard>("memory", MemoryStore::new(), 0),
        stored::candidate::<stored::Standard>("SQLite", sqlite, 0),
    ];
    let contents = Contents::of::<Standard>(0);
    let players = candidates.map(|candidate| Local::new(candidate, &runtime, 100, &contents));
    remote::serve(players.into());
}
