use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use http::{HeaderMap, HeaderValue};

use super::difference::{Values, assert_same, described};
use super::{Browser, Outcome, TestRequest, exchange};
use crate::config::Config;
use crate::data::SessionData;
use crate::layer::SessionLayer;
use crate::part::Part;

/// Seals sessions into requests and opens those of responses, with the keys, the cookie name and
/// the clock of a layer.
///
/// ```
/// use axum::{Router, body::Body, http::{Request, header::COOKIE}, routing::get};
/// use session_runtime::test_kit::TestKit;
/// use session_runtime::{Keyring, Session, SessionData, SessionLayer};
/// use tower::ServiceExt;
///
/// #[derive(Session)]
/// struct Shop {
///     visits: u32,
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let layer = SessionLayer::<Shop>::new(Keyring::ephemeral());
/// let kit = TestKit::new(&layer);
/// let app = Router::new()
///     .route("/", get(async |mut session: Session<Shop>| session.visits += 1))
///     .layer(layer);
///
/// let mut request = Request::new(Body::empty());
/// request.headers_mut().insert(COOKIE, kit.cookie(&Shop { visits: 3 }));
/// let response = app.oneshot(request).await.unwrap();
/// kit.assert_set(response.headers(), &Shop { visits: 4 });
/// # }
/// ```
///
/// # What counts as equal
///
/// The assertions compare values as they are stored, so `T` needs neither `PartialEq` nor `Debug`.
/// A map is equal to one with the same entries; a `HashSet` is stored as a list, in its order of
/// the moment.
pub struct TestKit<T> {
    config: Arc<Config>,
    values: Values,
    session: PhantomData<fn() -> T>,
}

impl<T: SessionData> TestKit<T> {
    /// A kit for the sessions of `layer`: of the layer that the router gets, with all its options.
    ///
    /// ```
    /// use session_runtime::test_kit::{MovableClock, TestKit};
    /// use session_runtime::{Keyring, Session, SessionLayer};
    /// # #[derive(Session)] struct Shop { visits: u32 }
    ///
    /// let clock = MovableClock::new();
    /// let layer = SessionLayer::<Shop>::new(Keyring::ephemeral()).clock(clock.clone());
    /// let kit = TestKit::new(&layer); // after `.clock(…)`: it has the layer's clock
    /// ```
    pub fn new(layer: &SessionLayer<T>) -> Self {
        Self {
            config: layer.config().clone(),
            values: Values::Shown,
            session: PhantomData,
        }
    }

    /// Failed assertions name the fields and hide their values: for logs that others read.
    ///
    /// ```should_panic
    /// use session_runtime::test_kit::TestKit;
    /// use session_runtime::{Keyring, Session, SessionLayer};
    /// # #[derive(Session)] struct Shop { email: String }
    ///
    /// # let headers = http::HeaderMap::new();
    /// let layer = SessionLayer::<Shop>::new(Keyring::ephemeral());
    /// let kit = TestKit::new(&layer).redacted();
    /// let email = "ann@example.com".to_owned();
    /// kit.assert_set(&headers, &Shop { email }); // the panic does not tell the address
    /// ```
    #[must_use]
    pub fn redacted(mut self) -> Self {
        self.values = Values::Hidden;
        self
    }

    /// The `Cookie` header of a browser that has the session `value`: empty when every field is at
    /// its default, because such a session has no cookie. A stored session gets a row in the store of the layer.
    ///
    /// ```
    /// use http::{Request, header::COOKIE};
    /// use session_runtime::test_kit::TestKit;
    /// use session_runtime::{Keyring, Session, SessionLayer};
    /// # #[derive(Session)] struct Shop { visits: u32 }
    ///
    /// let kit = TestKit::new(&SessionLayer::<Shop>::new(Keyring::ephemeral()));
    /// let request = Request::get("/").header(COOKIE, kit.cookie(&Shop { visits: 3 }));
    /// ```
    ///
    /// # Panics
    ///
    /// When a field cannot be serialized, or the session does not fit into its cookies.
    #[track_caller]
    pub fn cookie(&self, value: &T) -> HeaderValue {
        exchange::joined(&exchange::cookies(&self.config, value))
    }

