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
use redis::aio::ConnectionManager;
use session_postgres::PostgresStore;
use session_redis::RedisStore;
use session_runtime::store::{MemoryStore, RowKey, Store};
use session_runtime::test_kit::Browser;
use session_runtime::{Identity, Keyring, Session, SessionError, SessionLayer, Sessions};
use session_sqlite::SqliteStore;
use sqlx::postgres::PgPoolOptions;
use store_tests::Server;
use store_tests::postgres::{self, shared_postgres};
use store_tests::redis::{shared_redis, shared_valkey};

use self::dice::Dice;
use self::staged::{REQUEST, Staged};

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
    in_every_schedule(async |schedule| redis_store(shared_redis(), schedule).await).await;
}

#[tokio::test]
#[cfg_attr(no_valkey, ignore = "there is no valkey-server")]
async fn nothing_escapes_in_valkey() {
    in_every_schedule(async |schedule| redis_store(shared_valkey(), schedule).await).await;
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

async fn redis_store(server: &Server, schedule: u32) -> RedisStore<ConnectionManager> {
    let client = redis::Client::open(format!("redis://{}/", server.address())).unwrap();
    let connection = client.get_connection_manager().await.unwrap();
    RedisStore::new(connection).prefix(&format!("schedule-{schedule}:"))
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
    assert_eq!(page.status(), 200, "{path}");
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

/// Says what became of the logins that were under way, or which promise is broken.
async fn run<S: Store + Clone>(store: Staged<S>, schedule: u32) -> Result<&'static str, String> {
    let mut dice = Dice::new(schedule);
    let site = Site::new(store);
    let keeps_one = schedule % 3 == 0;
    let mut starts = vec![Start::Ann, Start::Bob];
    for _ in 0..dice.below(3) {
        starts.push([Start::Nothing, Start::Nobody, Start::Ann][dice.below(3)]);
    }
    let mut tickets = Vec::new();
    for &start in &starts {
        tickets.push(site.found(start).await);
    }
    let rows_before = site.rows_of_ann().await;
    let stage = site.store.stage();
    (stage.take_logins(), stage.take_loads());

    let requests: Vec<_> = (0..2 + dice.below(4))
        .map(|_| (dice.below(starts.len()), PATHS[dice.below(PATHS.len())]))
        // The browser that stays logged in does nothing else.
        .filter(|(browser, _)| !(keeps_one && *browser == 0))
        .collect();
    let mut sent: Vec<_> = requests
        .iter()
        .map(|(browser, path)| (*browser, *path))
        .collect();
    if keeps_one {
        sent.push((0, "/end-others"));
    }
    let asked = sent.iter().enumerate().map(|(number, &(browser, path))| {
        let (router, ticket) = (site.router.clone(), tickets[browser].clone());
        let store = site.store.clone();
        tokio::spawn(REQUEST.scope(number, async move {
            let ticket = ask(router, ticket, path).await;
            store.stage().is_answered();
            ticket
        }))
    });
    let asked: Vec<_> = asked.collect();
    let job = (!keeps_one).then(|| {
        let (sessions, store) = (site.sessions.clone(), site.store.clone());
        tokio::spawn(async move {
            let ended = sessions.end_all(&ANN).await.unwrap();
            store.stage().is_answered();
            ended
        })
    });
    let stage = site.store.stage();
    stage
        .run(sent.len() + usize::from(!keeps_one), &mut dice)
        .await;
    let mut new_tickets = Vec::new();
    for asked in asked {
        new_tickets.extend(asked.await.unwrap());
    }
    let all: Vec<String> = tickets
        .iter()
        .flatten()
        .cloned()
        .chain(new_tickets)
        .collect();

    // What was logged in before is over, whoever renewed it meanwhile.
    let ended_at = stage.end_all().ok_or("the sessions were not ended")?;
    let kept = usize::from(keeps_one);
    let rows_after = site.rows_of_ann().await;
    let survivors = rows_before
        .iter()
        .filter(|row| rows_after.contains(row))
        .count();
    if survivors != kept {
        return Err(format!(
            "{survivors} sessions of before are alive, and not {kept}"
        ));
    }
    if let Some(job) = job {
        let ended = usize::try_from(job.await.unwrap()).unwrap();
        // A login of another user ends the session before it.
        let ends_by_itself = |browser: &usize| {
            starts[*browser] == Start::Ann && requests.contains(&(*browser, "/log-in-bob"))
        };
        let by_themselves = (0..starts.len()).filter(ends_by_itself).count();
        if ended + by_themselves < rows_before.len() {
            return Err(format!(
                "{ended} of {} sessions are counted",
                rows_before.len()
            ));
        }
    }
    // What is alive is a login that the store did not have before the ending began, and that did not see a session which
    // was ended: that would be a renewal.
    let (logins, loads) = (stage.take_logins(), stage.take_loads());
    let renews = |request: usize| {
        let mut loads = loads.iter().filter(|load| load.request == request);
        loads.any(|load| rows_before.contains(&load.row) && load.span.to < ended_at.from)
    };
    for row in rows_after.iter().filter(|row| !rows_before.contains(row)) {
        let mut logins = logins.iter().filter(|login| login.row == *row);
        if !logins.any(|login| login.span.to >= ended_at.from && !renews(login.request)) {
            return Err("a login that came before the ending is alive".to_owned());
        }
    }
    if keeps_one && site.user_of(tickets[0].as_deref().unwrap()).await != ANN {
        return Err("the session that was to stay is over".to_owned());
    }
    let bob = tickets[1].as_deref().unwrap();
    let bob_stays = requests
        .iter()
        .all(|(browser, path)| *browser != 1 || *path == "/visit");
    if bob_stays && site.user_of(bob).await != BOB {
        return Err("a session of another user is over".to_owned());
    }
    // Whatever is alive of the user is in the list: a second ending leaves nothing.
    let ended = usize::try_from(site.sessions.end_all(&ANN).await.unwrap()).unwrap();
    for ticket in &all {
        if site.user_of(ticket).await == ANN {
            return Err("a session is alive that no list has".to_owned());
        }
    }
    if ended != rows_after.len() {
        return Err(format!("{ended} ended and {} listed", rows_after.len()));
    }
    let logs_in = requests
        .iter()
        .any(|(browser, path)| *path == "/log-in-ann" && starts[*browser] != Start::Ann);
    Ok(match rows_after.len() - kept {
        0 if logs_in => LOGIN_ENDED,
        0 => NO_LOGIN,
        _ => LATER_LOGIN,
    })
}
