//! Routes for users who are logged in.

use std::error::Error;
use std::fmt;
use std::ops::Deref;

use axum::extract::OriginalUri;
use axum_core::extract::{FromRequestParts, OptionalFromRequestParts};
use axum_core::response::{IntoResponse, Response};
use http::header::{ACCEPT, HeaderName, HeaderValue, LOCATION, VARY};
use http::request::Parts;
use http::{HeaderMap, Method, StatusCode, Uri};

use crate::data::HasIdentity;
use crate::event;
use crate::extract::{self, SessionError};
use crate::slot::{Slot, Snapshot};

/// The user who is logged in: a handler that takes one is for users only.
///
/// ```
/// use axum::{Router, middleware, routing::get};
/// use session_runtime::{Identity, Keyring, LoggedIn, Session, SessionLayer};
///
/// #[derive(Session)]
/// struct Shop {
///     #[session(identity)]
///     user: Identity<u64>,
/// }
///
/// async fn orders(LoggedIn(user): LoggedIn<Shop>) -> String {
///     format!("The orders of user {user}")
/// }
///
/// async fn greet(user: Option<LoggedIn<Shop>>) -> String {
///     user.map_or("Hello!".to_owned(), |LoggedIn(user)| format!("Hello, user {user}!"))
/// }
///
/// // As middleware it guards every route that was added before.
/// let area = Router::new()
///     .route("/orders", get(orders))
///     .route("/invoices", get(async || "invoices"))
///     .route_layer(middleware::from_extractor::<LoggedIn<Shop>>());
///
/// let app: Router = Router::new()
///     .route("/", get(greet))
///     .merge(area)
///     .layer(SessionLayer::<Shop>::new(Keyring::ephemeral()).login_page("/login"));
/// ```
///
/// Everybody else gets [`NotLoggedIn`]: a redirect to the layer's
/// [`login_page`](crate::SessionLayer::login_page), or a 401.
///
/// A handler that axum refuses is explained by `#[axum::debug_handler]`: see
/// [coming from another library](crate::guide::from_another_library).
///
/// It tells who the user is, not what they may do, and it knows nothing of a second factor that is
/// still owed: call [`Session::log_in`](crate::Session::log_in) when the user has shown everything.
#[expect(clippy::exhaustive_structs, reason = "a pattern: `LoggedIn(user)`")]
pub struct LoggedIn<T: HasIdentity>(pub T::Id);

impl<T: HasIdentity> LoggedIn<T> {
    /// `None` if nobody is logged in.
    fn of(slot: &Slot, snapshot: &Snapshot) -> Option<Self> {
        let record = slot
            .config
            .schema
            .identity_field()?
            .record(&snapshot.records)?;
        // That it decodes is known since the session was opened, or was encoded by this request.
        T::USER.decode(record.value).ok()?.map(Self)
    }
}

impl<T, S> FromRequestParts<S> for LoggedIn<T>
where
    T: HasIdentity,
    S: Sync,
{
    type Rejection = NotLoggedIn;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, NotLoggedIn> {
        let slot = extract::find::<T>(parts).map_err(NotLoggedIn::without_session)?;
        let snapshot = extract::snapshot(&slot, parts).await;
        let snapshot = snapshot.map_err(NotLoggedIn::without_session)?;
        Self::of(&slot, &snapshot).ok_or_else(|| NotLoggedIn::of(&slot, parts))
    }
}

/// `None` where nobody is logged in.
impl<T, S> OptionalFromRequestParts<S> for LoggedIn<T>
where
    T: HasIdentity,
    S: Sync,
{
    type Rejection = SessionError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, SessionError> {
        let slot = extract::find::<T>(parts)?;
        let snapshot = extract::snapshot(&slot, parts).await?;
        Ok(Self::of(&slot, &snapshot))
    }
}

impl<T: HasIdentity> Deref for LoggedIn<T> {
    type Target = T::Id;

    fn deref(&self) -> &T::Id {
        &self.0
    }
}

// A derive would ask for a session type that can be cloned, and none can.
impl<T: HasIdentity<Id: Clone>> Clone for LoggedIn<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T: HasIdentity<Id: Copy>> Copy for LoggedIn<T> {}

/// The name alone. A user's id may be a secret.
impl<T: HasIdentity> fmt::Debug for LoggedIn<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LoggedIn(_)")
    }
}

/// The rejection of [`LoggedIn`]: nobody is logged in.
///
/// As a response it is a redirect (303) to the layer's
/// [`login_page`](crate::SessionLayer::login_page) when the request accepts `text/html`, and a 401
/// otherwise. An application that wants another answer takes the `Result`:
///
/// ```
/// use axum::Json;
/// use axum::http::StatusCode;
/// use axum::response::{IntoResponse, Response};
/// use serde_json::json;
/// use session_runtime::{Identity, LoggedIn, NotLoggedIn, Session};
///
/// #[derive(Session)]
/// struct Shop {
///     #[session(identity)]
///     user: Identity<u64>,
/// }
///
/// async fn orders(user: Result<LoggedIn<Shop>, NotLoggedIn>) -> Response {
///     match user {
///         Ok(LoggedIn(user)) => Json(json!({ "user": user })).into_response(),
///         Err(_) => (StatusCode::UNAUTHORIZED, Json(json!({ "error": "log in" }))).into_response(),
///     }
/// }
/// ```
#[derive(Debug)]
pub struct NotLoggedIn {
    answer: Answer,
}

