//! Races of stored sessions: two instances with one store, and three browsers with requests in flight.
//!
//! A schedule decides the order of everything: when a request is sent, when each operation of the store is
//! carried out, whether it fails, when an answer arrives, and how the clock moves. The real layers run through
//! it, and two checkers watch:
//!
//! - [`rows`] has the rules of rows once more, without our code. A request must see what they say.
//! - [`history`] holds what visitors are promised, whatever a row is by those rules: a logout that was answered
//!   with success happened, and users never see each other's data.
//!
//! Always the same schedules run. `PROPTEST_CASES` sets how many, `PROPTEST_RNG_SEED` which. A failure prints the
//! shortest schedule that fails, as a trace. The checkers themselves are tested with stores that make a mistake
//! each.

mod history;
mod mistaken;
mod operation;
mod parked;
mod rows;
mod schedule;
mod shop;
mod world;

use std::env;

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{RngSeed, TestError, TestRunner};
use session_runtime::store::MemoryStore;

use self::mistaken::{Mistake, MistakenStore};
use self::schedule::{Rotation, schedule};
use self::world::run;

const SCHEDULES: u32 = 2048;

#[test]
fn whatever_the_schedule_no_promise_is_broken() {
    check(Rotation::None);
}

#[test]
fn whatever_the_schedule_no_promise_is_broken_in_the_middle_of_a_rotation() {
    check(Rotation::InTheMiddle);
}

fn check(rotation: Rotation) {
    let checked = runner().run(&schedule(rotation), |schedule| {
        let checked = run(MemoryStore::new(), &schedule);
        checked.map_err(TestCaseError::fail)
    });
    match checked {
        // The trace says it better than the steps do.
        Err(TestError::Fail(broken, _)) => panic!("{broken}"),
        checked => checked.unwrap(),
    }
}

/// So a store that makes one of these mistakes is found, whoever wrote it.
#[test]
fn every_mistake_of_a_store_is_found() {
    for &mistake in Mistake::ALL {
        let found = schedules_until_found(Some(mistake), SCHEDULES);
        eprintln!("{mistake:?}: found by schedule {found:?}");
        assert!(
            found.is_some(),
            "not found in {SCHEDULES} schedules: {mistake:?}"
        );
    }
}

#[test]
fn a_store_of_the_tests_own_without_a_mistake_breaks_no_promise() {
    assert_eq!(schedules_until_found(None, SCHEDULES / 8), None);
}

fn schedules_until_found(mistake: Option<Mistake>, limit: u32) -> Option<u32> {
    let mut runner = runner();
    (1..=limit).find(|_| {
        let tree = schedule(Rotation::None).new_tree(&mut runner);
        run(MistakenStore::new(mistake), &tree.unwrap().current()).is_err()
    })
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
