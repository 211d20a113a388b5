//! Our cookie alone, for a profiler: `profile SCENARIO (small | standard | large) REQUESTS`.

use std::sync::Arc;

use harness::{Player as _, Scenario};
use tokio::runtime::Runtime;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [scenario, payload, requests] = arguments.as_slice() else {
        panic!("profile SCENARIO PAYLOAD REQUESTS");
    };
    let scenario = Scenario::named(scenario).expect("a scenario");
    let requests = requests.parse().expect("a number of requests");
    let runtime = Arc::new(Runtime::new().expect("a runtime"));
    let mut player = ours::players::player(payload, &runtime);
    println!("{:?}", player.turn(scenario, requests));
}
