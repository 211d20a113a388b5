//! A store whose operations wait until the schedule carries them out.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Debug;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Waker};

use session_runtime::store::{
    Commit, Committed, Created, Ended, Listed, Loaded, NewRow, Owner, RowEnding, RowKey, Store,
    StoreError, StoreErrorKind,
};

use crate::history::Request;
use crate::operation::{Operation, Reply, Work};
use crate::rows::Rows;
use crate::schedule::Fate;
use crate::shop::Report;

/// The state that the schedule, the store and the handlers share.
#[derive(Clone)]
pub(crate) struct Stage(Arc<Mutex<State>>);

pub(crate) struct State {
    pub(crate) rows: Rows,
    /// All requests so far, by their number.
    pub(crate) requests: Vec<Request>,
    /// The request that goes on now; 0 while all of them do.
    pub(crate) going: u32,
    /// The fate of the operation that is carried out now.
    pub(crate) fate: Fate,
    /// The time by the clock of the instance that goes on.
    pub(crate) now: u64,
    pub(crate) trace: Vec<String>,
    /// The requests whose operation waits.
    parked: BTreeMap<u32, Waiting>,
    /// No request is in flight that is older than what a sweep leaves.
    pub(crate) may_sweep: bool,
    /// The seconds for which the store has not answered, all in all.
    pub(crate) waited: u64,
    /// The request whose operation is carried out next.
    turn: Option<u32>,
    /// The requests that created rows.
    creators: HashMap<RowKey, u32>,
    /// An operation that is given up now is carried out later all the same.
    pub(crate) comes_late: bool,
    late: Vec<(u32, Operation)>,
}

struct Waiting {
    waker: Waker,
    since: u64,
    is_load: bool,
}

impl Stage {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Mutex::new(State {
            rows: Rows::default(),
            requests: Vec::new(),
            going: 0,
            fate: Fate::Done,
            now: 0,
            trace: Vec::new(),
            parked: BTreeMap::new(),
            may_sweep: true,
            waited: 0,
            turn: None,
            creators: HashMap::new(),
            comes_late: false,
            late: Vec::new(),
        })))
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    pub(crate) fn note(&self, number: u32, report: Report) {
        let mut state = self.lock();
        let now = state.now;
        let request = &mut state.requests[number as usize];
        request.handled_at = now;
        request.report = Some(report);
    }

    /// Lets the operation for which a request waits be carried out when it is asked for next.
    pub(crate) fn give_turn(&self, number: u32) {
        let mut state = self.lock();
        state.turn = Some(number);
        if let Some(waiting) = state.parked.get(&number) {
            waiting.waker.wake_by_ref();
        }
    }

    pub(crate) fn is_parked(&self, number: u32) -> bool {
        self.lock().parked.contains_key(&number)
    }

    /// It waits to change something.
    pub(crate) fn is_at_work(&self, number: u32) -> bool {
        let state = self.lock();
        let waiting = state.parked.get(&number);
        waiting.is_some_and(|waiting| !waiting.is_load)
    }

    /// A request that waits for longer than a visitor may have to: a second for a load, and two for the rest.
    pub(crate) fn waits_for_too_long(&self) -> Option<u32> {
        let state = self.lock();
        let mut parked = state.parked.iter();
        let too_long = parked.find(|(_, waiting)| {
            let limit = if waiting.is_load { 1 } else { 2 };
            state.waited - waiting.since >= limit
        });
        too_long.map(|(number, _)| *number)
    }
}

/// An operation that waits for its turn.
struct Turn<'a> {
    stage: &'a Stage,
    number: u32,
    operation: &'a Operation,
    is_over: bool,
}

impl<'a> Turn<'a> {
    fn new(stage: &'a Stage, operation: &'a Operation) -> Self {
        let now = stage.lock();
        // Where all requests go on, only the one that created a row undoes it.
        let number = match now.going {
            0 => now.creators[&operation.key],
            going => going,
        };
        Self {
            stage,
            number,
            operation,
            is_over: false,
        }
    }
}

impl Future for Turn<'_> {
    type Output = u32;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<u32> {
        let number = self.number;
        let mut state = self.stage.lock();
        if state.turn == Some(number) && state.parked.remove(&number).is_some() {
            state.turn = None;
            drop(state);
            self.is_over = true;
            return Poll::Ready(number);
        }
        let before = state.parked.get(&number).map(|waiting| waiting.since);
        let waiting = Waiting {
            waker: context.waker().clone(),
            since: before.unwrap_or(state.waited),
            is_load: matches!(self.operation.work, Work::Load),
        };
        state.parked.insert(number, waiting);
        Poll::Pending
    }
}

/// The operation was given up: its time was over, or its client has hung up.
impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let (number, is_over) = (self.number, self.is_over);
        // A test that has failed may hold the lock.
        if let Ok(mut state) = self.stage.0.lock()
            && !is_over
        {
            state.parked.remove(&number);
            let is_late = state.comes_late && !matches!(self.operation.work, Work::Load);
            let later = if is_late { ", for now" } else { "" };
            let name = self.operation.name();
            let line = format!("  {number}: {name}: given up{later}");
            state.trace.push(line);
            if is_late {
                state.late.push((number, self.operation.clone()));
            }
        }
    }
}

#[derive(Clone)]
pub(crate) struct Parked<S> {
    pub(crate) store: S,
    pub(crate) stage: Stage,
}

