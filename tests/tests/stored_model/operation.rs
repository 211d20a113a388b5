//! An operation of a store as a value: it may be carried out when the request that asked for it is gone.

use session_runtime::store::{
    Change, Commit, Committed, Created, Ended, Entry, Loaded, Mark, NewRow, Owner, Renewal,
    RowEnding, RowKey, Store, StoreError, Why,
};

#[derive(Clone)]
pub(crate) struct Operation {
    pub(crate) key: RowKey,
    pub(crate) now: u64,
    pub(crate) work: Work,
}

#[derive(Clone)]
pub(crate) enum Work {
    Load,
    Create(NewOwned),
    Commit(CommitOwned),
    End(EndingOwned),
}

#[derive(Clone)]
pub(crate) struct NewOwned {
    mark: Mark,
    owner: Option<Owner>,
    expires: u64,
    entries: Vec<Entry>,
}

#[derive(Clone)]
pub(crate) struct CommitOwned {
    mark: Mark,
    seen: Vec<Vec<u8>>,
    changes: Vec<Change>,
    expires: Option<u64>,
    /// The mark, the owner, whom it joins, and until when the copy is kept.
    renewal: Option<(Mark, Option<Owner>, Vec<Owner>, u64)>,
}

#[derive(Clone)]
pub(crate) struct EndingOwned {
    owners: Vec<Owner>,
    why: Why,
    until: u64,
}

#[derive(Debug)]
pub(crate) enum Reply {
    Loaded(Loaded),
    Created(Created),
    Committed(Committed),
    Ended(Ended),
}

impl Operation {
    pub(crate) fn load(key: RowKey, now: u64) -> Self {
        let work = Work::Load;
        Self { key, now, work }
    }

    pub(crate) fn create(row: &NewRow<'_>, now: u64) -> Self {
        let work = Work::Create(NewOwned {
            mark: row.mark,
            owner: row.owner,
            expires: row.expires,
            entries: row.entries.to_vec(),
        });
        let key = row.key;
        Self { key, now, work }
    }

    pub(crate) fn commit(key: RowKey, commit: &Commit<'_>, now: u64) -> Self {
        let renewal = commit.renewal.map(|renewal| {
            let Renewal {
                mark,
                owner,
                joins,
                keep_until,
                ..
            } = renewal;
            (mark, owner, joins.to_vec(), keep_until)
        });
        let work = Work::Commit(CommitOwned {
            mark: commit.mark,
            seen: commit.seen.iter().map(|name| name.to_vec()).collect(),
            changes: commit.changes.to_vec(),
            expires: commit.expires,
            renewal,
        });
        Self { key, now, work }
    }

    pub(crate) fn end(key: RowKey, ending: RowEnding<'_>, now: u64) -> Self {
        let work = Work::End(EndingOwned {
            owners: ending.owners.to_vec(),
            why: ending.why,
            until: ending.until,
        });
        Self { key, now, work }
    }

    pub(crate) fn name(&self) -> &'static str {
        match &self.work {
            Work::Load => "load",
            Work::Create(_) => "create",
            Work::Commit(commit) if commit.renewal.is_some() => "renew",
            Work::Commit(_) => "commit",
            Work::End(_) => "end",
        }
    }

    pub(crate) async fn ask<S: Store>(&self, store: &S) -> Result<Reply, StoreError> {
        let Self { key, now, work } = self;
        let (key, now) = (*key, *now);
        Ok(match work {
            Work::Load => Reply::Loaded(store.load(key, now).await?),
            Work::Create(row) => Reply::Created(store.create(row.as_new(key), now).await?),
            Work::Commit(commit) => {
                let seen: Vec<&[u8]> = commit.seen.iter().map(Vec::as_slice).collect();
                let commit = commit.as_commit(&seen);
                Reply::Committed(store.commit(key, commit, now).await?)
            }
            Work::End(ending) => Reply::Ended(store.end(key, ending.as_ending(), now).await?),
        })
    }
}

impl NewOwned {
    pub(crate) fn as_new(&self, key: RowKey) -> NewRow<'_> {
        NewRow {
            key,
            mark: self.mark,
            owner: self.owner,
            expires: self.expires,
            entries: &self.entries,
            label: None,
        }
    }
}

impl CommitOwned {
    pub(crate) fn with<T>(&self, take: impl FnOnce(&Commit<'_>) -> T) -> T {
        let seen: Vec<&[u8]> = self.seen.iter().map(Vec::as_slice).collect();
        take(&self.as_commit(&seen))
    }

    fn as_commit<'a>(&'a self, seen: &'a [&'a [u8]]) -> Commit<'a> {
        let renewal = self.renewal.as_ref();
        let renewal = renewal.map(|(mark, owner, joins, keep_until)| Renewal {
            mark: *mark,
            owner: *owner,
            joins,
            keep_until: *keep_until,
            label: None,
        });
        Commit {
            mark: self.mark,
            seen,
            changes: &self.changes,
            expires: self.expires,
            renewal,
        }
    }
}

impl EndingOwned {
    pub(crate) fn as_ending(&self) -> RowEnding<'_> {
        RowEnding {
            owners: &self.owners,
            why: self.why,
            until: self.until,
        }
    }
}

macro_rules! replies {
    ($($name:ident: $variant:ident,)*) => {
        impl Reply {
            $(pub(crate) fn $name(self) -> Result<$variant, StoreError> {
                match self {
                    Self::$variant(reply) => Ok(reply),
                    other => unreachable!("it is answered {other:?}"),
                }
            })*
        }
    };
}

replies! {
    loaded: Loaded,
    created: Created,
    committed: Committed,
    ended: Ended,
}
