//! The table, and the files that this release can use.
//!
//! The name of the table has the version of its columns: `session_rows` is the first, and a release that needs other
//! columns makes `session_rows_v2` of it. A process of the older release that still runs then finds no table. It
//! answers with errors, and damages nothing.

use rusqlite::Connection;
use session_runtime::store::{StoreError, StoreErrorKind};

use crate::error::{not_set_up, store_error};

/// A tombstone has a reason, and nothing but its key and its end beside it.
pub(crate) const CREATE_TABLES: &str = "\
CREATE TABLE IF NOT EXISTS session_rows (
    key BLOB PRIMARY KEY,
    expires INTEGER NOT NULL,
    why INTEGER,
    mark BLOB,
    owner BLOB,
    label BLOB,
    entries BLOB,
    before_mark BLOB,
    before_until INTEGER,
    before_entries BLOB
) WITHOUT ROWID, STRICT;
CREATE INDEX IF NOT EXISTS session_rows_owner ON session_rows (owner) WHERE owner IS NOT NULL;
CREATE INDEX IF NOT EXISTS session_rows_expires ON session_rows (expires);
";

const COLUMNS: &str = "key BLOB, expires INTEGER, why INTEGER, mark BLOB, owner BLOB, label BLOB, entries BLOB, \
                       before_mark BLOB, before_until INTEGER, before_entries BLOB";

/// Creates the table, unless the file has it.
pub(crate) fn create(connection: &Connection) -> Result<(), StoreError> {
    match Found::of(connection).map_err(store_error)? {
        Found::Nothing | Found::Ours => {
            connection.execute_batch(CREATE_TABLES).map_err(store_error)
        }
        other => other.check(),
    }
}

/// Makes sure that the file has the table.
pub(crate) fn check(connection: &Connection) -> Result<(), StoreError> {
    Found::of(connection).map_err(store_error)?.check()
}

/// The sessions in a file.
enum Found {
    Nothing,
    Ours,
    /// A table of this name that was not made by this release.
    OtherColumns(String),
    /// The table of a later release.
    Later(String),
}

impl Found {
    fn of(connection: &Connection) -> rusqlite::Result<Self> {
        // Both in one look: another process may create the table in between.
        let look = "SELECT (SELECT max(name) FROM sqlite_schema WHERE name GLOB 'session_rows_v[0-9]*'), \
                    (SELECT group_concat(name || ' ' || type, ', ') FROM pragma_table_info('session_rows'))";
        let (later, columns): (Option<String>, Option<String>) =
            connection.query_row(look, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(match (later, columns) {
            (Some(table), _) => Self::Later(table),
            (None, None) => Self::Nothing,
            (None, Some(columns)) if columns == COLUMNS => Self::Ours,
            (None, Some(columns)) => Self::OtherColumns(columns),
        })
    }

    fn check(self) -> Result<(), StoreError> {
        let kind = StoreErrorKind::Other;
        match self {
            Self::Ours => Ok(()),
            Self::Nothing => Err(not_set_up("no such table: session_rows")),
            Self::OtherColumns(columns) => Err(StoreError::new(
                kind,
                format!(
                    "the file has a table `session_rows` of another release of session-sqlite, or of the application: \
                     it has the columns {columns}; this release needs {COLUMNS}"
                ),
            )),
            Self::Later(table) => Err(StoreError::new(
                kind,
                format!(
                    "the file has the sessions of a later release of session-sqlite, in the table `{table}`; \
                     update session-sqlite, or give this release a file of its own"
                ),
            )),
        }
    }
}
