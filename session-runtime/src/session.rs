//! The guard that a handler holds.

use std::convert::Infallible;
use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::thread;

use axum_core::response::{IntoResponse, IntoResponseParts, Response, ResponseParts};
use bytes::Bytes;

use crate::config::{Config, StoredField};
#[cfg(feature = "stored")]
use crate::data::KeptInStore;
use crate::data::{FieldId, HasIdentity, Place, SessionData, numbered};
use crate::encoded::{Change, Changes, Encoded};
use crate::event;
use crate::explained::{Copied, MadeWithoutRequest, Returned, refused};
use crate::honesty::{self, Witness};
use crate::info::SessionInfo;
use crate::part::Parts;
use crate::record::Records;
use crate::slot::{AfterLogin, Login, Naming, Seen, Slot, Snapshot};
#[cfg(feature = "stored")]
use crate::store::RowKey;
use crate::value::EncodeError;

/// The session of a visitor, as an extractor. Its fields are those of `T`.
///
/// A handler reads and writes the fields, and the response carries those whose *value* changed. Handlers,
/// middleware and other extractors may each extract the session. Each has a snapshot, and no lock is held. A
/// snapshot publishes its changes when it is dropped.
///
/// A session that was only read sends no cookie, except now and then to note that it is in use, and after a
/// change of keys.
///
/// Operations are associated functions, such as `Session::destroy(session)`, so that they never hide a field or
/// a method of `T`.
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
/// These changes are dropped, and the log names their fields:
///
/// - changes of a response that reaches the layer as a 5xx or a 408;
/// - changes of a guard that a panic drops;
/// - changes that come after the response was returned, in a spawned task or a streaming body.
///
/// Middleware inside the layer that turns an error into a page, or gives up on a handler, saves what the handler
/// had done by then.
///
/// # A handler that axum refuses
///
/// "The trait `Handler` is not satisfied" names the route, and not the argument that is wrong. Put
/// `#[axum::debug_handler]` on the handler. A session is taken as `mut session: Session<Shop>`, before what reads the
/// body, and is not returned. [Coming from another library](crate::guide::from_another_library) has a table of what else
/// it can be.
#[must_use = "a session does nothing unless its fields are read or written"]
#[diagnostic::on_move(
    message = "the session was given away before",
    label = "a `{Self}` is not copied",
    note = "take it again where you need it, as an extractor: each guard sees what the others have published",
    note = "a task that outlives the request takes clones of the values that it needs"
)]
pub struct Session<T: SessionData> {
    value: Held<T>,
    slot: Arc<Slot>,
    /// The point up to which the value contains the publications of the request.
    seen: Seen,
    info: SessionInfo,
    /// The fields before the first mutable borrow; `None` while nothing can have changed.
    base: Option<Encoded>,
    /// The fields whose time is to start again, whatever their values.
    touched: Vec<FieldId>,
    /// The value that `Session::remember` was called with.
    remember: Option<bool>,
    /// The fields that it published itself since it was taken, to something other than their default.
    published: Vec<FieldId>,
    /// The user whose login it could not renew.
    refused: Option<Bytes>,
    witness: Witness,
}

/// The value of the session. rustc suggests a field that has the type which it looks for, even a private one.
struct Held<T>(T);

/// The session of this request, as published so far.
///
/// No associated function: rustc would suggest it to whoever tries to make a session by hand.
pub(crate) fn take<T: SessionData>(slot: Arc<Slot>, snapshot: Snapshot) -> Session<T> {
    let value = decode(&slot.config, &snapshot.records);
    Session {
        witness: Witness::of(&slot.config, &value, &snapshot.records),
        value: Held(value),
        slot,
        seen: snapshot.seen,
        info: snapshot.info,
        base: None,
        touched: Vec::new(),
        remember: None,
        published: Vec::new(),
        refused: None,
    }
}

/// A value that cannot be read is the default in this request, and stays stored.
pub(crate) fn decode<T: SessionData>(config: &Config, records: &Parts<Records>) -> T {
    let mut value = T::default();
    for (part, records) in records.iter() {
        for (field, record) in config.schema.fields_in(part, records) {
            let field = field.of(T::SCHEMA.fields);
            if (field.decode)(&mut value, record.value).is_err() {
                event::unreadable_value(config, field.name);
            }
        }
    }
    value
}

