//! A candidate with open sessions, which serves requests and says what they cost.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::{HeaderValue, Request, StatusCode};
use axum::response::Response;
use http_body_util::BodyExt as _;
use rustix::time::{ClockId, clock_gettime};
use tokio::runtime::Runtime;
use tower::Service as _;

use crate::{Candidate, Keeps};

/// The kind of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scenario {
    Read,
    Write,
    /// The visitor has a session, and the handler does not ask for it.
    Untouched,
}

impl Scenario {
    pub const ALL: [Self; 3] = [Self::Read, Self::Write, Self::Untouched];

    pub fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Untouched => "untouched",
        }
    }

    fn path(self) -> &'static str {
        match self {
            Self::Read => "/read",
            Self::Write => "/write",
            Self::Untouched => "/untouched",
        }
    }
}

/// The cost of a request in nanoseconds.
#[derive(Clone, Copy, Debug)]
pub struct Cost {
    /// The time that the whole process worked, so that of every thread.
    pub cpu: f64,
    pub wall: f64,
}

/// Something that takes turns.
pub trait Player {
    fn name(&self) -> &str;

    /// The player that it is compared with.
    fn rival(&self) -> Option<&str>;

    /// The process that it plays in. Each has a bare router of its own.
    fn process(&self) -> usize;

    /// Serves so many requests.
    fn turn(&mut self, scenario: Scenario, requests: u32) -> Cost;
}

/// A player in this process.
pub struct Local {
    candidate: Candidate,
    runtime: Arc<Runtime>,
    /// The cookies of each visitor.
    visitors: Arc<Vec<HeaderValue>>,
    /// The visitor whose request comes next.
    next: usize,
}

impl Local {
    /// Opens the sessions of so many visitors.
    ///
    /// # Panics
    ///
    /// When the candidate does not do what it is measured for. `digest` is what `/look` must answer.
    pub fn new(
        candidate: Candidate,
        runtime: &Arc<Runtime>,
        visitors: usize,
        digest: &str,
    ) -> Self {
        let cookies = runtime.block_on(prove(&candidate, digest));
        let visitors = match cookies {
            None => vec![HeaderValue::from_static(""); visitors],
            Some(()) => runtime.block_on(begin_all(candidate.router.clone(), visitors)),
        };
        Self {
            candidate,
            runtime: runtime.clone(),
            visitors: Arc::new(visitors),
            next: 0,
        }
    }
}

impl Player for Local {
    fn name(&self) -> &str {
        self.candidate.name
    }

    fn rival(&self) -> Option<&str> {
        self.candidate.rival
    }

    fn process(&self) -> usize {
        0
    }

    fn turn(&mut self, scenario: Scenario, requests: u32) -> Cost {
        let turn = Turn {
            router: self.candidate.router.clone(),
            keeps: self.candidate.keeps,
            visitors: self.visitors.clone(),
            first: self.next,
            scenario,
            requests,
        };
        self.next = (self.next + requests as usize) % self.visitors.len();
        // A server's connections are tasks too.
        let done = self.runtime.block_on(self.runtime.spawn(turn.serve()));
        done.expect("a turn that does not panic")
    }
}

struct Turn {
    router: Router,
    keeps: Keeps,
    visitors: Arc<Vec<HeaderValue>>,
    first: usize,
    scenario: Scenario,
    requests: u32,
}

impl Turn {
    async fn serve(mut self) -> Cost {
        let before = self.visits().await;
        let (wall, cpu) = (Instant::now(), cpu_time());
        for number in 0..self.requests as usize {
            let visitor = (self.first + number) % self.visitors.len();
            let visitor = &self.visitors[visitor];
            let response = exchange(&mut self.router, self.scenario.path(), visitor).await;
            let body = response.into_body().collect().await.expect("a body");
            assert!(!body.to_bytes().is_empty());
        }
        let (cpu, wall) = (cpu_time() - cpu, wall.elapsed());
        assert_eq!(self.visits().await, before + self.expected());
        let each = |time: Duration| time.as_secs_f64() * 1e9 / f64::from(self.requests);
        Cost {
            cpu: each(cpu),
            wall: each(wall),
        }
    }

