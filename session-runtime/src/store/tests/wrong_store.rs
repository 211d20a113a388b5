//! A store that is written to be read, and to have mistakes.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use tokio::time::sleep;

use super::mistakes::Mistake::{self, *};
use crate::store::{
    Before, Change, Commit, Committed, Created, Ended, Entry, Listed, Loaded, NewRow, Owner,
    Renewal, Role, Row, RowEnding, RowKey, Store, StoreError, Why,
};

#[derive(Clone)]
pub(super) struct WrongStore {
    mistake: Option<Mistake>,
    rows: Arc<Mutex<BTreeMap<RowKey, Kept>>>,
}

/// A row, and a tombstone if it has ended.
#[derive(Clone)]
struct Kept {
    row: Row,
    label: Option<Bytes>,
    ended: Option<Why>,
    first_owner: Option<Owner>,
    first_expires: u64,
}

const GRACE: u64 = 300;
const PAGE: usize = 100;

impl WrongStore {
    pub(super) fn new(mistake: Option<Mistake>) -> Self {
        let rows = Arc::default();
        Self { mistake, rows }
    }

    fn has(&self, mistake: Mistake) -> bool {
        self.mistake == Some(mistake)
    }

    fn rows(&self) -> MutexGuard<'_, BTreeMap<RowKey, Kept>> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// In one step, or with a pause between what it sees and what it does.
    async fn step<T>(
        &self,
        key: RowKey,
        in_two: Mistake,
        step: impl FnOnce(&mut Option<Kept>) -> T,
    ) -> T {
        if !self.has(in_two) {
            let mut rows = self.rows();
            let mut kept = rows.remove(&key);
            let answer = step(&mut kept);
            rows.extend(kept.map(|kept| (key, kept)));
            return answer;
        }
        let mut kept = self.rows().get(&key).cloned();
        let answer = step(&mut kept);
        pause().await;
        match kept {
            Some(kept) => self.rows().insert(key, kept),
            None => self.rows().remove(&key),
        };
        answer
    }

    fn is_over(&self, kept: &Kept, now: u64) -> bool {
        let for_ever = self.has(TombstoneIsForEver) && kept.ended.is_some();
        !for_ever && kept.row.expires <= now
    }

    fn entries(&self, entries: &[Entry]) -> Vec<Entry> {
        let mut entries = entries.to_vec();
        if self.has(CreateForgetsAddedEntries) {
            entries.retain(|entry| entry.role == Role::Base);
        }
        if self.has(EntriesHaveALimit) {
            entries.truncate(PAGE);
        }
        for entry in &mut entries {
            if self.has(EntriesAreText) {
                let text = String::from_utf8_lossy(&entry.sealed).into_owned();
                entry.sealed = Bytes::from(text);
            }
        }
        entries
    }

    fn label(&self, label: Option<&[u8]>) -> Option<Bytes> {
        let label = label.filter(|label| !(self.has(EmptyLabelIsNone) && label.is_empty()));
        let label = label.filter(|_| !self.has(LabelIsForgotten));
        label.map(Bytes::copy_from_slice)
    }
}

/// Long enough for every other task to come between.
async fn pause() {
    sleep(Duration::from_millis(1)).await;
}

impl Store for WrongStore {
    async fn load(&self, key: RowKey, now: u64) -> Result<Loaded, StoreError> {
        let kept = match self.mistake {
            Some(KeysAreCut) => self.rows().values().next().cloned(),
            _ => self.rows().get(&key).cloned(),
        };
        let Some(mut kept) = kept else {
            return Ok(Loaded::Missing);
        };
        if self.has(LoadInTwoSteps) {
            pause().await;
            if let Some(later) = self.rows().get(&key) {
                kept.row.entries.clone_from(&later.row.entries);
            }
        }
        let expiry_is_ignored = self.has(ExpiryIsIgnored) && kept.ended.is_none();
        if self.is_over(&kept, now) && !expiry_is_ignored {
            return Ok(Loaded::Missing);
        }
        if let Some(why) = kept.ended {
            return Ok(Loaded::Ended(why));
        }
        let mut row = kept.row;
        if self.has(RowWithoutEntriesIsMissing) && row.entries.is_empty() {
            return Ok(Loaded::Missing);
        }
        let outlives = self.has(CopyOutlivesItsTime);
        row.before = row.before.filter(|copy| outlives || now < copy.until);
        Ok(Loaded::Alive(row))
    }

