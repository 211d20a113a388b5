//! The steps that can come next.

use super::{Past, Phase, Request, State, Step, World};
use crate::races::mistakes::Mistake;
use crate::races::promises::Broken;
use crate::races::requests::{Cookie, Next, NodeId, Sent};
use crate::races::rows::{self, Answer, Kept, Operation, Work};
use crate::races::shop::{Ask, User};
use crate::store::{Committed, Ended, RowKey, StoreErrorKind, Why};

/// The steps, each with the state after it, and with a promise if the step itself breaks one.
pub(in crate::races) type Steps = Vec<(Step, State, Option<Broken>)>;

impl World {
    /// Every step that can come next, with the state after it, and a promise if the step itself breaks one.
    pub(in crate::races) fn next(&mut self, state: &State) -> Steps {
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

    fn sending(&mut self, state: &State, nth: usize, steps: &mut Steps) {
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
    pub(in crate::races) fn number(&self, nth: usize) -> u32 {
        let asks = &self.scenario.asks;
        let kind = Ask::ALL.iter().position(|ask| *ask == asks[nth]).unwrap();
        let equal = asks[..nth].iter().filter(|ask| **ask == asks[nth]).count();
        u32::try_from(10 + kind * 10 + equal).unwrap()
    }

    pub(super) fn asked(&self, node: NodeId) -> Operation {
        match &self.requests.node(node).next {
            Next::Ask(operation) => operation.clone(),
            Next::Answer(..) => unreachable!("it was not answered"),
        }
    }

    fn running(&mut self, state: &State, nth: usize, steps: &mut Steps) {
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
        if operation.work != Work::Load {
            self.failing(state, &done, nth, broken, steps);
        }
    }

    /// Everything that can go wrong with an operation; `done` is the state with the operation carried out.
    fn failing(
        &mut self,
        state: &State,
        done: &State,
        nth: usize,
        broken: Option<Broken>,
        steps: &mut Steps,
    ) {
        let node = state.requests[nth].node;
        let at = self.now_at(state, nth);
        if state.left.lost > 0 {
            let mut after = *done;
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
            for (is_done, from) in [(true, done), (false, state)] {
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
        let list = state.requests[nth].node;
        let (left, broken) = if list == NodeId::MAX {
            (self.rows_of_a(state), None)
        } else {
            let (first, left) = self.lists[list as usize].split_first().unwrap();
            let (first, left) = (*first, left.to_vec());
            (left, self.end_one(&mut after, first))
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

    fn rows_of_a(&self, state: &State) -> Vec<u16> {
        let on_their_way: Vec<RowKey> = self.logins_of_a(state).collect();
        let rows = self.alive_rows(state).filter(|(number, facts)| {
            facts.user == Some(User::A) || on_their_way.contains(&self.key(*number))
        });
        rows.map(|(number, _)| number).collect()
    }

    fn end_one(&mut self, state: &mut State, number: u16) -> Option<Broken> {
        let now = self.now(state);
        let is_ended =
            |user| user == User::A || self.mistake == Some(Mistake::EndAllComparesNoOwner);
        let owners = self.requests.owners.iter();
        let owners = owners.filter(|(_, user)| is_ended(**user));
        let operation = Operation {
            key: self.key(number),
            now,
            work: Work::End {
                owners: owners.map(|(owner, _)| *owner).collect(),
                why: Why::ByApplication,
                until: now + 300,
            },
        };
        let kept = state.kept(number);
        let before = self.requests.kept(kept).cloned();
        let user = self.requests.facts(kept).and_then(|facts| facts.user);
        let (new, answer) = rows::carry_out(before.as_ref(), &operation, self.mistake);
        state.set(number, self.requests.keep(new));
        let is_of_b = answer == Answer::Ended(Ended::Done) && user == Some(User::B);
        is_of_b.then_some(Broken::EndsAnotherUsersSession)
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

    fn arriving(&mut self, state: &State, nth: usize, steps: &mut Steps) {
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
    fn time(&mut self, state: &State, steps: &mut Steps) {
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
        if let Some(seconds) = self.ticks.get(usize::from(state.ticks))
            && (*seconds < 300 || !(is_at_work || state.late.is_some()))
        {
            let mut after = *state;
            after.ticks += 1;
            steps.push((Step::Tick, after, None));
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
    pub(super) fn operate(
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
        let known = self.done.get(&(kept, node)).copied();
        let (new, answer, broken) = known.unwrap_or_else(|| {
            let before = self.requests.kept(kept).cloned();
            let (new, answer) = rows::carry_out(before.as_ref(), operation, self.mistake);
            let broken = self.breaks(node, operation, before.as_ref(), new.as_ref(), answer);
            let done = (self.requests.keep(new), answer, broken);
            self.done.insert((kept, node), done);
            done
        });
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
                let ticket = self.requests.ticket(node.sent.ticket);
                let of_ticket = ticket.and_then(|ticket| ticket.user);
                let is_seen = owner.is_none_or(|owner| owner == seen || owner == of_ticket);
                (!is_seen).then_some(Broken::EndsAnotherUsersSession)
            }
            _ => None,
        }
    }
}
