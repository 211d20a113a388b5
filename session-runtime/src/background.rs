//! Requests that a page makes by itself.

use std::task::{Context, Poll};

use http::Request;
use tower_layer::Layer;
use tower_service::Service;

use crate::slot::Slot;

/// Marks the requests of a route as made by the page itself, not by the visitor: polls, heartbeats,
/// event streams.
///
/// Such a request is no use of the session. A page that is left open and asks for news every minute
/// would keep its visitor logged in for as long as `max` allows, whatever `idle` says. Behind this layer
/// the session ends by `idle` as if nobody had asked, whatever extracts it there: the handler, middleware
/// or [`LoggedIn`](crate::LoggedIn).
///
/// ```
/// use axum::{Router, routing::get};
/// use session_runtime::{Background, Identity, Keyring, LoggedIn, Session, SessionLayer};
///
/// #[derive(Session)]
/// #[session(idle = "30m")]
/// struct Shop {
///     #[session(identity)]
///     user: Identity<u64>,
/// }
///
/// async fn news(LoggedIn(user): LoggedIn<Shop>) -> String {
///     format!("No news for {user}.")
/// }
///
/// let app: Router = Router::new()
///     .route("/news", get(news).layer(Background))
///     .layer(SessionLayer::<Shop>::new(Keyring::ephemeral()));
/// ```
///
/// - Nothing is refreshed, and nothing is sealed anew under another key.
/// - What a handler changes is saved as ever, and extends the session no more than reading does. A field
///   with a `ttl` that it changes lasts from that change on.
/// - A handler that finds the session [`Expired`](crate::SessionState::Expired) has not told the visitor:
///   the next page still can.
#[derive(Clone, Copy, Debug)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a mark: it is written `Background`"
)]
pub struct Background;

impl<S> Layer<S> for Background {
    type Service = BackgroundService<S>;

    fn layer(&self, inner: S) -> BackgroundService<S> {
        BackgroundService { inner }
    }
}

/// The service that [`Background`] makes.
#[derive(Clone, Debug)]
pub struct BackgroundService<S> {
    inner: S,
}

impl<S, B> Service<Request<B>> for BackgroundService<S>
where
    S: Service<Request<B>>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<B>) -> S::Future {
        Slot::note_background(request.extensions_mut());
        self.inner.call(request)
    }
}
