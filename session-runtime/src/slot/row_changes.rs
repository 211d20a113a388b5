//! From the fields as published to the changes of a row.

use bytes::Bytes;

use super::draft::NoRandomness;
use super::room::ROW_MAX_BYTES;
use super::row::{RowState, seal};
use super::row_fields::{FOLDED_FROM, RowField};
use crate::config::{Config, StoredField};
use crate::event;
use crate::merge::{Added, History, Merge};
use crate::part::Part;
use crate::record::{Record, Records, Tag};
use crate::store::{Change, Entry, EntryTag, Role};
use crate::time::Timestamp;
use crate::token::{EntryCipher, EntryValue};

/// The largest number of bytes that one response adds to a row in differences. No request sees what others add at the
/// same time, so each of them may add as much.
const DIFFERENCES_MAX_BYTES: usize = 4 * 1024;

/// The number of bytes from which on no differences but numbers are added to a row. Its fields may fill half of it. The
/// rest is for what is sealed around them, and for differences that are not folded yet.
const FULL_ROW_BYTES: usize = 2 * ROW_MAX_BYTES;

/// The largest number of differences of a number whose base does not open. Nothing folds them.
const NOT_FOLDED_MAX: usize = 64;

/// Writes the fields of a session into its row.
pub(super) struct RowWriter<'a> {
    pub(super) config: &'a Config,
    pub(super) row: &'a RowState,
    /// The records as the request found them.
    pub(super) loaded: &'a Records,
    /// The records as published.
    pub(super) records: &'a Records,
    pub(super) cipher: EntryCipher,
    /// The bytes that are left for differences.
    pub(super) room: usize,
    pub(super) now: Timestamp,
}

/// Differences that a later commit takes into their bases.
pub(super) struct Folding {
    pub(super) changes: Vec<Change>,
    /// The names of the entries that the bases take the place of.
    pub(super) seen: Vec<Bytes>,
}

impl<'a> RowWriter<'a> {
    /// The fields that are not as they were loaded, each as a change of its own. An entry that this request did not
    /// change stays also if its time is over: another request may have written a new one meanwhile.
    pub(super) fn changes(&mut self, published: &[Tag]) -> Result<Vec<Change>, NoRandomness> {
        let (loaded, records) = (self.loaded, self.records);
        let new = records.not_in(loaded).map(|record| record.tag);
        let (mut gone, mut dropped) = (Vec::new(), Vec::new());
        for tag in self.row.fields.tags().map(|tag| Tag(tag.to_bytes())) {
            if records.get(tag).is_some() {
                continue;
            }
            let was_there = loaded.get(tag).is_some();
            if published.contains(&tag) {
                // What is merged may have been at its default all the time.
                let is_gone = was_there || self.merged(tag).is_none();
                gone.extend(Some(tag).filter(|_| is_gone));
            } else if was_there || self.config.schema.removed.contains(&tag.0) {
                dropped.push(tag);
            }
        }
        let written: Vec<Tag> = new.chain(gone).collect();
        let written = written.into_iter().map(|tag| self.change(tag));
        let mut changes = written.collect::<Result<Vec<_>, _>>()?;
        for tag in dropped {
            changes.push(self.remove(tag)?);
        }
        Ok(changes)
    }

    /// Everything that is to be folded after these changes: fields that they add to and that have many differences,
    /// all differences of a row that is full, and fields under a key that no longer seals. What the changes set or remove is not there any more.
    pub(super) fn folding(&mut self, changes: &[Change]) -> Result<Option<Folding>, NoRandomness> {
        let mut folding = Folding {
            changes: Vec::new(),
            seen: Vec::new(),
        };
        for (tag, field) in self.row.fields.iter() {
            let is_added_to = match changes.iter().find(|change| tag_of(change) == tag) {
                None => false,
                Some(Change::Add(_)) => true,
                Some(_) => continue,
            };
            let is_much = is_added_to && field.added >= FOLDED_FROM;
            let is_much = is_much || (field.added > 0 && self.row.bytes >= FULL_ROW_BYTES);
            if let Some(base) = field.due_fold(is_much, self.now) {
                folding.seen.extend(field.names.iter().cloned());
                let entry = self.seal(tag, Role::Base, &base)?;
                folding.changes.push(Change::Fold(entry));
            }
        }
        Ok(Some(folding).filter(|folding| !folding.changes.is_empty()))
    }

