//! The sessions of a user, as the application lists and ends them from outside of their requests.

mod handle;
mod listed;

use std::cmp::Reverse;
use std::fmt;
use std::iter;
use std::marker::PhantomData;
use std::sync::Arc;

use bytes::Bytes;

pub use self::handle::SessionHandle;
pub use self::listed::ListedSession;
use crate::carried_out::CarriedOut;
use crate::config::{Config, Rows};
use crate::data::{HasIdentity, SessionData};
use crate::event;
use crate::extract::SessionError;
use crate::part::Parts;
use crate::record::Records;
use crate::session::{self, Session};
use crate::slot::{read_listed, tombstone_until};
use crate::store::{Ended, Listed, Loaded, RowEnding, RowKey, StoreError, StoreErrorKind, Why};
use crate::time::Timestamp;
use crate::token::{Label, open_handle, random_bytes, seal_handle};

/// The stored sessions of all users: a handle that lists them and ends them, in a request or in a background job.
///
/// [`SessionLayer::sessions`](crate::SessionLayer::sessions) makes one. It is cheap to clone, so it belongs into the
/// state of the application:
///
/// ```
/// use axum::extract::{Form, State};
/// use axum::routing::{get, post};
/// use axum::Router;
/// use session_runtime::store::MemoryStore;
/// use session_runtime::{
///     Identity, Keyring, LoggedIn, Session, SessionError, SessionHandle, SessionLayer, Sessions,
/// };
///
/// #[derive(Session)]
/// #[session(stored)]
/// struct Shop {
///     #[session(identity)]
///     user: Identity<u64>,
///     device: String,
/// }
///
/// async fn devices(
///     LoggedIn(user): LoggedIn<Shop>,
///     State(sessions): State<Sessions<Shop>>,
/// ) -> Result<String, SessionError> {
///     let listed = sessions.of(&user).await?;
///     let names = listed.iter().filter_map(|listed| Some(listed.session()?.device.as_str()));
///     Ok(names.collect::<Vec<_>>().join(", "))
/// }
///
/// #[derive(serde::Deserialize)]
/// struct Device {
///     device: SessionHandle,
/// }
///
/// async fn log_out_device(
///     LoggedIn(user): LoggedIn<Shop>,
///     State(sessions): State<Sessions<Shop>>,
///     Form(form): Form<Device>,
/// ) -> Result<&'static str, SessionError> {
///     let ended = sessions.end(&user, &form.device).await?;
///     Ok(if ended { "The device is logged out." } else { "It was logged out before." })
/// }
///
/// let layer = SessionLayer::<Shop>::stored(Keyring::ephemeral(), MemoryStore::new());
/// let sessions = layer.sessions();
/// let app: Router = Router::new()
///     .route("/devices", get(devices))
///     .route("/devices/log-out", post(log_out_device))
///     .layer(layer)
///     .with_state(sessions);
/// ```
///
/// # What is ended
///
/// A session that is ended here is over for every copy of its cookie, from the next request on. A request that is on
/// its way saves nothing into it. A renewal that is on its way does not bring it back. The next page of that browser
/// finds [`SessionState::Ended`](crate::SessionState::Ended).
///
/// A login that reaches the store *after* the call is a later login, and stays. So change what a login needs first, such
/// as the password, and end the sessions then.
///
/// # When the store fails
///
/// Every function fails where the store does. As a response the error is a 503, and the log says what to do. Some
/// sessions may have ended all the same, so call it again.
///
/// An ending that has begun is carried out, also if the client hangs up and the handler is given up.
pub struct Sessions<T> {
    config: Arc<Config>,
    session: PhantomData<fn() -> T>,
}

impl<T: SessionData> Sessions<T> {
    pub(crate) fn new(config: Arc<Config>) -> Self {
        Self {
            config,
            session: PhantomData,
        }
    }
}

