//! The guard that a handler holds.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::thread;

use http::HeaderMap;

use crate::config::Config;
use crate::data::SessionData;
use crate::encoded::{Change, Changes, Encoded};
use crate::event;
use crate::honesty::{self, Witness};
use crate::part::Parts;
use crate::policy::Ending;
use crate::record::Records;
use crate::slot::{Seen, Slot, Snapshot};
use crate::status::Status;

/// A visitor's session: read and write the fields of `T`, and they are kept.
///
/// It is an extractor, and a snapshot: extract it in handlers, in middleware and in other
/// extractors, as often as you like; no lock is held. When it is dropped, the fields whose *value*
/// changed are published, and the response carries them. A session that was only read, or written
/// with equal values, sends nothing, but now and then to note a use, or after a change of keys.
///
/// Operations are associated functions, `Session::destroy(session)`, so that they never hide a
/// field or a method of `T`.
///
/// ```
/// use session_runtime::Session;
///
/// #[derive(Session)]
/// struct Shop {
///     visits: u32,
/// }
///
/// async fn index(mut session: Session<Shop>) -> String {
///     session.visits += 1;
///     format!("Visit number: {}", session.visits)
/// }
/// ```
///
/// # What is not saved
///
/// Changes of a response that reaches the layer as a 5xx or 408, changes of a guard that a panic
/// drops, and changes made after the response was returned, in a spawned task or a streaming body:
/// the log names the field then. Middleware inside the layer that turns an error into a page, or
/// gives up on a handler, saves what the handler had done by then.
#[must_use = "a session does nothing unless its fields are read or written"]
pub struct Session<T: SessionData> {
    value: T,
    slot: Arc<Slot>,
    /// What the value contains of the request's publications.
    seen: Seen,
    status: Status,
    /// The fields before the first mutable borrow; `None` while nothing can have changed.
    base: Option<Encoded>,
    /// What `Session::remember` was told.
    remember: Option<bool>,
    witness: Witness,
}

/// The session of this request, as published so far.
///
/// No associated function: rustc would suggest it to whoever tries to make a session by hand.
pub(crate) fn take<T: SessionData>(slot: Arc<Slot>, headers: &HeaderMap) -> Session<T> {
    let snapshot = slot.snapshot(headers);
    let value = decode(&slot.config, &snapshot.records);
    Session {
        witness: Witness::of(&slot.config, &value, &snapshot.records),
        value,
        slot,
        seen: snapshot.seen,
        status: snapshot.status,
        base: None,
        remember: None,
    }
}

/// A value that cannot be read is the default in this request, and stays stored.
pub(crate) fn decode<T: SessionData>(config: &Config, records: &Parts<Records>) -> T {
    let mut value = T::fresh();
    for (field, stored) in T::FIELDS.iter().zip(&*config.schema.fields) {
        if let Some(record) = stored.record(records)
            && (field.decode)(&mut value, &record.value).is_err()
        {
            event::unreadable_value(config, field.name);
        }
    }
    value
}

impl<T: SessionData> Session<T> {
    /// Makes this browser forget the session, with what it keeps for a next one: the response removes
    /// its cookies, also if it is an error. What other guards of the request change is dropped.
    ///
    /// ```
    /// use session_runtime::Session;
    /// # #[derive(Session)] struct Shop { visits: u32 }
    ///
    /// async fn leave(session: Session<Shop>) -> &'static str {
    ///     Session::destroy(session);
    ///     "goodbye"
    /// }
    /// ```
    ///
    /// # Security
    ///
    /// A copy of the cookie that somebody made before still opens: a cookie cannot be recalled.
    pub fn destroy(mut session: Self) {
        session.base = None;
        session.remember = None;
        session.witness = Witness::none();
        session.slot.destroy();
    }

    /// Starts over as a new visitor: every field is at its default but those marked `remember`, and
    /// what this and other guards changed of the rest before is dropped. What is written after it
    /// counts, also when it is equal to what was there before. The response says so even if it is an
    /// error.
    ///
    /// A session with an `identity` starts over by itself when its user logs out or another logs in.
    ///
    /// ```
    /// use session_runtime::Session;
    /// # #[derive(Session)] struct Quiz { answers: Vec<u8>, started: bool }
    ///
    /// async fn start(mut session: Session<Quiz>) {
    ///     Session::clear(&mut session);
    ///     session.started = true;
    /// }
    /// ```
    pub fn clear(session: &mut Self) {
        session.publish(Taken::WhatTheBrowserKeeps);
        match session.slot.clear() {
            Some(snapshot) => session.take_over(snapshot),
            None => session.value = T::fresh(),
        }
    }

