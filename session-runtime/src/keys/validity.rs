//! The rules for when a key seals and opens, and the words behind a key's text that state them.

use std::str::FromStr;

use super::KeyError;
use super::key::WHITE_SPACE;
use crate::time::{Timestamp, days_since_1970};

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

/// `2027-01-15T00:00:00Z`, and no other spelling: it is read by people at the worst of times.
fn read_time(text: &str) -> Option<Timestamp> {
    let pattern = "dddd-dd-ddTdd:dd:ddZ";
    let fits = |(byte, expected): (u8, u8)| match expected {
        b'd' => byte.is_ascii_digit(),
        other => byte == other,
    };
    if text.len() != pattern.len() || !text.bytes().zip(pattern.bytes()).all(fits) {
        return None;
    }
    let mut numbers = text.split(|character: char| !character.is_ascii_digit());
    let mut next = || numbers.next()?.parse::<u64>().ok();
    let (year, month, day) = (next()?, next()?, next()?);
    let (hour, minute, second) = (next()?, next()?, next()?);
    let in_bounds = year >= 1970
        && (1..=12).contains(&month)
        && (1..=days_in(year, month)).contains(&day)
        && (hour < 24 && minute < 60 && second < 60);
    let days = days_since_1970(year, month, day).filter(|_| in_bounds)?;
    let seconds = ((days * 24 + hour) * 60 + minute) * 60 + second;
    Some(Timestamp::from_seconds(seconds))
}

fn days_in(year: u64, month: u64) -> u64 {
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_has_one_spelling() {
        for (text, seconds) in [
            ("1970-01-01T00:00:00Z", 0),
            ("1970-01-02T03:04:05Z", 97_445),
            ("2000-02-29T00:00:00Z", 951_782_400),
            ("2027-01-15T08:00:00Z", 1_800_000_000),
            ("2100-03-01T00:00:00Z", 4_107_542_400),
            ("9999-12-31T23:59:59Z", 253_402_300_799),
        ] {
            assert_eq!(
                read_time(text),
                Some(Timestamp::from_seconds(seconds)),
                "{text}"
            );
        }
        for text in [
            "",
            "2027-01-15",
            "2027-1-15T00:00:00Z",
            "2027-01-15 00:00:00Z",
            "2027-01-15T00:00:00+00:00",
            "2027-01-15T00:00:00z",
            "2027-00-15T00:00:00Z",
            "2027-13-15T00:00:00Z",
            "2027-01-00T00:00:00Z",
            "2027-02-29T00:00:00Z",
            "2100-02-29T00:00:00Z",
            "2027-01-15T24:00:00Z",
            "2027-01-15T00:60:00Z",
            "2027-01-15T00:00:60Z",
            "1969-12-31T23:59:59Z",
            "٢٠٢٧-01-15T00:00:00Z",
        ] {
            assert_eq!(read_time(text), None, "{text}");
        }
    }
}
