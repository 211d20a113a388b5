//! One browser, its requests and a store, and the steps that can come next.

use super::mistakes::Mistake;
use super::promises::Broken;
use super::quick::Quick;
use super::requests::{Cookie, Facts, KeptId, Next, NodeId, Requests, Response503, Sent, TicketId};
use super::rows::{self, Answer, Kept, Operation, Work};
use super::shop::{Ask, User, View};
use crate::store::{Committed, Ended, Owner, RowKey, StoreErrorKind, Why};

/// The most requests of a scenario.
pub(super) const REQUESTS: usize = 4;

/// The most rows of a scenario: one of the beginning, and two for each request.
const ROWS: usize = 9;

const BASE: u64 = 1_800_000_000;

/// The visits that a session has counted at the beginning, if there is one.
pub(super) const COUNTED: u32 = 16;

/// The seconds by which the clock of the second instance is ahead.
const AHEAD: u64 = 60;

/// The session that the browser has at the beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Start {
    Nothing,
    /// A session of no user, with a cart.
    Nobody,
    /// A has logged in, in a session that had a cart.
    LoggedIn,
}

impl Start {
    pub(super) const ALL: [Self; 3] = [Self::Nothing, Self::Nobody, Self::LoggedIn];
}

/// The requests of a browser, sent in any order.
#[derive(Clone, Debug)]
pub(super) struct Scenario {
    pub(super) start: Start,
    pub(super) asks: Vec<Ask>,
    /// This one comes from a thief, who has every ticket that was ever sent.
    pub(super) thief: Option<usize>,
    /// A bit for each request that goes to the second instance.
    pub(super) instances: u8,
}

/// How often something happens that need not happen at all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Budget {
    /// An answer of the store is lost, and the operation is tried again.
    pub(super) lost: u8,
    /// An operation fails, done or not done.
    pub(super) fails: u8,
    /// An operation is not done in time, and later all the same.
    pub(super) late: u8,
    /// An instance dies with the request.
    pub(super) dies: u8,
    /// A response does not reach the browser.
    pub(super) unseen: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct State {
    pub(super) ticks: u8,
    pub(super) jar: TicketId,
    /// By the number of the row; what is not used is last.
    rows: [(u16, KeptId); ROWS],
    pub(super) requests: [Request; REQUESTS],
    /// A request whose operation is carried out later.
    late: Option<NodeId>,
    pub(super) left: Budget,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Request {
    pub(super) phase: Phase,
    /// The node of a request that runs; for the ending of all sessions, the list of rows that it has still to
    /// end. Of a request that was answered, the number of what is left of it.
    node: NodeId,
    /// A bit for each request that had been answered with success when this one was sent, of those that matter.
    pub(super) before: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Phase {
    Unsent,
    Running,
    /// The response is on its way.
    Answered,
    /// The response has arrived, or is lost.
    Over,
    /// There will be no response.
    Dead,
}

/// What is left of a request that was answered. Two that leave the same are the same from then on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Past {
    pub(super) succeeded: bool,
    pub(super) cookie: Cookie,
    /// The standing of its ticket when it loaded its row, as long as its cookie is on the way.
    pub(super) found: Standing,
    /// The row of the user whom it has ended with success.
    pub(super) ended: Option<RowKey>,
    /// The row that it has changed with success.
    pub(super) wrote: Option<RowKey>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Send(usize, TicketId),
    Go(usize),
    /// Done, and tried again.
    Lost(usize),
    Fails {
        nth: usize,
        is_done: bool,
    },
    TimesOut(usize),
    DoneLate,
    Dies(usize),
    Arrives(usize),
    Unseen(usize),
    Tick,
    Sweep,
}

/// The standing of a ticket.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) enum Standing {
    #[default]
    NoTicket,
    /// Its row is not there, or its time is over.
    Over,
    /// Its row has ended.
    Ended,
    Good,
    Superseded,
    /// Its row goes on under another mark or was replaced by another one, and the grace is over.
    TooOld,
}

