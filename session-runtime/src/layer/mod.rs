//! The layer that gives a router's requests their sessions, and puts them into the responses.

mod caching;
mod facts;
mod future;
#[cfg(feature = "test-kit")]
mod in_place;
mod plain_http;
mod response;
mod service;

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
#[cfg(feature = "stored")]
use std::sync::atomic::Ordering;
#[cfg(feature = "stored")]
use std::time::Duration;

use tower_layer::Layer;

pub use self::future::SessionFuture;
#[cfg(feature = "test-kit")]
pub(crate) use self::in_place::{respond, wait_for};
pub use self::service::{EmptyBody, SessionService};
use crate::clock::Clock;
use crate::config::Config;
#[cfg(feature = "stored")]
use crate::config::SessionsInCookies;
use crate::cookie::{CookieSpec, SameSite};
#[cfg(feature = "stored")]
use crate::data::KeptInStore;
use crate::data::{HasIdentity, KeptInCookie, SessionData};
use crate::event;
use crate::explained::{
    EncryptionIsSet, HttpOnlyIsSet, LifetimeIsSet, NameIsSet, SavingIsSet, SecureIsSet, refused,
};
use crate::keys::Keyring;
use crate::local_path::local_path;
#[cfg(feature = "stored")]
use crate::sessions::Sessions;
#[cfg(feature = "stored")]
use crate::store::{Backend, Store, StoreCounters};
#[cfg(feature = "stored")]
use crate::time::read_time;

/// The layer that gives every request inside of it the session `T`.
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
/// The name of the cookie is `__Host-` and the name of the session. The cookie is `Secure`, `HttpOnly` and
/// `SameSite=Lax`, with `Path=/`. The methods here relax that where an application must. Fields marked `browser`
/// or `flash` have cookies of their own, whose names end in `.browser` and `.flash`.
///
/// # What this does not protect against
///
/// Whoever copies a cookie has the session until it expires: see
/// [security in plain words](crate::guide::security).
#[must_use = "a layer does nothing until it is added to a router with `.layer(…)`"]
pub struct SessionLayer<T> {
    config: Arc<Config>,
    session: PhantomData<fn() -> T>,
}

// The bounds are those of the functions: of the bound of an impl rustc says that there is no such function.
impl<T> SessionLayer<T> {
    /// Makes the layer for `T`, with the safest cookie there is.
    ///
    /// # Panics
    ///
    /// When the default of a field cannot be stored, or is another one each time it is evaluated:
    /// such a field would change from request to request without ever being written.
    #[track_caller]
    pub fn new(keys: Keyring) -> Self
    where
        T: KeptInCookie,
    {
        Self::with(Config::new::<T>(keys))
    }

    /// Makes the layer for a stored `T`: the fields live in `store`, and the cookie holds a ticket.
    ///
    /// ```
    /// use session_runtime::store::MemoryStore;
    /// use session_runtime::{Keyring, Session, SessionLayer};
    ///
    /// #[derive(Session)]
    /// #[session(stored)]
    /// struct Shop {
    ///     visits: u32,
    /// }
    ///
    /// let layer = SessionLayer::<Shop>::stored(Keyring::ephemeral(), MemoryStore::new());
    /// ```
    ///
    /// # Panics
    ///
    /// When [`new`](Self::new) would.
    #[cfg(feature = "stored")]
    #[track_caller]
    pub fn stored(keys: Keyring, store: impl Store) -> Self
    where
        T: KeptInStore,
    {
        let store = Backend::new(store);
        Self::with(Config::new::<T>(keys).with(|options| options.store = Some(store)))
    }

    fn with(config: Config) -> Self {
        Self {
            config: Arc::new(config),
            session: PhantomData,
        }
    }
}

impl<T: SessionData> SessionLayer<T> {
    /// Makes the handle by which the application lists and ends the sessions of a user. It is for the state of the
    /// application, and for background jobs.
    ///
    /// Call it behind the options of the layer: they are the handle's options too.
    ///
    /// ```
    /// use session_runtime::store::MemoryStore;
    /// use session_runtime::{Identity, Keyring, Session, SessionLayer};
    ///
    /// #[derive(Session)]
    /// #[session(stored)]
    /// struct Shop {
    ///     #[session(identity)]
    ///     user: Identity<u64>,
    /// }
    ///
    /// let layer = SessionLayer::<Shop>::stored(Keyring::ephemeral(), MemoryStore::new());
    /// let sessions = layer.sessions();
    /// tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    ///     assert_eq!(sessions.end_all(&7).await.unwrap(), 0, "user 7 is not logged in");
    /// });
    /// ```
    ///
    /// A process that only ends sessions makes the same layer, with the same keys and the same store, and serves nothing
    /// by it.
    #[cfg(feature = "stored")]
    pub fn sessions(&self) -> Sessions<T>
    where
        T: KeptInStore + HasIdentity,
    {
        self.config.is_handed_out.store(true, Ordering::Relaxed);
        Sessions::new(self.config.clone())
    }

