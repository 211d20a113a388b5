use std::collections::BTreeSet;

use axum::Router;
use axum::body::Body;
use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode};
use session_runtime::test_kit::{Browser, Page};
use session_runtime::{KeptInCookie, Key, Keyring, SessionData, SessionLayer};

use crate::{CANARY, Log, MovableClock};

/// An application under test, and the browser that talks to it.
#[derive(Debug)]
pub struct App {
    router: Router,
    /// By the system's clock, so that it sends what has expired by the application's.
    browser: Browser<Router>,
    /// The key's text and every token that went over the wire.
    secrets: BTreeSet<String>,
    log: Log,
}

/// Makes the application. `build` gets the keys that its layers take.
pub fn app(build: impl FnOnce(Keyring) -> Router) -> App {
    let log = Log::capture();
    let key = Key::generate();
    let secrets = [key.reveal()].into();
    let router = build(Keyring::new([key]).expect("a ring of one key"));
    App {
        browser: Browser::new(router.clone()).without_redirects(),
        router,
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

/// A response as it came back.
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
    /// Asks with the browser's cookies, and keeps those that come back.
    pub async fn get(&mut self, path: &str) -> Answer {
        self.request(Method::GET, path).await
    }

    /// Asks with another method.
    pub async fn request(&mut self, method: Method, path: &str) -> Answer {
        self.ask(method, path, HeaderMap::new()).await
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
        self.ask(Method::GET, path, headers).await
    }

    /// Asks with these headers, and the browser's cookies unless a `Cookie` is among them.
    pub async fn ask(&mut self, method: Method, path: &str, headers: HeaderMap) -> Answer {
        let mut request = Request::new(Body::empty());
        *request.method_mut() = method;
        *request.uri_mut() = path.parse().expect("a path");
        *request.headers_mut() = headers;
        let page = self.browser.send(request).await;
        let tokens = self
            .browser
            .cookies()
            .map(|cookie| cookie.value().to_owned());
        self.secrets.extend(tokens);
        page.into()
    }

    /// The value of a cookie that the browser keeps.
    pub fn cookie(&self, name: &str) -> Option<String> {
        let found = self.browser.cookie(name);
        found.map(|cookie| cookie.value().to_owned())
    }

    /// Closes the browser and opens it again.
    pub fn restart(&mut self) {
        self.browser.restart();
    }

    /// The cookies of the browser, to be put back later: an attacker copied them.
    pub fn copy_cookies(&self) -> String {
        let cookies = self.browser.cookies();
        let pairs = cookies.map(|cookie| format!("{}={}", cookie.name(), cookie.value()));
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

    /// Returns the number of cookies that the sessions tried to open so far.
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

impl From<Page> for Answer {
    fn from(page: Page) -> Self {
        Self {
            status: page.status(),
            headers: page.headers().clone(),
            body: page.text().into_owned(),
        }
    }
}

impl Answer {
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
