//! Each store behind a proxy.

use std::time::Duration;

use ::redis::Client;
use session_postgres::PostgresStore;
use session_redis::{RedisStore, SharedConnection};
use sqlx::postgres::PgPoolOptions;
use store_tests::postgres::shared_postgres;
use store_tests::redis::{shared_redis, shared_valkey};
use store_tests::{Proxy, Server};

pub(crate) struct Engine<S> {
    pub(crate) name: &'static str,
    pub(crate) proxy: Proxy,
    pub(crate) store: S,
}

pub(crate) fn redis() -> Engine<RedisStore<SharedConnection>> {
    redis_or_valkey("Redis", shared_redis())
}

pub(crate) fn valkey() -> Engine<RedisStore<SharedConnection>> {
    redis_or_valkey("Valkey", shared_valkey())
}

fn redis_or_valkey(name: &'static str, server: &Server) -> Engine<RedisStore<SharedConnection>> {
    let proxy = Proxy::new(server.address());
    let client = Client::open(format!("redis://{}/", proxy.address())).unwrap();
    let store = RedisStore::new(SharedConnection::new(client).unwrap());
    Engine { name, proxy, store }
}

pub(crate) async fn postgres() -> Engine<PostgresStore> {
    let proxy = Proxy::new(shared_postgres().address());
    let pool = PgPoolOptions::new()
        .max_connections(4)
        .acquire_timeout(Duration::from_secs(30));
    let url = format!("postgres://postgres@{}/postgres", proxy.address());
    let store = PostgresStore::new(pool.connect_lazy(&url).unwrap());
    store.create_tables().await.unwrap();
    Engine {
        name: "PostgreSQL",
        proxy,
        store,
    }
}
