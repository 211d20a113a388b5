//! Several instances of an application on one store: one that is killed while it writes, one whose clock is wrong, and
//! those of two releases that move sessions out of their cookies.

use std::env;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, SystemTime};

use axum::Router;
use axum::routing::get;
use redis::Client;
use session_postgres::PostgresStore;
use session_redis::{RedisStore, SharedConnection};
use session_runtime::store::{
    Change, Commit, Committed, Created, Entry, EntryTag, Loaded, Mark, NewRow, Role, RowKey, Store,
};
use session_runtime::test_kit::{Browser, MovableClock};
use session_runtime::{Clock as _, Identity, Key, Keyring, Session, SessionLayer};
use sqlx::PgPool;
use store_tests::postgres::{self, shared_postgres};
use store_tests::redis::{shared_redis, shared_valkey};

/// The address of the store of a process that is killed.
const STORE: &str = "STORE_OF_THE_KILLED_INSTANCE";

const KEY: RowKey = RowKey::from_bytes([7; 16]);
const MARK: Mark = Mark::from_bytes([1; 8]);
const NOW: u64 = 1_800_000_000;

fn redis_url() -> String {
    format!("redis://{}/", shared_redis().address())
}

fn valkey_url() -> String {
    format!("redis://{}/", shared_valkey().address())
}

fn redis_store(url: &str, prefix: &str) -> RedisStore<SharedConnection> {
    let client = Client::open(url).unwrap();
    RedisStore::new(SharedConnection::new(client).unwrap()).prefix(prefix)
}

async fn postgres_store(url: &str, table: &str) -> PostgresStore {
    let pool = PgPool::connect(url).await.unwrap();
    let store = PostgresStore::new(pool).table(table).unwrap();
    store.create_tables().await.unwrap();
    store
}

fn value(number: u32) -> Change {
    Change::Set(Entry {
        tag: EntryTag::from_bytes([0, 0, 1]),
        role: Role::Base,
        // As long as a sealed entry is at least: a store looks at its name.
        sealed: [&number.to_be_bytes()[..], &[0; 60]].concat().into(),
    })
}

/// The numbers of both fields. Each commit sets both to one number.
async fn numbers(store: &impl Store) -> Vec<u32> {
    let Loaded::Alive(row) = store.load(KEY, NOW).await.unwrap() else {
        panic!("the row is gone");
    };
    let number = |entry: &Entry| u32::from_be_bytes(entry.sealed[..4].try_into().unwrap());
    row.entries.iter().map(number).collect()
}

async fn set_both(store: &impl Store, number: u32) {
    let Change::Set(first) = value(number) else {
        unreachable!()
    };
    let second = Entry {
        tag: EntryTag::from_bytes([0, 0, 2]),
        ..first.clone()
    };
    let commit = Commit {
        mark: MARK,
        seen: &[],
        changes: &[Change::Set(first), Change::Set(second)],
        expires: None,
        renewal: None,
    };
    let committed = store.commit(KEY, commit, NOW).await.unwrap();
    assert_eq!(committed, Committed::Done);
}

/// Writes until it is killed, and prints each number that was answered. Without the environment variable it does nothing.
#[tokio::test]
async fn the_instance_that_is_killed() {
    let Ok(url) = env::var(STORE) else { return };
    if url.starts_with("redis:") {
        write_forever(redis_store(&url, "killed:")).await;
    } else {
        write_forever(postgres_store(&url, "killed").await).await;
    }
}

async fn write_forever(store: impl Store) {
    for number in 1.. {
        set_both(&store, number).await;
        let mut out = std::io::stdout();
        writeln!(out, "\nset {number}").unwrap();
        out.flush().unwrap();
    }
}

