//! Our candidates as players for another program: `players visitors`. `compare` plays those of two builds.

use std::sync::Arc;

use candidates::ours::{self, Shop};
use harness::{Candidate, Local, Payload as _, Standard, remote};
use session_runtime::store::MemoryStore;
use session_sqlite::SqliteStore;
use tokio::runtime::Runtime;

fn main() {
    let visitors = std::env::args().nth(1).expect("a number of visitors");
    let visitors = visitors.parse().expect("a number of visitors");
    let runtime = Arc::new(Runtime::new().expect("a runtime"));
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("ours.sqlite");
    let sqlite = runtime.block_on(SqliteStore::open(file));
    let sqlite = sqlite.expect("a database");
    let mut payload = Standard::default();
    payload.fill(0);
    let digest = payload.digest();
    let candidates = [
        Candidate::bare(),
        ours::candidate::<Shop>("memory", "", MemoryStore::new(), 0),
        ours::candidate::<Shop>("SQLite", "", sqlite, 0),
    ];
    let players = candidates.map(|candidate| Local::new(candidate, &runtime, visitors, &digest));
    remote::serve(players.into());
}
