//! A candidate with open sessions, which serves requests and says what they cost.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::http::{HeaderValue, StatusCode};
use http_body_util::BodyExt as _;
use rustix::time::{ClockId, clock_gettime};
use tokio::runtime::Runtime;

use crate::exchange::{exchange, send};
use crate::proof::{begin_all, forge, prove};
use crate::{Candidate, Contents, Keeps, Scenario};

/// The cost of a request in nanoseconds.
#[derive(Clone, Copy, Debug)]
pub struct Cost {
    /// The time that the whole process worked, so that of every thread.
    pub cpu: f64,
    pub wall: f64,
}

impl Cost {
    pub(crate) fn of(cpu: Duration, wall: Duration, requests: u32) -> Self {
        let each = |time: Duration| time.as_secs_f64() * 1e9 / f64::from(requests);
        Self {
            cpu: each(cpu),
            wall: each(wall),
        }
    }
}

/// The characters of a cookie.
#[derive(Clone, Copy, Debug)]
pub struct CookieSize {
    /// Those of its value, which each request carries.
    pub value: usize,
    /// Those of all lines that set it.
    pub set: usize,
}

/// Something that takes turns.
pub trait Player {
    fn name(&self) -> &str;

    /// The process that it plays in. Each has a bare router of its own.
    fn process(&self) -> usize;

    fn cookie(&self) -> CookieSize;

    /// Serves so many requests.
    fn turn(&mut self, scenario: Scenario, requests: u32) -> Cost;
}

/// A player in this process.
pub struct Local {
    name: String,
    router: Router,
    keeps: Keeps,
    cookie: CookieSize,
    runtime: Arc<Runtime>,
    /// The cookies of each visitor.
    visitors: Arc<Vec<HeaderValue>>,
    forged: Arc<Vec<HeaderValue>>,
    /// The visitor whose request comes next.
    next: usize,
}

impl Local {
    /// Opens the sessions of so many visitors.
    ///
    /// # Panics
    ///
    /// When the candidate does not do what it is measured for.
    pub fn new(
        candidate: Candidate,
        runtime: &Arc<Runtime>,
        visitors: usize,
        contents: &Contents,
    ) -> Self {
        runtime.block_on(prove(&candidate, contents));
        let mut router = candidate.router;
        let begun = runtime.block_on(send(&mut router, "/begin", None));
        let cookie = CookieSize {
            value: begun.value_len(),
            set: begun.set_len(),
        };
        let visitors = match candidate.keeps {
            Keeps::Nothing => vec![HeaderValue::from_static("none=1"); visitors],
            _ => runtime.block_on(begin_all(&mut router, visitors)),
        };
        let forged = visitors.iter().map(forge).collect();
        Self {
            name: candidate.name,
            router,
            keeps: candidate.keeps,
            cookie,
            runtime: runtime.clone(),
            visitors: Arc::new(visitors),
            forged: Arc::new(forged),
            next: 0,
        }
    }
}

impl Player for Local {
    fn name(&self) -> &str {
        &self.name
    }

    fn process(&self) -> usize {
        0
    }

    fn cookie(&self) -> CookieSize {
        self.cookie
    }

    fn turn(&mut self, scenario: Scenario, requests: u32) -> Cost {
        let turn = self.next_turn(scenario, requests);
        // A server's connections are tasks too.
        let done = self.runtime.block_on(self.runtime.spawn(turn.serve()));
        done.expect("a turn that does not panic")
    }
}

impl Local {
    /// Serves so many requests in this thread, so that what it allocates can be counted.
    pub fn serve_here(&mut self, scenario: Scenario, requests: u32) {
        let turn = self.next_turn(scenario, requests);
        self.runtime.block_on(turn.serve());
    }

    fn next_turn(&mut self, scenario: Scenario, requests: u32) -> Turn {
        let turn = Turn {
            router: self.router.clone(),
            keeps: self.keeps,
            visitors: self.visitors.clone(),
            cookies: match scenario {
                Scenario::Forged => self.forged.clone(),
                _ => self.visitors.clone(),
            },
            first: self.next,
            scenario,
            requests,
        };
        self.next = (self.next + requests as usize) % self.visitors.len();
        turn
    }
}

struct Turn {
    router: Router,
    keeps: Keeps,
    visitors: Arc<Vec<HeaderValue>>,
    /// What the visitors send.
    cookies: Arc<Vec<HeaderValue>>,
    first: usize,
    scenario: Scenario,
    requests: u32,
}

impl Turn {
    async fn serve(mut self) -> Cost {
        let before = self.visits().await;
        let (wall, cpu) = (Instant::now(), cpu_time());
        for number in 0..self.requests as usize {
            let visitor = (self.first + number) % self.cookies.len();
            let has_cookie = self.scenario != Scenario::NoCookie;
            let cookie = has_cookie.then(|| &self.cookies[visitor]);
            let response = exchange(&mut self.router, self.scenario.path(), cookie).await;
            assert_eq!(response.status(), StatusCode::OK);
            let body = response.into_body().collect().await.expect("a body");
            assert!(!body.to_bytes().is_empty());
        }
        let (cpu, wall) = (cpu_time() - cpu, wall.elapsed());
        assert_eq!(self.visits().await, before + self.expected());
        Cost::of(cpu, wall, self.requests)
    }

    /// The visits of the first visitor, as the candidate has them.
    async fn visits(&mut self) -> usize {
        let first = &self.visitors[self.first];
        let read = send(&mut self.router, "/read", Some(first)).await;
        read.body.parse().expect("a number")
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

pub(crate) fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    let seconds = u64::try_from(time.tv_sec).expect("a time");
    Duration::new(seconds, u32::try_from(time.tv_nsec).expect("a time"))
}
