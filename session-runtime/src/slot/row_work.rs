//! The work that a response has with the row of a store, carried out.
//!
//! The work was decided before, as one value (see `row_task`). Here are the operations of the store, in their order, and the meaning
//! of each answer for the cookie.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::HeaderValue;
use tokio::runtime::Handle;

use super::row::{self, MadeBy};
use super::row_task::{CookieDraft, Ending, NewRowDraft, NewSession, RowCommit, RowRenewal, Task};
use crate::carried_out::CarriedOut;
use crate::config::{Config, Rows};
use crate::event;
use crate::part::Part;
use crate::store::{
    Commit, Committed, Created, Ended, Loaded, Mark, NewRow, Renewal, RowEnding, RowKey,
    StoreError, StoreErrorKind, Why,
};
use crate::time::Timestamp;

pub(crate) struct RowWork {
    pub(super) config: Arc<Config>,
    pub(super) now: Timestamp,
    /// The row that takes a session over from its cookie, before the task.
    pub(super) adopted: Option<NewRowDraft>,
    pub(super) task: Task,
    /// The names of the changes that are lost if the row is not written. There are none in upkeep.
    pub(super) lost: Vec<&'static str>,
}

pub(crate) type RowFuture = Pin<Box<dyn Future<Output = RowOutcome> + Send>>;

/// The outcome of the work, for the response.
pub(crate) struct RowOutcome {
    pub(crate) set_cookie: Option<HeaderValue>,
    /// The store failed, so the response is a 503.
    pub(crate) fails: bool,
}

/// The reason in the log for which a renewal does not count: another request has ended the login.
const ENDED: &str = "ended";

impl RowWork {
    /// Carries the work out with its request. A client that hangs up does not cancel it.
    pub(crate) fn start(self: Box<Self>) -> RowFuture {
        Box::pin(Started {
            config: self.config.clone(),
            ends: self.task.ends(),
            work: CarriedOut::new(self.carry_out()),
        })
    }

    /// Carries the work out in a task of its own, for a request that is over.
    pub(crate) fn go_on_without_request(self: Box<Self>) {
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(self.carry_out());
        }
    }

    /// Carries the work out in the task of the caller.
    pub(crate) fn carry_out(self: Box<Self>) -> RowFuture {
        Box::pin((*self).work())
    }

    async fn work(self) -> RowOutcome {
        let Self {
            config,
            now,
            adopted,
            task,
            lost,
        } = self;
        let Some(rows) = &config.rows else {
            return RowOutcome::NOTHING;
        };
        let at = Workplace {
            config: &config,
            rows,
            now,
        };
        let (ends, is_upkeep) = (task.ends(), task.is_upkeep(&lost));
        let done = at.carry_out(adopted, task, &lost).await;
        done.unwrap_or_else(|error| {
            if is_upkeep {
                event::store_failed_in_upkeep(&config, &error);
                RowOutcome::NOTHING
            } else {
                event::store_failed_to_save(&config, &error);
                RowOutcome::failed(&config, ends)
            }
        })
    }
}

/// Returns true if there is a runtime of tokio, for [`RowWork::go_on_without_request`].
pub(super) fn goes_on_without_request() -> bool {
    Handle::try_current().is_ok()
}

/// A fold that fails is no matter of the visitor. What was to be folded stays as it is, and the next request that
/// writes tries again.
async fn fold(config: Arc<Config>, now: Timestamp, folding: RowCommit) {
    let Some(rows) = &config.rows else { return };
    let at = Workplace {
        config: &config,
        rows,
        now,
    };
    if let Err(error) = at.change(&folding, None).await {
        event::store_failed_to_fold(&config, &error);
    }
}

/// Work whose store may panic.
struct Started {
    config: Arc<Config>,
    ends: bool,
    work: CarriedOut<RowOutcome>,
}

impl Future for Started {
    type Output = RowOutcome;

    /// A store that panics has failed: the visitor gets an answer.
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<RowOutcome> {
        let work = Pin::new(&mut self.work);
        let polled = catch_unwind(AssertUnwindSafe(|| work.poll(context)));
        polled.unwrap_or_else(|_| {
            let error = StoreError::new(StoreErrorKind::Other, "it panicked");
            event::store_failed_to_save(&self.config, &error);
            Poll::Ready(RowOutcome::failed(&self.config, self.ends))
        })
    }
}

