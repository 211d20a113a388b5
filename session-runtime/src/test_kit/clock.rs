use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::clock::Clock;

/// A clock that stands still until a test moves it. Its clones are the same clock.
///
/// It starts at the first second of the year 2000.
///
/// ```
/// use std::time::Duration;
///
/// use session_runtime::test_kit::MovableClock;
/// use session_runtime::{Keyring, Session, SessionLayer};
/// # #[derive(Session)] struct Shop { visits: u32 }
///
/// let clock = MovableClock::new();
/// let layer = SessionLayer::<Shop>::new(Keyring::ephemeral()).clock(clock.clone());
/// clock.advance(Duration::from_secs(24 * 60 * 60)); // for the layer too
/// ```
#[derive(Clone, Debug)]
pub struct MovableClock(Arc<Mutex<SystemTime>>);

const YEAR_2000: Duration = Duration::from_secs(10_957 * 24 * 60 * 60);

impl MovableClock {
    /// The first second of the year 2000, so that two runs of a test see the same times.
    ///
    /// ```
    /// use session_runtime::Clock;
    /// use session_runtime::test_kit::MovableClock;
    ///
    /// assert_eq!(MovableClock::new().now(), MovableClock::new().now());
    /// ```
    pub fn new() -> Self {
        Self(Arc::new(Mutex::new(UNIX_EPOCH + YEAR_2000)))
    }

    /// Lets time pass.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use session_runtime::Clock;
    /// use session_runtime::test_kit::MovableClock;
    ///
    /// let clock = MovableClock::new();
    /// let before = clock.now();
    /// clock.advance(Duration::from_secs(90));
    /// assert_eq!(clock.now(), before + Duration::from_secs(90));
    /// ```
    ///
    /// # Panics
    ///
    /// When the platform's time ends before that.
    #[track_caller]
    pub fn advance(&self, time: Duration) {
        *self.lock() += time;
    }

    /// Moves to `time`, which may be in the past.
    ///
    /// ```
    /// use std::time::SystemTime;
    ///
    /// use session_runtime::Clock;
    /// use session_runtime::test_kit::MovableClock;
    ///
    /// let clock = MovableClock::new();
    /// clock.set(SystemTime::UNIX_EPOCH);
    /// assert_eq!(clock.now(), SystemTime::UNIX_EPOCH);
    /// ```
    pub fn set(&self, time: SystemTime) {
        *self.lock() = time;
    }

    fn lock(&self) -> MutexGuard<'_, SystemTime> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for MovableClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for MovableClock {
    fn now(&self) -> SystemTime {
        *self.lock()
    }
}
