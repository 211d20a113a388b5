//! What an application sees of a PostgreSQL that is gone, frozen, full of connections, or a copy.

#[allow(dead_code, reason = "a part of what tests share")]
mod postgres;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::http::header::SET_COOKIE;
use axum::routing::get;
use postgres::{
    EXPIRES, NOW, entries, entry, key, login, logout, new_name, new_store, owner, pool_of, row,
    set, store_in,
};
use session_postgres::PostgresStore;
use session_runtime::store::{Committed, Created, Ended, Loaded, Store as _, StoreErrorKind, Why};
use session_runtime::test_kit::Browser;
use session_runtime::{Identity, Keyring, Session, SessionLayer};
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::{AssertSqlSafe, Executor as _, query_scalar};
use store_tests::postgres::{crash, freeze, promote, shared_postgres, standby, url};
use store_tests::{Fault, Proxy, Server, postgres as servers};
use tokio::sync::Barrier;
use tokio::time::{sleep, timeout};

/// Longer than any test takes.
const PATIENCE: Duration = Duration::from_secs(20);

#[derive(Session)]
#[session(stored)]
struct Shop {
    #[session(identity)]
    user: Identity<u32>,
    visits: u32,
}

async fn visit(mut session: Session<Shop>) -> String {
    session.visits += 1;
    session.visits.to_string()
}

async fn log_in(mut session: Session<Shop>) {
    Session::log_in(&mut session, 7);
}

async fn log_out(mut session: Session<Shop>) {
    Session::log_out(&mut session);
}

fn browser_of(store: &PostgresStore) -> Browser<Router> {
    let routes = Router::new()
        .route("/visit", get(visit))
        .route("/log-in", get(log_in))
        .route("/log-out", get(log_out));
    let layer = SessionLayer::<Shop>::stored(Keyring::ephemeral(), store.clone());
    Browser::new(routes.layer(layer))
}

/// A server that has just been started may need longer than a request waits.
async fn visit_until_it_works(browser: &mut Browser<Router>) -> String {
    for _ in 0..30 {
        let response = browser.get("/visit").await;
        if response.status() == 200 {
            return response.text().into_owned();
        }
        assert_eq!(response.status(), 503);
    }
    panic!("it does not work again");
}

#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(no_postgres, ignore = "there is no postgres")]
async fn after_a_restart_of_the_server_the_application_goes_on_with_its_sessions() {
    for is_tested in [true, false] {
        let mut server = servers::postgres(&["fsync=off"]);
        let pool = PgPoolOptions::new()
            .max_connections(4)
            .test_before_acquire(is_tested)
            .connect_lazy(&url(&server))
            .unwrap();
        let store = new_store(pool).await;
        let mut browser = browser_of(&store);
        browser.get("/log-in").await;
        assert_eq!(browser.get("/visit").await.text(), "1");
        server.shut_down();
        let response = browser.get("/visit").await;
        assert_eq!(response.status(), 503);
        assert!(!response.headers().contains_key(SET_COOKIE));
        server.run();
        assert_eq!(visit_until_it_works(&mut browser).await, "2");
        server.shut_down();
        server.run();
        assert_eq!(visit_until_it_works(&mut browser).await, "3");
    }
}

