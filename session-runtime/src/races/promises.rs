//! The promises to visitors, asked of every state.
//!
//! A promise that is broken has a name. Some are limits of cookies, or of not knowing what an answer that is lost
//! said: [`LIMITS`] lists them with their reasons, and a search goes on beyond them.

use super::requests::{Cookie, Facts};
use super::shop::{Ask, IDLE, User};
use super::world::{
    Budget, COUNTED, Past, Phase, Scenario, Shown, Standing, Start, State, Step, World,
};
use crate::store::RowKey;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Broken {
    // A step of the store.
    WritesToAnotherSession,
    EndsAnotherUsersSession,
    EndsEarlier,
    CommitCreates,
    // Any state.
    EndedSessionIsAlive,
    TicketShowsAnotherUser,
    TicketShowsOtherThanItsRow,
    AnsweredChangeIsLost,
    AnsweredChangeIsUndone,
    AnsweredCountIsLost,
    CountedTwice,
    ChangeIsDroppedForNothing,
    EndAllLeavesASession,
    // An answer that arrives.
    OlderAnswerLogsOut,
    AnswerOfAnExpiredSessionLogsOut,
    AnswerOfAnEndedSessionLogsOut,
    LateRequestLogsOut,
    FirstCookieLogsOut,
    OlderTicketLogsOut,
    OlderEndingLogsOut,
    // The end.
    LoginIsNotInTheBrowser,
    OlderTicketOverALogin,
    FirstCookieOverALogin,
    OneUserHasTwoSessions,
    OneUserHasTwoSessionsFromNoTicket,
    OneUserHasTwoSessionsAfterAFault,
    OneUserHasTwoSessionsAfterTheGrace,
    SessionIsGone,
    SessionIsGoneAfterTheGrace,
    SessionIsGoneAfterAFault,
    ContentsAreGone,
    ContentsAreGoneAfterAFault,
    ContentsAreGoneAfterTheGrace,
    FailedLoginOfAnotherUserLogsOut,
    NobodyIsLoggedInAfterTwoLogins,
    LoginInFlightOutlivesEndAll,
}

/// The promises that cannot be kept, and the reason for each.
pub(super) const LIMITS: &[(Broken, &str)] = &[
    (
        Broken::FirstCookieLogsOut,
        "V4c: a browser orders cookies by their arrival, and a visitor's first one was on its way",
    ),
    (
        Broken::FirstCookieOverALogin,
        "V4c: the same, seen at the end",
    ),
    (
        Broken::AnswerOfAnExpiredSessionLogsOut,
        "V4c: the same with a first cookie of a new session, because the time of the one before was over",
    ),
    (
        Broken::AnswerOfAnEndedSessionLogsOut,
        "V4c: the same, because the visitor has logged out and in again meanwhile",
    ),
    (
        Broken::OlderEndingLogsOut,
        "V4r: the same with the removal of an older logout. Sending none leaves dead tickets",
    ),
    (
        Broken::OlderTicketLogsOut,
        "V4s: the same with two tickets of one session that arrive in reverse, one of them with a use that was \
         written down or under another key",
    ),
    (
        Broken::OlderTicketOverALogin,
        "V4s: the same, seen at the end",
    ),
    (
        Broken::SessionIsGoneAfterTheGrace,
        "V4s: the same, seen at the end",
    ),
    (
        Broken::NobodyIsLoggedInAfterTwoLogins,
        "V5: the same with the logins of two users and a ticket of before",
    ),
    (
        Broken::LateRequestLogsOut,
        "late: a request that loads when the grace is over is a new visitor's, or a browser that has lost the \
         answer to its login would be stuck",
    ),
    (
        Broken::OneUserHasTwoSessionsAfterTheGrace,
        "late: the same with a second login",
    ),
    (
        Broken::OneUserHasTwoSessionsFromNoTicket,
        "V5o: nothing links two logins without a ticket",
    ),
    (
        Broken::OneUserHasTwoSessionsAfterAFault,
        "V5o: a login whose outcome is not known leaves a session of which nobody has a ticket",
    ),
    (
        Broken::SessionIsGoneAfterAFault,
        "V10: a renewal of which the browser has not heard. Taking the old mark for longer would keep a thief",
    ),
    (
        Broken::ContentsAreGoneAfterAFault,
        "V10: the same, and what comes after it begins a new row",
    ),
    (
        Broken::FailedLoginOfAnotherUserLogsOut,
        "V10u: the ending of the first user may have been carried out, and nobody knows",
    ),
    (
        Broken::LoginInFlightOutlivesEndAll,
        "V6s: a login whose row is found too late is a later login",
    ),
];

pub(super) fn is_limit(broken: Broken) -> bool {
    let mut limits = LIMITS.iter();
    limits.any(|(limit, _)| *limit == broken)
}

