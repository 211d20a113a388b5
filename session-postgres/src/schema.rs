//! The table, and the databases that this release can use.

use session_runtime::store::{StoreError, StoreErrorKind};
use sqlx::postgres::PgPool;
use sqlx::{AssertSqlSafe, PgConnection, query, query_scalar, raw_sql};

use crate::error::store_error;
use crate::names::Names;
use crate::statements::create_tables;

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
        return check(&columns, names);
    }
    drop(connection);
    create_in_turn(pool, names).await.map_err(store_error)
}

async fn create_in_turn(pool: &PgPool, names: &Names) -> sqlx::Result<()> {
    let mut transaction = pool
        .begin_with("BEGIN ISOLATION LEVEL READ COMMITTED")
        .await?;
    query("SELECT pg_advisory_xact_lock($1)")
        .bind(LOCK)
        .execute(&mut *transaction)
        .await?;
    // The names in it are quoted.
    raw_sql(AssertSqlSafe(create_tables(names)))
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await
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