    /// The visits of the first visitor, as the candidate has them.
    async fn visits(&mut self) -> usize {
        let first = &self.visitors[self.first];
        let read = send(&mut self.router, "/read", first).await;
        read.answer.parse().expect("a number")
    }

    /// The visits that the turn adds to them.
    fn expected(&self) -> usize {
        let is_counted = self.scenario == Scenario::Write && self.keeps == Keeps::OnServer;
        if is_counted {
            (self.requests as usize).div_ceil(self.visitors.len())
        } else {
            0
        }
    }
}

fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    let seconds = u64::try_from(time.tv_sec).expect("a time");
    Duration::new(seconds, u32::try_from(time.tv_nsec).expect("a time"))
}

/// Proves that the candidate keeps a session, changes it, and leaves it alone. `None` if it has none.
async fn prove(candidate: &Candidate, digest: &str) -> Option<()> {
    let name = candidate.name;
    let mut router = candidate.router.clone();
    if candidate.keeps == Keeps::Nothing {
        for scenario in Scenario::ALL {
            send(&mut router, scenario.path(), &HeaderValue::from_static("")).await;
        }
        return None;
    }
    let mut cookie = begin(&mut router).await;
    assert_eq!(look(&mut router, &cookie).await, digest, "{name} keeps");
    for visits in 1..4 {
        let read = send(&mut router, "/read", &cookie).await;
        assert_eq!(read.answer, visits.to_string(), "{name} reads");
        assert_eq!(read.cookies, None, "{name} sends nothing for a read");
        let untouched = send(&mut router, "/untouched", &cookie).await;
        assert_eq!(untouched.cookies, None, "{name} leaves alone");
        let written = send(&mut router, "/write", &cookie).await;
        assert_eq!(written.answer, (visits + 1).to_string(), "{name} writes");
        match candidate.keeps {
            Keeps::InCookie => cookie = written.cookies.expect("a cookie with the change"),
            // Whether the cookie is the same or a new one, the change is in the store.
            Keeps::OnServer => {
                let old = send(&mut router, "/read", &cookie).await;
                assert_eq!(old.answer, (visits + 1).to_string(), "{name} stores");
            }
            Keeps::Nothing => {}
        }
    }
    Some(())
}

async fn begin_all(mut router: Router, visitors: usize) -> Vec<HeaderValue> {
    let mut cookies = Vec::with_capacity(visitors);
    for _ in 0..visitors {
        cookies.push(begin(&mut router).await);
    }
    // The next visitor is not the one whose session lies beside it.
    fastrand::shuffle(&mut cookies);
    cookies
}

async fn begin(router: &mut Router) -> HeaderValue {
    let begun = send(router, "/begin", &HeaderValue::from_static("")).await;
    begun.cookies.expect("a cookie for a new session")
}

async fn look(router: &mut Router, cookie: &HeaderValue) -> String {
    send(router, "/look", cookie).await.answer
}

struct Answer {
    answer: String,
    /// The cookies that it sets, as the next request sends them.
    cookies: Option<HeaderValue>,
}

async fn send(router: &mut Router, path: &'static str, cookie: &HeaderValue) -> Answer {
    let response = exchange(router, path, cookie).await;
    let set = response.headers().get_all(SET_COOKIE).iter();
    let pairs: Vec<_> = set
        .filter_map(|line| line.to_str().ok()?.split(';').next())
        .collect();
    let cookies = (!pairs.is_empty()).then(|| pairs.join("; ").parse().expect("cookies"));
    let body = response.into_body().collect().await.expect("a body");
    let answer = String::from_utf8(body.to_bytes().into()).expect("text");
    Answer { answer, cookies }
}

async fn exchange(router: &mut Router, path: &'static str, cookie: &HeaderValue) -> Response {
    let request = Request::get(path).header(COOKIE, cookie);
    let request = request.body(Body::empty()).expect("a request");
    let Ok(response) = router.call(request).await;
    assert_eq!(response.status(), StatusCode::OK, "{path}");
    response
}
