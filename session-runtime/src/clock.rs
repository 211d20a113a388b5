//! Where the shell takes the time from.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::time::Timestamp;

/// The system's time; a clock set before 1970 is at zero.
pub(crate) fn now() -> Timestamp {
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH);
    Timestamp::from_seconds(since_1970.map_or(0, |elapsed| elapsed.as_secs()))
}
