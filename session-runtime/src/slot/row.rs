//! The row of a store in one request: found by the ticket that the cookie holds.

use super::draft::NoRandomness;
use super::in_cookie::{self, Brought};
use super::load::FoundMain;
use super::opening::{Refusal, accept, open};
use super::part_state::LoadedPart;
use super::row_fields::{RowFields, TriedEntry};
use crate::config::{Config, Rows};
use crate::cookie::Candidates;
use crate::event;
use crate::keys::{KeyId, PartKeys};
use crate::merge::History;
use crate::part::Part;
use crate::policy::Standing;
use crate::record::{RecordRef, Records};
use crate::store::{Entry, EntryTag, Loaded, Mark, Owner, Role, Row, RowKey, StoreError, Why};
use crate::time::Timestamp;
use crate::token::{
    EntryCipher, EntryValue, Opened, Plaintext, RowSecret, SessionId, Ticket, random_bytes,
};

pub(super) struct RowState {
    pub(super) id: SessionId,
    pub(super) key: RowKey,
    pub(super) secret: RowSecret,
    /// The mark of the ticket.
    pub(super) mark: Mark,
    /// The owner that the row had when it was loaded.
    pub(super) owner: Option<Owner>,
    pub(super) standing: Standing,
    /// The time at which the row ends, if it is there.
    pub(super) ends: Option<Timestamp>,
    /// There is no row yet: the session is in its cookie, and its cookies carry this id along.
    pub(super) in_cookie: Option<SessionId>,
    /// The request brought no ticket, but the cookie that the session was in before it had a row.
    pub(super) has_no_ticket: bool,
    /// The reason that the row's tombstone gives.
    pub(super) why_ended: Option<Why>,
    /// The ticket was sealed in a login. The row has had no other owner since, because another user gets another row.
    pub(super) is_of_login: bool,
    /// The bytes of the entries that were loaded.
    pub(super) bytes: usize,
    /// The fields as they were loaded.
    pub(super) fields: RowFields,
}

impl RowState {
    /// Returns true if the row ends before that time, and this ticket can move its end.
    pub(super) fn ends_before(&self, time: Timestamp) -> bool {
        self.standing == Standing::Alive && self.ends.is_some_and(|ends| ends < time)
    }
}

/// Loads the row that the newest ticket names.
pub(super) async fn load(
    config: &Config,
    rows: &Rows,
    found: &Candidates<'_>,
    now: Timestamp,
) -> Result<FoundMain, StoreError> {
    let read =
        |keys: &PartKeys, value: &[u8]| Brought::read(config, rows.in_cookies, keys, value, now);
    let (cookie, opened) = open(config, Part::Main, Some(found), read, |brought| {
        brought.ticket.session.renewed_at
    });
    let Brought {
        ticket,
        key,
        in_cookie,
    } = match opened {
        Ok(brought) => brought,
        Err(state) => {
            return Ok(FoundMain {
                cookie,
                loaded: Err(state),
                row: None,
            });
        }
    };
    let (row_key, secret) = ticket.id.row(config.cookie_name());
    let row = rows.store.load(row_key, now.to_seconds()).await;
    let row = row.inspect_err(|error| event::store_failed_to_load(config, error))?;
    let name = (row_key, secret);
    let (loaded, row) = match (row, in_cookie) {
        (Loaded::Missing, Some(in_cookie)) => {
            in_cookie::found(config, rows, (&ticket, key, in_cookie), name, now)
        }
        (row, in_cookie) => {
            let (loaded, mut row) = in_row(config, rows, (&ticket, key), name, row, now);
            row.has_no_ticket = in_cookie.is_some();
            (loaded, row)
        }
    };
    Ok(FoundMain {
        cookie,
        loaded: loaded.map_err(|refusal| {
            event::refused(config, Part::Main, refusal.reason());
            refusal.state()
        }),
        row: Some(Box::new(row)),
    })
}

