//! What a guard asks of a stored session beside its values.

use super::Slot;
use super::open_session::{OpenSession, Seen};
use super::row::RowState;
use crate::ending::Ending;
use crate::event::{self, RENEW};

impl Slot {
    /// Gives the session another ticket with the response.
    pub(crate) fn renew(&self, seen: Seen) {
        let is_stale = self.change(|session| {
            let is_stale = session.is_stale(seen);
            if !is_stale {
                session.renew();
            }
            is_stale
        });
        match is_stale {
            Some(false) => {}
            Some(true) => event::stale(&self.config, RENEW),
            None => event::late(&self.config, RENEW),
        }
    }
}

impl OpenSession {
    /// A session of no user gets its other ticket by the login. A renewal beside that login would otherwise take the
    /// place of the login's ticket.
    fn renew(&mut self) {
        let has_identity = self.config().schema.identity.is_some();
        let is_somebodys = self.user().is_some() || !has_identity;
        let row = self.row_that_goes_on();
        let is_there = row.is_some_and(|row| row.standing.is_there());
        if is_somebodys && is_there {
            self.set_renews();
        }
    }

    /// The row of the request, unless this request has ended it.
    pub(super) fn row_that_goes_on(&self) -> Option<&RowState> {
        self.row().filter(|_| self.ending() == Ending::None)
    }
}
