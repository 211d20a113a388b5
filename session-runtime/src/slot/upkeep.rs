//! The upkeep that keeps an unchanged part alive.

use super::open_session::OpenSession;
use super::part_state::{PartState, Sealed};
use crate::config::Config;
use crate::lifetime::is_refresh_due;
use crate::part::{Lifespan, Part};
use crate::policy::Upkeep;
use crate::record::Records;
use crate::time::Timestamp;

const HOUR: u64 = 60 * 60;

impl OpenSession {
    /// Returns true if a part is due for upkeep.
    pub(super) fn is_upkeep_due(&self, now: Timestamp) -> bool {
        let is_due = |(part, state)| upkeep(self, part, state, now) != Upkeep::None;
        self.parts().iter().any(is_due)
    }

    /// Returns true if the row is over before the session. A release with a shorter `idle` or `max` wrote its end, and a
    /// tenth of the longer time may be too late.
    #[cfg(feature = "stored")]
    fn outlives_row(&self, sealed: Sealed) -> bool {
        let lifetime = self.config().schema.lifetime;
        let end = || lifetime.end(sealed.created_at, sealed.renewed_at);
        self.row().is_some_and(|row| row.ends_before(end()))
    }

    #[cfg(not(feature = "stored"))]
    #[expect(clippy::unused_self, reason = "as with a store")]
    fn outlives_row(&self, _: Sealed) -> bool {
        false
    }
}

/// Returns the reason to seal an unchanged part again, or to remove it.
pub(super) fn upkeep(
    session: &OpenSession,
    part: Part,
    state: &PartState,
    now: Timestamp,
) -> Upkeep {
    let config = session.config();
    let Some(sealed) = state.sealed() else {
        return Upkeep::None;
    };
    let is_empty = state.current().is_empty();
    let is_due = match part.rules().lifespan {
        Lifespan::Session if is_empty => return tidy(state),
        Lifespan::Session => {
            is_refresh_due(refreshed_within(config), sealed.renewed_at, now)
                || session.outlives_row(sealed)
        }
        // A field that is over here may be over by a clock that is ahead for a moment, and the
        // field was kept for a year. The browser forgets the cookie by itself.
        Lifespan::SinceUse(_) if is_empty => return Upkeep::None,
        Lifespan::SinceUse(_) => is_use_due(config, part, state.current(), now),
        // It is gone in minutes, and a poll or an asset must not bring back what a page is showing
        // at the time.
        Lifespan::SinceChange(_) => return Upkeep::None,
    };
    if is_due {
        Upkeep::Refresh
    } else if sealed.key != state.cookie().keys.sealing(now).id {
        Upkeep::Reseal
    } else {
        Upkeep::None
    }
}

/// The time of which a tenth passes before a use is written down again. For a stored session that is an hour at
/// most, so that the list of a user's sessions tells when each was last used. A layer that leaves sessions in their
/// cookies has no such list yet.
fn refreshed_within(config: &Config) -> u64 {
    let idle = config.schema.lifetime.idle;
    if config.is_stored() && !config.keeps_sessions_in_cookies() {
        idle.min(10 * HOUR)
    } else {
        idle
    }
}

/// A session of which nothing is left.
fn tidy(state: &PartState) -> Upkeep {
    if state.withholds() {
        Upkeep::None
    } else {
        Upkeep::Remove
    }
}

/// Returns true if the use of a field is to be written down again. The
/// deadline that is sealed with each field says when the field was last used. Another release may
/// have sealed the other fields since, or this release may have given the field another `ttl`.
fn is_use_due(config: &Config, part: Part, records: &Records, now: Timestamp) -> bool {
    records.iter().any(|record| {
        let field = config.schema.field_of(part, record.tag);
        let Some(ttl) = field.and_then(|field| field.ttl) else {
            return false;
        };
        let used_at = record.deadline.map(|deadline| deadline.minus(ttl));
        used_at.is_none_or(|used_at| is_refresh_due(ttl, used_at, now))
    })
}