impl<T: HasIdentity> Sessions<T> {
    /// The largest number of sessions that [`of`](Self::of) returns.
    pub const MOST_LISTED: usize = MOST_LISTED;

    /// Lists where a user is logged in. The session that was used last comes first.
    ///
    /// The store is asked once for the list, and once for each session. Of more than
    /// [`MOST_LISTED`](Self::MOST_LISTED) sessions, those that end last are listed.
    ///
    /// ```
    /// # use session_runtime::{Identity, Session, SessionError, Sessions};
    /// # #[derive(Session)] #[session(stored)] struct Shop { #[session(identity)] user: Identity<u64> }
    /// async fn is_logged_in_anywhere(sessions: &Sessions<Shop>, user: u64) -> Result<bool, SessionError> {
    ///     Ok(!sessions.of(&user).await?.is_empty())
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn of(&self, user: &T::Id) -> Result<Vec<ListedSession<T>>, SessionError> {
        let Some(asked) = self.asked(user) else {
            return Ok(Vec::new());
        };
        let found = asked.list().await.map_err(|error| {
            event::store_failed_to_list(&self.config, &error);
            SessionError::of_sessions(&self.config, error)
        })?;
        Ok(found.into_iter().map(Found::of).collect())
    }

    /// Ends one session of a user: "log out this device". Returns false if it was over before.
    ///
    /// The handle is that of a [`ListedSession`], and may have travelled through a form. It works for the user for
    /// whom it was made. The handle of another user ends nothing, and the answer is false.
    ///
    /// For the session of the request itself, call [`Session::log_out`]. This function ends it too, but the handler goes
    /// on with a user, and the cookie stays until the next request.
    ///
    /// ```
    /// # use session_runtime::{Identity, Session, SessionError, SessionHandle, Sessions};
    /// # #[derive(Session)] #[session(stored)] struct Shop { #[session(identity)] user: Identity<u64> }
    /// async fn end(sessions: &Sessions<Shop>, user: u64, device: &SessionHandle) -> Result<(), SessionError> {
    ///     sessions.end(&user, device).await?;
    ///     Ok(())
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn end(&self, user: &T::Id, handle: &SessionHandle) -> Result<bool, SessionError> {
        let Some(asked) = self.asked(user) else {
            return Ok(false);
        };
        let handle = handle.clone();
        let ended = CarriedOut::new(Box::pin(async move {
            let ended = asked.end(&handle).await;
            asked.report(ended.map(u64::from))
        }));
        ended.await.map(|count| count > 0)
    }

    /// Ends every session of a user: "log out everywhere". Returns how many.
    ///
    /// The session of the request that calls it ends too. If the user is to stay logged in there, call
    /// [`end_others`](Self::end_others).
    ///
    /// ```
    /// # use session_runtime::{Identity, Session, SessionError, Sessions};
    /// # #[derive(Session)] #[session(stored)] struct Shop { #[session(identity)] user: Identity<u64> }
    /// /// A background job: no request, no cookie.
    /// async fn dismiss(sessions: Sessions<Shop>, employee: u64) -> Result<(), SessionError> {
    ///     // Here the employee's password no longer works.
    ///     let ended = sessions.end_all(&employee).await?;
    ///     println!("{ended} sessions are over.");
    ///     Ok(())
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// When the store fails. Some of the sessions may have ended.
    #[doc(alias = "revoke")]
    #[doc(alias = "log_out_everywhere")]
    pub async fn end_all(&self, user: &T::Id) -> Result<u64, SessionError> {
        let Some(asked) = self.asked(user) else {
            return Ok(0);
        };
        CarriedOut::new(Box::pin(async move { asked.report(asked.end_all().await) })).await
    }