impl<T: SessionData> Session<T> {
    /// Logs a user in.
    ///
    /// - If no user is logged in, every field stays, so a cart survives the login. `max` starts again.
    /// - If another user is logged in, the session of that user ends first. Every field is set to its default,
    ///   except those marked `browser`. `max` starts again.
    /// - If the same user is logged in, the login is renewed. Every field stays, and `max` starts again.
    ///
    /// The login acts at once. Write what belongs to the user *after* the call. A change that this guard made
    /// before the call is dropped if another user was logged in, and the log says so.
    ///
    /// The login is saved with the response. A 408 saves none, a panic that drops a session saves none, and a 5xx
    /// saves none unless [`save_on_server_errors`](crate::SessionLayer::save_on_server_errors) says otherwise. An
    /// error with any other status saves the login, so call this function when nothing can fail any more.
    ///
    /// ```
    /// use session_runtime::{Identity, Session};
    ///
    /// #[derive(Session)]
    /// struct Shop {
    ///     #[session(identity)]
    ///     user: Identity<u64>,
    ///     tenant: u32,
    ///     cart: Vec<u64>,
    /// }
    ///
    /// async fn log_in(mut session: Session<Shop>) {
    ///     // Here the password was right.
    ///     Session::log_in(&mut session, 7);
    ///     session.tenant = 42;
    /// }
    /// ```
    ///
    /// # What is refused
    ///
    /// A guard cannot renew a login that another guard of the request has ended, and no login follows a
    /// [`destroy`](Self::destroy). The log has an error then. What the guard writes afterwards is dropped until
    /// the guard is synced, except fields marked `browser`.
    #[doc(alias = "login")]
    #[doc(alias = "sign_in")]
    #[doc(alias = "set_user")]
    #[expect(
        clippy::needless_pass_by_value,
        reason = "it is read as handing the session a user, and mostly a small id"
    )]
    pub fn log_in<I>(session: &mut Self, id: I)
    where
        // Not `id: T::Id`: for a session without an identity rustc would complain of `id` as well.
        T: HasIdentity<Id = I>,
    {
        let user = encode::<T>(&session.slot.config, &id);
        if let Ok(user) = &user {
            honesty::check_user::<T>(&session.slot.config, &id, user);
        }
        let login = Login {
            user,
            shown: session.refused.take().or_else(|| session.shown_user()),
        };
        session.published.clear();
        let changes = session.take_changes();
        match session.slot.log_in(&login, &changes, session.seen) {
            Some(AfterLogin::Counted(snapshot)) => session.take_over(snapshot),
            Some(AfterLogin::Refused(snapshot)) => {
                let ended = session.seen;
                session.take_over(snapshot);
                session.seen = session.seen.of_ended(ended);
                session.refused = login.user.ok();
            }
            None => {}
        }
    }

    /// Logs the user out.
    ///
    /// The session starts over, as with [`clear`](Self::clear). The next user finds nothing of this one, except
    /// fields marked `browser`.
    ///
    /// The logout acts at once, from any guard, and with any response, even an error. A field that is written
    /// after the call is kept, so write a notice after it. A change before the call is dropped, and the log says
    /// so. Every cookie of the session that the request carried is replaced or removed, even one that cannot be
    /// read.
    ///
    /// ```
    /// use session_runtime::{Identity, Session};
    ///
    /// #[derive(Session)]
    /// struct Shop {
    ///     #[session(identity)]
    ///     user: Identity<u64>,
    ///     #[session(flash)]
    ///     notice: Option<String>,
    /// }
    ///
    /// async fn log_out(mut session: Session<Shop>) {
    ///     Session::log_out(&mut session);
    ///     session.notice = Some("You are logged out.".to_owned());
    /// }
    /// ```
    ///
    /// # Security
    ///
    /// This browser forgets the session. A copy of the cookie that was made before still opens until the time of
    /// the session is over, because a cookie cannot be recalled.
    #[doc(alias = "logout")]
    #[doc(alias = "sign_out")]
    pub fn log_out(session: &mut Self)
    where
        T: HasIdentity,
    {
        session.start_over(Naming::Loud);
    }

    /// Starts the session over, as that of a new visitor.
    ///
    /// Every field is set to its default, except those marked `browser`. Changes that any guard made before are
    /// dropped. What is written after the call is kept, even a value that is equal to the one before. Any response
    /// starts the session over, even an error.
    ///
    /// A session with an identity has [`log_out`](Self::log_out) for this.
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
    #[doc(alias = "flush")]
    #[doc(alias = "reset")]
    pub fn clear(session: &mut Self) {
        session.start_over(Naming::Silent);
    }

    /// Makes this browser forget the session, and the fields marked `browser` too.
    ///
    /// The response removes all cookies of the session, even if it is an error. Changes of other guards of the
    /// request are dropped, and a login in the rest of the request is refused.
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
    /// A copy of the cookie that was made before still opens, because a cookie cannot be recalled.
    pub fn destroy(mut session: Self) {
        session.base = None;
        session.touched.clear();
        session.remember = None;
        session.witness = Witness::none();
        session.slot.destroy();
    }

    /// Chooses if the session survives closing the browser: the checkbox "stay logged in".
    ///
    /// Without this call the session survives if the struct is marked `remember`. The choice is not about how
    /// long: `idle` and `max` are the same for both, and browsers keep no cookie for more than 400 days.
    ///
    /// The call may stand before [`log_in`](Self::log_in) or after it. [`log_out`](Self::log_out), the next login
    /// and [`clear`](Self::clear) take the choice back. The choice is stored in the session. A session in which
    /// every field is at its default has no cookie, so the choice is lost there.
    ///
    /// ```
    /// use session_runtime::{Identity, Session};
    /// # #[derive(Session)] struct Shop { #[session(identity)] user: Identity<u64> }
    /// # struct Form { user: u64, stay_logged_in: bool }
    ///
    /// async fn log_in(mut session: Session<Shop>, form: Form) {
    ///     Session::log_in(&mut session, form.user);
    ///     Session::remember(&mut session, form.stay_logged_in);
    /// }
    /// ```
    pub fn remember(session: &mut Self, remember: bool) {
        session.remember = Some(remember);
    }

    /// Starts the time of a field again, although its value stays the same.
    ///
    /// A field with a `ttl` needs this call where it is set to the value that it has already. The call writes no
    /// value, so a value that another guard has written meanwhile stays.
    ///
    /// ```
    /// use session_runtime::Session;
    ///
    /// #[derive(Session)]
    /// struct Bank {
    ///     #[session(ttl = "5m")]
    ///     confirmed: bool,
    /// }
    ///
    /// async fn confirm_password(mut session: Session<Bank>) {
    ///     session.confirmed = true;
    ///     // Five minutes from now, also if it was confirmed before.
    ///     Session::touch(&mut session, |bank| &bank.confirmed);
    /// }
    /// ```
    ///
    /// The field has a time of its own: it has a `ttl`, or it is marked `flash` or `browser`. If `field` returns
    /// anything else, the log has an error and no time starts again.
    #[doc(alias = "refresh")]
    #[doc(alias = "extend")]
    pub fn touch<F: 'static>(session: &mut Self, field: impl FnOnce(&T) -> &F) {
        let place = Place::of(field(&session.value.0));
        let stored = session.slot.config.schema.fields.iter();
        let fields = numbered(T::SCHEMA.fields.iter().zip(stored));
        let mut timed = fields.filter(|(_, (_, stored))| stored.ttl.is_some());
        match timed.find(|(_, (field, _))| (field.place)(&session.value.0) == place) {
            Some((id, _)) => session.touched.push(id),
            None => event::touched_nothing(&session.slot.config),
        }
    }

    /// Gives the session another ticket. The one that the browser has reads and changes nothing afterwards.
    ///
    /// Call it when what the session may do has changed: after a second factor, a new password, or a step up to
    /// administration. Whoever copied the cookie before does not get there. Every field stays, no time starts again, and
    /// a login is no part of it: [`log_in`](Self::log_in) gives another ticket by itself.
    ///
    /// The other ticket comes with the response, as a change does. From then on the ticket of before reads nothing and
    /// changes nothing. That is so also for the pages of this browser which were asked for with it and are not answered
    /// yet: they see no user. They leave the new ticket in the browser. The ticket of before can still log the session
    /// out, until its own time is over.
    ///
    /// If another request with the same ticket renews the session first, the response is a 503, and the log warns: the
    /// other request may be a thief's.
    ///
    /// If no user is logged in, the next login gives the ticket, and this call does nothing. A session type without an
    /// identity gets its ticket at once.
    ///
    /// ```
    /// use session_runtime::{Identity, Session};
    ///
    /// #[derive(Session)]
    /// #[session(stored)]
    /// struct Shop {
    ///     #[session(identity)]
    ///     user: Identity<u64>,
    ///     is_admin: bool,
    /// }
    ///
    /// async fn become_admin(mut session: Session<Shop>) {
    ///     session.is_admin = true;
    ///     Session::renew(&mut session);
    /// }
    /// ```
    #[cfg(feature = "stored")]
    #[doc(alias = "regenerate")]
    #[doc(alias = "cycle_id")]
    #[doc(alias = "rotate")]
    pub fn renew(session: &mut Self)
    where
        T: KeptInStore,
    {
        session.slot.renew(session.seen);
    }

    /// Publishes the changes of this guard, and takes over what other guards of this request have published.
    ///
    /// It saves nothing, and reads nothing: what is published is saved with the response, and no store is asked. After
    /// the response it does nothing. A guard in a stream, a task or a websocket keeps the session as it was in its
    /// request, and shows a user who has logged out meanwhile.
    ///
    /// Middleware calls it before `next.run`. A handler calls it before its guard moves into a stream, a task or
    /// an upgrade, because changes that are published there come too late.
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
        session.publish();
        session.refused = None;
        if let Some(snapshot) = session.slot.current() {
            session.take_over(snapshot);
        }
    }

    /// Returns the state of the session, its times, and the room that is left in its cookies.
    ///
    /// The answer is that of the moment when the guard was taken or synced.
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
    pub fn info(session: &Self) -> SessionInfo {
        session.info.clone()
    }

    fn start_over(&mut self, naming: Naming) {
        let changes = self.take_changes();
        let own = std::mem::take(&mut self.published);
        match self.slot.clear(&changes, &own, self.seen, naming) {
            Some(snapshot) => self.take_over(snapshot),
            None => self.value.0 = T::default(),
        }
        self.refused = None;
    }

    fn take_over(&mut self, snapshot: Snapshot) {
        let config = &self.slot.config;
        let Snapshot {
            records,
            info,
            seen,
        } = snapshot;
        self.value.0 = decode(config, &records);
        self.witness = Witness::of(config, &self.value.0, &records);
        self.info = info;
        self.seen = seen;
    }

    /// Publishes the changes of a guard that goes on, which remembers what it published.
    fn publish(&mut self) {
        let changes = self.take_changes();
        let schema = &self.slot.config.schema;
        let all = changes.fields.iter();
        let with_values = all.filter(|change| schema.has_value(change));
        self.published
            .extend(with_values.map(|change| change.field));
        self.slot.publish(&changes, self.seen);
    }

    /// Takes the changes that this guard made and has not published. They count as published from now on.
    fn take_changes(&mut self) -> Changes {
        let mut changes = Changes {
            fields: self.take_changed_fields(),
            touched: std::mem::take(&mut self.touched),
            remember: self.remember.take(),
        };
        if self.assigns_identity(&changes) {
            changes = Changes::default();
        }
        changes
    }

    fn take_changed_fields(&mut self) -> Vec<Change> {
        let config = &self.slot.config;
        let Some(base) = self.base.take() else {
            self.witness.compare(config, || Encoded::of(&self.value.0));
            return Vec::new();
        };
        let mut changed = Encoded::of(&self.value.0).changes_since(&base);
        let merges = |change: &&mut Change| config.schema[change.field].merge.is_some();
        for change in changed.iter_mut().filter(merges) {
            change.before = base.value(change.field);
        }
        self.witness.compare(config, || base);
        honesty::check_changes::<T>(config, &changed);
        changed
    }

    /// Returns true if the identity is not the one that this guard was given, because the whole
    /// session was assigned or swapped. Such an identity grants nothing. One that says that no user
    /// is logged in is believed.
    fn assigns_identity(&self, changes: &Changes) -> bool {
        let config = &self.slot.config;
        let Some(identity) = config.schema.identity else {
            return false;
        };
        let mut all = changes.fields.iter();
        let Some(change) = all.find(|change| change.field == identity.field) else {
            return false;
        };
        event::identity_assigned(config, config.schema[identity.field].name);
        if !config.schema.has_value(change) {
            self.slot.end_assigned(self.seen);
        }
        true
    }

    /// The row of the session; `None` if it begins with this request, or is kept in its cookie.
    #[cfg(feature = "stored")]
    pub(crate) fn row(&self) -> Option<RowKey> {
        self.info.row
    }

    /// Whom the guard shows, as this release stores the user; `None` for nobody.
    pub(crate) fn shown_user(&self) -> Option<Bytes> {
        let schema = &self.slot.config.schema;
        let id = schema.identity?.field;
        let mut shown = Vec::new();
        (id.of(T::SCHEMA.fields).encode)(&self.value.0, &mut shown).ok()?;
        (shown != schema[id].default).then(|| shown.into())
    }
}

