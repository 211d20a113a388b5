//! A store that lists other rows, or other labels, than it was given.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use session_runtime::store::{
    Commit, Committed, Created, Ended, Listed, Loaded, MemoryStore, NewRow, Owner, RowEnding,
    RowKey, Store, StoreError,
};

#[derive(Clone)]
pub(crate) struct Relabelled {
    store: MemoryStore,
    relabel: fn(&mut [Listed]),
    /// Every user gets the rows of all who were asked for before, too.
    mixed: Option<Arc<Mutex<BTreeSet<Owner>>>>,
}

/// As the rows of a release that wrote none.
pub(crate) fn without_labels() -> Relabelled {
    Relabelled {
        store: MemoryStore::new(),
        relabel: |rows| rows.iter_mut().for_each(|row| row.label = None),
        mixed: None,
    }
}

/// As an attacker may move them who writes into the store.
pub(crate) fn with_labels_of_each_other() -> Relabelled {
    Relabelled {
        store: MemoryStore::new(),
        relabel: |rows| {
            let labels: Vec<_> = rows.iter().map(|row| row.label.clone()).rev().collect();
            for (row, label) in rows.iter_mut().zip(labels) {
                row.label = label;
            }
        },
        mixed: None,
    }
}

/// As an attacker may change the owners of rows.
pub(crate) fn with_rows_of_others() -> Relabelled {
    Relabelled {
        store: MemoryStore::new(),
        relabel: |_| {},
        mixed: Some(Arc::default()),
    }
}

impl Store for Relabelled {
    async fn list(&self, owners: &[Owner], now: u64) -> Result<Vec<Listed>, StoreError> {
        let mut all = owners.to_vec();
        if let Some(mixed) = &self.mixed {
            let mut mixed = mixed.lock().unwrap();
            mixed.extend(owners);
            all = mixed.iter().copied().collect();
        }
        let mut rows = self.store.list(&all, now).await?;
        (self.relabel)(&mut rows);
        Ok(rows)
    }

    async fn load(&self, key: RowKey, now: u64) -> Result<Loaded, StoreError> {
        self.store.load(key, now).await
    }

    async fn create(&self, row: NewRow<'_>, now: u64) -> Result<Created, StoreError> {
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
        self.store.end(key, ending, now).await
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
