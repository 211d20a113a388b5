//! Every sentence that a store keeps, on a cluster of three nodes.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use redis::Client;
use redis::aio::ConnectionManager;
use redis::cluster::ClusterClient;
use redis::cluster_async::ClusterConnection;
use session_redis::{Connections, RedisStore};
use session_runtime::store::{Mark, NewRow, Owner, RowKey, Store, StoreError, StoreErrorKind};
use store_tests::redis::shared_cluster;

/// Far away, so that Redis deletes nothing of a test.
const NOW: u64 = 5_000_000_000;

fn address(node: usize) -> String {
    format!("redis://{}/", shared_cluster()[node].address())
}

async fn empty_store() -> RedisStore<ClusterConnection> {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let prefix = format!("store-{}:", COUNT.fetch_add(1, Ordering::Relaxed));
    // A machine that is busy is no mistake of the store.
    let client = ClusterClient::builder([address(0), address(1), address(2)])
        .response_timeout(Duration::from_secs(20))
        .build()
        .unwrap();
    let connection = client.get_async_connection().await.unwrap();
    RedisStore::new(connection).prefix(&prefix)
}

session_runtime::store_conformance!(
    #[cfg_attr(no_redis, ignore = "there is no redis-server")]
    empty_store
);

#[tokio::test]
#[cfg_attr(no_redis, ignore = "there is no redis-server")]
async fn many_sessions_of_a_user_are_listed_and_ended_on_all_nodes() {
    let (store, user) = (empty_store().await, Owner::from_bytes([5; 16]));
    create_many(&store, user, 250).await;
    assert_eq!(store.list(&[user], NOW).await.unwrap().len(), 250);
    let ended = store.end_all(&[user], None, NOW + 3600, NOW).await;
    assert_eq!(ended.unwrap(), 250);
    assert_eq!(store.list(&[user], NOW).await.unwrap(), []);
}

async fn create_many(store: &impl Store, user: Owner, count: u8) {
    for number in 0..count {
        let row = NewRow {
            key: RowKey::from_bytes([number; 16]),
            mark: Mark::from_bytes([1; 8]),
            owner: Some(user),
            expires: NOW + 3600,
            entries: &[],
            label: None,
        };
        store.create(row, NOW).await.unwrap();
    }
}

/// Connections to a cluster that do not say so.
struct Pool(ClusterConnection);

impl Connections for Pool {
    type Connection = ClusterConnection;

    async fn connection(&self) -> Result<ClusterConnection, StoreError> {
        Ok(self.0.clone())
    }
}

#[tokio::test]
#[cfg_attr(no_redis, ignore = "there is no redis-server")]
async fn a_pool_to_a_cluster_that_does_not_say_so_is_told_to() {
    let client = ClusterClient::new([address(0)]).unwrap();
    let connection = client.get_async_connection().await.unwrap();
    let (store, user) = (
        RedisStore::new(Pool(connection)),
        Owner::from_bytes([6; 16]),
    );
    create_many(&store, user, 9).await;
    let error = store.list(&[user], NOW).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::NotSetUp);
    assert!(error.to_string().contains("IS_CLUSTER"), "{error}");
}

#[tokio::test]
#[cfg_attr(no_redis, ignore = "there is no redis-server")]
async fn a_cluster_is_ready_and_says_where_it_would_evict_sessions() {
    let store = empty_store().await;
    store.check().await.unwrap();
    // A node of its own would disturb the other tests: with a limit this large it evicts nothing.
    for (option, value) in [("maxmemory", "1024gb"), ("maxmemory-policy", "allkeys-lru")] {
        set_on_one_node(option, value).await;
    }
    let error = store.check().await.unwrap_err();
    set_on_one_node("maxmemory-policy", "noeviction").await;
    assert_eq!(error.kind(), StoreErrorKind::NotSetUp);
    assert!(error.to_string().contains("allkeys-lru"), "{error}");
    store.check().await.unwrap();
}

async fn set_on_one_node(option: &str, value: &str) {
    let client = Client::open(address(2)).unwrap();
    let mut connection = client.get_connection_manager().await.unwrap();
    let mut command = redis::cmd("CONFIG");
    command.arg("SET").arg(option).arg(value);
    command.exec_async(&mut connection).await.unwrap();
}

#[tokio::test]
#[cfg_attr(no_redis, ignore = "there is no redis-server")]
async fn a_connection_to_one_node_is_told_to_be_one_to_the_cluster() {
    let client = Client::open(address(0)).unwrap();
    let connection: ConnectionManager = client.get_connection_manager().await.unwrap();
    let store = RedisStore::new(connection);
    let mut refused = 0;
    for number in 0..32 {
        if let Err(error) = store.load(RowKey::from_bytes([number; 16]), 0).await {
            assert_eq!(error.kind(), StoreErrorKind::NotSetUp);
            assert!(error.to_string().contains("ClusterConnection"), "{error}");
            refused += 1;
        }
    }
    assert!(refused > 0);
}
