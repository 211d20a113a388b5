//! One row of a store as a value, so that a search can go back to an earlier one.
//!
//! The rules of a commit, of a new row and of owners are the product's own: [`Row`]. What `MemoryStore` adds to
//! them is here once more, and a test holds the two together.

use bytes::Bytes;

use super::mistakes::Mistake;
use crate::store::{
    Change, Commit, Committed, Created, Ended, Entry, Loaded, Mark, NewRow, Owner, Renewal, Row,
    RowEnding, RowKey, StoreErrorKind, Why,
};

/// An operation that a request asks of the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Operation {
    pub(super) key: RowKey,
    pub(super) now: u64,
    pub(super) work: Work,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Work {
    Load,
    Create(Row),
    Commit {
        mark: Mark,
        seen: Vec<Vec<u8>>,
        changes: Vec<Change>,
        expires: Option<u64>,
        renewal: Option<Renewing>,
    },
    End {
        owners: Vec<Owner>,
        why: Why,
        until: u64,
    },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Renewing {
    pub(super) mark: Mark,
    pub(super) owner: Option<Owner>,
    pub(super) joins: Vec<Owner>,
    pub(super) keep_until: u64,
}

impl Work {
    /// Without its label, which no request reads.
    pub(super) fn create(new: &NewRow<'_>) -> Self {
        Self::Create(Row::new(new))
    }

    pub(super) fn commit(commit: &Commit<'_>) -> Self {
        Self::Commit {
            mark: commit.mark,
            seen: commit.seen.iter().map(|name| name.to_vec()).collect(),
            changes: commit.changes.to_vec(),
            expires: commit.expires,
            renewal: commit.renewal.map(|renewal| Renewing {
                mark: renewal.mark,
                owner: renewal.owner,
                joins: renewal.joins.to_vec(),
                keep_until: renewal.keep_until,
            }),
        }
    }

    pub(super) fn end(ending: RowEnding<'_>) -> Self {
        Self::End {
            owners: ending.owners.to_vec(),
            why: ending.why,
            until: ending.until,
        }
    }

    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Load => "load",
            Self::Create(_) => "create",
            Self::Commit { seen, .. } if !seen.is_empty() => "fold",
            Self::Commit { renewal: None, .. } => "commit",
            Self::Commit { .. } => "renew",
            Self::End { .. } => "end",
        }
    }
}

/// A row or a tombstone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kept {
    Alive(Row),
    Ended { why: Why, until: u64 },
}

/// The answer of an operation that writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// A load found this row, by its number; 0 for none.
    Loaded(u32),
    Created(Created),
    Committed(Committed),
    Ended(Ended),
    Failed(StoreErrorKind),
}

impl Kept {
    pub(super) fn end_time(&self) -> u64 {
        match self {
            Self::Alive(row) => row.expires,
            Self::Ended { until, .. } => *until,
        }
    }

    pub(super) fn alive(&self, now: u64) -> Option<&Row> {
        match self {
            Self::Alive(row) if now < row.expires => Some(row),
            _ => None,
        }
    }

    fn load(&self, now: u64) -> Loaded {
        match self {
            kept if kept.end_time() <= now => Loaded::Missing,
            Self::Alive(row) => Loaded::Alive(row.clone().at(now)),
            Self::Ended { why, .. } => Loaded::Ended(*why),
        }
    }

    /// All that is in it, to be told from every other one.
    pub(super) fn bytes(&self) -> Vec<u8> {
        let mut bytes = self.end_time().to_be_bytes().to_vec();
        match self {
            Self::Ended { why, .. } => bytes.extend(why.to_number().to_be_bytes()),
            Self::Alive(row) => {
                bytes.extend(row.mark.to_bytes());
                bytes.extend(row.owner.map_or([0; 16], Owner::to_bytes));
                write_entries(&mut bytes, &row.entries);
                if let Some(before) = &row.before {
                    bytes.extend(before.mark.to_bytes());
                    bytes.extend(before.until.to_be_bytes());
                    write_entries(&mut bytes, &before.entries);
                }
            }
        }
        bytes
    }
}

