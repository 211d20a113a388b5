//! The rules of rows once more, in the words of users and fields, without our code.
//!
//! A row is told what the runtime asks of the store, in the order in which that is carried out, and what the
//! handler of the request did. It never looks at what the store answers.

use std::collections::{BTreeSet, HashMap};

use session_runtime::store::{Change, Commit, Mark, NewRow, RowEnding, RowKey, Why};

use crate::shop::{Field, Report, View};

#[derive(Default)]
pub(crate) struct Rows(HashMap<RowKey, Row>);

struct Row {
    mark: Mark,
    view: View,
    /// The requests that counted in it. Each counts once, and none takes away what another one counted.
    counted: BTreeSet<u32>,
    /// The mark and the view before the last renewal, and the second in which they are over.
    before: Option<(Mark, View, u64)>,
    /// The second in which the row is over, or its tombstone.
    until: u64,
    is_ended: bool,
    /// The second until which requests may be on their way that were sent before another session replaced it.
    replaced_until: u64,
}

/// The row and the mark that a ticket names.
#[derive(Clone, Copy)]
pub(crate) struct Named {
    pub(crate) key: RowKey,
    pub(crate) mark: Mark,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    Alive,
    Ended,
    Missing,
}

impl Rows {
    /// The views that a request with this ticket may have.
    ///
    /// A ticket that was renewed away sees its copy or nothing for a while, and nothing later. So does the ticket
    /// of a session that another one has replaced.
    pub(crate) fn permitted(&self, Named { key, mark }: Named, now: u64) -> Vec<View> {
        // Within the grace the session is not said to be over, and shows nothing.
        let nothing = View {
            is_active: true,
            ..View::default()
        };
        if self.is_just_replaced(key, now) {
            return vec![nothing];
        }
        let Some(row) = self.alive(key, now) else {
            return vec![View::default()];
        };
        if row.mark == mark {
            return vec![row.view.clone()];
        }
        let before = row.before.iter();
        let before = before.filter(|(before, _, until)| *before == mark && now < *until);
        let copy = before.map(|(_, view, _)| view.clone());
        copy.chain([nothing, View::default()]).collect()
    }

    pub(crate) fn is_good(&self, Named { key, mark }: Named, now: u64) -> bool {
        self.alive(key, now).is_some_and(|row| row.mark == mark)
    }

    /// Another session of the same browser has replaced it a moment ago.
    pub(crate) fn is_just_replaced(&self, key: RowKey, now: u64) -> bool {
        let row = self.0.get(&key);
        row.is_some_and(|row| row.is_ended && now < row.replaced_until)
    }

    fn alive(&self, key: RowKey, now: u64) -> Option<&Row> {
        let row = self.0.get(&key);
        row.filter(|row| !row.is_ended && now < row.until)
    }

    pub(crate) fn create(&mut self, new: &NewRow<'_>, report: &Report) -> Named {
        let view = View {
            is_active: true,
            user: report.user,
            fields: report.written.clone(),
        };
        let row = Row {
            mark: new.mark,
            view,
            counted: [report.number].into(),
            before: None,
            until: new.expires,
            is_ended: false,
            replaced_until: 0,
        };
        // A second try of the same creation changes nothing, also after a change in between.
        self.0.entry(new.key).or_insert(row);
        let NewRow { key, mark, .. } = *new;
        Named { key, mark }
    }

    /// `None` if nothing is applied.
    pub(crate) fn commit(
        &mut self,
        key: RowKey,
        commit: &Commit<'_>,
        report: &Report,
        now: u64,
    ) -> Option<Named> {
        self.alive(key, now)?;
        if commit
            .changes
            .iter()
            .any(|change| matches!(change, Change::Fold(_)))
        {
            // No visitor can tell.
            return None;
        }
        let row = self.0.get_mut(&key)?;
        match commit.renewal {
            Some(renewal) if renewal.mark == row.mark => {
                return Some(Named {
                    key,
                    mark: renewal.mark,
                });
            }
            Some(renewal) if commit.mark == row.mark => {
                row.renew(renewal.mark, renewal.keep_until, report);
            }
            // The same user has logged in meanwhile. A request that saw this user already joins nothing.
            Some(_)
                if row.view.user.is_some()
                    && row.view.user == report.user
                    && report.seen.user != report.user => {}
            None if commit.mark == row.mark => {}
            _ => return None,
        }
        row.write(report);
        row.until = row.until.max(commit.expires.unwrap_or(0));
        let mark = row.mark;
        Some(Named { key, mark })
    }

    /// An ending ends a row whose user is the one whom the request saw, or to whom its ticket was sent.
    pub(crate) fn end(&mut self, key: RowKey, ending: &RowEnding<'_>, user: Option<u32>, now: u64) {
        let is_alive = self.alive(key, now).is_some();
        if let Some(row) = self.0.get_mut(&key)
            && (!is_alive || row.view.user == user)
        {
            // A tombstone that is there keeps its reason.
            if !(row.is_ended && now < row.until) {
                row.replaced_until = match ending.why {
                    Why::Replaced { until } => until,
                    Why::ByVisitor | Why::ByApplication => 0,
                };
            }
            row.is_ended = true;
            row.until = row.until.max(ending.until);
        }
    }

    /// The rows and tombstones that are there, and the second in which each is over.
    pub(crate) fn there(&self, now: u64) -> impl Iterator<Item = (RowKey, Standing, u64)> {
        let rows = self.0.iter().filter(move |(_, row)| now < row.until);
        rows.map(|(key, row)| {
            let standing = if row.is_ended {
                Standing::Ended
            } else {
                Standing::Alive
            };
            (*key, standing, row.until)
        })
    }
}

impl Row {
    fn write(&mut self, report: &Report) {
        let visits = self.view.fields.get(&Field::Visits).copied();
        self.view.fields.extend(&report.written);
        if report.written.contains_key(&Field::Visits) {
            let one = u32::from(self.counted.insert(report.number));
            self.view
                .fields
                .insert(Field::Visits, visits.unwrap_or(0) + one);
        }
    }

    fn renew(&mut self, mark: Mark, keep_until: u64, report: &Report) {
        self.before = Some((self.mark, self.view.clone(), keep_until));
        self.mark = mark;
        self.view.user = report.user;
    }
}
