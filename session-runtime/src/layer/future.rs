use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use http::Response;
use pin_project_lite::pin_project;

use super::response::{self, Committed, RequestFacts};
use crate::slot::{Commit, NoResponse, RowFuture, Slot};

pin_project! {
    /// The response future of [`SessionService`](super::SessionService).
    pub struct SessionFuture<F, B> {
        #[pin]
        kind: Kind<F>,
        // A response whose stored session is being saved, in a box: other sessions have none.
        saving: Option<Box<Saving<B>>>,
    }
}

struct Saving<B> {
    response: Response<B>,
    commit: Commit,
    row: RowFuture,
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
struct OpenSlot {
    slot: Arc<Slot>,
    /// The inner service is being polled. One that panics leaves this behind.
    is_polling: bool,
}

impl OpenSlot {
    fn of(slot: Arc<Slot>) -> Self {
        let is_polling = false;
        Self { slot, is_polling }
    }

    /// The answer of the inner service. An error is no response.
    fn answer<F, B, E>(&mut self, inner: Pin<&mut F>, context: &mut Context<'_>) -> Poll<F::Output>
    where
        F: Future<Output = Result<Response<B>, E>>,
    {
        self.is_polling = true;
        let answer = inner.poll(context);
        self.is_polling = false;
        if let Poll::Ready(Err(_)) = answer {
            self.slot.close_without_response(NoResponse::Error);
        }
        answer
    }
}

impl Drop for OpenSlot {
    /// Most slots have been closed with their response.
    fn drop(&mut self) {
        self.slot.close_without_response(if self.is_polling {
            NoResponse::Panic
        } else {
            NoResponse::Dropped
        });
    }
}

impl<F, B> SessionFuture<F, B> {
    pub(super) fn committing(inner: F, slot: Arc<Slot>, facts: RequestFacts) -> Self {
        let slot = OpenSlot::of(slot);
        Self::of(Kind::Committing { inner, slot, facts })
    }

    pub(super) fn passing(inner: F) -> Self {
        Self::of(Kind::Passing { inner })
    }

    pub(super) fn refused() -> Self {
        Self::of(Kind::Refused)
    }

    fn of(kind: Kind<F>) -> Self {
        let saving = None;
        Self { kind, saving }
    }
}

impl<F, B, E> Future for SessionFuture<F, B>
where
    F: Future<Output = Result<Response<B>, E>>,
    B: Default,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let (inner, slot, facts) = match this.kind.project() {
            KindProjection::Committing { inner, slot, facts } => (inner, slot, facts),
            KindProjection::Passing { inner } => return inner.poll(context),
            KindProjection::Refused => {
                return Poll::Ready(Ok(response::internal_server_error()));
            }
        };
        let saving = match this.saving {
            Some(saving) => saving,
            None => match response::commit(ready!(slot.answer(inner, context))?, &slot.slot, facts)
            {
                Committed::Done(response) => return Poll::Ready(Ok(response)),
                Committed::Waiting {
                    response,
                    commit,
                    row,
                } => this.saving.insert(Box::new(Saving {
                    response,
                    commit,
                    row: row.start(),
                })),
            },
        };
        let outcome = ready!(saving.row.as_mut().poll(context));
        let response = this.saving.take().map(|saving| {
            let Saving {
                response, commit, ..
            } = *saving;
            response::finish_with_row(response, commit, outcome, &slot.slot, facts)
        });
        // It was there a line ago.
        Poll::Ready(Ok(response.unwrap_or_else(response::internal_server_error)))
    }
}

impl<F, B> fmt::Debug for SessionFuture<F, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionFuture").finish_non_exhaustive()
    }
}
