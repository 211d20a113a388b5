//! A store in the memory of the process.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;

use super::{
    Commit, Committed, Created, Ended, Entry, Listed, Loaded, NewRow, Owner, Row, RowEnding,
    RowKey, Store, StoreError, Why,
};

/// A store in the memory of the process: for tests, and for an application that is one process and may forget.
///
/// When the process ends, every session is over and every user is logged out. Two processes do not see each
/// other's sessions. A clone is the same store.
///
/// ```
/// use session_runtime::store::{Loaded, MemoryStore, RowKey, Store};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), session_runtime::store::StoreError> {
/// let store = MemoryStore::new();
/// let key = RowKey::from_bytes([7; 16]);
/// assert_eq!(store.load(key, 1_800_000_000).await?, Loaded::Missing);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Default)]
pub struct MemoryStore(Arc<Mutex<Rows>>);

impl MemoryStore {
    /// A store without rows.
    pub fn new() -> Self {
        Self::default()
    }

    /// No operation leaves a half of itself when it panics, because none does.
    fn rows(&self) -> MutexGuard<'_, Rows> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Nothing of what is in it.
impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore").finish_non_exhaustive()
    }
}

/// Each operation holds the lock from its beginning to its end, and awaits nothing.
impl Store for MemoryStore {
    async fn load(&self, key: RowKey, now: u64) -> Result<Loaded, StoreError> {
        Ok(match self.rows().get(key, now) {
            Some(Kept::Alive(alive)) => Loaded::Alive(alive.at(now)),
            Some(Kept::Ended(tombstone)) => Loaded::Ended(tombstone.why),
            None => Loaded::Missing,
        })
    }

    async fn create(&self, row: NewRow<'_>, now: u64) -> Result<Created, StoreError> {
        Ok(self.rows().create(row, now))
    }

    async fn commit(
        &self,
        key: RowKey,
        commit: Commit<'_>,
        now: u64,
    ) -> Result<Committed, StoreError> {
        Ok(self.rows().commit(key, &commit, now))
    }

    async fn end(&self, key: RowKey, ending: RowEnding<'_>, now: u64) -> Result<Ended, StoreError> {
        Ok(self.rows().end(key, ending, now))
    }

    async fn list(&self, owners: &[Owner], now: u64) -> Result<Vec<Listed>, StoreError> {
        Ok(self.rows().list(owners, now))
    }

    async fn end_all(
        &self,
        owners: &[Owner],
        keep: Option<RowKey>,
        until: u64,
        now: u64,
    ) -> Result<u64, StoreError> {
        Ok(self.rows().end_all(owners, keep, until, now))
    }

    async fn sweep(&self, now: u64, limit: u32) -> Result<u32, StoreError> {
        Ok(self.rows().sweep(now, limit))
    }
}

/// Dead rows are kept for so many seconds, for the clocks of several servers.
const GRACE: u64 = 300;

/// The rows, and two orders of their keys, so that no operation looks at every row.
#[derive(Default)]
struct Rows {
    by_key: HashMap<RowKey, Kept>,
    /// The rows that have an owner. A tombstone has none.
    by_owner: BTreeSet<(Owner, RowKey)>,
    by_end: BTreeSet<(u64, RowKey)>,
}

/// Where a row stands in the two orders.
#[derive(PartialEq, Eq)]
struct Place {
    owner: Option<(Owner, RowKey)>,
    end: (u64, RowKey),
}

impl Rows {
    fn create(&mut self, new: NewRow<'_>, now: u64) -> Created {
        match self.get(new.key, now) {
            Some(Kept::Alive(alive)) if alive.is_made_from(&new) => Created::Done,
            Some(_) => Created::Taken,
            None => {
                self.put(new.key, Kept::Alive(Alive::new(&new)));
                Created::Done
            }
        }
    }

    fn commit(&mut self, key: RowKey, commit: &Commit<'_>, now: u64) -> Committed {
        let committed = self.change(key, now, |kept| match kept {
            Kept::Alive(alive) => alive.commit(commit, now),
            Kept::Ended(tombstone) => Committed::Ended(tombstone.why),
        });
        committed.unwrap_or(Committed::Missing)
    }

    fn end(&mut self, key: RowKey, ending: RowEnding<'_>, now: u64) -> Ended {
        let ended = self.change(key, now, |kept| kept.end(ending));
        ended.unwrap_or_else(|| {
            let RowEnding { why, until, .. } = ending;
            self.put(key, Kept::Ended(Tombstone { why, until }));
            Ended::Before
        })
    }

    fn list(&self, owners: &[Owner], now: u64) -> Vec<Listed> {
        let keys = self.keys_of(owners).into_iter();
        let alive = keys.filter_map(|key| match self.get(key, now)? {
            Kept::Alive(alive) => Some(alive.listed(key)),
            Kept::Ended(_) => None,
        });
        alive.collect()
    }

    fn end_all(&mut self, owners: &[Owner], keep: Option<RowKey>, until: u64, now: u64) -> u64 {
        let why = Why::ByApplication;
        let ending = RowEnding { owners, why, until };
        let mut count = 0;
        for key in self.keys_of(owners) {
            if keep != Some(key) {
                let ended = self.change(key, now, |kept| kept.end(ending));
                count += u64::from(ended == Some(Ended::Done));
            }
        }
        count
    }

