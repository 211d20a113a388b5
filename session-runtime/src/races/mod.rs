//! Every race of a few requests with one stored session.
//!
//! [`search`] goes breadth first through every order in which the operations of some requests reach the store, their
//! answers reach the browser, and faults come in between. [`promises`] are asked of every state. A promise that is
//! broken is shown with a shortest way to it.
//!
//! Nothing of the library is modelled. [`requests`] runs the real layer once for each way that a request can take,
//! up to its next question to the store, so a request is a value. [`rows`] has the rows as values, by the product's
//! own rules of a row. So a search goes back to any state that it has been in.
//!
//! Some promises cannot be kept: [`promises::LIMITS`] says which, and why. A search goes on beyond them, and each of
//! them must be found, so that the list stays true.

mod mistakes;
mod promises;
mod quick;
mod requests;
mod rows;
mod search;
mod shop;
mod world;

use std::time::Instant;

use self::search::{Found, Setting, search};
use self::world::Budget;

/// Longer than the grace of a login, and long enough for a use to be written down.
const GRACE: &[u64] = &[121];

/// After the second one every row is over, and swept.
const IDLE: &[u64] = &[61, 1700];

const ONE_OF_EACH: Budget = Budget {
    lost: 1,
    fails: 1,
    late: 1,
    dies: 1,
    unseen: 1,
};

#[test]
fn try_it() {
    let two = Setting::of(2);
    for setting in [
        Setting { ticks: GRACE, budget: ONE_OF_EACH, ..two },
        Setting { ticks: GRACE, has_thief: true, ..two },
        Setting { ticks: GRACE, has_two_instances: true, ..two },
        Setting { ticks: IDLE, ..two },
        Setting { ticks: IDLE, has_two_instances: true, ..two },
    ] {
        let started = Instant::now();
        eprintln!("#### {setting:?}");
        let found = search(&setting);
        show(&found, started);
    }
}

fn show(found: &Found, started: Instant) {
    eprintln!(
        "{} scenarios, {} states, {} runs of the real code, {:?}",
        found.scenarios,
        found.states,
        found.runs,
        started.elapsed()
    );
    for (broken, (count, way)) in &found.broken {
        eprintln!("{broken:?}: {count} times\n    {}", way.join("\n    "));
    }
}
