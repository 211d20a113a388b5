//! A store as the layer uses it: its type erased, every operation with a limit of time and a second try.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::task::Poll;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::time::timeout;

use super::{
    Commit, Committed, Created, Ended, Listed, Loaded, NewRow, Owner, RowEnding, RowKey, Store,
    StoreCounters, StoreError, StoreErrorKind, Why,
};

/// The time for a load, unless the layer has another. A visitor waits for it before the handler runs.
const LOAD_LIMIT: Duration = Duration::from_secs(1);

/// A sweep comes with every so many new rows, and deletes so many at most: more than come in, and a bounded
/// number.
const SWEEP_EVERY: u32 = 8;
const SWEEP_LIMIT: u32 = 64;

#[derive(Clone)]
pub(crate) struct Backend {
    store: Arc<dyn ErasedStore>,
    created: Arc<AtomicU32>,
    is_sweeping: Arc<AtomicBool>,
    counters: StoreCounters,
    load_limit: Duration,
}

impl Backend {
    pub(crate) fn new(store: impl Store) -> Self {
        Self {
            store: Arc::new(store),
            created: Arc::default(),
            is_sweeping: Arc::default(),
            counters: StoreCounters::default(),
            load_limit: LOAD_LIMIT,
        }
    }

    pub(crate) fn with_limit(self, load_limit: Duration) -> Self {
        Self { load_limit, ..self }
    }

    pub(crate) fn counters(&self) -> StoreCounters {
        self.counters.clone()
    }

    /// The time for everything but a load.
    fn write_limit(&self) -> Duration {
        self.load_limit.saturating_mul(2)
    }

    pub(crate) async fn load(&self, key: RowKey, now: u64) -> Result<Loaded, StoreError> {
        self.counters.count_load();
        self.limited(self.load_limit, || self.store.load(key, now))
            .await
    }

    pub(crate) async fn create(&self, row: NewRow<'_>, now: u64) -> Result<Created, StoreError> {
        let created = self.write(|| self.store.create(row, now)).await;
        self.sweep_now_and_then(now);
        created
    }

    /// What leaves a row or a tombstone also sees to it that others go.
    fn sweep_now_and_then(&self, now: u64) {
        let count = self.created.fetch_add(1, Ordering::Relaxed);
        if count % SWEEP_EVERY == SWEEP_EVERY - 1 {
            self.sweep_later(now);
        }
    }

    pub(crate) async fn commit(
        &self,
        key: RowKey,
        commit: Commit<'_>,
        now: u64,
    ) -> Result<Committed, StoreError> {
        self.write(|| self.store.commit(key, commit, now)).await
    }

    pub(crate) async fn end(
        &self,
        key: RowKey,
        ending: RowEnding<'_>,
        now: u64,
    ) -> Result<Ended, StoreError> {
        let tries = AtomicU32::new(0);
        let ended = self.write(|| {
            tries.fetch_add(1, Ordering::Relaxed);
            self.store.end(key, ending, now)
        });
        let ended = ended.await;
        self.sweep_now_and_then(now);
        let ended = match ended? {
            Ended::Before if tries.load(Ordering::Relaxed) > 1 => {
                self.whose_end(key, ending.why, now).await?
            }
            ended => ended,
        };
        if ended == Ended::Done {
            self.counters.count_ended(1);
        }
        Ok(ended)
    }

    /// The first try may have ended the row, and its answer was lost. Then the tombstone has its reason. With another
    /// one, another request was first: the login of another user, whose cookie must stay.
    async fn whose_end(&self, key: RowKey, why: Why, now: u64) -> Result<Ended, StoreError> {
        Ok(match self.load(key, now).await? {
            Loaded::Ended(reason) if reason == why => Ended::Done,
            _ => Ended::Before,
        })
    }

    pub(crate) async fn list(&self, owners: &[Owner], now: u64) -> Result<Vec<Listed>, StoreError> {
        self.limited(self.write_limit(), || self.store.list(owners, now))
            .await
    }

    /// What a first try has ended and could not say is not counted.
    pub(crate) async fn end_all(
        &self,
        owners: &[Owner],
        keep: Option<RowKey>,
        until: u64,
        now: u64,
    ) -> Result<u64, StoreError> {
        let end_all = || self.store.end_all(owners, keep, until, now);
        let ended = self.limited(self.write_limit(), end_all).await?;
        self.counters.count_ended(ended);
        Ok(ended)
    }

