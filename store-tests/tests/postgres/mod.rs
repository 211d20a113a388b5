//! What the tests of PostgreSQL share.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use session_postgres::PostgresStore;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use store_tests::{Server, postgres};

/// So few connections that the tests of all threads fit into one server.
pub(crate) fn pool_of(server: &Server) -> PgPool {
    pool_with(server, |options| options)
}

pub(crate) fn pool_with(
    server: &Server,
    change: impl FnOnce(PgConnectOptions) -> PgConnectOptions,
) -> PgPool {
    let options: PgConnectOptions = postgres::url(server).parse().unwrap();
    PgPoolOptions::new()
        .max_connections(8)
        .acquire_timeout(Duration::from_secs(60))
        .connect_lazy_with(change(options))
}

/// A name that no other test of this process has.
pub(crate) fn new_name() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    format!("table_{}", COUNT.fetch_add(1, Ordering::Relaxed))
}

/// A store with a table of its own.
pub(crate) async fn new_store(pool: PgPool) -> PostgresStore {
    let store = PostgresStore::new(pool).table(&new_name()).unwrap();
    store.create_tables().await.unwrap();
    store
}
