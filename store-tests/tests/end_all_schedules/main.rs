//! What is under way while the sessions of a user are ended: nothing of it escapes.
//!
//! A hundred schedules an engine. Each has a few browsers, some of them logged in, and requests of all kinds that are
//! sent at once beside the ending. Their operations reach the store in an order that the schedule chooses, one or two at
//! a time.

mod dice;
mod staged;

use std::collections::BTreeMap;
use std::path::PathBuf;

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use session_postgres::PostgresStore;
use session_redis::{RedisStore, SharedConnection};
use session_runtime::store::{MemoryStore, RowKey, Store};
use session_runtime::test_kit::Browser;
use session_runtime::{Identity, Keyring, Session, SessionError, SessionLayer, Sessions};
use session_sqlite::SqliteStore;
use sqlx::postgres::PgPoolOptions;
use store_tests::Server;
use store_tests::postgres::{self, shared_postgres};
use store_tests::redis::{shared_redis, shared_valkey};

use self::dice::Dice;
use self::staged::{REQUEST, Span, Staged, Step};

const SCHEDULES: u32 = 100;

#[tokio::test]
async fn nothing_escapes_in_memory() {
    in_every_schedule(async |_| MemoryStore::new()).await;
}

#[tokio::test]
async fn nothing_escapes_in_sqlite() {
    in_every_schedule(new_file).await;
}

#[tokio::test]
#[cfg_attr(no_redis, ignore = "there is no redis-server")]
async fn nothing_escapes_in_redis() {
    in_every_schedule(async |schedule| redis_store(shared_redis(), schedule)).await;
}

#[tokio::test]
#[cfg_attr(no_valkey, ignore = "there is no valkey-server")]
async fn nothing_escapes_in_valkey() {
    in_every_schedule(async |schedule| redis_store(shared_valkey(), schedule)).await;
}

#[tokio::test]
#[cfg_attr(no_postgres, ignore = "there is no postgres")]
async fn nothing_escapes_in_postgres() {
    let url = postgres::url(shared_postgres());
    let pool = PgPoolOptions::new()
        .max_connections(8)
        .connect_lazy(&url)
        .unwrap();
    in_every_schedule(async |schedule| {
        let store = PostgresStore::new(pool.clone())
            .table(&format!("schedule_{schedule}"))
            .unwrap();
        store.create_tables().await.unwrap();
        store
    })
    .await;
}

fn redis_store(server: &Server, schedule: u32) -> RedisStore<SharedConnection> {
    let client = redis::Client::open(format!("redis://{}/", server.address())).unwrap();
    RedisStore::new(SharedConnection::new(client).unwrap()).prefix(&format!("schedule-{schedule}:"))
}

async fn new_file(schedule: u32) -> SqliteStore {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let path = folder.join(format!("end-all-{schedule}.db"));
    for end in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{end}", path.display()));
    }
    SqliteStore::open(path).await.unwrap()
}

/// The schedules and the questions find a store that leaves one session alive.
#[tokio::test]
async fn a_store_that_forgets_a_session_is_found() {
    let mut found = 0;
    for schedule in 0..SCHEDULES {
        let store = Staged::new(MemoryStore::new(), true);
        found += u32::from(run(store, schedule).await.is_err());
    }
    assert!(found > SCHEDULES / 2, "found in {found} schedules");
}

async fn in_every_schedule<S: Store + Clone>(new_store: impl AsyncFn(u32) -> S) {
    let mut outcomes = BTreeMap::<&str, u32>::new();
    for schedule in 0..SCHEDULES {
        let store = Staged::new(new_store(schedule).await, false);
        match run(store, schedule).await {
            Ok(outcome) => *outcomes.entry(outcome).or_default() += 1,
            Err(broken) => panic!("schedule {schedule}: {broken}"),
        }
    }
    // The schedules bring about what they are here for.
    eprintln!("{outcomes:?}");
    for outcome in [NO_LOGIN, LOGIN_ENDED, LATER_LOGIN] {
        assert!(outcomes.get(outcome) > Some(&2), "{outcome}: {outcomes:?}");
    }
}

const NO_LOGIN: &str = "no login was under way";
const LOGIN_ENDED: &str = "every login that was under way is over";
const LATER_LOGIN: &str = "a login came later";

#[derive(Session)]
#[session(cookie = "shop", stored)]
struct Shop {
    #[session(identity)]
    user: Identity<u32>,
    visits: u32,
}

const ANN: u32 = 1;
const BOB: u32 = 2;

type Guard = Session<Shop>;
type Users = State<Sessions<Shop>>;

async fn who(session: Guard) -> String {
    session.user.unwrap_or_default().to_string()
}

async fn visit(mut session: Guard) {
    session.visits += 1;
}

async fn log_in_ann(mut session: Guard) {
    Session::log_in(&mut session, ANN);
    session.visits += 1;
}

async fn log_in_bob(mut session: Guard) {
    Session::log_in(&mut session, BOB);
}

async fn renew(mut session: Guard) {
    session.visits += 1;
    Session::renew(&mut session);
}

