//! A request that ends without a response: what is lost with it, and what is carried out all the same.

use super::open_session::OpenSession;
use super::room::comes_with_row;
use super::row_work::{RowWork, goes_on_without_request};
use crate::ending::Ending;
use crate::event;
use crate::policy::Carried;

/// The name of an ending among changes.
const ENDING: &str = "the end of the session";

/// The reason why a layer never sees the response. The reasons are a closed set, and they are the words of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoResponse {
    /// The client hung up, or a timeout further out gave up.
    Dropped,
    /// A service further in answered with an error that is no response.
    Error,
    Panic,
}

impl NoResponse {
    const fn reason(self) -> &'static str {
        match self {
            Self::Dropped => "dropped",
            Self::Error => "error",
            Self::Panic => "panic",
        }
    }
}

impl OpenSession {
    /// Says what is lost. Returns the work with the row of a stored session that the visitor has ended: a client that
    /// hangs up does not cancel its logout.
    pub(super) fn without_response(self: Box<Self>, why: NoResponse) -> Option<Box<RowWork>> {
        self.report_lost(why);
        self.is_ended_by_visitor()
            .then(|| self.row_work_without_response())
            .flatten()
    }

    fn report_lost(&self, why: NoResponse) {
        let schema = &self.config().schema;
        let fields = self.published_in(|_| true).into_iter();
        let fields = fields.map(|field| schema[field].name);
        let mut lost: Vec<_> = fields.chain(self.calls_by_name()).collect();
        let loses_ending = self.loses_ending();
        if loses_ending {
            lost.insert(0, ENDING);
        }
        if lost.is_empty() {
            return;
        }
        if loses_ending || self.login_began() || self.renews() {
            event::login_or_ending_without_response(self.config(), &lost, why.reason());
        } else {
            event::changes_without_response(self.config(), &lost, why.reason());
        }
    }

    /// Returns true if the browser keeps a cookie that the request has ended. One that names a row is worthless as soon as
    /// the row has ended, and a notice opens in no other login.
    fn loses_ending(&self) -> bool {
        let config = self.config();
        let ends_with_row = |part| comes_with_row(config, part) && goes_on_without_request();
        let mut ended = self.parts().iter().filter(|(part, state)| {
            part.is_ended_by(self.ending()) && state.carried() != Carried::Nothing
        });
        self.is_ended_by_visitor()
            && ended.any(|(part, _)| !ends_with_row(part) && !part.rules().is_for_a_page)
    }

    /// A login over another user that is lost leaves the user before it.
    fn is_ended_by_visitor(&self) -> bool {
        self.ending() >= Ending::Cleared
    }
}
