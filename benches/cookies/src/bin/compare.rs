//! Two builds of `players` in one run: `compare BEFORE AFTER [--short] [PLAYER]…`.

use std::env;

use harness::{Effort, Scenario, play, remote};

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let (flags, words): (Vec<&str>, Vec<&str>) = arguments
        .iter()
        .map(String::as_str)
        .partition(|word| word.starts_with("--"));
    let [before, after, wanted @ ..] = words.as_slice() else {
        panic!("compare BEFORE AFTER [--short] [PLAYER]…");
    };
    let before = remote::start(before, wanted, 0, |name| format!("{name}, before"));
    let after = remote::start(after, wanted, 1, |name| format!("{name}, after"));
    let mut players: Vec<_> = before.into_iter().chain(after).collect();
    let effort = Effort::of(flags.contains(&"--short"));
    let table = play(&mut players, &Scenario::USUAL, effort);
    println!("{}", table.added());
    let names = table
        .names()
        .filter_map(|name| name.strip_suffix(", after"));
    let pairs: Vec<_> = names
        .map(|name| (format!("{name}, after"), format!("{name}, before")))
        .collect();
    let pairs = pairs
        .iter()
        .map(|(after, before)| (after.as_str(), before.as_str()));
    println!("{}", table.ratios(pairs));
}
