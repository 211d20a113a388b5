//! The work that a response has with the row of a store, carried out.
//!
//! What is to be done was decided before, as one value. Here are the operations of the store, in their order, and
//! what each answer means for the cookie.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use http::HeaderValue;
use tokio::runtime::Handle;

use crate::config::{Config, Rows};
use crate::event;
use crate::keys::PartKeys;
use crate::part::Part;
use crate::store::{
    Change, Commit, Committed, Created, Ended, Entry, Mark, NewRow, Owner, Renewal, RowEnding,
    RowKey, StoreError, StoreErrorKind, Why,
};
use crate::time::Timestamp;
use crate::token::{Nonce, SessionId, Ticket};

pub(crate) struct RowWork {
    pub(super) config: Arc<Config>,
    pub(super) now: Timestamp,
    pub(super) ends: Option<Ending>,
    pub(super) write: Write,
    /// The ticket to send when the row is written.
    pub(super) ticket: Option<TicketDraft>,
    /// The removal of the cookie to send when the session has ended.
    pub(super) removal: Option<HeaderValue>,
    /// The fields whose changes are lost if the row is not written.
    pub(super) lost: Vec<&'static str>,
}

pub(super) enum Write {
    Nothing,
    Create(NewRowDraft),
    Commit {
        key: RowKey,
        mark: Mark,
        changes: Vec<Change>,
        expires: Option<u64>,
    },
    Renew {
        key: RowKey,
        mark: Mark,
        changes: Vec<Change>,
        expires: u64,
        new_mark: Mark,
        owner: Option<Owner>,
        /// The user was logged in already. A renewal of a login that has ended does not bring it back.
        is_renewal: bool,
        keep_until: u64,
        /// The row for a login whose row is no longer there.
        fresh: NewRowDraft,
    },
}

pub(super) struct Ending {
    pub(super) key: RowKey,
    pub(super) owners: Vec<Owner>,
    pub(super) until: u64,
    /// It holds whatever becomes of the rest: a logout must not be lost to an error.
    pub(super) is_honoured: bool,
}

pub(super) struct NewRowDraft {
    pub(super) id: SessionId,
    pub(super) key: RowKey,
    pub(super) mark: Mark,
    pub(super) owner: Option<Owner>,
    pub(super) expires: u64,
    pub(super) entries: Vec<Entry>,
}

pub(super) struct TicketDraft {
    pub(super) ticket: Ticket,
    pub(super) keys: Arc<PartKeys>,
    pub(super) nonce: Nonce,
    /// The seconds for which the browser is to keep it.
    pub(super) seconds: Option<u64>,
}

pub(crate) type RowFuture = Pin<Box<dyn Future<Output = RowOutcome> + Send>>;

/// What became of the work.
pub(crate) struct RowOutcome {
    pub(crate) set_cookie: Option<HeaderValue>,
    /// The store failed, so the response is a 503.
    pub(crate) fails: bool,
}

/// The reason in the log for which a renewal does not count: another request has ended the login.
const ENDED: &str = "ended";

/// A row was written, or it was not, because the session is no longer this request's.
enum Written {
    With(Option<TicketDraft>),
    Lost,
}

impl RowWork {
    /// Carries the work out in a task of its own, which a client that hangs up cannot cancel. The task begins at
    /// once. Without a runtime of tokio there are no tasks, and it is carried out in that of the caller.
    pub(crate) fn start(self: Box<Self>) -> RowFuture {
        let Ok(runtime) = Handle::try_current() else {
            return self.carry_out();
        };
        let config = self.config.clone();
        let task = runtime.spawn(self.carry_out());
        Box::pin(async move {
            task.await.unwrap_or_else(|error| {
                let error = StoreError::new(StoreErrorKind::Other, error);
                event::store_failed_to_save(&config, &error);
                RowOutcome::FAILED
            })
        })
    }

    /// Carries the work out in the task of the caller.
    pub(crate) fn carry_out(self: Box<Self>) -> RowFuture {
        Box::pin((*self).work())
    }

