//! What is counted: a scenario, with a payload and a number of keys.

use std::hint::black_box;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, SystemTime};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::header::{COOKIE, SET_COOKIE};
use axum::response::Response;
use axum::routing::get;
use session_runtime::{Clock, Key, Keyring, Session, SessionLayer};
use tower_service::Service as _;

use crate::payload::{Large, Payload, SixtyFour, Small, Standard};
use crate::scenario::Scenario;

/// A table, a lazy initialisation and an allocator's list are filled by then.
const WARM_UP: usize = 20;

/// `.ci/instructions` divides by this.
const COUNTED: usize = 100;

pub struct Case {
    name: String,
    scenario: Scenario,
    /// The router with sessions, for this many keys.
    sessions: fn(u8) -> Router,
    keys: u8,
    /// True if the requests go to a router without sessions.
    is_bare: bool,
}

impl Case {
    pub fn all() -> Vec<Self> {
        let mut cases = vec![
            Self::bare("bare", Scenario::Untouched),
            Self::bare("bare-no-cookie", Scenario::NoCookie),
        ];
        for scenario in Scenario::ALL {
            cases.push(Self::of::<Small>(scenario, "small", 1));
            cases.push(Self::of::<Standard>(scenario, "standard", 1));
            cases.push(Self::of::<Standard>(scenario, "standard-8-keys", 8));
            cases.push(Self::of::<Large>(scenario, "large", 1));
            cases.push(Self::of::<SixtyFour>(scenario, "64-fields", 1));
        }
        cases
    }

    fn of<T: Payload>(scenario: Scenario, payload: &str, keys: u8) -> Self {
        Self {
            name: format!("{}-{payload}", scenario.name()),
            scenario,
            sessions: sessions::<T>,
            keys,
            is_bare: false,
        }
    }

    fn bare(name: &str, scenario: Scenario) -> Self {
        Self {
            name: name.to_owned(),
            is_bare: true,
            ..Self::of::<Standard>(scenario, "", 1)
        }
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn run(&self) {
        let mut router = (self.sessions)(self.keys);
        let begun = answer(&mut router, request("/begin", None));
        let cookie = self
            .scenario
            .cookie(&set_cookie(&begun).expect("a session"));
        if self.is_bare {
            router = bare();
        }

        let (path, cookie) = (self.scenario.path(), cookie.as_deref());
        for _ in 0..WARM_UP {
            let response = answer(&mut router, request(path, cookie));
            if !self.is_bare {
                self.check(response);
            }
        }
        for _ in 0..COUNTED {
            counted(&mut router, request(path, cookie));
        }
    }

    /// Holds that a request did the work that its scenario is named after.
    fn check(&self, response: Response) {
        let is_set = set_cookie(&response).is_some();
        let body = ready(to_bytes(response.into_body(), 100)).expect("a short body");
        let answered = (body.as_ref(), is_set);
        assert_eq!(answered, self.scenario.answer(), "{}", self.name);
    }
}

/// The function that callgrind looks at. Making the request is outside of it, and dropping the response inside.
#[inline(never)]
fn counted(router: &mut Router, request: Request) {
    drop(black_box(answer(router, request)));
}

fn sessions<T: Payload>(keys: u8) -> Router {
    Router::new()
        .route(
            "/begin",
            get(async |mut session: Session<T>| T::begin(&mut session)),
        )
        .route(
            "/read",
            get(async |session: Session<T>| session.visits().to_string()),
        )
        .route("/write", get(write::<T>))
        .route("/untouched", get(async || 1.to_string()))
        .layer(SessionLayer::<T>::new(keyring(keys)).clock(Stopped))
}

async fn write<T: Payload>(mut session: Session<T>) -> String {
    *session.visits_mut() += 1;
    session.visits().to_string()
}

fn bare() -> Router {
    Router::new().route("/untouched", get(async || 1.to_string()))
}

/// Different keys, and the same in every run.
fn keyring(count: u8) -> Keyring {
    let keys = (0..count).map(|number| {
        let bytes = std::array::from_fn(|place| {
            let place = u8::try_from(place).expect("32 places");
            (place ^ number)
                .wrapping_mul(167)
                .rotate_left(3)
                .wrapping_add(number)
        });
        Key::from_bytes(bytes).expect("a key that looks random")
    });
    Keyring::new(keys).expect("different keys")
}

/// A cookie is as old at the last request as at the first.
struct Stopped;

impl Clock for Stopped {
    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000)
    }
}

fn request(path: &str, cookie: Option<&str>) -> Request {
    let mut request = Request::get(path);
    if let Some(cookie) = cookie {
        request = request.header(COOKIE, cookie);
    }
    request.body(Body::empty()).expect("a request")
}

fn answer(router: &mut Router, request: Request) -> Response {
    let Ok(response) = ready(router.call(request));
    response
}

/// The name and the value of the cookie that a response sets.
fn set_cookie(response: &Response) -> Option<String> {
    let line = response.headers().get(SET_COOKIE)?.to_str().expect("ASCII");
    line.split(';').next().map(str::to_owned)
}

/// Nothing here waits, so one poll is all, and no runtime is counted.
fn ready<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => unreachable!("nothing waits"),
    }
}