/// The outcome of creating a row.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Begun {
    Done,
    /// The application ended the sessions of its user while it was on its way.
    Ended,
}

/// The session type and the time that every operation needs.
struct Workplace<'a> {
    config: &'a Arc<Config>,
    rows: &'a Rows,
    now: Timestamp,
}

impl Workplace<'_> {
    async fn carry_out(
        &self,
        adopted: Option<NewRowDraft>,
        task: Task,
        lost: &[&str],
    ) -> Result<RowOutcome, StoreError> {
        if let Some(row) = adopted {
            self.adopt(&row).await?;
        }
        match task {
            Task::Remove { unless } => {
                let removal = RowOutcome::removal(self.config);
                self.unless(unless, removal, lost).await
            }
            Task::Send(cookie, folding) => {
                self.fold_later(folding).await;
                Ok(self.sent(Some(cookie)))
            }
            Task::Create(new) => self.begin(new, lost).await,
            Task::Commit(commit, ticket, folding) => {
                self.commit(&commit, ticket, folding, lost).await
            }
            Task::Renew(renewal, ticket) => self.renew(*renewal, ticket, lost).await,
            Task::End(ending) => self.end_session(&ending).await,
            Task::Replace(ending, new) => self.replace(&ending, new, lost).await,
            Task::StartOver(ending, new) => self.start_over(&ending, new, lost).await,
            Task::Keep { cookie, unless } => {
                let kept = self.sent(Some(cookie));
                self.unless(unless, kept, lost).await
            }
        }
    }

    async fn begin(&self, new: NewSession, lost: &[&str]) -> Result<RowOutcome, StoreError> {
        if let Some(row) = &new.row
            && self.create(row).await? == Begun::Ended
        {
            return Ok(self.lost(lost));
        }
        Ok(self.sent(Some(new.cookie)))
    }

    /// The row of the other user comes first, because a login that fails leaves the user before it.
    async fn replace(
        &self,
        ending: &Ending,
        new: NewSession,
        lost: &[&str],
    ) -> Result<RowOutcome, StoreError> {
        let (key, owner) = match &new.row {
            Some(row) => (Some(row.key), row.owner),
            None => (None, None),
        };
        let begun = self.begin(new, lost).await?;
        if let Err(error) = self.end(ending).await {
            // If this fails too, a session stays of which nobody has a ticket.
            if let Some(key) = key {
                let undone = Ending {
                    key,
                    owners: owner.into_iter().collect(),
                    why: Why::ByVisitor,
                    until: ending.until,
                    is_superseded: false,
                    is_outdated: false,
                    is_in_cookie: false,
                };
                let _ = self.end(&undone).await;
            }
            return Err(error);
        }
        Ok(begun)
    }

    /// The logout holds whatever becomes of the rest.
    async fn start_over(
        &self,
        ending: &Ending,
        new: NewSession,
        lost: &[&str],
    ) -> Result<RowOutcome, StoreError> {
        let ended = self.end(ending).await?;
        let logs_in = new.logs_in;
        if ended == Ended::AnotherOwner && !logs_in {
            event::ending_lost(self.config);
            if !ending.is_outdated {
                return Ok(self.lost(lost));
            }
        }
        // The browser has another session by now, or is about to, and a new one would take its place.
        if ended == Ended::Before
            && !logs_in
            && (ending.is_superseded || self.is_replaced(ending.key).await?)
        {
            return Ok(self.lost(lost));
        }
        self.begin(new, lost).await
    }

    /// A request that was faster may have given the session a row, or ended it. A cookie that came after that would be an
    /// older ticket in the place of a newer one.
    async fn unless(
        &self,
        key: Option<RowKey>,
        outcome: RowOutcome,
        lost: &[&str],
    ) -> Result<RowOutcome, StoreError> {
        if let Some(key) = key
            && self.rows.store.load(key, self.now.to_seconds()).await? != Loaded::Missing
        {
            return Ok(self.lost(lost));
        }
        Ok(outcome)
    }

    /// Returns true if a login of another user has put another session in the place of this one.
    async fn is_replaced(&self, key: RowKey) -> Result<bool, StoreError> {
        let why = self.why_ended(key).await?;
        Ok(matches!(why, Some(Why::Replaced { .. })))
    }

    async fn why_ended(&self, key: RowKey) -> Result<Option<Why>, StoreError> {
        Ok(
            match self.rows.store.load(key, self.now.to_seconds()).await? {
                Loaded::Ended(why) => Some(why),
                Loaded::Alive(_) | Loaded::Missing => None,
            },
        )
    }

    /// The cookie is removed if this request ended the row. If the row was over before, another response has seen
    /// to the cookie, unless the browser has missed that long ago. A user who has logged in meanwhile stays.
    async fn end_session(&self, ending: &Ending) -> Result<RowOutcome, StoreError> {
        let ended = self.end(ending).await?;
        if ended == Ended::AnotherOwner {
            event::ending_lost(self.config);
        }
        Ok(if ended == Ended::Done || ending.is_outdated {
            RowOutcome::removal(self.config)
        } else {
            RowOutcome::NOTHING
        })
    }

    /// Folds in a task of its own, which no response waits for.
    async fn fold_later(&self, folding: Option<RowCommit>) {
        let Some(folding) = folding else { return };
        let fold = fold(self.config.clone(), self.now, folding);
        match Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn(fold)),
            Err(_) => fold.await,
        }
    }

    async fn commit(
        &self,
        commit: &RowCommit,
        ticket: Option<CookieDraft>,
        folding: Option<RowCommit>,
        lost: &[&str],
    ) -> Result<RowOutcome, StoreError> {
        Ok(match self.change(commit, None).await? {
            Committed::Done => {
                self.fold_later(folding).await;
                self.sent(ticket)
            }
            Committed::Rejoined(_)
            | Committed::Moved
            | Committed::Ended(_)
            | Committed::Missing => self.lost(lost),
        })
    }

    async fn renew(
        &self,
        login: RowRenewal,
        ticket: CookieDraft,
        lost: &[&str],
    ) -> Result<RowOutcome, StoreError> {
        let renewal = Renewal {
            mark: login.new_mark,
            owner: login.owner,
            joins: &login.joins,
            keep_until: login.keep_until,
            label: login.label.as_deref(),
        };
        let ticket = match self.renew_row(&login.commit, renewal).await? {
            Committed::Done => ticket,
            Committed::Rejoined(mark) => ticket.with_mark(mark),
            Committed::Ended(_) if login.is_renewal => {
                if login.logs_in {
                    event::login_refused(self.config, ENDED);
                }
                return Ok(self.lost(lost));
            }
            // The user's sessions were ended while this login was under way.
            Committed::Ended(Why::ByApplication) => {
                event::login_ended(self.config);
                return Ok(self.lost(lost));
            }
            // The page would say that a copied ticket is worthless now. It may be the thief's renewal that came first.
            Committed::Moved if login.is_asked_for => {
                event::renewal_lost(self.config);
                return Ok(RowOutcome::failed(self.config, false));
            }
            // Another renewal has put another ticket in the place of this one, or the time of the login is over.
            Committed::Moved | Committed::Missing if login.is_renewal => {
                return Ok(self.lost(lost));
            }
            Committed::Moved | Committed::Ended(_) | Committed::Missing => {
                return self.begin(login.fresh, lost).await;
            }
        };
        Ok(self.sent(Some(ticket)))
    }

    /// A login joins what another login has made. The mark of a renewal may be a thief's, so the login puts its own in
    /// the place of that one. It shuts the thief out at once.
    async fn renew_row(
        &self,
        commit: &RowCommit,
        renewal: Renewal<'_>,
    ) -> Result<Committed, StoreError> {
        let mut committed = self.change(commit, Some(renewal)).await?;
        let over_another = Renewal {
            mark: row::shutting_out(renewal.mark),
            ..renewal
        };
        while let Committed::Rejoined(mark) = committed
            && MadeBy::of(mark).without_login
        {
            committed = match self.change_at(mark, commit, Some(over_another)).await? {
                Committed::Done => return Ok(Committed::Rejoined(over_another.mark)),
                refused => refused,
            };
        }
        Ok(committed)
    }

    async fn change(
        &self,
        commit: &RowCommit,
        renewal: Option<Renewal<'_>>,
    ) -> Result<Committed, StoreError> {
        self.change_at(commit.mark, commit, renewal).await
    }

    /// The change as that of the ticket with this mark.
    async fn change_at(
        &self,
        mark: Mark,
        commit: &RowCommit,
        renewal: Option<Renewal<'_>>,
    ) -> Result<Committed, StoreError> {
        let seen: Vec<&[u8]> = commit.seen.iter().map(|name| &**name).collect();
        let changes = Commit {
            mark,
            seen: &seen,
            changes: &commit.changes,
            expires: commit.expires,
            renewal,
        };
        let now = self.now.to_seconds();
        self.rows.store.commit(commit.key, changes, now).await
    }

    /// If another request has made the row, or has ended the session, the change that comes next hears of it.
    async fn adopt(&self, row: &NewRowDraft) -> Result<(), StoreError> {
        match self.new_row(row).await? {
            Created::Done => event::adopted(self.config),
            Created::Taken => {}
        }
        Ok(())
    }

    /// A store that notes the user of a row before the row is there ends it before, too. Two sessions with one id are as
    /// likely as two equal keys, so every other row that has the key is an error like others.
    async fn create(&self, row: &NewRowDraft) -> Result<Begun, StoreError> {
        match self.new_row(row).await? {
            Created::Done => Ok(Begun::Done),
            Created::Taken if self.why_ended(row.key).await? == Some(Why::ByApplication) => {
                event::login_ended(self.config);
                Ok(Begun::Ended)
            }
            Created::Taken => Err(StoreError::new(
                StoreErrorKind::Other,
                "another row has the key of a new session",
            )),
        }
    }

    async fn new_row(&self, row: &NewRowDraft) -> Result<Created, StoreError> {
        let new = NewRow {
            key: row.key,
            mark: row.mark,
            owner: row.owner,
            expires: row.expires,
            entries: &row.entries,
            label: row.label.as_deref(),
        };
        self.rows.store.create(new, self.now.to_seconds()).await
    }

    async fn end(&self, ending: &Ending) -> Result<Ended, StoreError> {
        let end = RowEnding {
            owners: &ending.owners,
            why: ending.why,
            until: ending.until,
        };
        let now = self.now.to_seconds();
        // A store does not tell an ending of nothing from one of what has ended.
        let is_first = ending.is_in_cookie && {
            let loaded = self.rows.store.load(ending.key, now).await;
            !matches!(loaded, Ok(Loaded::Alive(_) | Loaded::Ended(_)))
        };
        let ended = self.rows.store.end(ending.key, end, now).await?;
        Ok(match ended {
            Ended::Before if is_first => Ended::Done,
            ended => ended,
        })
    }

    fn sent(&self, cookie: Option<CookieDraft>) -> RowOutcome {
        RowOutcome {
            set_cookie: cookie.map(|cookie| cookie.set_cookie(self.config, self.now)),
            fails: false,
        }
    }

    fn lost(&self, fields: &[&str]) -> RowOutcome {
        report_lost(self.config, fields);
        RowOutcome::NOTHING
    }
}

impl RowOutcome {
    const NOTHING: Self = Self {
        set_cookie: None,
        fails: false,
    };

    fn removal(config: &Config) -> Self {
        Self {
            set_cookie: Some(config.part(Part::Main).lines.removal()),
            fails: false,
        }
    }

    /// An ending that failed removes the cookie all the same.
    fn failed(config: &Config, ends: bool) -> Self {
        let outcome = if ends {
            Self::removal(config)
        } else {
            Self::NOTHING
        };
        Self {
            fails: true,
            ..outcome
        }
    }
}

/// A use that was to be recorded is no change.
pub(super) fn report_lost(config: &Config, fields: &[&str]) {
    if !fields.is_empty() {
        event::changes_lost(config, fields);
    }
}