    async fn create(&self, new: NewRow<'_>, now: u64) -> Result<Created, StoreError> {
        let step = |kept: &mut Option<Kept>| self.create_in(kept, new, now);
        Ok(self.step(new.key, CreateInTwoSteps, step).await)
    }

    async fn commit(
        &self,
        key: RowKey,
        commit: Commit<'_>,
        now: u64,
    ) -> Result<Committed, StoreError> {
        let step = |kept: &mut Option<Kept>| self.commit_in(kept, &commit, now);
        Ok(self.step(key, CommitInTwoSteps, step).await)
    }

    async fn end(&self, key: RowKey, ending: RowEnding<'_>, now: u64) -> Result<Ended, StoreError> {
        let step = |kept: &mut Option<Kept>| self.end_in(kept, ending, now);
        Ok(self.step(key, EndInTwoSteps, step).await)
    }

    async fn list(&self, owners: &[Owner], now: u64) -> Result<Vec<Listed>, StoreError> {
        let mut listed = Vec::new();
        for (key, kept) in self.rows().iter() {
            let times = owners.iter().filter(|owner| self.is_of(kept, **owner));
            let times = match times.count() {
                0 => usize::from(self.has(ListShowsEveryOwner)),
                several if self.has(ListShowsARowTwice) => several,
                _ => 1,
            };
            let is_dead = kept.ended.is_some() || self.is_over(kept, now);
            if !is_dead || self.has(ListShowsTheDead) {
                let one = Listed {
                    key: *key,
                    expires: kept.row.expires,
                    label: kept.label.clone(),
                };
                listed.extend(vec![one; times]);
            }
        }
        if self.has(ListStopsAtAPage) {
            listed.truncate(PAGE);
        }
        Ok(listed)
    }

    async fn end_all(
        &self,
        owners: &[Owner],
        keep: Option<RowKey>,
        until: u64,
        now: u64,
    ) -> Result<u64, StoreError> {
        let mut keys: Vec<_> = self.rows().keys().copied().collect();
        keys.retain(|key| keep != Some(*key) || self.has(EndAllIgnoresTheKeptRow));
        let mut count = 0;
        for key in keys {
            let step = |kept: &mut Option<Kept>| self.end_one_of(kept, owners, until, now);
            count += u64::from(self.step(key, EndAllInTwoSteps, step).await);
            if self.has(EndAllStopsAtAPage) && count == PAGE as u64 {
                break;
            }
        }
        Ok(count)
    }

    async fn sweep(&self, now: u64, limit: u32) -> Result<u32, StoreError> {
        let grace = if self.has(SweepHasNoGrace) { 0 } else { GRACE };
        let is_due = |kept: &Kept| {
            let expires = match self.mistake {
                Some(SweepLooksAtTheFirstExpiry) => kept.first_expires,
                Some(SweepDeletesTheLiving) => 0,
                _ => kept.row.expires,
            };
            let is_spared = self.has(SweepSparesTombstones) && kept.ended.is_some();
            expires + grace <= now && !is_spared
        };
        let rows = self.rows().clone();
        let due = rows.into_iter().filter(|(_, kept)| is_due(kept));
        let limit = if self.has(SweepIgnoresItsLimit) {
            u32::MAX
        } else {
            limit
        };
        let mut count = 0;
        for (key, _) in due.take(limit as usize) {
            if self.has(SweepInTwoSteps) {
                pause().await;
                self.rows().remove(&key);
                count += 1;
            } else {
                let mut rows = self.rows();
                if rows.get(&key).is_some_and(is_due) {
                    rows.remove(&key);
                    count += 1;
                }
            }
        }
        Ok(count)
    }
}

impl WrongStore {
    fn create_in(&self, kept: &mut Option<Kept>, new: NewRow<'_>, now: u64) -> Created {
        let made = Kept {
            row: Row {
                mark: new.mark,
                owner: new.owner,
                expires: new.expires,
                entries: self.entries(new.entries),
                before: None,
            },
            label: self.label(new.label),
            ended: None,
            first_owner: new.owner,
            first_expires: new.expires,
        };
        if let Some(there) = kept
            && (!self.is_over(there, now) || self.has(CreateForgetsThatARowIsOver))
        {
            let overwrites = match there.ended {
                Some(_) => self.has(CreateOverwritesATombstone),
                None => self.has(CreateOverwrites),
            };
            if !overwrites {
                return self.create_beside(there, &made);
            }
        }
        *kept = Some(made);
        Created::Done
    }