/// The promises that a step and the state after it break.
pub(super) fn check(world: &mut World, before: &State, step: Step, state: &State) -> Vec<Broken> {
    let mut broken = Vec::new();
    let asks = world.scenario.asks.len();
    match step {
        // Nothing has changed that anything can be asked of.
        Step::Send(..) => {}
        Step::Arrives(nth) => {
            broken.extend(arrival(world, before, nth, state));
            broken.extend(dropped(world, state, nth));
        }
        _ => {
            for ticket in world.known(state) {
                let shown = world.show(state, ticket);
                broken.extend(shown.broken.or_else(|| counter(world, state, &shown)));
            }
            broken.extend((0..asks).filter_map(|nth| ending(world, state, nth)));
            let mut rows = world.alive_rows(state);
            broken
                .extend(rows.find_map(|(row, facts)| changes(world, state, world.key(row), facts)));
        }
    }
    let mut requests = state.requests[..asks].iter();
    if requests.all(|request| matches!(request.phase, Phase::Over | Phase::Dead)) {
        broken.extend(end(world, state));
    }
    broken
}

/// A session that was ended with success is over, and its row with it.
fn ending(world: &World, state: &State, nth: usize) -> Option<Broken> {
    if !world.succeeded(state, nth) {
        return None;
    }
    let is_alive = |key: RowKey| world.is_alive(state, key);
    if world.scenario.asks[nth] == Ask::EndAllOfA {
        let first = world.first_key();
        let first = first.filter(|_| world.scenario.start == Start::LoggedIn);
        let mut logins = (0..world.scenario.asks.len())
            .filter(|other| state.requests[nth].before >> other & 1 == 1)
            .filter_map(|other| world.past(state, other)?.wrote);
        let is_left = logins.any(is_alive) || first.is_some_and(is_alive);
        return is_left.then_some(Broken::EndAllLeavesASession);
    }
    let ended = world.past(state, nth)?.ended?;
    is_alive(ended).then_some(Broken::EndedSessionIsAlive)
}

/// A change that was answered with success is there, unless a later one has replaced it.
fn changes(world: &World, state: &State, key: RowKey, facts: &Facts) -> Option<Broken> {
    let asks = &world.scenario.asks;
    let mut sets = (0..asks.len()).filter(|nth| asks[*nth] == Ask::SetCart);
    let is_there = |other: &usize| facts.writers.contains(&world.number(*other));
    let shown = sets.clone().find(is_there);
    sets.find_map(|nth| {
        let past = world.past(state, nth)?;
        let is_done = past.wrote == Some(key);
        match shown {
            _ if !is_done => None,
            None => Some(Broken::AnsweredChangeIsLost),
            Some(shown) => {
                let is_older = state.requests[nth].before >> shown & 1 == 1;
                is_older.then_some(Broken::AnsweredChangeIsUndone)
            }
        }
    })
}

/// Every request that counted and was answered with success counts once, and every other one once at most.
fn counter(world: &World, state: &State, shown: &Shown) -> Option<Broken> {
    let key = shown.key.filter(|_| shown.standing == Standing::Good)?;
    let asks = &world.scenario.asks;
    let counts = (0..asks.len()).filter(|nth| asks[*nth] == Ask::Count);
    let counts = counts.filter(|nth| state.requests[*nth].phase != Phase::Unsent);
    let is_done = |nth: &usize| {
        let past = world.past(state, *nth);
        past.is_some_and(|past| past.wrote == Some(key))
    };
    let number = |count: usize| u32::try_from(count).unwrap();
    let most = number(counts.clone().count());
    let least = number(counts.filter(is_done).count());
    let before = if world.first_key() == Some(key) {
        COUNTED
    } else {
        0
    };
    match shown.view.visits {
        visits if visits < before + least => Some(Broken::AnsweredCountIsLost),
        visits if visits > before + most => Some(Broken::CountedTwice),
        _ => None,
    }
}

/// Only a login, an ending or the time takes a change away.
fn dropped(world: &World, state: &State, nth: usize) -> Option<Broken> {
    let is_calm = world
        .scenario
        .asks
        .iter()
        .all(|ask| matches!(ask, Ask::Read | Ask::SetCart | Ask::Count));
    let past = world.past(state, nth)?;
    let is_dropped = world.scenario.asks[nth].changes() && past.succeeded && past.wrote.is_none();
    let is_calm = is_calm && state.ticks == 0 && world.scenario.thief.is_none();
    let is_for_nothing = is_dropped && is_calm;
    is_for_nothing.then_some(Broken::ChangeIsDroppedForNothing)
}

