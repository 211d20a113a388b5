//! The ways in which a session ends by what its handlers do. A later one in the list ends more.

/// The way in which the handlers ended the session that the request carried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Ending {
    None,
    /// Somebody else is logged in now, and it starts over with what was published since.
    Replaced,
    /// It starts over with what was published since. This one and the next are honoured whatever the
    /// response says: a logout must not be lost to an error.
    Cleared,
    /// This browser is forgotten.
    Destroyed,
}
