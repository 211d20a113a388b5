//! The real thing: two releases of one application behind their session layers, and a browser that
//! can lose responses and receive them in any order.
//!
//! The log is not read here: at TRACE it takes longer than everything else together.

use std::collections::BTreeMap;
use std::mem;
use std::sync::LazyLock;

use axum::body::Body;
use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::{HeaderValue, Method, Request, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Router};
use session_runtime::{Clock, Keyring, Session, SessionData, SessionLayer};
use tests::MovableClock;
use tokio::runtime::{Builder, Runtime};
use tower::ServiceExt;

use crate::fields::{Field, Release};
use crate::steps::{Answer, Op, Visit};
use crate::world::{Report, Seen, World};

#[derive(Session)]
#[session(cookie = "shop", idle = "2h", max = "3h")]
struct First {
    #[session(identity)]
    user: u8,
    cart: u8,
    visits: u8,
    #[session(ttl = "10m")]
    otp: u8,
    #[session(ttl = "30m")]
    draft: u8,
    #[session(flash)]
    notice: u8,
    #[session(remember, default = 1)]
    theme: u8,
    #[session(remember, ttl = "10d")]
    banner: u8,
}

/// A release later: fields are renamed in two ways, some are new, one is gone, and the order is
/// another.
#[derive(Session)]
#[session(cookie = "shop", idle = "2h", max = "3h")]
struct Second {
    #[session(remember)]
    layout: u8,
    #[session(remember, ttl = "10d")]
    banner: u8,
    #[session(remember, default = 1)]
    theme: u8,
    #[session(flash, ttl = "2m")]
    hint: u8,
    #[session(flash)]
    notice: u8,
    coupon: u8,
    #[session(ttl = "10m")]
    otp: u8,
    #[session(rename = "visits")]
    count: u8,
    #[session(alias = "cart")]
    basket: u8,
    #[session(identity)]
    user: u8,
}

trait Fields: SessionData {
    /// `None` if this release has no such field.
    fn get(&self, field: Field) -> Option<u8>;

    fn at(&mut self, field: Field) -> Option<&mut u8>;
}

macro_rules! fields {
    ($type:ident: $($field:ident $name:ident),*) => {
        impl Fields for $type {
            fn get(&self, field: Field) -> Option<u8> {
                match field {
                    $(Field::$field => Some(self.$name),)*
                    _ => None,
                }
            }

            fn at(&mut self, field: Field) -> Option<&mut u8> {
                match field {
                    $(Field::$field => Some(&mut self.$name),)*
                    _ => None,
                }
            }
        }
    };
}
fields!(First: User user, Cart cart, Visits visits, Otp otp, Draft draft, Notice notice,
    Theme theme, Banner banner);
fields!(Second: User user, Basket basket, Visits count, Otp otp, Coupon coupon, Notice notice,
    Hint hint, Theme theme, Banner banner, Layout layout);

async fn visit<T: Fields>(Extension(visit): Extension<Visit>, session: Session<T>) -> Response {
    let before = seen(&*session);
    let after = run(session, &visit.ops);
    (Extension(Report { before, after }), status(visit.answer)).into_response()
}

fn seen<T: Fields>(session: &T) -> Seen {
    let fields = Field::ALL.into_iter();
    let seen = fields.filter_map(|field| Some((field, session.get(field)?)));
    seen.collect()
}

fn run<T: Fields>(mut session: Session<T>, ops: &[Op]) -> Option<Seen> {
    for op in ops {
        match *op {
            Op::Write(field, value) => {
                if let Some(is) = session.at(field) {
                    *is = value;
                }
            }
            Op::Take(field) => {
                session.at(field).map(mem::take);
            }
            Op::Remember(remember) => Session::remember(&mut session, remember),
            Op::Clear => Session::clear(&mut session),
            Op::Destroy => {
                Session::destroy(session);
                return None;
            }
        }
    }
    Some(seen(&*session))
}