/// An answer that arrives logs nobody out, unless that was asked for.
fn arrival(world: &mut World, before: &State, nth: usize, after: &State) -> Option<Broken> {
    if before.jar == after.jar {
        return None;
    }
    let (was, is) = (world.show(before, before.jar), world.show(after, after.jar));
    let user = was.view.user.filter(|_| was.standing == Standing::Good)?;
    if is.view.user == Some(user) && is.standing == Standing::Good {
        return None;
    }
    let Past { found, cookie, .. } = *world.past(before, nth)?;
    match world.scenario.asks[nth] {
        // Whoever logs in is logged in, and an ending ends what it saw: the states say so.
        Ask::LogIn(_) => (is.standing != Standing::Good).then_some(Broken::OlderTicketLogsOut),
        Ask::LogOut | Ask::LogOutAndSetCart | Ask::Destroy => Some(Broken::OlderEndingLogsOut),
        Ask::Read | Ask::SetCart | Ask::Count | Ask::Renew | Ask::EndAllOfA => {
            Some(match (found, cookie) {
                (Standing::NoTicket, _) => Broken::FirstCookieLogsOut,
                (Standing::Over, _) => Broken::AnswerOfAnExpiredSessionLogsOut,
                (Standing::Ended, _) => Broken::AnswerOfAnEndedSessionLogsOut,
                (Standing::TooOld, _) => Broken::LateRequestLogsOut,
                (Standing::Good, Cookie::Ticket(_)) => Broken::OlderTicketLogsOut,
                // A renewal that joins a row gets the mark that is good then.
                (Standing::Superseded, Cookie::Ticket(_))
                    if world.scenario.asks[nth] == Ask::Renew =>
                {
                    Broken::OlderTicketLogsOut
                }
                _ => Broken::OlderAnswerLogsOut,
            })
        }
    }
}

/// What a visitor has in the end. Nothing of this is asked where a thief is at work, or where so much time has
/// passed that sessions are over.
fn end(world: &mut World, state: &State) -> Option<Broken> {
    let Scenario {
        start,
        thief,
        asks,
        instances,
    } = world.scenario.clone();
    let seconds: u64 = world.ticks[..usize::from(state.ticks)].iter().sum();
    if thief.is_some() || seconds >= IDLE - 120 {
        return None;
    }
    let has = |ask: Ask| asks.contains(&ask);
    let succeeded =
        |ask: Ask| (0..asks.len()).any(|nth| asks[nth] == ask && world.succeeded(state, nth));
    let (a_in, b_in) = (
        succeeded(Ask::LogIn(User::A)),
        succeeded(Ask::LogIn(User::B)),
    );
    let ended = succeeded(Ask::EndAllOfA);
    let ends = [Ask::LogOut, Ask::LogOutAndSetCart, Ask::Destroy]
        .into_iter()
        .any(has);
    let rows = world.alive_rows(state);
    let of_a = rows
        .filter(|(_, facts)| facts.user == Some(User::A))
        .count();
    let spent = Spent::of(world, state);
    let is_late = state.ticks > 0;
    let jar = world.show(state, state.jar);
    if ended && !ends && of_a > 0 {
        return Some(Broken::LoginInFlightOutlivesEndAll);
    }
    if ends || has(Ask::EndAllOfA) {
        return None;
    }
    if has(Ask::LogIn(User::B)) {
        let was_a = start == Start::LoggedIn && jar.view.user != Some(User::A);
        if was_a && spent.fault && !spent.unseen && !b_in {
            return Some(Broken::FailedLoginOfAnotherUserLogsOut);
        }
        let is_quiet = !spent.fault && !spent.unseen && !has(Ask::SetCart) && !has(Ask::Count);
        let is_nobody = (a_in || b_in) && is_quiet && jar.view.user.is_none();
        return is_nobody.then_some(Broken::NobodyIsLoggedInAfterTwoLogins);
    }
    if a_in && !spent.unseen && jar.view.user != Some(User::A) {
        let is_first = start == Start::Nothing && jar.standing == Standing::Good;
        return Some(if is_first {
            Broken::FirstCookieOverALogin
        } else if is_late || jar.standing == Standing::Superseded && instances != 0 {
            Broken::OlderTicketOverALogin
        } else {
            Broken::LoginIsNotInTheBrowser
        });
    }
    if of_a > 1 {
        return Some(match start {
            _ if spent.any() => Broken::OneUserHasTwoSessionsAfterAFault,
            Start::Nothing => Broken::OneUserHasTwoSessionsFromNoTicket,
            _ if is_late => Broken::OneUserHasTwoSessionsAfterTheGrace,
            Start::Nobody | Start::LoggedIn => Broken::OneUserHasTwoSessions,
        });
    }
    if start == Start::Nothing {
        return None;
    }
    let is_of_user = start != Start::LoggedIn || jar.view.user == Some(User::A);
    if jar.standing != Standing::Good && is_late || !is_of_user {
        return Some(if spent.any() {
            Broken::SessionIsGoneAfterAFault
        } else if is_late {
            Broken::SessionIsGoneAfterTheGrace
        } else {
            Broken::SessionIsGone
        });
    }
    if jar.standing == Standing::Good && jar.key != world.first_key() {
        return Some(if spent.any() {
            Broken::ContentsAreGoneAfterAFault
        } else if is_late {
            Broken::ContentsAreGoneAfterTheGrace
        } else {
            Broken::ContentsAreGone
        });
    }
    None
}

/// The faults that have happened.
struct Spent {
    fault: bool,
    unseen: bool,
}

impl Spent {
    fn of(world: &World, state: &State) -> Self {
        let (left, budget) = (state.left, world.budget);
        let without_unseen = |budget: Budget| Budget {
            unseen: 0,
            ..budget
        };
        Self {
            fault: without_unseen(left) != without_unseen(budget),
            unseen: left.unseen != budget.unseen,
        }
    }

    fn any(&self) -> bool {
        self.fault || self.unseen
    }
}