    /// Returns what a response with these headers does about the session.
    ///
    /// ```
    /// use session_runtime::test_kit::{Outcome, TestKit};
    /// use session_runtime::{Keyring, Session, SessionLayer};
    /// # #[derive(Session)] struct Shop { visits: u32 }
    ///
    /// let kit = TestKit::new(&SessionLayer::<Shop>::new(Keyring::ephemeral()));
    /// let response = http::Response::new(());
    /// assert!(matches!(kit.outcome_of(response.headers()), Outcome::Untouched));
    /// ```
    ///
    /// # Panics
    ///
    /// When the response sets a cookie of this name that the layer does not open: it comes from
    /// another layer than the kit. And when the response has no cookie of a stored session: its row may have changed,
    /// and headers do not tell. Ask [`session_of`](Self::session_of), or [`TestRequest::respond`].
    #[track_caller]
    pub fn outcome_of(&self, headers: &HeaderMap) -> Outcome<T> {
        exchange::open(&self.config, headers)
    }

    /// Gives a browser the session `value`, as if a response had set it.
    ///
    /// ```
    /// use axum::{Router, routing::get};
    /// use session_runtime::test_kit::{Browser, TestKit};
    /// use session_runtime::{Keyring, Session, SessionLayer};
    /// # #[derive(Session)] struct Shop { visits: u32 }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let layer = SessionLayer::<Shop>::new(Keyring::ephemeral());
    /// let kit = TestKit::new(&layer);
    /// let app = Router::new()
    ///     .route("/", get(async |session: Session<Shop>| session.visits.to_string()))
    ///     .layer(layer);
    /// let mut browser = Browser::new(app);
    /// kit.set_session(&mut browser, &Shop { visits: 3 });
    /// assert_eq!(browser.get("/").await.text(), "3");
    /// # }
    /// ```
    ///
    /// # Panics
    ///
    /// When a field cannot be serialized, or the session does not fit into its cookies.
    #[track_caller]
    pub fn set_session<S>(&self, browser: &mut Browser<S>, value: &T) {
        let headers = exchange::seal(&self.config, value);
        for part in Part::ALL {
            match exchange::last_line(&self.config, part, &headers) {
                Some(line) => browser.set_cookie(line),
                None => browser.set_cookie(self.config.part(part).lines.removal()),
            }
            if let Some(on_loopback) = &self.config.on_loopback {
                browser.set_cookie(on_loopback.part(part).lines.removal());
            }
        }
    }

    /// The session that a browser would send with a request for `/`, as the layer would take it:
    /// `None` if it has none, or one that has expired and left no field marked `browser`.
    ///
    /// ```
    /// use axum::{Router, routing::get};
    /// use session_runtime::test_kit::{Browser, TestKit};
    /// use session_runtime::{Keyring, Session, SessionLayer};
    /// # #[derive(Session)] struct Shop { visits: u32 }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let layer = SessionLayer::<Shop>::new(Keyring::ephemeral());
    /// let kit = TestKit::new(&layer);
    /// let app = Router::new()
    ///     .route("/", get(async |mut session: Session<Shop>| session.visits += 1))
    ///     .layer(layer);
    /// let mut browser = Browser::new(app);
    /// assert!(kit.session_of(&browser).is_none());
    /// browser.get("/").await;
    /// assert_eq!(kit.session_of(&browser).unwrap().visits, 1);
    /// # }
    /// ```
    pub fn session_of<S>(&self, browser: &Browser<S>) -> Option<T> {
        let cookies = browser.cookie_header(&self.config.options.cookie.path)?;
        exchange::carried(&self.config, cookies)
    }

    /// A request to call a handler function with, under the layer's keys and clock, and over its store.
    ///
    /// ```
    /// use session_runtime::test_kit::TestKit;
    /// use session_runtime::{Keyring, Session, SessionLayer};
    /// # #[derive(Session)] struct Shop { visits: u32 }
    ///
    /// let kit = TestKit::new(&SessionLayer::<Shop>::new(Keyring::ephemeral()));
    /// let request = kit.request(&Shop { visits: 3 });
    /// request.session().visits += 1;
    /// assert_eq!(request.value().visits, 4);
    /// ```
    ///
    /// # Panics
    ///
    /// When a field cannot be serialized, or the session does not fit into its cookies.
    #[track_caller]
    pub fn request(&self, value: &T) -> TestRequest<T> {
        TestRequest::of(&self.config, value, self.values)
    }

