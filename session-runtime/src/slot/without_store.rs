//! The types of `row_work` where no session is stored.

use std::future::Future;
use std::pin::Pin;

use http::HeaderValue;

/// There is none.
pub(crate) enum RowWork {}

pub(crate) type RowFuture = Pin<Box<dyn Future<Output = RowOutcome> + Send>>;

/// See `row_work`.
pub(crate) struct RowOutcome {
    pub(crate) set_cookie: Option<HeaderValue>,
    pub(crate) fails: bool,
}

impl RowWork {
    #[expect(clippy::boxed_local, reason = "as with a store")]
    pub(crate) fn start(self: Box<Self>) -> RowFuture {
        match *self {}
    }

    #[expect(clippy::boxed_local, reason = "as with a store")]
    pub(crate) fn go_on_without_request(self: Box<Self>) {
        match *self {}
    }

    #[cfg(feature = "test-kit")]
    #[expect(clippy::boxed_local, reason = "as with a store")]
    pub(crate) fn carry_out(self: Box<Self>) -> RowFuture {
        match *self {}
    }
}

pub(super) fn goes_on_without_request() -> bool {
    false
}
