//! The work that a response has with the row of a store, as one value.

use std::sync::Arc;

use bytes::Bytes;
use http::HeaderValue;

use crate::config::Config;
use crate::keys::PartKeys;
use crate::part::Part;
use crate::store::{Change, Entry, Mark, Owner, RowKey, Why};
use crate::time::Timestamp;
use crate::token::{MainCookie, Nonce, SessionId};

/// One thing to do with a row and with the cookie that names it.
pub(super) enum Task {
    /// The cookie names no row, and goes, unless the store has a row of this name by now.
    Remove {
        unless: Option<RowKey>,
    },
    /// The row's entries are folded too, where they are under an old key.
    Send(CookieDraft, Option<RowCommit>),
    Create(NewSession),
    /// A use is recorded with the change if there is a ticket to send. The last of them folds what was added to the
    /// row, after the response.
    Commit(RowCommit, Option<CookieDraft>, Option<RowCommit>),
    Renew(Box<RowRenewal>, CookieDraft),
    End(Ending),
    /// A login of another user.
    Replace(Ending, NewSession),
    /// A logout, and a session that begins after it.
    StartOver(Ending, NewSession),
    /// The session stays in its cookie, unless the store has a row of this name by now.
    Keep {
        cookie: CookieDraft,
        unless: Option<RowKey>,
    },
}

pub(super) struct NewSession {
    /// `None` if it begins in its cookie.
    pub(super) row: Option<NewRowDraft>,
    pub(super) cookie: CookieDraft,
    pub(super) logs_in: bool,
}

pub(super) struct RowCommit {
    pub(super) key: RowKey,
    pub(super) mark: Mark,
    /// The names of the entries that must be there.
    pub(super) seen: Vec<Bytes>,
    pub(super) changes: Vec<Change>,
    pub(super) expires: Option<u64>,
}

pub(super) struct RowRenewal {
    pub(super) commit: RowCommit,
    pub(super) new_mark: Mark,
    pub(super) owner: Option<Owner>,
    /// The same user under every key.
    pub(super) joins: Vec<Owner>,
    /// The label of the row from now on; `None` leaves it as it is.
    pub(super) label: Option<Vec<u8>>,
    /// A user is logged in by it. Otherwise the session only gets another ticket.
    pub(super) logs_in: bool,
    /// The user was logged in already. A renewal of a login that has ended does not bring it back.
    pub(super) is_renewal: bool,
    /// The application asked for another ticket.
    pub(super) is_asked_for: bool,
    pub(super) keep_until: u64,
    /// The session for a login whose row is no longer there.
    pub(super) fresh: NewSession,
}

pub(super) struct Ending {
    pub(super) key: RowKey,
    pub(super) owners: Vec<Owner>,
    pub(super) why: Why,
    pub(super) until: u64,
    /// The ticket was superseded when its row was loaded.
    pub(super) is_superseded: bool,
    /// The ticket was superseded so long ago that no other response sees to the cookie.
    pub(super) is_outdated: bool,
    /// There was no row: the session is in its cookie.
    pub(super) is_in_cookie: bool,
}

pub(super) struct NewRowDraft {
    pub(super) id: SessionId,
    pub(super) key: RowKey,
    pub(super) mark: Mark,
    pub(super) owner: Option<Owner>,
    pub(super) expires: u64,
    pub(super) entries: Vec<Entry>,
    pub(super) label: Option<Vec<u8>>,
}

pub(super) struct CookieDraft {
    pub(super) content: MainCookie,
    pub(super) keys: Arc<PartKeys>,
    pub(super) nonce: Nonce,
    /// The seconds for which the browser is to keep it.
    pub(super) seconds: Option<u64>,
}

impl Task {
    /// Returns true if the visitor asked for an ending. It removes the cookie also if the store fails.
    pub(super) fn ends(&self) -> bool {
        matches!(self, Self::End(_) | Self::StartOver(..))
    }

    /// Returns true if no visitor is to hear of a failure: the page was made, and the next request tries again.
    pub(super) fn is_upkeep(&self, lost: &[&str]) -> bool {
        let may_wait = matches!(
            self,
            Self::Commit(..) | Self::Keep { .. } | Self::Remove { .. }
        );
        may_wait && lost.is_empty()
    }
}

impl CookieDraft {
    pub(super) fn with_mark(mut self, mark: Mark) -> Self {
        if let MainCookie::Ticket(ticket) = &mut self.content {
            ticket.mark = mark;
        }
        self
    }

    pub(super) fn set_cookie(&self, config: &Config, now: Timestamp) -> HeaderValue {
        let token = self.content.seal(&self.keys, now, &self.nonce);
        config.part(Part::Main).lines.set(&token, self.seconds)
    }
}