/// The bytes of a user, as the identity is stored. One that would be read as nobody, or not at all, cannot
/// be logged in: the next request would find an unreadable session.
pub(crate) fn encode<T: HasIdentity>(config: &Config, user: &T::Id) -> Result<Bytes, EncodeError> {
    let mut bytes = Vec::new();
    (T::USER.encode)(Some(user), &mut bytes)?;
    let is_read = |field: &StoredField| {
        let read = config.schema.identity.and_then(|it| (it.as_read)(&bytes));
        read.is_some_and(|read| read != field.default)
    };
    if config.schema.identity_field().is_some_and(is_read) {
        Ok(bytes.into())
    } else {
        Err(EncodeError::NobodyComesBack)
    }
}

/// Functions that sessions of other libraries have, and these refuse: see [`explained`](crate::explained).
impl<T: SessionData> Session<T> {
    // Of `-> Self` rustc would tell others that this is a way to make a session.
    #[doc(hidden)]
    #[expect(clippy::new_ret_no_self, reason = "it makes nothing")]
    pub fn new<V, R>(_: V) -> R
    where
        Self: MadeWithoutRequest,
    {
        refused()
    }

    #[doc(hidden)]
    #[expect(clippy::should_implement_trait, reason = "it makes nothing")]
    pub fn default<R>() -> R
    where
        Self: MadeWithoutRequest,
    {
        refused()
    }
}

