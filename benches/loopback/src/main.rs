//! Requests per second and CPU for a request, on loopback: `loopback [--short]`.
//!
//! `loopback serve CANDIDATE` is one of the servers, which this program starts by itself. The load comes from `wrk`. Flask
//! plays if `FLASK_PYTHON` names a Python that has it and gunicorn.

mod load;
mod measure;
mod server;

use std::env;

fn main() {
    let words: Vec<String> = env::args().skip(1).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["serve", candidate] => server::serve(candidate),
        [] => measure::run(9, 3),
        ["--short"] => measure::run(2, 1),
        _ => panic!("loopback [--short]"),
    }
}