    async fn work(mut self) -> RowOutcome {
        let config = self.config.clone();
        let Some(rows) = &config.rows else {
            return RowOutcome::NOTHING;
        };
        match (self.ends.take(), &self.write) {
            (None, _) => self.write(rows).await,
            (Some(ending), Write::Create(_)) if ending.is_honoured => {
                self.start_over(rows, ending).await
            }
            (Some(ending), Write::Create(_)) => self.replace(rows, ending).await,
            (Some(ending), _) => self.end(rows, ending).await,
        }
    }

    /// A login of another user: the row of that user comes first, because a login that fails leaves the user
    /// before it.
    async fn replace(mut self, rows: &Rows, ending: Ending) -> RowOutcome {
        let Write::Create(fresh) = &self.write else {
            return RowOutcome::NOTHING;
        };
        if let Err(error) = create(rows, fresh, self.now).await {
            return self.failed(&error);
        }
        if let Err(error) = end(rows, &ending, self.now).await {
            let undone = Ending {
                key: fresh.key,
                owners: fresh.owner.into_iter().collect(),
                until: ending.until,
                is_honoured: false,
            };
            // If this fails too, a session stays that nobody has a ticket of.
            let _ = end(rows, &undone, self.now).await;
            return self.failed(&error);
        }
        let ticket = self.ticket.take();
        self.sent(ticket)
    }

    /// A logout, and a session that begins after it. The logout holds whatever becomes of the rest.
    async fn start_over(mut self, rows: &Rows, ending: Ending) -> RowOutcome {
        let Write::Create(fresh) = &self.write else {
            return RowOutcome::NOTHING;
        };
        let ended = match end(rows, &ending, self.now).await {
            // A user has logged in meanwhile, and stays.
            Ok(Ended::AnotherOwner) => {
                report_lost(&self.config, &self.lost);
                return RowOutcome::NOTHING;
            }
            Ok(Ended::Done | Ended::Before) => create(rows, fresh, self.now).await,
            Err(error) => Err(error),
        };
        match ended {
            Ok(()) => {
                let ticket = self.ticket.take();
                self.sent(ticket)
            }
            Err(error) => RowOutcome {
                set_cookie: self.removal.take(),
                ..self.failed(&error)
            },
        }
    }

    /// The cookie is removed if this request ended the row, or may have. If the row was over before, another
    /// response has seen to the cookie.
    async fn end(mut self, rows: &Rows, ending: Ending) -> RowOutcome {
        match end(rows, &ending, self.now).await {
            Ok(Ended::Done) => RowOutcome {
                set_cookie: self.removal,
                fails: false,
            },
            Ok(Ended::Before | Ended::AnotherOwner) => RowOutcome::NOTHING,
            Err(error) => RowOutcome {
                set_cookie: self.removal.take(),
                ..self.failed(&error)
            },
        }
    }

    async fn write(mut self, rows: &Rows) -> RowOutcome {
        let ticket = self.ticket.take();
        let written = match &self.write {
            Write::Nothing => Ok(Written::With(ticket)),
            Write::Create(fresh) => {
                let created = create(rows, fresh, self.now).await;
                created.map(|()| Written::With(ticket))
            }
            Write::Commit { .. } => self.commit(rows, ticket).await,
            Write::Renew { .. } => self.renew(rows, ticket).await,
        };
        match written {
            Ok(Written::With(None)) => match self.removal.take() {
                Some(removal) => RowOutcome {
                    set_cookie: Some(removal),
                    fails: false,
                },
                None => RowOutcome::NOTHING,
            },
            Ok(Written::With(ticket)) => self.sent(ticket),
            Ok(Written::Lost) => {
                report_lost(&self.config, &self.lost);
                RowOutcome::NOTHING
            }
            Err(error) => self.failed(&error),
        }
    }

