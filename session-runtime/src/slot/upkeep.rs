//! What keeps a part alive that nobody changed.

use super::held::Held;
use crate::config::Config;
use crate::lifetime::{self, BROWSERS_KEEP};
use crate::part::Part;
use crate::policy::Upkeep;
use crate::record::Records;
use crate::time::Timestamp;

/// What a part that nobody changed is sealed again for. Flash never is: it is gone in minutes, and
/// a poll or an asset must not bring back what a page is showing at the time.
pub(super) fn upkeep(config: &Config, part: Part, held: &Held, now: Timestamp) -> Upkeep {
    let Some(sealed) = held.sealed.filter(|_| part != Part::Flash) else {
        return Upkeep::None;
    };
    if held.current.is_empty() {
        return if held.withholds {
            Upkeep::None
        } else {
            Upkeep::Remove
        };
    }
    let idle = match part {
        Part::Main => config.schema.lifetime.idle,
        Part::Remember | Part::Flash => shortest(config, part, &held.current),
    };
    if lifetime::is_refresh_due(idle, sealed.renewed_at, now) {
        Upkeep::Refresh
    } else if sealed.key != held.keys.sealing(now).id {
        Upkeep::Reseal
    } else {
        Upkeep::None
    }
}

/// How many seconds the first of these fields lasts that are counted from their last use on.
fn shortest(config: &Config, part: Part, records: &Records) -> u64 {
    lifetimes(config, part, records)
        .min()
        .unwrap_or(BROWSERS_KEEP)
}

/// Nobody here knows how long a field of another release lasts.
pub(super) fn lifetimes(
    config: &Config,
    part: Part,
    records: &Records,
) -> impl Iterator<Item = u64> {
    records.iter().map(move |record| {
        let field = config.schema.field_of(part, record.tag);
        let ttl = field.and_then(|field| field.ttl);
        ttl.unwrap_or(BROWSERS_KEEP)
    })
}
