//! Every way in which a request can end, with every method, every status, what a handler says about caching, and layers
//! inside and outside of the session's. The rules stand here once more, without our code.

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Request};
use axum::http::header::{CACHE_CONTROL, COOKIE, SET_COOKIE, VARY};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::{Next, from_fn, map_response};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use session_runtime::{Identity, Keyring, Session, SessionLayer};
use tower::ServiceExt as _;
use tower_http::catch_panic::CatchPanicLayer;

#[derive(Session)]
#[session(cookie = "shop")]
struct Shop {
    #[session(identity)]
    user: Identity<u32>,
    visits: u32,
    text: String,
    #[session(flash)]
    notice: Option<String>,
}

/// The things that a handler does with the session.
const ACTS: [&str; 11] = [
    "untouched",
    "read",
    "take-notice",
    "write",
    "notice",
    "log-in",
    "log-out",
    "clear",
    "destroy",
    "too-much",
    "panic",
];

const STATUSES: [u16; 15] = [
    200, 201, 204, 206, 301, 303, 304, 400, 401, 404, 408, 422, 500, 503, 599,
];

const METHODS: [Method; 6] = [
    Method::GET,
    Method::HEAD,
    Method::POST,
    Method::PUT,
    Method::DELETE,
    Method::OPTIONS,
];

/// The headers of a handler that speaks of caching, or of none.
const SAID: [&[(&str, &str)]; 7] = [
    &[],
    &[("cache-control", "no-store")],
    &[("cache-control", "private, max-age=60")],
    &[("cache-control", PUBLIC)],
    &[("expires", "Thu, 01 Jan 2099 00:00:00 GMT")],
    &[(CDN, "max-age=600")],
    &[("vary", "accept"), ("content-type", "text/html")],
];

fn act(act: &str, mut session: Session<Shop>) {
    match act {
        "read" => drop(session.text.len()),
        "take-notice" => drop(session.notice.take()),
        "write" => session.visits += 1,
        "notice" => session.notice = Some("Saved.".to_owned()),
        "waiting-notice" => session.notice = Some("Welcome.".to_owned()),
        "log-in" => Session::log_in(&mut session, 7),
        "another-user" => Session::log_in(&mut session, 8),
        "log-out" => Session::log_out(&mut session),
        "clear" => Session::clear(&mut session),
        "destroy" => Session::destroy(session),
        "too-much" => session.text = "x".repeat(4096),
        // As a panic does, without a message for each of thousands.
        "panic" => std::panic::resume_unwind(Box::new("the handler's own mistake")),
        other => panic!("no act: {other}"),
    }
}

async fn page(
    Path((what, status, said)): Path<(String, u16, usize)>,
    session: Session<Shop>,
) -> Response {
    act(&what, session);
    answer(status, said)
}

async fn untouched(Path((status, said)): Path<(u16, usize)>) -> Response {
    answer(status, said)
}

fn answer(status: u16, said: usize) -> Response {
    let said = SAID[said].iter().map(|(name, value)| {
        (
            HeaderName::from_static(name),
            HeaderValue::from_static(value),
        )
    });
    (
        StatusCode::from_u16(status).unwrap(),
        said.collect::<HeaderMap>(),
    )
        .into_response()
}

/// A layer beside that of the session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Beside {
    None,
    /// Inside: what says nothing about caching is public.
    PublicInside,
    /// Inside: every answer becomes one of its own.
    DownInside,
    /// Outside: what says nothing about caching is public, and varies by something else too.
    PublicOutside,
}

const LAYERS: [Beside; 4] = [
    Beside::None,
    Beside::PublicInside,
    Beside::DownInside,
    Beside::PublicOutside,
];

const PUBLIC: &str = "public, max-age=600";

async fn public(mut answer: Response) -> Response {
    let headers = answer.headers_mut();
    headers.append(VARY, HeaderValue::from_static("origin"));
    headers
        .entry(CACHE_CONTROL)
        .or_insert(HeaderValue::from_static(PUBLIC));
    answer
}

async fn down(request: Request, next: Next) -> StatusCode {
    next.run(request).await;
    StatusCode::SERVICE_UNAVAILABLE
}

fn shop(keys: &Keyring, beside: Beside) -> Router {
    let routes = Router::new()
        .route("/untouched/{status}/{said}", any(untouched))
        .route("/{what}/{status}/{said}", any(page))
        .layer(CatchPanicLayer::new());
    let session = SessionLayer::<Shop>::new(keys.clone());
    match beside {
        Beside::None => routes.layer(session),
        Beside::PublicInside => routes.layer(map_response(public)).layer(session),
        Beside::DownInside => routes.layer(from_fn(down)).layer(session),
        Beside::PublicOutside => routes.layer(session).layer(map_response(public)),
    }
}

/// The things that decide about an answer.
#[derive(Clone, Copy, Debug)]
struct Case {
    act: &'static str,
    method: &'static Method,
    status: u16,
    said: usize,
    beside: Beside,
}

impl Case {
    fn asks(self) -> bool {
        self.act != "untouched"
    }

    /// The status that the session's layer sees.
    fn seen(self) -> u16 {
        match self.beside {
            Beside::DownInside => 503,
            _ if self.act == "panic" => 500,
            _ => self.status,
        }
    }

