//! The decision on what a response does with one cookie of a session. It is one pure function of
//! the facts that are known.

use crate::ending::Ending;

/// The cookie of a part, as the request brought it along.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Carried {
    /// No cookie of this name.
    Nothing,
    /// A cookie that is this part of the session now.
    Session,
    /// A cookie that is no session now. It may be another release's or another key's: it is left
    /// alone unless this request writes or ends the session, or needs its room.
    Unusable,
}

/// The result of comparing the session to store with the one that was loaded. A session that has
/// ended is compared with nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stored {
    /// The same.
    Same,
    /// Something else.
    Changed,
    /// Nothing any more.
    Emptied,
}

/// The effect of the response on what its handlers changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reply {
    /// It lets changes through.
    Saves,
    /// It reports a failure, and what its handler changed is dropped.
    Fails,
    /// It becomes a failure, because the session cannot be saved: a value cannot be stored, or all
    /// parts together are more than browsers keep.
    CannotSave,
}

/// The reason to set or remove a cookie whose part was not changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Upkeep {
    None,
    /// Another key seals now.
    Reseal,
    /// Its last use is to be written down.
    Refresh,
    /// There is nothing to keep: the time of all fields is over, or the cookie is of no use and takes
    /// the room of others.
    Remove,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Facts {
    pub(crate) carried: Carried,
    pub(crate) ending: Ending,
    pub(crate) stored: Stored,
    pub(crate) reply: Reply,
    pub(crate) upkeep: Upkeep,
}

/// The action that a response takes on the cookie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    Nothing,
    Remove,
    /// It is set anew with its old times.
    Reseal,
    Set,
}

impl Action {
    pub(crate) fn seals(self) -> bool {
        matches!(self, Self::Reseal | Self::Set)
    }
}

/// The action on the cookie, and the reason for it. The reasons are a closed set, and they
/// are the words of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Decision {
    pub(crate) action: Action,
    pub(crate) reason: &'static str,
}

impl Decision {
    /// On a part that is as it was loaded, and that is due for nothing.
    pub(crate) const UNCHANGED: Self = Self {
        action: Action::Nothing,
        reason: "unchanged",
    };
}

pub(crate) fn decide(facts: Facts) -> Decision {
    match facts.ending {
        Ending::None => decide_ongoing(facts),
        Ending::Replaced => decide_replaced(facts),
        Ending::Cleared => decide_cleared(facts),
        Ending::Destroyed => remove(facts, "destroyed"),
    }
}

fn decide_ongoing(facts: Facts) -> Decision {
    match (facts.reply, facts.stored) {
        (Reply::Saves, Stored::Same) => keep_up(facts),
        (Reply::Saves, Stored::Changed) => set("changed"),
        (Reply::Saves, Stored::Emptied) => remove(facts, "emptied"),
        (Reply::Fails | Reply::CannotSave, Stored::Same) => Decision::UNCHANGED,
        (Reply::Fails, _) => nothing("error-response"),
        (Reply::CannotSave, _) => nothing("not-storable"),
    }
}

/// Upkeep is for a session that is there, but for making room.
fn keep_up(facts: Facts) -> Decision {
    match (facts.carried, facts.upkeep) {
        (Carried::Session, Upkeep::Refresh) => set("refreshed"),
        (Carried::Session, Upkeep::Reseal) => Decision {
            action: Action::Reseal,
            reason: "new-key",
        },
        (Carried::Session, Upkeep::Remove) => remove(facts, "emptied"),
        (Carried::Unusable, Upkeep::Remove) => remove(facts, "of-no-use"),
        _ => Decision::UNCHANGED,
    }
}

/// A login that fails leaves the one before it as it was.
fn decide_replaced(facts: Facts) -> Decision {
    match (facts.reply, facts.stored) {
        (Reply::Saves, Stored::Changed) => set("another-identity"),
        (Reply::Saves, Stored::Same | Stored::Emptied) => remove(facts, "another-identity"),
        (Reply::Fails, _) => nothing("error-response"),
        (Reply::CannotSave, _) => nothing("not-storable"),
    }
}

fn decide_cleared(facts: Facts) -> Decision {
    match (facts.reply, facts.stored) {
        (Reply::Saves, Stored::Changed) => set("started-over"),
        _ => remove(facts, "cleared"),
    }
}

/// The browser is told to forget the cookie, if it has one.
fn remove(facts: Facts, reason: &'static str) -> Decision {
    match facts.carried {
        Carried::Nothing => nothing("no-cookie"),
        Carried::Session | Carried::Unusable => Decision {
            action: Action::Remove,
            reason,
        },
    }
}

fn set(reason: &'static str) -> Decision {
    let action = Action::Set;
    Decision { action, reason }
}

