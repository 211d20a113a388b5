//! A session that was asked for: as loaded, and as published since.

use http::HeaderMap;

use crate::config::Config;
use crate::cookie::candidates;
use crate::encoded::Change;
use crate::event;
use crate::policy::Carried;
use crate::record::{Record, Records};
use crate::time::Timestamp;
use crate::token::{self, OpenError, Plaintext};
use crate::value::EncodeError;

pub(crate) struct Contents {
    pub(super) carried: Carried,
    /// When the loaded session began; `None` for a new one.
    pub(super) created_at: Option<Timestamp>,
    pub(super) loaded: Records,
    pub(super) current: Records,
    pub(super) destroyed: bool,
    /// Every field that was published, in order.
    publications: Vec<Publication>,
}

struct Publication {
    field: usize,
    failure: Option<EncodeError>,
}

/// What a guard is made from.
pub(crate) struct Snapshot {
    pub(crate) records: Records,
    /// How many publications it contains.
    pub(crate) seen: usize,
}

impl Contents {
    pub(super) fn load(config: &Config, headers: &HeaderMap) -> Self {
        let found = candidates(headers, &config.cookie_name);
        if found.ignored > 0 {
            event::too_many_cookies(config, found.ignored);
        }
        let opened = found.values.iter().map(|value| {
            let opened = token::open(&config.keys, value);
            event::opened(config, opened.as_ref().err().copied());
            opened
        });
        match newest(opened) {
            Some(mut session) => {
                session.records.remove_all(config.schema.removed);
                Self::of(Carried::Session, Some(session))
            }
            None if found.values.is_empty() => Self::of(Carried::Nothing, None),
            None => Self::of(Carried::Unreadable, None),
        }
    }

    fn of(carried: Carried, session: Option<Plaintext>) -> Self {
        let created_at = session.as_ref().map(|session| session.created_at);
        let loaded = session.map(|session| session.records).unwrap_or_default();
        Self {
            carried,
            created_at,
            current: loaded.clone(),
            loaded,
            destroyed: false,
            publications: Vec::new(),
        }
    }

    pub(super) fn snapshot(&self) -> Snapshot {
        Snapshot {
            // After its end a session is shown to nobody.
            records: if self.destroyed {
                Records::default()
            } else {
                self.current.clone()
            },
            seen: self.publications.len(),
        }
    }

    /// Stores the changes; returns the fields in which another guard's change is lost by it.
    pub(super) fn publish(
        &mut self,
        config: &Config,
        changes: &[Change],
        seen: usize,
    ) -> Vec<usize> {
        let unseen = self.publications.get(seen..).unwrap_or_default();
        let conflicting: Vec<usize> = unseen.iter().map(|other| other.field).collect();
        let mut overwritten = Vec::new();
        for change in changes {
            let differs = self.store(config, change);
            if differs && conflicting.contains(&change.field) {
                overwritten.push(change.field);
            }
        }
        overwritten
    }

    /// Whether the session is another one than before.
    fn store(&mut self, config: &Config, change: &Change) -> bool {
        self.publications.push(Publication {
            field: change.field,
            failure: change.value.as_ref().err().copied(),
        });
        let (Some(field), Ok(value)) = (config.schema.fields.get(change.field), &change.value)
        else {
            return true;
        };
        let record = (*value != field.default).then(|| Record {
            tag: field.tag,
            deadline: None,
            value: value.clone(),
        });
        let differs = self.current.get(field.tag) != record.as_ref();
        match record {
            Some(record) => self.current.set(record),
            None => self.current.remove(field.tag),
        }
        self.current.remove_all(field.aliases);
        differs
    }

    /// A field whose last change cannot be stored.
    pub(super) fn failure(&self) -> Option<(usize, EncodeError)> {
        let is_last = |at: usize, field: usize| {
            let mut later = self.publications.iter().skip(at + 1);
            later.all(|publication| publication.field != field)
        };
        let mut publications = self.publications.iter().enumerate();
        publications.find_map(|(at, publication)| {
            let failure = publication.failure?;
            is_last(at, publication.field).then_some((publication.field, failure))
        })
    }
}

/// The most recently sealed session of those that opened; on a tie the first.
fn newest(opened: impl Iterator<Item = Result<Plaintext, OpenError>>) -> Option<Plaintext> {
    opened.flatten().reduce(|first, second| {
        if second.renewed_at > first.renewed_at {
            second
        } else {
            first
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_recently_sealed_session_counts_and_on_a_tie_the_first() {
        let session = |created_at, renewed_at| Plaintext {
            created_at: Timestamp::from_seconds(created_at),
            renewed_at: Timestamp::from_seconds(renewed_at),
            records: Records::default(),
        };
        let newest = |sessions: &[Result<Plaintext, OpenError>]| {
            newest(sessions.iter().cloned()).map(|session| session.created_at)
        };
        let first = Some(Timestamp::from_seconds(1));
        let second = Some(Timestamp::from_seconds(2));
        assert_eq!(newest(&[]), None);
        assert_eq!(newest(&[Err(OpenError::Forged)]), None);
        assert_eq!(newest(&[Ok(session(1, 50)), Ok(session(2, 60))]), second);
        assert_eq!(newest(&[Ok(session(1, 60)), Ok(session(2, 50))]), first);
        assert_eq!(newest(&[Ok(session(1, 60)), Ok(session(2, 60))]), first);
        let junk = Err(OpenError::Alphabet);
        assert_eq!(newest(&[junk, Ok(session(2, 1))]), second);
    }
}
