//! The fields of a row, each from the entries that the store has of it.

use bytes::Bytes;

use crate::config::{Config, StoredField};
use crate::event;
use crate::lifetime;
use crate::merge::{Added, Base, Folded, History, Name, fold};
use crate::part::Part;
use crate::record::{Record, Records, Tag};
use crate::store::{Entry, EntryTag, Role};
use crate::time::Timestamp;
use crate::token::{EntryValue, OpenError};

/// The number of differences from which on a request that adds another one folds them afterwards.
pub(super) const FOLDED_FROM: usize = 8;

/// The fields by their tags, in the order of the tags.
pub(super) struct RowFields(Vec<(EntryTag, RowField)>);

/// The entries that the store has under one tag, as one field.
pub(super) struct RowField {
    /// `None` if nothing is read: no entry opened, or there are only differences, which another release added, or
    /// which were added under a name that is not the field's any more.
    folded: Option<Folded>,
    /// The number of differences.
    pub(super) added: usize,
    /// The names of the entries that opened, as the store knows them.
    pub(super) names: Vec<Bytes>,
    /// The base opened, if there is one, and this release knows what was added.
    pub(super) can_be_folded: bool,
    /// An entry that opened is under another key than that which seals now.
    has_old_key: bool,
}

/// An entry that was tried to be opened.
pub(super) struct TriedEntry<'a> {
    pub(super) entry: &'a Entry,
    /// `None` if it does not open.
    pub(super) value: Option<EntryValue>,
    /// It is under another key than that which seals now.
    pub(super) has_old_key: bool,
}

impl RowFields {
    /// The fields of a row with these entries.
    pub(super) fn of<'a>(config: &Config, entries: impl Iterator<Item = TriedEntry<'a>>) -> Self {
        let mut entries: Vec<_> = entries.collect();
        entries.sort_by_key(|tried| tried.entry.tag);
        let mut all = Vec::<(EntryTag, Entries)>::new();
        for tried in entries {
            let (entry, is_open) = (tried.entry, tried.value.is_some());
            if all.last().is_none_or(|(tag, _)| *tag != entry.tag) {
                all.push((entry.tag, Entries::default()));
            }
            let field = all.last_mut();
            let is_noted = field.is_some_and(|(_, entries)| entries.note(tried));
            if is_open && !is_noted {
                event::entry_refused(config, entry.tag, OpenError::Malformed.reason());
            }
        }
        let bases = all.iter().filter(|(_, entries)| entries.base.is_some());
        let bases: Vec<_> = bases.map(|(tag, _)| *tag).collect();
        let has_base = |tag: Tag| bases.binary_search(&EntryTag::from_bytes(tag.0)).is_ok();
        let fields = all.into_iter().map(|(tag, entries)| {
            let field = config.schema.field_of(Part::Main, record_tag(tag));
            let is_held_here = || field.is_some_and(|field| !field.tags().any(has_base));
            let is_read = entries.base.is_some() || (!entries.added.is_empty() && is_held_here());
            let field = entries.into_field(config, field.filter(|_| is_read), is_read);
            (tag, field)
        });
        Self(fields.collect())
    }

    pub(super) const fn none() -> Self {
        Self(Vec::new())
    }

    /// The fields of a session that is in its cookie. Nothing is added to them, and nothing of them is folded.
    pub(super) fn of_records(records: &Records, written_at: Timestamp) -> Self {
        let fields = records.iter().map(|record| {
            let base = Base {
                value: records.share(record.value),
                written_at,
                deadline: record.deadline,
                history: History::default(),
            };
            let field = RowField {
                folded: Some(fold(&Bytes::new(), Some(base), Vec::new())),
                added: 0,
                names: Vec::new(),
                can_be_folded: false,
                has_old_key: false,
            };
            (EntryTag::from_bytes(record.tag.0), field)
        });
        Self(fields.collect())
    }

    /// The tags under which a value was read, or an entry opened.
    pub(super) fn tags(&self) -> impl Iterator<Item = EntryTag> {
        let is_there = |field: &RowField| field.folded.is_some() || !field.names.is_empty();
        let opened = self.0.iter().filter(move |(_, field)| is_there(field));
        opened.map(|(tag, _)| *tag)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (EntryTag, &RowField)> {
        self.0.iter().map(|(tag, field)| (*tag, field))
    }

    pub(super) fn under(&self, tag: Tag) -> Option<&RowField> {
        let tag = EntryTag::from_bytes(tag.0);
        let at = self.0.binary_search_by_key(&tag, |(other, _)| *other);
        self.0.get(at.ok()?).map(|(_, field)| field)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.tags().next().is_none()
    }

    /// The fields as records. A field that differences have brought back to its default has none.
    pub(super) fn records(&self, config: &Config) -> Records {
        let records = self.0.iter().filter_map(|(tag, field)| {
            let tag = record_tag(*tag);
            let base = &field.folded.as_ref()?.base;
            let known = config.schema.field_of(Part::Main, tag);
            let is_default = known.is_some_and(|known| known.default == base.value);
            (!(is_default && field.is_merged())).then_some(Record {
                tag,
                deadline: base.deadline,
                value: &base.value,
            })
        });
        Records::of_ascending(records)
    }

    /// The time at which the value under a tag was written.
    pub(super) fn written_at(&self, tag: Tag) -> Option<Timestamp> {
        let folded = self.under(tag)?.folded.as_ref()?;
        Some(folded.base.written_at)
    }
}

