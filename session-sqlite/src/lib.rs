#![doc = include_str!("../README.md")]
//!
//! ## How it works
//!
//! One thread writes. It takes every change that waits into one transaction, so many requests pay for one write to
//! the disk. A change is answered when its transaction is committed. Loads read in place, on a connection of their
//! own, and never wait for the writer.
//!
//! The file is in WAL mode with `synchronous=NORMAL`. A change survives the end of the process at any moment. A
//! logout is committed with `synchronous=FULL`, so it survives a power cut too.

mod encoding;
mod error;
mod rows;
mod schema;
#[cfg(test)]
mod tests;
mod writer;

use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode, OpenFlags};
use session_runtime::store::{
    Commit, Committed, Created, Ended, Listed, Loaded, NewRow, Owner, RowEnding, RowKey, Store,
    StoreError, StoreErrorKind,
};

use self::error::store_error;
use self::rows::{OwnedCommit, OwnedRow};
use self::writer::{Sync, Writer};

/// The time for which an operation waits for another process. The limit of the layer is longer.
const BUSY_TIMEOUT: Duration = Duration::from_millis(700);

/// A store in a SQLite file.
///
/// A clone is the same store. When the last clone is dropped, the thread that writes ends, after what it was given.
#[derive(Clone)]
pub struct SqliteStore(Arc<Shared>);

/// The reader is dropped first. Of two connections that close at once, neither is the last, and SQLite leaves its log.
struct Shared {
    reader: Mutex<Connection>,
    writer: Writer,
}

impl SqliteStore {
    /// The statements that create the tables, for those who migrate by hand. They change nothing where the tables are
    /// there already.
    ///
    /// ```
    /// use session_sqlite::SqliteStore;
    ///
    /// // `cargo run --bin schema | sqlite3 sessions.db`
    /// println!("{}", SqliteStore::CREATE_TABLES);
    /// ```
    pub const CREATE_TABLES: &'static str = schema::CREATE_TABLES;

    /// Opens the file, and creates it and its tables if they are not there. Two processes may do so at once.
    ///
    /// ```no_run
    /// use session_sqlite::SqliteStore;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), session_runtime::store::StoreError> {
    /// let store = SqliteStore::open("sessions.db").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// When the file cannot be opened or created, or is no database; when it was made by a later release of this crate,
    /// or its table `session_rows` has other columns than this release creates. A database in memory, such as
    /// `":memory:"` or `""`, is refused: each connection would have one of its own.
    pub async fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        in_another_thread(path, |path| {
            let writer = connect(path, Absent::IsCreated)?;
            schema::create(&writer)?;
            Self::with_writer(path, writer)
        })
        .await
    }

    /// Opens a file that is there and has the tables, and creates nothing: for a process that has no right to do so, or
    /// where a migration does it.
    ///
    /// ```
    /// use session_runtime::store::StoreErrorKind;
    /// use session_sqlite::SqliteStore;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), session_runtime::store::StoreError> {
    /// # let path = std::env::temp_dir().join(format!("session-sqlite-existing-{}.db", std::process::id()));
    /// # let path = path.as_path();
    /// let store = SqliteStore::open_existing(path).await;
    /// assert_eq!(store.unwrap_err().kind(), StoreErrorKind::Unreachable);
    ///
    /// SqliteStore::create_tables(path).await?; // in the migration
    /// let store = SqliteStore::open_existing(path).await?;
    /// # drop(store);
    /// # std::fs::remove_file(path).unwrap();
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// When [`open`](Self::open) would fail; when the file is not there; and with
    /// [`NotSetUp`](StoreErrorKind::NotSetUp) when the tables are not.
    pub async fn open_existing(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        in_another_thread(path, |path| {
            let writer = connect(path, Absent::IsAnError)?;
            schema::check(&writer)?;
            Self::with_writer(path, writer)
        })
        .await
    }

    /// Creates the file and its tables if they are not there, and closes the file: for a migration. What is there
    /// stays as it is.
    ///
    /// ```no_run
    /// use session_sqlite::SqliteStore;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), session_runtime::store::StoreError> {
    /// SqliteStore::create_tables("sessions.db").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// When [`open`](Self::open) would fail.
    pub async fn create_tables(path: impl AsRef<Path>) -> Result<(), StoreError> {
        in_another_thread(path, |path| {
            schema::create(&connect(path, Absent::IsCreated)?)
        })
        .await
    }

    fn with_writer(path: &Path, writer: Connection) -> Result<Self, StoreError> {
        let reader = connect(path, Absent::IsAnError)?;
        reader
            .pragma_update(None, "query_only", true)
            .map_err(store_error)?;
        Ok(Self(Arc::new(Shared {
            reader: Mutex::new(reader),
            writer: Writer::start(writer).map_err(store_error)?,
        })))
    }

    /// Reads in place: a read takes 5 µs, and moving it to another thread makes that 21 µs. The price is that a disk
    /// which is slow to read holds up a thread of the runtime.
    fn read<T>(
        &self,
        read: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        // A read that panicked has changed nothing.
        let reader = self.0.reader.lock().unwrap_or_else(PoisonError::into_inner);
        read(&reader).map_err(store_error)
    }
}

