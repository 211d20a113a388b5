//! A schedule carried out: browsers, two instances, and everything that is on its way between them.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, LazyLock};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, UNIX_EPOCH};

use axum::Router;
use axum::body::Body;
use axum::http::header::{COOKIE, SET_COOKIE};
use axum::response::Response;
use session_runtime::store::{Loaded, RowKey, Store};
use session_runtime::{Clock as _, Key, Keyring};
use tests::{Log, MovableClock, another_process};
use tokio::runtime::{Builder, Runtime};
use tokio::task::yield_now;
use tokio::time::advance;
use tower::ServiceExt as _;
use tracing::Level;

use crate::history::{self, Answered, Moment, Request, Ticket};
use crate::parked::{Parked, Stage};
use crate::rows::Standing;
use crate::schedule::{Brought, Fate, Schedule, Step};
use crate::shop::{Ask, COOKIE as NAME, Visit, instance};

/// The most requests that are in flight at once.
const IN_FLIGHT: usize = 5;

/// So often a request is polled until it waits for its next operation: in the client's task, in that of the work,
/// in the client's again, and in that of what comes after the answer.
const POLLS: usize = 8;

/// The rings of a rotation, one after the other: the new key is added, and then it seals.
static ROTATION: LazyLock<[Keyring; 3]> = LazyLock::new(|| {
    let (old, new) = (Key::generate(), Key::generate());
    let rings = [
        vec![old.clone()],
        vec![old.clone(), new.clone()],
        vec![new, old],
    ];
    rings.map(|keys| Keyring::new(keys).unwrap())
});

struct World<S> {
    store: Parked<S>,
    stage: Stage,
    runtime: Runtime,
    clocks: [MovableClock; 2],
    instances: [Router; 2],
    /// The keys of each instance, and how far it is in the rotation.
    rings: [(Keyring, usize); 2],
    log: Log,
    jars: [Option<Arc<Ticket>>; 3],
    tickets: Vec<Arc<Ticket>>,
    in_flight: Vec<InFlight>,
    answers: Vec<Answer>,
    moments: usize,
}

struct InFlight {
    number: u32,
    instance: usize,
    /// `None` for a request with a copied ticket, whose answer is for no browser.
    browser: Option<usize>,
    /// `None` if the client is gone, and only the work with the store goes on.
    client: Option<Client>,
    began_at: u64,
}

type Client = Pin<Box<dyn Future<Output = Response>>>;

/// An answer on its way to a browser whose jar it changes.
struct Answer {
    number: u32,
    browser: usize,
    jar: Option<Arc<Ticket>>,
}

/// Runs a schedule, and everything that is left in flight after it. Then every ticket that was ever sent is
/// tried once more. The error is the promise that was broken, and what happened until then.
pub(crate) fn run<S: Store + Clone>(store: S, schedule: &Schedule) -> Result<(), String> {
    let mut world = World::new(store, schedule.ahead);
    let mut steps = schedule.steps.iter();
    let done = steps.try_for_each(|step| world.take(step));
    let done = done.and_then(|()| world.finish());
    done.map_err(|broken| {
        let trace = world.stage.lock().trace.join("\n");
        format!("{broken}\n{trace}")
    })
}

impl<S: Store + Clone> World<S> {
    fn new(store: S, ahead: u64) -> Self {
        let stage = Stage::new();
        let store = Parked {
            store,
            stage: stage.clone(),
        };
        let clocks = [MovableClock::new(), MovableClock::new()];
        clocks[1].advance(ahead);
        let rings = [(); 2].map(|()| (another_process(&ROTATION[0]), 0));
        let instance = |nth: usize| {
            let (keys, clock) = (rings[nth].0.clone(), clocks[nth].clone());
            instance(keys, store.clone(), clock)
        };
        // Its time stands still unless a step moves it.
        let runtime = Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build();
        Self {
            instances: [instance(0), instance(1)],
            store,
            stage,
            runtime: runtime.unwrap(),
            clocks,
            rings,
            log: Log::capture_at(Level::INFO),
            jars: [None, None, None],
            tickets: Vec::new(),
            in_flight: Vec::new(),
            answers: Vec::new(),
            moments: 0,
        }
    }

