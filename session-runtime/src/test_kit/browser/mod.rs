//! A client that keeps cookies, over a service instead of a network.

mod cookie;
mod page;
mod redirect;
mod requests;
mod sending;

use std::fmt;
use std::sync::Arc;

use http::header::SET_COOKIE;
use http::{HeaderMap, HeaderName, HeaderValue};

pub use self::cookie::Cookie;
use self::cookie::Jar;
pub use self::page::Page;
use crate::clock::{Clock, SystemClock};

/// A visitor's browser: it sends requests to a service, such as a `Router`, keeps the cookies that
/// come back, and follows redirects.
///
/// ```
/// use axum::{Router, response::Redirect, routing::get};
/// use session_runtime::test_kit::Browser;
/// use session_runtime::{Keyring, Session, SessionLayer};
///
/// #[derive(Session)]
/// struct Shop {
///     visits: u32,
/// }
///
/// async fn visit(mut session: Session<Shop>) -> Redirect {
///     session.visits += 1;
///     Redirect::to("/visits")
/// }
///
/// async fn visits(session: Session<Shop>) -> String {
///     session.visits.to_string()
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let app = Router::new()
///     .route("/", get(visit))
///     .route("/visits", get(visits))
///     .layer(SessionLayer::<Shop>::new(Keyring::ephemeral()));
/// let mut browser = Browser::new(app);
/// browser.get("/").await;
/// let page = browser.get("/").await;
/// assert_eq!((page.uri().path(), &*page.text()), ("/visits", "2"));
/// # }
/// ```
///
/// # A copy of its cookies
///
/// A clone is another browser with the same cookies. It plays a thief who has copied them, or a visitor who goes back to an
/// older session:
///
/// ```
/// use axum::{Router, routing::get};
/// use session_runtime::test_kit::Browser;
/// use session_runtime::{Keyring, Session, SessionLayer};
///
/// #[derive(Session)]
/// struct Shop {
///     visits: u32,
/// }
///
/// async fn visit(mut session: Session<Shop>) -> String {
///     session.visits += 1;
///     session.visits.to_string()
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let layer = SessionLayer::<Shop>::new(Keyring::ephemeral());
/// let mut browser = Browser::new(Router::new().route("/", get(visit)).layer(layer));
/// browser.get("/").await;
/// let mut copy = browser.clone();
/// assert_eq!(browser.get("/").await.text(), "2");
/// assert_eq!(copy.get("/").await.text(), "2", "a session in its cookie is as the cookie has it");
/// # }
/// ```
///
/// # What it is not
///
/// There is one host, and it is trusted: `Domain`, `Secure`, `SameSite` and name prefixes are not
/// looked at, nor do cookies have a maximal size.
#[derive(Clone)]
pub struct Browser<S> {
    service: S,
    jar: Jar,
    clock: Arc<dyn Clock>,
    /// Sent with every request that does not say otherwise.
    headers: HeaderMap,
    follows_redirects: bool,
}

impl<S> Browser<S> {
    /// A browser without cookies.
    ///
    /// ```
    /// use axum::Router;
    /// use session_runtime::test_kit::Browser;
    ///
    /// let browser = Browser::new(Router::<()>::new());
    /// assert_eq!(browser.cookies().count(), 0);
    /// ```
    pub fn new(service: S) -> Self {
        Self {
            service,
            jar: Jar::default(),
            clock: Arc::new(SystemClock),
            headers: HeaderMap::new(),
            follows_redirects: true,
        }
    }

