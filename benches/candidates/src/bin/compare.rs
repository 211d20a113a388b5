//! Two builds of `players` in one run: `compare BEFORE AFTER [rounds]`.

use std::env;
use std::path::PathBuf;

use harness::{Effort, Player, play, remote};

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [before, after, rest @ ..] = arguments.as_slice() else {
        panic!("compare BEFORE AFTER [rounds]");
    };
    let rounds = rest
        .first()
        .map_or(41, |rounds| rounds.parse().expect("a number of rounds"));
    let before = players(before, 0, |name, _| (format!("{name}, before"), None));
    let after = players(after, 1, |name, _| {
        let rival = (name != "bare router").then(|| format!("{name}, before"));
        (format!("{name}, after"), rival)
    });
    let mut players: Vec<_> = before.into_iter().chain(after).collect();
    let turn = 20.0;
    println!("{}", play(&mut players, Effort { rounds, turn }));
}

fn players(
    program: &str,
    process: usize,
    named: impl Fn(&str, &str) -> (String, Option<String>),
) -> Vec<Box<dyn Player>> {
    let visitors = ["100".to_owned()];
    remote::start(&PathBuf::from(program), &visitors, process, named)
}
