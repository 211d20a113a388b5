//! `Session<T>` as an axum extractor.

use std::any::{TypeId, type_name};
use std::convert::Infallible;
use std::error::Error;
use std::fmt;
use std::sync::Arc;

use axum_core::extract::{FromRequestParts, OptionalFromRequestParts};
use axum_core::response::{IntoResponse, Response};
use http::StatusCode;
use http::request::Parts;

use crate::data::SessionData;
use crate::event;
use crate::session::{self, Session};
use crate::slot::Slot;

impl<T, S> FromRequestParts<S> for Session<T>
where
    T: SessionData,
    S: Sync,
{
    type Rejection = MissingLayer;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, MissingLayer> {
        let slot = find::<T>(parts)?;
        Ok(session::take(slot, &parts.headers))
    }
}

/// The slot of `T`, or the rejection that says what is missing.
pub(crate) fn find<T: SessionData>(parts: &Parts) -> Result<Arc<Slot>, MissingLayer> {
    let slot = Slot::find(&parts.extensions, TypeId::of::<T>());
    slot.ok_or_else(MissingLayer::report::<T>)
}

/// `None` where the router has no layer for `T`: for middleware that serves other routes too.
impl<T, S> OptionalFromRequestParts<S> for Session<T>
where
    T: SessionData,
    S: Sync,
{
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, Infallible> {
        let slot = Slot::find(&parts.extensions, TypeId::of::<T>());
        Ok(slot.map(|slot| session::take(slot, &parts.headers)))
    }
}

/// The rejection of [`Session<T>`](Session): the router has no
/// [`SessionLayer<T>`](crate::SessionLayer) around the route.
///
/// The response is a 500. The log says which line to add, and in debug builds the body does.
#[derive(Debug)]
pub struct MissingLayer {
    session: &'static str,
}

impl MissingLayer {
    fn report<T: SessionData>() -> Self {
        let missing = Self {
            session: type_name::<T>(),
        };
        event::missing_layer(missing.session, &missing.to_string());
        missing
    }
}

impl fmt::Display for MissingLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let session = self.session;
        write!(
            f,
            "no layer for `Session<{session}>` is around this route: add \
             `.layer(SessionLayer::<{session}>::new(keys))` to the router, after the routes and \
             the middleware that use the session"
        )
    }
}

impl Error for MissingLayer {}

impl IntoResponse for MissingLayer {
    fn into_response(self) -> Response {
        if cfg!(debug_assertions) {
            (StatusCode::INTERNAL_SERVER_ERROR, self.to_string()).into_response()
        } else {
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