    /// Makes the counters of what this layer asks of its store, for the metrics of the application.
    ///
    /// ```
    /// use session_runtime::store::MemoryStore;
    /// use session_runtime::{Keyring, Session, SessionLayer};
    /// # #[derive(Session)] #[session(stored)] struct Shop { visits: u32 }
    ///
    /// let layer = SessionLayer::<Shop>::stored(Keyring::ephemeral(), MemoryStore::new());
    /// let counters = layer.store_counters();
    /// assert_eq!(counters.loads(), 0, "no request has come yet");
    /// ```
    #[cfg(feature = "stored")]
    pub fn store_counters(&self) -> StoreCounters
    where
        T: KeptInStore,
    {
        // A layer of a stored type has a store.
        let store = self.config.options.store.as_ref();
        store.map(Backend::counters).unwrap_or_default()
    }

    /// Sets the time for which a request waits until the store has loaded its session. The response is then a 503.
    /// Without this call it is one second.
    ///
    /// Saving and ending a session may take twice as long. The time includes the second try of a store that could not
    /// be reached. An operation whose time is over may still be done: a store cannot always be stopped.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use session_runtime::store::MemoryStore;
    /// use session_runtime::{Keyring, Session, SessionLayer};
    /// # #[derive(Session)] #[session(stored)] struct Shop { visits: u32 }
    ///
    /// let layer = SessionLayer::<Shop>::stored(Keyring::ephemeral(), MemoryStore::new())
    ///     .store_timeout(Duration::from_millis(300));
    /// ```
    ///
    /// # Panics
    ///
    /// When `time` is zero: every request would be a 503.
    #[cfg(feature = "stored")]
    #[track_caller]
    pub fn store_timeout(self, time: Duration) -> Self
    where
        T: KeptInStore,
    {
        assert!(
            !time.is_zero(),
            "a store has no time to answer, so every request would be a 503\n\
             help: write a time such as `Duration::from_secs(1)`, which is the one without this call"
        );
        Self::with(self.config.with(|options| {
            let store = options.store.take();
            options.store = store.map(|store| store.with_limit(time));
        }))
    }

    /// Reads rows, and leaves sessions in their cookies: the first of two releases that
    /// [move from cookies to a store](crate::guide::cookie_or_store#moving-from-cookies-to-a-store).
    ///
    /// A session that is in its cookie stays there, and a new one begins there. A session that another server has in a
    /// row goes on in its row, and [`Session::renew`](crate::Session::renew) gives a session one. A logout ends the session
    /// for every copy of its cookie, for which it writes to the store.
    ///
    /// ```
    /// use session_runtime::store::MemoryStore;
    /// use session_runtime::{Keyring, Session, SessionLayer};
    /// # #[derive(Session)] #[session(stored)] struct Shop { visits: u32 }
    ///
    /// let layer = SessionLayer::<Shop>::stored(Keyring::ephemeral(), MemoryStore::new())
    ///     .still_in_cookies();
    /// ```
    ///
    /// # Panics
    ///
    /// After [`adopt_until`](Self::adopt_until): that is the second release.
    #[cfg(feature = "stored")]
    #[track_caller]
    pub fn still_in_cookies(self) -> Self
    where
        T: KeptInStore,
    {
        self.with_sessions_in_cookies(SessionsInCookies::Kept)
    }