/// The session of a ticket, from what the store has under its name.
fn in_row(
    config: &Config,
    rows: &Rows,
    (ticket, key): (&Ticket, KeyId),
    (row_key, secret): (RowKey, RowSecret),
    row: Loaded,
    now: Timestamp,
) -> (Result<LoadedPart, Refusal>, RowState) {
    let view = View::of(row, ticket.mark, now);
    let mut cipher = EntryCipher::new(rows.entry_keys.load(), secret.clone(), row_key, now);
    let fields = view.open(config, &mut cipher);
    let session = session(config, ticket, &view, &fields);
    let loaded = session.and_then(|plaintext| {
        let opened = Opened { plaintext, key };
        accept(
            config,
            Part::Main,
            opened,
            |tag| fields.written_at(tag).unwrap_or(now),
            now,
        )
    });
    if let Ok(loaded) = &loaded {
        check_owner(config, rows, &view, loaded);
    }
    let standing = match loaded {
        Err(Refusal::Identity) => Standing::Unreadable,
        _ => view.standing,
    };
    let row = RowState {
        id: ticket.id,
        key: row_key,
        secret,
        mark: ticket.mark,
        owner: view.owner,
        standing,
        ends: view.ends,
        in_cookie: None,
        has_no_ticket: false,
        why_ended: view.why_ended,
        is_of_login: ticket.session.login.is_some(),
        bytes: view.bytes(),
        fields,
    };
    (loaded, row)
}

/// A row keeps the owner of its login. If a release stores the user in another way, it does not find the row.
fn check_owner(config: &Config, rows: &Rows, view: &View, loaded: &LoadedPart) {
    let Some(user) = &loaded.user else { return };
    let is_found = view.owner.is_some_and(|owner| rows.is_owner(user, owner));
    if view.standing == Standing::Alive && !is_found {
        event::owner_not_found(config);
    }
}

/// What a mark says about the renewal that made it. No store knows of it.
#[derive(Clone, Copy)]
pub(super) struct MadeBy {
    /// It left nothing to the ticket of before. Whoever asks for another ticket may do so because of a thief.
    pub(super) shuts_out: bool,
    /// The request logged no user in, so whoever sent it may be a thief.
    pub(super) without_login: bool,
}

impl MadeBy {
    /// A new row.
    pub(super) const NEW_ROW: Self = Self {
        shuts_out: false,
        without_login: false,
    };

    /// The bits of a mark's first byte that say so. All others are random.
    const SHUTS_OUT: u8 = 1;
    const WITHOUT_LOGIN: u8 = 2;

    pub(super) fn of(mark: Mark) -> Self {
        let [first, ..] = mark.to_bytes();
        Self {
            shuts_out: first & Self::SHUTS_OUT != 0,
            without_login: first & Self::WITHOUT_LOGIN != 0,
        }
    }

    /// `None` if the operating system gives no random bytes.
    pub(super) fn random_mark(self) -> Option<Mark> {
        Some(self.mark(random_bytes()?))
    }

    fn mark(self, mut bytes: [u8; 8]) -> Mark {
        let bit = |is_set: bool, bit: u8| if is_set { bit } else { 0 };
        bytes[0] &= !(Self::SHUTS_OUT | Self::WITHOUT_LOGIN);
        bytes[0] |=
            bit(self.shuts_out, Self::SHUTS_OUT) | bit(self.without_login, Self::WITHOUT_LOGIN);
        Mark::from_bytes(bytes)
    }
}

/// The mark of a row that takes a session over from its cookie.
pub(crate) fn first_mark(id: SessionId) -> Mark {
    MadeBy::NEW_ROW.mark(id.first_mark())
}

/// The same mark for a login that leaves nothing to the ticket of before.
pub(super) fn shutting_out(mark: Mark) -> Mark {
    let made_by = MadeBy {
        shuts_out: true,
        ..MadeBy::of(mark)
    };
    made_by.mark(mark.to_bytes())
}

/// A row as a ticket sees it.
pub(super) struct View {
    standing: Standing,
    ends: Option<Timestamp>,
    why_ended: Option<Why>,
    owner: Option<Owner>,
    entries: Vec<Entry>,
}