/// What a ticket shows.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Shown {
    pub(super) standing: Standing,
    pub(super) view: View,
    pub(super) key: Option<RowKey>,
    pub(super) broken: Option<Broken>,
}

pub(super) struct World {
    pub(super) requests: Requests,
    pub(super) scenario: Scenario,
    pub(super) budget: Budget,
    mistake: Option<Mistake>,
    /// The seconds of each tick.
    pub(super) ticks: &'static [u64],
    starts: [(State, Vec<TicketId>); 3],
    numbers: Quick<RowKey, u16>,
    keys: Vec<RowKey>,
    lists: Vec<Vec<u16>>,
    pasts: Vec<Past>,
    past_ids: Quick<Past, NodeId>,
    done: Quick<(KeptId, NodeId), (KeptId, Answer, Option<Broken>)>,
    shown: Quick<(TicketId, KeptId, u8), Shown>,
}

impl World {
    pub(super) fn new(mistake: Option<Mistake>, ticks: &'static [u64]) -> Self {
        let request = Request {
            phase: Phase::Over,
            node: 0,
            before: 0,
        };
        let nothing = State {
            ticks: 0,
            jar: 0,
            rows: [(u16::MAX, 0); ROWS],
            requests: [request; REQUESTS],
            late: None,
            left: Budget::default(),
        };
        let mut world = Self {
            requests: Requests::new(),
            scenario: Scenario {
                start: Start::Nothing,
                asks: Vec::new(),
                thief: None,
                instances: 0,
            },
            budget: Budget::default(),
            mistake: None,
            ticks,
            starts: [(); 3].map(|()| (nothing, Vec::new())),
            numbers: Quick::default(),
            keys: Vec::new(),
            lists: Vec::new(),
            pasts: Vec::new(),
            past_ids: Quick::default(),
            done: Quick::default(),
            shown: Quick::default(),
        };
        // A logs in at both instances, so that A's owner is known under both keys.
        world.alone(nothing, Ask::LogIn(User::A), 1, 1);
        let (mut visitor, first) = world.alone(nothing, Ask::SetCart, 2, 0);
        // So that the next one is folded into the value.
        for nth in 0..COUNTED {
            visitor = world.alone(visitor, Ask::Count, 1000 + nth, 0).0;
        }
        let (logged_in, second) = world.alone(visitor, Ask::LogIn(User::A), 3, 0);
        world.starts[1] = (visitor, vec![first]);
        world.starts[2] = (logged_in, vec![first, second]);
        // The beginning is without the mistake.
        world.done.clear();
        world.mistake = mistake;
        world
    }

    /// One request, from its sending to its arrival.
    fn alone(&mut self, state: State, ask: Ask, number: u32, instance: usize) -> (State, TicketId) {
        let mut state = state;
        let at = BASE - 30;
        let mut node = self.requests.send(Sent {
            ask,
            number,
            ticket: state.jar,
            instance,
            at,
        });
        loop {
            match self.requests.node(node).next.clone() {
                Next::Ask(operation) => {
                    let answer = self.operate(&mut state, node, &operation, at).0;
                    node = self.requests.answer(node, answer, at);
                }
                Next::Answer(Response503::No, Cookie::Ticket(ticket)) => {
                    state.jar = ticket;
                    return (state, ticket);
                }
                Next::Answer(Response503::No, Cookie::Nothing) => return (state, state.jar),
                other => panic!("it is answered {other:?}"),
            }
        }
    }

    pub(super) fn begin(&mut self, scenario: Scenario, budget: Budget) -> State {
        let (mut state, _) = self.starts[scenario.start as usize];
        for nth in 0..scenario.asks.len() {
            state.requests[nth].phase = Phase::Unsent;
        }
        state.left = budget;
        self.budget = budget;
        self.scenario = scenario;
        state
    }

    pub(super) fn now(&self, state: &State) -> u64 {
        BASE + self.ticks[..usize::from(state.ticks)].iter().sum::<u64>()
    }

    fn now_at(&self, state: &State, nth: usize) -> u64 {
        self.now(state) + AHEAD * u64::from(self.scenario.instances >> nth & 1)
    }

