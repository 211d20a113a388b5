//! The row of a store in one request: found by the ticket that the cookie holds.

use super::draft::NoRandomness;
use super::opening::{Refusal, accept, check_age, open};
use super::part_state::{CarriedCookie, LoadedPart};
use crate::config::{Config, Rows};
use crate::cookie::Candidates;
use crate::event;
use crate::info::SessionState;
use crate::keys::{KeyId, PartKeys};
use crate::part::Part;
use crate::record::{Record, Records, Tag};
use crate::store::{Entry, EntryTag, Loaded, Mark, Owner, Role, Row, RowKey, StoreError};
use crate::time::Timestamp;
use crate::token::{EntryCipher, EntryValue, Opened, SessionId, Ticket, random_bytes};

pub(super) struct RowState {
    pub(super) id: SessionId,
    pub(super) key: RowKey,
    /// The mark of the ticket.
    pub(super) mark: Mark,
    /// The owner that the row had when it was loaded.
    pub(super) owner: Option<Owner>,
    /// A renewal has put another ticket in the place of this one: it writes nothing.
    pub(super) is_superseded: bool,
    /// The fields whose entries opened.
    pub(super) tags: Vec<EntryTag>,
}

/// The row that a request named, or the state of a request without a row that counts.
pub(super) type FoundRow = Result<(LoadedPart, RowState), SessionState>;

/// Loads the row that the newest ticket names.
pub(super) async fn load(
    config: &Config,
    rows: &Rows,
    found: &Candidates<'_>,
    now: Timestamp,
) -> Result<(CarriedCookie, FoundRow), StoreError> {
    let read = |keys: &PartKeys, value: &[u8]| read(config, keys, value, now);
    let (cookie, opened) = open(config, Part::Main, Some(found), read, |(ticket, _)| {
        ticket.session.renewed_at
    });
    let (ticket, key) = match opened {
        Ok(opened) => opened,
        Err(state) => return Ok((cookie, Err(state))),
    };
    let row_key = ticket.id.row_key(config.cookie_name());
    let row = rows.store.load(row_key, now.to_seconds()).await?;
    let found = match Standing::of(row, ticket.mark, now) {
        Ok(standing) => fill(config, rows, &ticket, key, row_key, &standing, now),
        Err(refusal) => Err(refusal),
    };
    let found = found.map_err(|refusal| {
        event::refused(config, Part::Main, refusal.reason());
        refusal.state()
    });
    Ok((cookie, found))
}

fn read(
    config: &Config,
    keys: &PartKeys,
    value: &[u8],
    now: Timestamp,
) -> Result<(Ticket, KeyId), Refusal> {
    let (ticket, key) = Ticket::open(keys, value).map_err(Refusal::Token)?;
    check_age(config, Part::Main, &ticket.session, now)?;
    Ok((ticket, key))
}

/// A row as a ticket sees it.
struct Standing {
    owner: Option<Owner>,
    entries: Vec<Entry>,
    is_superseded: bool,
}

impl Standing {
    /// A ticket whose mark was renewed away sees the copy that the renewal left, for as long as that lasts. A
    /// ticket that is older still sees nothing, and is not told to be over: a renewal that is on its way to the
    /// browser must not be thrown out by the answer to an older request.
    fn of(loaded: Loaded, mark: Mark, now: Timestamp) -> Result<Self, Refusal> {
        let Loaded::Alive(row) = loaded else {
            return Err(Refusal::Ended);
        };
        let Row {
            mark: good,
            owner,
            entries,
            before,
            ..
        } = row;
        if good == mark {
            return Ok(Self {
                owner,
                entries,
                is_superseded: false,
            });
        }
        let before = before.filter(|before| now.to_seconds() < before.until);
        let before = before.ok_or(Refusal::Ended)?;
        Ok(Self {
            owner,
            entries: if before.mark == mark {
                before.entries
            } else {
                Vec::new()
            },
            is_superseded: true,
        })
    }
}

/// Puts the records of a row into the session of its ticket.
fn fill(
    config: &Config,
    rows: &Rows,
    ticket: &Ticket,
    key: KeyId,
    row_key: RowKey,
    standing: &Standing,
    now: Timestamp,
) -> Result<(LoadedPart, RowState), Refusal> {
    let mut cipher = EntryCipher::new(rows.entry_keys.load(), ticket.id, row_key);
    let opened = standing.entries.iter().filter_map(|entry| {
        let value = cipher.open(entry.tag, entry.role, &entry.sealed);
        if value.is_none() {
            event::entry_refused(config);
        }
        Some((entry.tag, value?))
    });
    let values: Vec<(EntryTag, EntryValue)> = opened.collect();
    let row = RowState {
        id: ticket.id,
        key: row_key,
        mark: ticket.mark,
        owner: standing.owner,
        is_superseded: standing.is_superseded,
        tags: values.iter().map(|(tag, _)| *tag).collect(),
    };
    let mut plaintext = ticket.session.clone();
    plaintext.records = records(&values);
    if standing.is_superseded && values.is_empty() {
        // It sees nothing, so it sees no user either.
        plaintext.login = None;
    }
    let written_at = |tag: Tag| {
        let mut all = values.iter();
        let found = all.find(|(other, _)| other.to_bytes() == tag.0);
        found.map_or(now, |(_, value)| value.written_at)
    };
    let opened = Opened { plaintext, key };
    let loaded = accept(config, Part::Main, opened, written_at, now)?;
    Ok((loaded, row))
}

fn records(values: &[(EntryTag, EntryValue)]) -> Records {
    let mut records = Records::default();
    for (tag, value) in values {
        records.set(Record {
            tag: Tag(tag.to_bytes()),
            deadline: value.deadline,
            value: value.value.clone(),
        });
    }
    records
}

/// The entries that hold these records.
pub(super) fn entries<'a>(
    cipher: &mut EntryCipher,
    records: impl Iterator<Item = &'a Record>,
    now: Timestamp,
) -> Result<Vec<Entry>, NoRandomness> {
    let entries = records.map(|record| {
        let nonce = random_bytes().ok_or(NoRandomness)?;
        let tag = EntryTag::from_bytes(record.tag.0);
        let value = EntryValue {
            written_at: now,
            deadline: record.deadline,
            value: record.value.clone(),
        };
        Ok(Entry {
            tag,
            role: Role::Base,
            sealed: cipher.seal(tag, Role::Base, &value, &nonce),
        })
    });
    entries.collect()
}
