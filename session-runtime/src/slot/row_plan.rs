//! From a session to what its response does with the row of a store.

use super::draft::NoRandomness;
use super::open_session::OpenSession;
use super::row::{self, RowState};
use super::row_work::{self, Ending, NewRowDraft, RowWork, TicketDraft, Write};
use crate::config::Rows;
use crate::ending;
use crate::event;
use crate::info::SessionState;
use crate::lifetime::BROWSERS_KEEP;
use crate::part::Part;
use crate::policy::{Action, Decision, NamedRow, RowAction, RowFacts, decide_row};
use crate::record::{Record, Records, Tag};
use crate::store::{Change, EntryTag, Mark, Owner};
use crate::time::Timestamp;
use crate::token::{EntryCipher, Nonce, Plaintext, SessionId, Ticket};

/// The seconds for which a ticket of before a login still reads what it did.
const GRACE: u64 = 60;

/// The seconds for which a tombstone stays at least, so that a request which is on its way meets it.
const TOMBSTONE: u64 = 5 * 60;

/// What the plan for the main part is made from.
pub(super) struct RowPlan<'a> {
    pub(super) session: &'a OpenSession,
    pub(super) rows: &'a Rows,
    pub(super) ending: ending::Ending,
    pub(super) decision: Decision,
    /// The ticket is to be sent in any case: a use is to be written down, or what stands in it has changed.
    pub(super) is_ticket_due: bool,
    pub(super) plaintext: &'a Plaintext,
    pub(super) now: Timestamp,
}