fn status(answer: Answer) -> StatusCode {
    match answer {
        Answer::Page | Answer::Head => StatusCode::OK,
        Answer::Redirect => StatusCode::SEE_OTHER,
        Answer::NotFound => StatusCode::NOT_FOUND,
        Answer::NotModified => StatusCode::NOT_MODIFIED,
        Answer::Failure => StatusCode::SERVICE_UNAVAILABLE,
    }
}

fn routes<T: Fields>(clock: &MovableClock) -> Router {
    static KEYS: LazyLock<Keyring> = LazyLock::new(Keyring::ephemeral);
    let layer = SessionLayer::<T>::new(KEYS.clone()).clock(clock.clone());
    Router::new()
        .route("/visit", get(visit::<T>))
        .route("/asset", get(async || "an asset"))
        .layer(layer)
}

pub(crate) struct Library {
    router: Router,
    clock: MovableClock,
    runtime: Runtime,
    jar: BTreeMap<String, Cookie>,
}

struct Cookie {
    value: String,
    /// The second in which it is gone; `None` is when the browser is closed.
    ends: Option<u64>,
}

impl Library {
    pub(crate) fn new() -> Self {
        let clock = MovableClock::new();
        Self {
            router: Router::new()
                .nest("/First", routes::<First>(&clock))
                .nest("/Second", routes::<Second>(&clock)),
            clock,
            runtime: Builder::new_current_thread().build().unwrap(),
            jar: BTreeMap::new(),
        }
    }

    fn ask(&self, request: Request<Body>) -> Response {
        let response = self.router.clone().oneshot(request);
        let Ok(response) = self.runtime.block_on(response);
        response
    }

    fn request(&self, path: &str) -> Request<Body> {
        let mut request = Request::new(Body::empty());
        *request.uri_mut() = path.parse().unwrap();
        let pairs = self
            .jar
            .iter()
            .map(|(name, it)| format!("{name}={}", it.value));
        let line = pairs.collect::<Vec<_>>().join("; ");
        request.headers_mut().insert(COOKIE, line.parse().unwrap());
        request
    }

    fn keep(&mut self, line: &str) {
        let (pair, attributes) = line.split_once("; ").unwrap();
        let (name, value) = pair.split_once('=').unwrap();
        let mut attributes = attributes.split("; ");
        let max_age = attributes.find_map(|attribute| attribute.strip_prefix("Max-Age="));
        let max_age = max_age.map(|seconds| seconds.parse::<u64>().unwrap());
        if max_age == Some(0) {
            self.jar.remove(name);
        } else {
            let value = value.to_owned();
            let ends = max_age.map(|seconds| self.now() + seconds);
            self.jar.insert(name.to_owned(), Cookie { value, ends });
        }
    }

    fn now(&self) -> u64 {
        let since = self.clock.now().duration_since(std::time::UNIX_EPOCH);
        since.unwrap().as_secs()
    }
}

impl World for Library {
    type Sent = Vec<HeaderValue>;

    fn visit(&self, visit: &Visit) -> (Report, Self::Sent) {
        let mut request = self.request(&format!("/{:?}/visit", visit.release));
        if visit.answer == Answer::Head {
            *request.method_mut() = Method::HEAD;
        }
        request.extensions_mut().insert(visit.clone());
        let mut response = self.ask(request);
        let report = response.extensions_mut().remove().unwrap();
        let sent = response.headers().get_all(SET_COOKIE);
        (report, sent.into_iter().cloned().collect())
    }

    fn receive(&mut self, arrived: Vec<Self::Sent>) {
        for line in arrived.into_iter().flatten() {
            self.keep(line.to_str().unwrap());
        }
    }

    fn lose(&mut self, _: Self::Sent) {}

    fn asset(&self, release: Release) {
        let response = self.ask(self.request(&format!("/{release:?}/asset")));
        assert!(!response.headers().contains_key(SET_COOKIE));
    }

    fn wait(&mut self, seconds: u64) {
        self.clock.advance(seconds);
        let now = self.now();
        self.jar
            .retain(|_, cookie| cookie.ends.is_none_or(|ends| now < ends));
    }

    fn restart(&mut self) {
        self.jar.retain(|_, cookie| cookie.ends.is_some());
    }
}
