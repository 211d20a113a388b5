//! What is sealed, and the cookies that it becomes.

use http::HeaderValue;

use super::Contents;
use super::contents::cookie_len;
use super::held::Held;
use super::upkeep::lifetimes;
use crate::config::Config;
use crate::cookie::MAX_BYTES;
use crate::lifetime::BROWSERS_KEEP;
use crate::part::{Part, Parts};
use crate::record::Record;
use crate::time::Timestamp;
use crate::token::{self, Nonce, Plaintext};

/// What a response would seal of a session.
pub(super) struct Draft {
    pub(super) plaintexts: Parts<Plaintext>,
    /// Records that only another release knows and that had to make room.
    pub(super) dropped: Vec<(Part, Record)>,
}

impl Contents {
    /// A session that nobody changed makes no record make room.
    pub(super) fn draft(&self, config: &Config, now: Timestamp) -> Draft {
        let mut draft = Draft {
            plaintexts: self.plaintexts(config, now),
            dropped: Vec::new(),
        };
        if self.has_changed(&draft.plaintexts) {
            draft.make_room(config);
        }
        draft
    }

    fn plaintexts(&self, config: &Config, now: Timestamp) -> Parts<Plaintext> {
        self.parts.map(|part, held| {
            let goes_on = held.sealed.filter(|_| part != Part::Main || !self.begins);
            Plaintext {
                flags: self.flags(config, part),
                created_at: goes_on.map_or(now, |sealed| sealed.created_at),
                renewed_at: now,
                records: held.current.clone(),
            }
        })
    }
}

impl Draft {
    /// How many bytes the browser is to keep of the session, names and values.
    pub(super) fn len(&self, config: &Config) -> usize {
        let all = self.plaintexts.iter();
        let kept = all.filter(|(_, plaintext)| !plaintext.records.is_empty());
        kept.map(|(part, plaintext)| cookie_len(config, part, &plaintext.records))
            .sum()
    }

    fn make_room(&mut self, config: &Config) {
        while self.len(config) > MAX_BYTES
            && let Some((part, unknown)) = self.largest_unknown(config)
            && let Some(plaintext) = self.plaintexts.get_mut(part)
        {
            plaintext.records.remove(unknown.tag);
            self.dropped.push((part, unknown));
        }
    }

    fn largest_unknown(&self, config: &Config) -> Option<(Part, Record)> {
        let all = self.plaintexts.iter().flat_map(|(part, plaintext)| {
            let records = plaintext.records.iter();
            records.map(move |record| (part, record))
        });
        let unknown =
            all.filter(|(part, record)| config.schema.field_of(*part, record.tag).is_none());
        let largest = unknown.max_by_key(|(_, record)| record.value.len());
        largest.map(|(part, record)| (part, record.clone()))
    }
}

pub(super) fn set_cookie(
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

/// A new key alone extends no clock.
pub(super) fn with_old_times(held: &Held, plaintext: Plaintext) -> Plaintext {
    let renewed_at = held.sealed.map(|sealed| sealed.renewed_at);
    Plaintext {
        renewed_at: renewed_at.unwrap_or(plaintext.renewed_at),
        ..plaintext
    }
}
