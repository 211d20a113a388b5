//! The steps that can happen, and how often they do.

use proptest::prelude::*;

use crate::shop::Ask;

/// Numbers of requests, answers and tickets count modulo those that there are. A step that has nothing to act on
/// does nothing, so every part of a schedule is a schedule.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    Send {
        browser: usize,
        instance: usize,
        ticket: Brought,
        ask: Ask,
    },
    /// The operation for which a request waits is carried out, and the request goes on to its next one.
    Go {
        nth: usize,
        fate: Fate,
    },
    /// An answer reaches its browser.
    Arrive(usize),
    /// An answer is lost on its way.
    Lose(usize),
    Tick(u64),
    Sweep,
}

/// The ticket that a request brings along.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Brought {
    FromJar,
    /// Any ticket that was ever sent: it was copied.
    Copied(usize),
}

/// The end of an operation of the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Done,
    Fails {
        /// It was carried out all the same, and only its answer is lost.
        is_done: bool,
        /// The layer tries it once more.
        is_tried_again: bool,
    },
}

/// The seconds of a tick: a moment, more than the grace of a renewal, enough for a use to be written down, and
/// nearly all of `idle`.
const TICKS: [u64; 4] = [1, 61, 130, 1100];

pub(crate) fn schedule() -> impl Strategy<Value = Vec<Step>> {
    proptest::collection::vec(step(), 1..48)
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => send(),
        14 => (0..4_usize, fate()).prop_map(|(nth, fate)| Step::Go { nth, fate }),
        5 => (0..4_usize).prop_map(Step::Arrive),
        1 => (0..4_usize).prop_map(Step::Lose),
        4 => prop::sample::select(&TICKS[..]).prop_map(Step::Tick),
        1 => Just(Step::Sweep),
    ]
}

fn send() -> impl Strategy<Value = Step> {
    let ticket = prop_oneof![
        5 => Just(Brought::FromJar),
        1 => (0..8_usize).prop_map(Brought::Copied),
    ];
    // Most races need one browser with several requests in flight.
    let browser = prop_oneof![3 => Just(0), 1 => Just(1), 1 => Just(2)];
    (browser, 0..2_usize, ticket, ask()).prop_map(|(browser, instance, ticket, ask)| Step::Send {
        browser,
        instance,
        ticket,
        ask,
    })
}

fn ask() -> impl Strategy<Value = Ask> {
    prop_oneof![
        2 => Just(Ask::Read),
        2 => Just(Ask::SetCart),
        2 => Just(Ask::SetAddress),
        1 => Just(Ask::Count),
        3 => Just(Ask::LogIn(1)),
        1 => Just(Ask::LogIn(2)),
        2 => Just(Ask::LogOut),
        1 => Just(Ask::LogOutAndSet),
        1 => Just(Ask::Clear),
        1 => Just(Ask::Destroy),
    ]
}

fn fate() -> impl Strategy<Value = Fate> {
    let fails = (any::<bool>(), any::<bool>());
    prop_oneof![
        9 => Just(Fate::Done),
        1 => fails.prop_map(|(is_done, is_tried_again)| Fate::Fails { is_done, is_tried_again }),
    ]
}
