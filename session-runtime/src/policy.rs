//! What a response does with a session's cookie: one pure function over what is known.

/// What the request brought along.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Carried {
    /// No cookie of our name.
    Nothing,
    /// A session.
    Session,
    /// A cookie that is no session now. It may be another release's or another key's: it is left
    /// alone unless this request writes or ends the session.
    Unusable,
}

/// How the handlers ended the session. An ending is honoured whatever the response says: a logout
/// must not be lost to an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    None,
    /// It starts over, with what was published since.
    Cleared,
    /// This browser is forgotten.
    Destroyed,
}

/// What there is to store, next to what was loaded. For a session that was cleared: next to
/// nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stored {
    /// The same.
    Same,
    /// Something else.
    Changed,
    /// Nothing any more.
    Emptied,
    /// A field was given a value that cannot be stored.
    Impossible,
}

/// What the response is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reply {
    /// It lets changes through.
    Saves,
    /// It reports a failure, and what its handler changed is dropped.
    Fails,
}

/// Why a session that nobody changed is sent again all the same, if the response takes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Upkeep {
    None,
    /// Another key seals now.
    Reseal,
    /// Its last use is to be written down.
    Refresh,
    /// The time of all its fields is over: there is nothing to keep.
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

impl Facts {
    /// The same where nothing can be sealed: upkeep is skipped, and a change is impossible.
    pub(crate) fn without_randomness(self) -> Self {
        let stored = match self.stored {
            Stored::Same => Stored::Same,
            Stored::Changed | Stored::Emptied | Stored::Impossible => Stored::Impossible,
        };
        Self {
            stored,
            upkeep: Upkeep::None,
            ..self
        }
    }
}

/// What happens to the cookie.
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

/// What happens, and why: a closed set of reasons, and the words of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Decision {
    pub(crate) action: Action,
    /// The response becomes a 500.
    pub(crate) fails: bool,
    pub(crate) reason: &'static str,
}

pub(crate) fn decide(facts: Facts) -> Decision {
    match facts.ending {
        Ending::None => decide_ongoing(facts),
        Ending::Cleared => decide_cleared(facts),
        Ending::Destroyed => end(facts, "destroyed"),
    }
}

fn decide_ongoing(facts: Facts) -> Decision {
    match (facts.reply, facts.stored) {
        (Reply::Fails, Stored::Same) => nothing("unchanged"),
        (Reply::Fails, _) => nothing("error-response"),
        (Reply::Saves, Stored::Same) => keep_up(facts),
        (Reply::Saves, Stored::Changed) => set("changed"),
        (Reply::Saves, Stored::Emptied) => end(facts, "emptied"),
        (Reply::Saves, Stored::Impossible) => fail(Action::Nothing),
    }
}

/// Upkeep is for a session that is there.
fn keep_up(facts: Facts) -> Decision {
    match (facts.carried, facts.upkeep) {
        (Carried::Session, Upkeep::Refresh) => set("refreshed"),
        (Carried::Session, Upkeep::Reseal) => Decision {
            action: Action::Reseal,
            fails: false,
            reason: "new-key",
        },
        (Carried::Session, Upkeep::Remove) => end(facts, "emptied"),
        _ => nothing("unchanged"),
    }
}

fn decide_cleared(facts: Facts) -> Decision {
    match (facts.reply, facts.stored) {
        (Reply::Fails, _) | (_, Stored::Same | Stored::Emptied) => end(facts, "cleared"),
        (_, Stored::Impossible) => fail(end(facts, "cleared").action),
        (_, Stored::Changed) => set("started-over"),
    }
}

/// The browser is told to forget the cookie, if it has one.
fn end(facts: Facts, reason: &'static str) -> Decision {
    match facts.carried {
        Carried::Nothing => nothing("no-cookie"),
        Carried::Session | Carried::Unusable => Decision {
            action: Action::Remove,
            fails: false,
            reason,
        },
    }
}

fn set(reason: &'static str) -> Decision {
    Decision {
        action: Action::Set,
        fails: false,
        reason,
    }
}

fn nothing(reason: &'static str) -> Decision {
    Decision {
        action: Action::Nothing,
        fails: false,
        reason,
    }
}

/// The session cannot be saved. What ends it is sent all the same.
fn fail(action: Action) -> Decision {
    Decision {
        action,
        fails: true,
        reason: "not-storable",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One line for each combination: carried, ending, stored, reply, upkeep, and behind the arrow
    /// what happens and why.
    const TABLE: &str = include_str!("policy.txt");

    #[test]
    fn every_combination_has_its_decision() {
        let mut expected = Vec::new();
        for line in TABLE.lines().filter(|line| !line.starts_with('#')) {
            let (facts, decision) = line.split_once("->").unwrap();
            expected.push((words(facts), words(decision)));
        }
        let decided: Vec<_> = combinations()
            .into_iter()
            .map(|facts| (words(&display_facts(facts)), words(&display(decide(facts)))))
            .collect();
        assert_eq!(decided.len(), 3 * 3 * 4 * 2 * 4);
        assert_eq!(expected.len(), decided.len());
        for (expected, decided) in expected.iter().zip(&decided) {
            assert_eq!(expected, decided);
        }
    }

    #[test]
    fn without_randomness_nothing_is_sealed_endings_hold_and_upkeep_never_fails() {
        for facts in combinations() {
            let without = decide(facts.without_randomness());
            assert!(!without.action.seals(), "{facts:?}");
            let with = decide(facts);
            if !with.action.seals() {
                continue;
            }
            let is_upkeep = facts.stored == Stored::Same;
            assert_eq!(without.fails, !is_upkeep, "{facts:?}");
            let has_ended = facts.ending != Ending::None && facts.carried != Carried::Nothing;
            assert_eq!(without.action == Action::Remove, has_ended, "{facts:?}");
        }
    }

    fn words(text: &str) -> String {
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    fn combinations() -> Vec<Facts> {
        use {Carried as C, Ending as E, Reply as R, Stored as S, Upkeep as U};
        let mut combinations = Vec::new();
        for carried in [C::Nothing, C::Session, C::Unusable] {
            for ending in [E::None, E::Cleared, E::Destroyed] {
                for stored in [S::Same, S::Changed, S::Emptied, S::Impossible] {
                    for reply in [R::Saves, R::Fails] {
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

    fn display_facts(facts: Facts) -> String {
        let Facts {
            carried,
            ending,
            stored,
            reply,
            upkeep,
        } = facts;
        format!("{carried:?} {ending:?} {stored:?} {reply:?} {upkeep:?}")
    }

    fn display(decision: Decision) -> String {
        let fails = if decision.fails { "500 " } else { "" };
        format!("{fails}{:?} {}", decision.action, decision.reason)
    }
}
