//! Durations as other libraries write them, so that a mistake is answered with the same time in our words.

use syn::{BinOp, Expr, ExprBinary, ExprCall, ExprLit, ExprMethodCall, Lit, Member};

use super::duration::{DAY, HOUR, MINUTE};

/// The names of a unit, in lower case, and its milliseconds.
type Unit = (&'static [&'static str], u64);

const UNITS: [Unit; 6] = [
    (
        &[
            "ms",
            "msec",
            "msecs",
            "milli",
            "millis",
            "millisecond",
            "milliseconds",
        ],
        1,
    ),
    (&["s", "sec", "secs", "second", "seconds"], SECOND),
    (&["m", "min", "mins", "minute", "minutes"], MINUTE * SECOND),
    (&["h", "hr", "hrs", "hour", "hours"], HOUR * SECOND),
    (&["d", "day", "days"], DAY * SECOND),
    (&["w", "wk", "wks", "week", "weeks"], 7 * DAY * SECOND),
];

/// The milliseconds of a second.
const SECOND: u64 = 1000;

/// Words for a time without end.
const NEVER: [&str; 9] = [
    "endless",
    "forever",
    "inf",
    "infinite",
    "infinity",
    "max",
    "never",
    "none",
    "unlimited",
];

/// The text `90m` for `1h 30m`, `PT1H30M`, `01:30:00` and `1.5 hours`. `None` if it is in no notation known here.
pub(crate) fn of_text(text: &str) -> Option<String> {
    // Behind a number, `M` is a month for some and a minute for others. In `PT30M` it is a minute.
    let is_unclear = text.contains('M') && !text.contains("MIN") && !text.starts_with('P');
    if is_unclear {
        return None;
    }
    let text = text.trim().to_lowercase();
    let milliseconds = iso_8601(&text)
        .or_else(|| clock(&text))
        .or_else(|| sum(&text))?;
    ours(milliseconds)
}

/// The text `10m` for `Duration::from_secs(600)`, `Duration::minutes(10)`, `10.minutes()`, `timedelta(minutes = 10)`
/// and `10m` without its quotes. `None` if it is in no notation known here.
pub(crate) fn of_expr(value: &Expr) -> Option<String> {
    ours(milliseconds(value)?)
}

/// The seconds of a number without a unit, such as `3600` or `60 * 60`.
pub(crate) fn of_number(value: &Expr) -> Option<String> {
    ours(number(value)?.checked_mul(SECOND)?)
}

/// Returns `true` if `text` is a word for a time without end.
pub(crate) fn is_never(text: &str) -> bool {
    NEVER.contains(&&*text.trim().to_lowercase())
}

/// The duration in the largest unit that it is a whole number of.
fn ours(milliseconds: u64) -> Option<String> {
    let seconds = milliseconds / SECOND;
    if seconds == 0 || !milliseconds.is_multiple_of(SECOND) {
        return None;
    }
    let units = [("d", DAY), ("h", HOUR), ("m", MINUTE), ("s", 1)];
    let (name, unit) = units
        .into_iter()
        .find(|(_, unit)| seconds.is_multiple_of(*unit))?;
    Some(format!("{}{name}", seconds / unit))
}

fn unit(name: &str) -> Option<u64> {
    let (_, unit) = UNITS.iter().find(|(names, _)| names.contains(&name))?;
    Some(*unit)
}

/// `pt1h30m`, `p7d`, `p2w`. A `p1y` and a `p1m` are of a calendar.
fn iso_8601(text: &str) -> Option<u64> {
    let rest = text.strip_prefix('p')?;
    let (days, time) = rest.split_once('t').unwrap_or((rest, ""));
    let mut parts = parts(days)?;
    let are_days = parts.iter().all(|(_, unit)| matches!(*unit, "d" | "w"));
    parts.extend(self::parts(time)?);
    if are_days { total(&parts) } else { None }
}

/// `01:30:00` and `7.00:00:00`. Of `01:30` it is not known whether it has hours or seconds.
fn clock(text: &str) -> Option<u64> {
    let (days, time) = text.split_once('.').unwrap_or(("0", text));
    let mut times = time.split(':');
    let (hours, minutes, seconds) = (times.next()?, times.next()?, times.next()?);
    if times.next().is_some() {
        return None;
    }
    total(&[(days, "d"), (hours, "h"), (minutes, "m"), (seconds, "s")])
}

