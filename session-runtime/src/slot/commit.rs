//! From a slot to what its response sends.

use http::HeaderValue;

use super::contents::cookie_len;
use super::held::Held;
use super::{Contents, Slot};
use crate::config::Config;
use crate::cookie::{MAX_BYTES, WARN_BYTES};
use crate::event;
use crate::lifetime::{self, BROWSERS_KEEP};
use crate::part::{Part, Parts};
use crate::policy::{Action, Decision, Ending, Facts, Reply, Stored, Upkeep, decide};
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
    /// It has a body that somebody looks at.
    pub(crate) is_seen: bool,
}

/// What a response does about a session.
pub(crate) enum Commit {
    /// Nobody asked for it.
    Untouched,
    /// It was read, so the response depends on the request's cookies.
    Asked {
        /// Set or remove the parts that changed.
        set_cookies: Parts<Option<HeaderValue>>,
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
        let answer = answer();
        if !answer.is_seen {
            contents.leave_flash_as_it_was(config);
        }
        contents.settle_deadlines(config, now);
        let (plaintexts, dropped) = contents.plaintexts(config, now);
        let mut facts = contents.facts(config, &plaintexts, answer, now);
        let mut decisions = facts.map(|_, facts| decide(*facts));
        let nonces = nonces(&decisions).unwrap_or_else(|| {
            event::no_randomness(config);
            facts = without_randomness(&facts);
            decisions = facts.map(|_, facts| decide(*facts));
            decisions.map(|_, _| Nonce::default())
        });
        contents.report(config, &plaintexts, &facts, &decisions, &dropped);
        let set_cookies = decisions.map(|part, decision| {
            let held = contents.parts.get(part)?;
            let (plaintext, nonce) = (plaintexts.get(part)?, nonces.get(part)?);
            match decision.action {
                Action::Nothing => None,
                Action::Remove => Some(config.options.cookie.removal(part)),
                Action::Set => Some(set_cookie(config, part, held, now, nonce, plaintext)),
                Action::Reseal => {
                    let plaintext = with_old_times(held, plaintext.clone());
                    Some(set_cookie(config, part, held, now, nonce, &plaintext))
                }
            }
        });
        Commit::Asked {
            set_cookies,
            fails: facts.main.reply == Reply::CannotSave,
        }
    }
}

/// One for each part that is sealed; `None` if the operating system gives none.
fn nonces(decisions: &Parts<Decision>) -> Option<Parts<Nonce>> {
    let mut all = true;
    let nonces = decisions.map(|_, decision| {
        let mut nonce = Nonce::default();
        if decision.action.seals() {
            all &= getrandom::fill(&mut nonce).is_ok();
        }
        nonce
    });
    all.then_some(nonces)
}

/// The same where nothing can be sealed: upkeep is skipped, and a change cannot be saved.
fn without_randomness(facts: &Parts<Facts>) -> Parts<Facts> {
    let changes = |(_, facts): (Part, &Facts)| facts.stored == Stored::Changed;
    let reply = match facts.main.reply {
        Reply::Saves if facts.iter().any(changes) => Reply::CannotSave,
        reply => reply,
    };
    facts.map(|_, facts| Facts {
        reply,
        upkeep: Upkeep::None,
        ..*facts
    })
}

impl Contents {
    fn facts(
        &self,
        config: &Config,
        plaintexts: &Parts<Plaintext>,
        answer: Answer,
        now: Timestamp,
    ) -> Parts<Facts> {
        let reply = if answer.fails {
            Reply::Fails
        } else if self.can_be_saved(config, plaintexts) {
            Reply::Saves
        } else {
            Reply::CannotSave
        };
        let takes_upkeep = answer.takes_upkeep && len(config, plaintexts) <= MAX_BYTES;
        let both = self.parts.zip(plaintexts);
        both.map(|part, (held, plaintext)| Facts {
            carried: held.carried,
            ending: self.ending_of(part),
            stored: stored(held, plaintext),
            reply,
            upkeep: if takes_upkeep {
                upkeep(config, part, held, now)
            } else {
                Upkeep::None
            },
        })
    }

    /// What the browser keeps outlives all endings but one.
    fn ending_of(&self, part: Part) -> Ending {
        match (part, self.ending) {
            (Part::Remember, Ending::Replaced | Ending::Cleared) => Ending::None,
            (_, ending) => ending,
        }
    }

    fn can_be_saved(&self, config: &Config, plaintexts: &Parts<Plaintext>) -> bool {
        let fits = || !self.has_changed(plaintexts) || len(config, plaintexts) <= MAX_BYTES;
        self.failure().is_none() && fits()
    }

    fn has_changed(&self, plaintexts: &Parts<Plaintext>) -> bool {
        let both = self.parts.zip(plaintexts);
        both.iter()
            .any(|(_, (held, plaintext))| stored(held, plaintext) == Stored::Changed)
    }

    /// What is to be sealed, and the records that only another release knows and that had to make
    /// room, as a session that nobody changed never makes them do.
    fn plaintexts(
        &self,
        config: &Config,
        now: Timestamp,
    ) -> (Parts<Plaintext>, Vec<(Part, Record)>) {
        let mut plaintexts = self.parts.map(|part, held| {
            let goes_on = held.sealed.filter(|_| part != Part::Main || !self.begins);
            Plaintext {
                flags: self.flags(config, part),
                created_at: goes_on.map_or(now, |sealed| sealed.created_at),
                renewed_at: now,
                records: held.current.clone(),
            }
        });
        let mut dropped = Vec::new();
        if self.has_changed(&plaintexts) {
            while len(config, &plaintexts) > MAX_BYTES
                && let Some((part, unknown)) = largest_unknown(config, &plaintexts)
                && let Some(plaintext) = plaintexts.get_mut(part)
            {
                plaintext.records.remove(unknown.tag);
                dropped.push((part, unknown));
            }
        }
        (plaintexts, dropped)
    }

