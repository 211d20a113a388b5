//! A store whose operations wait until the schedule lets them go, a few at a time. They reach the engine at once then, so
//! what an engine does in several steps is disturbed too.

use std::mem;
use std::sync::{Arc, Mutex, MutexGuard};

use session_runtime::store::{
    Commit, Committed, Created, Ended, Listed, Loaded, NewRow, Owner, RowEnding, RowKey, Store,
    StoreError,
};
use tokio::sync::{Notify, oneshot};

use crate::dice::Dice;

#[derive(Clone)]
pub(crate) struct Staged<S> {
    store: S,
    stage: Arc<Stage>,
    /// The store leaves a row alive that it is told to end.
    forgets_one: bool,
}

#[derive(Default)]
pub(crate) struct Stage {
    state: Mutex<State>,
    all_wait: Notify,
}

#[derive(Default)]
struct State {
    is_on: bool,
    /// The requests and operations that go on.
    going: usize,
    waiting: Vec<oneshot::Sender<()>>,
    /// Counts up whenever operations are let go.
    step: u32,
    logins: Vec<Step>,
    loads: Vec<Step>,
    end_all: Option<Span>,
    listed: Vec<RowKey>,
}

/// The steps from which on and up to which an operation was carried out.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Span {
    pub(crate) from: u32,
    pub(crate) to: u32,
}

/// A row that got a user, or was loaded.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Step {
    pub(crate) request: usize,
    pub(crate) row: RowKey,
    pub(crate) span: Span,
}

struct Answered<'a>(&'a Stage);

impl Drop for Answered<'_> {
    fn drop(&mut self) {
        self.0.stop();
    }
}

tokio::task_local! {
    /// The number of the request that asks the store.
    pub(crate) static REQUEST: usize;
}

impl Step {
    fn new(row: RowKey, span: Span) -> Self {
        Self {
            // Before and after the schedule there is no number.
            request: REQUEST.try_get().unwrap_or(usize::MAX),
            row,
            span,
        }
    }
}

impl<S> Staged<S> {
    pub(crate) fn new(store: S, forgets_one: bool) -> Self {
        Self {
            store,
            stage: Arc::default(),
            forgets_one,
        }
    }

    pub(crate) fn stage(&self) -> &Stage {
        &self.stage
    }
}

impl Stage {
    /// Lets everything that waits go on in an order that the dice choose, until nothing waits any more.
    pub(crate) async fn run(&self, requests: usize, dice: &mut Dice) {
        {
            let mut state = self.lock();
            state.is_on = true;
            state.going = requests;
        }
        loop {
            self.until_all_wait().await;
            let mut state = self.lock();
            if state.waiting.is_empty() {
                state.is_on = false;
                return;
            }
            state.step += 1;
            for _ in 0..=dice.below(2) {
                if !state.waiting.is_empty() {
                    let nth = dice.below(state.waiting.len());
                    let turn = state.waiting.swap_remove(nth);
                    state.going += 1;
                    turn.send(()).unwrap();
                }
            }
        }
    }

    async fn until_all_wait(&self) {
        loop {
            let woken = self.all_wait.notified();
            if self.lock().going == 0 {
                return;
            }
            woken.await;
        }
    }

    /// A request is answered when this is dropped, also if it panics.
    pub(crate) fn answered_behind(&self) -> impl Drop + use<'_> {
        Answered(self)
    }

    /// What came before the schedule is no part of it.
    pub(crate) fn forget(&self) {
        self.take_logins();
        self.take_loads();
    }

    /// The logins since the last call.
    pub(crate) fn take_logins(&self) -> Vec<Step> {
        mem::take(&mut self.lock().logins)
    }

    /// The loads since the last call.
    pub(crate) fn take_loads(&self) -> Vec<Step> {
        mem::take(&mut self.lock().loads)
    }

    pub(crate) fn end_all(&self) -> Option<Span> {
        self.lock().end_all
    }

    /// The rows of the last list.
    pub(crate) fn take_listed(&self) -> Vec<RowKey> {
        mem::take(&mut self.lock().listed)
    }

    fn stop(&self) {
        let mut state = self.lock();
        state.going -= 1;
        if state.going == 0 {
            self.all_wait.notify_one();
        }
    }

    /// Waits for the turn of an operation, and carries it out.
    async fn carry_out<T>(&self, operation: impl Future<Output = T>) -> (Span, T) {
        if let Some(turn) = self.wait() {
            turn.await.unwrap();
        }
        let from = self.lock().step;
        let answer = operation.await;
        let to = self.lock().step;
        (Span { from, to }, answer)
    }

    fn wait(&self) -> Option<oneshot::Receiver<()>> {
        let receiver = {
            let mut state = self.lock();
            if !state.is_on {
                return None;
            }
            let (sender, receiver) = oneshot::channel();
            state.waiting.push(sender);
            receiver
        };
        self.stop();
        Some(receiver)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }
}

impl<S: Store> Store for Staged<S> {
    async fn load(&self, key: RowKey, now: u64) -> Result<Loaded, StoreError> {
        let (span, loaded) = self.stage.carry_out(self.store.load(key, now)).await;
        self.stage.lock().loads.push(Step::new(key, span));
        loaded
    }

    async fn create(&self, row: NewRow<'_>, now: u64) -> Result<Created, StoreError> {
        let (key, has_owner) = (row.key, row.owner.is_some());
        let (span, created) = self.stage.carry_out(self.store.create(row, now)).await;
        if has_owner && matches!(created, Ok(Created::Done)) {
            self.stage.lock().logins.push(Step::new(key, span));
        }
        created
    }

    async fn commit(
        &self,
        key: RowKey,
        commit: Commit<'_>,
        now: u64,
    ) -> Result<Committed, StoreError> {
        let logs_in = commit
            .renewal
            .is_some_and(|renewal| renewal.owner.is_some());
        let commit = self.store.commit(key, commit, now);
        let (span, committed) = self.stage.carry_out(commit).await;
        if logs_in && matches!(committed, Ok(Committed::Done)) {
            self.stage.lock().logins.push(Step::new(key, span));
        }
        committed
    }

    async fn end(&self, key: RowKey, ending: RowEnding<'_>, now: u64) -> Result<Ended, StoreError> {
        self.stage
            .carry_out(self.store.end(key, ending, now))
            .await
            .1
    }

    async fn list(&self, owners: &[Owner], now: u64) -> Result<Vec<Listed>, StoreError> {
        let (_, listed) = self.stage.carry_out(self.store.list(owners, now)).await;
        let listed = listed?;
        let keys = listed.iter().map(|listed| listed.key);
        self.stage.lock().listed.extend(keys);
        Ok(listed)
    }

    async fn end_all(
        &self,
        owners: &[Owner],
        keep: Option<RowKey>,
        until: u64,
        now: u64,
    ) -> Result<u64, StoreError> {
        let forgotten = match keep {
            None if self.forgets_one => self.store.list(owners, now).await?.pop(),
            _ => None,
        };
        let keep = keep.or(forgotten.map(|listed| listed.key));
        let end_all = self.store.end_all(owners, keep, until, now);
        let (span, ended) = self.stage.carry_out(end_all).await;
        // In debug builds there is a second one, for the sessions of plain http. There are none here.
        self.stage.lock().end_all.get_or_insert(span);
        ended
    }

    async fn sweep(&self, now: u64, limit: u32) -> Result<u32, StoreError> {
        self.store.sweep(now, limit).await
    }
}
