//! One of our stored sessions alone, for a profiler: `stored-profile (memory | sqlite) SCENARIO REQUESTS`.

use std::sync::Arc;

use harness::{Contents, Local, Player as _, Scenario, Standard};
use ours::stored;
use session_runtime::store::MemoryStore;
use session_sqlite::SqliteStore;
use tokio::runtime::Runtime;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [store, scenario, requests] = arguments.as_slice() else {
        panic!("stored-profile (memory | sqlite) SCENARIO REQUESTS");
    };
    let scenario = Scenario::named(scenario).expect("a scenario");
    let requests = requests.parse().expect("a number of requests");
    let runtime = Arc::new(Runtime::new().expect("a runtime"));
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("ours.sqlite");
    let candidate = if store == "sqlite" {
        let sqlite = runtime.block_on(SqliteStore::open(file));
        stored::candidate::<stored::Standard>("ours", sqlite.expect("a database"), 0)
    } else {
        stored::candidate::<stored::Standard>("ours", MemoryStore::new(), 0)
    };
    let contents = Contents::of::<Standard>(0);
    let mut player = Local::new(candidate, &runtime, 100, &contents);
    println!("{:?}", player.turn(scenario, requests));
}
