use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::header::{COOKIE, Entry};
use http::{HeaderMap, Request, Response};
use tower_service::Service;

use super::SessionFuture;
use super::response::RequestFacts;
use crate::config::Config;
use crate::cookie::Lines;
use crate::event;
use crate::slot::{Entered, Slot};

/// The service that [`SessionLayer`](crate::SessionLayer) makes.
#[derive(Clone)]
pub struct SessionService<S> {
    inner: S,
    config: Arc<Config>,
}

impl<S> SessionService<S> {
    pub(super) fn new(inner: S, config: Arc<Config>) -> Self {
        Self { inner, config }
    }
}

/// A body that can be empty: `Default`. A request that the layer refuses gets one.
#[diagnostic::on_unimplemented(
    message = "a `SessionLayer` cannot stand around a service whose response body is `{Self}`",
    label = "this body cannot be made empty",
    note = "swap the two layers: in a `ServiceBuilder`, the `SessionLayer` comes last",
    note = "or add each to the router with a `.layer(…)` of its own"
)]
pub trait EmptyBody: Default {}

#[diagnostic::do_not_recommend]
impl<B: Default> EmptyBody for B {}

impl<S, ReqBody, ResBody> Service<Request<ReqBody>> for SessionService<S>
where
    S: Service<Request<ReqBody>, Response = Response<ResBody>>,
    ResBody: EmptyBody,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = SessionFuture<S::Future, ResBody>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<ReqBody>) -> Self::Future {
        let mut facts = RequestFacts::new(&request);
        let cookies = Lines::of(request.headers());
        if !cookies.is_empty() {
            hide_cookies(request.headers_mut());
        }
        let config = facts.connection.config(&self.config, &cookies);
        facts.leftovers = facts.connection.leftovers(config, &cookies);
        match Slot::enter(request.extensions_mut(), cookies, config) {
            Entered::New(slot) => SessionFuture::committing(self.inner.call(request), slot, facts),
            Entered::Already => SessionFuture::passing(self.inner.call(request)),
            Entered::NameTaken { by } => {
                event::name_taken(config, by);
                SessionFuture::refused()
            }
        }
    }
}

/// Marks the cookies as sensitive, so that a service inside the layer which logs a request's
/// headers does not log whole tokens.
fn hide_cookies(headers: &mut HeaderMap) {
    if let Entry::Occupied(mut lines) = headers.entry(COOKIE) {
        lines.iter_mut().for_each(|line| line.set_sensitive(true));
    }
}

impl<S> fmt::Debug for SessionService<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SessionService").field(&self.config).finish()
    }
}
