//! The failures of SQLite, by who can mend them.

use std::error::Error;
use std::fmt;

use rusqlite::ErrorCode;
use session_runtime::store::{StoreError, StoreErrorKind};

/// Its text has what SQLite says of itself, and nothing of a row.
pub(crate) fn store_error(error: impl Into<Box<dyn Error + Send + Sync>>) -> StoreError {
    let error = error.into();
    match error.downcast_ref().map_or(StoreErrorKind::Other, kind) {
        StoreErrorKind::NotSetUp => not_set_up(error),
        kind => StoreError::new(kind, error),
    }
}

/// The error of an application whose file lacks the table.
pub(crate) fn not_set_up(error: impl Into<Box<dyn Error + Send + Sync>>) -> StoreError {
    StoreError::new(StoreErrorKind::NotSetUp, NotSetUp(error.into()))
}

#[derive(Debug)]
struct NotSetUp(Box<dyn Error + Send + Sync>);

impl fmt::Display for NotSetUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let advice = "call `SqliteStore::create_tables`, or run the statements in `SqliteStore::CREATE_TABLES`";
        write!(f, "{}; {advice}", self.0)
    }
}

impl Error for NotSetUp {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.0)
    }
}

fn kind(error: &rusqlite::Error) -> StoreErrorKind {
    let rusqlite::Error::SqliteFailure(failure, message) = error else {
        return StoreErrorKind::Other;
    };
    let lacks_table = |message: &String| message.starts_with("no such table");
    match failure.code {
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => StoreErrorKind::Timeout,
        ErrorCode::DiskFull => StoreErrorKind::Full,
        ErrorCode::ReadOnly => StoreErrorKind::ReadOnly,
        ErrorCode::CannotOpen | ErrorCode::SystemIoFailure => StoreErrorKind::Unreachable,
        _ if message.as_ref().is_some_and(lacks_table) => StoreErrorKind::NotSetUp,
        _ => StoreErrorKind::Other,
    }
}
