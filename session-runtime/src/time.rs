//! Seconds since 1970, as the token stores them.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A moment, in whole seconds. Five bytes on the wire last until the year 36812; what lies beyond
/// is that last second, so no arithmetic on a clock that is wrong can overflow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Timestamp(u64);

impl Timestamp {
    pub(crate) const BYTES: usize = 5;
    const MAX: u64 = (1 << (8 * Self::BYTES)) - 1;

    pub(crate) const fn from_seconds(seconds: u64) -> Self {
        if seconds > Self::MAX {
            Self(Self::MAX)
        } else {
            Self(seconds)
        }
    }

    /// A time before 1970 is 1970.
    pub(crate) fn of(time: SystemTime) -> Self {
        let since_1970 = time.duration_since(UNIX_EPOCH);
        Self::from_seconds(since_1970.map_or(0, |elapsed| elapsed.as_secs()))
    }

    #[cfg(feature = "stored")]
    pub(crate) const fn to_seconds(self) -> u64 {
        self.0
    }

    pub(crate) fn to_system_time(self) -> SystemTime {
        // A platform whose clock ends earlier than ours has no better answer than its beginning.
        let since_1970 = Duration::from_secs(self.0);
        UNIX_EPOCH.checked_add(since_1970).unwrap_or(UNIX_EPOCH)
    }

    pub(crate) const fn plus(self, seconds: u64) -> Self {
        Self::from_seconds(self.0.saturating_add(seconds))
    }

    pub(crate) const fn minus(self, seconds: u64) -> Self {
        Self(self.0.saturating_sub(seconds))
    }

    /// Returns the number of seconds until `then`, or zero if `then` is past.
    pub(crate) const fn seconds_until(self, then: Self) -> u64 {
        then.0.saturating_sub(self.0)
    }

    pub(crate) fn from_bytes(bytes: [u8; Self::BYTES]) -> Self {
        Self(
            bytes
                .iter()
                .fold(0, |seconds, byte| seconds << 8 | u64::from(*byte)),
        )
    }

    pub(crate) fn to_bytes(self) -> [u8; Self::BYTES] {
        let [_, _, _, bytes @ ..] = self.0.to_be_bytes();
        bytes
    }
}

/// `2027-01-15T00:00:00Z`, and no other spelling. People read it at the worst of times.
pub(crate) fn read_time(text: &str) -> Option<Timestamp> {
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
    let (date, time) = ([next()?, next()?, next()?], [next()?, next()?, next()?]);
    timestamp(date, time)
}

/// `Fri, 15 Jan 2027 08:00:00 GMT`, as headers have it. The spellings that RFC 9110 calls obsolete are not read.
pub(crate) fn read_http_date(value: &[u8]) -> Option<Timestamp> {
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let text = std::str::from_utf8(value).ok()?;
    let (_, text) = text.split_once(", ")?;
    let mut words = text.strip_suffix(" GMT")?.split([' ', ':']);
    let day = number(words.next()?)?;
    let month = words.next()?;
    let month = MONTHS.iter().position(|name| *name == month)?;
    let mut next = || words.next().and_then(number);
    let (year, time) = (next()?, [next()?, next()?, next()?]);
    let month = u64::try_from(month + 1).ok()?;
    timestamp([year, month, day], time).filter(|_| words.next().is_none())
}

fn number(digits: &str) -> Option<u64> {
    let is_short = digits.len() <= 4 && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_short.then(|| digits.parse().ok()).flatten()
}

/// `None` if the calendar or the clock has no such time since 1970.
fn timestamp([year, month, day]: [u64; 3], [hour, minute, second]: [u64; 3]) -> Option<Timestamp> {
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

/// Returns the number of days from the beginning of 1970 to a day of the calendar, or zero
/// if the day is before 1970.
fn days_since_1970(year: u64, month: u64, day: u64) -> Option<u64> {
    // Years that begin in March have their leap day at the end.
    let year_from_march = if month > 2 {
        year
    } else {
        year.checked_sub(1)?
    };
    let months_from_march = (month + 9) % 12;
    let leap_days = year_from_march / 4 - year_from_march / 100 + year_from_march / 400;
    let days = 365 * year_from_march + leap_days + (153 * months_from_march + 2) / 5 + day;
    Some(days.saturating_sub(719_469))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_clock_overflows() {
        let (first, last) = (
            Timestamp::from_seconds(0),
            Timestamp::from_seconds(u64::MAX),
        );
        assert_eq!(last.plus(1), last);
        assert_eq!(first.plus(u64::MAX), last);
        assert_eq!(Timestamp::of(UNIX_EPOCH - Duration::from_secs(1)), first);
        assert_eq!(Timestamp::of(first.to_system_time()), first);
        assert_eq!(Timestamp::of(last.to_system_time()), last);
    }

    #[test]
    fn a_timestamp_survives_its_bytes_and_saturates() {
        for seconds in [0, 1, 255, 256, 1_800_000_000, Timestamp::MAX] {
            let time = Timestamp::from_seconds(seconds);
            assert_eq!(Timestamp::from_bytes(time.to_bytes()), time);
            assert_eq!(time.0, seconds);
        }
        assert_eq!(Timestamp::from_seconds(u64::MAX).0, Timestamp::MAX);
        assert_eq!(
            Timestamp::from_seconds(0x01_0203_0405).to_bytes(),
            [1, 2, 3, 4, 5]
        );
    }

    #[test]
    fn the_date_of_a_header_is_read() {
        for (text, seconds) in [
            ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
            ("Fri, 15 Jan 2027 08:00:00 GMT", 1_800_000_000),
            ("Fri, 31 Dec 9999 23:59:59 GMT", 253_402_300_799),
        ] {
            let read = read_http_date(text.as_bytes());
            assert_eq!(read, Some(Timestamp::from_seconds(seconds)), "{text}");
        }
        for text in [
            "",
            "0",
            "-1",
            "Fri, 15 Jan 2027 08:00:00",
            "Fri, 15 Jan 2027 08:00 GMT",
            "Fri, 15 Jan 2027 08:00:00:00 GMT",
            "Fri, 15 Jan 2027 08:00:00 UTC",
            "Fri, 15 jan 2027 08:00:00 GMT",
            "Fri, 32 Jan 2027 08:00:00 GMT",
            "Fri, +5 Jan 2027 08:00:00 GMT",
            "Friday, 15-Jan-27 08:00:00 GMT",
            "Fri Jan 15 08:00:00 2027",
        ] {
            assert_eq!(read_http_date(text.as_bytes()), None, "{text}");
        }
        assert_eq!(read_http_date(b"Fri, \xff"), None);
    }

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
