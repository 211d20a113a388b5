//! A client that hangs up while sessions are ended.

use session_runtime::store::{
    Commit, Committed, Created, Ended, Listed, Loaded, MemoryStore, NewRow, Owner, RowEnding,
    RowKey, Store, StoreError,
};
use tokio::task::yield_now;

/// Longer than the layer polls at once.
async fn wait() {
    for _ in 0..4 {
        yield_now().await;
    }
}

/// A store whose endings do not answer at once.
#[derive(Clone, Default)]
pub(crate) struct SlowToEnd(MemoryStore);

impl Store for SlowToEnd {
    async fn load(&self, key: RowKey, now: u64) -> Result<Loaded, StoreError> {
        self.0.load(key, now).await
    }

    async fn create(&self, row: NewRow<'_>, now: u64) -> Result<Created, StoreError> {
        self.0.create(row, now).await
    }

    async fn commit(
        &self,
        key: RowKey,
        commit: Commit<'_>,
        now: u64,
    ) -> Result<Committed, StoreError> {
        self.0.commit(key, commit, now).await
    }

    async fn end(&self, key: RowKey, ending: RowEnding<'_>, now: u64) -> Result<Ended, StoreError> {
        wait().await;
        self.0.end(key, ending, now).await
    }

    async fn list(&self, owners: &[Owner], now: u64) -> Result<Vec<Listed>, StoreError> {
        self.0.list(owners, now).await
    }

    async fn end_all(
        &self,
        owners: &[Owner],
        keep: Option<RowKey>,
        until: u64,
        now: u64,
    ) -> Result<u64, StoreError> {
        wait().await;
        self.0.end_all(owners, keep, until, now).await
    }

    async fn sweep(&self, now: u64, limit: u32) -> Result<u32, StoreError> {
        self.0.sweep(now, limit).await
    }
}