    fn create_beside(&self, there: &Kept, made: &Kept) -> Created {
        let is_same = if self.has(CreateTakesTheMarkForTheRow) {
            there.row.mark == made.row.mark
        } else {
            let (mut there_row, mut made_row) = (there.row.clone(), made.row.clone());
            for row in [&mut there_row, &mut made_row] {
                row.entries.sort_by_key(|entry| entry.sealed.clone());
            }
            there_row == made_row && there.label == made.label
        };
        if is_same && there.ended.is_none() && !self.has(CreateRepeatedIsTaken) {
            Created::Done
        } else {
            Created::Taken
        }
    }

    fn commit_in(&self, kept: &mut Option<Kept>, commit: &Commit<'_>, now: u64) -> Committed {
        let forgets = self.has(CommitForgetsThatARowIsOver);
        let alive = kept
            .as_mut()
            .filter(|kept| !self.is_over(kept, now) || forgets);
        match alive {
            None if self.has(CommitCreates) => {
                let made = NewRow {
                    key: RowKey::from_bytes([0; 16]),
                    mark: commit.mark,
                    owner: None,
                    expires: commit.expires.unwrap_or(now + 60),
                    entries: &[],
                    label: None,
                };
                self.create_in(kept, made, now);
                Committed::Done
            }
            None => Committed::Missing,
            Some(kept) => match kept.ended {
                Some(_) if self.has(CommitSaysMovedOfAnEndedRow) => Committed::Moved,
                Some(why) => Committed::Ended(why),
                None => self.commit_alive(kept, commit),
            },
        }
    }

    fn commit_alive(&self, kept: &mut Kept, commit: &Commit<'_>) -> Committed {
        let row = &mut kept.row;
        let mut renewal = commit.renewal;
        if renewal.is_some_and(|renewal| renewal.mark == row.mark) {
            if self.has(RenewalRepeatedIsMoved) {
                return Committed::Moved;
            }
            if !self.has(RenewalRepeatedIsApplied) {
                return Committed::Done;
            }
        }
        let mut done = Committed::Done;
        if row.mark != commit.mark
            && !self.has(CommitComparesNoMark)
            && renewal.is_none_or(|renewal| renewal.mark != row.mark)
        {
            if !renewal.is_some_and(|renewal| self.rejoins(row, renewal)) {
                return Committed::Moved;
            }
            done = Committed::Rejoined(row.mark);
            if !self.has(RejoinAppliesTheRenewal) {
                renewal = None;
            }
        }
        if self.has(CommitWritesBeforeItCompares) {
            row.expires = row.expires.max(commit.expires.unwrap_or(0));
        }
        let joins = matches!(done, Committed::Rejoined(_));
        if !self.sees_all(row, commit, joins) || self.folds_unseen(row, commit) {
            let is_repeated = self.is_repeated(row, commit, renewal.is_some());
            return if is_repeated { done } else { Committed::Moved };
        }
        self.apply(kept, commit, renewal);
        done
    }

    fn sees_all(&self, row: &Row, commit: &Commit<'_>, joins: bool) -> bool {
        let refuses = match commit.changes {
            [] => self.has(TouchRefusesWhatItSaw),
            [Change::Add(_)] => self.has(AddRefusesWhatItSaw),
            _ => false,
        };
        if refuses && !commit.seen.is_empty() {
            return false;
        }
        let compares_not = if joins {
            self.has(RejoinComparesNoSeen)
        } else {
            self.has(CommitComparesNoSeen)
        };
        let is_there = |name: &&[u8]| row.entries.iter().any(|entry| entry.name() == *name);
        compares_not || commit.seen.iter().all(is_there)
    }

    fn folds_unseen(&self, row: &Row, commit: &Commit<'_>) -> bool {
        let is_unseen = |entry: &Entry| !commit.seen.contains(&entry.name());
        let mut changes = commit.changes.iter();
        !self.has(FoldComparesNoBase)
            && changes.any(|change| match change {
                Change::Fold(new) => row.entries.iter().any(|entry| {
                    entry.role == Role::Base && entry.tag == new.tag && is_unseen(entry)
                }),
                _ => false,
            })
    }

