//! Endings that are carried out also for a client that has hung up.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::runtime::Handle;

/// Work that goes on in a task of its own if the request that began it is given up. Otherwise a phone that loses its
/// network while it changes the password would leave every other session alive. Without a runtime of tokio there are no
/// tasks.
pub(super) struct CarriedOut<T: Send + 'static> {
    runtime: Option<Handle>,
    /// `None` if it is done.
    work: Option<Pin<Box<dyn Future<Output = T> + Send>>>,
}

pub(super) fn carried_out<T: Send>(
    work: impl Future<Output = T> + Send + 'static,
) -> CarriedOut<T> {
    CarriedOut {
        runtime: Handle::try_current().ok(),
        work: Some(Box::pin(work)),
    }
}

impl<T: Send> Future for CarriedOut<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        let Some(work) = &mut self.work else {
            return Poll::Pending;
        };
        let done = ready!(work.as_mut().poll(context));
        self.work = None;
        Poll::Ready(done)
    }
}

impl<T: Send> Drop for CarriedOut<T> {
    fn drop(&mut self) {
        if let (Some(work), Some(runtime)) = (self.work.take(), &self.runtime) {
            runtime.spawn(work);
        }
    }
}
