//! Two processes of an application on one server of sessions: `fleet [--short] [redis | valkey | postgres]…`.
//!
//! `fleet grow SESSIONS [redis | valkey | postgres]…` fills a server, and says what a session takes there.
//!
//! `fleet serve CANDIDATE URL` is one of the processes, which this program starts by itself. The load comes from `wrk`.

mod candidates;
mod grow;
mod load;
mod measure;
mod process;
mod server;

use std::env;

use crate::measure::Effort;

fn main() {
    let words: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    if let ["serve", candidate, url] = words[..] {
        return candidates::serve(candidate, url);
    }
    if let ["grow", sessions, engines @ ..] = &words[..] {
        let sessions = sessions.parse().expect("a number of sessions");
        return each(engines, |engine| grow::run(engine, sessions));
    }
    let (flags, engines): (Vec<&str>, Vec<&str>) = words.into_iter().partition(|word| word.starts_with("--"));
    let effort = Effort::of(flags.contains(&"--short"));
    each(&engines, |engine| measure::run(engine, effort));
}

fn each(engines: &[&str], run: impl Fn(&str)) {
    let all = ["redis", "valkey", "postgres"];
    for engine in if engines.is_empty() { &all } else { engines } {
        run(engine);
    }
}