    /// Ends every session of the user who is logged in here, except this one. Returns how many. If no user is logged in
    /// here, it ends nothing.
    ///
    /// Whoever changes the password calls it, and [`Session::renew`] for the session that stays:
    ///
    /// ```
    /// # use session_runtime::{Identity, Session, SessionError, Sessions};
    /// # #[derive(Session)] #[session(stored)] struct Shop { #[session(identity)] user: Identity<u64> }
    /// use axum::extract::State;
    ///
    /// async fn change_password(
    ///     State(sessions): State<Sessions<Shop>>,
    ///     mut session: Session<Shop>,
    /// ) -> Result<&'static str, SessionError> {
    ///     // Here the new password is stored.
    ///     sessions.end_others(&session).await?;
    ///     Session::renew(&mut session);
    ///     Ok("Your password is changed, and every other device is logged out.")
    /// }
    /// ```
    ///
    /// Call it before the response is made. Behind [`Session::log_in`] it allows one device at a time: the sessions of
    /// the user who has just logged in end, and the one that begins stays. Logins at the same time may each stay, because
    /// the session of a login is in the store when its response is made, and not before. The next login ends them.
    ///
    /// # Errors
    ///
    /// When the store fails. Some of the sessions may have ended.
    pub async fn end_others(&self, session: &Session<T>) -> Result<u64, SessionError> {
        let Some(user) = session.shown_user() else {
            return Ok(0);
        };
        let keep = session.row();
        let asked = Asked::by(&self.config, user);
        CarriedOut::new(Box::pin(async move {
            asked.report(asked.end_all_but(keep).await)
        }))
        .await
    }

    /// A user who cannot be stored has no sessions.
    fn asked(&self, user: &T::Id) -> Option<Asked> {
        let user = session::encode::<T>(&self.config, user).ok()?;
        Some(Asked::by(&self.config, user))
    }
}

/// Each session in a list costs a load.
const MOST_LISTED: usize = 1000;

/// The user whose sessions are asked for. From here on nothing is generic.
struct Asked {
    config: Arc<Config>,
    /// As this release stores the user.
    user: Bytes,
    now: Timestamp,
}

/// A session of the user.
struct Found {
    config: Arc<Config>,
    listed: Listed,
    handle: SessionHandle,
    began: Option<Timestamp>,
    last_used: Timestamp,
    /// `None` if this release does not read them.
    values: Option<Records>,
}

impl Asked {
    fn by(config: &Arc<Config>, user: Bytes) -> Self {
        Self {
            config: config.clone(),
            user,
            now: config.now(),
        }
    }

    /// The rows of the user. In debug builds those of plain http on a loopback address have other keys.
    fn homes(&self) -> impl Iterator<Item = (&Arc<Config>, &Rows)> {
        let all = iter::once(&self.config).chain(&self.config.on_loopback);
        all.filter_map(|config| Some((config, config.rows.as_ref()?)))
    }

    async fn list(&self) -> Result<Vec<Found>, StoreError> {
        let mut all = Vec::new();
        for (config, rows) in self.homes() {
            let owners = rows.owners(&self.user);
            let mut newest = rows.store.list(&owners, self.now.to_seconds()).await?;
            newest.sort_by_key(|listed| Reverse(listed.expires));
            newest.truncate(MOST_LISTED);
            for listed in newest {
                all.extend(self.find(config, rows, listed).await?);
            }
        }
        all.sort_by_key(|found| Reverse(found.last_used));
        all.truncate(MOST_LISTED);
        Ok(all)
    }

    /// `None` if the session is over by now.
    async fn find(
        &self,
        config: &Arc<Config>,
        rows: &Rows,
        listed: Listed,
    ) -> Result<Option<Found>, StoreError> {
        let loaded = rows.store.load(listed.key, self.now.to_seconds()).await?;
        let Loaded::Alive(row) = loaded else {
            return Ok(None);
        };
        let label = open_label(config, rows, &listed);
        let values = label.as_ref().and_then(|label| {
            read_listed(config, rows, (listed.key, row), label, &self.user, self.now)
        });
        let began = label.as_ref().map(|label| label.began);
        let written_at = values.as_ref().and_then(|values| values.written_at);
        Ok(Some(Found {
            handle: self.handle(rows, &listed)?,
            began,
            last_used: self.last_used(&listed, began.max(written_at)),
            values: values.map(|values| values.records),
            config: config.clone(),
            listed,
        }))
    }

