use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use http::StatusCode;

use super::Outcome;
use super::difference::{Values, assert_same};
use super::exchange::Exchange;
use crate::config::Config;
use crate::data::SessionData;
use crate::ending::Ending;
use crate::keys::Keyring;
use crate::session::Session;
#[cfg(feature = "stored")]
use crate::store::{Backend, MemoryStore};

/// One request without HTTP: sessions for calling a handler function directly, and what the
/// handler published.
///
/// ```
/// use session_runtime::test_kit::TestRequest;
/// use session_runtime::{Session, SessionData};
///
/// #[derive(Session)]
/// struct Shop {
///     visits: u32,
///     notice: String,
/// }
///
/// async fn index(mut session: Session<Shop>) -> String {
///     session.visits += 1;
///     format!("Visit number: {}", session.visits)
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let request = TestRequest::new(&Shop { visits: 3, ..Shop::default() });
/// assert_eq!(index(request.session()).await, "Visit number: 4");
/// assert_eq!(request.value().visits, 4);
/// # }
/// ```
pub struct TestRequest<T> {
    exchange: Exchange,
    values: Values,
    session: PhantomData<fn() -> T>,
}

impl<T: SessionData> TestRequest<T> {
    /// A request that carries the session `value`, under a key of its own and the system's clock, and for a stored
    /// session over a `MemoryStore` of its own. [`TestKit::request`](super::TestKit::request) makes one under those of
    /// a layer.
    ///
    /// ```
    /// use session_runtime::test_kit::TestRequest;
    /// use session_runtime::{Session, SessionState};
    /// # #[derive(Session)] struct Shop { visits: u32 }
    ///
    /// let session = TestRequest::new(&Shop { visits: 3 }).session();
    /// assert_eq!(session.visits, 3);
    /// assert_eq!(Session::info(&session).state(), SessionState::Active);
    ///
    /// let visitor = TestRequest::new(&Shop { visits: 0 }).session(); // all at its default: no cookie
    /// assert_eq!(Session::info(&visitor).state(), SessionState::New);
    /// ```
    ///
    /// # Panics
    ///
    /// When a field cannot be serialized, or the session does not fit into its cookies.
    #[track_caller]
    pub fn new(value: &T) -> Self {
        let config = Config::new::<T>(Keyring::ephemeral());
        #[cfg(feature = "stored")]
        let config = if T::SCHEMA.stored {
            config.with(|options| options.store = Some(Backend::new(MemoryStore::new())))
        } else {
            config
        };
        let config = Arc::new(config);
        Self::of(&config, value, Values::Shown)
    }

    #[track_caller]
    pub(super) fn of(config: &Arc<Config>, value: &T, values: Values) -> Self {
        Self {
            exchange: Exchange::carrying(config, value),
            values,
            session: PhantomData,
        }
    }

    /// Failed assertions name the fields and hide their values: for logs that others read.
    ///
    /// ```should_panic
    /// use session_runtime::test_kit::TestRequest;
    /// # use session_runtime::{Session, SessionData};
    /// # #[derive(Session)] struct Shop { email: String }
    ///
    /// let email = "ann@example.com".to_owned();
    /// let request = TestRequest::new(&Shop { email }).redacted();
    /// request.assert_value(&Shop::default()); // the panic does not tell the address
    /// ```
    #[must_use]
    pub fn redacted(mut self) -> Self {
        self.values = Values::Hidden;
        self
    }

    /// A guard, as the extractor makes it: as many for one request as a handler takes.
    ///
    /// ```
    /// use session_runtime::Session;
    /// use session_runtime::test_kit::TestRequest;
    /// # #[derive(Session)] struct Shop { visits: u32, seen: u32 }
    ///
    /// fn count(mut a: Session<Shop>, mut b: Session<Shop>) {
    ///     a.visits += 1;
    ///     b.seen += 1;
    /// }
    ///
    /// let request = TestRequest::new(&Shop { visits: 3, seen: 0 });
    /// count(request.session(), request.session());
    /// request.assert_value(&Shop { visits: 4, seen: 1 });
    /// ```
    pub fn session(&self) -> Session<T> {
        self.exchange.guard()
    }

