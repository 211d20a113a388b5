//! A client that keeps cookies, over a service instead of a network.

mod cookie;
mod form;
mod page;
mod redirect;

use std::fmt::{self, Debug};
use std::future::poll_fn;
use std::panic::Location;
use std::pin::pin;
use std::sync::Arc;

use axum_core::body::Body;
use bytes::{BufMut, Bytes, BytesMut};
use http::header::{ACCEPT, CONTENT_LENGTH, CONTENT_TYPE, COOKIE, SET_COOKIE, TRANSFER_ENCODING};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, Uri};
use serde::Serialize;
use tower_service::Service;

pub use self::cookie::Cookie;
use self::cookie::Jar;
pub use self::page::Page;
use self::redirect::{Redirect, redirect};
use crate::clock::{Clock, SystemClock};

/// As many as browsers follow.
const MAX_REDIRECTS: usize = 20;

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
/// # What it is not
///
/// There is one host, and it is trusted: `Domain`, `Secure`, `SameSite` and name prefixes are not
/// looked at, nor do cookies have a maximal size.
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
            _ => panic!("`{name}: {value}` is not a valid header"),
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

impl<S, B> Browser<S>
where
    S: Service<Request<Body>, Response = Response<B>>,
    S::Error: Debug,
    B: http_body::Body,
    B::Error: Debug,
{
    /// Asks for a page, as a visitor does who follows a link: the request accepts `text/html`.
    ///
    /// ```
    /// use axum::{Router, routing::get};
    /// use session_runtime::test_kit::Browser;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let app = Router::new().route("/", get(async || "hello"));
    /// assert_eq!(Browser::new(app).get("/").await.text(), "hello");
    /// # }
    /// ```
    ///
    /// # Panics
    ///
    /// When `path` is not a path; otherwise as [`send`](Self::send).
    #[track_caller]
    pub fn get(&mut self, path: &str) -> impl Future<Output = Page> {
        let mut request = Request::new(Body::empty());
        *request.uri_mut() = parse(path);
        self.send(self.as_visitor(request))
    }

    /// Submits a form. The request accepts `text/html`.
    ///
    /// ```
    /// use axum::{Form, Router, routing::post};
    /// use session_runtime::test_kit::Browser;
    ///
    /// #[derive(serde::Deserialize)]
    /// struct LogIn {
    ///     user: String,
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let app = Router::new().route("/login", post(async |form: Form<LogIn>| form.0.user));
    /// let page = Browser::new(app).post("/login", &[("user", "Ann & Bob")]).await;
    /// assert_eq!(page.text(), "Ann & Bob");
    /// # }
    /// ```
    ///
    /// # Panics
    ///
    /// When `path` is not a path; otherwise as [`send`](Self::send).
    #[track_caller]
    pub fn post(&mut self, path: &str, form: &[(&str, &str)]) -> impl Future<Output = Page> {
        let mut request = Request::new(Body::from(form::encode(form)));
        *request.method_mut() = http::Method::POST;
        *request.uri_mut() = parse(path);
        let form = HeaderValue::from_static("application/x-www-form-urlencoded");
        request.headers_mut().insert(CONTENT_TYPE, form);
        self.send(self.as_visitor(request))
    }

    /// Sends JSON, as a script in a page does: the request accepts anything.
    ///
    /// ```
    /// use axum::{Json, Router, routing::post};
    /// use serde_json::{Value, json};
    /// use session_runtime::test_kit::Browser;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let app = Router::new().route("/cart", post(async |Json(line): Json<Value>| line["sku"].to_string()));
    /// let page = Browser::new(app).post_json("/cart", &json!({ "sku": 7 })).await;
    /// assert_eq!(page.text(), "7");
    /// # }
    /// ```
    ///
    /// # Panics
    ///
    /// When `path` is not a path, or `value` cannot be JSON; otherwise as [`send`](Self::send).
    #[track_caller]
    #[expect(clippy::panic, reason = "a test with such a value is wrong")]
    pub fn post_json(&mut self, path: &str, value: &impl Serialize) -> impl Future<Output = Page> {
        let body = match serde_json::to_vec(value) {
            Ok(body) => body,
            Err(error) => panic!("the value cannot be written as JSON: {error}"),
        };
        let mut request = Request::new(Body::from(body));
        *request.method_mut() = http::Method::POST;
        *request.uri_mut() = parse(path);
        let json = HeaderValue::from_static("application/json");
        request.headers_mut().insert(CONTENT_TYPE, json);
        let anything = HeaderValue::from_static("*/*");
        self.send(self.accepting(request, anything))
    }

    fn as_visitor(&self, request: Request<Body>) -> Request<Body> {
        let pages = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
        self.accepting(request, HeaderValue::from_static(pages))
    }

    /// Unless the browser was told what to accept.
    fn accepting(&self, mut request: Request<Body>, accept: HeaderValue) -> Request<Body> {
        if !self.headers.contains_key(ACCEPT) {
            request.headers_mut().insert(ACCEPT, accept);
        }
        request
    }

    /// Sends any request, with the browser's cookies unless it has a `Cookie` header of its own, and
    /// with the headers that the browser was given.
    ///
    /// A redirect is followed as browsers do: 303 with `GET`, so are 301 and 302 after a `POST`,
    /// 307 and 308 with the same method and body. One to another host is not followed.
    ///
    /// ```
    /// use axum::body::Body;
    /// use axum::http::{Method, Request};
    /// use axum::{Router, routing::delete};
    /// use session_runtime::test_kit::Browser;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let app = Router::new().route("/cart", delete(async || "empty"));
    /// let request = Request::delete("/cart").body(Body::empty()).unwrap();
    /// assert_eq!(Browser::new(app).send(request).await.text(), "empty");
    /// # }
    /// ```
    ///
    /// # Panics
    ///
    /// When the service or a body fails, and after 20 redirects.
    #[track_caller]
    pub fn send(&mut self, request: Request<Body>) -> impl Future<Output = Page> {
        let sender = Location::caller();
        let request = self.with_headers(request);
        async move { self.follow(request, sender).await }
    }

    fn with_headers(&self, mut request: Request<Body>) -> Request<Body> {
        for (name, value) in &self.headers {
            let headers = request.headers_mut();
            headers.entry(name).or_insert_with(|| value.clone());
        }
        request
    }

    #[expect(clippy::panic, reason = "the router sends the browser in circles")]
    async fn follow(&mut self, request: Request<Body>, sender: &Location<'_>) -> Page {
        let (mut head, body) = request.into_parts();
        let mut body = expect(read(body).await, "the request's body failed", sender);
        for _ in 0..=MAX_REDIRECTS {
            let response = self.exchange(head.clone(), body.clone(), sender).await;
            let redirect = redirect(&head.method, &head.uri, &response);
            let Some(redirect) = redirect.filter(|_| self.follows_redirects) else {
                let (response, body) = response.into_parts();
                return Page {
                    uri: head.uri,
                    head: response,
                    body,
                };
            };
            turn_to(&mut head, &mut body, redirect);
        }
        panic!(
            "more than {MAX_REDIRECTS} redirects, the last one to `{}`, for the request sent at \
             {sender}",
            head.uri
        )
    }

    /// One request and its response.
    async fn exchange(
        &mut self,
        mut head: Parts,
        body: Bytes,
        sender: &Location<'_>,
    ) -> Response<Bytes> {
        let path = head.uri.path().to_owned();
        if !head.headers.contains_key(COOKIE)
            && let Some(cookies) = self.cookie_header(&path)
        {
            head.headers.insert(COOKIE, cookies);
        }
        let request = Request::from_parts(head, Body::from(body));
        let ready = poll_fn(|context| self.service.poll_ready(context)).await;
        expect(ready, "the service failed", sender);
        let response = self.service.call(request).await;
        let (head, body) = expect(response, "the service failed", sender).into_parts();
        self.keep_cookies(&path, &head.headers);
        let body = expect(read(body).await, "the response's body failed", sender);
        Response::from_parts(head, body)
    }
}

