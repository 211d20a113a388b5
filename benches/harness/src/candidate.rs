//! A router with sessions.

use axum::Router;
use axum::routing::get;

use crate::Scenario;

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
    pub name: String,
    pub keeps: Keeps,
    /// The requests that it answers with a cookie though they change nothing.
    pub also_sets: &'static [Scenario],
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

impl Candidate {
    /// The same routes without sessions, which all others are compared with.
    pub fn bare() -> Self {
        let answer = || get(async || 1.to_string());
        Self {
            name: "bare router".to_owned(),
            keeps: Keeps::Nothing,
            also_sets: &[],
            router: Router::new()
                .route("/begin", answer())
                .route("/look", answer())
                .route("/read", answer())
                .route("/write", answer())
                .route("/untouched", answer()),
        }
    }
}
