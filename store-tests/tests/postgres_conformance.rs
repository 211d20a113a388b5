//! The sentences that every store keeps, on a real PostgreSQL.

#[allow(dead_code, reason = "a part of what tests share")]
mod postgres;

use session_postgres::PostgresStore;
use store_tests::postgres::shared_postgres;

async fn empty_store() -> PostgresStore {
    postgres::new_store(postgres::pool_of(shared_postgres())).await
}

session_runtime::store_conformance!(
    #[cfg_attr(no_postgres, ignore = "there is no postgres")]
    empty_store
);
