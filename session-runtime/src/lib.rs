#![forbid(unsafe_code)]
#![doc = include_str!("../../README.md")]

// The derive names this crate by its path, also in this crate's own tests.
#[cfg(test)]
extern crate self as session_runtime;

mod clock;
mod config;
mod cookie;
mod data;
mod encoded;
mod event;
mod extract;
#[cfg(fuzzing)]
pub mod fuzzing;
mod honesty;
mod keys;
mod layer;
mod lifetime;
mod part;
mod policy;
mod record;
mod session;
mod slot;
mod status;
#[cfg(feature = "test-kit")]
pub mod test_kit;
mod time;
mod token;
mod value;

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;

#[doc(inline)]
pub use session_derive::Session;

pub use self::clock::{Clock, SystemClock};
pub use self::cookie::SameSite;
pub use self::data::{SessionData, SessionDefault, SessionField};
pub use self::extract::MissingLayer;
pub use self::keys::{Key, KeyError, Keyring, KeyringError};
pub use self::layer::{SessionFuture, SessionLayer, SessionService};
pub use self::session::Session;
pub use self::status::{State, Status};
