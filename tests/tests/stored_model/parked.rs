//! A store whose operations wait until the schedule carries them out.

use std::fmt::Debug;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll};

use session_runtime::store::{
    Commit, Committed, Created, Ended, Listed, Loaded, NewRow, Owner, RowEnding, RowKey, Store,
    StoreError, StoreErrorKind,
};

use crate::history::Request;
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
    /// The request that goes on now, and what becomes of the operation for which it waits.
    pub(crate) going: u32,
    pub(crate) fate: Fate,
    pub(crate) now: u64,
    pub(crate) trace: Vec<String>,
}

impl State {
    pub(crate) fn request(&mut self) -> &mut Request {
        &mut self.requests[self.going as usize]
    }
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
}

#[derive(Clone)]
pub(crate) struct Parked<S> {
    pub(crate) store: S,
    pub(crate) stage: Stage,
}

/// Waits for one turn.
struct Turn(bool);

impl Future for Turn {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        let is_over = std::mem::replace(&mut self.0, true);
        if is_over {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    }
}

impl<S> Parked<S> {
    /// Waits, carries an operation out if that is its fate, and answers. What is carried out is `told` to the
    /// rules of rows.
    async fn carry_out<T: Debug>(
        &self,
        name: &str,
        operation: impl Future<Output = Result<T, StoreError>>,
        tell: impl FnOnce(&mut State),
    ) -> Result<T, StoreError> {
        Turn(false).await;
        let fate = self.stage.lock().fate;
        let is_done = matches!(fate, Fate::Done | Fate::Fails { is_done: true, .. });
        let answer = if is_done {
            tell(&mut self.stage.lock());
            Some(operation.await?)
        } else {
            None
        };
        self.stage.lock().end(name, fate, answer)
    }
}

impl State {
    fn end<T: Debug>(
        &mut self,
        name: &str,
        fate: Fate,
        answer: Option<T>,
    ) -> Result<T, StoreError> {
        let is_done = answer.is_some();
        let (number, done) = (self.going, if is_done { "done" } else { "not done" });
        match (fate, answer) {
            (Fate::Fails { is_tried_again, .. }, _) => {
                self.request().is_unsure |= is_done;
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

fn first_word(answer: &impl Debug) -> String {
    let text = format!("{answer:?}");
    text.split('(').next().unwrap_or_default().to_owned()
}

impl<S: Store> Store for Parked<S> {
    async fn load(&self, key: RowKey, now: u64) -> Result<Loaded, StoreError> {
        let load = self.store.load(key, now);
        let tell = |state: &mut State| {
            let named = state.request().ticket.as_ref().map(|ticket| ticket.named);
            let permitted = named.map(|named| state.rows.permitted(named, now));
            state.request().permitted = permitted;
        };
        self.carry_out("load", load, tell).await
    }

    async fn create(&self, row: NewRow<'_>, now: u64) -> Result<Created, StoreError> {
        let create = self.store.create(row, now);
        let tell = |state: &mut State| {
            let report = state.request().report.clone().unwrap();
            let before = state.request().written_to.last().copied();
            let is_other = before.filter(|before| before.key != row.key);
            let is_left = is_other.is_some_and(|before| state.rows.is_good(before, now));
            let named = state.rows.create(&row, &report);
            state.request().left_a_row |= is_left;
            state.request().written_to.push(named);
        };
        self.carry_out("create", create, tell).await
    }

    async fn commit(
        &self,
        key: RowKey,
        commit: Commit<'_>,
        now: u64,
    ) -> Result<Committed, StoreError> {
        let name = if commit.renewal.is_some() {
            "renew"
        } else {
            "commit"
        };
        let tell = |state: &mut State| {
            let report = state.request().report.clone().unwrap();
            if let Some(named) = state.rows.commit(key, &commit, &report, now) {
                state.request().written_to.push(named);
            }
        };
        self.carry_out(name, self.store.commit(key, commit, now), tell)
            .await
    }

    async fn end(&self, key: RowKey, ending: RowEnding<'_>, now: u64) -> Result<Ended, StoreError> {
        let tell = |state: &mut State| {
            let request = state.request();
            let report = request.report.clone().unwrap();
            let is_own = request.written_to.iter().any(|own| own.key == key);
            // A row that this request itself has created is that of the user who was to be logged in.
            let user = if is_own {
                report.user
            } else {
                report.seen.user
            };
            state.rows.end(key, &ending, user, now);
        };
        self.carry_out("end", self.store.end(key, ending, now), tell)
            .await
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
        self.store.sweep(now, limit).await
    }
}