    /// Asserts that a response sets the session to `expected`.
    ///
    /// ```should_panic
    /// use session_runtime::test_kit::TestKit;
    /// use session_runtime::{Keyring, Session, SessionLayer};
    /// # #[derive(Session)] struct Shop { visits: u32 }
    ///
    /// # let layer = SessionLayer::<Shop>::new(Keyring::ephemeral());
    /// # let kit = TestKit::new(&layer);
    /// # let mut headers = http::HeaderMap::new();
    /// # headers.insert("set-cookie", kit.cookie(&Shop { visits: 4 }));
    /// kit.assert_set(&headers, &Shop { visits: 5 });
    /// // the session that the response sets is not the expected `app::Shop`:
    /// //   visits: found 4, expected 5
    /// ```
    ///
    /// # Panics
    ///
    /// When it does not: the message shows the fields that differ, with both values.
    #[track_caller]
    pub fn assert_set(&self, headers: &HeaderMap, expected: &T) {
        match self.outcome_of(headers) {
            Outcome::Set(found) => {
                let subject = "the session that the response sets";
                assert_same(subject, &found, expected, self.values);
            }
            other => self.fail("sets", &other),
        }
    }

    /// Asserts that a response removes the session, and sets no part of it: after a logout that leaves a
    /// notice, look at [`session_of`](Self::session_of) instead.
    ///
    /// ```
    /// use session_runtime::test_kit::TestKit;
    /// use session_runtime::{Keyring, Session, SessionLayer};
    /// # #[derive(Session)] struct Shop { visits: u32 }
    ///
    /// let kit = TestKit::new(&SessionLayer::<Shop>::new(Keyring::ephemeral()));
    /// # let mut headers = http::HeaderMap::new();
    /// # headers.insert("set-cookie", "__Host-shop=; Max-Age=0".parse().unwrap());
    /// kit.assert_removed(&headers);
    /// ```
    ///
    /// # Panics
    ///
    /// When it does not: the message shows the session that it sets instead.
    #[track_caller]
    pub fn assert_removed(&self, headers: &HeaderMap) {
        let outcome = self.outcome_of(headers);
        if !matches!(outcome, Outcome::Removed) {
            self.fail("removes", &outcome);
        }
    }

    /// Asserts that a response neither sets nor removes the session.
    ///
    /// ```
    /// use session_runtime::test_kit::TestKit;
    /// use session_runtime::{Keyring, Session, SessionLayer};
    /// # #[derive(Session)] struct Shop { visits: u32 }
    ///
    /// let kit = TestKit::new(&SessionLayer::<Shop>::new(Keyring::ephemeral()));
    /// kit.assert_untouched(http::Response::new(()).headers());
    /// ```
    ///
    /// # Panics
    ///
    /// When it does: the message shows the session that it sets.
    #[track_caller]
    pub fn assert_untouched(&self, headers: &HeaderMap) {
        let outcome = self.outcome_of(headers);
        if !matches!(outcome, Outcome::Untouched) {
            self.fail("does not touch", &outcome);
        }
    }

    /// Asserts that a browser has the session `expected`; a session of defaults is none.
    ///
    /// ```
    /// use axum::Router;
    /// use session_runtime::test_kit::{Browser, TestKit};
    /// use session_runtime::{Keyring, Session, SessionData, SessionLayer};
    /// # #[derive(Session)] struct Shop { visits: u32 }
    ///
    /// let layer = SessionLayer::<Shop>::new(Keyring::ephemeral());
    /// let kit = TestKit::new(&layer);
    /// let mut browser = Browser::new(Router::<()>::new().layer(layer));
    /// kit.assert_session_of(&browser, &Shop::default());
    /// kit.set_session(&mut browser, &Shop { visits: 3 });
    /// kit.assert_session_of(&browser, &Shop { visits: 3 });
    /// ```
    ///
    /// # Panics
    ///
    /// When it has another: the message shows the fields that differ, with both values.
    #[track_caller]
    pub fn assert_session_of<S>(&self, browser: &Browser<S>, expected: &T) {
        let found = self.session_of(browser).unwrap_or_default();
        let subject = "the session that the browser has";
        assert_same(subject, &found, expected, self.values);
    }

    #[track_caller]
    #[expect(clippy::panic, reason = "a failed assertion")]
    fn fail(&self, expected: &str, found: &Outcome<T>) {
        let session = self.config.schema.type_name;
        let description = match found {
            Outcome::Set(value) => format!(":{}", described(value, self.values)),
            Outcome::Removed | Outcome::Untouched => String::new(),
        };
        panic!(
            "expected that the response {expected} the session `{session}`, but it {} it{description}",
            found.verb(),
        )
    }
}

/// Names only.
impl<T> fmt::Debug for TestKit<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TestKit").field(&self.config).finish()
    }
}
