//! The rules for when a key seals and opens, and the words behind a key's text that state them.

use std::str::FromStr;

use super::KeyError;
use super::key::WHITE_SPACE;
use crate::time::{Timestamp, read_time};

/// The rules for when a key seals and opens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Validity {
    /// Before this it opens only, so that every server can open what the first one seals.
    pub(crate) seals_from: Option<Timestamp>,
    /// It leaked: it neither seals nor opens.
    pub(crate) revoked: bool,
}

impl Validity {
    pub(crate) fn seals(self, now: Timestamp) -> bool {
        !self.revoked && self.seals_from.is_none_or(|from| from <= now)
    }

    pub(crate) fn waits(self) -> bool {
        !self.revoked && self.seals_from.is_some()
    }

    /// Returns true if the key seals at any time. A ring needs one key that does.
    pub(crate) fn always_seals(self) -> bool {
        !self.revoked && self.seals_from.is_none()
    }
}

/// The words behind a key: `revoked`, and `from=2027-01-15T00:00:00Z`.
impl FromStr for Validity {
    type Err = KeyError;

    fn from_str(words: &str) -> Result<Self, KeyError> {
        let mut validity = Self::default();
        let words = words.split(WHITE_SPACE).filter(|word| !word.is_empty());
        for word in words {
            if word == "revoked" && !validity.revoked {
                validity.revoked = true;
            } else if let (Some(time), None) = (word.strip_prefix("from="), validity.seals_from) {
                validity.seals_from = Some(read_time(time).ok_or(KeyError::Time)?);
            } else {
                return Err(KeyError::Word);
            }
        }
        Ok(validity)
    }
}
