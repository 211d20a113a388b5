//! A store in which something comes between: a client that hangs up while sessions are ended, and an ending that meets a
//! login on its way.

use session_runtime::store::{
    Commit, Committed, Created, Ended, Listed, Loaded, MemoryStore, NewRow, Owner, RowEnding,
    RowKey, Store, StoreError, Why,
};
use tokio::task::yield_now;

/// Longer than the layer polls at once.
async fn wait() {
    for _ in 0..4 {
        yield_now().await;
    }
}

/// The event that comes between.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Disturbance {
    /// Endings do not answer at once.
    SlowToEnd,
    /// The store notes the user of a row before the row is there, as Redis does, and `end_all` comes just then.
    EndedOnItsWay,
}

#[derive(Clone)]
pub(crate) struct Disturbed {
    store: MemoryStore,
    disturbance: Disturbance,
}

impl Disturbed {
    pub(crate) fn slow_to_end() -> Self {
        Self::by(Disturbance::SlowToEnd)
    }

    pub(crate) fn ended_on_its_way() -> Self {
        Self::by(Disturbance::EndedOnItsWay)
    }

    fn by(disturbance: Disturbance) -> Self {
        Self {
            store: MemoryStore::new(),
            disturbance,
        }
    }

    async fn wait_to_end(&self) {
        if self.disturbance == Disturbance::SlowToEnd {
            wait().await;
        }
    }
}

impl Store for Disturbed {
    async fn load(&self, key: RowKey, now: u64) -> Result<Loaded, StoreError> {
        self.store.load(key, now).await
    }

    async fn create(&self, row: NewRow<'_>, now: u64) -> Result<Created, StoreError> {
        if row.owner.is_some() && self.disturbance == Disturbance::EndedOnItsWay {
            let ending = RowEnding {
                owners: &[],
                why: Why::ByApplication,
                until: now + 300,
            };
            self.store.end(row.key, ending, now).await?;
        }
        self.store.create(row, now).await
    }

    async fn commit(
        &self,
        key: RowKey,
        commit: Commit<'_>,
        now: u64,
    ) -> Result<Committed, StoreError> {
        self.store.commit(key, commit, now).await
    }

    async fn end(&self, key: RowKey, ending: RowEnding<'_>, now: u64) -> Result<Ended, StoreError> {
        self.wait_to_end().await;
        self.store.end(key, ending, now).await
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
        self.wait_to_end().await;
        self.store.end_all(owners, keep, until, now).await
    }

    async fn sweep(&self, now: u64, limit: u32) -> Result<u32, StoreError> {
        self.store.sweep(now, limit).await
    }
}