    /// A use moves the end of the session until `max` sets it. From then on a change alone shows that the session is used.
    fn last_used(&self, listed: &Listed, changed: Option<Timestamp>) -> Timestamp {
        let idle = self.config.schema.lifetime.idle;
        let moved = Timestamp::from_seconds(listed.expires).minus(idle);
        changed
            .map_or(moved, |changed| changed.max(moved))
            .min(self.now)
    }

    fn handle(&self, rows: &Rows, listed: &Listed) -> Result<SessionHandle, StoreError> {
        let nonce = random_bytes().ok_or_else(|| {
            StoreError::new(
                StoreErrorKind::Other,
                "the operating system gave no random bytes",
            )
        })?;
        let keys = rows.handle_keys.load();
        let handle = seal_handle(&keys, self.now, &nonce, &self.user, listed.key);
        Ok(SessionHandle::from(handle))
    }

    async fn end(&self, handle: &SessionHandle) -> Result<bool, StoreError> {
        let mut refused = None;
        for (_, rows) in self.homes() {
            match open_handle(&rows.handle_keys.load(), &self.user, handle.as_str()) {
                Ok(row) => {
                    let ending = RowEnding {
                        owners: &rows.owners(&self.user),
                        why: Why::ByApplication,
                        until: tombstone_until(&self.config, rows, self.now),
                    };
                    let ended = rows.store.end(row, ending, self.now.to_seconds()).await?;
                    return Ok(ended == Ended::Done);
                }
                Err(error) => refused = refused.or(Some(error)),
            }
        }
        if let Some(error) = refused {
            event::handle_refused(&self.config, error.reason());
        }
        Ok(false)
    }

    async fn end_all(&self) -> Result<u64, StoreError> {
        self.end_all_but(None).await
    }

    async fn end_all_but(&self, keep: Option<RowKey>) -> Result<u64, StoreError> {
        let now = self.now.to_seconds();
        let mut count = 0;
        for (config, rows) in self.homes() {
            let owners = rows.owners(&self.user);
            let until = tombstone_until(config, rows, self.now);
            count += rows.store.end_all(&owners, keep, until, now).await?;
        }
        Ok(count)
    }

    fn report(&self, ended: Result<u64, StoreError>) -> Result<u64, SessionError> {
        match &ended {
            Ok(0) => {}
            Ok(count) => event::ended_by_application(&self.config, *count),
            Err(error) => event::store_failed_to_end(&self.config, error),
        }
        ended.map_err(|error| SessionError::of_sessions(&self.config, error))
    }
}

impl Found {
    fn of<T: SessionData>(self) -> ListedSession<T> {
        let lives_in_row = self.values.map(|records| {
            let records = Parts::new(records, |_| None);
            session::decode(&self.config, &records)
        });
        ListedSession {
            row: self.listed.key,
            handle: self.handle,
            session: lives_in_row,
            began: self.began,
            last_used: self.last_used,
            ends: Timestamp::from_seconds(self.listed.expires),
        }
    }
}

/// A row without a label is one of a release that wrote none.
fn open_label(config: &Config, rows: &Rows, listed: &Listed) -> Option<Label> {
    let sealed = listed.label.as_ref()?;
    let label = Label::open(&rows.label_keys.load(), listed.key, sealed);
    label
        .inspect_err(|error| event::label_refused(config, error.reason()))
        .ok()
}

impl<T> Clone for Sessions<T> {
    fn clone(&self) -> Self {
        Self {
            config: self.config.clone(),
            session: PhantomData,
        }
    }
}

impl<T> fmt::Debug for Sessions<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Sessions").field(&self.config).finish()
    }
}
