//! One browser, its requests and a store, and the steps that can come next.

mod steps;

use super::mistakes::Mistake;
use super::promises::Broken;
use super::quick::Quick;
use super::requests::{Cookie, Facts, KeptId, Next, NodeId, Requests, Response503, Sent, TicketId};
use super::rows::{Answer, Kept};
use super::shop::{Ask, User, View};
use crate::store::{Owner, RowKey, Why};

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
                other @ Next::Answer(..) => panic!("it is answered {other:?}"),
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