#[derive(Debug)]
enum Answer {
    /// There is no login page.
    Unauthorized,
    /// A login page answers pages, and this is a request for something else.
    UnauthorizedHere,
    /// The login page of this session type is for users only.
    LoginPage {
        session: &'static str,
    },
    Redirect(HeaderValue),
    /// There is no session either.
    NoSession(SessionError),
}

impl NotLoggedIn {
    fn without_session(error: SessionError) -> Self {
        let answer = Answer::NoSession(error);
        Self { answer }
    }

    fn of(slot: &Slot, parts: &Parts) -> Self {
        let Some(login_page) = &slot.config.options.login_page else {
            let answer = Answer::Unauthorized;
            return Self { answer };
        };
        let uri = original_uri(parts);
        let answer = if uri.path() == path_of(login_page) {
            let session = slot.config.schema.type_name;
            Answer::LoginPage { session }
        } else if !asks_for_page(&parts.headers) {
            Answer::UnauthorizedHere
        } else {
            redirect(login_page, &parts.method, uri)
                .map_or(Answer::UnauthorizedHere, Answer::Redirect)
        };
        Self { answer }
    }
}

/// As the browser asked for it: a nested router sees less.
fn original_uri(parts: &Parts) -> &Uri {
    let original = parts.extensions.get::<OriginalUri>();
    original.map_or(&parts.uri, |OriginalUri(uri)| uri)
}

fn path_of(login_page: &str) -> &str {
    let end = login_page.find(['?', '#']);
    login_page
        .get(..end.unwrap_or(login_page.len()))
        .unwrap_or(login_page)
}

/// Returns true if the request asks for a page that a browser shows, rather than for an
/// answer that a script reads.
fn asks_for_page(headers: &HeaderMap) -> bool {
    let is_script = headers
        .get(X_REQUESTED_WITH)
        .is_some_and(|by| by.as_bytes().eq_ignore_ascii_case(b"XMLHttpRequest"));
    let mut lines = headers.get_all(ACCEPT).into_iter();
    !is_script && lines.any(|line| line.as_bytes().split(|byte| *byte == b',').any(is_html))
}

/// Returns true if a member of `Accept` is HTML and is not marked as unwanted with `q=0`.
fn is_html(media_range: &[u8]) -> bool {
    let mut parts = media_range
        .split(|byte| *byte == b';')
        .map(<[u8]>::trim_ascii);
    let is_html = parts
        .next()
        .is_some_and(|media| media.eq_ignore_ascii_case(b"text/html"));
    let is_zero = |weight: &[u8]| weight.iter().all(|byte| b"0.".contains(byte));
    let mut weights = parts.filter_map(|parameter| match parameter {
        [b'q' | b'Q', b'=', weight @ ..] => Some(weight),
        _ => None,
    });
    is_html && !weights.any(is_zero)
}

const X_REQUESTED_WITH: HeaderName = HeaderName::from_static("x-requested-with");

/// As long a path and query as are brought along; what is longer is not, for the sake of the limits
/// that servers set to a request's first line.
const LONGEST_NEXT: usize = 2000;

fn redirect(login_page: &str, method: &Method, uri: &Uri) -> Option<HeaderValue> {
    let next = uri.path_and_query().map_or("/", |asked| asked.as_str());
    let is_page = *method == Method::GET || *method == Method::HEAD;
    let location = if is_page && next.len() <= LONGEST_NEXT {
        with_next(login_page, next)
    } else {
        login_page.to_owned()
    };
    HeaderValue::try_from(location).ok()
}

fn with_next(login_page: &str, next: &str) -> String {
    let (page, fragment) = match login_page.find('#') {
        Some(at) => login_page.split_at(at),
        None => (login_page, ""),
    };
    let separator = if page.contains('?') { '&' } else { '?' };
    let mut location = format!("{page}{separator}next=");
    for byte in next.bytes() {
        push_encoded(&mut location, byte);
    }
    location.push_str(fragment);
    location
}

/// All but the characters that RFC 3986 leaves unreserved, and the `/` that makes a path readable.
fn push_encoded(query: &mut String, byte: u8) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    let digit = |value: u8| {
        HEX.get(usize::from(value))
            .map_or('0', |digit| char::from(*digit))
    };
    if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
        query.push(char::from(byte));
    } else {
        query.extend(['%', digit(byte >> 4), digit(byte & 0x0f)]);
    }
}

impl fmt::Display for NotLoggedIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.answer {
            Answer::NoSession(error) => error.fmt(f),
            Answer::Unauthorized
            | Answer::UnauthorizedHere
            | Answer::LoginPage { .. }
            | Answer::Redirect(_) => f.write_str("nobody is logged in"),
        }
    }
}

impl Error for NotLoggedIn {}

impl IntoResponse for NotLoggedIn {
    fn into_response(self) -> Response {
        let vary = [(VARY, HeaderValue::from_static("accept, x-requested-with"))];
        match self.answer {
            Answer::Unauthorized => StatusCode::UNAUTHORIZED.into_response(),
            Answer::UnauthorizedHere => (StatusCode::UNAUTHORIZED, vary).into_response(),
            Answer::LoginPage { session } => {
                event::login_page_for_users_only(session);
                StatusCode::UNAUTHORIZED.into_response()
            }
            Answer::Redirect(location) => {
                (StatusCode::SEE_OTHER, vary, [(LOCATION, location)]).into_response()
            }
            Answer::NoSession(error) => error.into_response(),
        }
    }
}
