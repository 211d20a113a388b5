//! From the cookies of one part to the part: which of them opens, which counts, and what of it lasts.

use bytes::Bytes;

use super::part_state::{CarriedCookie, LoadedPart};
use crate::config::Config;
use crate::cookie::Candidates;
use crate::event;
use crate::info::SessionState;
use crate::keys::PartKeys;
use crate::lifetime::{self, Age};
use crate::part::Part;
use crate::record::{Edit, Records, Tag};
use crate::time::Timestamp;
use crate::token::{self, LoginId, OpenError, Opened, Plaintext};

/// The reason why a cookie is not the request's session. The reasons are a closed set, and they
/// are the words of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    Expired,
    Future,
    /// A notice that was written for a login which is not this one.
    AnotherLogin,
    /// Somebody is logged in, and this release cannot tell who. It is not nobody's session: fields
    /// that trust the user would be left to a stranger.
    Identity,
    /// The session is in its cookie, and the time for taking such sessions over is past.
    #[cfg(feature = "stored")]
    InCookie,
    /// The store has no row for the ticket, or only what an ending left of it.
    #[cfg(feature = "stored")]
    Ended,
    /// The application has ended the row from outside of the visitor's requests.
    #[cfg(feature = "stored")]
    EndedByApplication,
    Token(OpenError),
}

impl Refusal {
    pub(super) const fn reason(self) -> &'static str {
        match self {
            Self::Expired => "expired",
            Self::Future => "future",
            Self::AnotherLogin => "another-login",
            Self::Identity => "identity",
            #[cfg(feature = "stored")]
            Self::InCookie => "in-cookie",
            #[cfg(feature = "stored")]
            Self::Ended => "ended",
            #[cfg(feature = "stored")]
            Self::EndedByApplication => "ended-by-application",
            Self::Token(error) => error.reason(),
        }
    }

    /// Returns the state that a page may want to tell of such a cookie.
    pub(super) fn state(self) -> SessionState {
        match self {
            Self::Expired => SessionState::Expired,
            #[cfg(feature = "stored")]
            Self::Ended | Self::EndedByApplication => SessionState::Ended,
            Self::Token(OpenError::RevokedKey | OpenError::UnknownKey) => SessionState::UnknownKey,
            #[cfg(feature = "stored")]
            Self::InCookie => SessionState::Unreadable,
            Self::Future | Self::AnotherLogin | Self::Identity | Self::Token(_) => {
                SessionState::Unreadable
            }
        }
    }
}

/// The notices that count, of those that were written in a login.
#[derive(Clone, Copy)]
pub(super) enum Notices {
    All,
    /// Those of this one; of nobody's session none.
    Of(Option<LoginId>),
}

pub(super) fn open_part(
    config: &Config,
    part: Part,
    found: Option<&Candidates<'_>>,
    notices: Notices,
    now: Timestamp,
) -> (CarriedCookie, Result<LoadedPart, SessionState>) {
    let read = |keys: &PartKeys, value: &[u8]| {
        let loaded = read(config, part, keys, value, now)?;
        of_login(part, loaded, notices)
    };
    open(config, part, found, read, |loaded| {
        loaded.opened.plaintext.renewed_at
    })
}

/// Opens the cookies of a part, and chooses one.
pub(super) fn open<T>(
    config: &Config,
    part: Part,
    found: Option<&Candidates<'_>>,
    read: impl Fn(&PartKeys, &[u8]) -> Result<T, Refusal>,
    renewed_at: impl Fn(&T) -> Timestamp,
) -> (CarriedCookie, Result<T, SessionState>) {
    let keys = config.part(part).keys.load();
    let Some(found) = found else {
        return (CarriedCookie { keys, bytes: 0 }, Err(SessionState::New));
    };
    if found.ignored > 0 {
        event::too_many_cookies(config, part, found.ignored);
    }
    let read = found.values().map(|value| {
        let read = read(&keys, value);
        match &read {
            Ok(_) => event::opened(config, part),
            Err(refusal) => event::refused(config, part, refusal.reason()),
        }
        read
    });
    let chosen = choose(read, renewed_at);
    let bytes = carried_len(config, part, found);
    (CarriedCookie { keys, bytes }, chosen)
}

/// Returns the number of bytes that the browser has of these cookies, names and values.
pub(super) fn carried_len(config: &Config, part: Part, found: &Candidates<'_>) -> usize {
    let name = config.part(part).cookie_name.len();
    let bytes = found.values().map(|value| name + value.len());
    bytes.sum()
}