fn write_entries(bytes: &mut Vec<u8>, entries: &[Entry]) {
    let mut entries: Vec<&Entry> = entries.iter().collect();
    entries.sort_by_key(|entry| (entry.tag, entry.role, &entry.sealed));
    bytes.push(u8::try_from(entries.len()).unwrap());
    for entry in entries {
        bytes.extend(entry.tag.to_bytes());
        bytes.push(entry.role as u8);
        bytes.extend(u16::try_from(entry.sealed.len()).unwrap().to_be_bytes());
        bytes.extend(&entry.sealed);
    }
}

pub(super) fn load(kept: Option<&Kept>, now: u64) -> Loaded {
    kept.map_or(Loaded::Missing, |kept| kept.load(now))
}

/// Carries an operation out on its row.
pub(super) fn carry_out(
    kept: Option<&Kept>,
    operation: &Operation,
    mistake: Option<Mistake>,
) -> (Option<Kept>, Answer) {
    let Operation { now, work, .. } = operation;
    let there = kept.filter(|kept| *now < kept.end_time());
    let makes = |other| mistake == Some(other);
    match work {
        Work::Load => unreachable!("a load changes nothing"),
        Work::Create(new) => create(kept, there, new),
        Work::Commit { .. } if makes(Mistake::CommitCreatesARow) && !is_alive(there) => (
            Some(revived(work, *now)),
            Answer::Committed(Committed::Done),
        ),
        Work::Commit { .. } => commit(kept, there, work, *now, mistake),
        Work::End { owners, why, until } => {
            if makes(Mistake::EndAsksForTheMark) && is_renewed(there) {
                return (kept.cloned(), Answer::Ended(Ended::AnotherOwner));
            }
            let owners = match there {
                Some(Kept::Alive(row)) if makes(Mistake::EndComparesNoOwner) => {
                    row.owner.into_iter().collect()
                }
                _ => owners.clone(),
            };
            let (kept, answer) = end(kept, there, &owners, *why, *until);
            match answer {
                Answer::Ended(_) if makes(Mistake::EveryEndingRemovesTheCookie) => {
                    (kept, Answer::Ended(Ended::Done))
                }
                answer => (kept, answer),
            }
        }
    }
}

fn create(kept: Option<&Kept>, there: Option<&Kept>, new: &Row) -> (Option<Kept>, Answer) {
    match there {
        Some(Kept::Alive(row)) if row.is_same(new) => {
            (kept.cloned(), Answer::Created(Created::Done))
        }
        Some(_) => (kept.cloned(), Answer::Created(Created::Taken)),
        None => (
            Some(Kept::Alive(new.clone())),
            Answer::Created(Created::Done),
        ),
    }
}

fn commit(
    kept: Option<&Kept>,
    there: Option<&Kept>,
    work: &Work,
    now: u64,
    mistake: Option<Mistake>,
) -> (Option<Kept>, Answer) {
    let Work::Commit {
        mark,
        seen,
        changes,
        expires,
        renewal,
    } = work
    else {
        unreachable!("it is a commit")
    };
    let mut row = match there {
        None => return (kept.cloned(), Answer::Committed(Committed::Missing)),
        Some(Kept::Ended { why, .. }) => {
            return (kept.cloned(), Answer::Committed(Committed::Ended(*why)));
        }
        Some(Kept::Alive(row)) => row.clone(),
    };
    let makes = |other| mistake == Some(other);
    let renewal = renewal.as_ref().map(|renewal| Renewal {
        mark: if makes(Mistake::RenewalKeepsTheMark) {
            row.mark
        } else {
            renewal.mark
        },
        owner: renewal.owner,
        joins: if makes(Mistake::ALoginNeverRejoins) {
            &[][..]
        } else {
            &renewal.joins
        },
        keep_until: renewal.keep_until,
        label: None,
    });
    let before = row.clone();
    let commit = Commit {
        mark: if makes(Mistake::CommitComparesNoMark) {
            row.mark
        } else {
            *mark
        },
        seen: &seen.iter().map(Vec::as_slice).collect::<Vec<_>>(),
        changes,
        expires: *expires,
        renewal,
    };
    if makes(Mistake::RejoinComparesNoOwner)
        && let Some(renewal) = renewal
        && renewal.mark != row.mark
        && commit.mark != row.mark
    {
        row.owner = renewal.owner;
    }
    let committed = row.commit(&commit, now);
    if makes(Mistake::RenewalKeepsTheMark)
        && let Some(renewal) = renewal
    {
        row.owner = renewal.owner;
        row.commit(
            &Commit {
                renewal: None,
                ..commit
            },
            now,
        );
    }
    if makes(Mistake::CommitReplacesAllFields) && committed == Committed::Done {
        row.entries.retain(|entry| !before.entries.contains(entry));
    }
    if makes(Mistake::FoldDropsWhatItDidNotSee) && committed == Committed::Done {
        let folds = changes.iter().filter_map(|change| match change {
            Change::Fold(entry) => Some(entry),
            _ => None,
        });
        for folded in folds {
            let stays = |entry: &Entry| entry.tag != folded.tag || entry == folded;
            row.entries.retain(stays);
        }
    }
    (Some(Kept::Alive(row)), Answer::Committed(committed))
}

