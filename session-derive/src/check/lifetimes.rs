//! The rules between lifetimes. One that could not be read breaks none of them.

use crate::diag::Diag;
use crate::lit::duration::{DAY, Duration};
use crate::model::{Field, Lifetime, MAX_UNLESS_SET, Session};

pub(super) fn check(diag: &Diag, session: &Session<'_>) {
    check_idle_applies(diag, session);
    for field in &session.fields {
        check_within_session(diag, field, &session.max);
    }
}

/// A session that ends by `max` before it can be idle for long enough has an `idle` for nothing.
/// Where `max` is not written, `idle` alone may be as long.
fn check_idle_applies(diag: &Diag, session: &Session<'_>) {
    let Lifetime::Written(idle) = &session.idle else {
        return;
    };
    let text = idle.text();
    match &session.max {
        Lifetime::Written(max) if idle.seconds >= max.seconds => diag.error(
            &idle.literal,
            format!(
                "`idle` ({text}) is not shorter than `max` ({}), so it would never apply",
                max.text()
            ),
        ),
        Lifetime::Unset if idle.seconds > MAX_UNLESS_SET => diag.error(
            &idle.literal,
            format!(
                "`idle` ({text}) is longer than `max`, which is {}",
                unless_set()
            ),
        ),
        _ => {}
    }
}

/// A field ends with its session at the latest.
fn check_within_session(diag: &Diag, field: &Field<'_>, max: &Lifetime) {
    let (seconds, max) = match max {
        Lifetime::Unreadable => return,
        Lifetime::Unset => (MAX_UNLESS_SET, unless_set()),
        Lifetime::Written(max) => (max.seconds, max.text()),
    };
    match &field.ttl {
        Some(ttl) if ttl.seconds > seconds => report_outlived(diag, field, ttl, &max),
        _ => {}
    }
}

fn report_outlived(diag: &Diag, field: &Field<'_>, ttl: &Duration, max: &str) {
    let (ident, text) = (field.ident, ttl.text());
    diag.error(
        &ttl.literal,
        format!(
            "`ttl` on `{ident}` ({text}) outlives the session (`max` is {max})\n\
             help: leave `ttl` out and it lasts as long as the session, or set a longer `max`"
        ),
    );
}

fn unless_set() -> String {
    format!("{}d unless you set it", MAX_UNLESS_SET / DAY)
}