    pub(super) fn first_key(&self) -> Option<RowKey> {
        let (state, _) = &self.starts[self.scenario.start as usize];
        self.requests.ticket(state.jar).map(|ticket| ticket.key)
    }

    /// The tickets that were ever sent to a browser.
    pub(super) fn known(&self, state: &State) -> Vec<TicketId> {
        let (_, first) = &self.starts[self.scenario.start as usize];
        let mut known = first.clone();
        for nth in 0..self.scenario.asks.len() {
            if let Some(Past {
                cookie: Cookie::Ticket(ticket),
                ..
            }) = self.past(state, nth)
                && !known.contains(ticket)
            {
                known.push(*ticket);
            }
        }
        known
    }

    /// What is left of a request that was answered.
    pub(super) fn past(&self, state: &State, nth: usize) -> Option<&Past> {
        let Request { phase, node, .. } = state.requests[nth];
        let is_past = matches!(phase, Phase::Answered | Phase::Over);
        is_past.then(|| &self.pasts[node as usize])
    }

    pub(super) fn succeeded(&self, state: &State, nth: usize) -> bool {
        self.past(state, nth).is_some_and(|past| past.succeeded)
    }

    fn keep_past(&mut self, past: Past) -> NodeId {
        let next = NodeId::try_from(self.pasts.len()).unwrap();
        let id = *self.past_ids.entry(past).or_insert(next);
        if id == next {
            self.pasts.push(past);
        }
        id
    }

    fn past_of(&self, node: NodeId) -> Option<Past> {
        let node = self.requests.node(node);
        let Next::Answer(fails, cookie) = node.next else {
            return None;
        };
        let succeeded = fails == Response503::No;
        let ask = node.sent.ask;
        let found = match node.loaded {
            Some((_, kept, at)) => self.standing(node.sent.ticket, kept, at),
            None => Standing::NoTicket,
        };
        let user = node.seen.and_then(|seen| seen.user);
        let ends = succeeded && user.is_some_and(|user| ask.ends(user));
        let matters = succeeded && (ask.changes() || ask.logs_in() == Some(User::A));
        Some(Past {
            succeeded,
            cookie,
            found: if cookie == Cookie::Nothing {
                Standing::NoTicket
            } else {
                found
            },
            ended: node.loaded.filter(|_| ends).map(|(key, ..)| key),
            wrote: node.wrote.filter(|_| matters).map(|(key, _)| key),
        })
    }

    pub(super) fn is_alive(&self, state: &State, key: RowKey) -> bool {
        let number = self.numbers.get(&key);
        let facts = number.and_then(|number| self.requests.facts(state.kept(*number)));
        facts.is_some_and(|facts| self.now(state) < facts.alive_until)
    }

