//! From a slot to what its response sends.

use http::HeaderValue;

use super::{Contents, Slot};
use crate::config::Config;
use crate::cookie::{MAX_BYTES, WARN_BYTES};
use crate::event;
use crate::policy::{Action, Facts, Reply, Stored, Upkeep, decide};
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
    /// What a response does; nobody looks at it for a session that nobody asked for. From here on
    /// changes are late.
    pub(crate) fn commit(&self, answer: impl FnOnce() -> Answer) -> Commit {
        let Some(mut contents) = self.close() else {
            return Commit::Untouched;
        };
        let config = &*self.config;
        let now = config.now();
        contents.settle_deadlines(config, now);
        let (plaintext, dropped) = contents.plaintext(config, now);
        let facts = contents.facts(config, &plaintext, answer(), now);
        let mut decision = decide(facts);
        let mut nonce = Nonce::default();
        if decision.action.seals() && getrandom::fill(&mut nonce).is_err() {
            event::no_randomness(config);
            decision = decide(facts.without_randomness());
        }
        event::committed(config, decision);
        if decision.fails {
            contents.report_failure(config, &plaintext);
        }
        if decision.action.seals() {
            event::dropped(config, &dropped);
        }
        let set_cookie = match decision.action {
            Action::Nothing => None,
            Action::Remove => Some(config.options.cookie.removal()),
            Action::Reseal => {
                let plaintext = contents.with_old_times(plaintext);
                Some(contents.seal(config, now, &nonce, &plaintext))
            }
            Action::Set => Some(contents.seal(config, now, &nonce, &plaintext)),
        };
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
        Facts {
            carried: self.carried,
            ending: self.ending,
            stored: self.stored(config, plaintext),
            reply: if answer.fails {
                Reply::Fails
            } else {
                Reply::Saves
            },
            upkeep: if answer.takes_upkeep && fits(config, plaintext) {
                self.upkeep(config, now)
            } else {
                Upkeep::None
            },
        }
    }

    fn stored(&self, config: &Config, plaintext: &Plaintext) -> Stored {
        if self.failure().is_some() {
            Stored::Impossible
        } else if self.current == self.loaded {
            Stored::Same
        } else if self.current.is_empty() {
            Stored::Emptied
        } else if fits(config, plaintext) {
            Stored::Changed
        } else {
            Stored::Impossible
        }
    }

    /// What a session that nobody changed is sealed again for.
    fn upkeep(&self, config: &Config, now: Timestamp) -> Upkeep {
        let lifetime = config.schema.lifetime;
        match self.sealed {
            Some(_) if self.current.is_empty() && self.withholds => Upkeep::None,
            Some(_) if self.current.is_empty() => Upkeep::Remove,
            Some(sealed) if lifetime.is_refresh_due(sealed.renewed_at, now) => Upkeep::Refresh,
            Some(sealed) if sealed.key != self.keys.sealing(now).id => Upkeep::Reseal,
            _ => Upkeep::None,
        }
    }

    /// A new key alone extends no clock.
    fn with_old_times(&self, plaintext: Plaintext) -> Plaintext {
        let renewed_at = self.sealed.map(|sealed| sealed.renewed_at);
        Plaintext {
            renewed_at: renewed_at.unwrap_or(plaintext.renewed_at),
            ..plaintext
        }
    }

    /// What is to be sealed, and the records that only another release knows and that had to make
    /// room, as a session that nobody changed never makes them do.
    fn plaintext(&self, config: &Config, now: Timestamp) -> (Plaintext, Vec<Record>) {
        let mut plaintext = Plaintext {
            created_at: self.sealed.map_or(now, |sealed| sealed.created_at),
            renewed_at: now,
            records: self.current.clone(),
        };
        let mut dropped = Vec::new();
        if self.current != self.loaded {
            while !fits(config, &plaintext)
                && let Some(unknown) = largest_unknown(config, &plaintext.records)
            {
                let unknown = unknown.clone();
                plaintext.records.remove(unknown.tag);
                dropped.push(unknown);
            }
        }
        (plaintext, dropped)
    }

    fn seal(
        &self,
        config: &Config,
        now: Timestamp,
        nonce: &Nonce,
        plaintext: &Plaintext,
    ) -> HeaderValue {
        let bytes = len(config, plaintext);
        if bytes > WARN_BYTES {
            event::nearly_full(config, bytes, &plaintext.records);
        }
        let token = token::seal(&self.keys, now, nonce, plaintext);
        config.options.cookie.set(&token)
    }

    fn report_failure(&self, config: &Config, plaintext: &Plaintext) {
        match self.failure() {
            Some((field, error)) => {
                event::not_serializable(config, config.schema.field_name(field), error);
            }
            None if !fits(config, plaintext) => {
                event::too_long(config, len(config, plaintext), &plaintext.records);
            }
            None => {}
        }
    }
}

fn len(config: &Config, plaintext: &Plaintext) -> usize {
    config.cookie_name.len() + Plaintext::sealed_len(&plaintext.records)
}

fn fits(config: &Config, plaintext: &Plaintext) -> bool {
    len(config, plaintext) <= MAX_BYTES
}

fn largest_unknown<'a>(config: &Config, records: &'a Records) -> Option<&'a Record> {
    let unknown = records
        .iter()
        .filter(|record| config.schema.field_of(record.tag).is_none());
    unknown.max_by_key(|record| record.value.len())
}