async fn end_others(State(sessions): Users, session: Guard) -> Result<(), SessionError> {
    sessions.end_others(&session).await.map(drop)
}

/// What is sent beside the ending.
const PATHS: [&str; 4] = ["/visit", "/log-in-ann", "/log-in-bob", "/renew"];

/// How a browser is found.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Start {
    Nothing,
    Nobody,
    Ann,
    Bob,
}

struct Site<S> {
    store: Staged<S>,
    sessions: Sessions<Shop>,
    router: Router,
}

impl<S: Store + Clone> Site<S> {
    fn new(store: Staged<S>) -> Self {
        let layer = SessionLayer::<Shop>::stored(Keyring::ephemeral(), store.clone());
        let sessions = layer.sessions();
        let router = Router::new()
            .route("/who", get(who))
            .route("/visit", get(visit))
            .route("/log-in-ann", get(log_in_ann))
            .route("/log-in-bob", get(log_in_bob))
            .route("/renew", get(renew))
            .route("/end-others", get(end_others))
            .layer(layer)
            .with_state(sessions.clone());
        Self {
            store,
            sessions,
            router,
        }
    }

    /// The cookies of a browser that is found like this.
    async fn found(&self, start: Start) -> Option<String> {
        let path = match start {
            Start::Nothing => return None,
            Start::Nobody => "/visit",
            Start::Ann => "/log-in-ann",
            Start::Bob => "/log-in-bob",
        };
        self.ask(None, path).await
    }

    /// Asks with a ticket, and returns the one that the browser has then.
    async fn ask(&self, ticket: Option<String>, path: &str) -> Option<String> {
        ask(self.router.clone(), ticket, path).await
    }

    async fn user_of(&self, ticket: &str) -> u32 {
        let mut browser = browser(self.router.clone(), Some(ticket));
        browser.get("/who").await.text().parse().unwrap()
    }

    async fn rows_of_ann(&self) -> Vec<RowKey> {
        self.sessions.of(&ANN).await.unwrap();
        self.store.stage().take_listed()
    }
}

async fn ask(router: Router, ticket: Option<String>, path: &str) -> Option<String> {
    let mut browser = browser(router, ticket.as_deref());
    let page = browser.get(path).await;
    // Of two renewals at once one is told that it was lost.
    let may_be_lost = path == "/renew" && page.status() == 503;
    assert!(
        may_be_lost || page.status() == 200,
        "{path}: {}",
        page.status()
    );
    let cookie = browser.cookie("__Host-shop");
    cookie.map(|cookie| cookie.value().to_owned())
}

fn browser(router: Router, ticket: Option<&str>) -> Browser<Router> {
    let mut browser = Browser::new(router);
    if let Some(ticket) = ticket {
        browser.set_cookie(format!("__Host-shop={ticket}; Path=/; Secure"));
    }
    browser
}

/// What is sent, and beside which ending.
struct Schedule {
    starts: Vec<Start>,
    /// The browser and the path.
    requests: Vec<(usize, &'static str)>,
    /// The first browser ends the others, and not a job all of them.
    keeps_one: bool,
}

impl Schedule {
    fn of(number: u32, dice: &mut Dice) -> Self {
        let keeps_one = number.is_multiple_of(3);
        let mut starts = vec![Start::Ann, Start::Bob];
        for _ in 0..dice.below(3) {
            starts.push([Start::Nothing, Start::Nobody, Start::Ann][dice.below(3)]);
        }
        let count = 2 + dice.below(4);
        let requests = (0..count).map(|_| (dice.below(starts.len()), PATHS[dice.below(4)]));
        // The browser that stays logged in does nothing else.
        let requests = requests.filter(|(browser, _)| !(keeps_one && *browser == 0));
        Self {
            requests: requests.collect(),
            starts,
            keeps_one,
        }
    }