#[doc(hidden)]
impl<T: SessionData> Clone for Session<T>
where
    Self: Copied,
{
    fn clone(&self) -> Self {
        refused()
    }
}

#[doc(hidden)]
impl<T: SessionData> IntoResponse for Session<T>
where
    Self: Returned,
{
    fn into_response(self) -> Response {
        refused()
    }
}

#[doc(hidden)]
impl<T: SessionData> IntoResponseParts for Session<T>
where
    Self: Returned,
{
    type Error = Infallible;

    fn into_response_parts(self, _: ResponseParts) -> Result<ResponseParts, Infallible> {
        refused()
    }
}

impl<T: SessionData> Deref for Session<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value.0
    }
}

impl<T: SessionData> DerefMut for Session<T> {
    fn deref_mut(&mut self) -> &mut T {
        self.base.get_or_insert_with(|| Encoded::of(&self.value.0));
        &mut self.value.0
    }
}

impl<T: SessionData> Drop for Session<T> {
    fn drop(&mut self) {
        if thread::panicking() {
            // The work of a handler that panicked is unfinished.
            self.slot.note_panic();
        } else {
            // `Serialize` is code of the application, and may panic here.
            let _unfinished = Unfinished(self.slot.clone());
            let changes = self.take_changes();
            self.slot.publish(&changes, self.seen);
        }
    }
}

/// Publishing, which a panic leaves unfinished like the work of a handler.
struct Unfinished(Arc<Slot>);

impl Drop for Unfinished {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.note_panic();
        }
    }
}

/// The fields' names. A value may be a secret.
impl<T: SessionData> fmt::Debug for Session<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Session");
        for field in T::SCHEMA.fields {
            debug.field(field.name, &format_args!("_"));
        }
        debug.finish()
    }
}