    fn rejoins(&self, row: &Row, renewal: Renewal<'_>) -> bool {
        let joins = match renewal.joins {
            [first, ..] if self.has(RejoinComparesOneOwner) => std::slice::from_ref(first),
            joins => joins,
        };
        let is_joined = row.owner.is_some_and(|owner| joins.contains(&owner));
        let is_owner = self.has(RenewalIgnoresJoins) && renewal.owner == row.owner;
        let is_anybody = self.has(RejoinComparesNoOwner) && !renewal.joins.is_empty();
        let is_nobody = self.has(NoOwnerIsAnOwner) && row.owner.is_none() && !joins.is_empty();
        !self.has(RejoinIsRefused) && (is_joined || is_owner || is_anybody || is_nobody)
    }

    fn is_repeated(&self, row: &Row, commit: &Commit<'_>, renews: bool) -> bool {
        let is_applied = |change: &Change| match change {
            Change::Fold(_) if self.has(RepeatedFoldIsMoved) => false,
            Change::Set(new) | Change::Add(new) | Change::Fold(new) => row.entries.contains(new),
            Change::Remove(tag) => row.entries.iter().all(|entry| entry.tag != *tag),
        };
        let mut changes = commit.changes.iter();
        let applied = if self.has(HalfARepetitionIsDone) {
            changes.any(is_applied)
        } else {
            changes.all(is_applied)
        };
        let has_changes = !commit.changes.is_empty() || self.has(TouchOfWhatIsGoneIsDone);
        applied && has_changes && (!renews || self.has(RenewalWithChangesDoneIsDone))
    }

    fn apply(&self, kept: &mut Kept, commit: &Commit<'_>, renewal: Option<Renewal<'_>>) {
        let entries_of_before = kept.row.entries.clone();
        let changes = match self.mistake {
            Some(CommitAppliesOneChange) => commit.changes.get(..1).unwrap_or_default(),
            _ => commit.changes,
        };
        for change in changes {
            self.change(&mut kept.row.entries, change, commit.seen);
        }
        if self.has(TouchDropsEntries) && commit.expires.is_some() {
            kept.row.entries.clear();
        }
        kept.row.expires = match commit.expires {
            Some(expires) if self.has(ExpiryGoesBack) => expires,
            Some(expires) if !self.has(CommitIgnoresItsExpiry) => kept.row.expires.max(expires),
            _ => kept.row.expires,
        };
        if self.has(CommitChangesTheCopy)
            && let Some(copy) = &mut kept.row.before
        {
            copy.entries.clone_from(&kept.row.entries);
        }
        if let Some(renewal) = renewal {
            self.renew(kept, renewal, entries_of_before);
        }
    }

    fn renew(&self, kept: &mut Kept, renewal: Renewal<'_>, entries_of_before: Vec<Entry>) {
        let row = &mut kept.row;
        let copy = Before {
            mark: row.mark,
            until: renewal.keep_until,
            entries: match self.mistake {
                Some(CopyHasTheChanges) => row.entries.clone(),
                _ => entries_of_before,
            },
        };
        let outlives = self.has(CopyOutlivesItsSuccessor) && row.before.is_some();
        if !outlives && !self.has(CopyIsLeftOut) {
            row.before = Some(copy);
        }
        if !self.has(RenewalKeepsTheMark) {
            row.mark = renewal.mark;
        }
        if !self.has(RenewalKeepsTheOwner) {
            row.owner = renewal.owner;
        }
        if self.has(RenewalDropsEntries) {
            row.entries.clear();
        }
        if let Some(label) = renewal.label {
            kept.label = self.label(Some(label));
        }
    }

    fn change(&self, entries: &mut Vec<Entry>, change: &Change, seen: &[&[u8]]) {
        match change {
            Change::Set(new)
                if entries.contains(new) && !self.has(RepeatedSetTakesWhatWasAdded) => {}
            Change::Set(new) => {
                entries.retain(|entry| {
                    let is_kept = self.has(SetKeepsAdded) && entry.role == Role::Added;
                    (entry.tag != new.tag || is_kept) && !self.has(SetTakesEverything)
                });
                entries.push(new.clone());
            }
            Change::Remove(tag) => entries.retain(|entry| {
                let is_kept = self.has(RemoveKeepsAdded) && entry.role == Role::Added;
                (entry.tag != *tag || is_kept) && !self.has(RemoveTakesEverything)
            }),
            Change::Add(_) if self.has(AddDoesNothing) => {}
            Change::Add(new) => {
                if self.has(AddReplacesOtherAdded) {
                    entries.retain(|entry| entry.tag != new.tag || entry.role != new.role);
                }
                if self.has(RepeatedAddDoubles) || !entries.contains(new) {
                    entries.push(new.clone());
                }
            }
            Change::Fold(new) => self.fold(entries, new, seen),
        }
    }

