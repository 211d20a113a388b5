//! The tools for tests of an application, behind the feature `test-kit`.
//!
//! ```toml
//! [dev-dependencies]
//! session-runtime = { version = "0.1", features = ["test-kit"] }
//! ```
//!
//! - [`Browser`] talks to a router as a visitor does: it keeps cookies and follows redirects.
//! - [`TestKit`] puts a session into a request or a browser, and opens what came back.
//! - [`MovableClock`] lets two weeks pass.
//! - [`TestRequest`] calls one handler function without HTTP.
//! - [`another_process`] lets two releases of an application run in one test.
//! - `FaultyStore`, with the feature `stored`, is a store of sessions that fails when a test says so.
//!
//! ```
//! use std::time::Duration;
//!
//! use axum::{Router, routing::get};
//! use session_runtime::test_kit::{Browser, MovableClock, TestKit};
//! use session_runtime::{Keyring, Session, SessionLayer};
//!
//! #[derive(Session)]
//! #[session(idle = "14d")]
//! struct Shop {
//!     visits: u32,
//! }
//!
//! async fn index(mut session: Session<Shop>) -> String {
//!     session.visits += 1;
//!     format!("Visit number: {}", session.visits)
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! let clock = MovableClock::new();
//! let layer = SessionLayer::<Shop>::new(Keyring::ephemeral()).clock(clock.clone());
//! let kit = TestKit::new(&layer);
//! let app = Router::new().route("/", get(index)).layer(layer);
//! let mut browser = Browser::new(app).clock(clock.clone());
//!
//! kit.set_session(&mut browser, &Shop { visits: 3 });
//! assert_eq!(browser.get("/").await.text(), "Visit number: 4");
//! kit.assert_session_of(&browser, &Shop { visits: 4 });
//!
//! clock.advance(Duration::from_secs(14 * 24 * 60 * 60));
//! assert_eq!(browser.get("/").await.text(), "Visit number: 1");
//! # }
//! ```
//!
//! A stored session works in all of them. A [`TestRequest`] has a `MemoryStore` inside, unless it comes from a kit,
//! whose layer has a store already:
//!
//! ```
//! # #[cfg(feature = "stored")] {
//! use http::StatusCode;
//! use session_runtime::store::MemoryStore;
//! use session_runtime::test_kit::{Outcome, TestKit, TestRequest};
//! use session_runtime::{Keyring, Session, SessionLayer};
//!
//! #[derive(Session)]
//! #[session(stored)]
//! struct Shop {
//!     visits: u32,
//! }
//!
//! let mut request = TestRequest::new(&Shop { visits: 3 }); // over a store of its own
//! request.session().visits = 4;
//! assert!(matches!(request.respond(StatusCode::OK), Outcome::Set(Shop { visits: 4 })));
//!
//! let store = MemoryStore::new(); // or the store of the application, in a new file
//! let kit = TestKit::new(&SessionLayer::<Shop>::stored(Keyring::ephemeral(), store));
//! let request = kit.request(&Shop { visits: 3 }); // over this one
//! assert_eq!(request.session().visits, 3);
//! # }
//! ```
//!
//! The kit's functions wait for the store in place. So the store must answer without the runtime of the test, as
//! `MemoryStore` and `session-sqlite` do, or the test needs `#[tokio::test(flavor = "multi_thread")]`.
//!
//! There is no second implementation behind this: sessions are sealed, opened, published and
//! committed by the code that serves requests.

mod browser;
mod clock;
mod difference;
mod exchange;
#[cfg(feature = "stored")]
mod faulty_store;
mod kit;
mod outcome;
mod readable;
mod request;

pub use self::browser::{Browser, Cookie, Page};
pub use self::clock::MovableClock;
#[cfg(feature = "stored")]
pub use self::faulty_store::{Fault, FaultyStore, Operation};
pub use self::kit::TestKit;
pub use self::outcome::Outcome;
pub use self::request::TestRequest;
use crate::identity::{Identity, IsIdentity};
use crate::keys::Keyring;

/// The same keys as another process has them.
///
/// In one process, a cookie under a key belongs to one session type: another type with a cookie of that name is refused
/// when its router is made. A test that plays two releases of an application, or two of its processes, has two types with
/// one cookie. It gives the second of them the keys by this function.
///
/// ```
/// use axum::{Router, routing::get};
/// use session_runtime::test_kit::{Browser, another_process};
/// use session_runtime::{Keyring, Session, SessionLayer};
///
/// mod first {
///     #[derive(session_runtime::Session)]
///     pub struct Shop {
///         pub visits: u32,
///     }
/// }
///
/// mod second {
///     #[derive(session_runtime::Session)]
///     pub struct Shop {
///         pub visits: u32,
///         pub theme: String,
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let keys = Keyring::ephemeral();
/// let of_second = another_process(&keys);
/// let app = Router::new()
///     .route("/", get(async |mut shop: Session<first::Shop>| shop.visits += 1))
///     .layer(SessionLayer::<first::Shop>::new(keys));
/// let next = Router::new()
///     .route("/next", get(async |shop: Session<second::Shop>| shop.visits.to_string()))
///     .layer(SessionLayer::<second::Shop>::new(of_second));
///
/// let mut browser = Browser::new(app.merge(next));
/// browser.get("/").await;
/// assert_eq!(browser.get("/next").await.text(), "1");
/// # }
/// ```
pub fn another_process(keys: &Keyring) -> Keyring {
    keys.of_another_process()
}

/// Makes an identity that shows `user`: for the session that a test starts with or expects.
///
/// ```
/// use session_runtime::test_kit::{TestRequest, identity};
/// use session_runtime::{Identity, Session};
///
/// #[derive(Session)]
/// struct Shop {
///     #[session(identity)]
///     user: Identity<u64>,
///     cart: Vec<u64>,
/// }
///
/// let request = TestRequest::new(&Shop { user: identity(7), ..Shop::default() });
/// assert_eq!(request.session().user, Some(7));
/// ```
pub fn identity<T>(user: T) -> Identity<T> {
    (Identity::MAKE)(Some(user))
}