    fn sweep(&mut self, now: u64, limit: u32) -> u32 {
        let mut count = 0;
        while count < limit
            && let Some(&(end, key)) = self.by_end.first()
            && end.saturating_add(GRACE) <= now
        {
            self.delete(key);
            count += 1;
        }
        count
    }

    /// The keys of the owners' rows, each once.
    fn keys_of(&self, owners: &[Owner]) -> BTreeSet<RowKey> {
        let (first, last) = (RowKey([u8::MIN; 16]), RowKey([u8::MAX; 16]));
        let owners = owners.iter().copied();
        let places = owners.flat_map(|owner| self.by_owner.range((owner, first)..=(owner, last)));
        places.map(|&(_, key)| key).collect()
    }

    /// The row or the tombstone, unless its time is over.
    fn get(&self, key: RowKey, now: u64) -> Option<&Kept> {
        self.by_key.get(&key).filter(|kept| now < kept.end_time())
    }

    /// Changes the row or the tombstone, unless its time is over.
    fn change<T>(
        &mut self,
        key: RowKey,
        now: u64,
        change: impl FnOnce(&mut Kept) -> T,
    ) -> Option<T> {
        let kept = self.by_key.get_mut(&key);
        let kept = kept.filter(|kept| now < kept.end_time())?;
        let old = kept.place(key);
        let answer = change(kept);
        let new = kept.place(key);
        self.move_to(Some(old), Some(new));
        Some(answer)
    }

    fn put(&mut self, key: RowKey, kept: Kept) {
        let new = kept.place(key);
        let old = self.by_key.insert(key, kept);
        self.move_to(old.map(|kept| kept.place(key)), Some(new));
    }

    fn delete(&mut self, key: RowKey) {
        let old = self.by_key.remove(&key);
        self.move_to(old.map(|kept| kept.place(key)), None);
    }

    fn move_to(&mut self, old: Option<Place>, new: Option<Place>) {
        if old == new {
            return;
        }
        if let Some(Place { owner, end }) = old {
            self.by_end.remove(&end);
            owner.map(|owner| self.by_owner.remove(&owner));
        }
        if let Some(Place { owner, end }) = new {
            self.by_end.insert(end);
            self.by_owner.extend(owner);
        }
    }
}

enum Kept {
    Alive(Alive),
    Ended(Tombstone),
}

struct Tombstone {
    why: Why,
    until: u64,
}

impl Kept {
    fn end_time(&self) -> u64 {
        match self {
            Self::Alive(alive) => alive.row.expires,
            Self::Ended(tombstone) => tombstone.until,
        }
    }

    fn place(&self, key: RowKey) -> Place {
        let owner = match self {
            Self::Alive(alive) => alive.row.owner.map(|owner| (owner, key)),
            Self::Ended(_) => None,
        };
        let end = (self.end_time(), key);
        Place { owner, end }
    }

    fn end(&mut self, ending: RowEnding<'_>) -> Ended {
        match self {
            Self::Ended(tombstone) => {
                tombstone.until = tombstone.until.max(ending.until);
                Ended::Before
            }
            Self::Alive(alive) if !alive.row.is_of(ending.owners) => Ended::AnotherOwner,
            Self::Alive(alive) => {
                let until = ending.until.max(alive.row.expires);
                let why = ending.why;
                *self = Self::Ended(Tombstone { why, until });
                Ended::Done
            }
        }
    }
}

struct Alive {
    row: Row,
    label: Option<Bytes>,
}

impl Alive {
    fn new(new: &NewRow<'_>) -> Self {
        let row = Row {
            mark: new.mark,
            owner: new.owner,
            expires: new.expires,
            entries: new.entries.to_vec(),
            before: None,
        };
        let label = new.label.map(Bytes::copy_from_slice);
        Self { row, label }
    }

    fn is_made_from(&self, new: &NewRow<'_>) -> bool {
        let Self { row, label } = self;
        row.mark == new.mark
            && row.owner == new.owner
            && row.expires == new.expires
            && row.before.is_none()
            && label.as_deref() == new.label
            && in_order(&row.entries) == in_order(new.entries)
    }

    fn at(&self, now: u64) -> Row {
        let mut row = self.row.clone();
        row.before = row.before.filter(|before| now < before.until);
        row
    }

    fn listed(&self, key: RowKey) -> Listed {
        Listed {
            key,
            expires: self.row.expires,
            label: self.label.clone(),
        }
    }

    fn commit(&mut self, commit: &Commit<'_>, now: u64) -> Committed {
        let mark = self.row.mark;
        let committed = self.row.commit(commit, now);
        let renewal = commit.renewal.filter(|_| self.row.mark != mark);
        if let Some(label) = renewal.and_then(|renewal| renewal.label) {
            self.label = Some(Bytes::copy_from_slice(label));
        }
        committed
    }
}

fn in_order(entries: &[Entry]) -> Vec<&Entry> {
    let mut entries: Vec<_> = entries.iter().collect();
    entries.sort_by_key(|entry| (entry.tag, entry.role, &entry.sealed));
    entries
}

#[cfg(all(test, feature = "test-kit"))]
mod tests {
    use super::MemoryStore;

    async fn empty_store() -> MemoryStore {
        MemoryStore::new()
    }

    crate::store_conformance!(empty_store);
}