    fn saves(self) -> bool {
        self.seen() < 500 && self.seen() != 408
    }

    /// The answer is not the handler's, because the session cannot be saved.
    fn is_replaced(self) -> bool {
        self.act == "too-much" && self.saves()
    }

    /// The words about caching with which the answer came to the session's layer.
    fn said(self, name: &str) -> Option<&'static str> {
        let is_lost = self.beside == Beside::DownInside || self.act == "panic";
        let said = if is_lost { &[] } else { SAID[self.said] };
        let found = said
            .iter()
            .find(|(said, _)| *said == name)
            .map(|(_, value)| *value);
        let is_public = self.beside == Beside::PublicInside && name == "cache-control";
        found.or(is_public.then_some(PUBLIC))
    }

    fn says_something(self) -> bool {
        ["cache-control", "expires", CDN]
            .into_iter()
            .any(|name| self.said(name).is_some())
    }

    /// The `Cache-Control` of the answer.
    fn cache_control(self, sets_cookie: bool) -> Option<&'static str> {
        let said = self.said("cache-control");
        let keeps_private =
            said.is_some_and(|said| said.contains("no-store") || said.contains("private"));
        match (self.asks(), sets_cookie) {
            _ if self.is_replaced() => Some("no-store"),
            (false, _) if self.beside == Beside::PublicOutside => said.or(Some(PUBLIC)),
            (false, _) => said,
            (true, true) if keeps_private => said,
            (true, true) => Some("no-store"),
            (true, false) if self.says_something() && self.beside == Beside::PublicOutside => {
                said.or(Some(PUBLIC))
            }
            (true, false) if self.says_something() => said,
            (true, false) => Some("private, no-cache"),
        }
    }

    /// `None` where it depends on more than this table knows.
    fn sets_cookie(self) -> Option<bool> {
        match self.act {
            "log-out" | "clear" | "destroy" => Some(true),
            "write" | "log-in" => Some(self.saves()),
            // A notice is for a page that is seen.
            "notice" => Some(self.saves() && self.method != Method::HEAD && self.seen() != 304),
            "untouched" | "too-much" | "panic" => Some(false),
            _ => None,
        }
    }

    fn check(self, answer: &HeaderMap) {
        let sets_cookie = answer.contains_key(SET_COOKIE);
        assert!(
            self.sets_cookie().is_none_or(|sets| sets == sets_cookie),
            "a cookie: {self:?} {answer:?}"
        );
        let said = answer
            .get(CACHE_CONTROL)
            .map(|value| value.to_str().unwrap());
        assert_eq!(said, self.cache_control(sets_cookie), "{self:?} {answer:?}");
        let varies = answer
            .get_all(VARY)
            .iter()
            .any(|value| value.to_str().unwrap().contains("cookie"));
        assert_eq!(varies, self.asks(), "Vary: {self:?} {answer:?}");
        assert!(
            !(sets_cookie && answer.contains_key(CDN)),
            "a shared cache obeys it: {self:?}"
        );
    }
}

const CDN: &str = "cdn-cache-control";

async fn ask(app: &Router, method: &Method, path: String, cookies: &str) -> HeaderMap {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header(COOKIE, cookies);
    let answer = app
        .clone()
        .oneshot(request.body(Body::empty()).unwrap())
        .await
        .unwrap();
    answer.headers().clone()
}

/// The cookies of a visitor who is logged in, has been here, and has a notice waiting.
async fn cookies(app: &Router) -> String {
    let mut cookies = String::new();
    for act in ["another-user", "write", "waiting-notice"] {
        let headers = ask(app, &Method::GET, format!("/{act}/200/1"), &cookies).await;
        let lines = headers
            .get_all(SET_COOKIE)
            .iter()
            .map(|line| line.to_str().unwrap());
        let pairs: Vec<_> = lines.map(|line| line.split(';').next().unwrap()).collect();
        let names = |pair: &&str| {
            pairs
                .iter()
                .any(|new| new.split('=').next() == pair.split('=').next())
        };
        let kept = cookies
            .split("; ")
            .filter(|pair| !pair.is_empty() && !names(pair));
        cookies = kept
            .chain(pairs.iter().copied())
            .collect::<Vec<_>>()
            .join("; ");
    }
    cookies
}

#[tokio::test]
async fn whatever_a_request_does_and_however_it_ends_caches_keep_nothing_of_a_session() {
    let keys = Keyring::ephemeral();
    let cookies = cookies(&shop(&keys, Beside::None)).await;
    let mut cases = 0;
    for beside in LAYERS {
        let app = shop(&keys, beside);
        for act in ACTS {
            for method in &METHODS {
                for status in STATUSES {
                    for said in 0..SAID.len() {
                        let case = Case {
                            act,
                            method,
                            status,
                            said,
                            beside,
                        };
                        let answer =
                            ask(&app, method, format!("/{act}/{status}/{said}"), &cookies).await;
                        case.check(&answer);
                        cases += 1;
                    }
                }
            }
        }
    }
    assert_eq!(cases, 4 * 11 * 6 * 15 * 7);
}
