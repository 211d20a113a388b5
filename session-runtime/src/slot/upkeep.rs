//! What keeps a part alive that nobody changed.

use super::held::Held;
use crate::config::Config;
use crate::lifetime;
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
        Part::Main => Some(config.schema.lifetime.idle),
        Part::Remember | Part::Flash => shortest(config, &held.current),
    };
    let is_due = |idle| lifetime::is_refresh_due(idle, sealed.renewed_at, now);
    if idle.is_some_and(is_due) {
        Upkeep::Refresh
    } else if sealed.key != held.keys.sealing(now).id {
        Upkeep::Reseal
    } else {
        Upkeep::None
    }
}

/// How many seconds the first of these fields lasts from its last use on; `None` if this release
/// knows none of them, so that it cannot use them.
fn shortest(config: &Config, records: &Records) -> Option<u64> {
    let known = records
        .iter()
        .filter_map(|record| config.schema.field_of(Part::Remember, record.tag));
    known.filter_map(|field| field.ttl).min()
}