fn nothing(reason: &'static str) -> Decision {
    let action = Action::Nothing;
    Decision { action, reason }
}

/// The action that a response takes on the row of a stored session, and on the cookie that names it.
#[cfg(feature = "stored")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RowAction {
    Nothing,
    /// The changes are lost: a renewal has put another ticket in the place of this one.
    Drop,
    /// The ticket is sealed anew.
    Send,
    /// The session stays in its cookie, which is sealed anew with the changes.
    Keep,
    /// A cookie that names no row is removed.
    Remove,
    Create,
    Commit,
    Renew,
    End,
    /// The row ends and another one begins.
    Replace,
}

/// The facts about the row that a request named.
#[cfg(feature = "stored")]
#[derive(Clone, Copy, Debug)]
pub(crate) struct RowFacts {
    /// The row that the request's ticket names; `None` if no ticket opened.
    pub(crate) row: Option<Standing>,
    pub(crate) ending: Ending,
    /// A user was logged in by this request, or it asked for another ticket.
    pub(crate) renews: bool,
}

/// The row that a ticket names, as the ticket sees it.
#[cfg(feature = "stored")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    Alive,
    /// A renewal has put another ticket in the place of this one, a moment ago: the browser has it or is about to.
    Superseded,
    /// The same, so long ago that the browser never got the other ticket. A login of the row's user joins the row
    /// again, an ending ends it, and everything else begins a new session.
    Outdated,
    /// It is alive, and this release cannot tell whose it is.
    Unreadable,
    /// The application has ended it, and no response has seen to the cookie.
    EndedByApplication,
    /// It has ended or is not there, so another response has seen to the cookie.
    Ended,
    /// There is none: the session is in its cookie. It gets a row with the first change.
    Adoptable,
    /// There is none: the session is in its cookie, and stays there. A login gives it another cookie and nothing else.
    InCookie,
}

#[cfg(feature = "stored")]
impl Standing {
    /// Returns true if the session is in a row, or in one that a moment ago was its own.
    pub(crate) fn has_row(self) -> bool {
        matches!(self, Self::Alive | Self::Superseded)
    }

    /// Returns true if the request has a session, wherever it is.
    pub(crate) fn is_there(self) -> bool {
        self.has_row() || matches!(self, Self::Adoptable | Self::InCookie)
    }
}

/// The same decision for a main part that is kept in a row. An ending ends the row whatever its mark.
#[cfg(feature = "stored")]
pub(crate) fn decide_row(decision: Decision, facts: RowFacts) -> RowAction {
    match decision.action {
        Action::Reseal => match facts.row {
            Some(Standing::Alive) => RowAction::Send,
            Some(Standing::InCookie) => RowAction::Keep,
            Some(Standing::Adoptable) => RowAction::Commit,
            _ => RowAction::Nothing,
        },
        Action::Nothing => RowAction::Nothing,
        Action::Remove => decide_removal(facts),
        Action::Set => decide_change(facts),
    }
}

/// Nothing is left of the session.
#[cfg(feature = "stored")]
fn decide_removal(facts: RowFacts) -> RowAction {
    use Standing::{
        Adoptable, Alive, Ended, EndedByApplication, InCookie, Outdated, Superseded, Unreadable,
    };
    match (facts.row, facts.ending) {
        (None | Some(EndedByApplication), _) | (Some(Unreadable | InCookie), Ending::None) => {
            RowAction::Remove
        }
        (Some(Ended), _) | (Some(Outdated), Ending::None) => RowAction::Nothing,
        // What another request adds meanwhile must not be lost.
        (Some(Alive | Adoptable), Ending::None) => RowAction::Commit,
        (Some(Superseded), Ending::None) => RowAction::Drop,
        (Some(Alive | Superseded | Outdated | Unreadable | Adoptable | InCookie), _) => {
            RowAction::End
        }
    }
}

