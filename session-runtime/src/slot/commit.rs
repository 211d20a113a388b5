//! From a slot to what its response sends.

use http::HeaderValue;

use super::held::Held;
use super::sealing::{Draft, set_cookie, used, with_old_times};
use super::upkeep::upkeep;
use super::{Contents, Slot};
use crate::config::Config;
use crate::cookie::{MAX_BYTES, WARN_BYTES};
use crate::event;
use crate::part::{Part, Parts};
use crate::policy::{Action, Decision, Ending, Facts, Reply, Stored, Upkeep, decide};
use crate::time::Timestamp;
use crate::token::{Nonce, Plaintext};

/// What a response says about saving.
#[derive(Clone, Copy)]
pub(crate) struct Answer {
    /// It reports a failure.
    pub(crate) fails: bool,
    /// A cookie may be added to it that its handler did not ask for.
    pub(crate) takes_upkeep: bool,
    /// It has a body that somebody looks at.
    pub(crate) is_seen: bool,
}

/// What a response does about a session.
pub(crate) enum Commit {
    /// Nobody asked for it.
    Untouched,
    /// It was read, so the response depends on the request's cookies.
    Asked {
        /// What cookies are set to, and behind them the removals.
        set_cookies: Vec<HeaderValue>,
        /// It cannot be saved, so the response is a 500; the log says why.
        fails: bool,
    },
}

impl Slot {
    /// What a response does; nobody looks at it for a session that nobody asked for. From here on
    /// changes are late.
    pub(crate) fn commit(&self, answer: impl FnOnce() -> Answer) -> Commit {
        let Some(mut contents) = self.close() else {
            return Commit::Untouched;
        };
        let config = &*self.config;
        let now = config.now();
        let answer = answer();
        if !answer.is_seen {
            contents.leave_flash_as_it_was(config);
        }
        contents.settle_deadlines(config, now);
        let plan = contents.plan(config, answer, now);
        plan.report(config, &contents);
        Commit::Asked {
            set_cookies: plan.set_cookies(config, &contents, now),
            fails: plan.facts.main.reply == Reply::CannotSave,
        }
    }
}

/// What a response is going to do, part by part.
struct Plan {
    draft: Draft,
    facts: Parts<Facts>,
    decisions: Parts<Decision>,
    nonces: Parts<Nonce>,
}

impl Contents {
    fn plan(&self, config: &Config, answer: Answer, now: Timestamp) -> Plan {
        let draft = self.draft(config, now);
        let mut facts = self.facts(config, &draft, answer, now);
        let mut decisions = facts.map(|_, facts| decide(*facts));
        let nonces = nonces(&decisions).unwrap_or_else(|| {
            event::no_randomness(config);
            facts = without_randomness(&facts);
            decisions = facts.map(|_, facts| decide(*facts));
            decisions.map(|_, _| Nonce::default())
        });
        Plan {
            draft,
            facts,
            decisions,
            nonces,
        }
    }

    fn facts(
        &self,
        config: &Config,
        draft: &Draft,
        answer: Answer,
        now: Timestamp,
    ) -> Parts<Facts> {
        let reply = if answer.fails {
            Reply::Fails
        } else if self.can_be_saved(config, draft) {
            Reply::Saves
        } else {
            Reply::CannotSave
        };
        let makes_room = self.makes_room(config, draft);
        let both = self.parts.zip(&draft.plaintexts);
        both.map(|part, (held, plaintext)| Facts {
            carried: held.carried(),
            ending: self.ending_of(part),
            stored: stored(held, plaintext),
            reply,
            upkeep: match upkeep(config, part, held, now) {
                _ if makes_room && is_of_no_use(held, plaintext) => Upkeep::Remove,
                Upkeep::None => Upkeep::None,
                upkeep if answer.takes_upkeep && draft.fits(config, self) => upkeep,
                _ => Upkeep::None,
            },
        })
    }

    /// Whether what is of no use must go, for all cookies together to pass the limits of proxies.
    fn makes_room(&self, config: &Config, draft: &Draft) -> bool {
        let both = self.parts.zip(&draft.plaintexts);
        let both = both.iter();
        let useless = both.filter(|(_, (held, plaintext))| is_of_no_use(held, plaintext));
        let bytes: usize = useless.map(|(_, (held, _))| held.bytes).sum();
        let fits = draft.len(config) + bytes <= MAX_BYTES;
        bytes > 0 && !fits && self.has_changed(&draft.plaintexts)
    }

    fn ending_of(&self, part: Part) -> Ending {
        if self.ending.ends(part) {
            self.ending
        } else {
            Ending::None
        }
    }

    fn can_be_saved(&self, config: &Config, draft: &Draft) -> bool {
        let fits = || !self.has_changed(&draft.plaintexts) || draft.fits(config, self);
        self.failure().is_none() && fits()
    }

    pub(super) fn has_changed(&self, plaintexts: &Parts<Plaintext>) -> bool {
        let both = self.parts.zip(plaintexts);
        both.iter()
            .any(|(_, (held, plaintext))| stored(held, plaintext) == Stored::Changed)
    }
}

/// One for each part that is sealed; `None` if the operating system gives none.
fn nonces(decisions: &Parts<Decision>) -> Option<Parts<Nonce>> {
    let mut all = true;
    let nonces = decisions.map(|_, decision| {
        let mut nonce = Nonce::default();
        if decision.action.seals() {
            all &= getrandom::fill(&mut nonce).is_ok();
        }
        nonce
    });
    all.then_some(nonces)
}