fn instance(url: &str) -> Child {
    Command::new(env::current_exe().unwrap())
        .args([
            "--exact",
            "the_instance_that_is_killed",
            "--nocapture",
            "--quiet",
        ])
        .env(STORE, url)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// What was answered is there, what was not is there as a whole or not at all, and nothing is locked.
async fn a_killed_instance_leaves_nothing_behind(store: impl Store, url: &str) {
    let row = NewRow {
        key: KEY,
        mark: MARK,
        owner: None,
        expires: NOW + 300,
        entries: &[],
        label: None,
    };
    assert_eq!(store.create(row, NOW).await.unwrap(), Created::Done);
    for _ in 0..8 {
        let mut child = instance(url);
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut answered = lines.filter_map(|line| line.ok()?.strip_prefix("set ")?.parse().ok());
        let mut last: u32 = 0;
        for _ in 0..30 {
            last = answered.next().unwrap();
        }
        child.kill().unwrap();
        child.wait().unwrap();
        last = answered.last().unwrap_or(last);
        // A statement that has reached the server is carried out after the kill.
        tokio::time::sleep(Duration::from_millis(100)).await;
        let left = numbers(&store).await;
        assert!(
            left == [last, last] || left == [last + 1, last + 1],
            "{last} was answered: {left:?}"
        );
        set_both(&store, 0).await;
        assert_eq!(numbers(&store).await, [0, 0]);
    }
}

#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(no_redis, ignore = "there is no redis-server")]
async fn an_instance_that_is_killed_leaves_nothing_half_written_in_redis() {
    let store = redis_store(&redis_url(), "killed:");
    a_killed_instance_leaves_nothing_behind(store, &redis_url()).await;
}

#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(no_valkey, ignore = "there is no valkey-server")]
async fn an_instance_that_is_killed_leaves_nothing_half_written_in_valkey() {
    let store = redis_store(&valkey_url(), "killed:");
    a_killed_instance_leaves_nothing_behind(store, &valkey_url()).await;
}

#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(no_postgres, ignore = "there is no postgres")]
async fn an_instance_that_is_killed_leaves_nothing_half_written_in_postgres() {
    let url = postgres::url(shared_postgres());
    let store = postgres_store(&url, "killed").await;
    a_killed_instance_leaves_nothing_behind(store, &url).await;
}

#[derive(Session)]
#[session(cookie = "shop", stored, idle = "1h", max = "2h")]
struct Shop {
    #[session(identity)]
    user: Identity<u32>,
    #[session(merge = add)]
    visits: u32,
}

/// An instance whose clock is so many seconds ahead, or behind.
fn instance_at(
    store: impl Store,
    key: &Key,
    clock: &MovableClock,
    seconds: i64,
) -> Browser<Router> {
    let own = MovableClock::new();
    let by = Duration::from_secs(seconds.unsigned_abs());
    own.set(if seconds < 0 {
        clock.now() - by
    } else {
        clock.now() + by
    });
    let keys = Keyring::new([key.clone()]).unwrap();
    instance_with(SessionLayer::<Shop>::stored(keys, store).clock(own))
}

fn instance_with(layer: SessionLayer<Shop>) -> Browser<Router> {
    Browser::new(
        Router::new()
            .route(
                "/log-in",
                get(async |mut session: Session<Shop>| Session::log_in(&mut session, 7)),
            )
            .route(
                "/log-out",
                get(async |mut session: Session<Shop>| Session::log_out(&mut session)),
            )
            .route(
                "/visit",
                get(async |mut session: Session<Shop>| session.visits += 1),
            )
            .route(
                "/show",
                get(async |session: Session<Shop>| {
                    let user = session.user.map_or("-".to_owned(), |user| user.to_string());
                    format!("{user} {}", session.visits)
                }),
            )
            .layer(layer),
    )
}

/// The visitor of one instance comes to another one.
fn hand_over(from: &Browser<Router>, to: &mut Browser<Router>) {
    for cookie in from.cookies() {
        to.set_cookie(format!(
            "{}={}; Secure; Path=/",
            cookie.name(),
            cookie.value()
        ));
    }
}

/// Up to a minute nobody notices. From further ahead a session is refused, as in a cookie. No clock makes one last longer
/// than its ticket says.
async fn a_wrong_clock_extends_nothing<S: Store + Clone>(store: S) {
    let (key, clock) = (Key::generate(), MovableClock::new());
    // Redis deletes what is over by its own clock.
    clock.set(SystemTime::now());
    let at = |seconds| instance_at(store.clone(), &key, &clock, seconds);
    let text = async |browser: &mut Browser<Router>| {
        let page = browser.get("/show").await;
        page.text().to_string()
    };
    for (ahead, expected) in [(50, "7 2"), (-50, "7 2"), (90, "- 0"), (-90, "7 2")] {
        let mut wrong = at(ahead);
        wrong.get("/log-in").await;
        wrong.get("/visit").await;
        let mut right = at(0);
        hand_over(&wrong, &mut right);
        right.get("/visit").await;
        assert_eq!(
            text(&mut right).await == "7 2",
            expected == "7 2",
            "a clock that is {ahead} s ahead"
        );
    }
    let mut right = at(0);
    right.get("/log-in").await;
    let mut late = at(3600 + 90);
    hand_over(&right, &mut late);
    assert_eq!(text(&mut late).await, "- 0", "idle is over there");
    assert_eq!(text(&mut right).await, "7 0", "and not here");
}

#[tokio::test]
#[cfg_attr(no_redis, ignore = "there is no redis-server")]
async fn an_instance_with_a_wrong_clock_extends_nothing_in_redis() {
    a_wrong_clock_extends_nothing(redis_store(&redis_url(), "clocks:")).await;
}

#[tokio::test]
#[cfg_attr(no_valkey, ignore = "there is no valkey-server")]
async fn an_instance_with_a_wrong_clock_extends_nothing_in_valkey() {
    a_wrong_clock_extends_nothing(redis_store(&valkey_url(), "clocks:")).await;
}

#[tokio::test]
#[cfg_attr(no_postgres, ignore = "there is no postgres")]
async fn an_instance_with_a_wrong_clock_extends_nothing_in_postgres() {
    let url = postgres::url(shared_postgres());
    a_wrong_clock_extends_nothing(postgres_store(&url, "clocks").await).await;
}

/// Many requests at once take the session over: one row, all changes, and a logout that ends every copy.
async fn a_session_moves_out_of_its_cookie<S: Store + Clone>(store: S) {
    let keys = Keyring::ephemeral();
    let layer = || SessionLayer::<Shop>::stored(keys.clone(), store.clone());
    let still = || instance_with(layer().still_in_cookies());
    let adopting = || instance_with(layer().adopt_until("2999-01-01T00:00:00Z"));
    let show = async |from: &Browser<Router>, mut at: Browser<Router>| {
        hand_over(from, &mut at);
        at.get("/show").await.text().into_owned()
    };
    let mut first = still();
    first.get("/log-in").await;
    first.get("/visit").await;
    let visits: Vec<_> = (0..32)
        .map(|_| {
            let mut tab = adopting();
            hand_over(&first, &mut tab);
            tokio::spawn(async move {
                assert_eq!(tab.get("/visit").await.status(), 200);
                tab
            })
        })
        .collect();
    let mut moved = adopting();
    for visit in visits {
        moved = visit.await.unwrap();
    }
    for from in [&first, &moved] {
        assert_eq!(show(from, still()).await, "7 33");
        assert_eq!(show(from, adopting()).await, "7 33");
    }
    assert_eq!(layer().sessions().of(&7).await.unwrap().len(), 1);
    let mut leaving = still();
    hand_over(&first, &mut leaving);
    leaving.get("/log-out").await;
    for from in [&first, &moved] {
        assert_eq!(show(from, still()).await, "- 0");
        assert_eq!(show(from, adopting()).await, "- 0");
    }
    // One that was never taken over.
    let mut in_cookie = still();
    in_cookie.get("/log-in").await;
    let mut leaving = adopting();
    hand_over(&in_cookie, &mut leaving);
    leaving.get("/log-out").await;
    assert_eq!(show(&in_cookie, still()).await, "- 0");
    assert_eq!(show(&in_cookie, adopting()).await, "- 0");
}

#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(no_redis, ignore = "there is no redis-server")]
async fn a_session_moves_out_of_its_cookie_into_redis() {
    a_session_moves_out_of_its_cookie(redis_store(&redis_url(), "moves:")).await;
}

#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(no_valkey, ignore = "there is no valkey-server")]
async fn a_session_moves_out_of_its_cookie_into_valkey() {
    a_session_moves_out_of_its_cookie(redis_store(&valkey_url(), "moves:")).await;
}

#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(no_postgres, ignore = "there is no postgres")]
async fn a_session_moves_out_of_its_cookie_into_postgres() {
    let url = postgres::url(shared_postgres());
    a_session_moves_out_of_its_cookie(postgres_store(&url, "moves").await).await;
}