    /// The rows that are alive, by their numbers.
    pub(super) fn alive_rows<'a>(
        &'a self,
        state: &'a State,
    ) -> impl Iterator<Item = (u16, &'a Facts)> {
        let now = self.now(state);
        let rows = state.rows.iter().filter(|row| row.1 != 0);
        rows.filter_map(move |(number, kept)| {
            let facts = self.requests.facts(*kept)?;
            (now < facts.alive_until).then_some((*number, facts))
        })
    }

    pub(super) fn key(&self, number: u16) -> RowKey {
        self.keys[usize::from(number)]
    }

    pub(super) fn user(&self, owner: Option<Owner>) -> Option<User> {
        owner.map(|owner| self.requests.owners[&owner])
    }

    /// The session as a request with this ticket would see it now.
    pub(super) fn show(&mut self, state: &State, ticket: TicketId) -> Shown {
        let Some(known) = self.requests.ticket(ticket) else {
            return Shown::default();
        };
        let key = known.key;
        let kept = self
            .numbers
            .get(&key)
            .map_or(0, |number| state.kept(*number));
        let place = (ticket, kept, state.ticks);
        if let Some(shown) = self.shown.get(&place) {
            return *shown;
        }
        let now = self.now(state);
        let mut shown = Shown {
            standing: self.standing(ticket, kept, now),
            view: self.read(ticket, kept, now),
            key: Some(key),
            broken: None,
        };
        shown.broken = self.breaks_a_promise(ticket, kept, &shown);
        self.shown.insert(place, shown);
        shown
    }

    /// A ticket shows its user or nobody, and while its mark is good all that its row holds.
    fn breaks_a_promise(&self, ticket: TicketId, kept: KeptId, shown: &Shown) -> Option<Broken> {
        let of = self.requests.ticket(ticket).and_then(|ticket| ticket.user);
        let view = shown.view;
        if view.user.is_some() && view.user != of {
            return Some(Broken::TicketShowsAnotherUser);
        }
        if shown.standing != Standing::Good {
            return None;
        }
        let facts = self.requests.facts(kept)?;
        let values = [view.login, view.cart];
        let is_held = |value: &u32| *value == 0 || facts.writers.contains(value);
        // Who is logged in once more leaves the entry of the user as it is.
        let is_shown = |writer: &u32| values.contains(writer) || is_of_a_login(*writer);
        let is_all = values.iter().all(is_held) && facts.writers.iter().all(is_shown);
        let is_right = is_all && view.user == facts.user;
        (!is_right).then_some(Broken::TicketShowsOtherThanItsRow)
    }

    fn read(&mut self, ticket: TicketId, kept: KeptId, at: u64) -> View {
        let node = self.requests.send(Sent {
            ask: Ask::Read,
            number: 0,
            ticket,
            instance: 0,
            at,
        });
        let node = match &self.requests.node(node).next {
            Next::Ask(_) => self.requests.answer(node, Answer::Loaded(kept), at),
            Next::Answer(..) => node,
        };
        self.requests.node(node).seen.unwrap()
    }

    pub(super) fn standing(&self, ticket: TicketId, kept: KeptId, now: u64) -> Standing {
        let Some(ticket) = self.requests.ticket(ticket) else {
            return Standing::NoTicket;
        };
        let kept = self.requests.kept(kept);
        match kept.and_then(|kept| kept.alive(now)) {
            Some(row) if row.mark == ticket.mark => Standing::Good,
            Some(row) if row.before.as_ref().is_some_and(|before| now < before.until) => {
                Standing::Superseded
            }
            Some(_) => Standing::TooOld,
            None => match kept.filter(|kept| now < kept.end_time()) {
                None => Standing::Over,
                Some(Kept::Ended {
                    why: Why::Replaced { until },
                    ..
                }) => {
                    if now < *until {
                        Standing::Superseded
                    } else {
                        Standing::TooOld
                    }
                }
                Some(_) => Standing::Ended,
            },
        }
    }

    /// Every step that can come next, with the state after it, and a promise if the step itself breaks one.
    pub(super) fn next(&mut self, state: &State) -> Vec<(Step, State, Option<Broken>)> {
        let mut steps = Vec::new();
        for nth in 0..self.scenario.asks.len() {
            match state.requests[nth].phase {
                Phase::Unsent => self.sending(state, nth, &mut steps),
                Phase::Running => self.running(state, nth, &mut steps),
                Phase::Answered => self.arriving(state, nth, &mut steps),
                Phase::Over | Phase::Dead => {}
            }
        }
        if let Some(node) = state.late {
            let mut after = *state;
            after.late = None;
            let operation = self.asked(node);
            let (_, broken) = self.operate(&mut after, node, &operation, operation.now);
            steps.push((Step::DoneLate, after, broken));
        }
        self.time(state, &mut steps);
        steps
    }

    fn sending(
        &mut self,
        state: &State,
        nth: usize,
        steps: &mut Vec<(Step, State, Option<Broken>)>,
    ) {
        let asks = &self.scenario.asks;
        let is_first_of_equals = (0..nth).all(|other| {
            asks[other] != asks[nth]
                || self.scenario.thief.is_some()
                || (self.scenario.instances >> other ^ self.scenario.instances >> nth) & 1 == 1
                || state.requests[other].phase != Phase::Unsent
        });
        if !is_first_of_equals {
            return;
        }
        let ask = asks[nth];
        let tickets = if self.scenario.thief == Some(nth) {
            self.known(state)
        } else {
            vec![state.jar]
        };
        let before = (0..asks.len())
            .filter(|other| self.succeeded(state, *other) && ask.comes_after(asks[*other]))
            .fold(0, |bits, other| bits | 1 << other);
        for ticket in tickets {
            let mut after = *state;
            let request = &mut after.requests[nth];
            request.before = before;
            request.phase = Phase::Running;
            if ask == Ask::EndAllOfA {
                request.node = NodeId::MAX;
            } else {
                request.node = self.requests.send(Sent {
                    ask,
                    number: self.number(nth),
                    ticket,
                    instance: usize::from(self.scenario.instances >> nth & 1),
                    at: self.now_at(state, nth),
                });
                self.close(&mut after, nth);
            }
            steps.push((Step::Send(nth, ticket), after, None));
        }
    }

    /// Equal requests of different scenarios have equal numbers, so that their runs are shared.
    pub(super) fn number(&self, nth: usize) -> u32 {
        let asks = &self.scenario.asks;
        let kind = Ask::ALL.iter().position(|ask| *ask == asks[nth]).unwrap();
        let equal = asks[..nth].iter().filter(|ask| **ask == asks[nth]).count();
        u32::try_from(10 + kind * 10 + equal).unwrap()
    }

    fn asked(&self, node: NodeId) -> Operation {
        match &self.requests.node(node).next {
            Next::Ask(operation) => operation.clone(),
            Next::Answer(..) => unreachable!("it was not answered"),
        }
    }

    fn running(
        &mut self,
        state: &State,
        nth: usize,
        steps: &mut Vec<(Step, State, Option<Broken>)>,
    ) {
        if self.scenario.asks[nth] == Ask::EndAllOfA {
            let (after, broken) = self.end_all(state, nth);
            steps.push((Step::Go(nth), after, broken));
            return;
        }
        let node = state.requests[nth].node;
        let operation = self.asked(node);
        let at = self.now_at(state, nth);
        if matches!(operation.work, Work::End { .. })
            && self.mistake == Some(Mistake::EndingAfterTheResponse)
            && state.late.is_none()
        {
            let mut after = *state;
            after.late = Some(node);
            self.answer(&mut after, nth, Answer::Ended(Ended::Done), at);
            steps.push((Step::Go(nth), after, None));
            return;
        }
        let mut done = *state;
        let (answer, broken) = self.operate(&mut done, node, &operation, at);
        let mut after = done;
        self.answer(&mut after, nth, answer, at);
        steps.push((Step::Go(nth), after, broken));
        if operation.work == Work::Load {
            return;
        }
        if state.left.lost > 0 {
            let mut after = done;
            after.left.lost -= 1;
            self.answer(
                &mut after,
                nth,
                Answer::Failed(StoreErrorKind::Unreachable),
                at,
            );
            steps.push((Step::Lost(nth), after, broken));
        }
        if state.left.fails > 0 {
            for (is_done, from) in [(true, &done), (false, state)] {
                let mut after = *from;
                after.left.fails -= 1;
                self.answer(&mut after, nth, Answer::Failed(StoreErrorKind::Other), at);
                steps.push((
                    Step::Fails { nth, is_done },
                    after,
                    broken.filter(|_| is_done),
                ));
            }
        }
        if state.left.late > 0 {
            let mut after = *state;
            after.left.late -= 1;
            after.late = Some(node);
            self.answer(&mut after, nth, Answer::Failed(StoreErrorKind::Timeout), at);
            steps.push((Step::TimesOut(nth), after, None));
        }
        if state.left.dies > 0 && self.requests.node(node).has_begun {
            let mut after = *state;
            after.left.dies -= 1;
            (after.requests[nth].phase, after.requests[nth].node) = (Phase::Dead, 0);
            steps.push((Step::Dies(nth), after, None));
        }
    }

    fn answer(&mut self, state: &mut State, nth: usize, answer: Answer, at: u64) {
        let request = &mut state.requests[nth];
        request.node = self.requests.answer(request.node, answer, at);
        self.close(state, nth);
    }

    /// A request that is answered leaves its node.
    fn close(&mut self, state: &mut State, nth: usize) {
        if let Some(past) = self.past_of(state.requests[nth].node) {
            state.requests[nth].node = self.keep_past(past);
            state.requests[nth].phase = Phase::Answered;
        }
    }

    /// The rows of the user are looked up first, and each is ended for itself. An engine with an index writes the
    /// entry before the commit, so it finds also the row of a login that is on its way.
    fn end_all(&mut self, state: &State, nth: usize) -> (State, Option<Broken>) {
        let mut after = *state;
        let mut owners = self.requests.owners.iter();
        let owners: Vec<Owner> = owners
            .by_ref()
            .filter(|(_, user)| **user == User::A)
            .map(|(owner, _)| *owner)
            .collect();
        let list = state.requests[nth].node;
        let mut broken = None;
        let left: Vec<u16> = if list == NodeId::MAX {
            let on_their_way: Vec<RowKey> = self.logins_of_a(state).collect();
            let rows = self.alive_rows(state).filter(|(number, facts)| {
                facts.user == Some(User::A) || on_their_way.contains(&self.key(*number))
            });
            rows.map(|(number, _)| number).collect()
        } else {
            let mut left = self.lists[list as usize].clone();
            let number = left.remove(0);
            let operation = Operation {
                key: self.keys[usize::from(number)],
                now: self.now(state),
                work: Work::End {
                    owners: if self.mistake == Some(Mistake::EndAllComparesNoOwner) {
                        self.requests.owners.keys().copied().collect()
                    } else {
                        owners
                    },
                    why: Why::ByApplication,
                    until: self.now(state) + 300,
                },
            };
            let kept = self.requests.kept(state.kept(number)).cloned();
            let (new, answer) = rows::carry_out(kept.as_ref(), &operation, self.mistake);
            let was = kept.as_ref().and_then(|kept| kept.alive(operation.now));
            let was = was.and_then(|row| self.user(row.owner));
            if answer == Answer::Ended(Ended::Done) && was == Some(User::B) {
                broken = Some(Broken::EndsAnotherUsersSession);
            }
            let new = self.requests.keep(new);
            after.set(number, new);
            left
        };
        if left.is_empty() {
            let node = self.keep_past(Past::nothing());
            let request = &mut after.requests[nth];
            (request.phase, request.node) = (Phase::Answered, node);
        } else {
            let known = self.lists.iter().position(|list| *list == left);
            let place = known.unwrap_or_else(|| {
                self.lists.push(left);
                self.lists.len() - 1
            });
            after.requests[nth].node = NodeId::try_from(place).unwrap();
        }
        (after, broken)
    }

    /// The rows that requests have loaded which are about to log A in.
    fn logins_of_a(&self, state: &State) -> impl Iterator<Item = RowKey> {
        let asks = self.scenario.asks.iter().zip(state.requests);
        asks.filter_map(|(ask, request)| {
            let is_login = *ask == Ask::LogIn(User::A) && request.phase == Phase::Running;
            let node = is_login.then(|| self.requests.node(request.node));
            node?.loaded.map(|(key, ..)| key)
        })
    }

    fn arriving(
        &mut self,
        state: &State,
        nth: usize,
        steps: &mut Vec<(Step, State, Option<Broken>)>,
    ) {
        let Some(past) = self.past(state, nth).copied() else {
            return;
        };
        let mut after = *state;
        after.requests[nth].phase = Phase::Over;
        after.requests[nth].node = self.keep_past(past.arrived());
        if state.left.unseen > 0 && past.cookie != Cookie::Nothing {
            let mut after = after;
            after.left.unseen -= 1;
            steps.push((Step::Unseen(nth), after, None));
        }
        if self.scenario.thief != Some(nth) {
            after.jar = match past.cookie {
                Cookie::Nothing => after.jar,
                Cookie::Removal => 0,
                Cookie::Ticket(ticket) => ticket,
            };
        }
        steps.push((Step::Arrives(nth), after, None));
    }

    /// An operation takes seconds at most, so a long time passes only between those of a request that writes.
    fn time(&mut self, state: &State, steps: &mut Vec<(Step, State, Option<Broken>)>) {
        let in_work = |request: &Request| {
            request.phase == Phase::Running
                && request.node != NodeId::MAX
                && self.requests.node(request.node).has_begun
        };
        let is_end_all = |nth: &usize| {
            self.scenario.asks.get(*nth) == Some(&Ask::EndAllOfA)
                && state.requests[*nth].phase == Phase::Running
        };
        let mut requests = 0..self.scenario.asks.len();
        let is_at_work = requests.any(|nth| is_end_all(&nth) || in_work(&state.requests[nth]));
        if let Some(seconds) = self.ticks.get(usize::from(state.ticks)) {
            if *seconds < 300 || !(is_at_work || state.late.is_some()) {
                let mut after = *state;
                after.ticks += 1;
                steps.push((Step::Tick, after, None));
            }
        }
        let now = self.now(state);
        let over: Vec<u16> = state
            .rows
            .iter()
            .filter_map(|(number, kept)| {
                let end = self.requests.kept(*kept)?.end_time();
                (end + 300 <= now).then_some(*number)
            })
            .collect();
        if !over.is_empty() && !is_at_work {
            let mut after = *state;
            for number in over {
                after.set(number, 0);
            }
            steps.push((Step::Sweep, after, None));
        }
    }

    /// Carries an operation out on its row. The store is given the time of the request.
    fn operate(
        &mut self,
        state: &mut State,
        node: NodeId,
        operation: &Operation,
        at: u64,
    ) -> (Answer, Option<Broken>) {
        let next = u16::try_from(self.keys.len()).unwrap();
        let number = *self.numbers.entry(operation.key).or_insert(next);
        if number == next {
            self.keys.push(operation.key);
        }
        let kept = state.kept(number);
        if operation.work == Work::Load {
            // What is over at that time is as good as not there.
            let is_there = self
                .requests
                .kept(kept)
                .is_some_and(|kept| at < kept.end_time());
            return (Answer::Loaded(if is_there { kept } else { 0 }), None);
        }
        let (new, answer, broken) = match self.done.get(&(kept, node)) {
            Some(done) => *done,
            None => {
                let before = self.requests.kept(kept).cloned();
                let (new, answer) = rows::carry_out(before.as_ref(), operation, self.mistake);
                let broken = self.breaks(node, operation, before.as_ref(), new.as_ref(), answer);
                let done = (self.requests.keep(new), answer, broken);
                self.done.insert((kept, node), done);
                done
            }
        };
        state.set(number, new);
        (answer, broken)
    }

    /// The promises that one operation can break.
    fn breaks(
        &self,
        node: NodeId,
        operation: &Operation,
        before: Option<&Kept>,
        after: Option<&Kept>,
        answer: Answer,
    ) -> Option<Broken> {
        let node = self.requests.node(node);
        let seen = node.seen.and_then(|seen| seen.user);
        let there = before.filter(|kept| operation.now < kept.end_time());
        let was = there.and_then(|kept| kept.alive(operation.now));
        let owner = was.map(|row| self.user(row.owner));
        if let (Some(there), Some(after)) = (there, after)
            && after.end_time() < there.end_time()
        {
            return Some(Broken::EndsEarlier);
        }
        let is_alive = after.is_some_and(|kept| kept.alive(operation.now).is_some());
        match (&operation.work, answer) {
            (Work::Commit { .. }, _) if was.is_none() && is_alive => Some(Broken::CommitCreates),
            (
                Work::Commit { renewal, .. },
                Answer::Committed(Committed::Done | Committed::Rejoined(_)),
            ) => {
                let owner = owner.flatten();
                let new = renewal
                    .as_ref()
                    .and_then(|renewal| self.user(renewal.owner));
                let is_seen = owner == seen || (renewal.is_some() && owner == new);
                (!is_seen).then_some(Broken::WritesToAnotherSession)
            }
            (Work::End { .. }, Answer::Ended(Ended::Done))
                if node.loaded.is_some_and(|(key, ..)| key == operation.key) =>
            {
                let is_seen = owner.is_none_or(|owner| owner == seen);
                (!is_seen).then_some(Broken::EndsAnotherUsersSession)
            }
            _ => None,
        }
    }

    pub(super) fn describe(&self, step: Step, before: &State, after: &State) -> String {
        let name = |nth: usize| format!("{:?}#{}", self.scenario.asks[nth], nth + 1);
        let asked = |nth: usize| {
            let node = before.requests[nth].node;
            if self.scenario.asks[nth] == Ask::EndAllOfA {
                return if node == NodeId::MAX { "look" } else { "end" };
            }
            self.asked(node).work.name()
        };
        let answered = |nth: usize| match self.past(after, nth) {
            Some(past) => {
                let status = if past.succeeded { 200 } else { 503 };
                format!(", answers {status} with {:?}", past.cookie)
            }
            None => String::new(),
        };
        match step {
            Step::Send(nth, ticket) => {
                format!(
                    "{} is sent with ticket {ticket}{}",
                    name(nth),
                    answered(nth)
                )
            }
            Step::Go(nth) => format!("{}: {}{}", name(nth), asked(nth), answered(nth)),
            Step::Lost(nth) => format!("{}: {}, and the answer is lost", name(nth), asked(nth)),
            Step::Fails { nth, is_done } => {
                let done = if is_done { "done, but fails" } else { "fails" };
                format!("{}: {} {done}{}", name(nth), asked(nth), answered(nth))
            }
            Step::TimesOut(nth) => {
                format!(
                    "{}: {} is not done in time{}",
                    name(nth),
                    asked(nth),
                    answered(nth)
                )
            }
            Step::DoneLate => "the operation is done late".to_owned(),
            Step::Dies(nth) => {
                format!("the instance dies with {} before {}", name(nth), asked(nth))
            }
            Step::Arrives(nth) => format!("the answer of {} arrives: jar {}", name(nth), after.jar),
            Step::Unseen(nth) => format!("the answer of {} is lost", name(nth)),
            Step::Tick => format!("{} seconds pass", self.ticks[usize::from(before.ticks)]),
            Step::Sweep => "sweep".to_owned(),
        }
    }
}

