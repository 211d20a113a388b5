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
use session_runtime::{
    Background, Clock, HasIdentity, Identity, KeptInCookie, Keyring, Session, SessionLayer,
    SessionState,
};
use tests::{MovableClock, another_process};
use tokio::runtime::{Builder, Runtime};
use tower::ServiceExt;

use crate::fields::{Field, Release};
use crate::steps::{Answer, Op, Visit};
use crate::world::{Report, Seen, State, World};

#[derive(Session)]
#[session(cookie = "shop", idle = "2h", max = "3h")]
struct First {
    #[session(identity)]
    user: Identity<u8>,
    cart: u8,
    visits: u8,
    #[session(ttl = "10m")]
    otp: u8,
    #[session(ttl = "30m")]
    draft: u8,
    #[session(flash)]
    notice: u8,
    #[session(browser, default = 1)]
    theme: u8,
    #[session(browser, ttl = "10d")]
    banner: u8,
}

/// A release later: fields are renamed in two ways, some are new, one is gone, and the order is
/// another.
#[derive(Session)]
#[session(cookie = "shop", idle = "2h", max = "3h")]
struct Second {
    #[session(browser)]
    layout: u8,
    #[session(browser, ttl = "10d")]
    banner: u8,
    #[session(browser, default = 1)]
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
    user: Identity<u8>,
}

trait Fields: HasIdentity<Id = u8> + KeptInCookie {
    /// `None` if this release has no such field.
    fn get(&self, field: Field) -> Option<u8>;

    /// `None` also for the user: a handler logs them in and out.
    fn at(&mut self, field: Field) -> Option<&mut u8>;

    fn touch(session: &mut Session<Self>, field: Field);
}

macro_rules! fields {
    ($type:ident: $($field:ident $name:ident),*) => {
        impl Fields for $type {
            fn get(&self, field: Field) -> Option<u8> {
                match field {
                    Field::User => Some(self.user.unwrap_or_default()),
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

            fn touch(session: &mut Session<Self>, field: Field) {
                match field {
                    $(Field::$field => Session::touch(session, |it| &it.$name),)*
                    _ => {}
                }
            }
        }
    };
}
fields!(First: Cart cart, Visits visits, Otp otp, Draft draft, Notice notice, Theme theme,
    Banner banner);
fields!(Second: Basket basket, Visits count, Otp otp, Coupon coupon, Notice notice, Hint hint,
    Theme theme, Banner banner, Layout layout);

async fn visit<T: Fields>(Extension(visit): Extension<Visit>, session: Session<T>) -> Response {
    let report = run(session, &visit.ops);
    (Extension(report), status(visit.answer)).into_response()
}

fn run<T: Fields>(mut session: Session<T>, ops: &[Op]) -> Report {
    let before = seen(&*session);
    let mut states = Vec::new();
    for op in ops {
        match *op {
            Op::Ask => states.push(state(&session)),
            Op::Destroy => {
                Session::destroy(session);
                let after = None;
                return Report {
                    before,
                    states,
                    after,
                };
            }
            op => change(&mut session, op),
        }
    }
    let after = Some(seen(&*session));
    Report {
        before,
        states,
        after,
    }
}

fn seen<T: Fields>(session: &T) -> Seen {
    let fields = Field::ALL.into_iter();
    let seen = fields.filter_map(|field| Some((field, session.get(field)?)));
    seen.collect()
}

fn state<T: Fields>(session: &Session<T>) -> State {
    match Session::info(session).state() {
        SessionState::New => State::New,
        SessionState::Active => State::Active,
        SessionState::Expired => State::Expired,
        other => panic!("no cookie here is {other:?}"),
    }
}

fn change<T: Fields>(session: &mut Session<T>, op: Op) {
    match op {
        Op::Write(field, value) => write(session, field, |is| *is = value),
        Op::Add(field) => write(session, field, |is| *is += 1),
        Op::Take(field) => {
            session.at(field).map(mem::take);
        }
        Op::Touch(field) => T::touch(session, field),
        Op::LogIn(user) => Session::log_in(session, user),
        Op::LogOut => Session::log_out(session),
        Op::Remember(remember) => Session::remember(session, remember),
        Op::Clear => Session::clear(session),
        Op::Ask | Op::Destroy => {}
    }
}

fn write<T: Fields>(session: &mut Session<T>, field: Field, write: impl FnOnce(&mut u8)) {
    if let Some(is) = session.at(field) {
        write(is);
    }
}

fn status(answer: Answer) -> StatusCode {
    match answer {
        Answer::Page | Answer::Head => StatusCode::OK,
        Answer::Redirect => StatusCode::SEE_OTHER,
        Answer::NotFound => StatusCode::NOT_FOUND,
        Answer::NotModified => StatusCode::NOT_MODIFIED,
        Answer::Failure => StatusCode::SERVICE_UNAVAILABLE,
        Answer::Timeout => StatusCode::REQUEST_TIMEOUT,
    }
}

fn routes<T: Fields>(clock: &MovableClock) -> Router {
    static KEYS: LazyLock<Keyring> = LazyLock::new(Keyring::ephemeral);
    let layer = SessionLayer::<T>::new(another_process(&KEYS)).clock(clock.clone());
    Router::new()
        .route("/visit", get(visit::<T>))
        .route("/background", get(visit::<T>).layer(Background))
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
        let route = if visit.is_background {
            "background"
        } else {
            "visit"
        };
        let mut request = self.request(&format!("/{:?}/{route}", visit.release));
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
