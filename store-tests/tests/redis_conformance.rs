//! Every sentence that a store keeps, on a real server. Each store has a prefix of its own.

use std::sync::atomic::{AtomicU32, Ordering};

use redis::Client;
use redis::aio::ConnectionManagerConfig;
use session_redis::{RedisStore, SharedConnection};
use store_tests::redis::shared_redis;

async fn empty_store() -> RedisStore<SharedConnection> {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let prefix = format!("store-{}:", COUNT.fetch_add(1, Ordering::Relaxed));
    let client = Client::open(format!("redis://{}/", shared_redis().address())).unwrap();
    // A machine that is busy is no mistake of the store.
    let patient = ConnectionManagerConfig::new().set_response_timeout(None);
    let connection = SharedConnection::with_config(client, patient);
    RedisStore::new(connection.unwrap()).prefix(&prefix)
}

session_runtime::store_conformance!(
    #[cfg_attr(no_redis, ignore = "there is no redis-server")]
    empty_store
);
