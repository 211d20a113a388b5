//! The promises to visitors, checked on the requests alone.

use std::sync::Arc;

use axum::http::StatusCode;
use session_runtime::store::RowKey;

use crate::rows::Named;
use crate::shop::{Field, Fields, IDLE, Report, View};

/// A ticket that was sent to a browser.
pub(crate) struct Ticket {
    pub(crate) number: usize,
    pub(crate) text: String,
    pub(crate) named: Named,
    /// The user who was logged in when it was sent.
    pub(crate) user: Option<u32>,
    /// The second of the use that it tells of.
    pub(crate) used_at: u64,
}

/// A request, and what became of it.
pub(crate) struct Request {
    pub(crate) ticket: Option<Arc<Ticket>>,
    pub(crate) sent: Moment,
    /// The second in which its handler ran.
    pub(crate) handled_at: u64,
    /// `None` if its session was not loaded.
    pub(crate) report: Option<Report>,
    /// The views that it may have by the rules of rows. `None` if the store was not asked.
    pub(crate) permitted: Option<Vec<View>>,
    /// The rows that it wrote to, and their marks. The last one is that of its ticket.
    pub(crate) written_to: Vec<Named>,
    /// It created a row although one that it had written to was still its own.
    pub(crate) left_a_row: bool,
    /// An operation was carried out whose answer was lost. Its second try may meet a row that has moved on.
    pub(crate) is_unsure: bool,
    pub(crate) answered: Option<Answered>,
}

/// The place of an event among all others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment {
    pub(crate) nth: usize,
    pub(crate) second: u64,
}

#[derive(Clone, Copy)]
pub(crate) struct Answered {
    pub(crate) at: Moment,
    pub(crate) status: StatusCode,
    /// The log says that its changes are lost.
    pub(crate) says_lost: bool,
}

impl Request {
    pub(crate) fn new(ticket: Option<Arc<Ticket>>, sent: Moment) -> Self {
        Self {
            ticket,
            sent,
            handled_at: sent.second,
            report: None,
            permitted: None,
            written_to: Vec::new(),
            left_a_row: false,
            is_unsure: false,
            answered: None,
        }
    }

    /// The row and the mark of a ticket in its answer.
    pub(crate) fn names(&self) -> Option<Named> {
        let brought = self.ticket.as_ref().map(|ticket| ticket.named);
        self.written_to.last().copied().or(brought)
    }

    fn has_written_to(&self, row: RowKey) -> bool {
        let mut written_to = self.written_to.iter();
        written_to.any(|named| named.key == row)
    }

    /// It logged a user in, the answer was lost, and at the second try its row had ended: another login, in a
    /// row with nothing but what it wrote itself.
    fn has_begun_anew(&self) -> bool {
        let mut rows = self.written_to.iter().map(|named| named.key);
        let first = rows.next();
        self.is_unsure && rows.any(|other| Some(other) != first)
    }

    fn succeeded_before(&self, moment: Moment) -> bool {
        let answered = self.answered;
        answered.is_some_and(|answered| answered.status == StatusCode::OK && answered.at < moment)
    }
}

/// Checks a request that was just answered.
pub(crate) fn check(request: &Request, all: &[Request]) -> Result<(), String> {
    if let Some(report) = &request.report {
        sees_what_the_rows_hold(request, report)?;
        sees_its_own_user(request, &report.seen)?;
        sees_nothing_of_others(request, &report.seen, all)?;
        sees_nothing_that_ended(request, &report.seen, all)?;
        has_lost_nothing_silently(request, report)?;
    }
    Ok(())
}

/// No change that was answered with success is lost. The rules of rows say what a ticket may see, and with it the
/// limits: a ticket that was renewed away sees its copy or nothing (PROTOCOL 4, "late" and V10), and what a
/// browser is left with when answers arrive in reverse or not at all is a limit of cookies (V4c, V4r, V4s,
/// V5, V5o), so it is not asked here.
fn sees_what_the_rows_hold(request: &Request, report: &Report) -> Result<(), String> {
    let seen = &report.seen;
    match (&request.permitted, &request.ticket) {
        (Some(permitted), _) if permitted.contains(seen) => Ok(()),
        (Some(permitted), _) => Err(format!("it saw {seen:?}, and not {permitted:?}")),
        (None, Some(ticket)) if request.sent.second < ticket.used_at + IDLE => {
            Err("its ticket was not used".to_owned())
        }
        (None, _) if *seen == View::default() => Ok(()),
        (None, _) => Err(format!("it saw {seen:?} without a row")),
    }
}

