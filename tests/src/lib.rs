//! One application under test: every integration test goes through [`app`], which plays the
//! browser, captures the log at TRACE, and fails a test in whose log a key, a token or a field
//! value occurs. Field values in tests are canaries, long and random enough to occur nowhere else.

/// The README's programs compile, and its tests pass.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
mod readme {}

mod app;
mod clock;
mod log;

pub use session_runtime::test_kit::another_process;

pub use self::app::{Answer, App, app, timed_app};
pub use self::clock::MovableClock;
pub use self::log::Log;

/// The text that every field value of a test contains.
pub const CANARY: &str = "canary-7f3a9b";