fn end(
    kept: Option<&Kept>,
    there: Option<&Kept>,
    owners: &[Owner],
    why: Why,
    until: u64,
) -> (Option<Kept>, Answer) {
    let (kept, ended) = match there {
        None => (Some(Kept::Ended { why, until }), Ended::Before),
        Some(Kept::Ended { why, until: before }) => {
            let until = until.max(*before);
            (Some(Kept::Ended { why: *why, until }), Ended::Before)
        }
        Some(Kept::Alive(row)) if !row.is_of(owners) => (kept.cloned(), Ended::AnotherOwner),
        Some(Kept::Alive(row)) => {
            let until = until.max(row.expires);
            (Some(Kept::Ended { why, until }), Ended::Done)
        }
    };
    (kept, Answer::Ended(ended))
}

fn is_alive(there: Option<&Kept>) -> bool {
    matches!(there, Some(Kept::Alive(_)))
}

fn is_renewed(there: Option<&Kept>) -> bool {
    matches!(there, Some(Kept::Alive(row)) if row.before.is_some())
}

/// The row that a commit makes of nothing: the mistake of a store that updates or inserts.
fn revived(work: &Work, now: u64) -> Kept {
    let Work::Commit {
        mark,
        changes,
        expires,
        renewal,
        ..
    } = work
    else {
        unreachable!("it is a commit")
    };
    let sets = changes.iter().filter_map(|change| match change {
        Change::Set(entry) => Some(entry.clone()),
        _ => None,
    });
    Kept::Alive(Row {
        mark: renewal.as_ref().map_or(*mark, |renewal| renewal.mark),
        owner: renewal.as_ref().and_then(|renewal| renewal.owner),
        expires: expires.unwrap_or(now + super::shop::IDLE),
        entries: sets.collect(),
        before: None,
    })
}

mod tests {
    use std::collections::HashMap;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use super::*;
    use crate::store::{EntryTag, MemoryStore, Role, Store as _};
    use crate::token::random;

    /// Two rows, three marks, two owners, two fields and forty seconds, at random.
    #[test]
    fn a_row_as_a_value_does_what_a_row_in_memory_does() {
        let mut seen = HashMap::new();
        random::repeatable::with_seed(1, || {
            let store = MemoryStore::new();
            let mut rows: HashMap<RowKey, Kept> = HashMap::new();
            for _ in 0..100_000 {
                let operation = any_operation();
                let Operation { key, now, .. } = operation;
                let kept = rows.get(&key);
                let (kept, answer) = match operation.work {
                    Work::Load => {
                        let loaded = done(store.load(key, now)).unwrap();
                        assert_eq!(load(kept, now), loaded);
                        continue;
                    }
                    _ => carry_out(kept, &operation, None),
                };
                assert_eq!(answer, ask(&store, &operation), "{operation:?}");
                *seen.entry(format!("{answer:?}")).or_insert(0) += 1;
                rows.extend(kept.map(|kept| (key, kept)));
            }
        });
        let answers = seen.keys().map(String::as_str);
        let mut answers: Vec<&str> = answers.collect();
        answers.sort_unstable();
        let expected = [
            "Committed(Done)",
            "Committed(Ended(ByVisitor))",
            "Committed(Missing)",
            "Committed(Moved)",
            "Committed(Rejoined(Mark))",
            "Created(Done)",
            "Created(Taken)",
            "Ended(AnotherOwner)",
            "Ended(Before)",
            "Ended(Done)",
        ];
        assert_eq!(answers, expected);
    }