    async fn write<'a, T>(&self, operation: impl Fn() -> Answer<'a, T>) -> Result<T, StoreError> {
        self.counters.count_write();
        self.limited(self.write_limit(), operation).await
    }

    /// An operation that could not reach the store is tried once more within the limit.
    async fn limited<'a, T>(
        &self,
        limit: Duration,
        operation: impl Fn() -> Answer<'a, T>,
    ) -> Result<T, StoreError> {
        let tries = async {
            match operation().await {
                Err(error) if error.kind() == StoreErrorKind::Unreachable => {
                    self.counters.count_retry();
                    operation().await
                }
                answer => answer,
            }
        };
        let answer = limited(limit, tries).await;
        answer.inspect_err(|error| self.counters.count_failure(error))
    }

    /// A sweep that fails is no matter of any visitor, and the next one comes. Only one runs at a time: a store that is
    /// slow must not have more and more of them.
    fn sweep_later(&self, now: u64) {
        let Ok(runtime) = Handle::try_current() else {
            return;
        };
        let Some(turn) = Turn::take(&self.is_sweeping) else {
            return;
        };
        let (store, counters, limit) = (self.store.clone(), self.counters(), self.write_limit());
        runtime.spawn(async move {
            let _turn = turn;
            if let Ok(rows) = limited(limit, store.sweep(now, SWEEP_LIMIT)).await {
                counters.count_swept(rows);
            }
        });
    }
}

/// The right to sweep, until it is dropped.
struct Turn(Arc<AtomicBool>);

impl Turn {
    /// `None` if it is taken.
    fn take(is_taken: &Arc<AtomicBool>) -> Option<Self> {
        let was_taken = is_taken.swap(true, Ordering::AcqRel);
        (!was_taken).then(|| Self(is_taken.clone()))
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

/// A store that answers at once needs no limit. One that waits has it where there is a clock to limit by: the test
/// kit works without a runtime.
async fn limited<T>(
    limit: Duration,
    tries: impl Future<Output = Result<T, StoreError>>,
) -> Result<T, StoreError> {
    let mut tries = pin!(tries);
    if let Poll::Ready(answer) = at_once(tries.as_mut()).await {
        return answer;
    }
    if Handle::try_current().is_err() {
        return tries.await;
    }
    timeout(limit, tries).await.unwrap_or_else(|_| {
        let kind = StoreErrorKind::Timeout;
        Err(StoreError::new(kind, format!("no answer within {limit:?}")))
    })
}

/// Polls once. A timer costs more than an answer from memory.
async fn at_once<F: Future>(mut future: Pin<&mut F>) -> Poll<F::Output> {
    poll_fn(|context| Poll::Ready(future.as_mut().poll(context))).await
}

type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// [`Store`] with boxed futures. A session type's configuration has no type parameters, so ten session types
/// are one copy of the code.
trait ErasedStore: Send + Sync {
    fn load(&self, key: RowKey, now: u64) -> Answer<'_, Loaded>;
    fn create<'a>(&'a self, row: NewRow<'a>, now: u64) -> Answer<'a, Created>;
    fn commit<'a>(&'a self, key: RowKey, commit: Commit<'a>, now: u64) -> Answer<'a, Committed>;
    fn end<'a>(&'a self, key: RowKey, ending: RowEnding<'a>, now: u64) -> Answer<'a, Ended>;
    fn list<'a>(&'a self, owners: &'a [Owner], now: u64) -> Answer<'a, Vec<Listed>>;
    fn end_all<'a>(
        &'a self,
        owners: &'a [Owner],
        keep: Option<RowKey>,
        until: u64,
        now: u64,
    ) -> Answer<'a, u64>;
    fn sweep(&self, now: u64, limit: u32) -> Answer<'_, u32>;
}

impl<S: Store> ErasedStore for S {
    fn load(&self, key: RowKey, now: u64) -> Answer<'_, Loaded> {
        Box::pin(Store::load(self, key, now))
    }

    fn create<'a>(&'a self, row: NewRow<'a>, now: u64) -> Answer<'a, Created> {
        Box::pin(Store::create(self, row, now))
    }

    fn commit<'a>(&'a self, key: RowKey, commit: Commit<'a>, now: u64) -> Answer<'a, Committed> {
        Box::pin(Store::commit(self, key, commit, now))
    }

    fn end<'a>(&'a self, key: RowKey, ending: RowEnding<'a>, now: u64) -> Answer<'a, Ended> {
        Box::pin(Store::end(self, key, ending, now))
    }