    fn fold(&self, entries: &mut Vec<Entry>, new: &Entry, seen: &[&[u8]]) {
        let is_base = |entry: &Entry| entry.tag == new.tag && entry.role == Role::Base;
        if self.has(FoldOfNoBaseDoesNothing) && !entries.iter().any(is_base) {
            return;
        }
        entries.retain(|entry| {
            let is_of_the_field = entry.tag == new.tag || self.has(FoldTouchesOtherFields);
            let is_folded = match entry.role {
                Role::Base => !self.has(FoldIsASecondBase),
                Role::Added => seen.contains(&entry.name()) || self.has(FoldDropsWhatItDidNotSee),
            };
            !(is_of_the_field && is_folded)
        });
        entries.push(new.clone());
    }

    fn end_in(&self, kept: &mut Option<Kept>, ending: RowEnding<'_>, now: u64) -> Ended {
        let Some(there) = kept else {
            if !self.has(EndForgetsWhereNoRowIs) {
                *kept = Some(Kept::tombstone(ending));
            }
            return Ended::Before;
        };
        if self.is_over(there, now) {
            if !self.has(EndForgetsWhereARowIsOver) {
                *there = Kept::tombstone(ending);
            }
            return Ended::Before;
        }
        if there.ended.is_some() {
            if self.has(EndChangesTheReason) {
                there.ended = Some(ending.why);
            }
            self.end_at(there, ending.until);
            return match self.mistake {
                Some(EndRepeatedIsDone) => Ended::Done,
                _ => Ended::Before,
            };
        }
        if !self.is_of_one(there, ending.owners) {
            return Ended::AnotherOwner;
        }
        if self.has(EndSparesARenewedRow) && there.row.before.is_some() {
            return Ended::Before;
        }
        there.ended = Some(ending.why);
        self.end_at(there, ending.until);
        Ended::Done
    }

    fn is_of_one(&self, there: &Kept, owners: &[Owner]) -> bool {
        let owner = match self.mistake {
            Some(EndIgnoresOwners) => return true,
            Some(EndComparesTheFirstOwner) => there.first_owner,
            _ => there.row.owner,
        };
        match owner {
            Some(owner) => owners.contains(&owner),
            None => owners.is_empty(),
        }
    }

    fn end_at(&self, tombstone: &mut Kept, until: u64) {
        let expires = tombstone.row.expires;
        tombstone.row.expires = match self.mistake {
            Some(TombstoneShrinks) => until,
            Some(TombstoneGoesWithItsUntil) if until < expires => until,
            Some(TombstoneIgnoresItsUntil) => expires,
            _ => expires.max(until),
        };
    }

    fn end_one_of(&self, kept: &mut Option<Kept>, owners: &[Owner], until: u64, now: u64) -> bool {
        let Some(there) = kept else {
            return false;
        };
        let is_of_one = owners.iter().any(|owner| there.row.owner == Some(*owner));
        let is_nobodys = there.row.owner.is_none()
            && match owners {
                [] => self.has(EndAllOfNoOwnersEndsNobodysRows),
                _ => self.has(EndAllEndsNobodysRows),
            };
        if !is_of_one && !is_nobodys {
            return false;
        }
        let is_dead = there.ended.is_some() || self.is_over(there, now);
        if is_dead {
            return self.has(EndAllCountsTheDead);
        }
        there.ended = Some(match self.mistake {
            Some(EndAllChangesNoReason) => Why::ByVisitor,
            _ => Why::ByApplication,
        });
        self.end_at(there, until);
        true
    }

    fn is_of(&self, kept: &Kept, owner: Owner) -> bool {
        let first = kept.first_owner == Some(owner);
        match self.mistake {
            Some(ListForgetsALogin) => first && kept.row.owner == Some(owner),
            Some(ListRemembersTheFirstOwner) => first || kept.row.owner == Some(owner),
            _ => kept.row.owner == Some(owner),
        }
    }
}

impl Kept {
    fn tombstone(ending: RowEnding<'_>) -> Self {
        Self {
            row: Row {
                mark: crate::store::Mark::from_bytes([0; 8]),
                owner: None,
                expires: ending.until,
                entries: Vec::new(),
                before: None,
            },
            label: None,
            ended: Some(ending.why),
            first_owner: None,
            first_expires: ending.until,
        }
    }
}