/// The most recently used session of those that count; on a tie the first. Without one, the state
/// that tells most.
fn choose<T>(
    read: impl Iterator<Item = Result<T, Refusal>>,
    renewed_at: impl Fn(&T) -> Timestamp,
) -> Result<T, SessionState> {
    let mut chosen = Err(SessionState::New);
    for read in read {
        chosen = match (chosen, read) {
            (Ok(chosen), Ok(session)) if renewed_at(&session) > renewed_at(&chosen) => Ok(session),
            (Ok(chosen), _) => Ok(chosen),
            (Err(_), Ok(session)) => Ok(session),
            (Err(state), Err(refusal)) => Err(more_telling(state, refusal.state())),
        };
    }
    chosen
}

fn more_telling(first: SessionState, second: SessionState) -> SessionState {
    let rank = |state| match state {
        SessionState::New => 0,
        SessionState::Unreadable => 1,
        SessionState::UnknownKey => 2,
        SessionState::Ended => 3,
        SessionState::Expired => 4,
        SessionState::Active => 5,
    };
    if rank(second) > rank(first) {
        second
    } else {
        first
    }
}

pub(super) fn read(
    config: &Config,
    part: Part,
    keys: &PartKeys,
    value: &[u8],
    now: Timestamp,
) -> Result<LoadedPart, Refusal> {
    let opened = token::open(keys, value).map_err(Refusal::Token)?;
    let session = &opened.plaintext;
    check_age(config, part, session, now)?;
    let written_at = session.written_at.unwrap_or(session.renewed_at);
    accept(config, part, opened, |_| written_at, now)
}

pub(super) fn check_age(
    config: &Config,
    part: Part,
    session: &Plaintext,
    now: Timestamp,
) -> Result<(), Refusal> {
    let lifetime = config.schema.lifetime_of(part);
    match lifetime.age(session.created_at, session.renewed_at, now) {
        Age::Alive => Ok(()),
        Age::Expired => Err(Refusal::Expired),
        Age::Future => Err(Refusal::Future),
    }
}

/// Accepts a session that opened, with the records that last. `written_at` says when a field was written.
pub(super) fn accept(
    config: &Config,
    part: Part,
    mut opened: Opened,
    written_at: impl Fn(Tag) -> Timestamp,
    now: Timestamp,
) -> Result<LoadedPart, Refusal> {
    let session = &mut opened.plaintext;
    let is_somebodys = part == Part::Main && is_somebodys(config, session);
    let withholds = keep_what_lasts(config, part, &mut session.records, written_at, now);
    let user = if is_somebodys {
        Some(user(config, &session.records).ok_or(Refusal::Identity)?)
    } else {
        None
    };
    Ok(LoadedPart {
        opened,
        withholds,
        user,
    })
}

/// Refuses a notice that was written in another login. A notice that was written for one user is
/// shown to no other, also where the rest of the user's session is lost because the browser was
/// closed or because its time is over.
fn of_login(part: Part, loaded: LoadedPart, notices: Notices) -> Result<LoadedPart, Refusal> {
    let written_in = loaded.opened.plaintext.login;
    match notices {
        Notices::Of(login)
            if part.rules().is_of_login && written_in.is_some() && written_in != login =>
        {
            Err(Refusal::AnotherLogin)
        }
        Notices::All | Notices::Of(_) => Ok(loaded),
    }
}

/// Returns true if a user was logged in when the session was sealed, as far as this release asks.
fn is_somebodys(config: &Config, session: &Plaintext) -> bool {
    let identity = config.schema.identity_field();
    identity
        .is_some_and(|field| session.login.is_some() || field.record_in(&session.records).is_some())
}

/// The user whom the stored identity names in this release's eyes too, as it would store them.
fn user(config: &Config, records: &Records) -> Option<Bytes> {
    let field = config.schema.identity_field()?;
    let stored = field.record_in(records)?.value;
    let user = (config.schema.identity?.as_read)(stored)?;
    let is_as_stored = user == stored;
    (user != field.default).then(|| {
        if is_as_stored {
            records.share(stored)
        } else {
            user.into()
        }
    })
}

fn is_over(deadline: Option<Timestamp>, now: Timestamp) -> bool {
    deadline.is_some_and(|deadline| deadline <= now)
}

