//! From a session to what its response does with the row of a store.

use super::decisions::ending_of;
use super::draft::{NoRandomness, is_sealed_as_loaded, max_age};
use super::in_cookie;
use super::open_session::OpenSession;
use super::row::{self, MadeBy, RowState};
use super::row_changes::{Folding, RowWriter, room_for_differences};
use super::row_task::{CookieDraft, Ending, NewRowDraft, NewSession, RowCommit, RowRenewal, Task};
use super::row_work::{self, RowWork};
use super::upkeep::upkeep;
use crate::config::{Config, Rows};
use crate::ending;
use crate::event;
use crate::lifetime::SKEW;
use crate::part::Part;
use crate::policy::{Decision, RowAction, RowFacts, Standing, Upkeep, decide_row};
use crate::record::{RecordRef, Records, Tag};
use crate::store::{Change, Mark, Owner, RowKey, Why};
use crate::time::Timestamp;
use crate::token::{
    EntryCipher, Label, MainCookie, Plaintext, RowSecret, SessionId, Ticket, random_bytes,
};

/// The seconds for which a ticket of before a login still reads what it did: a minute for requests that are on their
/// way, and what the clock of another server may be ahead.
const GRACE: u64 = 60 + SKEW;

/// The seconds for which a tombstone stays at least, so that a request which is on its way meets it.
const TOMBSTONE: u64 = 5 * 60;

/// The time until which a tombstone stays at least. While sessions in cookies are read, any row may have been made of one,
/// and a copy of that cookie must meet the tombstone as long as it counts.
pub(crate) fn tombstone_until(config: &Config, rows: &Rows, now: Timestamp) -> u64 {
    if rows.in_cookies.are_read(now) {
        last_end_of_a_copy(config, now)
    } else {
        now.plus(TOMBSTONE).to_seconds()
    }
}

/// No cookie of a session counts any longer than this, also where servers of a release without a store go on recording
/// its uses, or a later release has a longer `idle`.
fn last_end_of_a_copy(config: &Config, now: Timestamp) -> u64 {
    let max = config.schema.lifetime.max;
    now.plus(max).plus(TOMBSTONE).to_seconds()
}

/// The plan for the main part of a stored session.
pub(super) struct RowPlan<'a> {
    session: &'a OpenSession,
    rows: &'a Rows,
    ending: ending::Ending,
    decision: Decision,
    /// A ticket is to be sent in any case: a use is to be recorded, the facts in it have changed, or the browser has none
    /// yet.
    is_ticket_due: bool,
    plaintext: &'a Plaintext,
    now: Timestamp,
}

impl<'a> RowPlan<'a> {
    pub(super) fn new(
        session: &'a OpenSession,
        rows: &'a Rows,
        decision: Decision,
        plaintext: &'a Plaintext,
        now: Timestamp,
    ) -> Self {
        let main = &session.parts().main;
        let is_refresh_due =
            !session.is_background() && upkeep(session, Part::Main, main, now) == Upkeep::Refresh;
        Self {
            session,
            rows,
            ending: ending_of(session, Part::Main),
            decision,
            is_ticket_due: is_refresh_due
                || !is_sealed_as_loaded(Part::Main, main, plaintext)
                || session.row().is_some_and(|row| row.has_no_ticket),
            plaintext,
            now,
        }
    }

    /// Whoever asks for another ticket gets one: no cookie can be made worthless without a row.
    fn standing(&self) -> Option<Standing> {
        let standing = self.session.row()?.standing;
        Some(match standing {
            Standing::InCookie if self.session.renews() => Standing::Adoptable,
            standing => standing,
        })
    }

    fn action(&self) -> RowAction {
        let facts = RowFacts {
            row: self.standing(),
            ending: self.ending,
            renews: self.session.login_began() || self.session.renews(),
        };
        decide_row(self.decision, facts)
    }

    /// `None` if there is nothing to do.
    pub(super) fn work(&self) -> Result<Option<RowWork>, NoRandomness> {
        let config = self.session.config();
        let action = self.action();
        event::row_committed(config, action, self.decision.reason);
        let Some(task) = self.task(action)? else {
            return Ok(None);
        };
        Ok(Some(RowWork {
            config: config.clone(),
            now: self.now,
            adopted: self.adopted(action)?,
            task,
            lost: self.changes_by_name(),
        }))
    }