#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(no_postgres, ignore = "there is no postgres")]
async fn what_was_answered_before_a_crash_is_there_after_it() {
    let mut server = servers::postgres(&["fsync=on", "synchronous_commit=on"]);
    let store = new_store(pool_of(&server)).await;
    for number in 0..8 {
        store.create(row(number, None), NOW).await.unwrap();
    }
    let is_over = Arc::new(AtomicBool::new(false));
    let all_write = Arc::new(Barrier::new(9));
    let writers: Vec<_> = (0..8)
        .map(|number| {
            let (store, is_over, all_write) = (store.clone(), is_over.clone(), all_write.clone());
            tokio::spawn(async move {
                set(&store, number, 1, 1).await.unwrap();
                all_write.wait().await;
                let mut answered = 1;
                while !is_over.load(Ordering::Relaxed) {
                    match set(&store, number, 1, answered + 1).await {
                        Ok(committed) => assert_eq!(committed, Committed::Done),
                        Err(_) => break,
                    }
                    answered += 1;
                }
                // The one without an answer may be there too.
                [answered, answered + 1]
            })
        })
        .collect();
    all_write.wait().await;
    sleep(Duration::from_millis(500)).await;
    restart(&mut server);
    is_over.store(true, Ordering::Relaxed);
    for (number, writer) in (0..).zip(writers) {
        let possible = writer.await.unwrap();
        let there = entries(&store, number).await;
        let is_possible = possible.iter().any(|value| there == [entry(1, *value)]);
        assert!(
            is_possible,
            "row {number} should be one of {possible:?}: {there:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(no_postgres, ignore = "there is no postgres")]
async fn logins_and_endings_survive_a_crash_although_the_application_does_not_wait_for_the_disk() {
    let settings = [
        "synchronous_commit=off",
        "wal_writer_delay=10s",
        "autovacuum=off",
    ];
    let mut server = servers::postgres(&settings);
    let store = new_store(pool_of(&server)).await;
    let owners = [owner(1)];
    for number in 0..4 {
        store.create(row(number, None), NOW).await.unwrap();
    }
    store.commit(key(1), login(2, owner(1)), NOW).await.unwrap();
    restart(&mut server);
    let listed = store.list(&owners, NOW).await.unwrap();
    assert_eq!(listed.len(), 1, "a login");
    store.end(key(2), logout(&[]), NOW).await.unwrap();
    restart(&mut server);
    assert_eq!(
        store.load(key(2), NOW).await.unwrap(),
        Loaded::Ended(Why::ByVisitor)
    );
    store.end_all(&owners, None, EXPIRES, NOW).await.unwrap();
    restart(&mut server);
    assert_eq!(store.list(&owners, NOW).await.unwrap(), []);
}

/// Crashes it and starts it again.
fn restart(server: &mut Server) {
    crash(server);
    server.run();
}

#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(no_postgres, ignore = "there is no postgres")]
async fn a_frozen_server_is_a_503_and_no_connection_is_lost_by_it() {
    let server = servers::postgres(&["fsync=off"]);
    let pool = PgPoolOptions::new()
        .max_connections(2)
        .connect_lazy(&url(&server))
        .unwrap();
    let store = new_store(pool).await;
    let mut browser = browser_of(&store);
    browser.get("/log-in").await;
    let frozen = freeze(&server);
    // As many as take every connection of the pool, and some more. Nothing would answer without the layer's limit.
    for _ in 0..4 {
        assert_eq!(browser.get("/visit").await.status(), 503);
    }
    let response = browser.get("/log-out").await;
    assert_eq!(response.status(), 503);
    drop(frozen);
    let mut other = browser_of(&store);
    assert_eq!(visit_until_it_works(&mut other).await, "1");
    let both = (store.load(key(1), NOW), store.load(key(2), NOW));
    assert!(both.0.await.is_ok() && both.1.await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(no_postgres, ignore = "there is no postgres")]
async fn a_pool_that_the_application_has_emptied_is_a_503() {
    let table = new_name();
    store_in(pool_of(shared_postgres()), &table).await;
    let pool = PgPoolOptions::new()
        .max_connections(1)
        .acquire_timeout(Duration::from_millis(200))
        .connect_lazy(&url(shared_postgres()))
        .unwrap();
    let store = store_in(pool.clone(), &table).await;
    let mut browser = browser_of(&store);
    assert_eq!(browser.get("/visit").await.text(), "1");
    let taken = pool.acquire().await.unwrap();
    assert_eq!(browser.get("/visit").await.status(), 503);
    let error = store.check().await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Timeout, "{error}");
    drop(taken);
    assert_eq!(browser.get("/visit").await.text(), "2");
    store.check().await.unwrap();
}

#[tokio::test]
#[cfg_attr(no_postgres, ignore = "there is no postgres")]
async fn a_check_says_why_the_server_cannot_be_reached_before_the_pool_does() {
    let nobody = "postgres://postgres@127.0.0.1:1/postgres";
    let store = PostgresStore::new(PgPool::connect_lazy(nobody).unwrap());
    let error = store.check().await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Unreachable);
    assert!(error.to_string().contains("refused"), "{error}");
    let impatient = PgPoolOptions::new()
        .acquire_timeout(Duration::from_millis(50))
        .connect_lazy(nobody)
        .unwrap();
    let store = PostgresStore::new(impatient);
    let error = store.load(key(1), NOW).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Timeout, "{error}");
    let error = store.create_tables().await.unwrap_err();
    assert!(error.to_string().contains("refused"), "{error}");
    let closed = PgPool::connect_lazy(nobody).unwrap();
    closed.close().await;
    let error = PostgresStore::new(closed)
        .load(key(1), NOW)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Other, "{error}");
}