impl<S: Store> Parked<S> {
    /// Waits, carries an operation out if that is its fate, and answers. What is carried out is told to the rules
    /// of rows.
    async fn ask(&self, operation: Operation) -> Result<Reply, StoreError> {
        let number = Turn::new(&self.stage, &operation).await;
        let fate = self.stage.lock().fate;
        let is_done = matches!(fate, Fate::Done | Fate::Fails { is_done: true, .. });
        let answer = if is_done {
            self.stage.lock().tell(number, &operation);
            Some(operation.ask(&self.store).await?)
        } else {
            None
        };
        self.stage
            .lock()
            .end(number, operation.name(), fate, answer)
    }

    /// Carries out one of the operations that were given up and not taken back. `None` if there is none.
    pub(crate) async fn carry_out_late(&self, nth: usize) -> Option<()> {
        let (number, operation) = {
            let mut state = self.stage.lock();
            let nth = nth.checked_rem(state.late.len())?;
            let (number, operation) = state.late.remove(nth);
            state.tell(number, &operation);
            (number, operation)
        };
        let answer = operation.ask(&self.store).await;
        let answer = answer.map_or_else(|error| error.to_string(), |answer| first_word(&answer));
        let line = format!("  {number}: {}, late: {answer}", operation.name());
        self.stage.lock().trace.push(line);
        Some(())
    }
}

impl State {
    fn tell(&mut self, number: u32, operation: &Operation) {
        let Operation { key, now, .. } = *operation;
        let request = &mut self.requests[number as usize];
        match &operation.work {
            // After its handler a request loads to learn who ended its row. It shows nothing of that.
            Work::Load if request.report.is_some() => {}
            Work::Load => {
                let named = request.ticket.as_ref().map(|ticket| ticket.named);
                request.permitted = named.map(|named| self.rows.permitted(named, now));
            }
            Work::Create(row) => {
                let report = request.report.clone().unwrap();
                let before = request.written_to.last().copied();
                let is_other = before.filter(|before| before.key != key);
                request.left_a_row |= is_other.is_some_and(|before| self.rows.is_good(before, now));
                let named = self.rows.create(&row.as_new(key), &report);
                request.written_to.push(named);
                self.creators.insert(key, number);
            }
            Work::Commit(commit) => {
                let report = request.report.clone().unwrap();
                let named = commit.with(|commit| self.rows.commit(key, commit, &report, now));
                request.written_to.extend(named);
            }
            Work::End(ending) => {
                let report = request.report.clone().unwrap();
                let sent_to = request.ticket.as_ref().and_then(|ticket| ticket.user);
                // A row that this request itself has created is that of the user who was to be logged in.
                let is_own = request.written_to.iter().any(|own| own.key == key);
                let user = if is_own {
                    report.user
                } else {
                    report.seen.user.or(sent_to)
                };
                self.rows.end(key, &ending.as_ending(), user, now);
            }
        }
    }

    fn end(
        &mut self,
        number: u32,
        name: &str,
        fate: Fate,
        answer: Option<Reply>,
    ) -> Result<Reply, StoreError> {
        let is_done = answer.is_some();
        let done = if is_done { "done" } else { "not done" };
        match (fate, answer) {
            (Fate::Fails { is_tried_again, .. }, _) => {
                self.requests[number as usize].is_unsure |= is_done;
                let kind = if is_tried_again {
                    StoreErrorKind::Unreachable
                } else {
                    StoreErrorKind::Other
                };
                let line = format!("  {number}: {name}: {done}, and reported as {kind:?}");
                self.trace.push(line);
                Err(StoreError::new(kind, "told to fail"))
            }
            (Fate::Done, None) => unreachable!("it was carried out"),
            (Fate::Done, Some(answer)) => {
                let line = format!("  {number}: {name}: {}", first_word(&answer));
                self.trace.push(line);
                Ok(answer)
            }
        }
    }
}

/// `Loaded(Alive(Row { … }))` is `Alive`.
fn first_word(answer: &impl Debug) -> String {
    let text = format!("{answer:?}");
    let mut words = text.split(['(', ')', ' ']);
    words.nth(1).unwrap_or_default().to_owned()
}

impl<S: Store> Store for Parked<S> {
    async fn load(&self, key: RowKey, now: u64) -> Result<Loaded, StoreError> {
        self.ask(Operation::load(key, now)).await?.loaded()
    }

    async fn create(&self, row: NewRow<'_>, now: u64) -> Result<Created, StoreError> {
        self.ask(Operation::create(&row, now)).await?.created()
    }

    async fn commit(
        &self,
        key: RowKey,
        commit: Commit<'_>,
        now: u64,
    ) -> Result<Committed, StoreError> {
        self.ask(Operation::commit(key, &commit, now))
            .await?
            .committed()
    }

    async fn end(&self, key: RowKey, ending: RowEnding<'_>, now: u64) -> Result<Ended, StoreError> {
        self.ask(Operation::end(key, ending, now)).await?.ended()
    }

    async fn list(&self, owners: &[Owner], now: u64) -> Result<Vec<Listed>, StoreError> {
        self.store.list(owners, now).await
    }

    async fn end_all(
        &self,
        owners: &[Owner],
        keep: Option<RowKey>,
        until: u64,
        now: u64,
    ) -> Result<u64, StoreError> {
        self.store.end_all(owners, keep, until, now).await
    }

    async fn sweep(&self, now: u64, limit: u32) -> Result<u32, StoreError> {
        if !self.stage.lock().may_sweep {
            return Ok(0);
        }
        self.store.sweep(now, limit).await
    }
}
