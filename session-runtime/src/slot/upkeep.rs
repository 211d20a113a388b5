//! What keeps a part alive that nobody changed.

use super::held::Held;
use crate::config::Config;
use crate::lifetime::is_refresh_due;
use crate::part::Part;
use crate::policy::Upkeep;
use crate::record::Records;
use crate::time::Timestamp;

/// What a part that nobody changed is sealed again for, or removed.
pub(super) fn upkeep(config: &Config, part: Part, held: &Held, now: Timestamp) -> Upkeep {
    let Some(sealed) = held.sealed else {
        return Upkeep::None;
    };
    let is_due = match part {
        Part::Main if held.current.is_empty() => return tidy(held),
        Part::Main => is_refresh_due(config.schema.lifetime.idle, sealed.renewed_at, now),
        // What is over here may be over by a clock that is ahead for a moment, and it was kept for a
        // year. The browser forgets it by itself.
        Part::Browser if held.current.is_empty() => return Upkeep::None,
        Part::Browser => is_use_due(config, &held.current, now),
        // It is gone in minutes, and a poll or an asset must not bring back what a page is showing
        // at the time.
        Part::Flash => return Upkeep::None,
    };
    if is_due {
        Upkeep::Refresh
    } else if sealed.key != held.keys.sealing(now).id {
        Upkeep::Reseal
    } else {
        Upkeep::None
    }
}

/// A session of which nothing is left.
fn tidy(held: &Held) -> Upkeep {
    if held.withholds {
        Upkeep::None
    } else {
        Upkeep::Remove
    }
}

/// Whether the use of a field that the browser keeps is to be written down again. What is sealed
/// with each says when it last was: another release may have sealed the rest since, or this one may
/// have given it another `ttl`.
fn is_use_due(config: &Config, records: &Records, now: Timestamp) -> bool {
    records.iter().any(|record| {
        let field = config.schema.field_of(Part::Browser, record.tag);
        let Some(ttl) = field.and_then(|field| field.ttl) else {
            return false;
        };
        let used_at = record.deadline.map(|deadline| deadline.minus(ttl));
        used_at.is_none_or(|used_at| is_refresh_due(ttl, used_at, now))
    })
}
