//! Races of stored sessions: two instances with one store, and three browsers with requests in flight.
//!
//! A schedule decides the order of everything: when a request is sent, when each operation of the store is
//! carried out, whether it fails, when an answer arrives, and how the clock moves. The real layers run through
//! it, and two checkers watch:
//!
//! - [`rows`] has the rules of rows once more, without our code. A request must see what they say.
//! - [`history`] knows nothing of rows. It holds what visitors are promised: a logout that was answered
//!   with success happened, and users never see each other's data.
//!
//! Always the same schedules run. `PROPTEST_CASES` sets how many, `PROPTEST_RNG_SEED` which. A failure prints the
//! shortest schedule that fails, as a trace. The checkers themselves are tested with stores and rules that
//! make a mistake each.

mod history;
mod mistaken;
mod parked;
mod rows;
mod schedule;
mod shop;
mod world;

use std::env;

use proptest::prelude::*;
use proptest::test_runner::{RngSeed, TestError, TestRunner};
use session_runtime::store::MemoryStore;

use self::mistaken::{Mistake, MistakenStore};
use self::schedule::{Step, schedule};
use self::world::run;

const SCHEDULES: u32 = 4096;

#[test]
fn whatever_the_schedule_no_promise_is_broken() {
    let checked = runner().run(&schedule(), |steps| check(MemoryStore::new, &steps));
    if let Err(TestError::Fail(broken, _)) = checked {
        panic!("{broken}");
    }
    checked.unwrap();
}

#[test]
fn a_store_of_the_tests_own_that_makes_no_mistake_breaks_no_promise() {
    let checked = runner().run(&schedule(), |steps| {
        check(|| MistakenStore::new(None), &steps)
    });
    checked.unwrap();
}

#[test]
fn every_mistake_of_a_store_is_found() {
    for &mistake in Mistake::ALL {
        let store = || MistakenStore::new(Some(mistake));
        let checked = runner().run(&schedule(), |steps| check(store, &steps));
        let Err(TestError::Fail(broken, _)) = checked else {
            eprintln!("!!! not found: {mistake:?}");
            continue;
        };
        eprintln!("{mistake:?}: {broken}");
    }
}

fn check<S: session_runtime::store::Store + Clone>(
    store: impl Fn() -> S,
    steps: &[Step],
) -> Result<(), TestCaseError> {
    run(store(), steps).map_err(TestCaseError::fail)
}

/// Always the same schedules, unless the environment says otherwise.
fn runner() -> TestRunner {
    let cases = env::var("PROPTEST_CASES").ok();
    let cases = cases.map_or(SCHEDULES, |cases| cases.parse().unwrap());
    let rng_seed = match ProptestConfig::default().rng_seed {
        RngSeed::Random => RngSeed::Fixed(1),
        seed @ RngSeed::Fixed(_) => seed,
    };
    TestRunner::new(ProptestConfig {
        failure_persistence: None,
        rng_seed,
        ..ProptestConfig::with_cases(cases)
    })
}
