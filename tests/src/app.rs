use std::collections::BTreeSet;

use axum::Router;
use axum::body::Body;
use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::BodyExt;
use session_runtime::{KeptInCookie, Key, Keyring, SessionData, SessionLayer};
use tower::ServiceExt;

use crate::{CANARY, Log, MovableClock};

/// An application under test, and the browser that talks to it.
#[derive(Debug)]
pub struct App {
    router: Router,
    jar: Vec<Cookie>,
    /// The key's text and every token that went over the wire.
    secrets: BTreeSet<String>,
    log: Log,
}

#[derive(Clone, Debug)]
struct Cookie {
    name: String,
    value: String,
    /// It outlives the browser.
    is_kept: bool,
}

/// Makes the application. `build` gets the keys that its layers take.
pub fn app(build: impl FnOnce(Keyring) -> Router) -> App {
    let log = Log::capture();
    let key = Key::generate();
    let secrets = [key.reveal()].into();
    App {
        router: build(Keyring::new([key]).expect("a ring of one key")),
        jar: Vec::new(),
        secrets,
        log,
    }
}

/// Makes an application of these routes, with the session `T` around them and a clock to move.
pub fn timed_app<T: SessionData + KeptInCookie>(routes: Router) -> (App, MovableClock) {
    let clock = MovableClock::new();
    let app = app(|keys| routes.layer(SessionLayer::<T>::new(keys).clock(clock.clone())));
    (app, clock)
}

/// The same keys as another process has them. Two releases of one application are two processes: under
/// one ring, two types with one cookie are refused.
pub fn another_process(keys: &Keyring) -> Keyring {
    let ring = Keyring::ephemeral();
    ring.replace(keys);
    ring
}

/// The response to a request.
#[derive(Debug)]
pub struct Answer {
    /// The response's status.
    pub status: StatusCode,
    /// The response's headers.
    pub headers: HeaderMap,
    /// The response's body.
    pub body: String,
}

impl App {
    /// Asks for a page as a browser does: with its cookies, keeping those that come back.
    pub async fn get(&mut self, path: &str) -> Answer {
        self.send(Method::GET, path, None).await
    }

    /// Asks with another method.
    pub async fn request(&mut self, method: Method, path: &str) -> Answer {
        self.send(method, path, None).await
    }

    /// Asks with this `Cookie` header in place of the browser's.
    pub async fn get_with(&mut self, path: &str, cookies: impl AsRef<[u8]>) -> Answer {
        self.get_with_lines(path, &[cookies.as_ref()]).await
    }

    /// Asks with these `Cookie` headers in place of the browser's.
    pub async fn get_with_lines(&mut self, path: &str, lines: &[&[u8]]) -> Answer {
        let mut headers = HeaderMap::new();
        for line in lines {
            let line = HeaderValue::from_bytes(line).expect("a header value");
            headers.append(COOKIE, line);
        }
        self.send(Method::GET, path, Some(headers)).await
    }

    /// Asks with these headers, and the browser's cookies.
    pub async fn ask(&mut self, method: Method, path: &str, headers: HeaderMap) -> Answer {
        let mut all = self.cookie_header();
        all.extend(headers);
        self.send(method, path, Some(all)).await
    }

    async fn send(&mut self, method: Method, path: &str, headers: Option<HeaderMap>) -> Answer {
        let mut request = Request::new(Body::empty());
        *request.method_mut() = method;
        *request.uri_mut() = path.parse().expect("a path");
        *request.headers_mut() = headers.unwrap_or_else(|| self.cookie_header());
        let router = self.router.clone();
        let Ok(response) = router.oneshot(request).await;
        let answer = Answer::of(response).await;
        self.keep(&answer);
        answer
    }

    fn cookie_header(&self) -> HeaderMap {
        let line = self.copy_cookies();
        let mut headers = HeaderMap::new();
        if !line.is_empty() {
            headers.insert(COOKIE, line.parse().expect("cookies of our own"));
        }
        headers
    }

    fn keep(&mut self, answer: &Answer) {
        for line in answer.set_cookies() {
            let (pair, attributes) = line.split_once("; ").unwrap_or((&line, ""));
            let (name, value) = pair.split_once('=').expect("a name and a value");
            self.jar.retain(|other| other.name != name);
            if !attributes.contains("Max-Age=0") {
                self.secrets.insert(value.to_owned());
                self.jar.push(Cookie {
                    name: name.to_owned(),
                    value: value.to_owned(),
                    is_kept: attributes.contains("Max-Age="),
                });
            }
        }
    }

    /// The value of a cookie that the browser keeps.
    pub fn cookie(&self, name: &str) -> Option<String> {
        let found = self.jar.iter().find(|other| other.name == name);
        found.map(|cookie| cookie.value.clone())
    }

    /// Closes the browser and opens it again.
    pub fn restart(&mut self) {
        self.jar.retain(|cookie| cookie.is_kept);
    }

    /// The browser's cookies, to be put back later, as an attacker who copied them does.
    pub fn copy_cookies(&self) -> String {
        let pairs = self
            .jar
            .iter()
            .map(|Cookie { name, value, .. }| format!("{name}={value}"));
        pairs.collect::<Vec<_>>().join("; ")
    }

    /// The application alone, to be served elsewhere.
    pub fn router(&self) -> Router {
        self.router.clone()
    }

    /// One more text that must not be in the log.
    pub fn keep_secret(&mut self, secret: String) {
        self.secrets.insert(secret);
    }

    /// The log so far.
    pub fn log(&self) -> &Log {
        &self.log
    }

    /// The number of cookies that the sessions tried to open so far.
    pub fn opens(&self) -> usize {
        self.log.lines_with("session cookie ").len()
    }
}

/// No test may leave a secret in the log.
impl Drop for App {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        let log = self.log.text();
        for secret in self.secrets.iter().filter(|secret| !secret.is_empty()) {
            assert!(
                !log.contains(secret),
                "a key or token is in the log:\n{log}"
            );
        }
        assert!(!log.contains(CANARY), "a field value is in the log:\n{log}");
    }
}

impl Answer {
    async fn of(response: Response<Body>) -> Self {
        let (head, body) = response.into_parts();
        let body = body.collect().await.expect("a body of our own").to_bytes();
        Self {
            status: head.status,
            headers: head.headers,
            body: String::from_utf8_lossy(&body).into_owned(),
        }
    }

    /// The `Set-Cookie` lines.
    pub fn set_cookies(&self) -> Vec<String> {
        self.all(SET_COOKIE)
    }

    /// All lines of one header.
    pub fn all(&self, name: HeaderName) -> Vec<String> {
        let lines = self.headers.get_all(name).into_iter();
        lines
            .map(|line| String::from_utf8_lossy(line.as_bytes()).into_owned())
            .collect()
    }
}
