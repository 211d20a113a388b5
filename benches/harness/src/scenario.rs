//! The kinds of requests.

/// The kind of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scenario {
    Write,
    Read,
    /// The visitor has a session, and the handler does not ask for it.
    Untouched,
    /// The visitor has no session, and the handler does not ask for one.
    NoCookie,
    /// The handler reads, and the visitor made the cookie up from one that opens.
    Forged,
}

impl Scenario {
    pub const ALL: [Self; 5] = [
        Self::Write,
        Self::Read,
        Self::Untouched,
        Self::NoCookie,
        Self::Forged,
    ];

    /// Those that every session serves often.
    pub const USUAL: [Self; 4] = [Self::Write, Self::Read, Self::Untouched, Self::NoCookie];

    pub fn name(self) -> &'static str {
        match self {
            Self::Write => "write",
            Self::Read => "read",
            Self::Untouched => "untouched",
            Self::NoCookie => "no cookie",
            Self::Forged => "forged",
        }
    }

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.name() == name)
    }

    pub fn path(self) -> &'static str {
        match self {
            Self::Write => "/write",
            Self::Read | Self::Forged => "/read",
            Self::Untouched | Self::NoCookie => "/untouched",
        }
    }
}