    /// The session as published so far. A guard publishes when it is dropped, and what it holds
    /// until then does not show.
    ///
    /// ```
    /// use session_runtime::Session;
    /// use session_runtime::test_kit::TestRequest;
    /// # #[derive(Session)] struct Shop { visits: u32 }
    ///
    /// let request = TestRequest::new(&Shop { visits: 3 });
    /// let mut session = request.session();
    /// session.visits = 4;
    /// assert_eq!(request.value().visits, 3);
    /// drop(session);
    /// assert_eq!(request.value().visits, 4);
    /// ```
    pub fn value(&self) -> T {
        self.exchange.value()
    }

    /// True if this request ended the session so that it starts over: by [`Session::log_out`] or
    /// [`Session::clear`], and not by [`Session::destroy`].
    ///
    /// ```
    /// use session_runtime::Session;
    /// use session_runtime::test_kit::TestRequest;
    /// # #[derive(Session)] struct Shop { visits: u32 }
    ///
    /// let request = TestRequest::new(&Shop { visits: 3 });
    /// Session::clear(&mut request.session());
    /// assert!(request.is_cleared());
    /// assert_eq!(request.value().visits, 0);
    /// ```
    pub fn is_cleared(&self) -> bool {
        self.exchange.ending() == Ending::Cleared
    }

    /// True if this request called [`Session::destroy`].
    ///
    /// ```
    /// use session_runtime::Session;
    /// use session_runtime::test_kit::TestRequest;
    /// # #[derive(Session)] struct Shop { visits: u32 }
    ///
    /// let request = TestRequest::new(&Shop { visits: 3 });
    /// Session::destroy(request.session());
    /// assert!(request.is_destroyed());
    /// ```
    pub fn is_destroyed(&self) -> bool {
        self.exchange.ending() == Ending::Destroyed
    }

    /// Ends the request with a response of this status, and returns what the response does about the session.
    /// After it this value is the next request of the same browser. Guards of the request before are late.
    ///
    /// ```
    /// use http::StatusCode;
    /// use session_runtime::Session;
    /// use session_runtime::test_kit::{TestRequest, Outcome};
    /// # #[derive(Session)] struct Shop { visits: u32 }
    ///
    /// let mut request = TestRequest::new(&Shop { visits: 3 });
    /// request.session().visits = 4;
    /// assert!(matches!(request.respond(StatusCode::OK), Outcome::Set(Shop { visits: 4 })));
    ///
    /// request.session().visits = 5; // the next request fails, so this is not saved
    /// assert!(matches!(request.respond(StatusCode::BAD_GATEWAY), Outcome::Untouched));
    /// assert_eq!(request.value().visits, 4);
    /// ```
    ///
    /// # Panics
    ///
    /// When the session cannot be saved, so that the layer would make a 500 or a 503 of the response.
    #[track_caller]
    pub fn respond(&mut self, status: StatusCode) -> Outcome<T> {
        self.exchange.answer(status)
    }

    /// Asserts that the session as published so far is `expected`.
    ///
    /// ```should_panic
    /// use session_runtime::Session;
    /// use session_runtime::test_kit::TestRequest;
    /// # #[derive(Session)] struct Shop { visits: u32 }
    ///
    /// let request = TestRequest::new(&Shop { visits: 3 });
    /// request.session().visits += 1;
    /// request.assert_value(&Shop { visits: 5 });
    /// // the session is not the expected `app::Shop`:
    /// //   visits: found 4, expected 5
    /// ```
    ///
    /// # Panics
    ///
    /// When it is another: the message shows the fields that differ, with both values.
    #[track_caller]
    pub fn assert_value(&self, expected: &T) {
        assert_same("the session", &self.value(), expected, self.values);
    }
}

/// Names only.
impl<T> fmt::Debug for TestRequest<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TestRequest")
            .field(&self.exchange.config)
            .finish()
    }
}
