use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use http::Response;
use pin_project_lite::pin_project;

use super::response::{self, RequestFacts};
use crate::slot::Slot;

pin_project! {
    /// The response future of [`SessionService`](super::SessionService).
    pub struct SessionFuture<F> {
        #[pin]
        kind: Kind<F>,
    }
}

pin_project! {
    #[project = KindProjection]
    enum Kind<F> {
        /// The response gets what the slot's guards did.
        Committing { #[pin] inner: F, slot: OpenSlot, facts: RequestFacts },
        /// A layer further out does that.
        Passing { #[pin] inner: F },
        /// The router is wrong: there is no sense in asking the handler.
        Refused,
    }
}

/// A slot that is closed when its request ends, also without a response: a change that a guard
/// elsewhere makes after that is then known to be late.
struct OpenSlot(Arc<Slot>);

impl Drop for OpenSlot {
    fn drop(&mut self) {
        self.0.close();
    }
}

impl<F> SessionFuture<F> {
    pub(super) fn committing(inner: F, slot: Arc<Slot>, facts: RequestFacts) -> Self {
        let slot = OpenSlot(slot);
        let kind = Kind::Committing { inner, slot, facts };
        Self { kind }
    }

    pub(super) fn passing(inner: F) -> Self {
        let kind = Kind::Passing { inner };
        Self { kind }
    }

    pub(super) fn refused() -> Self {
        let kind = Kind::Refused;
        Self { kind }
    }
}

impl<F, B, E> Future for SessionFuture<F>
where
    F: Future<Output = Result<Response<B>, E>>,
    B: Default,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        Poll::Ready(match self.project().kind.project() {
            KindProjection::Committing { inner, slot, facts } => ready!(inner.poll(context))
                .map(|response| response::commit(response, &slot.0, facts)),
            KindProjection::Passing { inner } => ready!(inner.poll(context)),
            KindProjection::Refused => Ok(response::internal_server_error()),
        })
    }
}

impl<F> fmt::Debug for SessionFuture<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionFuture").finish_non_exhaustive()
    }
}
