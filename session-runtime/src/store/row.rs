//! The operations on a row, for stores that read a row, change it and write it back in one step.

use std::collections::HashSet;

use super::{Before, Change, Commit, Committed, Entry, NewRow, Owner, Renewal, Role, Row};

impl Row {
    /// The row that a store makes of a new one, beside its key and its label.
    ///
    /// ```
    /// use std::collections::HashMap;
    ///
    /// use session_runtime::store::{Created, NewRow, Row, RowKey};
    ///
    /// /// In a store whose rows are in a map. The label is left out here.
    /// fn create(rows: &mut HashMap<RowKey, Row>, new: NewRow<'_>) -> Created {
    ///     let row = Row::new(&new);
    ///     match rows.get(&new.key) {
    ///         Some(there) if there.is_same(&row) => Created::Done, // the caller repeats itself
    ///         Some(_) => Created::Taken,
    ///         None => {
    ///             rows.insert(new.key, row);
    ///             Created::Done
    ///         }
    ///     }
    /// }
    /// # use session_runtime::store::{Mark, Owner};
    /// # let new = NewRow {
    /// #     key: RowKey::from_bytes([7; 16]),
    /// #     mark: Mark::from_bytes([1; 8]),
    /// #     owner: Some(Owner::from_bytes([5; 16])),
    /// #     expires: 1_800_003_600,
    /// #     entries: &[],
    /// #     label: None,
    /// # };
    /// # let mut rows = HashMap::new();
    /// # assert_eq!(create(&mut rows, new), Created::Done);
    /// # assert_eq!(create(&mut rows, new), Created::Done);
    /// # assert_eq!(create(&mut rows, NewRow { owner: None, ..new }), Created::Taken);
    /// ```
    pub fn new(new: &NewRow<'_>) -> Self {
        Self {
            mark: new.mark,
            owner: new.owner,
            expires: new.expires,
            entries: new.entries.to_vec(),
            before: None,
        }
    }

    /// Returns true if the rows are equal. The order of their entries does not count.
    ///
    /// ```
    /// # use session_runtime::store::{Mark, NewRow, Owner, RowKey};
    /// # let new = NewRow {
    /// #     key: RowKey::from_bytes([7; 16]),
    /// #     mark: Mark::from_bytes([1; 8]),
    /// #     owner: Some(Owner::from_bytes([5; 16])),
    /// #     expires: 1_800_003_600,
    /// #     entries: &[],
    /// #     label: None,
    /// # };
    /// use session_runtime::store::Row;
    ///
    /// let there = Row::new(&new);
    /// let later = Row { expires: there.expires + 1, ..there.clone() };
    /// assert!(there.is_same(&Row::new(&new)));
    /// assert!(!there.is_same(&later));
    /// ```
    pub fn is_same(&self, other: &Self) -> bool {
        self.mark == other.mark
            && self.owner == other.owner
            && self.expires == other.expires
            && self.before == other.before
            && in_order(&self.entries) == in_order(&other.entries)
    }

    /// The row as a load shows it, without a copy whose time is over.
    ///
    /// ```
    /// # use session_runtime::store::{Mark, NewRow, Owner, RowKey};
    /// # let new = NewRow {
    /// #     key: RowKey::from_bytes([7; 16]),
    /// #     mark: Mark::from_bytes([1; 8]),
    /// #     owner: Some(Owner::from_bytes([5; 16])),
    /// #     expires: 1_800_003_600,
    /// #     entries: &[],
    /// #     label: None,
    /// # };
    /// use session_runtime::store::{Before, Row};
    ///
    /// let until = 1_800_000_060;
    /// let before = Before { mark: Mark::from_bytes([0; 8]), until, entries: Vec::new() };
    /// let row = Row { before: Some(before), ..Row::new(&new) };
    /// assert!(row.clone().at(until - 1).before.is_some());
    /// assert!(row.at(until).before.is_none());
    /// ```
    #[must_use]
    pub fn at(mut self, now: u64) -> Self {
        self.before = self.before.filter(|before| now < before.until);
        self
    }

    /// Changes a row that is alive, as [`Store::commit`](super::Store::commit) says. If the mark is another one
    /// afterwards, the renewal was applied, and its label is the row's.
    ///
    /// ```
    /// use session_runtime::store::{Commit, Committed, Row};
    ///
    /// /// In a transaction, with the row that was read in it.
    /// fn change(row: &mut Row, commit: &Commit<'_>, now: u64) -> Committed {
    ///     let committed = row.commit(commit, now);
    ///     // Write the row back, unless the answer says that nothing is applied.
    ///     committed
    /// }
    /// ```
    pub fn commit(&mut self, commit: &Commit<'_>, now: u64) -> Committed {
        let mark = self.mark;
        let is_repeated = |renewal: Renewal<'_>| renewal.mark == mark;
        if commit.renewal.is_some_and(is_repeated) {
            return Committed::Done;
        }
        let (renewal, done) = if commit.mark == mark {
            (commit.renewal, Committed::Done)
        } else if commit.renewal.is_some_and(|login| self.is_joined_by(login)) {
            (None, Committed::Rejoined(mark))
        } else {
            return Committed::Moved;
        };
        if !self.has_all(commit.seen) || self.has_unseen_base(commit) {
            let is_repeated = renewal.is_none() && self.has_applied(commit.changes);
            return if is_repeated { done } else { Committed::Moved };
        }
        self.apply(commit, renewal, now);
        done
    }