#[cfg(feature = "stored")]
fn decide_change(facts: RowFacts) -> RowAction {
    use Standing::{
        Adoptable, Alive, Ended, EndedByApplication, InCookie, Outdated, Superseded, Unreadable,
    };
    match (facts.row, facts.ending, facts.renews) {
        (Some(Alive | Superseded | Outdated | Adoptable), Ending::None, true) => RowAction::Renew,
        (Some(Alive | Adoptable), Ending::None, false) => RowAction::Commit,
        (Some(Superseded), Ending::None, false) => RowAction::Drop,
        (Some(InCookie), Ending::None, _) => RowAction::Keep,
        (Some(Unreadable | Outdated), Ending::None, _)
        | (None | Some(Ended | EndedByApplication), ..) => RowAction::Create,
        (Some(Alive | Superseded | Outdated | Unreadable | Adoptable | InCookie), ..) => {
            RowAction::Replace
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_combination_has_exactly_one_rule_and_is_decided_by_it() {
        let decided = combinations().into_iter().map(|facts| {
            let Decision { action, reason } = decide(facts);
            let Facts {
                carried,
                ending,
                stored,
                reply,
                upkeep,
            } = facts;
            let facts = format!("{carried:?} {ending:?} {stored:?} {reply:?} {upkeep:?}");
            (facts, format!("{action:?} {reason}"))
        });
        assert_decided_by(include_str!("policy.txt"), decided);
    }

    /// Each of the facts has one rule, which says what is decided, and no rule is for nothing.
    fn assert_decided_by(rules: &str, decided: impl Iterator<Item = (String, String)>) {
        let lines = rules.lines();
        let rules: Vec<_> = lines
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
            .map(|line| line.split_once("->").unwrap())
            .collect();
        let mut used = vec![false; rules.len()];
        for (facts, decided) in decided {
            let all = rules.iter().zip(&mut used);
            let mut matching = all.filter(|(rule, _)| matches(rule.0, &facts));
            let (Some(((_, expected), is_used)), None) = (matching.next(), matching.next()) else {
                panic!("{facts} has no rule, or two");
            };
            *is_used = true;
            let expected: Vec<_> = expected.split_whitespace().collect();
            assert_eq!(expected.join(" "), decided, "{facts}");
        }
        assert!(
            used.into_iter().all(|is_used| is_used),
            "a rule is for nothing"
        );
    }

    fn matches(rule: &str, facts: &str) -> bool {
        let (columns, facts) = (rule.split_whitespace(), facts.split(' '));
        columns.clone().count() == facts.clone().count()
            && columns.zip(facts).all(|(column, fact)| {
                column == "*" || column.split('|').any(|allowed| allowed == fact)
            })
    }

    #[cfg(feature = "stored")]
    #[test]
    fn every_combination_of_a_stored_session_has_exactly_one_rule_and_is_decided_by_it() {
        let decided = row_combinations().into_iter().map(|(action, facts)| {
            let RowFacts {
                row,
                ending,
                renews,
            } = facts;
            let ticket = if renews { "New" } else { "Old" };
            let reason = "";
            let decided = decide_row(Decision { action, reason }, facts);
            let row = row.map_or("None".to_owned(), |row| format!("{row:?}"));
            let facts = format!("{action:?} {row} {ending:?} {ticket}");
            (facts, format!("{decided:?}"))
        });
        assert_decided_by(include_str!("row_policy.txt"), decided);
    }

    #[cfg(feature = "stored")]
    fn row_combinations() -> Vec<(Action, RowFacts)> {
        use {Action as A, Ending as E, Standing as S};
        let rows = [
            S::Alive,
            S::Superseded,
            S::Outdated,
            S::Unreadable,
            S::EndedByApplication,
            S::Ended,
            S::Adoptable,
            S::InCookie,
        ];
        let rows: Vec<_> = rows.map(Some).into_iter().chain([None]).collect();
        let mut combinations = Vec::new();
        for action in [A::Nothing, A::Remove, A::Reseal, A::Set] {
            for &row in &rows {
                for ending in [E::None, E::Replaced, E::Cleared, E::Destroyed] {
                    for renews in [false, true] {
                        let facts = RowFacts {
                            row,
                            ending,
                            renews,
                        };
                        combinations.push((action, facts));
                    }
                }
            }
        }
        combinations
    }

    #[test]
    fn nothing_is_sealed_unless_the_response_saves_and_endings_hold_all_the_same() {
        for facts in combinations() {
            let decision = decide(facts);
            assert!(!decision.action.seals() || facts.reply == Reply::Saves);
            let honoured = matches!(facts.ending, Ending::Cleared | Ending::Destroyed);
            if honoured && facts.carried != Carried::Nothing && !decision.action.seals() {
                assert_eq!(decision.action, Action::Remove, "{facts:?}");
            }
        }
    }

    fn combinations() -> Vec<Facts> {
        use {Carried as C, Ending as E, Reply as R, Stored as S, Upkeep as U};
        let mut combinations = Vec::new();
        for carried in [C::Nothing, C::Session, C::Unusable] {
            for ending in [E::None, E::Replaced, E::Cleared, E::Destroyed] {
                for stored in [S::Same, S::Changed, S::Emptied] {
                    for reply in [R::Saves, R::Fails, R::CannotSave] {
                        for upkeep in [U::None, U::Reseal, U::Refresh, U::Remove] {
                            combinations.push(Facts {
                                carried,
                                ending,
                                stored,
                                reply,
                                upkeep,
                            });
                        }
                    }
                }
            }
        }
        combinations
    }
}
