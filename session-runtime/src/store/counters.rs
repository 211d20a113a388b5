//! What a layer has asked of its store.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::{StoreError, StoreErrorKind};

/// What a layer has asked of its store since it was made, as numbers that only grow.
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

    /// The sessions that were ended before their time: by a logout, by a login over another user, or by
    /// [`Sessions`](crate::Sessions).
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