    /// Returns true if an ending that names these owners ends the row.
    ///
    /// ```
    /// # use session_runtime::store::{Mark, NewRow, Owner, RowKey};
    /// # let new = NewRow {
    /// #     key: RowKey::from_bytes([7; 16]),
    /// #     mark: Mark::from_bytes([1; 8]),
    /// #     owner: Some(Owner::from_bytes([5; 16])),
    /// #     expires: 1_800_003_600,
    /// #     entries: &[],
    /// #     label: None,
    /// # };
    /// use session_runtime::store::Row;
    ///
    /// let owner = Owner::from_bytes([5; 16]);
    /// let row = Row { owner: Some(owner), ..Row::new(&new) };
    /// assert!(row.is_of(&[owner]));
    /// assert!(!row.is_of(&[])); // that is the ending of nobody's session
    /// ```
    pub fn is_of(&self, owners: &[Owner]) -> bool {
        match self.owner {
            Some(owner) => owners.contains(&owner),
            None => owners.is_empty(),
        }
    }

    fn is_joined_by(&self, login: Renewal<'_>) -> bool {
        self.owner.is_some_and(|owner| login.joins.contains(&owner))
    }

    fn has_all(&self, seen: &[&[u8]]) -> bool {
        if seen.is_empty() {
            return true;
        }
        let names: HashSet<_> = self.entries.iter().map(Entry::name).collect();
        seen.iter().all(|name| names.contains(name))
    }

    /// Returns true if a field that is folded has another base than the folder saw. One that saw no base may meet one
    /// although the added entries are there: a repeated [`Change::Add`] comes back after a [`Change::Set`].
    fn has_unseen_base(&self, commit: &Commit<'_>) -> bool {
        let folded = commit.changes.iter().filter_map(|change| match change {
            Change::Fold(new) => Some(new.tag),
            _ => None,
        });
        let folded: HashSet<_> = folded.collect();
        let mut bases = self
            .entries
            .iter()
            .filter(|entry| entry.role == Role::Base && folded.contains(&entry.tag));
        bases.any(|base| !commit.seen.contains(&base.name()))
    }

    fn has_applied(&self, changes: &[Change]) -> bool {
        let entries = &self.entries;
        !changes.is_empty()
            && changes.iter().all(|change| match change {
                Change::Set(new) | Change::Add(new) | Change::Fold(new) => {
                    entries.iter().any(|entry| entry.name() == new.name())
                }
                Change::Remove(tag) => entries.iter().all(|entry| entry.tag != *tag),
            })
    }

    fn apply(&mut self, commit: &Commit<'_>, renewal: Option<Renewal<'_>>, now: u64) {
        self.before = self.before.take().filter(|before| now < before.until);
        self.expires = self.expires.max(commit.expires.unwrap_or(0));
        if let Some(renewal) = renewal {
            self.renew(renewal);
        }
        let seen: HashSet<_> = commit.seen.iter().copied().collect();
        for change in commit.changes {
            apply_change(&mut self.entries, change, &seen);
        }
    }

    fn renew(&mut self, renewal: Renewal<'_>) {
        self.before = Some(Before {
            mark: self.mark,
            until: renewal.keep_until,
            entries: self.entries.clone(),
        });
        self.mark = renewal.mark;
        self.owner = renewal.owner;
    }
}

fn apply_change(entries: &mut Vec<Entry>, change: &Change, seen: &HashSet<&[u8]>) {
    match change {
        // The caller repeats itself. What was added since stays.
        Change::Set(new) if entries.contains(new) => {}
        Change::Set(new) => {
            entries.retain(|entry| entry.tag != new.tag);
            entries.push(new.clone());
        }
        Change::Remove(tag) => entries.retain(|entry| entry.tag != *tag),
        Change::Add(new) => {
            if !entries.iter().any(|entry| entry.name() == new.name()) {
                entries.push(new.clone());
            }
        }
        Change::Fold(new) => {
            entries.retain(|entry| {
                let is_folded = entry.role == Role::Base || seen.contains(entry.name());
                entry.tag != new.tag || !is_folded
            });
            entries.push(new.clone());
        }
    }
}

fn in_order(entries: &[Entry]) -> Vec<&Entry> {
    let mut entries: Vec<_> = entries.iter().collect();
    entries.sort_by_key(|entry| (entry.tag, entry.role, &entry.sealed));
    entries
}