    async fn commit(
        &self,
        rows: &Rows,
        ticket: Option<TicketDraft>,
    ) -> Result<Written, StoreError> {
        let Write::Commit {
            key,
            mark,
            changes,
            expires,
        } = &self.write
        else {
            return Ok(Written::With(ticket));
        };
        let commit = Commit {
            mark: *mark,
            seen: &[],
            changes,
            expires: *expires,
            renewal: None,
        };
        let committed = rows
            .store
            .commit(*key, commit, self.now.to_seconds())
            .await?;
        Ok(match committed {
            Committed::Done => Written::With(ticket),
            Committed::Rejoined(_)
            | Committed::Moved
            | Committed::Ended(_)
            | Committed::Missing => Written::Lost,
        })
    }

    async fn renew(&self, rows: &Rows, ticket: Option<TicketDraft>) -> Result<Written, StoreError> {
        let Write::Renew {
            key,
            mark,
            changes,
            expires,
            new_mark,
            owner,
            is_renewal,
            keep_until,
            fresh,
        } = &self.write
        else {
            return Ok(Written::With(ticket));
        };
        let renewal = Renewal {
            mark: *new_mark,
            owner: *owner,
            rejoins: true,
            keep_until: *keep_until,
            label: None,
        };
        let commit = Commit {
            mark: *mark,
            seen: &[],
            changes,
            expires: Some(*expires),
            renewal: Some(renewal),
        };
        let committed = rows
            .store
            .commit(*key, commit, self.now.to_seconds())
            .await?;
        if *is_renewal && matches!(committed, Committed::Ended(_)) {
            event::login_refused(&self.config, ENDED);
            return Ok(Written::Lost);
        }
        Ok(Written::With(match committed {
            Committed::Done => ticket,
            Committed::Rejoined(mark) => ticket.map(|ticket| ticket.with_mark(mark)),
            Committed::Moved | Committed::Ended(_) | Committed::Missing => {
                create(rows, fresh, self.now).await?;
                ticket.map(|ticket| ticket.of_row(fresh))
            }
        }))
    }

    fn sent(&self, ticket: Option<TicketDraft>) -> RowOutcome {
        RowOutcome {
            set_cookie: ticket.map(|ticket| ticket.set_cookie(&self.config, self.now)),
            fails: false,
        }
    }

    fn failed(&self, error: &StoreError) -> RowOutcome {
        event::store_failed_to_save(&self.config, error);
        RowOutcome::FAILED
    }
}

impl RowOutcome {
    const NOTHING: Self = Self {
        set_cookie: None,
        fails: false,
    };

    const FAILED: Self = Self {
        set_cookie: None,
        fails: true,
    };
}

impl TicketDraft {
    fn with_mark(mut self, mark: Mark) -> Self {
        self.ticket.mark = mark;
        self
    }

    fn of_row(mut self, row: &NewRowDraft) -> Self {
        self.ticket.id = row.id;
        self.with_mark(row.mark)
    }

    fn set_cookie(&self, config: &Config, now: Timestamp) -> HeaderValue {
        let token = self.ticket.seal(&self.keys, now, &self.nonce);
        config.options.cookie.set(Part::Main, &token, self.seconds)
    }
}

/// Two sessions with one id are as likely as two equal keys, so a key that is taken is an error like others.
async fn create(rows: &Rows, row: &NewRowDraft, now: Timestamp) -> Result<(), StoreError> {
    let new = NewRow {
        key: row.key,
        mark: row.mark,
        owner: row.owner,
        expires: row.expires,
        entries: &row.entries,
        label: None,
    };
    match rows.store.create(new, now.to_seconds()).await? {
        Created::Done => Ok(()),
        Created::Taken => Err(StoreError::new(
            StoreErrorKind::Other,
            "another row has the key of a new session",
        )),
    }
}

async fn end(rows: &Rows, ending: &Ending, now: Timestamp) -> Result<Ended, StoreError> {
    let end = RowEnding {
        owners: &ending.owners,
        why: Why::ByVisitor,
        until: ending.until,
    };
    rows.store.end(ending.key, end, now.to_seconds()).await
}

/// A use that was to be recorded is no change.
pub(super) fn report_lost(config: &Config, fields: &[&str]) {
    if !fields.is_empty() {
        event::changes_lost(config, fields);
    }
}
