#![doc = include_str!("../README.md")]

mod error;
mod names;
mod rows;
mod schema;
mod statements;
mod transaction;

use std::fmt;

use session_runtime::store::{
    Commit, Committed, Created, Ended, Listed, Loaded, NewRow, Owner, RowEnding, RowKey, Store,
    StoreError, StoreErrorKind,
};
use sqlx::postgres::PgPool;
use sqlx::{ConnectOptions as _, Connection as _};

use self::error::{lost_to_another, store_error};
use self::names::{Name, Names};
use self::statements::Statements;
use self::transaction::Transaction;

/// A store in a table of PostgreSQL.
///
/// A clone is the same store.
#[derive(Clone)]
pub struct PostgresStore {
    pool: PgPool,
    names: Names,
    statements: Statements,
}

impl PostgresStore {
    /// The statements that create the table `session_rows`, for a migration. They create nothing where the table is
    /// there already, but lock it for a moment.
    ///
    /// ```
    /// use session_postgres::PostgresStore;
    ///
    /// // `cargo run --bin schema > migrations/20270101000000_sessions.sql`
    /// println!("{}", PostgresStore::CREATE_TABLES);
    /// ```
    pub const CREATE_TABLES: &'static str = statements::CREATE_TABLES;

    /// A store in the table `session_rows` of the first schema on the connection's `search_path`. It does not connect:
    /// an application whose tables are there may start before its database.
    ///
    /// ```
    /// use session_postgres::PostgresStore;
    /// use sqlx::PgPool;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), sqlx::Error> {
    /// let pool = PgPool::connect_lazy("postgres://shop@localhost/shop")?;
    /// let store = PostgresStore::new(pool);
    /// # Ok(())
    /// # }
    /// ```
    pub fn new(pool: PgPool) -> Self {
        Self::with_names(pool, Names::default())
    }

    /// The store in this schema, which must exist.
    ///
    /// A name may have any characters. It is quoted in every statement, so `Web` is another schema than `web`.
    ///
    /// ```
    /// use session_postgres::PostgresStore;
    /// # use sqlx::PgPool;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let pool = PgPool::connect_lazy("postgres://shop@localhost/shop")?;
    /// let store = PostgresStore::new(pool).schema("web")?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// When PostgreSQL has no such names: it is empty, has a NUL, or is longer than 63 bytes.
    pub fn schema(self, name: &str) -> Result<Self, StoreError> {
        let schema = Some(Name::of_a_schema(name)?);
        let names = Names {
            schema,
            ..self.names
        };
        Ok(Self::with_names(self.pool, names))
    }

    /// The store in this table. Two applications in one schema have a table each.
    ///
    /// A name may have any characters. It is quoted in every statement.
    ///
    /// ```
    /// use session_postgres::PostgresStore;
    /// # use sqlx::PgPool;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let pool = PgPool::connect_lazy("postgres://shop@localhost/shop")?;
    /// let store = PostgresStore::new(pool).table("shop_sessions")?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// When the name is empty, has a NUL, or is longer than 55 bytes: its indexes have eight more.
    pub fn table(self, name: &str) -> Result<Self, StoreError> {
        let table = Name::of_a_table(name)?;
        let names = Names {
            table,
            ..self.names
        };
        Ok(Self::with_names(self.pool, names))
    }

    /// Creates the table and its indexes, if they are not there. Any number of processes may do so at once. It creates
    /// no schema.
    ///
    /// Where the table is there, it needs no right to create anything. It waits for a server that does not run yet as
    /// long as the pool does.
    ///
    /// ```no_run
    /// use session_postgres::PostgresStore;
    /// use sqlx::PgPool;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let pool = PgPool::connect("postgres://shop@localhost/shop").await?;
    /// let store = PostgresStore::new(pool);
    /// store.create_tables().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// When PostgreSQL cannot be reached or refuses it; when there is a table of this name with other columns than
    /// this release creates; and when the table has no index of its owners or of its ends, because another table has an
    /// index of that name.
    pub async fn create_tables(&self) -> Result<(), StoreError> {
        let created = schema::create(&self.pool, &self.names).await;
        if created.as_ref().is_err_and(is_timeout) {
            self.reach().await.map_err(store_error)?;
        }
        created
    }

    /// The statements of [`CREATE_TABLES`](Self::CREATE_TABLES) with the names of this store.
    ///
    /// ```
    /// use session_postgres::PostgresStore;
    /// # use sqlx::PgPool;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let pool = PgPool::connect_lazy("postgres://shop@localhost/shop")?;
    /// let store = PostgresStore::new(pool).schema("web")?.table("shop_sessions")?;
    /// assert!(store.create_tables_sql().contains(r#"CREATE TABLE IF NOT EXISTS "web"."shop_sessions" ("#));
    /// # Ok(())
    /// # }
    /// ```
    pub fn create_tables_sql(&self) -> String {
        statements::create_tables(&self.names)
    }

    fn with_names(pool: PgPool, names: Names) -> Self {
        Self {
            pool,
            statements: Statements::new(&names),
            names,
        }
    }

