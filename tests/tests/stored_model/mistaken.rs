//! A store of the tests' own that keeps the rules of stores but one.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use session_runtime::store::{
    Before, Change, Commit, Committed, Created, Ended, Entry, Listed, Loaded, Mark, NewRow, Owner,
    Role, Row, RowEnding, RowKey, Store, StoreError, Why,
};

macro_rules! mistakes {
    ($($name:ident,)*) => {
        /// A rule that somebody might get wrong.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Mistake {
            $($name,)*
        }

        impl Mistake {
            pub(crate) const ALL: &[Self] = &[$(Self::$name,)*];
        }
    };
}

mistakes! {
    // Differences.
    AddTakesThePlaceOfOthers,
    FoldLosesItsBase,
    FoldTakesWhatItHasNotSeen,
    // Endings.
    EndIgnoresTheOwner,
    EndComesAfterItsAnswer,
    EndSparesARenewedRow,
    EndOfNothingLeavesNoTombstone,
    TombstoneEndsBeforeItsRow,
    TombstoneForgetsItsReason,
    LoadShowsEndedRows,
    CommitCreatesARow,
    // Marks.
    CommitIgnoresTheMark,
    RenewalKeepsTheMark,
    RenewalForgetsTheOwner,
    RejoinLetsAnybodyIn,
    RejoinDropsChanges,
    CopyGoesOn,
    // Entries and times.
    CommitReplacesAllFields,
    CommitIsRepeatedLater,
    EntriesAreOfAnotherRow,
    TouchShortens,
    SweepTakesLivingRows,
}

#[derive(Clone)]
pub(crate) struct MistakenStore {
    mistake: Option<Mistake>,
    rows: Arc<Mutex<Kepts>>,
}

#[derive(Default)]
struct Kepts {
    rows: BTreeMap<RowKey, Kept>,
    /// An ending that was answered, and comes with the next operation that writes.
    late: Option<(RowKey, Option<(Why, u64)>)>,
}

impl Kepts {
    fn catch_up(&mut self) {
        if let Some((key, ended)) = self.late.take()
            && let Some(kept) = self.rows.get_mut(&key)
        {
            kept.ended = ended;
        }
    }
}

struct Kept {
    row: Row,
    /// The reason on its tombstone, and the second until which that stays.
    ended: Option<(Why, u64)>,
    last: Vec<Change>,
}

impl Kept {
    fn alive(row: Row) -> Self {
        Self {
            row,
            ended: None,
            last: Vec::new(),
        }
    }

    /// A row whose time has always been over.
    fn nothing() -> Self {
        Self::alive(Row {
            mark: Mark::from_bytes([0; 8]),
            owner: None,
            expires: 0,
            entries: Vec::new(),
            before: None,
        })
    }

    fn until(&self) -> u64 {
        self.ended.map_or(self.row.expires, |(_, until)| until)
    }
}

impl MistakenStore {
    pub(crate) fn new(mistake: Option<Mistake>) -> Self {
        let rows = Arc::default();
        Self { mistake, rows }
    }

    fn makes(&self, mistake: Mistake) -> bool {
        self.mistake == Some(mistake)
    }

    fn revived(&self, commit: &Commit<'_>) -> Kept {
        let mut entries = Vec::new();
        self.apply(&mut entries, commit);
        Kept::alive(Row {
            mark: commit.renewal.map_or(commit.mark, |renewal| renewal.mark),
            owner: commit.renewal.and_then(|renewal| renewal.owner),
            expires: commit.expires.unwrap_or(u64::MAX),
            entries,
            before: None,
        })
    }

    fn commit(&self, kept: &mut Kept, commit: &Commit<'_>) -> Committed {
        let row = &mut kept.row;
        if let Some(renewal) = commit.renewal
            && renewal.mark == row.mark
        {
            return Committed::Done;
        }
        let is_good = row.mark == commit.mark || self.makes(Mistake::CommitIgnoresTheMark);
        let mut answer = Committed::Done;
        if !is_good {
            let Some(mark) = self.rejoined(row, commit) else {
                return Committed::Moved;
            };
            answer = Committed::Rejoined(mark);
        } else if commit.renewal.is_some() {
            self.renew(row, commit);
        }
        if is_good || !self.makes(Mistake::RejoinDropsChanges) {
            if !has_all(&kept.row, commit.seen) {
                return Committed::Moved;
            }
            self.change(kept, commit);
        }
        self.touch(&mut kept.row, commit.expires);
        answer
    }