/// Opening a file waits for the disk, and for other processes that open it.
async fn in_another_thread<T: Send + 'static>(
    path: impl AsRef<Path>,
    work: impl FnOnce(&Path) -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    let path = path.as_ref().to_path_buf();
    let done = tokio::task::spawn_blocking(move || work(&path));
    done.await.map_err(store_error)?
}

/// What becomes of a file that is not there.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Absent {
    IsCreated,
    IsAnError,
}

fn connect(path: &Path, absent: Absent) -> Result<Connection, StoreError> {
    let mut flags = OpenFlags::default();
    flags.set(OpenFlags::SQLITE_OPEN_CREATE, absent == Absent::IsCreated);
    let connection = Connection::open_with_flags(path, flags).map_err(store_error)?;
    // SQLite gives a database in memory, and one that goes with its connection, no path.
    if connection.path().is_none_or(str::is_empty) {
        let advice = "a store in memory is `session_runtime::store::MemoryStore`";
        return Err(StoreError::new(StoreErrorKind::Other, advice));
    }
    connection.busy_timeout(BUSY_TIMEOUT).map_err(store_error)?;
    switch_to_wal(&connection).map_err(store_error)?;
    connection
        .pragma_update(None, "synchronous", "NORMAL")
        .map_err(store_error)?;
    Ok(connection)
}

/// SQLite does not wait for another process that switches the same new file, whatever its timeout is.
fn switch_to_wal(connection: &Connection) -> rusqlite::Result<()> {
    let start = Instant::now();
    loop {
        let switched = connection.pragma_update(None, "journal_mode", "WAL");
        let is_busy = switched.as_ref().is_err_and(is_busy);
        if !is_busy || start.elapsed() >= BUSY_TIMEOUT {
            return switched;
        }
        thread::sleep(Duration::from_millis(5));
    }
}

fn is_busy(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)
}

impl Store for SqliteStore {
    async fn load(&self, key: RowKey, now: u64) -> Result<Loaded, StoreError> {
        self.read(|connection| rows::load(connection, key, now))
    }

    async fn create(&self, row: NewRow<'_>, now: u64) -> Result<Created, StoreError> {
        let row = OwnedRow::new(&row);
        let create = move |connection: &Connection| rows::create(connection, &row, now);
        self.0.writer.run(Sync::Normal, create).await
    }

    async fn commit(
        &self,
        key: RowKey,
        commit: Commit<'_>,
        now: u64,
    ) -> Result<Committed, StoreError> {
        let commit = OwnedCommit::new(commit);
        let change = move |connection: &Connection| rows::commit(connection, key, &commit, now);
        self.0.writer.run(Sync::Normal, change).await
    }

    async fn end(&self, key: RowKey, ending: RowEnding<'_>, now: u64) -> Result<Ended, StoreError> {
        let RowEnding { owners, why, until } = ending;
        let owners = owners.to_vec();
        let end = move |connection: &Connection| {
            let owners = &owners;
            rows::end(connection, key, RowEnding { owners, why, until }, now)
        };
        self.0.writer.run(Sync::Full, end).await
    }

    async fn list(&self, owners: &[Owner], now: u64) -> Result<Vec<Listed>, StoreError> {
        self.read(|connection| rows::list(connection, owners, now))
    }

    async fn end_all(
        &self,
        owners: &[Owner],
        keep: Option<RowKey>,
        until: u64,
        now: u64,
    ) -> Result<u64, StoreError> {
        let owners = owners.to_vec();
        let end =
            move |connection: &Connection| rows::end_all(connection, &owners, keep, until, now);
        self.0.writer.run(Sync::Full, end).await
    }

    async fn sweep(&self, now: u64, limit: u32) -> Result<u32, StoreError> {
        let sweep = move |connection: &Connection| rows::sweep(connection, now, limit);
        self.0.writer.run(Sync::Normal, sweep).await
    }
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteStore").finish_non_exhaustive()
    }
}
