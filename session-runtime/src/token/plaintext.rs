//! The plaintext that a token seals.
//!
//! ```text
//! flags (1) ‖ created-at (5) ‖ renewed-at (5) ‖ [login (4)] ‖ [written-at (5)] ‖ records
//! ```

use bytes::{Buf as _, Bytes};

use super::{OVERHEAD_BYTES, text};
use crate::record::{Malformed, Records, take_array};
use crate::time::Timestamp;

/// The facts about a session that are sealed beside its fields. A flag that this release does not
/// know is refused, because a release that knows it gives the token another meaning. The flag 0x04
/// is that of a [`Ticket`](super::Ticket).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Flags {
    /// The browser keeps it when it is closed. Of the main part only.
    pub(crate) remembered: bool,
    /// It began after a session that had expired, and no page has asked since. Of the main part only.
    pub(crate) untold: bool,
}

/// The values that follow the times, as the byte of flags says.
#[derive(Clone, Copy)]
struct Follows {
    login: bool,
    written_at: bool,
}

/// The login that a session is in, or that a notice was written in. It is a random number that is
/// drawn at the login, so that two logins in one second are two.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct LoginId(pub(crate) [u8; Self::BYTES]);

impl LoginId {
    pub(crate) const BYTES: usize = 4;

    /// The login of a session of which no release has written one.
    pub(crate) fn unwritten(created_at: Timestamp) -> Self {
        let [_, login @ ..] = created_at.to_bytes();
        Self(login)
    }
}

impl Flags {
    /// A login follows the times: a user is logged in, or was when the notice was written. A release
    /// that cannot tell who must not take it for nobody's.
    const SOMEBODY: u8 = 0x01;
    const REMEMBERED: u8 = 0x02;
    const UNTOLD: u8 = 0x08;
    /// The time of writing follows: that of the last use is older.
    const BACKGROUND: u8 = 0x10;

    fn from_byte(byte: u8) -> Option<(Self, Follows)> {
        let follows = Follows {
            login: byte & Self::SOMEBODY != 0,
            written_at: byte & Self::BACKGROUND != 0,
        };
        let flags = Self {
            remembered: byte & Self::REMEMBERED != 0,
            untold: byte & Self::UNTOLD != 0,
        };
        (flags.to_byte(follows) == byte).then_some((flags, follows))
    }

    fn to_byte(self, follows: Follows) -> u8 {
        let bit = |is_set, flag| if is_set { flag } else { 0 };
        bit(follows.login, Self::SOMEBODY)
            | bit(self.remembered, Self::REMEMBERED)
            | bit(self.untold, Self::UNTOLD)
            | bit(follows.written_at, Self::BACKGROUND)
    }
}

/// A session as it stands in one cookie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Plaintext {
    pub(crate) flags: Flags,
    /// The time at which the session began. In a part other than the main one, it is the time
    /// at which that part began.
    pub(crate) created_at: Timestamp,
    /// The time of the last use, as far as it was written down.
    pub(crate) renewed_at: Timestamp,
    /// In the main part and in notices, if they are somebody's.
    pub(crate) login: Option<LoginId>,
    /// The time of writing, if that was no use of the session. The records may be newer than the
    /// last use then. Only the main part has it.
    pub(crate) written_at: Option<Timestamp>,
    pub(crate) records: Records,
}

impl Plaintext {
    pub(crate) fn read(mut bytes: Bytes) -> Result<Self, Malformed> {
        let mut rest = &*bytes;
        let [flags] = take_array(&mut rest).ok_or(Malformed::Head)?;
        let head = Self::read_head(flags, &mut rest)?;
        bytes.advance(bytes.len() - rest.len());
        let records = Records::read(bytes)?;
        Ok(Self { records, ..head })
    }