fn turn_to(head: &mut Parts, body: &mut Bytes, redirect: Redirect) {
    head.method = redirect.method;
    head.uri = redirect.uri;
    if !redirect.keeps_body {
        *body = Bytes::new();
        for name in [CONTENT_TYPE, CONTENT_LENGTH, TRANSFER_ENCODING] {
            head.headers.remove(name);
        }
    }
}

#[track_caller]
#[expect(clippy::panic, reason = "a test with such a path is wrong")]
fn parse(path: &str) -> Uri {
    match path.parse() {
        Ok(uri) => uri,
        Err(error) => panic!("{path:?} is not a path such as `/orders`: {error}"),
    }
}

/// An async function has no caller for `#[track_caller]`, so the message names it.
#[expect(
    clippy::panic,
    reason = "a test whose router fails has nothing to look at"
)]
fn expect<T>(result: Result<T, impl Debug>, failure: &str, sender: &Location<'_>) -> T {
    match result {
        Ok(value) => value,
        Err(error) => panic!("{failure} for the request sent at {sender}: {error:?}"),
    }
}

async fn read<B: http_body::Body>(body: B) -> Result<Bytes, B::Error> {
    let mut body = pin!(body);
    let mut bytes = BytesMut::new();
    while let Some(frame) = poll_fn(|context| body.as_mut().poll_frame(context)).await {
        if let Ok(data) = frame?.into_data() {
            bytes.put(data);
        }
    }
    Ok(bytes.freeze())
}

/// Names only.
impl<S> Debug for Browser<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Browser")
            .field("jar", &self.jar)
            .finish_non_exhaustive()
    }
}
