//! From a slot to what its response sends.

use http::{HeaderValue, StatusCode};

use super::{Contents, Slot};
use crate::clock;
use crate::config::Config;
use crate::cookie::{MAX_BYTES, WARN_BYTES};
use crate::event;
use crate::policy::{Decision, Facts, decide};
use crate::record::{Record, Records};
use crate::token::{self, Nonce, Plaintext};

/// What a response does about a session.
pub(crate) enum Commit {
    /// Nobody asked for it.
    Untouched,
    /// It was read, so the response depends on the request's cookie.
    Read,
    /// A `Set-Cookie` that sets or removes it.
    Send(HeaderValue),
    /// It cannot be saved; the log says why.
    Failed,
}

/// Why a session cannot be saved.
pub(crate) enum SaveError {
    /// The operating system gave no random bytes for the nonce.
    NoRandomness,
    /// Name and value come to this many bytes.
    TooLong(usize),
}

impl Slot {
    /// What a response with this status does. From here on changes are late.
    pub(crate) fn commit(&self, status: StatusCode) -> Commit {
        let Some(contents) = self.close() else {
            return Commit::Untouched;
        };
        let facts = contents.facts(status);
        if let (true, Some((field, error))) = (facts.saves, contents.failure()) {
            event::not_serializable(&self.config, self.config.schema.field_name(field), error);
            return Commit::Failed;
        }
        match decide(facts) {
            Decision::Nothing => Commit::Read,
            Decision::Remove => Commit::Send(self.config.cookie.removal()),
            Decision::Set => match contents.seal(&self.config) {
                Ok(line) => Commit::Send(line),
                Err(error) => {
                    event::not_saved(&self.config, &error, &contents.current);
                    Commit::Failed
                }
            },
        }
    }
}

impl Contents {
    fn facts(&self, status: StatusCode) -> Facts {
        Facts {
            carried: self.carried,
            destroyed: self.destroyed,
            saves: !self.destroyed && saves(status),
            changed: self.current != self.loaded,
            empty: self.current.is_empty(),
        }
    }

    /// Seals the session into a cookie that browsers keep. Records that only another release knows
    /// make room for those of this one.
    fn seal(&self, config: &Config) -> Result<HeaderValue, SaveError> {
        let now = clock::now();
        let mut plaintext = Plaintext {
            created_at: self.created_at.unwrap_or(now),
            renewed_at: now,
            records: self.current.clone(),
        };
        loop {
            let token = seal(config, &plaintext)?;
            let bytes = config.cookie_name.len() + token.len();
            if bytes <= MAX_BYTES {
                if bytes > WARN_BYTES {
                    event::nearly_full(config, bytes, &plaintext.records);
                }
                return Ok(config.cookie.set(&token));
            }
            let Some(unknown) = largest_unknown(config, &plaintext.records) else {
                return Err(SaveError::TooLong(bytes));
            };
            event::unknown_dropped(config, unknown.value.len());
            let tag = unknown.tag;
            plaintext.records.remove(tag);
        }
    }
}

fn seal(config: &Config, plaintext: &Plaintext) -> Result<String, SaveError> {
    let mut nonce = Nonce::default();
    getrandom::fill(&mut nonce).map_err(|_| SaveError::NoRandomness)?;
    Ok(token::seal(&config.keys, &nonce, plaintext))
}

fn largest_unknown<'a>(config: &Config, records: &'a Records) -> Option<&'a Record> {
    let unknown = records
        .iter()
        .filter(|record| config.schema.name_of(record.tag).is_none());
    unknown.max_by_key(|record| record.value.len())
}

/// A response that reports a failure of the server does not save what its handler was about to do.
fn saves(status: StatusCode) -> bool {
    !status.is_server_error() && status != StatusCode::REQUEST_TIMEOUT
}
