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
}

impl Scenario {
    pub const ALL: [Self; 4] = [Self::Write, Self::Read, Self::Untouched, Self::NoCookie];

    pub fn name(self) -> &'static str {
        match self {
            Self::Write => "write",
            Self::Read => "read",
            Self::Untouched => "untouched",
            Self::NoCookie => "no cookie",
        }
    }

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.name() == name)
    }

    pub fn path(self) -> &'static str {
        match self {
            Self::Write => "/write",
            Self::Read => "/read",
            Self::Untouched | Self::NoCookie => "/untouched",
        }
    }

    pub fn has_cookie(self) -> bool {
        self != Self::NoCookie
    }
}