    fn rejoined(&self, row: &Row, commit: &Commit<'_>) -> Option<Mark> {
        let joins = commit.renewal?.joins;
        let is_of_user = row.owner.is_some_and(|owner| joins.contains(&owner));
        (is_of_user || self.makes(Mistake::RejoinLetsAnybodyIn)).then_some(row.mark)
    }

    fn renew(&self, row: &mut Row, commit: &Commit<'_>) {
        let Some(renewal) = commit.renewal else {
            return;
        };
        row.before = Some(Before {
            mark: row.mark,
            until: renewal.keep_until,
            entries: row.entries.clone(),
        });
        if !self.makes(Mistake::RenewalKeepsTheMark) {
            row.mark = renewal.mark;
        }
        if !self.makes(Mistake::RenewalForgetsTheOwner) {
            row.owner = renewal.owner;
        }
    }

    fn change(&self, kept: &mut Kept, commit: &Commit<'_>) {
        let entries = &mut kept.row.entries;
        if self.makes(Mistake::CommitReplacesAllFields) {
            entries.clear();
        }
        self.apply(entries, commit);
        if self.makes(Mistake::CommitIsRepeatedLater) {
            let changes = &std::mem::replace(&mut kept.last, commit.changes.to_vec());
            self.apply(entries, &Commit { changes, ..*commit });
        }
        if self.makes(Mistake::CopyGoesOn)
            && let Some(before) = &mut kept.row.before
        {
            before.entries = kept.row.entries.clone();
        }
    }

    fn apply(&self, entries: &mut Vec<Entry>, commit: &Commit<'_>) {
        for change in commit.changes {
            match change {
                Change::Set(new) if entries.contains(new) => {}
                Change::Set(new) => {
                    entries.retain(|entry| entry.tag != new.tag);
                    entries.push(new.clone());
                }
                Change::Remove(tag) => entries.retain(|entry| entry.tag != *tag),
                Change::Add(new) => {
                    if self.makes(Mistake::AddTakesThePlaceOfOthers) {
                        entries.retain(|entry| entry.tag != new.tag || entry.role != new.role);
                    }
                    if !entries.contains(new) {
                        entries.push(new.clone());
                    }
                }
                Change::Fold(new) => self.fold(entries, new, commit.seen),
            }
        }
    }

    fn fold(&self, entries: &mut Vec<Entry>, new: &Entry, seen: &[&[u8]]) {
        let takes_all = self.makes(Mistake::FoldTakesWhatItHasNotSeen);
        entries.retain(|entry| {
            let is_seen = takes_all || seen.contains(&entry.name());
            entry.tag != new.tag || (entry.role == Role::Added && !is_seen)
        });
        if !self.makes(Mistake::FoldLosesItsBase) {
            entries.push(new.clone());
        }
    }

    fn touch(&self, row: &mut Row, expires: Option<u64>) {
        if let Some(expires) = expires {
            let shortens = self.makes(Mistake::TouchShortens);
            row.expires = if shortens {
                expires
            } else {
                row.expires.max(expires)
            };
        }
    }

    fn end(&self, kept: &mut Kept, ending: &RowEnding<'_>) -> Ended {
        let is_owner = match kept.row.owner {
            Some(owner) => ending.owners.contains(&owner),
            None => ending.owners.is_empty(),
        };
        if !is_owner && !self.makes(Mistake::EndIgnoresTheOwner) {
            return Ended::AnotherOwner;
        }
        if kept.row.before.is_some() && self.makes(Mistake::EndSparesARenewedRow) {
            return Ended::Done;
        }
        let is_short = self.makes(Mistake::TombstoneEndsBeforeItsRow);
        let row_until = if is_short { 0 } else { kept.row.expires };
        kept.ended = Some((self.reason(ending), ending.until.max(row_until)));
        Ended::Done
    }

    fn reason(&self, ending: &RowEnding<'_>) -> Why {
        if self.makes(Mistake::TombstoneForgetsItsReason) {
            Why::ByVisitor
        } else {
            ending.why
        }
    }
}