    fn list<'a>(&'a self, owners: &'a [Owner], now: u64) -> Answer<'a, Vec<Listed>> {
        Box::pin(Store::list(self, owners, now))
    }

    fn end_all<'a>(
        &'a self,
        owners: &'a [Owner],
        keep: Option<RowKey>,
        until: u64,
        now: u64,
    ) -> Answer<'a, u64> {
        Box::pin(Store::end_all(self, owners, keep, until, now))
    }

    fn sweep(&self, now: u64, limit: u32) -> Answer<'_, u32> {
        Box::pin(Store::sweep(self, now, limit))
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use tokio::runtime::Builder;

    use super::*;
    use crate::store::MemoryStore;

    #[test]
    fn a_store_that_answers_at_once_needs_no_timers() {
        let backend = Backend::new(MemoryStore::new());
        let load = backend.load(RowKey::from_bytes([7; 16]), 0);
        let without_timers = Builder::new_current_thread().build().unwrap();
        assert_eq!(without_timers.block_on(load).unwrap(), Loaded::Missing);
    }

    #[tokio::test]
    async fn a_store_that_waits_has_a_limit() {
        let limit = Duration::from_millis(5);
        let answer: Result<(), _> = limited(limit, pending()).await;
        assert_eq!(answer.unwrap_err().kind(), StoreErrorKind::Timeout);
    }

    #[cfg(feature = "test-kit")]
    #[tokio::test]
    async fn a_store_that_never_answers_has_one_sweep_at_a_time_and_gives_each_up() {
        use crate::test_kit::{Fault, FaultyStore, Operation};

        let store = FaultyStore::new(MemoryStore::new());
        store.fail(Fault::silence().on([Operation::Sweep]));
        let backend = Backend::new(store.clone()).with_limit(Duration::from_millis(5));
        let begin_sessions = async |first: u8| {
            for number in first..first + 16 {
                let row = NewRow {
                    key: RowKey::from_bytes([number; 16]),
                    mark: crate::store::Mark::from_bytes([1; 8]),
                    owner: None,
                    expires: 2000,
                    entries: &[],
                    label: None,
                };
                backend.create(row, 1000).await.unwrap();
                tokio::task::yield_now().await;
            }
        };
        begin_sessions(0).await;
        assert_eq!(store.asked(Operation::Sweep), 1, "sixteen are due for two");
        tokio::time::sleep(Duration::from_millis(50)).await;
        begin_sessions(16).await;
        assert_eq!(store.asked(Operation::Sweep), 2, "the first was given up");
    }

    #[cfg(feature = "test-kit")]
    mod a_second_try {
        use super::*;
        use crate::store::Mark;
        use crate::test_kit::{Fault, FaultyStore, Operation};

        const KEY: RowKey = RowKey::from_bytes([7; 16]);
        const NOW: u64 = 1000;

        fn ending(why: Why) -> RowEnding<'static> {
            RowEnding {
                owners: &[],
                why,
                until: NOW + 300,
            }
        }

        /// A store with one row, whose next ending fails.
        async fn store(fault: Fault) -> FaultyStore<MemoryStore> {
            let store = FaultyStore::new(MemoryStore::new());
            let row = NewRow {
                key: KEY,
                mark: Mark::from_bytes([1; 8]),
                owner: None,
                expires: NOW + 300,
                entries: &[],
                label: None,
            };
            Store::create(&store, row, NOW).await.unwrap();
            store.fail(fault.on([Operation::End]).times(1));
            store
        }

        #[tokio::test]
        async fn of_an_ending_whose_answer_was_lost_has_ended_the_row() {
            let fault = Fault::error(StoreErrorKind::Unreachable).answer_lost();
            let backend = Backend::new(store(fault).await);
            let ended = backend.end(KEY, ending(Why::ByVisitor), NOW).await.unwrap();
            assert_eq!(ended, Ended::Done);
        }

        #[tokio::test]
        async fn of_an_ending_that_was_not_the_first_has_ended_nothing() {
            let store = store(Fault::error(StoreErrorKind::Unreachable)).await;
            store.heal();
            let login = ending(Why::Replaced { until: NOW + 60 });
            Store::end(&store, KEY, login, NOW).await.unwrap();
            store.fail(
                Fault::error(StoreErrorKind::Unreachable)
                    .on([Operation::End])
                    .times(1),
            );
            let backend = Backend::new(store);
            let ended = backend.end(KEY, ending(Why::ByVisitor), NOW).await.unwrap();
            assert_eq!(ended, Ended::Before);
        }
    }
}