/// The same where nothing can be sealed: upkeep is skipped, and a change cannot be saved.
fn without_randomness(facts: &Parts<Facts>) -> Parts<Facts> {
    let changes = |(_, facts): (Part, &Facts)| facts.stored == Stored::Changed;
    let reply = match facts.main.reply {
        Reply::Saves if facts.iter().any(changes) => Reply::CannotSave,
        reply => reply,
    };
    facts.map(|_, facts| Facts {
        reply,
        upkeep: Upkeep::None,
        ..*facts
    })
}

/// The browser has something of it, and this release finds nothing in it that counts.
fn is_of_no_use(held: &Held, plaintext: &Plaintext) -> bool {
    let is_left = plaintext.records.is_empty() && held.loaded.is_empty();
    is_left && held.bytes > 0
}

fn stored(held: &Held, plaintext: &Plaintext) -> Stored {
    let was_remembered = held.sealed.map(|sealed| sealed.flags.remembered);
    let is_kept_as_it_was = was_remembered.is_none_or(|was| was == plaintext.flags.remembered);
    if plaintext.records.is_empty() {
        if held.loaded.is_empty() {
            Stored::Same
        } else {
            Stored::Emptied
        }
    } else if plaintext.records == held.loaded && is_kept_as_it_was {
        Stored::Same
    } else {
        Stored::Changed
    }
}

impl Plan {
    fn report(&self, config: &Config, contents: &Contents) {
        for (part, decision) in self.decisions.iter() {
            event::committed(config, part, *decision);
        }
        let mut all = self.decisions.iter();
        if all.any(|(_, decision)| decision.action.seals()) {
            self.report_size(config);
        } else if self.facts.main.reply == Reply::CannotSave {
            self.report_failure(config, contents);
        }
    }

    fn report_size(&self, config: &Config) {
        let bytes = self.draft.len(config);
        event::dropped(config, &self.draft.dropped);
        if bytes > WARN_BYTES {
            event::nearly_full(config, bytes, &self.draft.plaintexts);
        }
    }

    fn report_failure(&self, config: &Config, contents: &Contents) {
        let bytes = self.draft.len(config);
        match contents.failure() {
            Some((field, error)) => {
                event::not_serializable(config, config.schema.field_name(field), error);
            }
            None if bytes > MAX_BYTES => {
                event::too_long(config, bytes, &self.draft.plaintexts);
            }
            None => {} // without randomness, which is said already
        }
    }

    /// Removals last, and that of the main cookie behind all: some clients take a removal back when
    /// another line follows it (curl 7.88).
    fn set_cookies(
        &self,
        config: &Config,
        contents: &Contents,
        now: Timestamp,
    ) -> Vec<HeaderValue> {
        let parts = || [Part::Remember, Part::Flash, Part::Main].into_iter();
        let is_removed = |part: &Part| {
            let decision = self.decisions.get(*part);
            decision.is_some_and(|decision| decision.action == Action::Remove)
        };
        let removed = parts().filter(is_removed);
        let ordered = parts().filter(|part| !is_removed(part)).chain(removed);
        ordered
            .filter_map(|part| self.set_cookie(config, contents, part, now))
            .collect()
    }

    fn set_cookie(
        &self,
        config: &Config,
        contents: &Contents,
        part: Part,
        now: Timestamp,
    ) -> Option<HeaderValue> {
        let plaintext = self.draft.plaintexts.get(part)?.clone();
        let (held, nonce) = (contents.parts.get(part)?, self.nonces.get(part)?);
        let plaintext = match self.decisions.get(part)?.action {
            Action::Nothing => return None,
            Action::Remove => return Some(config.options.cookie.removal(part)),
            Action::Set if part == Part::Remember => used(config, plaintext, now),
            Action::Set => plaintext,
            Action::Reseal => with_old_times(held, plaintext),
        };
        Some(set_cookie(config, part, held, now, nonce, &plaintext))
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

    fn actions(facts: &Parts<Facts>) -> Vec<Action> {
        let decisions = facts.map(|_, facts| decide(*facts).action);
        decisions.iter().map(|(_, action)| *action).collect()
    }

    #[test]
    fn without_randomness_a_change_cannot_be_saved_in_any_part_and_endings_hold() {
        let parts = Parts {
            main: facts(Stored::Same, Ending::Cleared, Upkeep::None),
            remember: Some(facts(Stored::Changed, Ending::None, Upkeep::None)),
            flash: Some(facts(Stored::Changed, Ending::Cleared, Upkeep::None)),
        };
        let without = without_randomness(&parts);
        assert_eq!(
            actions(&without),
            [Action::Remove, Action::Nothing, Action::Remove]
        );
        assert_eq!(without.main.reply, Reply::CannotSave);
    }

    #[test]
    fn without_randomness_upkeep_is_skipped_and_nothing_fails() {
        let parts = Parts {
            main: facts(Stored::Same, Ending::None, Upkeep::Refresh),
            remember: Some(facts(Stored::Emptied, Ending::None, Upkeep::None)),
            flash: None,
        };
        let without = without_randomness(&parts);
        assert_eq!(actions(&without), [Action::Nothing, Action::Remove]);
        assert_eq!(without.main.reply, Reply::Saves);
    }
}
