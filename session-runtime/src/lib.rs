#![forbid(unsafe_code)]
#![doc = include_str!("../../README.md")]

// The derive names this crate by its path, also in this crate's own tests.
#[cfg(test)]
extern crate self as session_runtime;

mod background;
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
mod identity;
mod info;
mod keys;
mod layer;
mod lifetime;
mod local_path;
mod logged_in;
mod part;
mod policy;
mod record;
mod session;
mod slot;
#[cfg(feature = "test-kit")]
pub mod test_kit;
mod time;
mod token;
mod unread;
mod value;

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;

#[doc(inline)]
pub use session_derive::Session;

pub use self::background::{Background, BackgroundService};
pub use self::clock::{Clock, SystemClock};
pub use self::cookie::SameSite;
pub use self::data::{HasIdentity, SessionData, SessionDefault, SessionField};
pub use self::extract::MissingLayer;
pub use self::identity::Identity;
pub use self::info::{SessionInfo, SessionState};
pub use self::keys::{Key, KeyError, Keyring, KeyringError};
pub use self::layer::{SessionFuture, SessionLayer, SessionService};
pub use self::local_path::local_path;
pub use self::logged_in::{LoggedIn, NotLoggedIn};
pub use self::session::Session;