    /// Takes sessions over from their cookies: the second of two releases that
    /// [move from cookies to a store](crate::guide::cookie_or_store#moving-from-cookies-to-a-store). The first one is
    /// [`still_in_cookies`](Self::still_in_cookies).
    ///
    /// A session gets a row when a request writes it, or at the time when its last use is to be recorded. Until then its
    /// cookie counts, and lists of a user's sessions do not have it. From `time` on, such cookies are refused. Choose
    /// a time at which every session that is to stay has been used: `idle` after the last server of the release before is
    /// late enough for all.
    ///
    /// Without this call a session in its cookie is refused, and its visitor begins a new one.
    ///
    /// ```
    /// use session_runtime::store::MemoryStore;
    /// use session_runtime::{Keyring, Session, SessionLayer};
    /// # #[derive(Session)] #[session(stored)] struct Shop { visits: u32 }
    ///
    /// let layer = SessionLayer::<Shop>::stored(Keyring::ephemeral(), MemoryStore::new())
    ///     .adopt_until("2027-06-30T00:00:00Z");
    /// ```
    ///
    /// # Panics
    ///
    /// When `time` is not written as `2027-06-30T00:00:00Z`, and after [`still_in_cookies`](Self::still_in_cookies).
    #[cfg(feature = "stored")]
    #[track_caller]
    pub fn adopt_until(self, time: &str) -> Self
    where
        T: KeptInStore,
    {
        #[expect(clippy::panic, reason = "at start-up, while the router is made")]
        let Some(until) = read_time(time) else {
            panic!(
                "`{time}` is not a time until which sessions are taken over\n\
                 help: write a time of UTC such as `2027-06-30T00:00:00Z`"
            )
        };
        self.with_sessions_in_cookies(SessionsInCookies::Adopted { until })
    }

    #[cfg(feature = "stored")]
    #[track_caller]
    fn with_sessions_in_cookies(&self, in_cookies: SessionsInCookies) -> Self {
        Self::with(self.config.with(|options| {
            assert!(
                options.in_cookies == SessionsInCookies::Refused,
                "a layer leaves sessions in their cookies or takes them over\n\
                 help: call `still_in_cookies` in one release, and `adopt_until` in the next one"
            );
            options.in_cookies = in_cookies;
        }))
    }

    /// Sets the requests of other sites with which browsers send the cookie. Without this call it is
    /// [`SameSite::Lax`].
    ///
    /// # Panics
    ///
    /// When browsers would refuse the cookie: [`SameSite::None`] with
    /// [`insecure_http`](Self::insecure_http).
    #[track_caller]
    pub fn same_site(self, same_site: SameSite) -> Self {
        self.with_cookie(|cookie| cookie.same_site = same_site)
    }

    /// Restricts the cookie to `path` and the paths below. The name's prefix becomes `__Secure-`.
    ///
    /// This separates applications by accident only, not by force: a page at one path can read
    /// another path through a frame.
    ///
    /// # Panics
    ///
    /// When `path` does not start with `/` or is not visible ASCII without `;`, `?` and `#`.
    #[track_caller]
    pub fn path(self, path: &str) -> Self {
        self.with_cookie(|cookie| path.clone_into(&mut cookie.path))
    }

    /// Extends the cookie to every host of `domain`. The name's prefix becomes `__Secure-`.
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

    /// Partitions the cookie: inside a frame, browsers keep one for each site that shows the frame. The name of
    /// this is CHIPS. It needs [`SameSite::None`], because browsers send no other cookie to a frame in another site.
    ///
    /// ```
    /// use session_runtime::{Keyring, SameSite, Session, SessionLayer};
    /// # #[derive(Session)] struct Shop { visits: u32 }
    ///
    /// let layer = SessionLayer::<Shop>::new(Keyring::ephemeral())
    ///     .same_site(SameSite::None)
    ///     .partitioned();
    /// ```
    ///
    /// # Panics
    ///
    /// With [`insecure_http`](Self::insecure_http): browsers would refuse the cookie. Without [`SameSite::None`] when the
    /// layer is added to a router.
    #[track_caller]
    pub fn partitioned(self) -> Self {
        self.with_cookie(|cookie| cookie.partitioned = true)
    }

    /// Drops `Secure` and the prefix of the name, for plain http on hosts other than `localhost`. The log has a
    /// warning.
    ///
    /// # Security
    ///
    /// Every machine on the way can copy the cookie. Use it for development.
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

    /// Saves the changes of a response with a 5xx status too. Without this they are dropped, and the
    /// log names them at `info`.
    ///
    /// A 408 still saves nothing, and so does a panic that drops a session. `flash` fields stay as they were,
    /// because no visitor saw the page that took or wrote them.
    ///
    /// A handler that a timeout cuts off has done half of its work. Where the timeout answers with a
    /// 503, that half is saved.
    ///
    /// ```
    /// use session_runtime::{Keyring, Session, SessionLayer};
    /// # #[derive(Session)] struct Shop { failed_payments: u32 }
    ///
    /// let layer = SessionLayer::<Shop>::new(Keyring::ephemeral()).save_on_server_errors();
    /// ```
    pub fn save_on_server_errors(self) -> Self {
        Self::with(
            self.config
                .with(|options| options.saves_on_server_errors = true),
        )
    }

