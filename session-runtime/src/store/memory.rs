//! A store in the memory of the process.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;

use super::{
    Commit, Committed, Created, Ended, Listed, Loaded, NewRow, Owner, Row, RowEnding, RowKey,
    Store, StoreError, Why,
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
    ///
    /// ```
    /// use session_runtime::store::MemoryStore;
    /// use session_runtime::{Keyring, Session, SessionLayer};
    /// # #[derive(Session)] #[session(stored)] struct Shop { visits: u32 }
    ///
    /// let layer = SessionLayer::<Shop>::stored(Keyring::ephemeral(), MemoryStore::new());
    /// ```
    pub fn new() -> Self {
        Self::default()
    }

    /// No operation panics, so none leaves a half of itself behind.
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
            Some(Kept::Alive(alive)) => Loaded::Alive(alive.row.clone().at(now)),
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
    kept: HashMap<RowKey, Kept>,
    /// The rows that have an owner. A tombstone has none.
    owned: BTreeSet<(Owner, RowKey)>,
    ends: BTreeSet<(u64, RowKey)>,
}

/// The place of a row in the two orders.
#[derive(Clone, Copy, PartialEq, Eq)]
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
            && let Some(&(end, key)) = self.ends.first()
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
        let places = owners.flat_map(|owner| self.owned.range((owner, first)..=(owner, last)));
        places.map(|&(_, key)| key).collect()
    }

    /// The row or the tombstone, unless its time is over.
    fn get(&self, key: RowKey, now: u64) -> Option<&Kept> {
        self.kept.get(&key).filter(|kept| now < kept.end_time())
    }

    /// Changes the row or the tombstone, unless its time is over.
    fn change<T>(
        &mut self,
        key: RowKey,
        now: u64,
        change: impl FnOnce(&mut Kept) -> T,
    ) -> Option<T> {
        let kept = self.kept.get_mut(&key);
        let kept = kept.filter(|kept| now < kept.end_time())?;
        let old = kept.place(key);
        let answer = change(kept);
        let new = kept.place(key);
        self.move_to(Some(old), Some(new));
        Some(answer)
    }

    fn put(&mut self, key: RowKey, kept: Kept) {
        let new = kept.place(key);
        let old = self.kept.insert(key, kept);
        self.move_to(old.map(|kept| kept.place(key)), Some(new));
    }

    fn delete(&mut self, key: RowKey) {
        let old = self.kept.remove(&key);
        self.move_to(old.map(|kept| kept.place(key)), None);
    }

    fn move_to(&mut self, old: Option<Place>, new: Option<Place>) {
        if old == new {
            return;
        }
        if let Some(Place { owner, end }) = old {
            self.ends.remove(&end);
            owner.map(|owner| self.owned.remove(&owner));
        }
        if let Some(Place { owner, end }) = new {
            self.ends.insert(end);
            self.owned.extend(owner);
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
        let row = Row::new(new);
        let label = new.label.map(Bytes::copy_from_slice);
        Self { row, label }
    }

    fn is_made_from(&self, new: &NewRow<'_>) -> bool {
        self.label.as_deref() == new.label && self.row.is_same(&Row::new(new))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Mark, Renewal};

    const NOW: u64 = 1_800_000_000;

    #[tokio::test]
    async fn a_clone_is_the_same_store_and_debug_shows_nothing_of_it() -> Result<(), StoreError> {
        let store = MemoryStore::new();
        store.clone().create(row(1, None), NOW).await?;
        assert!(matches!(store.load(key(1), NOW).await?, Loaded::Alive(_)));
        assert_eq!(format!("{store:?}"), "MemoryStore { .. }");
        Ok(())
    }

    #[tokio::test]
    async fn a_sweep_deletes_rows_and_tombstones_from_both_orders() -> Result<(), StoreError> {
        let store = MemoryStore::new();
        for number in 0..8 {
            store.create(row(number, Some(number)), NOW).await?;
        }
        store.end(key(9), ending(&[], NOW + 60), NOW).await?;
        assert_eq!(store.sweep(NOW + 359, 64).await?, 0);
        assert_eq!(store.sweep(NOW + 360, 5).await?, 5);
        assert_eq!(store.sweep(NOW + 360, 64).await?, 4);
        let rows = store.rows();
        assert!(rows.kept.is_empty() && rows.owned.is_empty() && rows.ends.is_empty());
        Ok(())
    }

    #[tokio::test]
    async fn the_orders_follow_every_change() -> Result<(), StoreError> {
        let store = MemoryStore::new();
        store.create(row(1, Some(1)), NOW).await?;
        follow(&store);
        store.commit(key(1), renewal(2), NOW).await?;
        follow(&store);
        store
            .end(key(1), ending(&[owner(2)], NOW + 90), NOW)
            .await?;
        follow(&store);
        store.create(row(2, Some(1)), NOW).await?;
        store.end_all(&[owner(1)], None, NOW + 90, NOW).await?;
        follow(&store);
        // The row takes the place of a tombstone that is over.
        store.create(row(2, Some(3)), NOW + 90).await?;
        follow(&store);
        Ok(())
    }

    fn follow(store: &MemoryStore) {
        let rows = store.rows();
        let places: Vec<_> = rows
            .kept
            .iter()
            .map(|(key, kept)| kept.place(*key))
            .collect();
        assert_eq!(rows.ends, places.iter().map(|place| place.end).collect());
        assert_eq!(
            rows.owned,
            places.iter().filter_map(|place| place.owner).collect()
        );
    }

    fn key(number: u8) -> RowKey {
        RowKey::from_bytes([number; 16])
    }

    fn owner(number: u8) -> Owner {
        Owner::from_bytes([number; 16])
    }

    fn row(number: u8, of: Option<u8>) -> NewRow<'static> {
        NewRow {
            key: key(number),
            mark: Mark::from_bytes([1; 8]),
            owner: of.map(owner),
            expires: NOW + 60,
            entries: &[],
            label: None,
        }
    }

    /// With another owner and a later end.
    fn renewal(user: u8) -> Commit<'static> {
        Commit {
            mark: Mark::from_bytes([1; 8]),
            seen: &[],
            changes: &[],
            expires: Some(NOW + 70),
            renewal: Some(Renewal {
                mark: Mark::from_bytes([2; 8]),
                owner: Some(owner(user)),
                joins: &[],
                keep_until: NOW,
                label: None,
            }),
        }
    }

    fn ending(owners: &[Owner], until: u64) -> RowEnding<'_> {
        let why = Why::ByVisitor;
        RowEnding { owners, why, until }
    }
}
