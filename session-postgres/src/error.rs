//! The failures of PostgreSQL, by who can mend them.

use std::error::Error;
use std::fmt;

use session_runtime::store::{StoreError, StoreErrorKind};
use sqlx::error::DatabaseError;

/// Its text has what PostgreSQL says of itself, and nothing of a row.
pub(crate) fn store_error(error: sqlx::Error) -> StoreError {
    use sqlx::Error as E;
    let kind = match &error {
        E::Database(error) => return of_the_server(error.as_ref()),
        E::Io(_) | E::Tls(_) | E::BeginFailed => StoreErrorKind::Unreachable,
        E::PoolTimedOut => StoreErrorKind::Timeout,
        _ => StoreErrorKind::Other,
    };
    StoreError::new(kind, error)
}

/// The sentence and the code. The server's details may have a whole row in them.
#[derive(Debug)]
struct OfTheServer {
    message: String,
    code: String,
}

impl fmt::Display for OfTheServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (SQLSTATE {})", self.message, self.code)
    }
}

impl Error for OfTheServer {}

fn of_the_server(error: &dyn DatabaseError) -> StoreError {
    let code = error.code().unwrap_or_default().into_owned();
    let kind = kind(&code);
    let cause = OfTheServer {
        message: error.message().to_owned(),
        code,
    };
    match kind {
        StoreErrorKind::NotSetUp => not_set_up(cause),
        kind => StoreError::new(kind, cause),
    }
}

fn not_set_up(cause: OfTheServer) -> StoreError {
    StoreError::new(StoreErrorKind::NotSetUp, NotSetUp(cause))
}

/// The error of an application whose database lacks the table.
#[derive(Debug)]
struct NotSetUp(OfTheServer);

impl fmt::Display for NotSetUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let advice = "call `PostgresStore::create_tables`, or run the statements that \
                      `PostgresStore::create_tables_sql` returns";
        write!(f, "{}; {advice}", self.0)
    }
}

impl Error for NotSetUp {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.0)
    }
}

/// PostgreSQL's manual has the codes in its appendix A.
fn kind(code: &str) -> StoreErrorKind {
    match code {
        // No table, no column, no schema.
        "42P01" | "42703" | "3F000" => StoreErrorKind::NotSetUp,
        // A read-only transaction, a missing right.
        "25006" | "42501" => StoreErrorKind::ReadOnly,
        "53100" => StoreErrorKind::Full,
        // Too many connections; the server shuts down, has crashed, or starts.
        "53300" | "57P01" | "57P02" | "57P03" => StoreErrorKind::Unreachable,
        // A limit of the server for statements or locks; a deadlock that the application's own locks are part of.
        "57014" | "55P03" | "40P01" => StoreErrorKind::Timeout,
        code if code.starts_with("08") => StoreErrorKind::Unreachable,
        _ => StoreErrorKind::Other,
    }
}

/// Another transaction changed the row first, and PostgreSQL asks to try again. It does so where the application has
/// made another isolation than `READ COMMITTED` its default.
pub(crate) fn lost_to_another(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(DatabaseError::code);
    code.as_deref() == Some("40001")
}