impl RowPlan<'_> {
    fn action(&self) -> RowAction {
        let facts = RowFacts {
            row: match self.session.row() {
                Some(row) if row.is_superseded => NamedRow::Superseded,
                Some(_) => NamedRow::Alive,
                None if self.session.parts().main.state() == SessionState::Ended => NamedRow::Ended,
                None => NamedRow::None,
            },
            ending: self.ending,
            login_began: self.session.login_began(),
        };
        decide_row(self.decision, facts)
    }

    /// `None` if there is nothing to do.
    pub(super) fn work(&self) -> Result<Option<RowWork>, NoRandomness> {
        let config = self.session.config();
        let action = self.action();
        event::row_committed(config, action, self.decision.reason);
        match action {
            RowAction::Nothing => Ok(None),
            RowAction::Drop => {
                row_work::report_lost(config, &self.changed_fields());
                Ok(None)
            }
            _ => self.work_of(action).map(Some).ok_or(NoRandomness),
        }
    }

    /// `None` if the operating system gives no random bytes.
    fn work_of(&self, action: RowAction) -> Option<RowWork> {
        let config = self.session.config();
        let row = self.session.row();
        let mut work = RowWork {
            config: config.clone(),
            now: self.now,
            ends: None,
            write: Write::Nothing,
            ticket: None,
            removal: None,
            lost: self.changed_fields(),
        };
        match action {
            RowAction::Nothing | RowAction::Drop => {}
            RowAction::Send => {
                let row = row?;
                let sent = self.with_old_times();
                work.ticket = Some(self.ticket(row.id, row.mark, &sent)?);
            }
            RowAction::Remove => work.removal = Some(config.options.cookie.removal(Part::Main)),
            RowAction::End => {
                work.ends = row.map(|row| self.ending(row));
                work.removal = Some(config.options.cookie.removal(Part::Main));
            }
            RowAction::Create => {
                let fresh = self.new_row(|_| true)?;
                work.ticket = Some(self.ticket(fresh.id, fresh.mark, self.plaintext)?);
                work.write = Write::Create(fresh);
            }
            RowAction::Replace => {
                let fresh = self.new_row(|_| true)?;
                work.ticket = Some(self.ticket(fresh.id, fresh.mark, self.plaintext)?);
                work.write = Write::Create(fresh);
                work.ends = row.map(|row| self.ending(row));
                work.removal = Some(config.options.cookie.removal(Part::Main));
            }
            RowAction::Commit => self.commit(row?, &mut work)?,
            RowAction::Renew => self.renew(row?, &mut work)?,
        }
        Some(work)
    }

    /// A change of the row. Its ticket is sent anew if a use is to be written down with it.
    fn commit(&self, row: &RowState, work: &mut RowWork) -> Option<()> {
        let changes = self.changes(row)?;
        if self.is_ticket_due {
            work.ticket = Some(self.ticket(row.id, row.mark, self.plaintext)?);
        } else if changes.is_empty() {
            return Some(());
        }
        work.write = Write::Commit {
            key: row.key,
            mark: row.mark,
            changes,
            expires: self.is_ticket_due.then(|| self.expires()),
        };
        Some(())
    }

    /// A login: the row gets a new mark and an owner. If the row is no longer there, the login gets a fresh one,
    /// with what this request wrote and nothing that it loaded.
    fn renew(&self, row: &RowState, work: &mut RowWork) -> Option<()> {
        let mark = random_mark()?;
        let published = self.published_tags();
        let is_published = |record: &Record| published.contains(&record.tag);
        work.ticket = Some(self.ticket(row.id, mark, self.plaintext)?);
        work.write = Write::Renew {
            key: row.key,
            mark: row.mark,
            changes: self.changes(row)?,
            expires: self.expires(),
            new_mark: mark,
            owner: self.owner(),
            is_renewal: self.session.loaded_user() == self.session.user(),
            keep_until: self.now.plus(GRACE).to_seconds(),
            fresh: self.new_row(is_published)?,
        };
        Some(())
    }

    fn new_row(&self, takes: impl Fn(&Record) -> bool) -> Option<NewRowDraft> {
        let id = SessionId::random()?;
        let key = id.row_key(self.session.config().cookie_name());
        let mut cipher = EntryCipher::new(self.rows.entry_keys.load(), id, key);
        let records = self.plaintext.records.iter();
        let records = records.filter(|record| takes(record));
        Some(NewRowDraft {
            id,
            key,
            mark: random_mark()?,
            owner: self.owner(),
            expires: self.expires(),
            entries: row::entries(&mut cipher, records, self.now)?,
        })
    }

    /// The tags under which the fields stand that this request published.
    fn published_tags(&self) -> Vec<Tag> {
        let published = self.session.published_in(|part| part == Part::Main);
        let schema = &self.session.config().schema;
        let tags = published.into_iter().flat_map(|field| schema[field].tags());
        tags.collect()
    }

    /// The fields that are not as they were loaded, each as a change of its own. An entry that this request did not
    /// change stays also if its time is over: another request may have written a new one meanwhile.
    fn changes(&self, row: &RowState) -> Option<Vec<Change>> {
        let loaded = self.session.parts().main.loaded();
        let records = &self.plaintext.records;
        let is_new = |record: &&Record| loaded.get(record.tag) != Some(*record);
        let mut cipher = EntryCipher::new(self.rows.entry_keys.load(), row.id, row.key);
        let set = row::entries(&mut cipher, records.iter().filter(is_new), self.now)?;
        let stays = |tag: &EntryTag| {
            let mut records = records.iter();
            records.any(|record| record.tag.0 == tag.to_bytes())
        };
        let published = self.published_tags();
        let is_published = |tag: &EntryTag| published.contains(&Tag(tag.to_bytes()));
        let gone = row.tags.iter();
        let gone = gone.filter(|tag| !stays(tag) && is_published(tag));
        let set = set.into_iter().map(Change::Set);
        Some(set.chain(gone.copied().map(Change::Remove)).collect())
    }

    /// An ending ends the row of the user whom this request saw, under whichever key. If it saw no user, a login
    /// that came meanwhile stays.
    fn ending(&self, row: &RowState) -> Ending {
        let mut owners = Vec::new();
        if let Some(user) = self.session.loaded_user() {
            owners.extend(self.rows.owners(user));
            owners.extend(row.owner.filter(|_| !row.is_superseded));
        }
        Ending {
            key: row.key,
            owners,
            until: self.now.plus(TOMBSTONE).to_seconds(),
            is_honoured: self.ending != ending::Ending::Replaced,
        }
    }

    fn owner(&self) -> Option<Owner> {
        let user = self.session.user()?;
        Some(self.rows.owner(user, self.now))
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

    fn ticket(&self, id: SessionId, mark: Mark, session: &Plaintext) -> Option<TicketDraft> {
        let mut nonce = Nonce::default();
        getrandom::fill(&mut nonce).ok()?;
        let lifetime = self.session.config().schema.lifetime;
        let end = lifetime.end(session.created_at, session.renewed_at);
        let seconds = self.now.seconds_until(end).min(BROWSERS_KEEP);
        let seconds = session.flags.remembered.then_some(seconds);
        let session = Plaintext {
            records: Records::default(),
            ..session.clone()
        };
        Some(TicketDraft {
            ticket: Ticket { session, id, mark },
            keys: self.session.parts().main.cookie().keys.clone(),
            nonce,
            seconds,
        })
    }

    /// A new key alone extends no clock.
    fn with_old_times(&self) -> Plaintext {
        let plaintext = self.plaintext.clone();
        match self.session.parts().main.sealed() {
            Some(sealed) if self.decision.action == Action::Reseal => Plaintext {
                renewed_at: sealed.renewed_at,
                written_at: sealed.written_at,
                ..plaintext
            },
            _ => plaintext,
        }
    }

    fn changed_fields(&self) -> Vec<&'static str> {
        let fields = self.session.published_in(|part| part == Part::Main);
        let schema = &self.session.config().schema;
        fields.into_iter().map(|field| schema[field].name).collect()
    }
}

fn random_mark() -> Option<Mark> {
    let mut mark = [0; 8];
    getrandom::fill(&mut mark).ok()?;
    Some(Mark::from_bytes(mark))
}