    /// Whether the session survives that the browser is closed: for the checkbox "remember me".
    /// Unless this is called, it does if the struct is marked `remember`.
    ///
    /// It decides whether, not for how long: `idle` and `max` are the same for both, and browsers
    /// keep no cookie for more than 400 days. Logging out, another user's login and
    /// [`clear`](Self::clear) take it back. It is kept with the session, so one with nothing in it
    /// keeps nothing.
    ///
    /// ```
    /// use session_runtime::Session;
    /// # #[derive(Session)] struct Shop { #[session(identity)] user: Option<u64> }
    /// # struct Form { user: u64, remember_me: bool }
    ///
    /// async fn log_in(mut session: Session<Shop>, form: Form) {
    ///     session.user = Some(form.user);
    ///     Session::remember(&mut session, form.remember_me);
    /// }
    /// ```
    pub fn remember(session: &mut Self, remember: bool) {
        session.remember = Some(remember);
    }

    /// Publishes what this guard changed and takes over what others published: for middleware
    /// before `next.run`, and for a guard that moves into a stream, a task or an upgrade, whose
    /// changes would come too late when it is dropped there.
    ///
    /// ```
    /// use session_runtime::Session;
    /// # #[derive(Session)] struct Shop { visits: u32 }
    ///
    /// async fn handler(mut session: Session<Shop>) {
    ///     session.visits += 1;
    ///     Session::sync(&mut session);
    ///     tokio::spawn(async move { session.visits });
    /// }
    /// ```
    pub fn sync(session: &mut Self) {
        session.publish(Taken::Everything);
        if let Some(snapshot) = session.slot.current() {
            session.take_over(snapshot);
        }
    }

    /// What became of the session that the request carried, how long this one lasts, and how much
    /// room it has: as of when the guard was taken.
    ///
    /// ```
    /// use session_runtime::{Session, State};
    /// # #[derive(Session)] struct Shop { user: Option<u64> }
    ///
    /// async fn log_in_page(session: Session<Shop>) -> &'static str {
    ///     match Session::status(&session).state() {
    ///         State::Expired => "Your session has expired. Please log in again.",
    ///         _ => "Please log in.",
    ///     }
    /// }
    /// ```
    pub fn status(session: &Self) -> Status {
        session.status
    }

    fn take_over(&mut self, snapshot: Snapshot) {
        let config = &self.slot.config;
        let Snapshot {
            records,
            status,
            seen,
        } = snapshot;
        self.value = decode(config, &records);
        self.witness = Witness::of(config, &self.value, &records);
        self.status = status;
        self.seen = seen;
    }

    fn publish(&mut self, taken: Taken) {
        let config = &self.slot.config;
        let mut changes = Changes {
            fields: Vec::new(),
            remember: self.remember.take(),
        };
        match self.base.take() {
            None => self.witness.compare(config, || Encoded::of(&self.value)),
            Some(base) => {
                changes.fields = Encoded::of(&self.value).changes_since(&base);
                self.witness.compare(config, || base);
                honesty::check_changes::<T>(config, &changes.fields);
            }
        }
        if taken == Taken::WhatTheBrowserKeeps {
            changes.remember = None;
            let part = |change: &Change| config.schema.part_of(change.field);
            let is_over =
                |change: &Change| part(change).is_some_and(|part| Ending::Cleared.ends(part));
            changes.fields.retain(|change| !is_over(change));
        }
        if !changes.is_empty() {
            self.slot.publish(&changes, self.seen);
        }
    }
}

impl<T: SessionData> Deref for Session<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T: SessionData> DerefMut for Session<T> {
    fn deref_mut(&mut self) -> &mut T {
        self.base.get_or_insert_with(|| Encoded::of(&self.value));
        &mut self.value
    }
}

impl<T: SessionData> Drop for Session<T> {
    fn drop(&mut self) {
        // What a handler had done when it panicked is unfinished.
        if !thread::panicking() {
            self.publish(Taken::Everything);
        }
    }
}

/// The fields' names. A value may be a secret.
impl<T: SessionData> fmt::Debug for Session<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Session");
        for field in T::FIELDS {
            debug.field(field.name, &format_args!("_"));
        }
        debug.finish()
    }
}

/// Which of a guard's changes are published.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Taken {
    Everything,
    WhatTheBrowserKeeps,
}
