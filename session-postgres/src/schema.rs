//! The table, and the databases that this release can use.

use session_runtime::store::{StoreError, StoreErrorKind};
use sqlx::postgres::PgPool;
use sqlx::{AssertSqlSafe, PgConnection, query, query_scalar, raw_sql};

use crate::error::store_error;
use crate::names::{Index, Names};
use crate::statements::create_tables;
use crate::transaction::Transaction;

/// Whoever creates tables holds it: of two `CREATE TABLE IF NOT EXISTS` at once, PostgreSQL fails one. Only a number
/// that nothing else takes for its lock matters.
const LOCK: i64 = i64::from_be_bytes(*b"sessions");

const COLUMNS: &str = "key bytea, expires bigint, why bigint, mark bytea, owner bytea, label bytea, fields integer[], \
                       sealed bytea[], before_mark bytea, before_until bigint, before_fields integer[], \
                       before_sealed bytea[]";

/// Creates the table, unless it is there.
///
/// It looks first, because `IF NOT EXISTS` needs the right to create also where there is nothing to create.
pub(crate) async fn create(pool: &PgPool, names: &Names) -> Result<(), StoreError> {
    let mut connection = pool.acquire().await.map_err(store_error)?;
    if let Some(columns) = columns(&mut connection, names).await.map_err(store_error)? {
        check(&columns, names)?;
        let indexed = indexed(&mut connection, names).await.map_err(store_error)?;
        return check_indexes(&indexed, names);
    }
    drop(connection);
    create_in_turn(pool, names).await
}

/// A table that would lack an index is not created.
async fn create_in_turn(pool: &PgPool, names: &Names) -> Result<(), StoreError> {
    let mut transaction = lock(pool).await.map_err(store_error)?;
    let created = create_in(&mut transaction, names).await;
    check_indexes(&created.map_err(store_error)?, names)?;
    transaction.commit().await.map_err(store_error)
}

async fn lock(pool: &PgPool) -> sqlx::Result<Transaction> {
    let mut transaction = Transaction::begin(pool).await?;
    query("SELECT pg_advisory_xact_lock($1)")
        .bind(LOCK)
        .execute(&mut *transaction)
        .await?;
    Ok(transaction)
}

/// Returns the columns that have an index then.
async fn create_in(connection: &mut PgConnection, names: &Names) -> sqlx::Result<Vec<String>> {
    // The names in it are quoted.
    raw_sql(AssertSqlSafe(create_tables(names)))
        .execute(&mut *connection)
        .await?;
    indexed(connection, names).await
}

/// The columns of the table as a statement would find it; none if there is no such table.
async fn columns(connection: &mut PgConnection, names: &Names) -> sqlx::Result<Option<String>> {
    query_scalar(
        "SELECT string_agg(attname || ' ' || format_type(atttypid, atttypmod), ', ' ORDER BY attnum) \
         FROM pg_attribute WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped",
    )
    .bind(names.table())
    .fetch_one(connection)
    .await
}

/// The columns with which an index of the table begins, whatever its name is.
async fn indexed(connection: &mut PgConnection, names: &Names) -> sqlx::Result<Vec<String>> {
    query_scalar(
        "SELECT attname::text FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND attnum = indkey[0] \
         WHERE indrelid = to_regclass($1)",
    )
    .bind(names.table())
    .fetch_all(connection)
    .await
}

/// `CREATE INDEX IF NOT EXISTS` creates nothing where another table has an index of this name. Without the indexes each
/// login, each list and each sweep would read the whole table.
fn check_indexes(indexed: &[String], names: &Names) -> Result<(), StoreError> {
    for index in [Index::Owner, Index::Expires] {
        if !indexed.iter().any(|column| column == index.column()) {
            let (table, name, column) = (names.table(), names.index(index), index.column());
            return Err(StoreError::new(
                StoreErrorKind::NotSetUp,
                format!(
                    "the table {table} has no index of its column {column}: another table may have an index of the \
                     name {name}; rename that one, or create an index of {column} on {table} by another name"
                ),
            ));
        }
    }
    Ok(())
}

fn check(columns: &str, names: &Names) -> Result<(), StoreError> {
    if columns == COLUMNS {
        return Ok(());
    }
    let table = names.table();
    Err(StoreError::new(
        StoreErrorKind::Other,
        format!(
            "the table {table} is that of another release of session-postgres, or of the application: \
             it has the columns {columns}; this release needs {COLUMNS}"
        ),
    ))
}