    fn take(&mut self, step: &Step) -> Result<(), String> {
        match *step {
            Step::Send {
                browser,
                instance,
                ticket,
                ask,
            } => self.send(browser, instance, ticket, ask),
            Step::Count { browser, times } => self.count(browser, times),
            Step::Go { nth, fate } => self.go(nth, fate),
            Step::Arrive(nth) => {
                self.arrive(nth);
                Ok(())
            }
            Step::Lose(nth) => {
                self.lose(nth);
                Ok(())
            }
            Step::HangUp { nth, is_done_later } => self.hang_up(nth, is_done_later),
            Step::Wait {
                seconds,
                is_done_later,
            } => self.wait(seconds, is_done_later),
            Step::CarryOutLate(nth) => {
                self.runtime.block_on(self.store.carry_out_late(nth));
                Ok(())
            }
            Step::Rotate(instance) => {
                self.rotate(instance);
                Ok(())
            }
            Step::Tick(seconds) => {
                self.clocks.iter().for_each(|clock| clock.advance(seconds));
                self.trace(format!("{seconds} seconds pass"));
                Ok(())
            }
            Step::Sweep => {
                self.sweep();
                Ok(())
            }
        }
    }

    /// The layer gives an operation up after two seconds, its second try included. So none is in flight that is
    /// older than the five minutes which a sweep leaves rows that are over.
    fn sweep(&mut self) {
        let now = self.now();
        if self.may_sweep() {
            let _ = done(self.store.store.sweep(now, 64));
            self.trace("sweep".to_owned());
        }
    }

    fn may_sweep(&self) -> bool {
        let mut in_flight = self.in_flight.iter();
        in_flight.all(|request| self.now() < request.began_at + 300)
    }

    fn send(
        &mut self,
        browser: usize,
        instance: usize,
        ticket: Brought,
        ask: Ask,
    ) -> Result<(), String> {
        let (browser, ticket) = match ticket {
            Brought::FromJar => (Some(browser), self.jars[browser].clone()),
            Brought::Copied(_) if self.tickets.is_empty() => return Ok(()),
            Brought::Copied(nth) => (None, Some(self.tickets[nth % self.tickets.len()].clone())),
        };
        if self.in_flight.len() == IN_FLIGHT {
            return Ok(());
        }
        let number = self.begin(ticket.clone(), instance);
        let by = browser.map_or("a copy".to_owned(), |browser| format!("browser {browser}"));
        let with = ticket.as_ref().map(|ticket| ticket.number);
        self.trace(format!(
            "{number}: {by} asks {instance} to {ask:?} with ticket {with:?}"
        ));
        let client = self.ask(instance, number, ask, ticket.as_deref());
        self.in_flight.push(InFlight {
            number,
            instance,
            browser,
            client: Some(client),
            began_at: self.now(),
        });
        // Up to the first operation of the store.
        self.go(self.in_flight.len() - 1, Fate::Done)
    }

    /// Enough of them leave more in a row than a request folds.
    fn count(&mut self, browser: usize, times: usize) -> Result<(), String> {
        for _ in 0..times {
            let before = self.in_flight.len();
            self.send(browser, 0, Brought::FromJar, Ask::Count)?;
            while self.in_flight.len() > before {
                self.go(before, Fate::Done)?;
            }
            if let Some(last) = self.answers.len().checked_sub(1) {
                self.arrive(last);
            }
        }
        Ok(())
    }

    fn begin(&mut self, ticket: Option<Arc<Ticket>>, instance: usize) -> u32 {
        let sent = self.moment(instance);
        let mut state = self.stage.lock();
        if state.requests.is_empty() {
            // No request has the number 0, which is the default of fields.
            state.requests.push(Request::new(None, sent));
        }
        state.requests.push(Request::new(ticket, sent));
        u32::try_from(state.requests.len() - 1).unwrap()
    }

    fn ask(
        &self,
        instance: usize,
        number: u32,
        ask: Ask,
        ticket: Option<&Ticket>,
    ) -> Pin<Box<dyn Future<Output = Response>>> {
        let mut request = axum::http::Request::new(Body::empty());
        if let Some(ticket) = ticket {
            let line = format!("{NAME}={}", ticket.text).parse().unwrap();
            request.headers_mut().insert(COOKIE, line);
        }
        let stage = self.stage.clone();
        request
            .extensions_mut()
            .insert(Visit { number, ask, stage });
        let response = self.instances[instance].clone().oneshot(request);
        Box::pin(async {
            let Ok(response) = response.await;
            response
        })
    }

