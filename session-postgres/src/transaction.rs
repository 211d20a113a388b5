//! A transaction that a request may leave at any moment.

use std::ops::{Deref, DerefMut};

use sqlx::pool::PoolConnection;
use sqlx::{Executor as _, PgConnection, PgPool, Postgres};

/// A transaction on a connection of the pool. The connection is closed unless the transaction is committed.
///
/// `sqlx` rolls a transaction back that is dropped after the answer to `BEGIN`, and knows nothing of one that is dropped
/// before. The pool would lend its connection out again, and all that is written on it from then on would be undone
/// one day. A connection that is closed is lent to no one, and the server rolls back what was open on it.
pub(crate) struct Transaction {
    connection: PoolConnection<Postgres>,
    is_committed: bool,
}

impl Transaction {
    /// In another isolation a statement would see the table as it was before it waited for a lock.
    pub(crate) async fn begin(pool: &PgPool) -> sqlx::Result<Self> {
        let mut transaction = Self {
            connection: pool.acquire().await?,
            is_committed: false,
        };
        let begin = "BEGIN ISOLATION LEVEL READ COMMITTED";
        transaction.execute(begin).await?;
        Ok(transaction)
    }

    pub(crate) async fn commit(mut self) -> sqlx::Result<()> {
        self.execute("COMMIT").await?;
        self.is_committed = true;
        Ok(())
    }
}

impl Drop for Transaction {
    fn drop(&mut self) {
        if !self.is_committed {
            self.connection.close_on_drop();
        }
    }
}

impl Deref for Transaction {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        &self.connection
    }
}

impl DerefMut for Transaction {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.connection
    }
}
