use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::SystemTime;

#[cfg(feature = "stored")]
use crate::store::{RowKey, Why};

/// The state of the session that a request carried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SessionState {
    /// The request carried a session, and this is it.
    Active,
    /// The request carried a session whose time is over, so a page can say that the session has expired. The
    /// state stays until a page has asked for it: see [`SessionInfo::state`].
    Expired,
    /// The request carried a session that the store no longer has: the visitor ended it in another request, the
    /// application ended it, or the store has lost it. `SessionInfo::why_ended` tells which. Only a stored session can
    /// be in this state.
    ///
    /// If the application ended it, the state stays until a page has asked for it, or writes into the session.
    Ended,
    /// The request carried no session.
    New,
    /// The request carried a session under a key that is revoked, or that is not in the ring.
    UnknownKey,
    /// The request carried a cookie of this name that is not a session. It was altered, cut, sealed under
    /// another cookie name, or sealed by a clock that is ahead. A session whose user this release cannot read
    /// is unreadable too.
    Unreadable,
}

/// The state, the times and the size of a session, as [`Session::info`](crate::Session::info) returns them.
#[derive(Clone, Debug)]
pub struct SessionInfo {
    pub(crate) state: SessionState,
    pub(crate) began: Option<SystemTime>,
    pub(crate) ends: Option<SystemTime>,
    pub(crate) remembered: bool,
    pub(crate) bytes_left: usize,
    /// The flag that [`SessionInfo::state`] sets when the application learns of the
    /// expiry. `None` if there is no expiry to learn of.
    pub(crate) told: Option<Arc<AtomicBool>>,
    /// The row that the request named, unless this request has ended it.
    #[cfg(feature = "stored")]
    pub(crate) row: Option<RowKey>,
    #[cfg(feature = "stored")]
    pub(crate) why_ended: Option<Why>,
}

impl SessionInfo {
    /// The state of the session that the request carried.
    ///
    /// [`Expired`](SessionState::Expired) stays, over as many requests as it takes and whatever they
    /// write, until this method has returned it in a request whose response reaches the visitor. So
    /// the login page can say it also when the page before wrote something and redirected. A login
    /// and a logout end it too, and a session of which nothing is left takes it along.
    ///
    /// The browser deletes the cookie of a session that it was told to remember when its time is
    /// over, and the next request is [`New`](SessionState::New). Such a visitor was away for as long
    /// as `idle`. A field marked `browser` can say that they have been here before.
    ///
    /// ```
    /// use session_runtime::{Session, SessionState};
    /// # #[derive(Session)] struct Shop { cart: Vec<u64> }
    ///
    /// async fn login_page(session: Session<Shop>) -> &'static str {
    ///     match Session::info(&session).state() {
    ///         SessionState::Expired => "Your session has expired. Please log in again.",
    ///         _ => "Please log in.",
    ///     }
    /// }
    /// ```
    pub fn state(&self) -> SessionState {
        if let Some(told) = &self.told {
            told.store(true, Ordering::Relaxed);
        }
        self.state
    }

    /// The reason for which the session that the request carried has [`Ended`](SessionState::Ended); `None` if it has
    /// not, or if the store no longer knows.
    ///
    /// ```
    /// use session_runtime::store::Why;
    /// use session_runtime::{Session, SessionState};
    /// # #[derive(Session)] #[session(stored)] struct Shop { cart: Vec<u64> }
    ///
    /// async fn login_page(session: Session<Shop>) -> &'static str {
    ///     let info = Session::info(&session);
    ///     match (info.state(), info.why_ended()) {
    ///         (SessionState::Ended, Some(Why::ByApplication)) => "You were logged out on another device.",
    ///         (SessionState::Expired | SessionState::Ended, _) => "Your session is over.",
    ///         _ => "Please log in.",
    ///     }
    /// }
    /// ```
    #[cfg(feature = "stored")]
    pub fn why_ended(&self) -> Option<Why> {
        self.why_ended
    }

    /// The time when the session began; `None` if it begins with this request.
    ///
    /// ```
    /// use session_runtime::Session;
    /// # #[derive(Session)] struct Shop { cart: Vec<u64> }
    ///
    /// async fn age(session: Session<Shop>) -> String {
    ///     let began = Session::info(&session).began();
    ///     let age = began.and_then(|began| began.elapsed().ok());
    ///     format!("{} minutes", age.unwrap_or_default().as_secs() / 60)
    /// }
    /// ```
    pub fn began(&self) -> Option<SystemTime> {
        self.began
    }

    /// The time when the session ends if it is not used again; `None` if it begins with this request.
    ///
    /// ```
    /// use std::time::{Duration, SystemTime};
    ///
    /// use session_runtime::Session;
    /// # #[derive(Session)] struct Shop { cart: Vec<u64> }
    ///
    /// async fn is_nearly_over(session: Session<Shop>) -> String {
    ///     let soon = SystemTime::now() + Duration::from_secs(300);
    ///     Session::info(&session).ends().is_some_and(|ends| ends < soon).to_string()
    /// }
    /// ```
    pub fn ends(&self) -> Option<SystemTime> {
        self.ends
    }

    /// True if the session survives closing the browser: see
    /// [`Session::remember`](crate::Session::remember). It is the answer of the moment when the guard was taken
    /// or synced.
    ///
    /// ```
    /// use session_runtime::Session;
    /// # #[derive(Session)] struct Shop { cart: Vec<u64> }
    ///
    /// async fn settings(session: Session<Shop>) -> String {
    ///     format!("Stay logged in: {}", Session::info(&session).is_remembered())
    /// }
    /// ```
    pub fn is_remembered(&self) -> bool {
        self.remembered
    }

    /// The number of bytes that are left in the session's cookies, at the moment when the guard was taken or synced. Of a
    /// stored session it is the number that is left in its row; fields marked `browser` have the room of a cookie beside it.
    ///
    /// Three bytes of a value take four. A field with a time of its own takes seven more. The first
    /// field marked `browser`, and the first marked `flash`, take a cookie's name and 75 more.
    ///
    /// ```
    /// use session_runtime::Session;
    /// # #[derive(Session)] struct Shop { cart: Vec<u64> }
    ///
    /// async fn add(mut session: Session<Shop>) -> &'static str {
    ///     if Session::info(&session).bytes_left() < 100 {
    ///         return "Your cart is full.";
    ///     }
    ///     session.cart.push(7);
    ///     "Added."
    /// }
    /// ```
    pub fn bytes_left(&self) -> usize {
        self.bytes_left
    }
}