/// `1h 30m`, `1 hour and 30 minutes`, `1.5h`.
fn sum(text: &str) -> Option<u64> {
    let text = text.replace(" and ", " ").replace(',', " ");
    total(&parts(&text)?)
}

/// The numbers in `text`, each with the word behind it.
fn parts(text: &str) -> Option<Vec<(&str, &str)>> {
    let mut parts = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let (number, behind) = split(rest, |char| char.is_ascii_digit() || char == '.');
        let (unit, behind) = split(behind.trim_start(), |char| char.is_ascii_alphabetic());
        if number.is_empty() {
            return None;
        }
        parts.push((number, unit));
        rest = behind.trim_start();
    }
    Some(parts)
}

fn split(text: &str, is_first: impl Fn(char) -> bool) -> (&str, &str) {
    let end = text.find(|char| !is_first(char)).unwrap_or(text.len());
    text.split_at(end)
}

fn total(parts: &[(&str, &str)]) -> Option<u64> {
    let mut parts = parts.iter();
    parts.try_fold(0_u64, |sum, (number, name)| {
        sum.checked_add(times(number, unit(name)?)?)
    })
}

/// A number that may have decimals, times a unit.
fn times(number: &str, unit: u64) -> Option<u64> {
    let (whole, decimals) = number.split_once('.').unwrap_or((number, ""));
    let scale = 10_u64.checked_pow(u32::try_from(decimals.len()).ok()?)?;
    let digits: u64 = format!("{whole}{decimals}").parse().ok()?;
    let product = digits.checked_mul(unit)?;
    product.is_multiple_of(scale).then_some(product / scale)
}

fn milliseconds(value: &Expr) -> Option<u64> {
    match value {
        Expr::Group(group) => milliseconds(&group.expr),
        Expr::Paren(paren) => milliseconds(&paren.expr),
        Expr::Reference(reference) => milliseconds(&reference.expr),
        Expr::Lit(ExprLit {
            lit: Lit::Int(int), ..
        }) => times(int.base10_digits(), unit(int.suffix())?),
        Expr::Call(call) => of_call(call),
        Expr::MethodCall(ExprMethodCall {
            receiver,
            method,
            args,
            ..
        }) if args.is_empty() => number(receiver)?.checked_mul(unit(&method.to_string())?),
        Expr::Field(field) => match &field.member {
            Member::Named(name) => number(&field.base)?.checked_mul(unit(&name.to_string())?),
            Member::Unnamed(_) => None,
        },
        Expr::Assign(assignment) => {
            let Expr::Path(name) = &*assignment.left else {
                return None;
            };
            let unit = unit(&name.path.get_ident()?.to_string())?;
            number(&assignment.right)?.checked_mul(unit)
        }
        _ => None,
    }
}

/// `Duration::from_secs(600)`, `TimeDelta::minutes(10)`, `minutes(10)`, `timedelta(minutes = 10)`.
fn of_call(call: &ExprCall) -> Option<u64> {
    let mut arguments = call.args.iter();
    let argument = arguments.next()?;
    if let Expr::Assign(_) = argument {
        let sum = milliseconds(argument)?;
        return arguments.try_fold(sum, |sum, part| sum.checked_add(milliseconds(part)?));
    }
    let Expr::Path(function) = &*call.func else {
        return None;
    };
    let name = function.path.segments.last()?.ident.to_string();
    let name = name.trim_start_matches("from_").trim_start_matches("try_");
    if arguments.next().is_some() {
        return None;
    }
    number(argument)?.checked_mul(unit(name)?)
}

/// A number, or a product of some.
fn number(value: &Expr) -> Option<u64> {
    match value {
        Expr::Group(group) => number(&group.expr),
        Expr::Paren(paren) => number(&paren.expr),
        Expr::Lit(ExprLit {
            lit: Lit::Int(int), ..
        }) if unit(int.suffix()).is_none() => int.base10_parse().ok(),
        Expr::Binary(ExprBinary {
            left,
            op: BinOp::Mul(_),
            right,
            ..
        }) => number(left)?.checked_mul(number(right)?),
        _ => None,
    }
}
