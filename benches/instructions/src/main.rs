//! One case, whose instructions callgrind counts: `instructions <case>`. Without a case it prints their names.

mod case;
mod payload;
mod scenario;

use mimalloc::MiMalloc;

use crate::case::Case;

/// The work of the system's allocator depends on what else lies on the heap, and on the version of the C library.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

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
