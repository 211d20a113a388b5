//! The rules between lifetimes. One that could not be read breaks none of them.

use crate::attr::Given;
use crate::attr::table::{BROWSER, FLASH, REMEMBER};
use crate::diag::Diag;
use crate::lit::duration::{DAY, Duration};
use crate::model::{Field, MAX_UNLESS_SET, Session};
use crate::ty::{self, Unordered};

/// The longest `Max-Age` of browsers, in seconds: they shorten any longer one to it (RFC 6265bis,
/// section 5.5). The runtime has the same limit.
const BROWSERS_KEEP: u64 = 400 * DAY;

pub(super) fn check(diag: &Diag, session: &Session<'_>) {
    check_idle_applies(diag, session);
    check_session_is_kept(diag, session);
    for field in &session.fields {
        check_field(diag, session, field);
    }
}

/// A session that ends by `max` before it can be idle for long enough has an `idle` for nothing.
/// Without a `max`, `idle` may be as long as the default of `max`.
fn check_idle_applies(diag: &Diag, session: &Session<'_>) {
    let Some(idle) = session.idle.as_written() else {
        return;
    };
    let text = idle.text();
    match &session.max {
        Given::Written(_, max) if idle.seconds >= max.seconds => diag.error(
            &idle.literal,
            format!(
                "`idle` ({text}) is not shorter than `max` ({}), so it would never apply\n\
                 help: {}",
                max.text(),
                if idle.seconds > max.seconds {
                    format!(
                        "write `idle = \"{}\", max = \"{text}\"`, or remove `idle`",
                        max.text()
                    )
                } else {
                    "remove `idle`".to_owned()
                }
            ),
        ),
        Given::Unset if idle.seconds > MAX_UNLESS_SET => diag.error(
            &idle.literal,
            format!(
                "`idle` ({text}) is longer than `max`, which is {}",
                unless_set()
            ),
        ),
        _ => {}
    }
}

/// A session that outlives the browser being closed lasts as long as a cookie can.
fn check_session_is_kept(diag: &Diag, session: &Session<'_>) {
    match &session.max {
        Given::Written(_, max) if session.remember => check_kept(diag, "max", "`max`", max),
        _ => {}
    }
}

fn check_field<'a>(diag: &Diag, session: &Session<'a>, field: &Field<'a>) {
    let Some(ttl) = field.ttl.as_written() else {
        return;
    };
    // That an identity has a `ttl` at all is the mistake then.
    if session.is_identity(field) {
        return;
    }
    // The word of a struct on a field is meant as `browser`, and reported already.
    if field.marks.has(&BROWSER) || field.marks.has(&REMEMBER) {
        check_kept(diag, "ttl", &format!("`ttl` on `{}`", field.ident), ttl);
    } else {
        check_within_session(diag, field, ttl, &session.max);
        check_order(diag, field);
    }
}

/// A time for which a browser keeps a cookie must not be longer than browsers keep any cookie.
fn check_kept(diag: &Diag, option: &str, of: &str, lifetime: &Duration) {
    if lifetime.seconds > BROWSERS_KEEP {
        let (text, days) = (lifetime.text(), BROWSERS_KEEP / DAY);
        diag.error(
            &lifetime.literal,
            format!(
                "{of} ({text}) is longer than {days} days, the most that browsers keep a cookie\n\
                 help: write `{option} = \"{days}d\"`"
            ),
        );
    }
}

/// A field ends with its session at the latest, unless it stays in the browser.
fn check_within_session(diag: &Diag, field: &Field<'_>, ttl: &Duration, max: &Given<Duration>) {
    let (seconds, max) = match max {
        Given::Unreadable(_) => return,
        Given::Unset => (MAX_UNLESS_SET, unless_set()),
        Given::Written(_, max) => (max.seconds, max.text()),
    };
    if ttl.seconds > seconds {
        report_outlived(diag, field, ttl, &max);
    }
}

fn report_outlived(diag: &Diag, field: &Field<'_>, ttl: &Duration, max: &str) {
    let (ident, text) = (field.ident, ttl.text());
    let help = if field.marks.has(&FLASH) {
        "a `flash` field waits for the next page: write a shorter `ttl`"
    } else {
        "`browser` keeps a field beyond the session"
    };
    diag.error(
        &ttl.literal,
        format!(
            "`ttl` on `{ident}` ({text}) outlives the session (`max` is {max})\n\
             help: {help}"
        ),
    );
}

/// The time of a field ends unless its value changes, and a change is known by the stored bytes. An equal map or set that
/// is built anew has other bytes. A `flash` field is set to be shown, so that it starts again then is no surprise.
fn check_order(diag: &Diag, field: &Field<'_>) {
    if field.marks.has(&FLASH) {
        return;
    }
    let Some(Unordered { ty, name, instead }) = ty::unordered(field.ty) else {
        return;
    };
    let ident = field.ident;
    diag.error(
        ty,
        format!(
            "the `ttl` of `{ident}` might never end: a `{name}` that is built anew looks changed, because its \
             items stand in no fixed order\n\
             help: use a {instead}"
        ),
    );
}

fn unless_set() -> String {
    format!("{}d unless you set it", MAX_UNLESS_SET / DAY)
}
