//! The errors of stores.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

/// The failure of a store's operation.
///
/// Its text has the cause, and what to do about it:
///
/// ```text
/// the store takes no writes: attempt to write a readonly database; give this process the right to write, or connect
/// it to the primary server
/// ```
///
/// ```
/// use session_runtime::store::{StoreError, StoreErrorKind};
///
/// fn unreachable(error: std::io::Error) -> StoreError {
///     StoreError::new(StoreErrorKind::Unreachable, error)
/// }
/// # let error = unreachable(std::io::ErrorKind::ConnectionRefused.into());
/// # assert_eq!(error.kind(), StoreErrorKind::Unreachable);
/// # assert!(error.to_string().starts_with("the store cannot be reached: connection refused; "));
/// ```
#[derive(Clone, Debug)]
pub struct StoreError {
    kind: StoreErrorKind,
    source: Arc<dyn Error + Send + Sync>,
}

/// The kind of a store's failure. It says who can mend it.
///
/// ```
/// use session_runtime::store::{StoreError, StoreErrorKind};
///
/// /// The failures that are not over a moment later.
/// fn wakes_an_administrator(error: &StoreError) -> bool {
///     !matches!(error.kind(), StoreErrorKind::Unreachable | StoreErrorKind::Timeout)
/// }
/// # let full = StoreError::new(StoreErrorKind::Full, "no space left on device");
/// # assert!(wakes_an_administrator(&full));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StoreErrorKind {
    /// The store cannot be reached. It may be there again a moment later, so the layer tries a second time.
    Unreachable,
    /// The store did not answer in time: it is busy, or something else holds a lock. The operation may be done all
    /// the same.
    Timeout,
    /// The store has no room. Sessions are read. A server that is full, such as Redis, still ends them. A file on a full
    /// disk ends them only while its log has room for that.
    Full,
    /// The store takes no writes: this process lacks the right, or is connected to a copy. Sessions are read.
    ReadOnly,
    /// The store lacks something that the application must create, such as a table. The cause names what to call or
    /// to run.
    NotSetUp,
    /// Something else.
    Other,
}

impl StoreError {
    /// An error of this kind, with its cause.
    ///
    /// ```
    /// use session_runtime::store::{StoreError, StoreErrorKind};
    ///
    /// let full = StoreError::new(StoreErrorKind::Full, "no space left on device");
    /// assert_eq!(
    ///     full.to_string(),
    ///     "the store has no room: no space left on device; make room where it keeps its data"
    /// );
    /// ```
    pub fn new(kind: StoreErrorKind, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        let source = source.into().into();
        Self { kind, source }
    }

    /// The kind of the failure.
    ///
    /// ```
    /// use session_runtime::store::{StoreError, StoreErrorKind};
    ///
    /// let error = StoreError::new(StoreErrorKind::NotSetUp, "no such table");
    /// assert_eq!(error.kind(), StoreErrorKind::NotSetUp);
    /// ```
    pub fn kind(&self) -> StoreErrorKind {
        self.kind
    }
}

impl StoreErrorKind {
    const fn sentence(self) -> &'static str {
        match self {
            Self::Unreachable => "the store cannot be reached",
            Self::Timeout => "the store did not answer in time",
            Self::Full => "the store has no room",
            Self::ReadOnly => "the store takes no writes",
            Self::NotSetUp => "the store is not set up",
            Self::Other => "the store failed",
        }
    }

    const fn advice(self) -> &'static str {
        match self {
            Self::Unreachable => "; check that it runs, and that this process can reach it",
            Self::Timeout => "; look for what keeps it busy, or holds a lock in it",
            Self::Full => "; make room where it keeps its data",
            Self::ReadOnly => {
                "; give this process the right to write, or connect it to the primary server"
            }
            // The cause says how.
            Self::NotSetUp | Self::Other => "",
        }
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, source } = self;
        write!(f, "{}: {source}{}", kind.sentence(), kind.advice())
    }
}

impl Error for StoreError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.source)
    }
}
