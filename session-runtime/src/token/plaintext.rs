//! What a token seals.
//!
//! ```text
//! flags (1) ‖ created-at (5) ‖ renewed-at (5) ‖ records
//! ```

use bytes::Bytes;

use super::OVERHEAD_BYTES;
use crate::record::{Malformed, Records, take_array};
use crate::time::Timestamp;

/// No flag has a meaning in this release, so none may be set: a release that knows one gives a
/// token another meaning than this one would read. 0x01 (somebody), 0x02 (remembered) and 0x04
/// (has a session id) are reserved.
const FLAGS: u8 = 0;

/// A session as it stands in one cookie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Plaintext {
    /// When the session began.
    pub(crate) created_at: Timestamp,
    /// When its last use was written down.
    pub(crate) renewed_at: Timestamp,
    pub(crate) records: Records,
}

impl Plaintext {
    pub(crate) fn read(mut bytes: Bytes) -> Result<Self, Malformed> {
        let [flags] = take_array(&mut bytes).ok_or(Malformed::Head)?;
        if flags != FLAGS {
            return Err(Malformed::Flags);
        }
        let mut time = || take_array(&mut bytes).map(Timestamp::from_bytes);
        Ok(Self {
            created_at: time().ok_or(Malformed::Head)?,
            renewed_at: time().ok_or(Malformed::Head)?,
            records: Records::read(bytes)?,
        })
    }

    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        out.push(FLAGS);
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
