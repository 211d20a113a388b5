//! From a request's cookies to a session.

use http::HeaderMap;

use crate::config::Config;
use crate::cookie::candidates;
use crate::event;
use crate::keys::PartKeys;
use crate::lifetime::{self, Age};
use crate::record::{Record, Records};
use crate::status::State;
use crate::time::Timestamp;
use crate::token::{self, OpenError, Opened, Plaintext};

/// What a request carried; a session only if it is active.
pub(super) struct Loaded {
    pub(super) state: State,
    pub(super) session: Option<Opened>,
    /// The session holds records whose sealed time is not over, and that this release drops all the
    /// same: removed fields, and those whose `ttl` it has shortened. They go with the next write.
    pub(super) withholds: bool,
}

/// Why a cookie is not the request's session. A closed set, and the words of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    Expired,
    Future,
    Token(OpenError),
}

impl Refusal {
    const fn reason(self) -> &'static str {
        match self {
            Self::Expired => "expired",
            Self::Future => "future",
            Self::Token(error) => error.reason(),
        }
    }

    /// What a page may want to tell about it.
    fn state(self) -> State {
        match self {
            Self::Expired => State::Expired,
            Self::Token(OpenError::RevokedKey | OpenError::UnknownKey) => State::UnknownKey,
            Self::Future | Self::Token(_) => State::Unreadable,
        }
    }
}

pub(super) fn load(config: &Config, keys: &PartKeys, headers: &HeaderMap) -> Loaded {
    let now = config.now();
    let found = candidates(headers, &config.cookie_name);
    if found.ignored > 0 {
        event::too_many_cookies(config, found.ignored);
    }
    let opened = found.values.iter().map(|value| {
        let opened = open(config, keys, value, now);
        match &opened {
            Ok(_) => event::opened(config),
            Err(refusal) => event::refused(config, refusal.reason()),
        }
        opened
    });
    let mut loaded = choose(opened);
    if let Some(session) = &mut loaded.session {
        let alive = alive(&session.plaintext.records, now);
        keep_what_lasts(config, &mut session.plaintext, now);
        loaded.withholds = session.plaintext.records.iter().count() < alive;
    }
    event::loaded(config, loaded.state);
    loaded
}

fn open(config: &Config, keys: &PartKeys, value: &[u8], now: Timestamp) -> Result<Opened, Refusal> {
    let opened = token::open(keys, value).map_err(Refusal::Token)?;
    let (created_at, renewed_at) = (opened.plaintext.created_at, opened.plaintext.renewed_at);
    match config.schema.lifetime.age(created_at, renewed_at, now) {
        Age::Alive => Ok(opened),
        Age::Expired => Err(Refusal::Expired),
        Age::Future => Err(Refusal::Future),
    }
}

/// The most recently used session of those that count; on a tie the first. Without one, the
/// refusal that tells most.
fn choose(opened: impl Iterator<Item = Result<Opened, Refusal>>) -> Loaded {
    let mut loaded = Loaded {
        state: State::New,
        session: None,
        withholds: false,
    };
    for opened in opened {
        match (opened, &loaded.session) {
            (Ok(session), Some(other)) if !is_newer(&session, other) => {}
            (Ok(session), _) => {
                loaded.state = State::Active;
                loaded.session = Some(session);
            }
            (Err(refusal), None) => loaded.state = more_telling(loaded.state, refusal.state()),
            (Err(_), Some(_)) => {}
        }
    }
    loaded
}

fn is_newer(session: &Opened, other: &Opened) -> bool {
    session.plaintext.renewed_at > other.plaintext.renewed_at
}

fn more_telling(first: State, second: State) -> State {
    let rank = |state| match state {
        State::New => 0,
        State::Unreadable => 1,
        State::UnknownKey => 2,
        State::Expired => 3,
        State::Active => 4,
    };
    if rank(second) > rank(first) {
        second
    } else {
        first
    }
}

/// How many records are not over by their sealed deadlines.
fn alive(records: &Records, now: Timestamp) -> usize {
    let alive = records
        .iter()
        .filter(|record| !is_over(record.deadline, now));
    alive.count()
}

fn is_over(deadline: Option<Timestamp>, now: Timestamp) -> bool {
    deadline.is_some_and(|deadline| deadline <= now)
}

/// Drops removed and expired fields, and writes down the deadlines of the others.
fn keep_what_lasts(config: &Config, session: &mut Plaintext, now: Timestamp) {
    let records = &mut session.records;
    records.remove_all(config.schema.removed);
    for field in &*config.schema.fields {
        let Some(record) = field.record(records) else {
            continue;
        };
        let deadline = lifetime::deadline(record.deadline, field.ttl, session.renewed_at);
        if is_over(deadline, now) {
            // With what is under its aliases: an older value must not come back in its place.
            for tag in field.tags() {
                records.remove(tag);
            }
        } else if deadline != record.deadline {
            let record = Record {
                deadline,
                ..record.clone()
            };
            records.set(record);
        }
    }
    records.retain(|record| !is_over(record.deadline, now));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::KeyId;

    #[test]
    fn the_most_recently_sealed_session_counts_and_on_a_tie_the_first() {
        let session = |created_at, renewed_at| Opened {
            plaintext: Plaintext {
                created_at: Timestamp::from_seconds(created_at),
                renewed_at: Timestamp::from_seconds(renewed_at),
                records: Records::default(),
            },
            key: KeyId([0; 4]),
        };
        let chosen = |sessions: &[Result<Opened, Refusal>]| {
            let session = choose(sessions.iter().cloned()).session;
            session.map(|session| session.plaintext.created_at)
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
        let state = |refusals: &[Refusal]| choose(refusals.iter().copied().map(Err)).state;
        let unreadable = Refusal::Token(OpenError::Forged);
        let unknown_key = Refusal::Token(OpenError::UnknownKey);
        assert_eq!(state(&[]), State::New);
        assert_eq!(state(&[unreadable]), State::Unreadable);
        assert_eq!(state(&[Refusal::Future]), State::Unreadable);
        assert_eq!(state(&[unreadable, unknown_key]), State::UnknownKey);
        assert_eq!(state(&[Refusal::Expired, unknown_key]), State::Expired);
    }
}
