//! The work of the layer without a server, for the test kit.

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake};
use std::thread::{self, Thread};

use http::{Request, Response, StatusCode};

use super::response::{Committed, RequestFacts, commit, finish_with_row};
use crate::slot::Slot;

/// The response of a handler that answers with `status` and nothing else.
pub(crate) fn respond(slot: &Slot, status: StatusCode) -> Response<()> {
    let mut response = Response::new(());
    *response.status_mut() = status;
    let facts = RequestFacts::new(&Request::new(()));
    match commit(response, slot, &facts) {
        Committed::Done(response) => response,
        Committed::Waiting {
            response,
            commit,
            row,
        } => {
            let outcome = wait_for(row.carry_out());
            finish_with_row(response, commit, outcome, slot, &facts)
        }
    }
}

/// The output of a future, for the test kit, whose functions wait for a store in place. A store that needs the
/// runtime of this very thread would wait for ever: the page of the kit says so.
pub(crate) fn wait_for<F: Future>(future: F) -> F::Output {
    struct Unpark(Thread);

    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }

    let waker = Arc::new(Unpark(thread::current())).into();
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}
