//! A router with sessions.

use axum::Router;
use axum::routing::get;

/// A router with five routes:
///
/// | route | what its handler does |
/// |---|---|
/// | `/begin` | fills the session |
/// | `/look` | answers with everything in the session |
/// | `/read` | answers with the number of visits |
/// | `/write` | counts a visit, and answers with the number |
/// | `/untouched` | answers without the session |
pub struct Candidate {
    pub name: &'static str,
    pub keeps: Keeps,
    pub sends: Sends,
    pub router: Router,
}

/// The place of the session, which says what an older cookie reads after a change.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Keeps {
    /// There are no sessions. The router says what the rest costs.
    Nothing,
    InCookie,
    OnServer,
}

/// The responses that carry a cookie.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Sends {
    WhenChanged,
    Always,
}

impl Candidate {
    /// The same routes without sessions, which all others are compared with.
    pub fn bare() -> Self {
        let answer = || get(async || 1.to_string());
        Self {
            name: "bare router",
            keeps: Keeps::Nothing,
            sends: Sends::WhenChanged,
            router: Router::new()
                .route("/begin", answer())
                .route("/look", answer())
                .route("/read", answer())
                .route("/write", answer())
                .route("/untouched", answer()),
        }
    }
}
