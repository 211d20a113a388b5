#![forbid(unsafe_code)]
//! Typed sessions for axum, encrypted into the visitor's cookie.
//!
//! A session is a struct of yours that derives [`Session`](macro@Session). A handler extracts it, reads and writes
//! its fields, and the response saves what changed. The cookie is encrypted and authenticated with
//! XChaCha20-Poly1305, so a visitor can neither read it nor change it.
//!
//! ```rust,no_run
//! use axum::{Router, routing::get};
//! use session_runtime::{Keyring, Session, SessionLayer};
//!
//! #[derive(Session)]
//! struct Shop {
//!     visits: u32,
//! }
//!
//! async fn index(mut session: Session<Shop>) -> String {
//!     session.visits += 1; // a plain field: no key, no get(), no save()
//!     format!("Visit number: {}", session.visits)
//! }
//!
//! #[tokio::main]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let keys = Keyring::from_env("SESSION_KEYS")?; // a missing or weak key stops the program here
//!     let app = Router::new()
//!         .route("/", get(index))
//!         .layer(SessionLayer::<Shop>::new(keys)); // after the routes that use the session
//!     let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
//!     axum::serve(listener, app).await?;
//!     Ok(())
//! }
//! ```
//!
//! A `main` of one line prints a key for `SESSION_KEYS`:
//!
//! ```
//! println!("{}", session_runtime::Key::generate().reveal());
//! ```
//!
//! # What is where
//!
//! - [`guide`] is the place to begin. Its first page takes ten minutes.
//! - [`#[derive(Session)]`](macro@Session) lists every option of a struct and of a field.
//! - [`Session<T>`](struct@Session) is the extractor. Its functions log a user in and out, and end a session.
//! - [`SessionLayer`] is the layer around the routes. It has the options of the cookie.
//! - [`Keyring`] holds the keys, several at a time while they rotate.
//! - [`LoggedIn`] guards the routes that are for users only.
//! - `test_kit`, behind the feature `test-kit`, has what the tests of an application need.
//! - `store`, behind the feature `stored`, keeps sessions on the server.
//!
//! The feature `ring` is on by default: it seals by the crate `ring`, in a fifth of the time. Without it the build is pure
//! Rust, and the cookies are the same.

// The derive names this crate by its path, also in this crate's own tests.
#[cfg(test)]
extern crate self as session_runtime;

mod background;
#[cfg(feature = "stored")]
mod carried_out;
mod clock;
mod config;
mod cookie;
mod data;
mod encoded;
mod ending;
mod event;
pub mod explained;
mod extract;
#[cfg(fuzzing)]
pub mod fuzzing;
pub mod guide;
mod honesty;
mod identity;
mod info;
mod keys;
mod layer;
mod lifetime;
mod local_path;
mod logged_in;
mod merge;
mod part;
mod policy;
#[cfg(test)]
#[cfg(feature = "stored")]
mod races;
mod record;
mod replace;
// `diagnostic::on_move` is a feature of the nightly compiler. Others ignore it until they know it.
#[allow(unknown_lints, unknown_diagnostic_attributes)]
mod session;
#[cfg(feature = "stored")]
mod sessions;
mod slot;
#[cfg(feature = "stored")]
pub mod store;
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
pub use self::data::{
    HasIdentity, KeptInCookie, KeptInStore, SessionData, SessionDefault, SessionField,
};
pub use self::extract::SessionError;
pub use self::identity::Identity;
pub use self::info::{SessionInfo, SessionState};
pub use self::keys::{Key, KeyError, Keyring, KeyringError};
pub use self::layer::{SessionFuture, SessionLayer, SessionService};
pub use self::local_path::local_path;
pub use self::logged_in::{LoggedIn, NotLoggedIn};
pub use self::merge::{IntegerField, ListField, SetField};
pub use self::session::Session;
#[cfg(feature = "stored")]
pub use self::sessions::{ListedSession, SessionHandle, Sessions};