#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(no_postgres, ignore = "there is no postgres")]
async fn a_copy_reads_and_refuses_writes_and_lacks_what_did_not_reach_it_when_it_is_promoted() {
    let mut primary = servers::postgres(&["fsync=off", "synchronous_commit=on"]);
    let table = new_name();
    let before = store_in(pool_of(&primary), &table).await;
    for number in [1, 2] {
        before
            .create(row(number, Some(owner(1))), NOW)
            .await
            .unwrap();
    }
    let replica = standby(&primary);
    let pool = pool_of(&replica);
    let after = PostgresStore::new(pool.clone()).table(&table).unwrap();

    let owners = [owner(1)];
    assert_eq!(
        before.end(key(1), logout(&owners), NOW).await.unwrap(),
        Ended::Done
    );
    let arrived = Loaded::Ended(Why::ByVisitor);
    while after.load(key(1), NOW).await.unwrap() != arrived {
        sleep(Duration::from_millis(10)).await;
    }
    let refused = after.end(key(2), logout(&owners), NOW).await.unwrap_err();
    assert_eq!(refused.kind(), StoreErrorKind::ReadOnly, "{refused}");
    let refused = after
        .commit(key(2), login(2, owner(1)), NOW)
        .await
        .unwrap_err();
    assert_eq!(refused.kind(), StoreErrorKind::ReadOnly, "{refused}");

    // The copy falls behind, the user logs out, and the primary server is lost.
    pool.execute("ALTER SYSTEM SET primary_conninfo = ''")
        .await
        .unwrap();
    pool.execute("SELECT pg_reload_conf()").await.unwrap();
    let following = "SELECT count(*) FROM pg_stat_wal_receiver";
    while query_scalar::<_, i64>(following)
        .fetch_one(&pool)
        .await
        .unwrap()
        > 0
    {
        sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(
        before.end(key(2), logout(&owners), NOW).await.unwrap(),
        Ended::Done
    );
    crash(&mut primary);
    promote(&replica);
    assert_eq!(after.load(key(1), NOW).await.unwrap(), arrived);
    assert_eq!(
        after.create(row(3, None), NOW).await.unwrap(),
        Created::Done
    );
    let second = after.load(key(2), NOW).await.unwrap();
    assert!(
        matches!(second, Loaded::Alive(_)),
        "the logout was lost: {second:?}"
    );
}

#[tokio::test]
#[cfg_attr(no_postgres, ignore = "there is no postgres")]
async fn what_waits_longer_than_the_server_allows_is_a_timeout() {
    let pool = postgres::pool_with(shared_postgres(), |options| {
        options.options([("lock_timeout", "50ms"), ("statement_timeout", "10s")])
    });
    let table = new_name();
    let store = store_in(pool.clone(), &table).await;
    store.create(row(1, None), NOW).await.unwrap();
    let mut holder = pool.begin().await.unwrap();
    let lock = format!("SELECT expires FROM {table} FOR UPDATE");
    let _: i64 = query_scalar(AssertSqlSafe(lock))
        .fetch_one(&mut *holder)
        .await
        .unwrap();
    let error = set(&store, 1, 1, 1).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Timeout, "{error}");
    assert!(matches!(
        store.load(key(1), NOW).await.unwrap(),
        Loaded::Alive(_)
    ));
    holder.rollback().await.unwrap();
    assert_eq!(set(&store, 1, 1, 1).await.unwrap(), Committed::Done);
}