    /// An action on a row needs one. `decide_row` chooses none of those where there is no row.
    fn task(&self, action: RowAction) -> Result<Option<Task>, NoRandomness> {
        Ok(Some(match (action, self.session.row()) {
            (RowAction::Create, _) => Task::Create(self.new_session(|_| true)?),
            (RowAction::Remove, row) => {
                let in_cookie = row.filter(|row| row.in_cookie.is_some());
                Task::Remove {
                    unless: in_cookie.map(|row| row.key),
                }
            }
            (RowAction::Keep, Some(row)) => Task::Keep {
                cookie: self.cookie(row.in_cookie.unwrap_or(row.id), self.plaintext)?,
                // A login has an id of its own.
                unless: (!self.is_login_of_nobody()).then_some(row.key),
            },
            (RowAction::Send, Some(row)) => {
                let ticket = self.ticket(row.id, row.mark, self.plaintext)?;
                Task::Send(ticket, folding(&mut self.writer(row), &[])?)
            }
            (RowAction::Commit, Some(row)) => return self.commit(row),
            (RowAction::Renew, Some(row)) => self.renew(row)?,
            (RowAction::End, Some(row)) => Task::End(self.ending(row, Why::ByVisitor)),
            (RowAction::Replace, Some(row)) => {
                let until = self.now.plus(GRACE).to_seconds();
                let ending = self.ending(row, Why::Replaced { until });
                let new = self.new_session(|_| true)?;
                match self.ending {
                    ending::Ending::Replaced => Task::Replace(ending, new),
                    _ => Task::StartOver(ending, new),
                }
            }
            (RowAction::Drop, _) => {
                row_work::report_lost(self.session.config(), &self.changes_by_name());
                return Ok(None);
            }
            _ => return Ok(None),
        }))
    }

    /// A change of the row. Its ticket is sent anew if a use is to be recorded with it.
    fn commit(&self, row: &RowState) -> Result<Option<Task>, NoRandomness> {
        let mut writer = self.writer(row);
        let changes = writer.changes(&self.published_tags())?;
        if changes.is_empty() && !self.is_ticket_due {
            return Ok(None);
        }
        let folding = folding(&mut writer, &changes)?;
        let ticket = if self.is_ticket_due {
            Some(self.ticket(row.id, row.mark, self.plaintext)?)
        } else {
            None
        };
        let expires = self.is_ticket_due.then(|| self.expires());
        let commit = row_commit(row, changes, expires);
        Ok(Some(Task::Commit(commit, ticket, folding)))
    }

    /// A login, or another ticket for the same session: the row gets a new mark, and an owner. If the row is no longer there, the login gets a fresh one,
    /// with the fields that this request wrote and nothing that it loaded.
    fn renew(&self, row: &RowState) -> Result<Task, NoRandomness> {
        let published = self.published_tags();
        let changes = self.writer(row).changes(&published)?;
        let is_published = |record: &RecordRef<'_>| published.contains(&record.tag);
        let user = self.session.user();
        let is_renewal = self.is_renewal();
        let logs_in = self.session.login_began();
        let made_by = MadeBy {
            shuts_out: self.session.renews(),
            without_login: !logs_in,
        };
        let new_mark = made_by.random_mark().ok_or(NoRandomness)?;
        // A renewal joins nothing: a thief may send one with the ticket that another renewal has replaced.
        let joins = user.filter(|_| !is_renewal);
        let renewal = RowRenewal {
            commit: row_commit(row, changes, Some(self.expires())),
            new_mark,
            owner: self.owner(),
            joins: joins.map_or_else(Vec::new, |user| self.rows.owners(user)),
            label: if logs_in {
                self.users_label(row.key, row.secret.clone())?
            } else {
                None
            },
            logs_in,
            is_renewal,
            is_asked_for: self.session.renews(),
            keep_until: self.now.plus(GRACE).to_seconds(),
            fresh: self.new_session(is_published)?,
        };
        let ticket = self.ticket(row.id, new_mark, self.plaintext)?;
        Ok(Task::Renew(Box::new(renewal), ticket))
    }

