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
use self::promises::Broken;
use self::search::{Found, Setting, search};
use self::shop::{Ask, User};
use self::world::Budget;

/// Longer than the grace of a login, and long enough for a use to be written down.
const GRACE: &[u64] = &[121];

/// After the second one every row is over, and swept.
const IDLE: &[u64] = &[121, 1700];

const ONE_OF_EACH: Budget = Budget {
    lost: 1,
    fails: 1,
    late: 1,
    dies: 1,
    unseen: 1,
};

const TWO: Setting = Setting {
    ticks: GRACE,
    ..Setting::of(2)
};

const TWO_INSTANCES: Setting = Setting {
    has_two_instances: true,
    ..TWO
};

#[test]
fn three_requests_in_any_order_break_no_promise_but_the_limits() {
    let at_once = [
        Broken::FirstCookieLogsOut,
        Broken::FirstCookieOverALogin,
        Broken::AnswerOfAnEndedSessionLogsOut,
        Broken::OlderEndingLogsOut,
        Broken::OlderTicketLogsOut,
        Broken::OneUserHasTwoSessionsFromNoTicket,
        Broken::NobodyIsLoggedInAfterTwoLogins,
        Broken::LoginInFlightOutlivesEndAll,
    ];
    assert_limits(&Setting::of(3), &at_once);
}

#[test]
#[ignore = "by hand: CONTRIBUTING has the command"]
fn three_requests_and_two_minutes_break_no_promise_but_the_limits() {
    let setting = Setting { requests: 3, ..TWO };
    assert_limits(&setting, &[ORDER, THREE].concat());
}

#[test]
fn two_requests_and_any_fault_break_no_promise_but_the_limits() {
    let setting = Setting {
        budget: ONE_OF_EACH,
        ..TWO
    };
    assert_limits(&setting, &[ORDER, FAULTS].concat());
}

/// What a browser is left with is not asked here: two of them would not agree.
#[test]
fn a_thief_with_every_ticket_breaks_no_promise() {
    let setting = Setting {
        has_thief: true,
        ..TWO
    };
    assert_limits(&setting, &[]);
}

#[test]
fn two_instances_in_a_rotation_and_a_minute_apart_break_no_promise_but_the_limits() {
    assert_limits(&TWO_INSTANCES, ORDER);
}

#[test]
fn requests_that_outlive_their_rows_break_no_promise_but_the_limits() {
    let setting = Setting { ticks: IDLE, ..TWO };
    let more = [Broken::AnswerOfAnExpiredSessionLogsOut];
    assert_limits(&setting, &[ORDER, &more].concat());
}

#[test]
#[ignore = "by hand: CONTRIBUTING has the command"]
fn four_requests_in_any_order_break_no_promise_but_the_limits() {
    let setting = Setting { requests: 4, ..TWO };
    assert_limits(&setting, &[ORDER, THREE].concat());
}

#[test]
#[ignore = "by hand: CONTRIBUTING has the command"]
fn three_requests_and_any_fault_break_no_promise_but_the_limits() {
    let setting = Setting {
        requests: 3,
        budget: ONE_OF_EACH,
        ..TWO
    };
    assert_limits(&setting, &[ORDER, THREE, FAULTS].concat());
}

#[test]
#[ignore = "by hand: CONTRIBUTING has the command"]
fn a_thief_with_every_ticket_breaks_no_promise_beside_two_requests_and_a_fault() {
    let setting = Setting {
        requests: 3,
        budget: Budget {
            lost: 1,
            ..Budget::default()
        },
        has_thief: true,
        ..TWO
    };
    assert_limits(&setting, &[]);
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
    Broken::OneUserHasTwoSessionsFromNoTicket,
    Broken::LoginInFlightOutlivesEndAll,
];

/// The limits that a third request adds.
const THREE: &[Broken] = &[
    Broken::AnswerOfAnEndedSessionLogsOut,
    Broken::OneUserHasTwoSessionsAfterTheGrace,
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
    let mut limits: Vec<&Broken> = limits.iter().collect();
    limits.sort();
    assert_eq!(found.broken.keys().collect::<Vec<_>>(), limits);
}

/// What changes something, once.
const CHANGING: &[Ask] = &[
    Ask::SetCart,
    Ask::Count,
    Ask::LogIn(User::A),
    Ask::LogIn(User::B),
    Ask::LogOut,
    Ask::EndAllOfA,
];

#[test]
fn each_mistake_breaks_a_promise() {
    for mistake in Mistake::ALL {
        let started = Instant::now();
        let found = search(&Setting {
            asks: CHANGING,
            mistake: Some(mistake),
            ..Setting::of(3)
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
