//! The counters of what a layer asks of its store.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::{StoreError, StoreErrorKind};

/// The counters of what a layer has asked of its store since it was made. They only grow.
///
/// [`SessionLayer::store_counters`](crate::SessionLayer::store_counters) makes it. A clone counts the same. Read it where
/// your application shows its metrics:
///
/// ```
/// use axum::{Router, routing::get};
/// use session_runtime::store::MemoryStore;
/// use session_runtime::{Keyring, Session, SessionLayer};
/// # #[derive(Session)] #[session(stored)] struct Shop { visits: u32 }
///
/// let layer = SessionLayer::<Shop>::stored(Keyring::ephemeral(), MemoryStore::new());
/// let counters = layer.store_counters();
/// let metrics = get(async move || {
///     format!(
///         "session_store_loads_total {}\nsession_store_failures_total {}\n",
///         counters.loads(),
///         counters.failures(),
///     )
/// });
/// let app: Router = Router::new().route("/metrics", metrics).layer(layer);
/// ```
#[derive(Clone, Default)]
pub struct StoreCounters(Arc<Counts>);

#[derive(Default)]
struct Counts {
    loads: AtomicU64,
    writes: AtomicU64,
    retries: AtomicU64,
    timeouts: AtomicU64,
    failures: AtomicU64,
    ended: AtomicU64,
    swept: AtomicU64,
}

impl StoreCounters {
    /// The sessions that were looked up. A request that asks for its session and has a cookie looks one up.
    pub fn loads(&self) -> u64 {
        read(&self.0.loads)
    }

    /// The sessions that were created, changed or ended, each answer of a store counted once.
    pub fn writes(&self) -> u64 {
        read(&self.0.writes)
    }

    /// The operations that were tried a second time, because the store could not be reached.
    pub fn retries(&self) -> u64 {
        read(&self.0.retries)
    }

    /// The operations that did not answer in time. They count as failures too.
    pub fn timeouts(&self) -> u64 {
        read(&self.0.timeouts)
    }

    /// The operations that failed, with the second try.
    pub fn failures(&self) -> u64 {
        read(&self.0.failures)
    }

    /// The rows that were ended before their time: by a logout, by a login over another user, or by
    /// [`Sessions`](crate::Sessions). A session that is still in its cookie has none.
    pub fn ended(&self) -> u64 {
        read(&self.0.ended)
    }

    /// The rows that this layer's sweeps have deleted.
    pub fn swept(&self) -> u64 {
        read(&self.0.swept)
    }

    pub(super) fn count_load(&self) {
        add(&self.0.loads, 1);
    }

    pub(super) fn count_write(&self) {
        add(&self.0.writes, 1);
    }

    pub(super) fn count_retry(&self) {
        add(&self.0.retries, 1);
    }

    pub(super) fn count_ended(&self, sessions: u64) {
        add(&self.0.ended, sessions);
    }

    pub(super) fn count_swept(&self, rows: u32) {
        add(&self.0.swept, rows.into());
    }

    pub(super) fn count_failure(&self, error: &StoreError) {
        add(&self.0.failures, 1);
        if error.kind() == StoreErrorKind::Timeout {
            add(&self.0.timeouts, 1);
        }
    }
}

// Nothing else is ordered by these numbers.
fn read(count: &AtomicU64) -> u64 {
    count.load(Ordering::Relaxed)
}

fn add(count: &AtomicU64, number: u64) {
    count.fetch_add(number, Ordering::Relaxed);
}

impl fmt::Debug for StoreCounters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoreCounters")
            .field("loads", &self.loads())
            .field("writes", &self.writes())
            .field("retries", &self.retries())
            .field("timeouts", &self.timeouts())
            .field("failures", &self.failures())
            .field("ended", &self.ended())
            .field("swept", &self.swept())
            .finish()
    }
}

#[cfg(all(test, feature = "test-kit"))]
mod tests {
    use tokio::runtime::Builder;

    use crate::store::backend::Backend;
    use crate::store::{
        Mark, MemoryStore, NewRow, RowEnding, RowKey, StoreCounters, StoreErrorKind, Why,
    };
    use crate::test_kit::{Fault, FaultyStore};

    const KEY: RowKey = RowKey::from_bytes([7; 16]);
    const NOW: u64 = 1000;

    /// Loads, writes, second tries, time-outs, failures, and ended sessions.
    fn numbers(counters: &StoreCounters) -> [u64; 6] {
        [
            counters.loads(),
            counters.writes(),
            counters.retries(),
            counters.timeouts(),
            counters.failures(),
            counters.ended(),
        ]
    }

    #[test]
    fn each_operation_counts_once_and_each_failure_by_its_kind() {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let store = FaultyStore::new(MemoryStore::new());
            let backend = Backend::new(store.clone());
            let counters = backend.counters();
            let row = NewRow {
                key: KEY,
                mark: Mark::from_bytes([1; 8]),
                owner: None,
                expires: NOW + 300,
                entries: &[],
                label: None,
            };
            backend.create(row, NOW).await.unwrap();
            backend.load(KEY, NOW).await.unwrap();
            assert_eq!(numbers(&counters), [1, 1, 0, 0, 0, 0]);
            let ending = RowEnding {
                owners: &[],
                why: Why::ByVisitor,
                until: NOW + 300,
            };
            for _ in 0..2 {
                backend.end(KEY, ending, NOW).await.unwrap();
            }
            assert_eq!(numbers(&counters), [1, 3, 0, 0, 0, 1], "it was over before");
            store.fail(Fault::error(StoreErrorKind::Unreachable));
            backend.load(KEY, NOW).await.unwrap_err();
            assert_eq!(numbers(&counters), [2, 3, 1, 0, 1, 1]);
            store.heal();
            store.fail(Fault::error(StoreErrorKind::Timeout));
            backend.load(KEY, NOW).await.unwrap_err();
            assert_eq!(numbers(&counters), [3, 3, 1, 1, 2, 1]);
        });
    }

    #[tokio::test]
    async fn a_sweep_counts_what_it_has_deleted() {
        let backend = Backend::new(MemoryStore::new());
        for number in 0..8 {
            let row = NewRow {
                key: RowKey::from_bytes([number; 16]),
                mark: Mark::from_bytes([1; 8]),
                owner: None,
                expires: NOW + 1,
                entries: &[],
                label: None,
            };
            let now = if number < 7 { NOW } else { NOW + 1000 };
            backend.create(row, now).await.unwrap();
        }
        tokio::task::yield_now().await;
        assert_eq!(backend.counters().swept(), 8);
    }
}
