//! Work on a store that is carried out also for a client that has hung up.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::runtime::Handle;

/// Work that goes on in a task of its own if the request that began it is given up. Otherwise a client that hangs up
/// would cancel its logout, and a phone that loses its network while it changes the password would leave every other
/// session alive. Without a runtime of tokio there are no tasks.
pub(crate) struct CarriedOut<T: Send + 'static> {
    runtime: Option<Handle>,
    /// `None` if it is done or has panicked.
    work: Option<Work<T>>,
}

type Work<T> = Pin<Box<dyn Future<Output = T> + Send>>;

impl<T: Send> CarriedOut<T> {
    pub(crate) fn new(work: Work<T>) -> Self {
        Self {
            runtime: Handle::try_current().ok(),
            work: Some(work),
        }
    }
}

impl<T: Send> Future for CarriedOut<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        let Some(mut work) = self.work.take() else {
            return Poll::Pending;
        };
        let polled = work.as_mut().poll(context);
        if polled.is_pending() {
            self.work = Some(work);
        }
        polled
    }
}

impl<T: Send> Drop for CarriedOut<T> {
    fn drop(&mut self) {
        if let (Some(work), Some(runtime)) = (self.work.take(), &self.runtime) {
            runtime.spawn(work);
        }
    }
}