    /// A transaction for what gives these owners a row, or ends their rows.
    async fn lock(&self, owners: &[Owner]) -> sqlx::Result<Transaction> {
        let mut transaction = Transaction::begin(&self.pool).await?;
        rows::lock(&mut transaction, &self.statements, owners).await?;
        Ok(transaction)
    }

    /// Says why a connection is refused. A pool tries again until its `acquire_timeout` is over, and then says that it
    /// timed out.
    async fn reach(&self) -> sqlx::Result<()> {
        if self.pool.num_idle() > 0 {
            return Ok(());
        }
        let own = self.pool.connect_options().connect().await?;
        own.close().await
    }

    async fn create_once(&self, row: NewRow<'_>, now: u64) -> sqlx::Result<Created> {
        let statements = &self.statements;
        let Some(owner) = row.owner else {
            let mut connection = self.pool.acquire().await?;
            return rows::create(&mut connection, statements, row, now).await;
        };
        let mut transaction = self.lock(&[owner]).await?;
        let created = rows::create(&mut transaction, statements, row, now).await?;
        transaction.commit().await?;
        Ok(created)
    }

    async fn commit_once(
        &self,
        key: RowKey,
        commit: Commit<'_>,
        now: u64,
    ) -> sqlx::Result<Committed> {
        let statements = &self.statements;
        let Some(owner) = commit.renewal.and_then(|renewal| renewal.owner) else {
            let mut connection = self.pool.acquire().await?;
            return rows::commit(&mut connection, statements, key, commit, now).await;
        };
        let mut transaction = self.lock(&[owner]).await?;
        let committed = rows::commit(&mut transaction, statements, key, commit, now).await?;
        transaction.commit().await?;
        Ok(committed)
    }

    async fn end_a_batch(
        &self,
        owners: &[Owner],
        keep: Option<RowKey>,
        until: u64,
        now: u64,
    ) -> sqlx::Result<u64> {
        let mut transaction = self.lock(owners).await?;
        let statements = &self.statements;
        let count = rows::end_all(&mut transaction, statements, owners, keep, until, now).await?;
        transaction.commit().await?;
        Ok(count)
    }
}

fn is_timeout(error: &StoreError) -> bool {
    error.kind() == StoreErrorKind::Timeout
}

/// Repeats an operation that lost to another one. Whoever loses, another one has won, so this comes to an end.
async fn repeated<T, F>(operation: impl Fn() -> F) -> Result<T, StoreError>
where
    F: Future<Output = sqlx::Result<T>>,
{
    loop {
        match operation().await {
            Err(error) if lost_to_another(&error) => {}
            answer => return answer.map_err(store_error),
        }
    }
}

impl Store for PostgresStore {
    async fn load(&self, key: RowKey, now: u64) -> Result<Loaded, StoreError> {
        let Self {
            pool, statements, ..
        } = self;
        repeated(|| async move {
            let mut connection = pool.acquire().await?;
            rows::load(&mut connection, statements, key, now).await
        })
        .await
    }

    async fn create(&self, row: NewRow<'_>, now: u64) -> Result<Created, StoreError> {
        repeated(|| self.create_once(row, now)).await
    }

    async fn commit(
        &self,
        key: RowKey,
        commit: Commit<'_>,
        now: u64,
    ) -> Result<Committed, StoreError> {
        repeated(|| self.commit_once(key, commit, now)).await
    }

    async fn end(&self, key: RowKey, ending: RowEnding<'_>, now: u64) -> Result<Ended, StoreError> {
        let Self {
            pool, statements, ..
        } = self;
        repeated(|| async move {
            let mut connection = pool.acquire().await?;
            rows::end(&mut connection, statements, key, ending, now).await
        })
        .await
    }

    async fn list(&self, owners: &[Owner], now: u64) -> Result<Vec<Listed>, StoreError> {
        let Self {
            pool, statements, ..
        } = self;
        repeated(|| async move {
            let mut connection = pool.acquire().await?;
            rows::list(&mut connection, statements, owners, now).await
        })
        .await
    }

    async fn end_all(
        &self,
        owners: &[Owner],
        keep: Option<RowKey>,
        until: u64,
        now: u64,
    ) -> Result<u64, StoreError> {
        let mut count = 0;
        loop {
            let ended = repeated(|| self.end_a_batch(owners, keep, until, now)).await?;
            count += ended;
            if ended < u64::from(rows::BATCH) {
                return Ok(count);
            }
        }
    }

    async fn sweep(&self, now: u64, limit: u32) -> Result<u32, StoreError> {
        let Self {
            pool, statements, ..
        } = self;
        repeated(|| async move {
            let mut connection = pool.acquire().await?;
            rows::sweep(&mut connection, statements, now, limit).await
        })
        .await
    }

    async fn check(&self) -> Result<(), StoreError> {
        self.reach().await.map_err(store_error)?;
        let nothing = RowKey::from_bytes([0; 16]);
        self.load(nothing, 0).await.map(drop)
    }
}

impl fmt::Debug for PostgresStore {
    /// Without the pool: it has the address of the database.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresStore")
            .field("table", &self.names.table())
            .finish_non_exhaustive()
    }
}