impl View {
    /// A ticket whose mark was renewed away sees the copy that the renewal left, for as long as that lasts. A
    /// ticket that is older still sees nothing, and is not told to be over: a renewal that is on its way to the
    /// browser must not be thrown out by the answer to an older request. The same goes for a ticket that was shut out,
    /// and for that of a session that another one has replaced.
    fn of(loaded: Loaded, mark: Mark, now: Timestamp) -> Self {
        let now = now.to_seconds();
        let row = match loaded {
            Loaded::Alive(row) => row,
            Loaded::Ended(Why::Replaced { until }) if now < until => {
                return Self::empty(Standing::Superseded, None);
            }
            Loaded::Ended(why) => return Self::ended(why),
            Loaded::Missing => return Self::empty(Standing::Ended, None),
        };
        let (standing, entries) = match row.before.filter(|before| now < before.until) {
            _ if row.mark == mark => (Standing::Alive, row.entries),
            Some(before) if before.mark == mark && !MadeBy::of(row.mark).shuts_out => {
                (Standing::Superseded, before.entries)
            }
            Some(_) => return Self::empty(Standing::Superseded, row.owner),
            None => return Self::empty(Standing::Outdated, row.owner),
        };
        Self {
            standing,
            ends: Some(Timestamp::from_seconds(row.expires)),
            why_ended: None,
            owner: row.owner,
            entries,
        }
    }

    /// A row as the application sees it, which has no ticket.
    pub(super) fn of_alive(row: Row) -> Self {
        Self {
            standing: Standing::Alive,
            ends: Some(Timestamp::from_seconds(row.expires)),
            why_ended: None,
            owner: row.owner,
            entries: row.entries,
        }
    }

    fn ended(why: Why) -> Self {
        let standing = match why {
            Why::ByApplication => Standing::EndedByApplication,
            Why::ByVisitor | Why::Replaced { .. } => Standing::Ended,
        };
        Self {
            why_ended: Some(why),
            ..Self::empty(standing, None)
        }
    }

    fn empty(standing: Standing, owner: Option<Owner>) -> Self {
        Self {
            standing,
            ends: None,
            why_ended: None,
            owner,
            entries: Vec::new(),
        }
    }

    fn bytes(&self) -> usize {
        self.entries.iter().map(|entry| entry.sealed.len()).sum()
    }

    pub(super) fn open(&self, config: &Config, cipher: &mut EntryCipher) -> RowFields {
        cipher.reserve(self.bytes());
        let opened = self.entries.iter().map(|entry| {
            let value = cipher.open(entry.tag, entry.role, &entry.sealed);
            if let Err(error) = &value {
                event::entry_refused(config, entry.tag, error.reason());
            }
            TriedEntry {
                entry,
                value: value.ok(),
                has_old_key: cipher.is_of_another_key(&entry.sealed),
            }
        });
        RowFields::of(config, opened)
    }
}

/// The session of a ticket with the values of its row.
fn session(
    config: &Config,
    ticket: &Ticket,
    view: &View,
    fields: &RowFields,
) -> Result<Plaintext, Refusal> {
    match view.standing {
        Standing::EndedByApplication => return Err(Refusal::EndedByApplication),
        Standing::Ended | Standing::Outdated => return Err(Refusal::Ended),
        _ => {}
    }
    let mut session = ticket.session.clone();
    session.records = fields.records(config);
    if view.standing == Standing::Superseded && fields.is_empty() {
        // It sees nothing, so it sees no user either.
        session.login = None;
    }
    Ok(session)
}

/// The entries that hold those of these records that `takes` names.
pub(super) fn entries(
    cipher: &mut EntryCipher,
    records: &Records,
    takes: impl Fn(&RecordRef<'_>) -> bool,
    written_at: Timestamp,
) -> Result<Vec<Entry>, NoRandomness> {
    let wanted = records.iter().filter(takes);
    let entries = wanted.map(|record| {
        let tag = EntryTag::from_bytes(record.tag.0);
        let value = EntryValue {
            written_at,
            deadline: record.deadline,
            history: History::default(),
            value: records.share(record.value),
        };
        seal(cipher, tag, Role::Base, &value)
    });
    entries.collect()
}

pub(super) fn seal(
    cipher: &mut EntryCipher,
    tag: EntryTag,
    role: Role,
    value: &EntryValue,
) -> Result<Entry, NoRandomness> {
    let nonce = random_bytes().ok_or(NoRandomness)?;
    let sealed = cipher.seal(tag, role, value, &nonce);
    Ok(Entry { tag, role, sealed })
}