/// A login that is given up before the server has answered to its `BEGIN` leaves no transaction open. What is written on
/// the connection afterwards would be undone with it.
#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(no_postgres, ignore = "there is no postgres")]
async fn a_login_that_is_given_up_leaves_no_transaction_on_its_connection() {
    let proxy = Proxy::new(shared_postgres().address());
    let url = format!("postgres://postgres@{}/postgres", proxy.address());
    let pool = PgPoolOptions::new()
        .max_connections(1)
        .test_before_acquire(false)
        .connect(&url);
    let table = new_name();
    let store = store_in(pool.await.unwrap(), &table).await;
    let other_server = store_in(pool_of(shared_postgres()), &table).await;

    proxy.disturb(Fault::Slow(Duration::from_millis(600)));
    let login = store.create(row(1, Some(owner(7))), NOW);
    assert!(timeout(Duration::from_millis(200), login).await.is_err());
    proxy.disturb(Fault::Slow(Duration::ZERO));

    let created = timeout(PATIENCE, store.create(row(2, None), NOW)).await;
    assert_eq!(created.unwrap().unwrap(), Created::Done);
    let seen = other_server.load(key(2), NOW).await.unwrap();
    assert!(matches!(seen, Loaded::Alive(_)), "{seen:?}");
    let seen = other_server.load(key(1), NOW).await.unwrap();
    assert_eq!(seen, Loaded::Missing);
}

/// Wherever a login is given up, its connection is not lent out with what it had begun.
#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(no_postgres, ignore = "there is no postgres")]
async fn logins_that_are_given_up_at_any_moment_leave_no_transaction_open() {
    let table = new_name();
    let options: PgConnectOptions = url(shared_postgres()).parse().unwrap();
    let pool = PgPoolOptions::new()
        .max_connections(2)
        .test_before_acquire(false)
        .connect_with(options.application_name(&table));
    let store = store_in(pool.await.unwrap(), &table).await;
    let observer = pool_of(shared_postgres());
    let open = "SELECT count(*) FROM pg_stat_activity \
                WHERE application_name = $1 AND state LIKE 'idle in transaction%'";
    for number in 0..200 {
        let login = store.create(row(number, Some(owner(7))), NOW);
        let moment = Duration::from_micros(25) * number;
        let is_done = timeout(moment, login).await.is_ok();
        // What the application writes now is seen by others at once.
        let written = store.create(row(number, Some(owner(8))), NOW);
        let written = timeout(PATIENCE, written).await.unwrap().unwrap();
        assert!(!is_done || written != Created::Done, "{number}");
    }
    let wait = async {
        while query_scalar::<_, i64>(open)
            .bind(&table)
            .fetch_one(&observer)
            .await
            .unwrap()
            > 0
        {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(PATIENCE, wait).await.unwrap();
    let other_server = store_in(observer, &table).await;
    for number in 0..200 {
        let seen = other_server.load(key(number), NOW).await.unwrap();
        assert!(matches!(seen, Loaded::Alive(_)), "{number}: {seen:?}");
    }
}

/// The same while the table is created, for whoever sets a time limit for that.
#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(no_postgres, ignore = "there is no postgres")]
async fn a_creation_of_tables_that_is_given_up_leaves_no_transaction_on_its_connection() {
    let proxy = Proxy::new(shared_postgres().address());
    let table = new_name();
    let url = format!("postgres://postgres@{}/postgres", proxy.address());
    let options: PgConnectOptions = url.parse().unwrap();
    let pool = PgPoolOptions::new()
        .max_connections(1)
        .test_before_acquire(false)
        .connect_with(options.application_name(&table));
    let pool = pool.await.unwrap();
    let other_server = pool_of(shared_postgres());
    let store = PostgresStore::new(pool.clone()).table(&table).unwrap();

    proxy.disturb(Fault::Slow(Duration::from_millis(600)));
    let creation = tokio::spawn(async move { store.create_tables().await });
    let begun = "SELECT count(*) FROM pg_stat_activity \
                 WHERE application_name = $1 AND state = 'idle in transaction' AND query LIKE 'BEGIN%'";
    let wait = async {
        while query_scalar::<_, i64>(begun)
            .bind(&table)
            .fetch_one(&other_server)
            .await
            .unwrap()
            == 0
        {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(PATIENCE, wait).await.unwrap();
    creation.abort();
    assert!(creation.await.unwrap_err().is_cancelled());
    proxy.disturb(Fault::Slow(Duration::ZERO));

    let of_the_application = format!("CREATE TABLE {table}_orders (id int)");
    let written = pool.execute(AssertSqlSafe(of_the_application));
    timeout(PATIENCE, written).await.unwrap().unwrap();
    let is_seen: bool = query_scalar("SELECT to_regclass($1) IS NOT NULL")
        .bind(format!("{table}_orders"))
        .fetch_one(&other_server)
        .await
        .unwrap();
    assert!(is_seen);
}
