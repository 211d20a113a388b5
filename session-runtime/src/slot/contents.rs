//! A session that was asked for: as loaded, and as published since.

use std::sync::Arc;

use http::HeaderMap;

use super::load::{self, Loaded};
use crate::config::Config;
use crate::cookie::MAX_BYTES;
use crate::encoded::Change;
use crate::keys::{KeyId, PartKeys};
use crate::policy::{Carried, Ending};
use crate::record::{Record, Records};
use crate::status::{State, Status};
use crate::time::Timestamp;
use crate::token::Plaintext;
use crate::value::EncodeError;

pub(crate) struct Contents {
    /// The keys of when the request came in. They seal too: a session that was opened under a key
    /// which is revoked meanwhile must not come out under a new one.
    pub(super) keys: Arc<PartKeys>,
    pub(super) carried: Carried,
    state: State,
    /// How the loaded session was sealed; `None` for a new one.
    pub(super) sealed: Option<Sealed>,
    pub(super) loaded: Records,
    pub(super) current: Records,
    pub(super) withholds: bool,
    pub(super) ending: Ending,
    /// How often the session was started over in this request.
    generation: usize,
    /// Every field that was published since then, in order.
    publications: Vec<Publication>,
}

#[derive(Clone, Copy)]
pub(super) struct Sealed {
    pub(super) created_at: Timestamp,
    pub(super) renewed_at: Timestamp,
    pub(super) key: KeyId,
}

struct Publication {
    field: usize,
    failure: Option<EncodeError>,
}

/// What a guard is made from.
pub(crate) struct Snapshot {
    pub(crate) records: Records,
    pub(crate) status: Status,
    pub(crate) seen: Seen,
}

/// How much of a request a guard has seen.
#[derive(Clone, Copy)]
pub(crate) struct Seen {
    generation: usize,
    publications: usize,
}

/// What became of a guard's changes.
pub(super) enum Published {
    /// Taken, and in these fields another guard's change is lost by it.
    Taken { overwritten: Vec<usize> },
    /// Dropped, because the session ended after the guard was taken.
    Stale,
}

impl Contents {
    pub(super) fn load(config: &Config, headers: &HeaderMap) -> Self {
        let keys = config.keys.load();
        let Loaded {
            state,
            session,
            withholds,
        } = load::load(config, &keys, headers);
        let carried = match state {
            State::Active => Carried::Session,
            State::New => Carried::Nothing,
            State::Expired | State::UnknownKey | State::Unreadable => Carried::Unusable,
        };
        let sealed = session.as_ref().map(|session| Sealed {
            created_at: session.plaintext.created_at,
            renewed_at: session.plaintext.renewed_at,
            key: session.key,
        });
        let loaded = session
            .map(|session| session.plaintext.records)
            .unwrap_or_default();
        Self {
            keys,
            carried,
            state,
            sealed,
            current: loaded.clone(),
            loaded,
            withholds,
            ending: Ending::None,
            generation: 0,
            publications: Vec::new(),
        }
    }

    pub(super) fn snapshot(&self, config: &Config) -> Snapshot {
        Snapshot {
            records: self.current.clone(),
            status: self.status(config),
            seen: Seen {
                generation: self.generation,
                publications: self.publications.len(),
            },
        }
    }

    fn status(&self, config: &Config) -> Status {
        let times = self.sealed.map(|sealed| {
            let lifetime = config.schema.lifetime;
            let end = lifetime.end(sealed.created_at, sealed.renewed_at);
            (sealed.created_at.to_system_time(), end.to_system_time())
        });
        let bytes = config.cookie_name.len() + Plaintext::sealed_len(&self.current);
        Status {
            state: self.state,
            began: times.map(|(began, _)| began),
            ends: times.map(|(_, ends)| ends),
            bytes_left: MAX_BYTES.saturating_sub(bytes),
        }
    }

    /// Takes over what a guard changed that has `seen` so much. Guards that changed different
    /// fields all win; for the same field the last one does.
    pub(super) fn publish(&mut self, config: &Config, changes: &[Change], seen: Seen) -> Published {
        if seen.generation < self.generation || self.ending == Ending::Destroyed {
            return Published::Stale;
        }
        let unseen = self.publications.get(seen.publications..);
        let conflicting: Vec<usize> = unseen.unwrap_or_default().iter().map(|p| p.field).collect();
        let mut overwritten = Vec::new();
        for change in changes {
            let differs = self.store(config, change);
            if differs && conflicting.contains(&change.field) {
                overwritten.push(change.field);
            }
        }
        Published::Taken { overwritten }
    }

    /// Whether the field has another value than before.
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
            // Counted from the commit on, see `settle_deadlines`.
            deadline: None,
            value: value.clone(),
        });
        let before = self.current.get(field.tag).map(|record| &record.value);
        let differs = before != record.as_ref().map(|record| &record.value);
        match record {
            Some(record) => self.current.set(record),
            None => self.current.remove(field.tag),
        }
        self.current.remove_all(field.aliases);
        differs
    }

    /// The session starts over: nothing that guards taken before this publish counts.
    pub(super) fn clear(&mut self) {
        if self.ending == Ending::None {
            self.ending = Ending::Cleared;
        }
        self.start_over();
    }

    pub(super) fn destroy(&mut self) {
        self.ending = Ending::Destroyed;
        self.start_over();
    }

    fn start_over(&mut self) {
        self.generation += 1;
        self.publications.clear();
        self.state = State::New;
        self.sealed = None;
        self.loaded = Records::default();
        self.current = Records::default();
    }

    /// Gives every published field its deadline: the old one if it has its old value again, so that
    /// an equal value is no change, or else one that is counted from `now` on.
    pub(super) fn settle_deadlines(&mut self, config: &Config, now: Timestamp) {
        for publication in &self.publications {
            let Some(field) = config.schema.fields.get(publication.field) else {
                continue;
            };
            let Some(published) = self.current.get(field.tag) else {
                continue;
            };
            let record = match field.record(&self.loaded) {
                Some(loaded) if loaded.value == published.value => Record {
                    tag: field.tag,
                    ..loaded.clone()
                },
                _ => Record {
                    deadline: field.ttl.map(|seconds| now.plus(seconds)),
                    ..published.clone()
                },
            };
            self.current.set(record);
        }
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
