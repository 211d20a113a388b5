//! The errors of stores.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

/// The failure of a store's operation.
///
/// ```
/// use session_runtime::store::{StoreError, StoreErrorKind};
///
/// fn unreachable(error: std::io::Error) -> StoreError {
///     StoreError::new(StoreErrorKind::Unreachable, error)
/// }
/// # let error = unreachable(std::io::ErrorKind::ConnectionRefused.into());
/// # assert_eq!(error.kind(), StoreErrorKind::Unreachable);
/// # assert!(error.to_string().starts_with("the store cannot be reached"));
/// ```
#[derive(Clone, Debug)]
pub struct StoreError {
    kind: StoreErrorKind,
    source: Arc<dyn Error + Send + Sync>,
}

/// The kind of a store's failure. It says who can mend it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StoreErrorKind {
    /// The store cannot be reached. It may be there again a moment later.
    Unreachable,
    /// The store did not answer in time.
    Timeout,
    /// The store has no room.
    Full,
    /// The store takes no writes.
    ReadOnly,
    /// The store lacks something that the application must create, such as a table.
    NotSetUp,
    /// Something else.
    Other,
}

impl StoreError {
    /// An error of this kind, with its cause.
    pub fn new(kind: StoreErrorKind, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        let source = source.into().into();
        Self { kind, source }
    }

    /// The kind of the failure.
    pub fn kind(&self) -> StoreErrorKind {
        self.kind
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sentence = match self.kind {
            StoreErrorKind::Unreachable => "the store cannot be reached",
            StoreErrorKind::Timeout => "the store did not answer in time",
            StoreErrorKind::Full => "the store has no room",
            StoreErrorKind::ReadOnly => "the store takes no writes",
            StoreErrorKind::NotSetUp => "the store is not set up",
            StoreErrorKind::Other => "the store failed",
        };
        write!(f, "{sentence}: {}", self.source)
    }
}

impl Error for StoreError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.source)
    }
}
