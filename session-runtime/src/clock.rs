use std::time::SystemTime;

/// A source of the time for a layer, which reads it once when a session is opened and once for its response.
///
/// ```
/// use std::time::{Duration, SystemTime};
///
/// use session_runtime::Clock;
///
/// /// A clock that is a day ahead.
/// struct Tomorrow;
///
/// impl Clock for Tomorrow {
///     fn now(&self) -> SystemTime {
///         SystemTime::now() + Duration::from_secs(24 * 60 * 60)
///     }
/// }
/// ```
pub trait Clock: Send + Sync + 'static {
    /// The time.
    fn now(&self) -> SystemTime;
}

/// A closure is a clock too: `.clock(SystemTime::now)`.
impl<F> Clock for F
where
    F: Fn() -> SystemTime + Send + Sync + 'static,
{
    fn now(&self) -> SystemTime {
        self()
    }
}

/// The clock of the system, which a layer has unless it is given another.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }
}