/// Drops removed and expired fields, and writes down the deadlines of the others, which they keep
/// when the session is sealed anew, unless that is a use of the browser part. Returns true if a field was dropped
/// whose sealed deadline is not over.
fn keep_what_lasts(
    config: &Config,
    part: Part,
    records: &mut Records,
    written_at: impl Fn(Tag) -> Timestamp,
    now: Timestamp,
) -> bool {
    let has_deadlines = records.iter().any(|record| record.deadline.is_some());
    if !has_deadlines && !config.schema.has_ttl(part) && config.schema.removed.is_empty() {
        return false;
    }
    let alive = |records: &Records| {
        let mut alive = records.clone();
        alive.retain(|record| !is_over(record.deadline, now));
        alive
    };
    let alive_before = alive(records).iter().count();
    records.remove_all(config.schema.removed);
    let mut edits = Vec::new();
    for (field, record) in config.schema.fields_in(part, records) {
        let field = &config.schema[field];
        let deadline = lifetime::deadline(record.deadline, field.ttl, written_at(record.tag));
        if is_over(deadline, now) {
            // With what is under its aliases: an older value must not come back in its place.
            edits.extend(field.tags().map(Edit::Remove));
        } else if deadline != record.deadline {
            edits.push(records.with_deadline(record, deadline));
        }
    }
    records.edit(edits);
    *records = alive(records);
    records.iter().count() < alive_before
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::KeyId;
    use crate::token::Flags;

    #[test]
    fn of_two_states_the_more_telling_one_counts_whichever_came_first() {
        use SessionState::{Ended, Expired, New, UnknownKey, Unreadable};
        let states = [New, Unreadable, UnknownKey, Ended, Expired];
        for (at, less) in states.into_iter().enumerate() {
            for more in states.into_iter().skip(at) {
                assert_eq!(more_telling(less, more), more);
                assert_eq!(more_telling(more, less), more);
            }
        }
    }

    #[test]
    fn the_most_recently_sealed_session_counts_and_on_a_tie_the_first() {
        let session = |created_at, renewed_at| LoadedPart {
            opened: Opened {
                plaintext: Plaintext {
                    flags: Flags::default(),
                    created_at: Timestamp::from_seconds(created_at),
                    renewed_at: Timestamp::from_seconds(renewed_at),
                    login: None,
                    written_at: None,
                    records: Records::default(),
                },
                key: KeyId([0; 4]),
            },
            withholds: false,
            user: None,
        };
        let chosen = |sessions: &[Result<LoadedPart, Refusal>]| {
            let session = choose(sessions.iter().cloned(), |session| {
                session.opened.plaintext.renewed_at
            });
            let session = session.ok();
            session.map(|session| session.opened.plaintext.created_at)
        };
        let first = Some(Timestamp::from_seconds(1));
        let second = Some(Timestamp::from_seconds(2));
        let junk = Refusal::Token(OpenError::Alphabet);
        assert_eq!(chosen(&[]), None);
        assert_eq!(chosen(&[Err(junk)]), None);
        assert_eq!(chosen(&[Ok(session(1, 50)), Ok(session(2, 60))]), second);
        assert_eq!(chosen(&[Ok(session(1, 60)), Ok(session(2, 50))]), first);
        assert_eq!(chosen(&[Ok(session(1, 60)), Ok(session(2, 60))]), first);
        assert_eq!(chosen(&[Err(junk), Ok(session(2, 1))]), second);
        assert_eq!(chosen(&[Ok(session(1, 1)), Err(Refusal::Expired)]), first);
    }

    #[test]
    fn of_several_refusals_the_most_telling_is_the_state() {
        let state = |refusals: &[Refusal]| {
            let refusals = refusals.iter().copied().map(Err::<LoadedPart, _>);
            choose(refusals, |_| unreachable!()).err().unwrap()
        };
        let unreadable = Refusal::Token(OpenError::Forged);
        let unknown_key = Refusal::Token(OpenError::UnknownKey);
        assert_eq!(state(&[]), SessionState::New);
        assert_eq!(state(&[unreadable]), SessionState::Unreadable);
        assert_eq!(state(&[Refusal::Future]), SessionState::Unreadable);
        assert_eq!(state(&[Refusal::Identity]), SessionState::Unreadable);
        assert_eq!(state(&[Refusal::AnotherLogin]), SessionState::Unreadable);
        assert_eq!(state(&[unreadable, unknown_key]), SessionState::UnknownKey);
        assert_eq!(
            state(&[Refusal::Expired, unknown_key]),
            SessionState::Expired
        );
    }
}