    fn report(
        &self,
        config: &Config,
        plaintexts: &Parts<Plaintext>,
        facts: &Parts<Facts>,
        decisions: &Parts<Decision>,
        dropped: &[(Part, Record)],
    ) {
        let mut seals = false;
        for (part, decision) in decisions.iter() {
            event::committed(config, part, *decision);
            seals |= decision.action.seals();
        }
        let bytes = len(config, plaintexts);
        match self.failure() {
            _ if seals => {
                event::dropped(config, dropped);
                if bytes > WARN_BYTES {
                    event::nearly_full(config, bytes, plaintexts);
                }
            }
            _ if facts.main.reply != Reply::CannotSave => {}
            Some((field, error)) => {
                event::not_serializable(config, config.schema.field_name(field), error);
            }
            None if bytes > MAX_BYTES => event::too_long(config, bytes, plaintexts),
            None => {}
        }
    }
}

fn stored(held: &Held, plaintext: &Plaintext) -> Stored {
    let was_remembered = held.sealed.map(|sealed| sealed.flags.remembered);
    let is_kept_as_it_was = was_remembered.is_none_or(|was| was == plaintext.flags.remembered);
    if plaintext.records.is_empty() {
        if held.loaded.is_empty() {
            Stored::Same
        } else {
            Stored::Emptied
        }
    } else if plaintext.records == held.loaded && is_kept_as_it_was {
        Stored::Same
    } else {
        Stored::Changed
    }
}

/// What a part that nobody changed is sealed again for. Flash never is: it is gone in minutes, and
/// a poll or an asset must not bring back what a page is showing at the time.
fn upkeep(config: &Config, part: Part, held: &Held, now: Timestamp) -> Upkeep {
    let Some(sealed) = held.sealed.filter(|_| part != Part::Flash) else {
        return Upkeep::None;
    };
    if held.current.is_empty() {
        return if held.withholds {
            Upkeep::None
        } else {
            Upkeep::Remove
        };
    }
    let idle = match part {
        Part::Main => config.schema.lifetime.idle,
        Part::Remember | Part::Flash => shortest(config, part, &held.current),
    };
    if lifetime::is_refresh_due(idle, sealed.renewed_at, now) {
        Upkeep::Refresh
    } else if sealed.key != held.keys.sealing(now).id {
        Upkeep::Reseal
    } else {
        Upkeep::None
    }
}

/// How many seconds the first of these fields lasts that are counted from their last use on.
fn shortest(config: &Config, part: Part, records: &Records) -> u64 {
    lifetimes(config, part, records)
        .min()
        .unwrap_or(BROWSERS_KEEP)
}

/// Nobody here knows how long a field of another release lasts.
fn lifetimes(config: &Config, part: Part, records: &Records) -> impl Iterator<Item = u64> {
    records.iter().map(move |record| {
        let field = config.schema.field_of(part, record.tag);
        let ttl = field.and_then(|field| field.ttl);
        ttl.unwrap_or(BROWSERS_KEEP)
    })
}

/// A new key alone extends no clock.
fn with_old_times(held: &Held, plaintext: Plaintext) -> Plaintext {
    let renewed_at = held.sealed.map(|sealed| sealed.renewed_at);
    Plaintext {
        renewed_at: renewed_at.unwrap_or(plaintext.renewed_at),
        ..plaintext
    }
}

fn set_cookie(
    config: &Config,
    part: Part,
    held: &Held,
    now: Timestamp,
    nonce: &Nonce,
    plaintext: &Plaintext,
) -> HeaderValue {
    let token = token::seal(&held.keys, now, nonce, plaintext);
    let seconds = max_age(config, part, plaintext, now);
    config.options.cookie.set(part, &token, seconds)
}

/// How long the browser is to keep the cookie: what is sealed inside, told to it. `None` is until
/// it is closed.
fn max_age(config: &Config, part: Part, plaintext: &Plaintext, now: Timestamp) -> Option<u64> {
    let Plaintext {
        flags,
        created_at,
        renewed_at,
        records,
    } = plaintext;
    let end = match part {
        Part::Main if !flags.remembered => return None,
        Part::Main => config.schema.lifetime.end(*created_at, *renewed_at),
        Part::Remember => {
            let longest = lifetimes(config, part, records).max();
            renewed_at.plus(longest.unwrap_or(BROWSERS_KEEP))
        }
        Part::Flash => {
            let deadlines = records.iter().filter_map(|record| record.deadline);
            deadlines.max().unwrap_or(now)
        }
    };
    Some(now.seconds_until(end).min(BROWSERS_KEEP))
}

/// How many bytes the browser is to keep of the session, names and values.
fn len(config: &Config, plaintexts: &Parts<Plaintext>) -> usize {
    let kept = plaintexts
        .iter()
        .filter(|(_, plaintext)| !plaintext.records.is_empty());
    kept.map(|(part, plaintext)| cookie_len(config, part, &plaintext.records))
        .sum()
}

fn largest_unknown(config: &Config, plaintexts: &Parts<Plaintext>) -> Option<(Part, Record)> {
    let all = plaintexts.iter().flat_map(|(part, plaintext)| {
        let records = plaintext.records.iter();
        records.map(move |record| (part, record))
    });
    let unknown = all.filter(|(part, record)| config.schema.field_of(*part, record.tag).is_none());
    let largest = unknown.max_by_key(|(_, record)| record.value.len());
    largest.map(|(part, record)| (part, record.clone()))
}