impl RowField {
    fn is_merged(&self) -> bool {
        let history = self.folded.as_ref().map(|folded| &folded.base.history);
        self.added > 0 || history.is_some_and(|history| !history.is_empty())
    }

    /// The history of a base that is written in place of what stands here.
    pub(super) fn history(&self, now: Timestamp) -> History {
        let folded = self.folded.as_ref();
        folded.map_or_else(History::default, |folded| folded.history(now))
    }

    /// The number of the next difference.
    pub(super) fn next_number(&self) -> u32 {
        let highest = self.folded.as_ref().map_or(0, |folded| folded.highest);
        highest.saturating_add(1)
    }

    /// The base in which everything is that opened here, if there is so much that it is to be folded, or if it is under
    /// an old key. What does not open may open for another server, so it stays beside the base, and a base that does not
    /// open is not overwritten.
    pub(super) fn due_fold(&self, is_much: bool, now: Timestamp) -> Option<EntryValue> {
        let folded = self.folded.as_ref()?;
        let is_due = self.can_be_folded && (is_much || self.has_old_key);
        is_due.then(|| EntryValue {
            written_at: folded.base.written_at,
            deadline: folded.base.deadline,
            history: folded.history(now),
            value: folded.base.value.clone(),
        })
    }
}

/// The entries under one tag, as they opened.
#[derive(Default)]
struct Entries {
    base: Option<Base>,
    added: Vec<Added>,
    names: Vec<Bytes>,
    has_closed_base: bool,
    has_old_key: bool,
}

impl Entries {
    /// Returns true if the entry opened.
    fn note(&mut self, tried: TriedEntry<'_>) -> bool {
        let TriedEntry {
            entry,
            value,
            has_old_key,
        } = tried;
        let opened = value.and_then(|value| self.open(entry, value));
        match opened {
            Some(()) => {
                self.names.push(entry.sealed.slice_ref(entry.name()));
                self.has_old_key |= has_old_key;
            }
            None => self.has_closed_base |= entry.role == Role::Base,
        }
        opened.is_some()
    }

    fn open(&mut self, entry: &Entry, value: EntryValue) -> Option<()> {
        let EntryValue {
            written_at,
            deadline,
            history,
            value,
        } = value;
        match entry.role {
            Role::Base => {
                self.base = Some(Base {
                    value,
                    written_at,
                    deadline,
                    history,
                });
            }
            Role::Added => {
                let (number, difference) = Added::read(value)?;
                self.added.push(Added {
                    name: Name::of(entry.name())?,
                    number,
                    written_at,
                    deadline,
                    difference,
                });
            }
        }
        Some(())
    }

    /// The same as what a request sees, which reads nothing of some.
    fn into_field(self, config: &Config, known: Option<&StoredField>, is_read: bool) -> RowField {
        let added = if is_read { self.added } else { Vec::new() };
        let is_known = known.is_some() || added.is_empty();
        RowField {
            added: added.len(),
            folded: is_read.then(|| fold_field(config, known, self.base, added)),
            names: self.names,
            can_be_folded: is_known && !self.has_closed_base,
            has_old_key: self.has_old_key,
        }
    }
}

/// The value of a field. Nothing is added to one that only another release knows.
fn fold_field(
    config: &Config,
    field: Option<&StoredField>,
    base: Option<Base>,
    mut added: Vec<Added>,
) -> Folded {
    let Some(field) = field else {
        return fold(&Bytes::new(), base, Vec::new());
    };
    let mut base = base;
    if !added.is_empty() {
        // The `ttl` of this release counts from each change, as it does for a field without differences.
        if let Some(base) = &mut base {
            base.deadline = lifetime::deadline(base.deadline, field.ttl, base.written_at);
        }
        for added in &mut added {
            added.deadline = lifetime::deadline(added.deadline, field.ttl, added.written_at);
        }
    }
    let folded = fold(&field.default, base, added);
    if folded.has_left_out {
        event::difference_left_out(config, field.name);
    }
    folded
}

fn record_tag(tag: EntryTag) -> Tag {
    Tag(tag.to_bytes())
}