    fn has(&self, browser: usize, path: &str) -> bool {
        self.requests.contains(&(browser, path))
    }
}

/// What came of it.
struct Played {
    /// Of each browser before.
    tickets: Vec<Option<String>>,
    /// Of the answers.
    new_tickets: Vec<String>,
    rows_before: Vec<RowKey>,
    rows_after: Vec<RowKey>,
    logins: Vec<Step>,
    loads: Vec<Step>,
    ending: Span,
    /// As the job was told.
    ended: Option<u64>,
}

async fn play<S: Store + Clone>(site: &Site<S>, schedule: &Schedule, dice: &mut Dice) -> Played {
    let mut tickets = Vec::new();
    for &start in &schedule.starts {
        tickets.push(site.found(start).await);
    }
    let rows_before = site.rows_of_ann().await;
    let stage = site.store.stage();
    stage.forget();

    let mut sent = schedule.requests.clone();
    sent.extend(schedule.keeps_one.then_some((0, "/end-others")));
    let asked = sent.iter().enumerate().map(|(number, &(browser, path))| {
        let (router, ticket) = (site.router.clone(), tickets[browser].clone());
        let store = site.store.clone();
        tokio::spawn(REQUEST.scope(number, async move {
            let _answered = store.stage().answered_behind();
            ask(router, ticket, path).await
        }))
    });
    let asked: Vec<_> = asked.collect();
    let job = (!schedule.keeps_one).then(|| {
        let (sessions, store) = (site.sessions.clone(), site.store.clone());
        tokio::spawn(async move {
            let _answered = store.stage().answered_behind();
            sessions.end_all(&ANN).await.unwrap()
        })
    });
    stage
        .run(asked.len() + usize::from(job.is_some()), dice)
        .await;
    let mut new_tickets = Vec::new();
    for asked in asked {
        new_tickets.extend(asked.await.unwrap());
    }
    Played {
        tickets,
        new_tickets,
        rows_before,
        logins: stage.take_logins(),
        loads: stage.take_loads(),
        ending: stage.end_all().unwrap(),
        ended: match job {
            Some(job) => Some(job.await.unwrap()),
            None => None,
        },
        rows_after: site.rows_of_ann().await,
    }
}

/// Says what became of the logins that were under way, or which promise is broken.
async fn run<S: Store + Clone>(store: Staged<S>, number: u32) -> Result<&'static str, String> {
    let mut dice = Dice::new(number);
    let (site, schedule) = (Site::new(store), Schedule::of(number, &mut dice));
    let played = play(&site, &schedule, &mut dice).await;
    what_was_there_is_over(&schedule, &played)?;
    what_is_there_came_later(&played)?;
    who_stays_is_there(&site, &schedule, &played).await?;
    the_list_has_all(&site, &played).await?;
    let is_login = |(browser, path): &(usize, &str)| {
        *path == "/log-in-ann" && schedule.starts[*browser] != Start::Ann
    };
    Ok(
        match played.rows_after.len() - usize::from(schedule.keeps_one) {
            0 if schedule.requests.iter().any(is_login) => LOGIN_ENDED,
            0 => NO_LOGIN,
            _ => LATER_LOGIN,
        },
    )
}

/// Whoever renewed it meanwhile.
fn what_was_there_is_over(schedule: &Schedule, played: &Played) -> Result<(), String> {
    let kept = usize::from(schedule.keeps_one);
    let before = &played.rows_before;
    let alive = before.iter().filter(|row| played.rows_after.contains(row));
    let alive = alive.count();
    if alive != kept {
        return Err(format!(
            "{alive} sessions of before are alive, and not {kept}"
        ));
    }
    // A login of another user ends the session before it.
    let ends_by_itself = |browser: &usize| {
        schedule.starts[*browser] == Start::Ann && schedule.has(*browser, "/log-in-bob")
    };
    let by_themselves = (0..schedule.starts.len()).filter(ends_by_itself).count();
    match played.ended.map(|ended| usize::try_from(ended).unwrap()) {
        Some(ended) if ended + by_themselves < before.len() => {
            Err(format!("{ended} of {} sessions are counted", before.len()))
        }
        _ => Ok(()),
    }
}

/// What is alive is a login that the store did not have before the ending began, and that did not see a session which was
/// ended: that would be a renewal.
fn what_is_there_came_later(played: &Played) -> Result<(), String> {
    let renews = |request: usize| {
        let mut loads = played.loads.iter().filter(|load| load.request == request);
        loads
            .any(|load| played.rows_before.contains(&load.row) && load.span.to < played.ending.from)
    };
    let came_later = |row: &RowKey| {
        let mut logins = played.logins.iter().filter(|login| login.row == *row);
        logins.any(|login| login.span.to >= played.ending.from && !renews(login.request))
    };
    let mut new = played
        .rows_after
        .iter()
        .filter(|row| !played.rows_before.contains(row));
    if new.all(came_later) {
        Ok(())
    } else {
        Err("a login that came before the ending is alive".to_owned())
    }
}

async fn who_stays_is_there<S: Store + Clone>(
    site: &Site<S>,
    schedule: &Schedule,
    played: &Played,
) -> Result<(), String> {
    let user_of = async |browser: usize| {
        let ticket = played.tickets[browser].as_deref();
        site.user_of(ticket.unwrap()).await
    };
    if schedule.keeps_one && user_of(0).await != ANN {
        return Err("the session that was to stay is over".to_owned());
    }
    let changes = ["/log-in-ann", "/log-in-bob", "/renew"];
    let bob_stays = changes.iter().all(|path| !schedule.has(1, path));
    if bob_stays && user_of(1).await != BOB {
        return Err("a session of another user is over".to_owned());
    }
    Ok(())
}

/// A second ending leaves nothing, whatever ticket there is.
async fn the_list_has_all<S: Store + Clone>(site: &Site<S>, played: &Played) -> Result<(), String> {
    let ended = site.sessions.end_all(&ANN).await.unwrap();
    let listed = played.rows_after.len();
    if usize::try_from(ended).unwrap() != listed {
        return Err(format!("{ended} ended and {listed} listed"));
    }
    for ticket in played.tickets.iter().flatten().chain(&played.new_tickets) {
        if site.user_of(ticket).await == ANN {
            return Err("a session is alive that no list has".to_owned());
        }
    }
    Ok(())
}