    /// Lets a request go on to its next operation of the store, or to its end.
    fn go(&mut self, nth: usize, fate: Fate) -> Result<(), String> {
        let Some(nth) = nth.checked_rem(self.in_flight.len()) else {
            return Ok(());
        };
        let InFlight {
            number, instance, ..
        } = self.in_flight[nth];
        self.prepare(number, instance, fate);
        self.stage.give_turn(number);
        self.poll(nth)
    }

    fn prepare(&self, number: u32, instance: usize, fate: Fate) {
        let may_sweep = self.may_sweep();
        let mut state = self.stage.lock();
        state.may_sweep = may_sweep;
        state.going = number;
        state.fate = fate;
        state.now = self.now_at(instance);
    }

    /// Polls a request until it waits for the store, and everything else that was woken.
    fn poll(&mut self, nth: usize) -> Result<(), String> {
        let lost = self.lines_of_loss();
        let client = &mut self.in_flight[nth].client;
        let response = self.runtime.block_on(async {
            let mut response = None;
            for _ in 0..POLLS {
                if let Some(client) = client
                    && response.is_none()
                    && let Poll::Ready(ready) = poll_once(client).await
                {
                    response = Some(ready);
                }
                yield_now().await;
            }
            response
        });
        let says_lost = self.lines_of_loss() > lost;
        let InFlight {
            number, browser, ..
        } = self.in_flight[nth];
        if response.is_some() {
            self.in_flight[nth].client = None;
        }
        let is_parked = self.stage.is_parked(number);
        let waits_for_nothing = self.in_flight[nth].client.is_some() && !is_parked;
        assert!(!waits_for_nothing, "{number} waits, and for no operation");
        if !is_parked {
            self.in_flight.remove(nth);
        }
        match response {
            Some(response) => self.answer(number, browser, &response, says_lost),
            None => Ok(()),
        }
    }

    /// What waits for a load is over then. What changes something goes on.
    fn hang_up(&mut self, nth: usize, is_done_later: bool) -> Result<(), String> {
        let Some(nth) = nth.checked_rem(self.in_flight.len()) else {
            return Ok(());
        };
        let number = self.in_flight[nth].number;
        self.stage.lock().comes_late = is_done_later;
        self.trace(format!("the client of {number} hangs up"));
        let is_at_work = self.stage.is_at_work(number);
        self.in_flight[nth].client = None;
        if !self.stage.is_parked(number) {
            self.in_flight.remove(nth);
        }
        if is_at_work && !self.stage.is_parked(number) {
            return Err(format!(
                "request {number}: its client has cancelled its work"
            ));
        }
        Ok(())
    }

    fn wait(&mut self, seconds: u64, is_done_later: bool) -> Result<(), String> {
        self.trace(format!("the store does not answer for {seconds} seconds"));
        self.stage.lock().comes_late = is_done_later;
        self.stage.lock().going = 0;
        self.stage.lock().waited += seconds;
        self.runtime.block_on(advance(Duration::from_secs(seconds)));
        let mut nth = self.in_flight.len();
        while nth > 0 {
            nth -= 1;
            self.stage.lock().now = self.now_at(self.in_flight[nth].instance);
            self.poll(nth)?;
        }
        match self.stage.waits_for_too_long() {
            Some(number) => Err(format!("request {number}: it waits for too long")),
            None => Ok(()),
        }
    }

    /// A key opens everywhere before it seals anywhere.
    fn rotate(&mut self, instance: usize) {
        let other = self.rings[1 - instance].1;
        let (ring, step) = &mut self.rings[instance];
        if *step <= other && *step + 1 < ROTATION.len() {
            *step += 1;
            ring.replace(&ROTATION[*step]);
            let line = format!("instance {instance} is in step {step} of the rotation");
            self.trace(line);
        }
    }

    fn lines_of_loss(&self) -> usize {
        self.log.lines_with("changes are not saved").len()
    }

    fn answer(
        &mut self,
        number: u32,
        browser: Option<usize>,
        response: &Response,
        says_lost: bool,
    ) -> Result<(), String> {
        let answered = Answered {
            at: self.moment(0),
            status: response.status(),
            says_lost,
        };
        let jar = self.sent_ticket(number, response);
        let lost = if says_lost { ", changes lost" } else { "" };
        let cookie = match &jar {
            None => "",
            Some(None) => ", removal",
            Some(Some(_)) => ", ticket",
        };
        self.trace(format!(
            "  {number}: answered {}{lost}{cookie}",
            response.status()
        ));
        if let (Some(browser), Some(jar)) = (browser, jar) {
            self.answers.push(Answer {
                number,
                browser,
                jar,
            });
        }
        let mut state = self.stage.lock();
        let state = &mut *state;
        state.requests[number as usize].answered = Some(answered);
        let checked = history::check(&state.requests[number as usize], &state.requests);
        checked.map_err(|broken| format!("request {number}: {broken}"))
    }

