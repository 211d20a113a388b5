//! `Session<T>` as an axum extractor.

use std::any::{TypeId, type_name};
use std::convert::Infallible;
use std::error::Error;
use std::fmt;
use std::sync::Arc;

use axum_core::extract::{FromRequestParts, OptionalFromRequestParts};
use axum_core::response::{IntoResponse, Response};
use http::StatusCode;
#[cfg(feature = "stored")]
use http::header::{CACHE_CONTROL, RETRY_AFTER};
use http::request::Parts;

#[cfg(feature = "stored")]
use crate::config::Config;
use crate::data::SessionData;
use crate::event;
use crate::session::{self, Session};
use crate::slot::{LoadError, Slot, Snapshot};

impl<T, S> FromRequestParts<S> for Session<T>
where
    T: SessionData,
    S: Sync,
{
    type Rejection = SessionError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, SessionError> {
        let slot = find::<T>(parts)?;
        let snapshot = snapshot(&slot, parts).await?;
        Ok(session::take(slot, snapshot))
    }
}

/// `None` where the route has no layer, and where the store does not answer.
impl<T, S> OptionalFromRequestParts<S> for Session<T>
where
    T: SessionData,
    S: Sync,
{
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, Infallible> {
        let Some(slot) = Slot::find(&parts.extensions, TypeId::of::<T>()) else {
            return Ok(None);
        };
        let snapshot = snapshot(&slot, parts).await.ok();
        Ok(snapshot.map(|snapshot| session::take(slot, snapshot)))
    }
}

pub(crate) fn find<T: SessionData>(parts: &Parts) -> Result<Arc<Slot>, SessionError> {
    let slot = Slot::find(&parts.extensions, TypeId::of::<T>());
    slot.ok_or_else(SessionError::missing_layer::<T>)
}

/// The session as it stands. A type that is kept in its cookies waits for nothing here.
pub(crate) async fn snapshot(slot: &Slot, parts: &Parts) -> Result<Snapshot, SessionError> {
    let loaded = slot.snapshot(&parts.headers).await;
    loaded.map_err(|error| SessionError::not_loaded(slot, error))
}

/// The rejection of [`Session<T>`](Session): the request has no session, and the visitor is not to blame. It is also the
/// error of `Sessions`, which lists and ends the sessions of a user.
///
/// | cause | response |
/// |---|---|
/// | The router has no [`SessionLayer<T>`](crate::SessionLayer) around the route. | A 500. The log says which line to add, and in debug builds the body does. |
/// | The store of a stored session does not answer, or has failed. | A 503 with `Retry-After`. The log and the text of this error say what failed, and what to do about it. |
///
/// A page that can do without takes `Option<Session<T>>`, or this error itself:
///
/// ```
/// use session_runtime::{Session, SessionError};
/// # #[derive(Session)] struct Shop { visits: u32 }
///
/// async fn index(session: Result<Session<Shop>, SessionError>) -> String {
///     match session {
///         Ok(session) => format!("Visit number: {}", session.visits),
///         Err(_) => "Welcome.".to_owned(),
///     }
/// }
/// ```
#[derive(Debug)]
pub struct SessionError {
    session: &'static str,
    cause: Cause,
}

#[derive(Debug)]
enum Cause {
    MissingLayer {
        is_stored: bool,
    },
    #[cfg(feature = "stored")]
    Store(LoadError),
    #[cfg(feature = "stored")]
    Sessions(LoadError),
}

impl SessionError {
    fn missing_layer<T: SessionData>() -> Self {
        let missing = Self {
            session: type_name::<T>(),
            cause: Cause::MissingLayer {
                is_stored: T::SCHEMA.stored,
            },
        };
        event::missing_layer(missing.session, &missing.to_string());
        missing
    }

    #[cfg(feature = "stored")]
    fn not_loaded(slot: &Slot, error: LoadError) -> Self {
        Self {
            session: slot.config.schema.type_name,
            cause: Cause::Store(error),
        }
    }

    /// The store failed while the sessions of a user were listed or ended.
    #[cfg(feature = "stored")]
    pub(crate) fn of_sessions(config: &Config, error: LoadError) -> Self {
        Self {
            session: config.schema.type_name,
            cause: Cause::Sessions(error),
        }
    }

    #[cfg(not(feature = "stored"))]
    fn not_loaded(_: &Slot, error: LoadError) -> Self {
        match error {}
    }
}

impl fmt::Display for SessionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let session = self.session;
        match &self.cause {
            Cause::MissingLayer { is_stored } => {
                let constructor = if *is_stored {
                    "stored(keys, store)"
                } else {
                    "new(keys)"
                };
                write!(
                    f,
                    "no layer for `Session<{session}>` is around this route: add \
                     `.layer(SessionLayer::<{session}>::{constructor})` to the router, after the routes and \
                     the middleware that use the session"
                )
            }
            #[cfg(feature = "stored")]
            Cause::Store(error) => write!(f, "the session `{session}` is not loaded: {error}"),
            #[cfg(feature = "stored")]
            Cause::Sessions(error) => {
                write!(
                    f,
                    "the sessions `{session}` of a user are not listed or ended: {error}"
                )
            }
        }
    }
}

impl Error for SessionError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.cause {
            Cause::MissingLayer { .. } => None,
            #[cfg(feature = "stored")]
            Cause::Store(error) | Cause::Sessions(error) => Some(error),
        }
    }
}

/// The status alone, for a function that returns one as its error. The response of this error also has `Retry-After`, and
/// forbids caches to keep it.
impl From<SessionError> for StatusCode {
    fn from(error: SessionError) -> Self {
        match error.cause {
            Cause::MissingLayer { .. } => Self::INTERNAL_SERVER_ERROR,
            #[cfg(feature = "stored")]
            Cause::Store(_) | Cause::Sessions(_) => Self::SERVICE_UNAVAILABLE,
        }
    }
}

impl IntoResponse for SessionError {
    fn into_response(self) -> Response {
        match self.cause {
            Cause::MissingLayer { .. } if cfg!(debug_assertions) => {
                (StatusCode::INTERNAL_SERVER_ERROR, self.to_string()).into_response()
            }
            Cause::MissingLayer { .. } => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
            #[cfg(feature = "stored")]
            Cause::Store(_) | Cause::Sessions(_) => {
                let headers = [(RETRY_AFTER, "1"), (CACHE_CONTROL, "no-store")];
                (StatusCode::SERVICE_UNAVAILABLE, headers).into_response()
            }
        }
    }
}