    fn is_login_of_nobody(&self) -> bool {
        self.session.login_began() && self.session.loaded_user().is_none()
    }

    /// Returns true if the user was logged in already.
    fn is_renewal(&self) -> bool {
        self.session.loaded_user() == self.session.user()
    }

    /// A session that begins with those of the records that `takes` names.
    fn new_session(
        &self,
        takes: impl Fn(&RecordRef<'_>) -> bool,
    ) -> Result<NewSession, NoRandomness> {
        let logs_in = self.session.user().is_some();
        let config = self.session.config();
        if config.keeps_sessions_in_cookies() {
            let mut session = self.plaintext.clone();
            session.records.retain(&takes);
            // What is written beside a row may be larger than a cookie.
            if in_cookie::fits_in_cookie(config, &session) {
                let id = SessionId::random().ok_or(NoRandomness)?;
                return Ok(NewSession {
                    row: None,
                    cookie: self.cookie(id, &session)?,
                    logs_in,
                });
            }
        }
        let row = self.new_row(takes)?;
        Ok(NewSession {
            cookie: self.ticket(row.id, row.mark, self.plaintext)?,
            row: Some(row),
            logs_in,
        })
    }

    /// The row that takes the session over, with what its cookie has. The changes of the request come behind it, as those
    /// of any row: another request may have made the row meanwhile.
    fn adopted(&self, action: RowAction) -> Result<Option<NewRowDraft>, NoRandomness> {
        let row = self.session.row();
        let row = row.filter(|_| self.standing() == Some(Standing::Adoptable));
        let (Some(row), RowAction::Commit | RowAction::Renew) = (row, action) else {
            return Ok(None);
        };
        let main = &self.session.parts().main;
        let Some(sealed) = main.sealed() else {
            return Ok(None);
        };
        let written_at = sealed.written_at.unwrap_or(sealed.renewed_at);
        let mut cipher = self.cipher(row.key, row.secret.clone());
        let user = self.session.loaded_user();
        let label = user.map(|_| self.label(row.key, row.secret.clone(), sealed.created_at));
        Ok(Some(NewRowDraft {
            id: row.id,
            key: row.key,
            mark: row.mark,
            owner: row.owner,
            expires: if self.session.config().keeps_sessions_in_cookies() {
                last_end_of_a_copy(self.session.config(), self.now)
            } else {
                self.last_end_beside(sealed.created_at)
            },
            label: label.transpose()?,
            entries: row::entries(&mut cipher, main.loaded(), |_| true, written_at)?,
        }))
    }

    /// The end of every cookie of a session that began then, with those that requests under way seal a moment later.
    fn last_end_beside(&self, created_at: Timestamp) -> u64 {
        let lifetime = self.session.config().schema.lifetime;
        let end = lifetime.end(created_at, self.now);
        end.plus(TOMBSTONE).to_seconds()
    }

    fn new_row(&self, takes: impl Fn(&RecordRef<'_>) -> bool) -> Result<NewRowDraft, NoRandomness> {
        let id = SessionId::random().ok_or(NoRandomness)?;
        let (key, secret) = id.row(self.session.config().cookie_name());
        let mut cipher = self.cipher(key, secret.clone());
        let records = &self.plaintext.records;
        Ok(NewRowDraft {
            id,
            key,
            mark: MadeBy::NEW_ROW.random_mark().ok_or(NoRandomness)?,
            owner: self.owner(),
            expires: self.expires(),
            label: self.users_label(key, secret)?,
            entries: row::entries(&mut cipher, records, takes, self.now)?,
        })
    }

    /// The tags under which the fields stand that this request published.
    fn published_tags(&self) -> Vec<Tag> {
        let published = self.session.published_in(|part| part == Part::Main);
        let schema = &self.session.config().schema;
        let tags = published.into_iter().flat_map(|field| schema[field].tags());
        tags.collect()
    }

    fn writer<'s>(&'s self, row: &'s RowState) -> RowWriter<'s> {
        RowWriter {
            config: self.session.config(),
            row,
            loaded: self.session.parts().main.loaded(),
            records: &self.plaintext.records,
            cipher: self.cipher(row.key, row.secret.clone()),
            room: room_for_differences(row.bytes),
            now: self.now,
        }
    }

    fn cipher(&self, key: RowKey, secret: RowSecret) -> EntryCipher {
        EntryCipher::new(self.rows.entry_keys.load(), secret, key, self.now)
    }

    fn ending(&self, row: &RowState, why: Why) -> Ending {
        Ending {
            key: row.key,
            owners: self.owners_to_end(row),
            why,
            is_superseded: row.standing == Standing::Superseded,
            is_outdated: row.standing == Standing::Outdated,
            is_in_cookie: row.in_cookie.is_some(),
            until: tombstone_until(self.session.config(), self.rows, self.now),
        }
    }

    /// An ending ends the row of the user whom this request saw, under whichever key. A ticket of a login ends the row
    /// also where it sees nothing of it: the row has had no other user since. Any other ticket leaves a login that came
    /// meanwhile. A row without an owner may show a user all the same: a release without an identity wrote it.
    fn owners_to_end(&self, row: &RowState) -> Vec<Owner> {
        let Some(owner) = row.owner else {
            return Vec::new();
        };
        let user = self.session.loaded_user();
        let of_user = user.into_iter().flat_map(|user| self.rows.owners(user));
        let names_owner = row.is_of_login || row.standing == Standing::Unreadable;
        of_user.chain(names_owner.then_some(owner)).collect()
    }

    fn owner(&self) -> Option<Owner> {
        let user = self.session.user()?;
        Some(self.rows.owner(user, self.now))
    }

    /// Only the rows of users are listed.
    fn users_label(&self, key: RowKey, secret: RowSecret) -> Result<Option<Vec<u8>>, NoRandomness> {
        let began = self.plaintext.created_at;
        let user = self.session.user();
        user.map(|_| self.label(key, secret, began)).transpose()
    }

    fn label(
        &self,
        key: RowKey,
        secret: RowSecret,
        began: Timestamp,
    ) -> Result<Vec<u8>, NoRandomness> {
        let nonce = random_bytes().ok_or(NoRandomness)?;
        let label = Label { began, secret };
        Ok(label.seal(&self.rows.label_keys.load(), self.now, &nonce, key))
    }

    fn expires(&self) -> u64 {
        let lifetime = self.session.config().schema.lifetime;
        let Plaintext {
            created_at,
            renewed_at,
            ..
        } = *self.plaintext;
        lifetime.end(created_at, renewed_at).to_seconds()
    }

    fn ticket(
        &self,
        id: SessionId,
        mark: Mark,
        session: &Plaintext,
    ) -> Result<CookieDraft, NoRandomness> {
        let head = Plaintext {
            records: Records::default(),
            ..session.clone()
        };
        let ticket = Ticket {
            session: head,
            id,
            mark,
        };
        self.draft(MainCookie::Ticket(ticket), session)
    }

    fn cookie(&self, id: SessionId, session: &Plaintext) -> Result<CookieDraft, NoRandomness> {
        let with_id = in_cookie::with_id(self.session.config(), id, session);
        self.draft(MainCookie::Session(with_id), session)
    }

    fn draft(&self, content: MainCookie, session: &Plaintext) -> Result<CookieDraft, NoRandomness> {
        Ok(CookieDraft {
            content,
            keys: self.session.parts().main.cookie().keys.clone(),
            nonce: random_bytes().ok_or(NoRandomness)?,
            seconds: max_age(self.session.config(), Part::Main, session, self.now),
        })
    }

    fn changes_by_name(&self) -> Vec<&'static str> {
        let fields = self.session.published_in(|part| part == Part::Main);
        let schema = &self.session.config().schema;
        let fields = fields.into_iter().map(|field| schema[field].name);
        fields.chain(self.session.calls_by_name()).collect()
    }
}

fn folding(
    writer: &mut RowWriter<'_>,
    changes: &[Change],
) -> Result<Option<RowCommit>, NoRandomness> {
    let row = writer.row;
    let folding = writer.folding(changes)?;
    Ok(folding.map(|Folding { changes, seen }| RowCommit {
        seen,
        ..row_commit(row, changes, None)
    }))
}

fn row_commit(row: &RowState, changes: Vec<Change>, expires: Option<u64>) -> RowCommit {
    RowCommit {
        key: row.key,
        mark: row.mark,
        seen: Vec::new(),
        changes,
        expires,
    }
}