    /// The ticket that a response sets, or `None` for a removal. `None` without either.
    #[expect(clippy::option_option, reason = "a removal is not the same as no line")]
    fn sent_ticket(&mut self, number: u32, response: &Response) -> Option<Option<Arc<Ticket>>> {
        let line = response.headers().get(SET_COOKIE)?.to_str().unwrap();
        let (pair, attributes) = line.split_once("; ").unwrap();
        if attributes.contains("Max-Age=0") {
            return Some(None);
        }
        let (_, text) = pair.split_once('=').unwrap();
        let state = self.stage.lock();
        let request = &state.requests[number as usize];
        let ticket = Arc::new(Ticket {
            number: self.tickets.len(),
            text: text.to_owned(),
            named: request.names().unwrap(),
            user: request.report.as_ref().unwrap().user,
            // A ticket that is only sealed under another key tells of no use.
            used_at: match &request.ticket {
                Some(brought) if request.written_to.is_empty() => brought.used_at,
                _ => request.handled_at,
            },
        });
        drop(state);
        self.tickets.push(ticket.clone());
        Some(Some(ticket))
    }

    fn arrive(&mut self, nth: usize) {
        if let Some(answer) = self.next_answer(nth) {
            self.jars[answer.browser] = answer.jar;
            self.trace(format!("the answer of {} arrives", answer.number));
        }
    }

    fn lose(&mut self, nth: usize) {
        if let Some(answer) = self.next_answer(nth) {
            self.trace(format!("the answer of {} is lost", answer.number));
        }
    }

    fn next_answer(&mut self, nth: usize) -> Option<Answer> {
        let nth = nth.checked_rem(self.answers.len())?;
        Some(self.answers.remove(nth))
    }

    fn finish(&mut self) -> Result<(), String> {
        self.trace("the end: everything in flight goes on".to_owned());
        self.go_on_to_the_end()?;
        for nth in 0..self.tickets.len() {
            self.send(0, nth % 2, Brought::Copied(nth), Ask::Read)?;
            self.go_on_to_the_end()?;
        }
        self.store_keeps_to_the_second()
    }

    /// Time is an argument of each operation, so a store can be asked what it will say later.
    fn store_keeps_to_the_second(&self) -> Result<(), String> {
        for (key, expected, until) in self.stage.lock().rows.there(self.now()) {
            let before = self.standing(key, until - 1);
            if before != expected {
                return Err(format!(
                    "a row is {before:?} where it is {expected:?} for a second yet"
                ));
            }
            let after = self.standing(key, until);
            if after != Standing::Missing {
                return Err(format!("a row is {after:?} when its time is over"));
            }
        }
        Ok(())
    }

    fn standing(&self, key: RowKey, now: u64) -> Standing {
        match done(self.store.store.load(key, now)).unwrap() {
            Loaded::Alive(_) => Standing::Alive,
            Loaded::Ended(_) => Standing::Ended,
            Loaded::Missing => Standing::Missing,
        }
    }

    fn go_on_to_the_end(&mut self) -> Result<(), String> {
        while !self.in_flight.is_empty() {
            self.go(0, Fate::Done)?;
        }
        Ok(())
    }

    fn moment(&mut self, instance: usize) -> Moment {
        self.moments += 1;
        Moment {
            nth: self.moments,
            second: self.now_at(instance),
        }
    }

    fn now(&self) -> u64 {
        self.now_at(0)
    }

    fn now_at(&self, instance: usize) -> u64 {
        let since = self.clocks[instance].now().duration_since(UNIX_EPOCH);
        since.unwrap().as_secs()
    }

    fn trace(&self, line: String) {
        self.stage.lock().trace.push(line);
    }
}

async fn poll_once(client: &mut Client) -> Poll<Response> {
    poll_fn(|context| Poll::Ready(client.as_mut().poll(context))).await
}

/// The output of an operation of a store in memory, which waits for nothing.
fn done<T>(operation: impl Future<Output = T>) -> T {
    let operation = std::pin::pin!(operation);
    match operation.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("a store in memory has waited"),
    }
}
