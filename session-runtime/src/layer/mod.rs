//! The layer that gives a router's requests their sessions, and puts them into the responses.

mod caching;
mod future;
mod plain_http;
mod response;
mod service;

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use tower_layer::Layer;

pub use self::future::SessionFuture;
pub use self::service::SessionService;
use crate::clock::Clock;
use crate::config::Config;
use crate::cookie::{CookieSpec, SameSite};
use crate::data::SessionData;
use crate::event;
use crate::keys::Keyring;
#[cfg(feature = "test-kit")]
use crate::slot::Slot;

/// The response of a handler that answers with `status` and nothing else.
#[cfg(feature = "test-kit")]
pub(crate) fn respond(slot: &Slot, status: http::StatusCode) -> http::Response<()> {
    let mut response = http::Response::new(());
    *response.status_mut() = status;
    let asked = response::Asked::by(&http::Request::new(()));
    response::commit(response, slot, &asked)
}

/// Gives every request inside it the session `T`.
///
/// Add it to the router *after* the routes and the middleware that extract the session. An
/// application may have several session types, each with its own layer.
///
/// ```
/// use axum::{Router, routing::get};
/// use session_runtime::{Keyring, Session, SessionLayer};
///
/// #[derive(Session)]
/// struct Shop {
///     visits: u32,
/// }
///
/// async fn index(mut session: Session<Shop>) -> String {
///     session.visits += 1;
///     format!("Visit number: {}", session.visits)
/// }
///
/// let app: Router = Router::new()
///     .route("/", get(index))
///     .layer(SessionLayer::<Shop>::new(Keyring::ephemeral()));
/// ```
///
/// # Cookies
///
/// The cookie is named `__Host-` and the session's name; it is `Secure`, `HttpOnly`,
/// `SameSite=Lax` and has `Path=/`. The methods here relax that where an application must. Fields
/// marked `remember` or `flash` have cookies of their own, named the same with `.remember` or
/// `.flash` behind it.
///
/// # What this does not protect against
///
/// Somebody who copies a cookie has the session until it expires. See the crate's documentation.
#[must_use = "a layer does nothing until it is added to a router with `.layer(…)`"]
pub struct SessionLayer<T> {
    config: Arc<Config>,
    session: PhantomData<fn() -> T>,
}

impl<T: SessionData> SessionLayer<T> {
    /// The layer for `T`, with the safest cookie there is.
    ///
    /// # Panics
    ///
    /// When the default of a field cannot be stored, or is another one each time it is evaluated:
    /// such a field would change from request to request without ever being written.
    #[track_caller]
    pub fn new(keys: Keyring) -> Self {
        Self::with(Config::new::<T>(keys))
    }

    /// When browsers send the cookie with requests that other sites start; [`SameSite::Lax`]
    /// unless this is called.
    ///
    /// # Panics
    ///
    /// When browsers would refuse the cookie: [`SameSite::None`] with
    /// [`insecure_http`](Self::insecure_http).
    #[track_caller]
    pub fn same_site(self, same_site: SameSite) -> Self {
        self.with_cookie(|cookie| cookie.same_site = same_site)
    }

    /// Browsers send the cookie only below `path`. The name's prefix becomes `__Secure-`.
    ///
    /// This separates applications by accident only, not by force: a page at one path can read
    /// another path through a frame.
    ///
    /// # Panics
    ///
    /// When `path` does not start with `/` or is not visible ASCII without `;`.
    #[track_caller]
    pub fn path(self, path: &str) -> Self {
        self.with_cookie(|cookie| path.clone_into(&mut cookie.path))
    }

    /// Browsers send the cookie to every host of `domain`. The name's prefix becomes `__Secure-`.
    ///
    /// # Security
    ///
    /// Each of those hosts can then read the cookie, and set one of the same name.
    ///
    /// # Panics
    ///
    /// When `domain` is not a host name such as `example.com`.
    #[track_caller]
    pub fn domain(self, domain: &str) -> Self {
        self.with_cookie(|cookie| cookie.domain = Some(domain.to_owned()))
    }

    /// Inside a frame, browsers keep a cookie for each site that shows the frame (CHIPS).
    ///
    /// # Panics
    ///
    /// With [`insecure_http`](Self::insecure_http): browsers would refuse the cookie.
    #[track_caller]
    pub fn partitioned(self) -> Self {
        self.with_cookie(|cookie| cookie.partitioned = true)
    }

    /// Drops `Secure` and the name's prefix, for plain http on other hosts than `localhost`. The
    /// log warns of it.
    ///
    /// # Security
    ///
    /// Everybody on the way can copy the cookie. This is for development.
    ///
    /// # Panics
    ///
    /// With [`SameSite::None`] or [`partitioned`](Self::partitioned): browsers would refuse the
    /// cookie.
    #[track_caller]
    pub fn insecure_http(self) -> Self {
        let layer = self.with_cookie(|cookie| cookie.secure = false);
        event::insecure_http(&layer.config);
        layer
    }

    /// Takes the time from another clock than the system's. For tests.
    pub fn clock(self, clock: impl Clock) -> Self {
        Self::with(self.config.with(|options| options.clock = Arc::new(clock)))
    }

    #[track_caller]
    fn with_cookie(&self, change: impl FnOnce(&mut CookieSpec)) -> Self {
        Self::with(self.config.with(|options| change(&mut options.cookie)))
    }

    #[cfg(feature = "test-kit")]
    pub(crate) fn config(&self) -> &Arc<Config> {
        &self.config
    }

    fn with(config: Config) -> Self {
        Self {
            config: Arc::new(config),
            session: PhantomData,
        }
    }
}

impl<T, S> Layer<S> for SessionLayer<T> {
    type Service = SessionService<S>;

    fn layer(&self, inner: S) -> SessionService<S> {
        SessionService::new(inner, self.config.clone())
    }
}

impl<T> Clone for SessionLayer<T> {
    fn clone(&self) -> Self {
        Self {
            config: self.config.clone(),
            session: PhantomData,
        }
    }
}

impl<T> fmt::Debug for SessionLayer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SessionLayer").field(&self.config).finish()
    }
}