    /// The change of what stands under a tag: a difference if the field has one that fits, and else the value.
    fn change(&mut self, tag: Tag) -> Result<Change, NoRandomness> {
        if let Some(field) = self.merged(tag) {
            match self.difference(field) {
                Some(difference) if self.takes_room(field, &difference) => {
                    return self.add(tag, &difference);
                }
                Some(_) => event::too_large_to_merge(self.config, field.name),
                None => event::not_merged(self.config, field.name),
            }
        }
        match self.records.get(tag) {
            Some(Record {
                deadline, value, ..
            }) => self.set(Record {
                tag,
                deadline,
                value: self.records.share(value),
            }),
            None => self.remove(tag),
        }
    }

    /// The field under this tag, if its changes are merged. A field that stands under an alias moves to its own tag,
    /// which no difference can.
    fn merged(&self, tag: Tag) -> Option<&'a StoredField> {
        let field = self.config.schema.field_of(Part::Main, tag)?;
        if field.merge.is_none() || field.tag != tag {
            return None;
        }
        let found = field.record_in(self.loaded);
        found
            .is_none_or(|record| record.tag == tag)
            .then_some(field)
    }

    /// The difference between a field as it was loaded and as it is published.
    fn difference(&self, field: &StoredField) -> Option<EntryValue> {
        let (before, after) = (field.value_in(self.loaded), field.value_in(self.records));
        let difference = field.merge?.difference(&before, &after)?;
        let entries = self.row.fields.under(field.tag);
        let number = entries.map_or(1, RowField::next_number);
        Some(EntryValue {
            written_at: self.now,
            deadline: match self.records.get(field.tag) {
                Some(record) => record.deadline,
                None => field.deadline(self.now),
            },
            history: History::default(),
            value: Added::write(number, &difference)?,
        })
    }

    /// Returns false if there is no room for it. A number has room: it is small, and a visitor who fills the row must
    /// not switch a counter off. Where its differences are not folded, there is an end to them.
    fn takes_room(&mut self, field: &StoredField, difference: &EntryValue) -> bool {
        if field.merge.is_some_and(Merge::is_of_numbers) {
            let entries = self.row.fields.under(field.tag);
            return entries
                .is_none_or(|entries| entries.can_be_folded || entries.added < NOT_FOLDED_MAX);
        }
        let left = self.room.checked_sub(difference.value.len());
        self.room = left.unwrap_or(self.room);
        left.is_some()
    }

    fn add(&mut self, tag: Tag, difference: &EntryValue) -> Result<Change, NoRandomness> {
        let entry = self.seal(entry_tag(tag), Role::Added, difference)?;
        Ok(Change::Add(entry))
    }

    /// What was added to the field goes with the value before, and is remembered.
    fn set(&mut self, record: Record) -> Result<Change, NoRandomness> {
        let value = EntryValue {
            written_at: self.now,
            deadline: record.deadline,
            history: self.history(record.tag),
            value: record.value,
        };
        let tag = entry_tag(record.tag);
        Ok(Change::Set(self.seal(tag, Role::Base, &value)?))
    }

    /// A field at its default has no entry, unless there is something to remember. One that is merged has: a second try
    /// knows by its name that it is done, and takes nothing away that was added since.
    fn remove(&mut self, tag: Tag) -> Result<Change, NoRandomness> {
        let field = self.config.schema.field_of(Part::Main, tag);
        match field.filter(|field| field.tag == tag) {
            Some(field) if field.merge.is_some() || !self.history(tag).taken.is_empty() => {
                let value = field.default.clone();
                self.set(Record {
                    tag,
                    deadline: None,
                    value,
                })
            }
            _ => Ok(Change::Remove(entry_tag(tag))),
        }
    }

    fn history(&self, tag: Tag) -> History {
        let entries = self.row.fields.under(tag);
        entries.map_or_else(History::default, |entries| entries.history(self.now))
    }

    fn seal(
        &mut self,
        tag: EntryTag,
        role: Role,
        value: &EntryValue,
    ) -> Result<Entry, NoRandomness> {
        seal(&mut self.cipher, tag, role, value)
    }
}

/// Returns the number of bytes of differences that a response may add to a row which was loaded with so many.
pub(super) fn room_for_differences(row_bytes: usize) -> usize {
    let room = FULL_ROW_BYTES.saturating_sub(row_bytes);
    room.min(DIFFERENCES_MAX_BYTES)
}

fn tag_of(change: &Change) -> EntryTag {
    match change {
        Change::Remove(tag) => *tag,
        Change::Set(entry) | Change::Add(entry) | Change::Fold(entry) => entry.tag,
    }
}

fn entry_tag(tag: Tag) -> EntryTag {
    EntryTag::from_bytes(tag.0)
}
