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

use self::mistakes::Mistake;
use self::promises::{Broken, KNOWN, KNOWN_OF_TWO_INSTANCES};
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
fn three_requests_in_any_order_break_no_promise_but_the_limits() {
    let setting = Setting {
        ticks: GRACE,
        ..Setting::of(3)
    };
    assert_limits(&setting, ORDER);
}

#[test]
fn two_requests_and_any_fault_break_no_promise_but_the_limits() {
    let setting = Setting {
        ticks: GRACE,
        budget: ONE_OF_EACH,
        ..Setting::of(2)
    };
    assert_limits(&setting, &[ORDER, FAULTS].concat());
}

/// What a browser is left with is not asked here: two of them would not agree.
#[test]
fn a_thief_with_every_ticket_breaks_no_promise() {
    let setting = Setting {
        ticks: GRACE,
        has_thief: true,
        ..Setting::of(2)
    };
    assert_limits(&setting, &[]);
}

#[test]
fn two_instances_in_a_rotation_and_a_minute_apart_break_no_promise_but_the_limits() {
    let setting = Setting {
        ticks: GRACE,
        has_two_instances: true,
        ..Setting::of(2)
    };
    assert_limits(&setting, ORDER);
}

#[test]
fn requests_that_outlive_their_rows_break_no_promise_but_the_limits() {
    let setting = Setting {
        ticks: IDLE,
        ..Setting::of(2)
    };
    assert_limits(
        &setting,
        &[ORDER, &[Broken::AnswerOfAnExpiredSessionLogsOut]].concat(),
    );
}

/// The limits that two requests reach without any fault.
const ORDER: &[Broken] = &[
    Broken::FirstCookieLogsOut,
    Broken::FirstCookieOverALogin,
    Broken::OlderEndingLogsOut,
    Broken::OlderTicketLogsOut,
    Broken::OlderTicketOverALogin,
    Broken::SessionIsGoneAfterTheGrace,
    Broken::NobodyIsLoggedInAfterTwoLogins,
    Broken::LateRequestLogsOut,
    Broken::OneUserHasTwoSessionsAfterTheGrace,
    Broken::OneUserHasTwoSessionsFromNoTicket,
    Broken::LoginInFlightOutlivesEndAll,
];

/// The limits that a fault adds.
const FAULTS: &[Broken] = &[
    Broken::OneUserHasTwoSessionsAfterAFault,
    Broken::SessionIsGoneAfterAFault,
    Broken::ContentsAreGoneAfterAFault,
    Broken::FailedLoginOfAnotherUserLogsOut,
];

/// Every one of these limits is found, and nothing else.
fn assert_limits(setting: &Setting, limits: &[Broken]) {
    let started = Instant::now();
    let found = search(setting);
    show(&found, started);
    let is_known = |broken: &Broken| {
        let of_two = setting.has_two_instances && KNOWN_OF_TWO_INSTANCES.contains(broken);
        of_two || KNOWN.contains(broken)
    };
    let broken = found.broken.keys().filter(|broken| !is_known(broken));
    let mut limits: Vec<&Broken> = limits.iter().collect();
    limits.sort();
    assert_eq!(broken.collect::<Vec<_>>(), limits);
}

#[test]
fn each_mistake_breaks_a_promise() {
    for mistake in Mistake::ALL {
        let started = Instant::now();
        let found = search(&Setting {
            ticks: GRACE,
            mistake: Some(mistake),
            ..Setting::of(2)
        });
        let broken = found.faults().next();
        let states = found.states;
        eprintln!(
            "{mistake:?}: {broken:?} after {states} states, {:?}",
            started.elapsed()
        );
        assert!(
            broken.is_some(),
            "{mistake:?} is not found in {states} states"
        );
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
