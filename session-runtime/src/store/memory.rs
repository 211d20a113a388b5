//! A store in memory.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{
    Before, Change, Commit, Committed, Created, Ended, Entry, EntryTag, Listed, Loaded, NewRow,
    Owner, Role, Row, RowEnding, RowKey, Store, StoreError, Why,
};

/// A store in memory.
#[derive(Clone, Default)]
pub struct MemoryStore(Arc<Mutex<HashMap<RowKey, Kept>>>);

#[derive(Clone)]
enum Kept {
    Alive(Row, Option<bytes::Bytes>),
    Ended(Why, u64),
}

impl Kept {
    fn until(&self) -> u64 {
        match self {
            Self::Alive(row, _) => row.expires,
            Self::Ended(_, until) => *until,
        }
    }
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<RowKey, Kept>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore").finish_non_exhaustive()
    }
}

fn apply(entries: &mut Vec<Entry>, change: &Change, seen: &[&[u8]]) {
    let of = |entry: &Entry, tag: EntryTag| entry.tag == tag;
    match change {
        Change::Set(new) => {
            entries.retain(|entry| !of(entry, new.tag));
            entries.push(new.clone());
        }
        Change::Remove(tag) => entries.retain(|entry| !of(entry, *tag)),
        Change::Add(new) => {
            if !entries.iter().any(|entry| entry.name() == new.name()) {
                entries.push(new.clone());
            }
        }
        Change::Fold(new) => {
            entries.retain(|entry| {
                !(of(entry, new.tag) && (entry.role == Role::Base || seen.contains(&entry.name())))
            });
            entries.push(new.clone());
        }
    }
}

fn is_applied(entries: &[Entry], change: &Change) -> bool {
    match change {
        Change::Set(new) | Change::Add(new) | Change::Fold(new) => {
            entries.iter().any(|entry| entry.name() == new.name())
        }
        Change::Remove(tag) => !entries.iter().any(|entry| entry.tag == *tag),
    }
}

fn commit(row: &mut Row, commit: &Commit<'_>, now: u64) -> Committed {
    let mut renewal = commit.renewal;
    let mut answer = Committed::Done;
    if let Some(new) = renewal
        && new.mark == row.mark
    {
        return Committed::Done;
    }
    if row.mark != commit.mark {
        match renewal {
            Some(new) if new.rejoins && new.owner.is_some() && new.owner == row.owner => {
                renewal = None;
                answer = Committed::Rejoined(row.mark);
            }
            _ => return Committed::Moved,
        }
    }
    let is_there = |name: &&[u8]| row.entries.iter().any(|entry| entry.name() == *name);
    if !commit.seen.iter().all(is_there) {
        let all = commit.changes.iter();
        let is_done = all
            .into_iter()
            .all(|change| is_applied(&row.entries, change));
        return if is_done { answer } else { Committed::Moved };
    }
    if let Some(renewal) = renewal {
        row.before = Some(Before {
            mark: row.mark,
            until: renewal.keep_until,
            entries: row.entries.clone(),
        });
        row.mark = renewal.mark;
        row.owner = renewal.owner;
    } else if row
        .before
        .as_ref()
        .is_some_and(|before| before.until <= now)
    {
        row.before = None;
    }
    for change in commit.changes {
        apply(&mut row.entries, change, commit.seen);
    }
    row.expires = row.expires.max(commit.expires.unwrap_or(0));
    answer
}

impl Store for MemoryStore {
    async fn load(&self, key: RowKey, now: u64) -> Result<Loaded, StoreError> {
        let rows = self.lock();
        Ok(match rows.get(&key).filter(|kept| now < kept.until()) {
            None => Loaded::Missing,
            Some(Kept::Ended(why, _)) => Loaded::Ended(*why),
            Some(Kept::Alive(row, _)) => {
                let mut row = row.clone();
                row.before = row.before.filter(|before| now < before.until);
                Loaded::Alive(row)
            }
        })
    }

    async fn create(&self, new: NewRow<'_>, now: u64) -> Result<Created, StoreError> {
        let mut rows = self.lock();
        let row = Row {
            mark: new.mark,
            owner: new.owner,
            expires: new.expires,
            entries: new.entries.to_vec(),
            before: None,
        };
        if let Some(kept) = rows.get(&new.key).filter(|kept| now < kept.until()) {
            let is_same = matches!(kept, Kept::Alive(other, _) if *other == row);
            return Ok(if is_same {
                Created::Done
            } else {
                Created::Taken
            });
        }
        let label = new.label.map(bytes::Bytes::copy_from_slice);
        rows.insert(new.key, Kept::Alive(row, label));
        Ok(Created::Done)
    }

    async fn commit(
        &self,
        key: RowKey,
        changes: Commit<'_>,
        now: u64,
    ) -> Result<Committed, StoreError> {
        let mut rows = self.lock();
        Ok(match rows.get_mut(&key).filter(|kept| now < kept.until()) {
            None => Committed::Missing,
            Some(Kept::Ended(why, _)) => Committed::Ended(*why),
            Some(Kept::Alive(row, _)) => commit(row, &changes, now),
        })
    }

    async fn end(&self, key: RowKey, ending: RowEnding<'_>, now: u64) -> Result<Ended, StoreError> {
        let mut rows = self.lock();
        let until = ending.until;
        Ok(match rows.get_mut(&key).filter(|kept| now < kept.until()) {
            None => {
                rows.insert(key, Kept::Ended(ending.why, until));
                Ended::Before
            }
            Some(Kept::Ended(_, other)) => {
                *other = until.max(*other);
                Ended::Before
            }
            Some(kept) => {
                let Kept::Alive(row, _) = kept else {
                    return Ok(Ended::Before);
                };
                let is_owner = match row.owner {
                    Some(owner) => ending.owners.contains(&owner),
                    None => ending.owners.is_empty(),
                };
                if !is_owner {
                    return Ok(Ended::AnotherOwner);
                }
                *kept = Kept::Ended(ending.why, until.max(row.expires));
                Ended::Done
            }
        })
    }

    async fn list(&self, owners: &[Owner], now: u64) -> Result<Vec<Listed>, StoreError> {
        let rows = self.lock();
        let listed = rows.iter().filter_map(|(key, kept)| match kept {
            Kept::Alive(row, label) if now < row.expires => {
                owners.contains(&row.owner?).then(|| Listed {
                    key: *key,
                    expires: row.expires,
                    label: label.clone(),
                })
            }
            _ => None,
        });
        Ok(listed.collect())
    }

    async fn end_all(
        &self,
        owners: &[Owner],
        keep: Option<RowKey>,
        until: u64,
        now: u64,
    ) -> Result<u64, StoreError> {
        let mut count = 0;
        for (key, kept) in self
            .lock()
            .iter_mut()
            .filter(|(key, _)| Some(**key) != keep)
        {
            let _ = key;
            if let Kept::Alive(row, _) = kept
                && now < row.expires
                && row.owner.is_some_and(|owner| owners.contains(&owner))
            {
                *kept = Kept::Ended(Why::ByApplication, until.max(row.expires));
                count += 1;
            }
        }
        Ok(count)
    }

    async fn sweep(&self, now: u64, limit: u32) -> Result<u32, StoreError> {
        let mut left = limit;
        self.lock().retain(|_, kept| {
            let goes = left > 0 && kept.until() + 300 <= now;
            left -= u32::from(goes);
            !goes
        });
        Ok(limit - left)
    }
}
