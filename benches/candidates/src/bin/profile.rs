//! One candidate alone, for a profiler: `profile (memory | sqlite) (read | write | untouched) requests`.

use std::sync::Arc;

use candidates::ours::{self, Shop};
use harness::{Local, Payload as _, Player as _, Scenario, Standard};
use session_runtime::store::MemoryStore;
use session_sqlite::SqliteStore;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [store, scenario, requests] = arguments.as_slice() else {
        panic!("profile (memory | sqlite) (read | write | untouched) requests");
    };
    let runtime = Arc::new(tokio::runtime::Runtime::new().expect("a runtime"));
    let folder = tempfile::tempdir().expect("a folder");
    let candidate = if store == "sqlite" {
        let file = folder.path().join("ours.sqlite");
        let store = runtime
            .block_on(SqliteStore::open(file))
            .expect("a database");
        ours::candidate::<Shop>("ours", "", store, 0)
    } else {
        ours::candidate::<Shop>("ours", "", MemoryStore::new(), 0)
    };
    let mut payload = Standard::default();
    payload.fill(0);
    let mut player = Local::new(candidate, &runtime, 100, &payload.digest());
    let mut scenarios = Scenario::ALL.into_iter();
    let scenario = scenarios
        .find(|known| known.name() == scenario)
        .expect("a scenario");
    let requests = requests.parse().expect("a number of requests");
    println!("{:?}", player.turn(scenario, requests));
}
