#![doc = include_str!("../README.md")]
//!
//! # How it works
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
#[cfg(test)]
mod tests;
mod writer;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode};
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

struct Shared {
    writer: Writer,
    reader: Mutex<Connection>,
}

impl SqliteStore {
    /// Opens the file, and creates it and its table if they are not there. Two processes may do so at once.
    ///
    /// # Errors
    ///
    /// When the file cannot be opened or created, or is no database. A database in memory, `":memory:"` or `""`, is
    /// refused: each connection would have one of its own.
    pub async fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        let path = path.as_ref().to_path_buf();
        if path.as_os_str().is_empty() || path.as_os_str() == ":memory:" {
            let advice = "a store in memory is `session_runtime::store::MemoryStore`";
            return Err(StoreError::new(StoreErrorKind::Other, advice));
        }
        let opened = tokio::task::spawn_blocking(move || Self::open_in_place(&path));
        opened.await.map_err(store_error)?
    }

    fn open_in_place(path: &PathBuf) -> Result<Self, StoreError> {
        let writer = connect(path)?;
        writer
            .execute_batch(rows::CREATE_TABLE)
            .map_err(store_error)?;
        let reader = connect(path)?;
        reader
            .pragma_update(None, "query_only", true)
            .map_err(store_error)?;
        Ok(Self(Arc::new(Shared {
            writer: Writer::start(writer).map_err(store_error)?,
            reader: Mutex::new(reader),
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

fn connect(path: &PathBuf) -> Result<Connection, StoreError> {
    let connection = Connection::open(path).map_err(store_error)?;
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
