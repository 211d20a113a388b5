//! The applications.

use std::env;

use axum::Router;
use axum::routing::get;
use harness::{Candidate, Contents, Standard, prove};
use session_postgres::PostgresStore;
use session_redis::RedisStore;
use session_runtime::store::Store;
use session_runtime::{Keyring, Session, SessionLayer};
use sqlx::postgres::PgPoolOptions;
use tokio::runtime::Builder;
use tower_sessions::{SessionManagerLayer, SessionStore};
use tower_sessions_redis_store::fred::prelude::{ClientLike as _, Config, Pool};
use tower_sessions_sqlx_store::sqlx::postgres::PgPoolOptions as TheirPgPoolOptions;

mod tower {
    include!("../../peers/src/tower_sessions.rs");
}

pub const BARE: &str = "bare";
pub const OURS: &str = "ours";
pub const THEIRS: &str = "tower-sessions";

/// The connections of each process to PostgreSQL.
const POOL: u32 = 8;

/// The variable with the key that both processes have.
pub const KEY: &str = "FLEET_KEY";

/// Serves until the process is stopped, and says where.
pub fn serve(name: &str, url: &str) {
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let router = router(name, url).await;
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await;
        let listener = listener.expect("a port");
        println!("{}", listener.local_addr().expect("a port").port());
        axum::serve(listener, router).await.expect("a server");
    });
}

async fn router(name: &str, url: &str) -> Router {
    let is_redis = url.starts_with("redis:");
    match name {
        BARE => Candidate::bare().router,
        OURS if is_redis => {
            let client = redis::Client::open(url).expect("an address");
            let connection = client.get_connection_manager().await.expect("a server");
            ours(RedisStore::new(connection)).await
        }
        OURS => {
            let pool = PgPoolOptions::new().max_connections(POOL).connect(url).await;
            let store = PostgresStore::new(pool.expect("a server"));
            store.create_tables().await.expect("tables");
            ours(store).await
        }
        THEIRS if is_redis => {
            let config = Config::from_url(url).expect("an address");
            let pool = Pool::new(config, None, None, None, 1).expect("a pool");
            pool.connect();
            pool.wait_for_connect().await.expect("a server");
            theirs(tower_sessions_redis_store::RedisStore::new(pool)).await
        }
        THEIRS => {
            let pool = TheirPgPoolOptions::new().max_connections(POOL).connect(url).await;
            let store = tower_sessions_sqlx_store::PostgresStore::new(pool.expect("a server"));
            store.migrate().await.expect("tables");
            theirs(store).await
        }
        other => panic!("there is no candidate {other}"),
    }
}

#[derive(Session)]
#[session(cookie = "counter", stored)]
struct Counter {
    #[session(merge = add)]
    count: u32,
}

async fn ours(store: impl Store + Clone) -> Router {
    let keys: Keyring = Keyring::new([env::var(KEY).expect("a key").parse().expect("a key")]).expect("a ring");
    let candidate = ours::stored::candidate_under::<ours::stored::Standard>(OURS, keys.clone(), store.clone(), 0);
    prove(&candidate, &Contents::of::<Standard>(0)).await;
    let counter = Router::new()
        .route("/count", get(async |mut session: Session<Counter>| session.count += 1))
        .route("/counted", get(async |session: Session<Counter>| session.count.to_string()))
        .layer(SessionLayer::<Counter>::stored(keys, store));
    candidate.router.merge(counter)
}

async fn theirs(store: impl SessionStore + Clone) -> Router {
    const COUNT: &str = "count";
    let candidate = tower::tower_sessions::<Standard>(THEIRS, store.clone(), 0);
    prove(&candidate, &Contents::of::<Standard>(0)).await;
    let count = async |session: tower_sessions::Session| {
        let count: u32 = session.get(COUNT).await.expect("a session").unwrap_or_default();
        session.insert(COUNT, count + 1).await.expect("a session");
    };
    let counted = async |session: tower_sessions::Session| {
        let count: Option<u32> = session.get(COUNT).await.expect("a session");
        count.unwrap_or_default().to_string()
    };
    let counter = Router::new()
        .route("/count", get(count))
        .route("/counted", get(counted))
        .layer(SessionManagerLayer::new(store));
    candidate.router.merge(counter)
}
