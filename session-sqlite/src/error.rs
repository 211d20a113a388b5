//! The failures of SQLite, by who can mend them.

use std::error::Error;

use rusqlite::ErrorCode;
use session_runtime::store::{StoreError, StoreErrorKind};

/// Its text has what SQLite says of itself, and nothing of a row.
pub(crate) fn store_error(error: impl Into<Box<dyn Error + Send + Sync>>) -> StoreError {
    let error = error.into();
    let kind = error.downcast_ref().map_or(StoreErrorKind::Other, kind);
    StoreError::new(kind, error)
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