    /// Reads what stands before the records and behind the byte of flags.
    pub(super) fn read_head(flags: u8, bytes: &mut &[u8]) -> Result<Self, Malformed> {
        let (flags, follows) = Flags::from_byte(flags).ok_or(Malformed::Flags)?;
        let (created_at, renewed_at) = (take_time(bytes)?, take_time(bytes)?);
        let login = follows.login.then(|| take_array(bytes).map(LoginId));
        let login = login
            .map(|login| login.ok_or(Malformed::Head))
            .transpose()?;
        let written_at = follows.written_at.then(|| take_time(bytes)).transpose()?;
        Ok(Self {
            flags,
            created_at,
            renewed_at,
            login,
            written_at,
            records: Records::default(),
        })
    }

    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        self.write_with(0, out);
    }

    /// Writes the same with these flags beside its own.
    pub(super) fn write_with(&self, flags: u8, out: &mut Vec<u8>) {
        let own = self.flags.to_byte(Follows {
            login: self.login.is_some(),
            written_at: self.written_at.is_some(),
        });
        out.push(own | flags);
        out.extend(self.created_at.to_bytes());
        out.extend(self.renewed_at.to_bytes());
        out.extend(self.login.iter().flat_map(|login| login.0));
        out.extend(self.written_at.iter().flat_map(|time| time.to_bytes()));
        out.extend_from_slice(self.records.as_bytes());
    }

    /// Returns the number of characters that a token with these records has.
    pub(crate) fn sealed_len_of(
        records: &Records,
        login: Option<LoginId>,
        written_at: Option<Timestamp>,
    ) -> usize {
        text::len(OVERHEAD_BYTES + written_len(records, login, written_at))
    }

    /// Returns the number of bytes that [`Self::write`] writes.
    pub(super) fn written_len(&self) -> usize {
        written_len(&self.records, self.login, self.written_at)
    }
}

fn written_len(records: &Records, login: Option<LoginId>, written_at: Option<Timestamp>) -> usize {
    let login = login.map_or(0, |login| login.0.len());
    let written_at = written_at.map_or(0, |_| Timestamp::BYTES);
    1 + 2 * Timestamp::BYTES + login + written_at + records.as_bytes().len()
}

fn take_time(bytes: &mut &[u8]) -> Result<Timestamp, Malformed> {
    let time = take_array(bytes).map(Timestamp::from_bytes);
    time.ok_or(Malformed::Head)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A plaintext without records that starts with `flags`, and has what they say.
    fn read(flags: u8) -> Result<Plaintext, Malformed> {
        let mut bytes = vec![flags, 0, 0, 0, 0, 1, 0, 0, 0, 0, 2];
        if flags & 0x01 != 0 {
            bytes.extend([9, 8, 7, 6]);
        }
        if flags & 0x10 != 0 {
            bytes.extend([0, 0, 0, 0, 3]);
        }
        Plaintext::read(bytes.into())
    }

    #[test]
    fn every_byte_of_flags_is_written_as_it_was_read_or_is_malformed() {
        let mut known = Vec::new();
        for byte in 0..=255 {
            match read(byte) {
                Ok(plaintext) => {
                    let mut written = Vec::new();
                    plaintext.write(&mut written);
                    assert_eq!(written.first(), Some(&byte));
                    known.push(byte);
                }
                Err(reason) => assert_eq!(reason, Malformed::Flags, "{byte:#04x}"),
            }
        }
        let with_new_bits = |byte| [byte, byte | 0x08, byte | 0x10, byte | 0x18];
        let mut all: Vec<u8> = (0..4).flat_map(with_new_bits).collect();
        all.sort_unstable();
        assert_eq!(known, all);
    }

    #[test]
    fn each_flag_has_its_bit() {
        let flags = |byte| {
            let plaintext = read(byte).unwrap();
            (plaintext.flags, plaintext.login, plaintext.written_at)
        };
        let is = |remembered, untold| Flags { remembered, untold };
        let login = Some(LoginId([9, 8, 7, 6]));
        let written_at = Some(Timestamp::from_seconds(3));
        assert_eq!(flags(0x00), (is(false, false), None, None));
        assert_eq!(flags(0x01), (is(false, false), login, None));
        assert_eq!(flags(0x02), (is(true, false), None, None));
        assert_eq!(flags(0x08), (is(false, true), None, None));
        assert_eq!(flags(0x10), (is(false, false), None, written_at));
        assert_eq!(flags(0x1b), (is(true, true), login, written_at));
    }

    #[test]
    fn what_is_cut_or_missing_behind_the_times_is_malformed() {
        for len in 11..20 {
            let bytes = [
                0x11, 0, 0, 0, 0, 1, 0, 0, 0, 0, 2, 9, 8, 7, 6, 0, 0, 0, 0, 3,
            ];
            let read = Plaintext::read(bytes[..len].to_vec().into());
            assert_eq!(read, Err(Malformed::Head));
        }
    }
}
