//! What a token seals.
//!
//! ```text
//! flags (1) ‖ created-at (5) ‖ renewed-at (5) ‖ records
//! ```

use bytes::Bytes;

use super::OVERHEAD_BYTES;
use crate::record::{Malformed, Records, take_array};
use crate::time::Timestamp;

/// What is known of a session beside its fields. A flag that this release does not know is refused:
/// a release that knows it gives the token another meaning. 0x04 (has a session id) is reserved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "bits of one byte, each for itself"
)]
pub(crate) struct Flags {
    /// A user is logged in, or was when the notice was written. A release that cannot tell who must
    /// not take it for nobody's.
    pub(crate) somebody: bool,
    /// The browser keeps it when it is closed. Of the main part only.
    pub(crate) remembered: bool,
    /// It began after a session that had expired, and no page has asked since. Of the main part only.
    pub(crate) untold: bool,
    /// It was sealed by a request that is no use, so that its last use is older than what is in it. Of
    /// the main part only.
    pub(crate) background: bool,
}

impl Flags {
    const SOMEBODY: u8 = 0x01;
    const REMEMBERED: u8 = 0x02;
    const UNTOLD: u8 = 0x08;
    const BACKGROUND: u8 = 0x10;

    fn from_byte(byte: u8) -> Option<Self> {
        let flags = Self {
            somebody: byte & Self::SOMEBODY != 0,
            remembered: byte & Self::REMEMBERED != 0,
            untold: byte & Self::UNTOLD != 0,
            background: byte & Self::BACKGROUND != 0,
        };
        (flags.to_byte() == byte).then_some(flags)
    }

    fn to_byte(self) -> u8 {
        let bit = |is_set, flag| if is_set { flag } else { 0 };
        bit(self.somebody, Self::SOMEBODY)
            | bit(self.remembered, Self::REMEMBERED)
            | bit(self.untold, Self::UNTOLD)
            | bit(self.background, Self::BACKGROUND)
    }
}

/// A session as it stands in one cookie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Plaintext {
    pub(crate) flags: Flags,
    /// When the session began; of a part that the browser keeps, when the part did.
    pub(crate) created_at: Timestamp,
    /// When it was last used, as far as that was written down.
    pub(crate) renewed_at: Timestamp,
    pub(crate) records: Records,
}

impl Plaintext {
    pub(crate) fn read(mut bytes: Bytes) -> Result<Self, Malformed> {
        let [flags] = take_array(&mut bytes).ok_or(Malformed::Head)?;
        let flags = Flags::from_byte(flags).ok_or(Malformed::Flags)?;
        let mut time = || take_array(&mut bytes).map(Timestamp::from_bytes);
        Ok(Self {
            flags,
            created_at: time().ok_or(Malformed::Head)?,
            renewed_at: time().ok_or(Malformed::Head)?,
            records: Records::read(bytes)?,
        })
    }

    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        out.push(self.flags.to_byte());
        out.extend(self.created_at.to_bytes());
        out.extend(self.renewed_at.to_bytes());
        self.records.write(out);
    }

    /// How many characters the token of a session with these records has.
    pub(crate) fn sealed_len(records: &Records) -> usize {
        let written = 1 + 2 * Timestamp::BYTES + records.written_len();
        (4 * (OVERHEAD_BYTES + written)).div_ceil(3)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A plaintext without records that starts with `flags`.
    fn read(flags: u8) -> Result<Plaintext, Malformed> {
        Plaintext::read(vec![flags, 0, 0, 0, 0, 1, 0, 0, 0, 0, 2].into())
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
        let flags = |byte| read(byte).unwrap().flags;
        let is = |[somebody, remembered, untold, background]: [bool; 4]| Flags {
            somebody,
            remembered,
            untold,
            background,
        };
        assert_eq!(flags(0x00), is([false; 4]));
        assert_eq!(flags(0x01), is([true, false, false, false]));
        assert_eq!(flags(0x02), is([false, true, false, false]));
        assert_eq!(flags(0x08), is([false, false, true, false]));
        assert_eq!(flags(0x10), is([false, false, false, true]));
        assert_eq!(flags(0x1b), is([true; 4]));
    }
}
