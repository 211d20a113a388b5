//! Steps that several sentences take, with the row of number 1.

use std::sync::Arc;

use super::given::{NOW, commit, key, row};
use super::verdict::{Answer, Verdict, same_entries};
use crate::store::{Change, Commit, Committed, Created, Entry, Store};

pub(super) async fn with_row(store: &Arc<impl Store>, entries: &[Entry]) -> Verdict {
    store.create(row(1, entries), NOW).await?.is(Created::Done)
}

pub(super) async fn apply(store: &Arc<impl Store>, commit: Commit<'_>) -> Verdict {
    store.commit(key(1), commit, NOW).await?.is(Committed::Done)
}

pub(super) async fn has_entries(store: &Arc<impl Store>, entries: &[Entry]) -> Verdict {
    let loaded = store.load(key(1), NOW).await?.alive()?;
    same_entries(&loaded.entries, entries)
}

pub(super) async fn set(store: &Arc<impl Store>, entry: Entry) -> Verdict {
    apply(store, commit(&[Change::Set(entry)])).await
}

pub(super) async fn add(store: &Arc<impl Store>, entry: Entry) -> Verdict {
    apply(store, commit(&[Change::Add(entry)])).await
}

/// The commit is refused, and the row is as it was.
pub(super) async fn changes_nothing(store: &Arc<impl Store>, commit: Commit<'_>) -> Verdict {
    let before = store.load(key(1), NOW).await?.alive()?;
    let committed = store.commit(key(1), commit, NOW).await?;
    committed.is(Committed::Moved)?;
    let mut after = store.load(key(1), NOW).await?.alive()?;
    same_entries(&after.entries, &before.entries)?;
    after.entries.clone_from(&before.entries);
    after.is(before)
}

pub(super) fn names(entries: &[Entry]) -> Vec<&[u8]> {
    entries.iter().map(Entry::name).collect()
}