fn has_all(row: &Row, seen: &[&[u8]]) -> bool {
    let has = |name: &&[u8]| row.entries.iter().any(|entry| entry.name() == *name);
    seen.iter().all(has)
}

impl Store for MistakenStore {
    async fn load(&self, key: RowKey, now: u64) -> Result<Loaded, StoreError> {
        let rows = &self.rows.lock().unwrap().rows;
        let Some(kept) = rows.get(&key).filter(|kept| now < kept.until()) else {
            return Ok(Loaded::Missing);
        };
        if let (Some((why, _)), false) = (kept.ended, self.makes(Mistake::LoadShowsEndedRows)) {
            return Ok(Loaded::Ended(why));
        }
        let mut row = kept.row.clone();
        if self.makes(Mistake::EntriesAreOfAnotherRow)
            && let Some((_, other)) = rows.iter().find(|(other, _)| **other != key)
        {
            row.entries = other.row.entries.clone();
        }
        Ok(Loaded::Alive(row))
    }

    async fn create(&self, new: NewRow<'_>, now: u64) -> Result<Created, StoreError> {
        let kepts = &mut *self.rows.lock().unwrap();
        kepts.catch_up();
        let rows = &mut kepts.rows;
        if let Some(kept) = rows.get(&new.key).filter(|kept| now < kept.until()) {
            let is_same = kept.ended.is_none() && kept.row.entries == new.entries;
            return Ok(if is_same {
                Created::Done
            } else {
                Created::Taken
            });
        }
        let row = Row {
            mark: new.mark,
            owner: new.owner,
            expires: new.expires,
            entries: new.entries.to_vec(),
            before: None,
        };
        assert!(row.entries.iter().all(|entry| entry.role == Role::Base));
        rows.insert(new.key, Kept::alive(row));
        Ok(Created::Done)
    }

    async fn commit(
        &self,
        key: RowKey,
        commit: Commit<'_>,
        now: u64,
    ) -> Result<Committed, StoreError> {
        let kepts = &mut *self.rows.lock().unwrap();
        kepts.catch_up();
        let rows = &mut kepts.rows;
        let kept = rows.get_mut(&key).filter(|kept| now < kept.until());
        let answer = match kept {
            None => Committed::Missing,
            Some(Kept {
                ended: Some((why, _)),
                ..
            }) => Committed::Ended(*why),
            Some(kept) => return Ok(self.commit(kept, &commit)),
        };
        if self.makes(Mistake::CommitCreatesARow) {
            rows.insert(key, self.revived(&commit));
            return Ok(Committed::Done);
        }
        Ok(answer)
    }

    async fn end(&self, key: RowKey, ending: RowEnding<'_>, now: u64) -> Result<Ended, StoreError> {
        let kepts = &mut *self.rows.lock().unwrap();
        kepts.catch_up();
        let kept = kepts.rows.entry(key).or_insert_with(Kept::nothing);
        let is_there = now < kept.until();
        if is_there && kept.ended.is_none() {
            let ended = self.end(kept, &ending);
            if self.makes(Mistake::EndComesAfterItsAnswer) {
                kepts.late = Some((key, kept.ended.take()));
            }
            return Ok(ended);
        }
        if !self.makes(Mistake::EndOfNothingLeavesNoTombstone) {
            let why = kept.ended.filter(|_| is_there);
            let why = why.map_or_else(|| self.reason(&ending), |(why, _)| why);
            kept.ended = Some((why, kept.until().max(ending.until)));
        }
        Ok(Ended::Before)
    }

    async fn list(&self, _: &[Owner], _: u64) -> Result<Vec<Listed>, StoreError> {
        unreachable!("no application lists its sessions here")
    }

    async fn end_all(
        &self,
        _: &[Owner],
        _: Option<RowKey>,
        _: u64,
        _: u64,
    ) -> Result<u64, StoreError> {
        unreachable!("no application ends all sessions here")
    }

    async fn sweep(&self, now: u64, _: u32) -> Result<u32, StoreError> {
        let takes_living = self.makes(Mistake::SweepTakesLivingRows);
        let rows = &mut self.rows.lock().unwrap().rows;
        let before = rows.len();
        rows.retain(|_, kept| now < kept.until() + 300 && !takes_living);
        Ok(u32::try_from(before - rows.len()).unwrap())
    }
}
