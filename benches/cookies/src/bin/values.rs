//! What it costs to open a value, and to open, change and seal it, without requests: `values [--short]`.

use std::sync::Arc;

use harness::{Candidate, Contents, Direct, Effort, Local, Player, Scenario, play};
use ours::Ours;
use peers::{Json, Postcard};
use session_runtime::KeptInCookie;
use tokio::runtime::Runtime;

fn main() {
    let effort = Effort::of(std::env::args().any(|flag| flag == "--short"));
    run::<ours::Small>("small", effort);
    run::<ours::Standard>("standard", effort);
    run::<ours::Large>("large", effort);
}

fn run<T: Ours + KeptInCookie>(payload: &str, effort: Effort) {
    let runtime = Arc::new(Runtime::new().expect("a runtime"));
    let contents = Contents::of::<T::Payload>(0);
    let candidates = [
        Candidate::bare(),
        ours::candidate::<T>("ours, request to response", 0),
        peers::floor::<T::Payload>("the floor, request to response", 0),
    ];
    let requests = candidates.map(|candidate| -> Box<dyn Player> {
        Box::new(Local::new(candidate, &runtime, 100, &contents))
    });
    let values = [
        Direct::nothing(),
        peers::floor_value::<T::Payload>("the floor, value to value"),
        peers::jar_value::<Json, T::Payload>("PrivateJar, JSON, value to value"),
        peers::jar_value::<Postcard, T::Payload>("PrivateJar, postcard, value to value"),
    ];
    let values = values.map(|direct| -> Box<dyn Player> { Box::new(direct) });
    let mut players: Vec<_> = requests.into_iter().chain(values).collect();
    let table = play(&mut players, &[Scenario::Write, Scenario::Read], effort);
    println!("### Values, {payload}: µs to open (read), and to open, change and seal (write)\n");
    println!("{}", table.added());
}
