use std::fmt;

/// The effect of a response on a session.
///
/// ```
/// use http::HeaderMap;
/// use session_runtime::test_kit::{Outcome, TestKit};
/// use session_runtime::{Keyring, Session, SessionLayer};
/// # #[derive(Session)] struct Shop { visits: u32 }
///
/// let kit = TestKit::new(&SessionLayer::<Shop>::new(Keyring::ephemeral()));
/// match kit.outcome_of(&HeaderMap::new()) {
///     Outcome::Set(shop) => assert_eq!(shop.visits, 1),
///     Outcome::Removed => panic!("the session ended"),
///     Outcome::Untouched => {} // no `Set-Cookie` of this session
/// }
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a session is kept, replaced or forgotten; there is no fourth"
)]
pub enum Outcome<T> {
    /// The browser is told to forget the session.
    Removed,
    /// The browser has this session from now on. A stored session may be changed in its store alone, without a cookie.
    ///
    /// [`TestKit::outcome_of`](super::TestKit::outcome_of) sees the response alone: fields in a cookie that it leaves
    /// alone are at their defaults then, and a `flash` or `browser` field has another cookie than the rest.
    Set(T),
    /// The browser keeps the session that it had.
    Untouched,
}

impl<T> Outcome<T> {
    /// The session that the response sets, if it sets one.
    ///
    /// ```
    /// use session_runtime::test_kit::Outcome;
    ///
    /// assert_eq!(Outcome::Set(7).into_set(), Some(7));
    /// assert_eq!(Outcome::<u32>::Removed.into_set(), None);
    /// ```
    pub fn into_set(self) -> Option<T> {
        match self {
            Self::Set(value) => Some(value),
            Self::Removed | Self::Untouched => None,
        }
    }

    pub(super) fn verb(&self) -> &'static str {
        match self {
            Self::Removed => "removes",
            Self::Set(_) => "sets",
            Self::Untouched => "does not touch",
        }
    }
}

/// The variant's name. A value may be a secret.
impl<T> fmt::Debug for Outcome<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Removed => "Removed",
            Self::Set(_) => "Set(_)",
            Self::Untouched => "Untouched",
        })
    }
}