    /// Replaces the clock of the system by another one, for tests.
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
}

impl<T: HasIdentity> SessionLayer<T> {
    /// Sets the path of the login page, as the browser sees it. [`LoggedIn`](crate::LoggedIn) redirects visitors
    /// there who ask for a page and are not logged in.
    ///
    /// A request asks for a page if it accepts `text/html`. Scripts ask for `*/*` or for JSON, and get a 401 as
    /// they do without a login page. The address of the redirect has the path and query of a `GET` in it as
    /// `next`: see [`local_path`](crate::local_path).
    ///
    /// ```
    /// use session_runtime::{Identity, Keyring, Session, SessionLayer};
    ///
    /// #[derive(Session)]
    /// struct Shop {
    ///     #[session(identity)]
    ///     user: Identity<u64>,
    /// }
    ///
    /// let layer = SessionLayer::<Shop>::new(Keyring::ephemeral()).login_page("/login");
    /// ```
    ///
    /// # Panics
    ///
    /// When `path` is not a path of this site as browsers write it, such as `/login`, or has a `next` of
    /// its own.
    #[track_caller]
    pub fn login_page(self, path: &str) -> Self {
        assert!(
            local_path(path).is_some() && !has_dots(path),
            "`{path}` is not a path of this site, so it cannot be the login page\n\
             help: write a path such as `/login`"
        );
        assert!(
            !path.contains("?next=") && !path.contains("&next="),
            "the login page `{path}` has a `next` of its own, but a redirect writes the address of the \
             asked page there\nhelp: leave `next` out of the path"
        );
        Self::with(
            self.config
                .with(|options| options.login_page = Some(path.into())),
        )
    }
}

/// Returns true if the path has a segment `.` or `..`, so that a browser would write it in another way.
fn has_dots(path: &str) -> bool {
    let path = path.split(['?', '#']).next().unwrap_or(path);
    path.split('/')
        .any(|segment| segment == "." || segment == "..")
}

impl<T, S> Layer<S> for SessionLayer<T> {
    type Service = SessionService<S>;

    /// Makes the service.
    ///
    /// `Router::layer` and `Router::route_layer` call this at once. A layer on a `MethodRouter` or on a handler is
    /// called with the first request, and a panic is one of that request.
    ///
    /// # Panics
    ///
    /// When another session type of the program has this cookie under one of the keys, in whatever [`Keyring`]: a session of
    /// the one would open as a session of the other. And when the cookie is [`partitioned`](Self::partitioned) without
    /// [`SameSite::None`].
    fn layer(&self, inner: S) -> SessionService<S> {
        if let Some(by) = self.config.expect_to_serve() {
            event::cookie_of_two_types(&self.config, by);
        }
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

/// Options of other layers: see [`explained`](crate::explained). Their names begin with `with_`, as ours do not,
/// so that an application may have a trait with other names.
impl<T> SessionLayer<T> {
    #[doc(hidden)]
    pub fn with_secure<A>(self, _: A) -> Self
    where
        Self: SecureIsSet,
    {
        refused()
    }

    #[doc(hidden)]
    pub fn with_http_only<A>(self, _: A) -> Self
    where
        Self: HttpOnlyIsSet,
    {
        refused()
    }

    #[doc(hidden)]
    pub fn with_name<A>(self, _: A) -> Self
    where
        Self: NameIsSet,
    {
        refused()
    }

    #[doc(hidden)]
    pub fn with_expiry<A>(self, _: A) -> Self
    where
        Self: LifetimeIsSet,
    {
        refused()
    }

    #[doc(hidden)]
    pub fn with_always_save<A>(self, _: A) -> Self
    where
        Self: SavingIsSet,
    {
        refused()
    }

    #[doc(hidden)]
    pub fn with_signed<A>(self, _: A) -> Self
    where
        Self: EncryptionIsSet,
    {
        refused()
    }

    #[doc(hidden)]
    pub fn with_private<A>(self, _: A) -> Self
    where
        Self: EncryptionIsSet,
    {
        refused()
    }
}
