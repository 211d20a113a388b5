//! The lifetimes of a session and of its fields. Every deadline is enforced here, on the server,
//! from times that are sealed in the token.

use crate::time::Timestamp;

/// The number of seconds that another server's clock may be ahead of ours.
pub(crate) const SKEW: u64 = 60;

pub(crate) const DAY: u64 = 24 * 60 * 60;

/// The longest time that browsers keep a cookie for, as in the derive.
pub(crate) const BROWSERS_KEEP: u64 = 400 * DAY;

/// The clocks of a session type, in seconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lifetime {
    /// From the last use on.
    pub(crate) idle: u64,
    /// From the beginning on.
    pub(crate) max: u64,
}

/// The result of comparing a session's times with the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Age {
    Alive,
    Expired,
    /// Sealed later than now, by a clock that is wrong.
    Future,
}

impl Lifetime {
    /// Of a cookie whose fields each have their own time.
    pub(crate) const OF_FIELDS: Self = Self {
        idle: BROWSERS_KEEP,
        max: u64::MAX,
    };

    /// The first second in which a session of these times is no more.
    pub(crate) fn end(self, created_at: Timestamp, renewed_at: Timestamp) -> Timestamp {
        let idle = renewed_at.plus(self.idle);
        idle.min(created_at.plus(self.max))
    }

    pub(crate) fn age(self, created_at: Timestamp, renewed_at: Timestamp, now: Timestamp) -> Age {
        if created_at.max(renewed_at) > now.plus(SKEW) {
            Age::Future
        } else if now >= self.end(created_at, renewed_at) {
            Age::Expired
        } else {
            Age::Alive
        }
    }
}

/// Returns true if a last use is to be written down again, for a session or a field that lasts
/// `seconds` from its last use. It is due after a tenth of that time, so that reading rarely writes.
pub(crate) fn is_refresh_due(seconds: u64, renewed_at: Timestamp, now: Timestamp) -> bool {
    now >= renewed_at.plus((seconds / 10).max(1))
}

/// Returns the time at which a field's record ends. It is the earlier of the sealed deadline and of
/// the `ttl` counted from when the field was written, as far as these are known. A release that
/// shortens a `ttl` also shortens the records that are already out there.
pub(crate) fn deadline(
    sealed: Option<Timestamp>,
    ttl: Option<u64>,
    written_at: Timestamp,
) -> Option<Timestamp> {
    let allowed = ttl.map(|seconds| written_at.plus(seconds));
    match (sealed, allowed) {
        (Some(sealed), Some(allowed)) => Some(sealed.min(allowed)),
        (sealed, allowed) => sealed.or(allowed),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HOUR: Lifetime = Lifetime {
        idle: 3600,
        max: 10_000,
    };

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_seconds(seconds)
    }

    #[test]
    fn a_session_ends_in_the_second_in_which_its_time_is_over() {
        let age = |now| HOUR.age(at(1000), at(1000), at(now));
        assert_eq!(age(1000 + 3599), Age::Alive);
        assert_eq!(age(1000 + 3600), Age::Expired);
        let in_use = |now| HOUR.age(at(1000), at(10_900), at(now));
        assert_eq!(in_use(1000 + 9999), Age::Alive);
        assert_eq!(in_use(1000 + 10_000), Age::Expired);
    }

    #[test]
    fn a_clock_may_be_a_minute_ahead() {
        let age = |created, renewed| HOUR.age(at(created), at(renewed), at(5000));
        assert_eq!(age(5000, 5060), Age::Alive);
        assert_eq!(age(5000, 5061), Age::Future);
        assert_eq!(age(5060, 5060), Age::Alive);
        assert_eq!(age(5061, 5000), Age::Future);
    }

    #[test]
    fn a_refresh_is_due_after_a_tenth() {
        assert!(!is_refresh_due(3600, at(1000), at(1359)));
        assert!(is_refresh_due(3600, at(1000), at(1360)));
        assert!(!is_refresh_due(5, at(1000), at(1000)));
        assert!(is_refresh_due(5, at(1000), at(1001)));
    }

    #[test]
    fn a_deadline_is_the_earlier_of_the_sealed_and_the_allowed() {
        assert_eq!(deadline(None, None, at(100)), None);
        assert_eq!(deadline(Some(at(150)), None, at(100)), Some(at(150)));
        assert_eq!(deadline(None, Some(10), at(100)), Some(at(110)));
        assert_eq!(deadline(Some(at(150)), Some(10), at(100)), Some(at(110)));
        assert_eq!(deadline(Some(at(105)), Some(10), at(100)), Some(at(105)));
    }

    proptest! {
        #[test]
        fn no_clock_and_no_lifetime_overflow(
            [created, renewed, now, idle, max, ttl] in any::<[u64; 6]>(),
        ) {
            let lifetime = Lifetime { idle, max };
            let (created, renewed, now) = (at(created), at(renewed), at(now));
            let alive = lifetime.age(created, renewed, now) == Age::Alive;
            prop_assert!(!alive || now < lifetime.end(created, renewed));
            is_refresh_due(idle, renewed, now);
            deadline(Some(created), Some(ttl), renewed);
        }
    }
}
