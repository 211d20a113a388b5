//! The data that is sealed, and the cookies that it becomes.

use http::HeaderValue;

use super::Contents;
use super::held::Held;
use crate::config::Config;
use crate::cookie::MAX_BYTES;
use crate::lifetime::BROWSERS_KEEP;
use crate::part::{Part, Parts};
use crate::record::Record;
use crate::time::Timestamp;
use crate::token::{self, Nonce, Plaintext};

/// The session as a response would seal it.
pub(super) struct Draft {
    pub(super) plaintexts: Parts<Plaintext>,
    /// Records that only another release knows and that had to make room.
    pub(super) dropped: Vec<(Part, Record)>,
}

impl Contents {
    /// A session that nobody changed makes no record make room.
    pub(super) fn draft(&self, config: &Config, now: Timestamp, is_use: bool) -> Draft {
        let mut draft = Draft {
            plaintexts: self.plaintexts(config, now, is_use),
            dropped: Vec::new(),
        };
        if self.has_changed(&draft.plaintexts) {
            draft.make_room(config);
        }
        draft
    }

    /// A change that a page makes by itself is saved, and is no use of the session: it ends when it would
    /// have ended without. One that begins here has no other use.
    fn plaintexts(&self, config: &Config, now: Timestamp, is_use: bool) -> Parts<Plaintext> {
        let goes_on = self.parts.main.sealed.filter(|_| !self.begins);
        let began = goes_on.map_or(now, |sealed| sealed.created_at);
        let last_use = goes_on.map(|sealed| sealed.renewed_at).filter(|_| !is_use);
        self.parts.map(|part, held| Plaintext {
            flags: self.flags(part),
            created_at: match part {
                Part::Main => began,
                Part::Browser | Part::Flash => held.sealed.map_or(now, |sealed| sealed.created_at),
            },
            renewed_at: last_use.filter(|_| part == Part::Main).unwrap_or(now),
            login: self.login(config, part),
            written_at: last_use.filter(|_| part == Part::Main).map(|_| now),
            records: held.current.clone(),
        })
    }

    fn loaded_len(&self, config: &Config) -> usize {
        let loaded = self
            .parts
            .iter()
            .filter(|(_, held)| !held.loaded.is_empty());
        let lens = loaded.map(|(part, held)| {
            let (login, written_at) = match held.sealed {
                Some(sealed) => (sealed.login, sealed.written_at),
                None => (None, None),
            };
            cookie_len(
                config,
                part,
                Plaintext::sealed_len_of(&held.loaded, login, written_at),
            )
        });
        lens.sum()
    }
}

/// Returns the number of bytes of a cookie whose token has this length, name and value.
pub(super) fn cookie_len(config: &Config, part: Part, token_len: usize) -> usize {
    config.part(part).cookie_name.len() + token_len
}

/// Returns the largest number of bytes that the browser is to keep of a session. While no user is
/// logged in, there is room left for the user of a login. A login that always answers with a 500
/// would be worse than a cart that is full.
pub(super) fn limit(config: &Config, is_somebodys: bool) -> usize {
    if is_somebodys || config.schema.identity.is_none() {
        MAX_BYTES
    } else {
        MAX_BYTES - FOR_A_LOGIN
    }
}

/// The bytes of a cookie that are kept free for a user's id.
const FOR_A_LOGIN: usize = 256;

impl Draft {
    pub(super) fn limit(&self, config: &Config) -> usize {
        limit(config, self.plaintexts.main.login.is_some())
    }

    /// Returns the number of bytes that the browser is to keep of the session, names and values.
    pub(super) fn len(&self, config: &Config) -> usize {
        let all = self.plaintexts.iter();
        let kept = all.filter(|(_, plaintext)| !plaintext.records.is_empty());
        kept.map(|(part, plaintext)| cookie_len(config, part, plaintext.sealed_len()))
            .sum()
    }

    /// Returns true if the browser keeps the session. Of two responses that fit, the browser may
    /// keep one cookie each, and both cookies together may be over the limit. A session that is
    /// over the limit may be left as it is, or shrink.
    pub(super) fn fits(&self, config: &Config, contents: &Contents) -> bool {
        let len = self.len(config);
        len <= self.limit(config)
            || (len <= contents.loaded_len(config) && self.is_kept_in_parts(config))
    }

    fn is_kept_in_parts(&self, config: &Config) -> bool {
        let mut all = self.plaintexts.iter();
        all.all(|(part, plaintext)| cookie_len(config, part, plaintext.sealed_len()) <= MAX_BYTES)
    }

    fn make_room(&mut self, config: &Config) {
        while self.len(config) > self.limit(config)
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

/// Returns the number of seconds that the browser is to keep the cookie. The number follows from
/// the times that are sealed inside. `None` means until the browser is closed.
fn max_age(config: &Config, part: Part, plaintext: &Plaintext, now: Timestamp) -> Option<u64> {
    let Plaintext {
        flags,
        created_at,
        renewed_at,
        records,
        ..
    } = plaintext;
    let end = match part {
        Part::Main if !flags.remembered => return None,
        Part::Main => config.schema.lifetime.end(*created_at, *renewed_at),
        Part::Browser | Part::Flash => {
            let deadlines = records.iter().map(|record| record.deadline);
            deadlines.max().flatten().unwrap_or(now.plus(BROWSERS_KEEP))
        }
    };
    Some(now.seconds_until(end).min(BROWSERS_KEEP))
}

/// A new key alone extends no clock.
pub(super) fn with_old_times(held: &Held, plaintext: Plaintext) -> Plaintext {
    let Some(sealed) = held.sealed else {
        return plaintext;
    };
    Plaintext {
        renewed_at: sealed.renewed_at,
        written_at: sealed.written_at,
        ..plaintext
    }
}

/// To seal what the browser keeps is to use it: its fields last from now on. Those that only
/// another release knows do not, because how long they last is not known here.
pub(super) fn used(config: &Config, mut plaintext: Plaintext, now: Timestamp) -> Plaintext {
    let fields = config.schema.fields.iter();
    for field in fields.filter(|field| field.part == Part::Browser) {
        if let Some(record) = field.record_in(&plaintext.records) {
            let record = Record {
                deadline: field.ttl.map(|seconds| now.plus(seconds)),
                ..record.clone()
            };
            plaintext.records.set(record);
        }
    }
    plaintext
}