    /// Cookies expire by this clock instead of the system's: give it the layer's.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use axum::Router;
    /// use session_runtime::test_kit::{Browser, MovableClock};
    ///
    /// let clock = MovableClock::new();
    /// let mut browser = Browser::new(Router::<()>::new()).clock(clock.clone());
    /// browser.set_cookie("theme=dark; Max-Age=60");
    /// clock.advance(Duration::from_secs(60));
    /// assert!(browser.cookie("theme").is_none());
    /// ```
    #[must_use]
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Sends this header with every request that does not have it. An `accept` of yours stands in place of
    /// the browser's own.
    ///
    /// ```
    /// use axum::http::HeaderMap;
    /// use axum::{Router, routing::get};
    /// use session_runtime::test_kit::Browser;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let language = async |headers: HeaderMap| format!("{:?}", headers["accept-language"]);
    /// let app = Router::new().route("/", get(language));
    /// let mut browser = Browser::new(app).header("accept-language", "de");
    /// assert_eq!(browser.get("/").await.text(), "\"de\"");
    /// # }
    /// ```
    ///
    /// # Panics
    ///
    /// When that is no header.
    #[must_use]
    #[track_caller]
    #[expect(clippy::panic, reason = "a test with such a header is wrong")]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        match (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            (Ok(name), Ok(value)) => self.headers.insert(name, value),
            _ => panic!("`{name}: {value}` is not a header"),
        };
        self
    }

    /// Redirects are pages like others, so that a test can look at them.
    ///
    /// ```
    /// use axum::{Router, http::StatusCode, response::Redirect, routing::get};
    /// use session_runtime::test_kit::Browser;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let app = Router::new().route("/", get(async || Redirect::to("/login")));
    /// let page = Browser::new(app).without_redirects().get("/").await;
    /// assert_eq!(page.status(), StatusCode::SEE_OTHER);
    /// assert_eq!(page.header("location"), Some("/login"));
    /// # }
    /// ```
    #[must_use]
    pub fn without_redirects(mut self) -> Self {
        self.follows_redirects = false;
        self
    }

    /// Closes the browser and opens it again: session cookies, those without `Max-Age` and
    /// `Expires`, are gone.
    ///
    /// ```
    /// use axum::Router;
    /// use session_runtime::test_kit::Browser;
    ///
    /// let mut browser = Browser::new(Router::<()>::new());
    /// browser.set_cookie("shop=1");
    /// browser.set_cookie("theme=dark; Max-Age=60");
    /// browser.restart();
    /// assert!(browser.cookie("shop").is_none());
    /// assert!(browser.cookie("theme").is_some());
    /// ```
    pub fn restart(&mut self) {
        self.jar.drop_session_cookies();
    }

    /// The cookie with this name, if the browser keeps one: of several the oldest.
    ///
    /// ```
    /// use axum::Router;
    /// use session_runtime::test_kit::Browser;
    ///
    /// let mut browser = Browser::new(Router::<()>::new());
    /// browser.set_cookie("theme=dark");
    /// assert_eq!(browser.cookie("theme").unwrap().value(), "dark");
    /// ```
    pub fn cookie(&self, name: &str) -> Option<&Cookie> {
        self.cookies().find(|cookie| cookie.name() == name)
    }

    /// All cookies that the browser keeps, the oldest first.
    ///
    /// ```
    /// use axum::Router;
    /// use session_runtime::test_kit::Browser;
    ///
    /// let mut browser = Browser::new(Router::<()>::new());
    /// browser.set_cookie("theme=dark");
    /// browser.set_cookie("lang=en");
    /// let names: Vec<_> = browser.cookies().map(|cookie| cookie.name()).collect();
    /// assert_eq!(names, ["theme", "lang"]);
    /// ```
    pub fn cookies(&self) -> impl Iterator<Item = &Cookie> {
        self.jar.iter(self.clock.now())
    }

    /// Keeps a cookie as if a response for `/` had this `Set-Cookie`: also to give the browser
    /// one that is broken or copied.
    ///
    /// ```
    /// use axum::{Router, routing::get};
    /// use session_runtime::test_kit::Browser;
    /// use session_runtime::{Keyring, Session, SessionLayer, SessionState};
    /// # #[derive(Session)] struct Shop { visits: u32 }
    ///
    /// async fn index(session: Session<Shop>) -> &'static str {
    ///     match Session::info(&session).state() {
    ///         SessionState::Unreadable => "What is this?",
    ///         _ => "Welcome!",
    ///     }
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let app = Router::new()
    ///     .route("/", get(index))
    ///     .layer(SessionLayer::<Shop>::new(Keyring::ephemeral()));
    /// let mut browser = Browser::new(app);
    /// browser.set_cookie("__Host-shop=junk; Path=/; Secure");
    /// assert_eq!(browser.get("/").await.text(), "What is this?");
    /// # }
    /// ```
    pub fn set_cookie(&mut self, line: impl AsRef<[u8]>) {
        let line = String::from_utf8_lossy(line.as_ref());
        self.jar.set(&line, "/", self.clock.now());
    }

    /// The `Cookie` header of a request for `path`.
    pub(super) fn cookie_header(&self, path: &str) -> Option<HeaderValue> {
        let line = self.jar.header(path, self.clock.now())?;
        let mut line = HeaderValue::try_from(line).ok()?;
        line.set_sensitive(true);
        Some(line)
    }

    fn keep_cookies(&mut self, path: &str, headers: &HeaderMap) {
        for line in headers.get_all(SET_COOKIE) {
            let line = String::from_utf8_lossy(line.as_bytes());
            self.jar.set(&line, path, self.clock.now());
        }
    }
}

/// Names only.
impl<S> fmt::Debug for Browser<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Browser")
            .field("jar", &self.jar)
            .finish_non_exhaustive()
    }
}
