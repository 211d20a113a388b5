//! The decision on each part of a session, from the facts that are known with its response.

use super::draft::Draft;
use super::open_session::OpenSession;
use super::room::comes_with_row;
use super::upkeep::upkeep;
use crate::config::Config;
use crate::ending::Ending;
use crate::part::{Part, Parts};
use crate::policy::{Action, Decision, Facts, Reply, Stored, Upkeep, decide};
use crate::time::Timestamp;
use crate::token::{Nonce, random};

/// The responses to which a cookie may be added that their handlers did not ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TakesUpkeep {
    Yes,
    /// A cookie would keep caches from it, unless it has one of ours anyway.
    BesideACookie,
    No,
}

/// The facts about each part. A response that `fails` saves nothing.
pub(super) fn facts(
    session: &OpenSession,
    draft: &Draft<'_>,
    fails: bool,
    takes_upkeep: TakesUpkeep,
    now: Timestamp,
) -> Parts<Facts> {
    let can_be_saved = session.failure().is_none() && (!draft.has_changed() || draft.fits());
    let reply = if fails {
        Reply::Fails
    } else if can_be_saved {
        Reply::Saves
    } else {
        Reply::CannotSave
    };
    let parts = draft.parts.map(|part, drafted| Facts {
        carried: drafted.state.carried(),
        ending: ending_of(session, part),
        stored: match drafted.stored() {
            Stored::Same if part == Part::Main && session.gets_another_ticket() => Stored::Changed,
            stored => stored,
        },
        reply,
        upkeep: Upkeep::None,
    });
    let is_taken = match takes_upkeep {
        TakesUpkeep::Yes => true,
        TakesUpkeep::BesideACookie => sends_a_cookie(session.config(), &parts),
        TakesUpkeep::No => false,
    };
    let is_taken = is_taken && !session.is_background();
    let makes_room = draft.needs_the_room_of_others();
    draft
        .parts
        .as_ref()
        .zip(parts)
        .into_map(|part, (drafted, facts)| {
            // A cookie that stayed after a page has said that its session expired would say so again.
            let is_told = part == Part::Main && session.is_told();
            let upkeep = match upkeep(session, part, drafted.state, now) {
                _ if (makes_room || is_told) && drafted.is_of_no_use() => Upkeep::Remove,
                Upkeep::None => Upkeep::None,
                upkeep if is_taken && draft.fits() => upkeep,
                _ => Upkeep::None,
            };
            Facts { upkeep, ..facts }
        })
}

/// Returns true if the response of these facts sends a cookie. What is stored may change without one.
fn sends_a_cookie(config: &Config, parts: &Parts<Facts>) -> bool {
    let mut in_cookies = parts
        .iter()
        .filter(|(part, _)| !comes_with_row(config, *part));
    in_cookies.any(|(_, facts)| decide(*facts).action != Action::Nothing)
}

/// The ending of the session, as far as it ends the part.
pub(super) fn ending_of(session: &OpenSession, part: Part) -> Ending {
    let ending = session.ending();
    if part.is_ended_by(ending) {
        ending
    } else {
        Ending::None
    }
}

/// The decisions on all parts, with a nonce for each one that is sealed into a cookie.
pub(super) struct Decisions {
    pub(super) reply: Reply,
    pub(super) parts: Parts<(Decision, Nonce)>,
}

impl Decisions {
    /// `None` if the operating system gives no random bytes.
    pub(super) fn new(config: &Config, facts: &Parts<Facts>) -> Option<Self> {
        let mut is_random = true;
        let parts = facts.map(|part, facts| {
            let decision = decide(*facts);
            let mut nonce = Nonce::default();
            if decision.action.seals() && !comes_with_row(config, part) {
                is_random &= random::fill(&mut nonce).is_some();
            }
            (decision, nonce)
        });
        let reply = facts.main.reply;
        is_random.then_some(Self { reply, parts })
    }

    /// The same where nothing can be sealed: upkeep is skipped, and a change cannot be saved.
    pub(super) fn without_randomness(facts: &Parts<Facts>) -> Self {
        let changes = |(_, facts): (Part, &Facts)| facts.stored == Stored::Changed;
        let reply = match facts.main.reply {
            Reply::Saves if facts.iter().any(changes) => Reply::CannotSave,
            reply => reply,
        };
        let parts = facts.map(|_, facts| {
            let decision = decide(Facts {
                reply,
                upkeep: Upkeep::None,
                ..*facts
            });
            (decision, Nonce::default())
        });
        Self { reply, parts }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Carried;

    fn facts(stored: Stored, ending: Ending, upkeep: Upkeep) -> Facts {
        Facts {
            carried: Carried::Session,
            ending,
            stored,
            reply: Reply::Saves,
            upkeep,
        }
    }

    fn actions(decisions: &Decisions) -> Vec<Action> {
        let all = decisions.parts.iter();
        all.map(|(_, (decision, _))| decision.action).collect()
    }

    #[test]
    fn without_randomness_a_change_cannot_be_saved_in_any_part_and_endings_hold() {
        let parts = Parts {
            main: facts(Stored::Same, Ending::Cleared, Upkeep::None),
            browser: Some(facts(Stored::Changed, Ending::None, Upkeep::None)),
            flash: Some(facts(Stored::Changed, Ending::Cleared, Upkeep::None)),
        };
        let without = Decisions::without_randomness(&parts);
        assert_eq!(
            actions(&without),
            [Action::Remove, Action::Nothing, Action::Remove]
        );
        assert_eq!(without.reply, Reply::CannotSave);
    }

    #[test]
    fn without_randomness_upkeep_is_skipped_and_nothing_fails() {
        let parts = Parts {
            main: facts(Stored::Same, Ending::None, Upkeep::Refresh),
            browser: Some(facts(Stored::Emptied, Ending::None, Upkeep::None)),
            flash: None,
        };
        let without = Decisions::without_randomness(&parts);
        assert_eq!(actions(&without), [Action::Nothing, Action::Remove]);
        assert_eq!(without.reply, Reply::Saves);
    }
}
