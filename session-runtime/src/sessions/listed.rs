use std::fmt;
use std::time::SystemTime;

use super::SessionHandle;
use crate::data::SessionData;
use crate::session::Session;
use crate::store::RowKey;
use crate::time::Timestamp;

/// One session of a user, as [`Sessions::of`](crate::Sessions::of) lists it.
///
/// ```
/// use session_runtime::{Identity, ListedSession, Session};
///
/// #[derive(Session)]
/// #[session(stored)]
/// struct Shop {
///     #[session(identity)]
///     user: Identity<u64>,
///     device: String,
/// }
///
/// fn line(listed: &ListedSession<Shop>, session: &Session<Shop>) -> String {
///     let device = listed.session().map_or("another device", |session| &session.device);
///     let minutes = listed.last_used().elapsed().unwrap_or_default().as_secs() / 60;
///     let here = if listed.is_this_one(session) { ", this one" } else { "" };
///     format!("{device}, used {minutes} minutes ago{here}")
/// }
/// ```
pub struct ListedSession<T> {
    pub(super) row: RowKey,
    pub(super) handle: SessionHandle,
    pub(super) session: Option<T>,
    pub(super) began: Option<Timestamp>,
    pub(super) last_used: Timestamp,
    pub(super) ends: Timestamp,
}

impl<T: SessionData> ListedSession<T> {
    /// The name of the session for [`Sessions::end`](crate::Sessions::end).
    ///
    /// ```
    /// # use session_runtime::{Identity, ListedSession, Session};
    /// # #[derive(Session)] #[session(stored)] struct Shop { #[session(identity)] user: Identity<u64> }
    /// fn button(listed: &ListedSession<Shop>) -> String {
    ///     format!("<button name=device value={}>Log out</button>", listed.handle())
    /// }
    /// ```
    pub fn handle(&self) -> &SessionHandle {
        &self.handle
    }

    /// The values of the session, as they are now. Fields marked `browser` or `flash` are at their defaults, because the
    /// browser has them.
    ///
    /// `None` if this release cannot read whose session it is, or the login is older than the keys. It can be ended all
    /// the same.
    ///
    /// ```
    /// # use session_runtime::{Identity, ListedSession, Session};
    /// # #[derive(Session)] #[session(stored)]
    /// # struct Shop { #[session(identity)] user: Identity<u64>, device: String }
    /// fn name(listed: &ListedSession<Shop>) -> &str {
    ///     listed.session().map_or("another device", |session| &session.device)
    /// }
    /// ```
    pub fn session(&self) -> Option<&T> {
        self.session.as_ref()
    }

    /// The time of the login, or of its last renewal by [`Session::log_in`]; `None` if this release cannot read it.
    ///
    /// ```
    /// # use session_runtime::{Identity, ListedSession, Session};
    /// # #[derive(Session)] #[session(stored)] struct Shop { #[session(identity)] user: Identity<u64> }
    /// use std::time::Duration;
    ///
    /// fn is_new(listed: &ListedSession<Shop>) -> bool {
    ///     let age = listed.began().and_then(|began| began.elapsed().ok());
    ///     age.is_some_and(|age| age < Duration::from_secs(86_400))
    /// }
    /// ```
    pub fn began(&self) -> Option<SystemTime> {
        self.began.map(Timestamp::to_system_time)
    }

    /// The time when the session was last used.
    ///
    /// A use is written down when a tenth of `idle` has passed since the last one, and after an hour at most. In the last
    /// stretch of `idle` before `max` is over, only a change is written down. If a release has made `idle` shorter since, the
    /// time is too late by the difference.
    ///
    /// ```
    /// # use session_runtime::{Identity, ListedSession, Session};
    /// # #[derive(Session)] #[session(stored)] struct Shop { #[session(identity)] user: Identity<u64> }
    /// fn days_unused(listed: &ListedSession<Shop>) -> u64 {
    ///     listed.last_used().elapsed().unwrap_or_default().as_secs() / 86_400
    /// }
    /// ```
    pub fn last_used(&self) -> SystemTime {
        self.last_used.to_system_time()
    }

    /// The time when the session ends if it is not used again.
    ///
    /// ```
    /// # use session_runtime::{Identity, ListedSession, Session};
    /// # #[derive(Session)] #[session(stored)] struct Shop { #[session(identity)] user: Identity<u64> }
    /// fn first_to_end(listed: &[ListedSession<Shop>]) -> Option<&ListedSession<Shop>> {
    ///     listed.iter().min_by_key(|listed| listed.ends())
    /// }
    /// ```
    pub fn ends(&self) -> SystemTime {
        self.ends.to_system_time()
    }

    /// Returns true if it is the session of this request.
    ///
    /// ```
    /// # use session_runtime::{Identity, ListedSession, Session};
    /// # #[derive(Session)] #[session(stored)] struct Shop { #[session(identity)] user: Identity<u64> }
    /// fn others(listed: &[ListedSession<Shop>], session: &Session<Shop>) -> usize {
    ///     listed.iter().filter(|listed| !listed.is_this_one(session)).count()
    /// }
    /// ```
    pub fn is_this_one(&self, session: &Session<T>) -> bool {
        session.row() == Some(self.row)
    }
}

/// The times only. A value may be a secret.
impl<T> fmt::Debug for ListedSession<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ListedSession")
            .field("began", &self.began.map(Timestamp::to_system_time))
            .field("last_used", &self.last_used.to_system_time())
            .field("ends", &self.ends.to_system_time())
            .finish_non_exhaustive()
    }
}
