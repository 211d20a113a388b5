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
    /// One request after the other counts, each to its end.
    Count {
        browser: usize,
        times: usize,
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
    /// The client of a request is gone.
    HangUp {
        nth: usize,
        is_done_later: bool,
    },
    /// The store answers nothing for so many seconds, and the layer gives up what has waited for too long.
    Wait {
        seconds: u64,
        is_done_later: bool,
    },
    /// An operation that was given up is carried out all the same.
    CarryOutLate(usize),
    Tick(u64),
    Sweep,
    /// An instance reads the keys of the next step of a rotation.
    Rotate(usize),
}

/// Everything that a run depends on.
#[derive(Clone, Debug)]
pub(crate) struct Schedule {
    /// The seconds by which the clock of the second instance is ahead of the other one.
    pub(crate) ahead: u64,
    pub(crate) steps: Vec<Step>,
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

pub(crate) fn schedule(rotation: Rotation) -> impl Strategy<Value = Schedule> {
    let ahead = prop_oneof![3 => Just(0), 1 => 0..=60_u64];
    let steps = proptest::collection::vec(step(rotation), 1..56);
    // Some begin with a row in which differences have gathered.
    let counted = prop::option::weighted(0.2, 4..12_usize);
    (ahead, counted, steps).prop_map(|(ahead, counted, steps)| {
        let counts = counted.map(|times| Step::Count { browser: 0, times });
        let steps = counts.into_iter().chain(steps).collect();
        Schedule { ahead, steps }
    })
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rotation {
    None,
    InTheMiddle,
}

fn step(rotation: Rotation) -> impl Strategy<Value = Step> {
    prop_oneof![
        24 => send(),
        42 => (0..4_usize, fate()).prop_map(|(nth, fate)| Step::Go { nth, fate }),
        15 => (0..4_usize).prop_map(Step::Arrive),
        3 => (0..4_usize).prop_map(Step::Lose),
        2 => (0..4_usize, any::<bool>())
            .prop_map(|(nth, is_done_later)| Step::HangUp { nth, is_done_later }),
        2 => (1..=2_u64, any::<bool>())
            .prop_map(|(seconds, is_done_later)| Step::Wait { seconds, is_done_later }),
        3 => (0..4_usize).prop_map(Step::CarryOutLate),
        12 => prop::sample::select(&TICKS[..]).prop_map(Step::Tick),
        3 => Just(Step::Sweep),
        u32::from(rotation == Rotation::InTheMiddle) * 6 => (0..2_usize).prop_map(Step::Rotate),
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