impl Past {
    fn nothing() -> Self {
        Self {
            succeeded: true,
            cookie: Cookie::Nothing,
            found: Standing::NoTicket,
            ended: None,
            wrote: None,
        }
    }

    fn arrived(self) -> Self {
        let cookie = match self.cookie {
            Cookie::Ticket(ticket) => Cookie::Ticket(ticket),
            Cookie::Nothing | Cookie::Removal => Cookie::Nothing,
        };
        let found = Standing::NoTicket;
        Self {
            cookie,
            found,
            ..self
        }
    }
}

impl State {
    fn kept(&self, number: u16) -> KeptId {
        let mut rows = self.rows.iter();
        rows.find(|row| row.0 == number).map_or(0, |row| row.1)
    }

    fn set(&mut self, number: u16, kept: KeptId) {
        let place = self.rows.iter().position(|row| row.0 == number);
        match (place, kept) {
            (None, 0) => return,
            (None, _) => {
                let free = self.rows.iter().position(|row| row.1 == 0).unwrap();
                self.rows[free] = (number, kept);
            }
            (Some(place), 0) => self.rows[place] = (u16::MAX, 0),
            (Some(place), _) => self.rows[place].1 = kept,
        }
        self.rows.sort_unstable();
    }
}

/// By the numbers of the beginning, and of the requests that log a user in.
fn is_of_a_login(number: u32) -> bool {
    let kind = usize::try_from(number / 10).unwrap();
    let ask = kind.checked_sub(1).and_then(|kind| Ask::ALL.get(kind));
    ask.is_none_or(|ask| ask.logs_in().is_some())
}
