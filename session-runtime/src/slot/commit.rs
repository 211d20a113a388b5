//! From a slot to what its response sends.

use http::HeaderValue;

use super::contents::Times;
use super::{Contents, Slot};
use crate::config::Config;
use crate::cookie::{MAX_BYTES, WARN_BYTES};
use crate::event;
use crate::policy::{self, Action, Facts, Reply, Stored, decide};
use crate::record::{Record, Records};
use crate::time::Timestamp;
use crate::token::{self, Nonce, Plaintext};

/// What a response says about saving.
#[derive(Clone, Copy)]
pub(crate) struct Answer {
    /// It reports a failure.
    pub(crate) fails: bool,
    /// A cookie may be added to it that its handler did not ask for.
    pub(crate) takes_upkeep: bool,
}

/// What a response does about a session.
pub(crate) enum Commit {
    /// Nobody asked for it.
    Untouched,
    /// It was read, so the response depends on the request's cookie.
    Asked {
        /// Sets or removes it.
        set_cookie: Option<HeaderValue>,
        /// It cannot be saved, so the response is a 500; the log says why.
        fails: bool,
    },
}

impl Slot {
    /// What a response does. From here on changes are late.
    pub(crate) fn commit(&self, answer: Answer) -> Commit {
        let Some(mut contents) = self.close() else {
            return Commit::Untouched;
        };
        let config = &*self.config;
        let now = config.now();
        contents.settle_deadlines(config, now);
        let (plaintext, dropped) = contents.plaintext(config, now);
        let facts = contents.facts(config, &plaintext, answer, now);
        let mut decision = decide(facts);
        let mut set_cookie = None;
        match decision.action {
            Action::Nothing => {}
            Action::Remove => set_cookie = Some(config.options.cookie.removal()),
            Action::Set => {
                set_cookie = seal(config, &plaintext);
                if set_cookie.is_some() {
                    event::dropped(config, &dropped);
                } else {
                    event::no_randomness(config);
                    decision = policy::fail(Action::Nothing);
                }
            }
        }
        if decision.fails {
            contents.report_failure(config, &plaintext);
        }
        event::committed(config, decision);
        Commit::Asked {
            set_cookie,
            fails: decision.fails,
        }
    }
}

impl Contents {
    fn facts(
        &self,
        config: &Config,
        plaintext: &Plaintext,
        answer: Answer,
        now: Timestamp,
    ) -> Facts {
        let fits = len(config, plaintext) <= MAX_BYTES;
        Facts {
            carried: self.carried,
            ending: self.ending,
            stored: self.stored(fits),
            reply: match answer {
                Answer { fails: true, .. } => Reply::Fails,
                Answer {
                    takes_upkeep: true, ..
                } if fits && self.is_refresh_due(config, now) => Reply::SavesAndRefreshes,
                Answer { .. } => Reply::Saves,
            },
        }
    }

    fn stored(&self, fits: bool) -> Stored {
        if self.failure().is_some() {
            Stored::Impossible
        } else if self.current == self.loaded {
            Stored::Same
        } else if self.current.is_empty() {
            Stored::Emptied
        } else if fits {
            Stored::Changed
        } else {
            Stored::Impossible
        }
    }

    fn is_refresh_due(&self, config: &Config, now: Timestamp) -> bool {
        let lifetime = config.schema.lifetime;
        self.times
            .is_some_and(|times| lifetime.is_refresh_due(times.renewed_at, now))
    }

    /// What is to be sealed, and the records that only another release knows and that had to make
    /// room, as a session that nobody changed never makes them do.
    fn plaintext(&self, config: &Config, now: Timestamp) -> (Plaintext, Vec<Record>) {
        let mut plaintext = Plaintext {
            created_at: self.times.map_or(now, |times: Times| times.created_at),
            renewed_at: now,
            records: self.current.clone(),
        };
        let mut dropped = Vec::new();
        if self.current != self.loaded {
            while len(config, &plaintext) > MAX_BYTES
                && let Some(unknown) = largest_unknown(config, &plaintext.records)
            {
                let unknown = unknown.clone();
                plaintext.records.remove(unknown.tag);
                dropped.push(unknown);
            }
        }
        (plaintext, dropped)
    }

    fn report_failure(&self, config: &Config, plaintext: &Plaintext) {
        match self.failure() {
            Some((field, error)) => {
                event::not_serializable(config, config.schema.field_name(field), error);
            }
            None if len(config, plaintext) > MAX_BYTES => {
                event::too_long(config, len(config, plaintext), &plaintext.records);
            }
            None => {}
        }
    }
}

fn len(config: &Config, plaintext: &Plaintext) -> usize {
    config.cookie_name.len() + plaintext.sealed_len()
}

/// `None` when the operating system has no randomness for the nonce.
fn seal(config: &Config, plaintext: &Plaintext) -> Option<HeaderValue> {
    let bytes = len(config, plaintext);
    if bytes > WARN_BYTES {
        event::nearly_full(config, bytes, &plaintext.records);
    }
    let mut nonce = Nonce::default();
    getrandom::fill(&mut nonce).ok()?;
    let token = token::seal(&config.keys, &nonce, plaintext);
    Some(config.options.cookie.set(&token))
}

fn largest_unknown<'a>(config: &Config, records: &'a Records) -> Option<&'a Record> {
    let unknown = records
        .iter()
        .filter(|record| config.schema.field_of(record.tag).is_none());
    unknown.max_by_key(|record| record.value.len())
}
