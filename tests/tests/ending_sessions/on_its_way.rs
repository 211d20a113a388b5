//! A login that is ended while it is on its way to the store.

use session_runtime::store::{
    Commit, Committed, Created, Ended, Listed, Loaded, MemoryStore, NewRow, Owner, RowEnding,
    RowKey, Store, StoreError, Why,
};

/// A store that notes the user of a row before the row is there, as Redis does, and in which `end_all` comes just then.
#[derive(Clone, Default)]
pub(crate) struct EndedOnItsWay(MemoryStore);

impl Store for EndedOnItsWay {
    async fn load(&self, key: RowKey, now: u64) -> Result<Loaded, StoreError> {
        self.0.load(key, now).await
    }

    async fn create(&self, row: NewRow<'_>, now: u64) -> Result<Created, StoreError> {
        if row.owner.is_some() {
            let ending = RowEnding {
                owners: &[],
                why: Why::ByApplication,
                until: now + 300,
            };
            self.0.end(row.key, ending, now).await?;
        }
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
        self.0.end_all(owners, keep, until, now).await
    }

    async fn sweep(&self, now: u64, limit: u32) -> Result<u32, StoreError> {
        self.0.sweep(now, limit).await
    }
}
