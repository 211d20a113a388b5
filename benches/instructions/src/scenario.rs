//! What a request does with its session.

#[derive(Clone, Copy)]
pub enum Scenario {
    /// There is no session, and no handler asks for one.
    NoCookie,
    /// There is a session, and no handler asks for it.
    Untouched,
    /// Opens a session.
    Read,
    /// Opens a session and seals it.
    Write,
    /// Seals a new session.
    Begin,
    /// Opens nothing: the cookie was changed on its way.
    Forged,
}

impl Scenario {
    pub const ALL: [Self; 6] = [
        Self::NoCookie,
        Self::Untouched,
        Self::Read,
        Self::Write,
        Self::Begin,
        Self::Forged,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            Self::NoCookie => "no-cookie",
            Self::Untouched => "untouched",
            Self::Read => "read",
            Self::Write => "write",
            Self::Begin => "begin",
            Self::Forged => "forged",
        }
    }

    pub const fn path(self) -> &'static str {
        match self {
            Self::NoCookie | Self::Untouched => "/untouched",
            Self::Read | Self::Forged => "/read",
            Self::Write => "/write",
            Self::Begin => "/begin",
        }
    }

    /// The cookie that the request sends, made from one that holds a session.
    pub fn cookie(self, begun: &str) -> Option<String> {
        match self {
            Self::NoCookie | Self::Begin => None,
            Self::Untouched | Self::Read | Self::Write => Some(begun.to_owned()),
            Self::Forged => Some(forge(begun)),
        }
    }

    /// The body of the response, and whether the response sets a cookie.
    pub const fn answer(self) -> (&'static [u8], bool) {
        match self {
            Self::NoCookie | Self::Untouched | Self::Read => (b"1", false),
            Self::Write => (b"2", true),
            Self::Begin => (b"", true),
            Self::Forged => (b"0", false),
        }
    }
}

/// The same cookie with another character in the middle of what is sealed.
fn forge(cookie: &str) -> String {
    let middle = cookie.len() / 2;
    let (before, after) = cookie.split_at(middle);
    let other = if after.starts_with('A') { 'B' } else { 'A' };
    format!("{before}{other}{}", &after[1..])
}
