//! A session of a stored type that is in its cookie. A release without a store made it, or a layer that leaves it there.
//!
//! Such a session has the id of a row all the same: its cookie gives one, which every later cookie carries along. So an
//! ending of any copy is known to all, and a row that takes the session over is one row, whoever makes it first. The id
//! goes with the login: whoever planted a cookie before a login has the id of another session.

use std::mem;

use super::opening::{Refusal, accept, check_age};
use super::part_state::LoadedPart;
use super::room::Room;
use super::row::{RowState, first_mark};
use super::row_fields::RowFields;
use crate::config::{Config, Rows, SessionsInCookies};
use crate::cookie::MAX_BYTES;
use crate::event;
use crate::keys::{KeyId, PartKeys};
use crate::part::Part;
use crate::policy::Standing;
use crate::record::{Edit, Record, Records, Tag};
use crate::store::RowKey;
use crate::time::Timestamp;
use crate::token::{
    LoginId, MainCookie, OpenError, Opened, Plaintext, RowSecret, SessionId, Ticket,
};

/// The record that holds the id. A release without a store takes it for a field of another release, and keeps it.
const ID: Tag = Tag(*b"\0id");

/// The main cookie of a request: a ticket, or what is as good as one.
pub(super) struct Brought {
    pub(super) ticket: Ticket,
    pub(super) key: KeyId,
    pub(super) in_cookie: Option<InCookie>,
}

/// A session that is in its cookie. It does not count where the store has a row.
pub(super) struct InCookie {
    /// The id that its cookies carry along. With the login it gives that of the row.
    pub(super) carried: SessionId,
    pub(super) records: Records,
}

impl Brought {
    pub(super) fn read(
        config: &Config,
        in_cookies: SessionsInCookies,
        keys: &PartKeys,
        value: &[u8],
        now: Timestamp,
    ) -> Result<Self, Refusal> {
        let (cookie, key) = MainCookie::open(keys, value).map_err(Refusal::Token)?;
        let brought = match cookie {
            MainCookie::Ticket(ticket) => Self {
                ticket,
                key,
                in_cookie: None,
            },
            MainCookie::Session(session) if in_cookies.are_read(now) => {
                Self::in_cookie(config, session, key, value)
            }
            MainCookie::Session(_) => return Err(refused(config, in_cookies)),
        };
        check_age(config, Part::Main, &brought.ticket.session, now)?;
        Ok(brought)
    }

    fn in_cookie(config: &Config, mut session: Plaintext, key: KeyId, value: &[u8]) -> Self {
        let mut records = mem::take(&mut session.records);
        let carried = carried_id(config, &records);
        let carried = carried.unwrap_or_else(|| SessionId::of_cookie(value));
        let id = row_id(config, carried, &session, &records);
        if carries_ids(config) {
            records.remove(ID);
        }
        Self {
            ticket: Ticket {
                session,
                id,
                mark: first_mark(id),
            },
            key,
            in_cookie: Some(InCookie { carried, records }),
        }
    }
}

fn refused(config: &Config, in_cookies: SessionsInCookies) -> Refusal {
    config.in_cookie.call_once(|| event::in_cookie(config));
    match in_cookies {
        SessionsInCookies::Refused => Refusal::Token(OpenError::Malformed),
        SessionsInCookies::Adopted { .. } | SessionsInCookies::Kept => Refusal::InCookie,
    }
}

/// Two users who logged in from one cookie have two ids, also if a release without an identity wrote down no login.
fn row_id(
    config: &Config,
    carried: SessionId,
    session: &Plaintext,
    records: &Records,
) -> SessionId {
    let identity = config.schema.identity_field();
    let user = identity.and_then(|field| field.record_in(records));
    let unwritten = user.map(|_| LoginId::unwritten(session.created_at));
    let user = user.map_or(&[][..], |record| record.value);
    let login = session.login.or(unwritten);
    login.map_or(carried, |login| carried.in_login(login, user))
}

/// Where the library does not know of logins, a cookie of before one must not lead to the row of after it, so each cookie
/// of a session has an id of its own. The same goes for a session with a field that has the tag of the id, which one name
/// of 16 million has.
fn carries_ids(config: &Config) -> bool {
    config.schema.identity.is_some() && config.schema.field_of(Part::Main, ID).is_none()
}

fn carried_id(config: &Config, records: &Records) -> Option<SessionId> {
    let record = records.get(ID).filter(|_| carries_ids(config))?;
    let id = record.value.try_into().ok()?;
    Some(SessionId::from_bytes(id))
}

/// The session as its cookie is to carry it. One that is so full that only the id does not fit goes without.
pub(super) fn with_id(config: &Config, carried: SessionId, session: &Plaintext) -> Plaintext {
    if !carries_ids(config) {
        return session.clone();
    }
    let mut with_id = session.clone();
    with_id.records.edit(vec![Edit::Set(Record {
        tag: ID,
        deadline: None,
        value: carried.as_bytes().to_vec().into(),
    })]);
    if fits_in_cookie(config, &with_id) {
        with_id
    } else {
        session.clone()
    }
}

pub(super) fn fits_in_cookie(config: &Config, session: &Plaintext) -> bool {
    let room = Room {
        config,
        is_main_in_row: false,
    };
    room.plaintext_len(Part::Main, session) <= MAX_BYTES
}

/// The session of a cookie of which the store knows nothing.
pub(super) fn found(
    config: &Config,
    rows: &Rows,
    (ticket, key, in_cookie): (&Ticket, KeyId, InCookie),
    (row_key, secret): (RowKey, RowSecret),
    now: Timestamp,
) -> (Result<LoadedPart, Refusal>, RowState) {
    let session = &ticket.session;
    let written_at = session.written_at.unwrap_or(session.renewed_at);
    let InCookie { carried, records } = in_cookie;
    let plaintext = Plaintext {
        records,
        ..session.clone()
    };
    let opened = Opened { plaintext, key };
    let loaded = accept(config, Part::Main, opened, |_| written_at, now);
    let main = loaded.as_ref().ok();
    let user = main.and_then(|main| main.user.as_ref());
    let records = main.map(|main| &main.opened.plaintext.records);
    let row = RowState {
        id: ticket.id,
        key: row_key,
        secret,
        mark: ticket.mark,
        owner: user.map(|user| rows.owner(user, now)),
        standing: match (&loaded, rows.in_cookies) {
            (Err(_), _) => Standing::Unreadable,
            (Ok(_), SessionsInCookies::Kept) => Standing::InCookie,
            (Ok(_), _) => Standing::Adoptable,
        },
        ends: None,
        in_cookie: Some(carried),
        has_no_ticket: true,
        why_ended: None,
        is_of_login: session.login.is_some(),
        bytes: 0,
        fields: records.map_or_else(RowFields::none, |records| {
            RowFields::of_records(records, written_at)
        }),
    };
    (loaded, row)
}
