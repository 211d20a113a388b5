//! One case, whose instructions callgrind counts: `instructions <case>`. Without a case it prints their names.

mod case;
mod payload;
mod scenario;

use crate::case::Case;

fn main() {
    match std::env::args().nth(1) {
        Some(name) => {
            let known = Case::all().into_iter().find(|case| case.name() == name);
            known.expect("the name of a case").run();
        }
        None => {
            for case in Case::all() {
                println!("{}", case.name());
            }
        }
    }
}
