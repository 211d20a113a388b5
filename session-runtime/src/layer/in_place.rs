//! The work of the layer without a server, for the test kit.

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

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

/// Longer than the layer waits for a store.
const PATIENCE: Duration = Duration::from_secs(5);

/// The output of a future, for the test kit, whose functions wait for a store in place.
#[track_caller]
pub(crate) fn wait_for<F: Future>(future: F) -> F::Output {
    wait_at_most(PATIENCE, future)
}

/// A store that needs the runtime of this very thread would never answer, and neither would the time limit of the
/// layer.
#[track_caller]
fn wait_at_most<F: Future>(patience: Duration, future: F) -> F::Output {
    struct Unpark(Thread);

    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }

    let waker = Arc::new(Unpark(thread::current())).into();
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    let start = Instant::now();
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
        let left = patience.saturating_sub(start.elapsed());
        assert!(
            !left.is_zero(),
            "the store of the session does not answer the test kit, which waits for it in place\n\
             help: heal a `FaultyStore` before you call a function of the kit; if the store needs the runtime of the \
             test, write `#[tokio::test(flavor = \"multi_thread\")]`"
        );
        thread::park_timeout(left);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_another_thread_answers_is_waited_for() {
        let (sender, receiver) = tokio::sync::oneshot::channel();
        thread::spawn(move || {
            thread::sleep(Duration::from_millis(20));
            sender.send(7)
        });
        assert_eq!(wait_for(receiver), Ok(7));
    }

    #[test]
    #[should_panic(expected = "does not answer the test kit, which waits for it in place\nhelp: ")]
    fn what_never_answers_does_not_hang_the_test() {
        wait_at_most(Duration::from_millis(20), std::future::pending::<()>());
    }
}
