//! Durations in options: an integer and a unit, so that there is only one way to read them.

use syn::LitStr;

use super::foreign_time;

/// The seconds of a day.
pub(crate) const DAY: u64 = 24 * HOUR;

pub(super) const HOUR: u64 = 60 * MINUTE;
pub(super) const MINUTE: u64 = 60;

/// Every unit there is, in seconds.
const UNITS: [(&str, u64); 5] = [
    ("s", 1),
    ("m", MINUTE),
    ("h", HOUR),
    ("d", DAY),
    ("w", 7 * DAY),
];

/// The units that a calendar knows and a clock does not: the ways to write each, its name, and
/// its approximate number of days.
const CALENDAR: [(&[&str], &str, u64); 2] = [
    (&["M", "mo", "month", "months"], "month", 30),
    (&["Y", "y", "yr", "year", "years"], "year", 365),
];

/// A duration as it is written.
#[derive(Clone)]
pub(crate) struct Duration {
    pub(crate) seconds: u64,
    pub(crate) literal: LitStr,
}

impl Duration {
    /// The duration that `literal` stands for, or why it stands for none.
    pub(crate) fn read(literal: &LitStr) -> Result<Self, String> {
        Ok(Self {
            seconds: seconds(&literal.value())?,
            literal: literal.clone(),
        })
    }

    /// The text as it is written: `24h` is never shown as `1d`.
    pub(crate) fn text(&self) -> String {
        self.literal.value()
    }
}

/// `u64` would read a sign too; leading zeros are harmless, as they are in Rust.
fn seconds(text: &str) -> Result<u64, String> {
    let (digits, unit) = parts(text);
    let named = UNITS.iter().find(|(name, _)| *name == unit);
    match named {
        Some((_, unit)) if !digits.is_empty() => (digits.parse::<u64>().ok())
            .and_then(|number| number.checked_mul(*unit))
            .ok_or_else(|| format!("`{text}` is longer than a session can last")),
        _ => Err(on_calendar(digits, unit).unwrap_or_else(|| no_duration(text))),
    }
}

/// The digits that `text` starts with, and the rest.
fn parts(text: &str) -> (&str, &str) {
    let end = text.find(|char: char| !char.is_ascii_digit());
    text.split_at(end.unwrap_or(text.len()))
}

fn on_calendar(digits: &str, unit: &str) -> Option<String> {
    let (_, name, days) = (CALENDAR.iter())
        .find(|(spellings, ..)| !digits.is_empty() && spellings.contains(&unit.trim_start()))?;
    let number = digits.parse::<u64>().ok().filter(|number| *number > 0);
    let days = (number.and_then(|number| number.checked_mul(*days))).unwrap_or(*days);
    let minutes = if unit == "M" && number.is_some() {
        format!(", or `{digits}m` for minutes")
    } else {
        String::new()
    };
    Some(format!(
        "a {name} has no fixed length\nhelp: write `{days}d`{minutes}"
    ))
}

fn no_duration(text: &str) -> String {
    if foreign_time::is_never(text) {
        return no_end();
    }
    let found = if text.is_empty() {
        "an empty string".to_owned()
    } else {
        format!("`{}`", text.escape_debug())
    };
    let help = match (foreign_time::of_text(text), text.parse::<u64>()) {
        (Some(ours), _) => format!("write `{ours}`"),
        (None, Ok(_)) => format!("for seconds write `{text}s`, for minutes `{text}m`"),
        (None, Err(_)) => {
            "write a whole number and one of `s`, `m`, `h`, `d`, `w`, such as `30m`, `12h` or `7d`"
                .to_owned()
        }
    };
    format!("{found} is not a duration\nhelp: {help}")
}

/// The message for a time without end.
pub(crate) fn no_end() -> String {
    "a session always ends\nhelp: a long time is `max = \"400d\"`, for which browsers keep a cookie at most"
        .to_owned()
}
