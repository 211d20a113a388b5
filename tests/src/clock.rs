use std::time::{Duration, SystemTime, UNIX_EPOCH};

use session_runtime::{Clock, test_kit};

/// The test kit's clock at a round time in 2027, moved by seconds.
#[derive(Clone, Debug)]
pub struct MovableClock(test_kit::MovableClock);

impl MovableClock {
    /// A clock at second 1 800 000 000.
    pub fn new() -> Self {
        let clock = test_kit::MovableClock::new();
        clock.set(UNIX_EPOCH + Duration::from_hours(500_000));
        Self(clock)
    }

    /// Moves it forward.
    pub fn advance(&self, seconds: u64) {
        self.0.advance(Duration::from_secs(seconds));
    }

    /// Moves it backward.
    pub fn turn_back(&self, seconds: u64) {
        self.0.set(self.now() - Duration::from_secs(seconds));
    }
}

impl Default for MovableClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for MovableClock {
    fn now(&self) -> SystemTime {
        self.0.now()
    }
}