    fn any_operation() -> Operation {
        let owner = below(3)
            .checked_sub(1)
            .map(|number| Owner::from_bytes([number; 16]));
        let expires = u64::from(below(40));
        Operation {
            key: RowKey::from_bytes([below(2); 16]),
            now: u64::from(below(40)),
            work: match below(5) {
                0 => Work::Load,
                1 => Work::Create(Row {
                    mark: any_mark(),
                    owner,
                    expires,
                    entries: Vec::new(),
                    before: None,
                }),
                2 => Work::End {
                    owners: owner.into_iter().collect(),
                    why: Why::ByVisitor,
                    until: expires,
                },
                _ => Work::Commit {
                    mark: any_mark(),
                    seen: (0..below(2))
                        .map(|_| any_entry(Role::Added).name().to_vec())
                        .collect(),
                    changes: vec![any_change()],
                    expires: Some(expires).filter(|_| below(2) == 0),
                    renewal: (below(2) == 0).then(|| Renewing {
                        mark: any_mark(),
                        owner,
                        joins: owner.into_iter().filter(|_| below(2) == 0).collect(),
                        keep_until: u64::from(below(40)),
                    }),
                },
            },
        }
    }

    fn any_mark() -> Mark {
        Mark::from_bytes([below(3); 8])
    }

    fn any_change() -> Change {
        match below(4) {
            0 => Change::Remove(any_entry(Role::Base).tag),
            1 => Change::Set(any_entry(Role::Base)),
            2 => Change::Fold(any_entry(Role::Base)),
            _ => Change::Add(any_entry(Role::Added)),
        }
    }

    fn any_entry(role: Role) -> Entry {
        let is_base = u8::from(role == Role::Base);
        Entry {
            tag: EntryTag::from_bytes([below(2); 3]),
            role,
            sealed: Bytes::copy_from_slice(&[below(4) + 4 * is_base; 30]),
        }
    }

    fn below(limit: u8) -> u8 {
        let mut byte = [0];
        random::fill(&mut byte).unwrap();
        byte[0] % limit
    }

    fn ask(store: &MemoryStore, operation: &Operation) -> Answer {
        let Operation { key, now, ref work } = *operation;
        match work {
            Work::Load => unreachable!("it was loaded"),
            Work::Create(row) => {
                let new = NewRow {
                    key,
                    mark: row.mark,
                    owner: row.owner,
                    expires: row.expires,
                    entries: &row.entries,
                    label: None,
                };
                Answer::Created(done(store.create(new, now)).unwrap())
            }
            Work::Commit {
                mark,
                seen,
                changes,
                expires,
                renewal,
            } => {
                let seen: Vec<&[u8]> = seen.iter().map(Vec::as_slice).collect();
                let commit = Commit {
                    mark: *mark,
                    seen: &seen,
                    changes,
                    expires: *expires,
                    renewal: renewal.as_ref().map(|renewal| Renewal {
                        mark: renewal.mark,
                        owner: renewal.owner,
                        joins: &renewal.joins,
                        keep_until: renewal.keep_until,
                        label: None,
                    }),
                };
                Answer::Committed(done(store.commit(key, commit, now)).unwrap())
            }
            Work::End { owners, why, until } => {
                let ending = RowEnding {
                    owners,
                    why: *why,
                    until: *until,
                };
                Answer::Ended(done(store.end(key, ending, now)).unwrap())
            }
        }
    }

    fn done<T>(operation: impl Future<Output = T>) -> T {
        match pin!(operation).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(output) => output,
            Poll::Pending => panic!("a store in memory has waited"),
        }
    }
}