/// A ticket shows the user to whom it was sent, or nobody.
fn sees_its_own_user(request: &Request, seen: &View) -> Result<(), String> {
    let user = request.ticket.as_ref().and_then(|ticket| ticket.user);
    if seen.user.is_some() && seen.user != user {
        return Err(format!(
            "its ticket was of {user:?}, and it saw {:?}",
            seen.user
        ));
    }
    Ok(())
}

/// A value that was written while a user was logged in is shown to that user alone. A value that was written while nobody was
/// is shown in that session alone.
fn sees_nothing_of_others(request: &Request, seen: &View, all: &[Request]) -> Result<(), String> {
    for (field, writer) in writers(&seen.fields) {
        let of = all[writer as usize]
            .report
            .as_ref()
            .and_then(|report| report.user);
        if of.is_some() && of != seen.user {
            return Err(format!("it saw {field:?} of {of:?} as {:?}", seen.user));
        }
        let row = request.ticket.as_ref().map(|ticket| ticket.named.key);
        if !row.is_some_and(|row| all[writer as usize].has_written_to(row)) {
            return Err(format!(
                "it saw {field:?} of another visitor, by request {writer}"
            ));
        }
    }
    Ok(())
}

/// A session that was ended with success never comes back, and no request that was sent later sees its login.
fn sees_nothing_that_ended(request: &Request, seen: &View, all: &[Request]) -> Result<(), String> {
    for (number, ending) in all.iter().enumerate() {
        let Some(report) = ending.report.as_ref().filter(|report| report.ends) else {
            continue;
        };
        if !ending.succeeded_before(request.sent) || is_outlived(ending, report, all) {
            continue;
        }
        let is_over =
            |shown: &(Field, u32)| writers(&report.seen.fields).any(|over| over == *shown);
        let mut came_back = writers(&seen.fields).filter(is_over);
        if let Some((field, _)) =
            came_back.find(|(_, writer)| !all[*writer as usize].has_begun_anew())
        {
            return Err(format!(
                "it saw {field:?}, which request {number} had ended"
            ));
        }
    }
    Ok(())
}

/// The ending of nobody's session leaves what a login that came meanwhile has taken over.
fn is_outlived(ending: &Request, report: &Report, all: &[Request]) -> bool {
    let Some(ticket) = ending
        .ticket
        .as_ref()
        .filter(|_| report.seen.user.is_none())
    else {
        return false;
    };
    let ended = ending.answered.map(|answered| answered.at);
    all.iter().any(|other| {
        let report = other.report.as_ref();
        let logs_in = report.is_some_and(|report| report.user.is_some());
        let was_sent_before = ended.is_none_or(|ended| other.sent < ended);
        logs_in && was_sent_before && other.has_written_to(ticket.named.key)
    })
}

fn has_lost_nothing_silently(request: &Request, report: &Report) -> Result<(), String> {
    let Some(answered) = request.answered else {
        return Ok(());
    };
    let is_written = !request.written_to.is_empty();
    let has_changes = !report.written.is_empty();
    let succeeded = answered.status == StatusCode::OK;
    if succeeded && has_changes && !is_written && !answered.says_lost {
        Err("what it changed is not saved, and the log does not say so".to_owned())
    } else if answered.says_lost && is_written && !request.is_unsure {
        Err("the log says that what it changed is lost, and it is saved".to_owned())
    } else if answered.says_lost && !has_changes {
        Err("the log says that changes are lost, and there were none".to_owned())
    } else if request.left_a_row {
        Err("it has a second row, and the first one goes on".to_owned())
    } else {
        Ok(())
    }
}

/// The requests that wrote these fields. A count says nothing of who counted.
fn writers(fields: &Fields) -> impl Iterator<Item = (Field, u32)> {
    let written = fields.iter().map(|(field, writer)| (*field, *writer));
    written.filter(|(field, _)| *field != Field::Visits)
}
