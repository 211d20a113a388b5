//! From a slot to what its response sends.

use http::{HeaderValue, StatusCode};

use super::contents::Panicked;
use super::held::Held;
use super::sealing::{Draft, set_cookie, used, with_old_times};
use super::upkeep::upkeep;
use super::{Contents, REMEMBER, Slot};
use crate::config::Config;
use crate::cookie::{MAX_BYTES, WARN_BYTES};
use crate::ending::Ending;
use crate::event;
use crate::part::{Part, Parts};
use crate::policy::{Action, Decision, Facts, Reply, Stored, Upkeep, decide};
use crate::time::Timestamp;
use crate::token::{Nonce, Plaintext};

/// The facts about a response that saving depends on.
#[derive(Clone, Copy)]
pub(crate) struct Answer {
    /// The status that its handler answered with.
    pub(crate) status: StatusCode,
    /// A cookie may be added to it that its handler did not ask for.
    pub(crate) takes_upkeep: bool,
    /// It has a body that somebody looks at.
    pub(crate) is_seen: bool,
    /// It is HTML.
    pub(crate) is_page: bool,
}

/// The reason why a response saves nothing. The reasons are a closed set, and they are the words of
/// the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Failure {
    ServerError,
    Timeout,
    Panic,
}

impl Failure {
    const fn reason(self) -> &'static str {
        match self {
            Self::ServerError => "server-error",
            Self::Timeout => "timeout",
            Self::Panic => "panic",
        }
    }

    /// Returns the reason why a response saves nothing, if there is one. The work of a handler that
    /// panicked is unfinished, above all between a login and the changes that belong to it. A server error
    /// saves nothing unless the layer says otherwise, and then it saves the work that was finished.
    fn of(config: &Config, contents: &Contents, status: StatusCode) -> Option<Self> {
        if contents.panicked == Panicked::AfterLogin {
            Some(Self::Panic)
        } else if status == StatusCode::REQUEST_TIMEOUT {
            Some(Self::Timeout)
        } else if !is_server_error(status) {
            None
        } else if contents.panicked == Panicked::Somewhere {
            Some(Self::Panic)
        } else {
            (!config.options.saves_on_server_errors).then_some(Self::ServerError)
        }
    }
}

/// Returns true if the status is read as a 5xx. A status above the registered ones is read so
/// too (RFC 9110, section 15).
fn is_server_error(status: StatusCode) -> bool {
    status.as_u16() >= 500
}

/// The reason in the log for which a response drops its flash fields: it has no body, or an error
/// took the place of its page.
const UNSEEN: &str = "unseen";

/// The response, as far as a session asks, and the request.
struct Circumstances {
    failure: Option<Failure>,
    takes_upkeep: bool,
    is_background: bool,
    now: Timestamp,
}

/// The effect of a response on a session.
pub(crate) enum Commit {
    /// Nobody asked for it.
    Untouched,
    /// It was read, so the response depends on the request's cookies.
    Asked {
        /// The lines that set cookies, and behind them the removals.
        set_cookies: Vec<HeaderValue>,
        /// It cannot be saved, so the response is a 500; the log says why.
        fails: bool,
    },
}

impl Slot {
    /// Decides what a response does about the session. It does not call `answer` for a session that
    /// no handler asked for. From here on changes are late.
    pub(crate) fn commit(&self, answer: impl FnOnce() -> Answer) -> Commit {
        let (Some(mut contents), is_background) = self.take_contents() else {
            return Commit::Untouched;
        };
        let config = &*self.config;
        let answer = answer();
        let circumstances = Circumstances {
            failure: Failure::of(config, &contents, answer.status),
            takes_upkeep: answer.takes_upkeep && !is_server_error(answer.status) && !is_background,
            is_background,
            now: config.now(),
        };
        contents.report_unsaved(config, &circumstances, answer);
        if !answer.is_seen {
            contents.leave_flash_as_it_was(config);
        }
        if !answer.is_seen || is_background {
            contents.nothing_was_told();
        }
        contents.settle_deadlines(config, circumstances.now);
        let plan = contents.plan(config, &circumstances);
        plan.report(config, &contents, &circumstances, answer);
        Commit::Asked {
            set_cookies: plan.set_cookies(config, &contents, &circumstances),
            fails: plan.facts.main.reply == Reply::CannotSave,
        }
    }
}

/// The plan for a response, part by part.
struct Plan {
    draft: Draft,
    facts: Parts<Facts>,
    decisions: Parts<Decision>,
    nonces: Parts<Nonce>,
}

impl Contents {
    /// Names what a response drops that saves nothing. One that is saved and not seen drops what is
    /// flash: a notice that it wrote, or that it took and nobody saw.
    fn report_unsaved(&self, config: &Config, circumstances: &Circumstances, answer: Answer) {
        let (reason, parts) = match circumstances.failure {
            Some(failure) => (failure.reason(), &Part::ALL[..]),
            None if answer.is_seen => return,
            None => (UNSEEN, &[Part::Flash][..]),
        };
        let fields = self.published_in(config, parts);
        let mut names: Vec<_> = fields
            .into_iter()
            .map(|field| config.schema[field].name)
            .collect();
        if circumstances.failure.is_some() && self.is_remembered_anew(config) {
            names.push(REMEMBER);
        }
        if !names.is_empty() {
            event::not_saved(config, &names, reason);
        }
    }

    fn plan(&self, config: &Config, circumstances: &Circumstances) -> Plan {
        let draft = self.draft(config, circumstances.now, !circumstances.is_background);
        let mut facts = self.facts(config, &draft, circumstances);
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

    fn facts(&self, config: &Config, draft: &Draft, circumstances: &Circumstances) -> Parts<Facts> {
        let reply = if circumstances.failure.is_some() {
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
            stored: stored(part, held, plaintext),
            reply,
            upkeep: match upkeep(config, part, held, circumstances.now) {
                _ if makes_room && is_of_no_use(held, plaintext) => Upkeep::Remove,
                _ if self.is_over_and_told(part, held, plaintext) => Upkeep::Remove,
                _ if !circumstances.takes_upkeep => Upkeep::None,
                Upkeep::None => Upkeep::None,
                upkeep if draft.fits(config, self) => upkeep,
                _ => Upkeep::None,
            },
        })
    }

    /// Returns true if the cookie is that of a session which has expired, and a page has said so. A
    /// cookie that stayed would say so again.
    fn is_over_and_told(&self, part: Part, held: &Held, plaintext: &Plaintext) -> bool {
        part == Part::Main && self.is_told() && is_of_no_use(held, plaintext)
    }

    /// Returns true if the cookies that are of no use must go, so that all cookies together
    /// pass the limits of proxies.
    fn makes_room(&self, config: &Config, draft: &Draft) -> bool {
        let both = self.parts.zip(&draft.plaintexts);
        let both = both.iter();
        let useless = both.filter(|(_, (held, plaintext))| is_of_no_use(held, plaintext));
        let bytes: usize = useless.map(|(_, (held, _))| held.bytes).sum();
        let fits = draft.len(config) + bytes <= MAX_BYTES;
        bytes > 0 && !fits && self.has_changed(&draft.plaintexts)
    }

    fn ending_of(&self, part: Part) -> Ending {
        if part.is_ended_by(self.ending) {
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
            .any(|(part, (held, plaintext))| stored(part, held, plaintext) == Stored::Changed)
    }

    /// Watches the notices that a response leaves: one that pages leave again and again may be shown
    /// again and again.
    fn note_unread(&self, config: &Config, is_page: bool) {
        let Some(flash) = &self.parts.flash else {
            return;
        };
        let fields = config.schema.fields.iter();
        for field in fields.filter(|field| field.part == Part::Flash) {
            let left = field.record_in(&flash.current);
            if left.is_none() || left != field.record_in(&flash.loaded) {
                config.unread.forget(field.name);
            } else if is_page && config.unread.is_left_again(field.name) {
                event::unread(config, field.name);
            }
        }
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

fn stored(part: Part, held: &Held, plaintext: &Plaintext) -> Stored {
    if plaintext.records.is_empty() {
        if held.loaded.is_empty() {
            Stored::Same
        } else {
            Stored::Emptied
        }
    } else if plaintext.records == held.loaded && is_sealed_as(part, held, plaintext) {
        Stored::Same
    } else {
        Stored::Changed
    }
}

/// Returns true if the data that is sealed beside the records of the main part is as it was. A
/// login that is renewed gives the session a new beginning. The other parts have nothing beside
/// their records that changes without them.
fn is_sealed_as(part: Part, held: &Held, plaintext: &Plaintext) -> bool {
    part != Part::Main
        || held.sealed.is_none_or(|sealed| {
            sealed.created_at == plaintext.created_at
                && sealed.flags.remembered == plaintext.flags.remembered
                && sealed.flags.untold == plaintext.flags.untold
        })
}

impl Plan {
    fn report(
        &self,
        config: &Config,
        contents: &Contents,
        circumstances: &Circumstances,
        answer: Answer,
    ) {
        self.report_decisions(config, contents);
        let refuses = answer.status.is_client_error();
        if refuses && contents.begins && self.facts.main.reply == Reply::Saves {
            event::login_saved_by_refusal(config, answer.status);
        }
        if cfg!(debug_assertions) {
            let is_page = answer.is_page && answer.is_seen && answer.status.is_success();
            contents.note_unread(config, is_page && !circumstances.is_background);
        }
    }

    fn report_decisions(&self, config: &Config, contents: &Contents) {
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
                event::not_serializable(config, config.schema[field].name, error);
            }
            None if bytes > self.draft.limit(config) => {
                let limit = self.draft.limit(config);
                event::too_long(config, bytes, limit, &self.draft.plaintexts);
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
        circumstances: &Circumstances,
    ) -> Vec<HeaderValue> {
        let parts = || [Part::Browser, Part::Flash, Part::Main].into_iter();
        let is_removed = |part: &Part| {
            let decision = self.decisions.get(*part);
            decision.is_some_and(|decision| decision.action == Action::Remove)
        };
        let removed = parts().filter(is_removed);
        let ordered = parts().filter(|part| !is_removed(part)).chain(removed);
        ordered
            .filter_map(|part| self.set_cookie(config, contents, part, circumstances))
            .collect()
    }

    fn set_cookie(
        &self,
        config: &Config,
        contents: &Contents,
        part: Part,
        circumstances: &Circumstances,
    ) -> Option<HeaderValue> {
        let now = circumstances.now;
        let plaintext = self.draft.plaintexts.get(part)?.clone();
        let (held, nonce) = (contents.parts.get(part)?, self.nonces.get(part)?);
        let plaintext = match self.decisions.get(part)?.action {
            Action::Nothing => return None,
            Action::Remove => return Some(config.options.cookie.removal(part)),
            Action::Set if part == Part::Browser && !circumstances.is_background => {
                used(config, plaintext, now)
            }
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
            browser: Some(facts(Stored::Changed, Ending::None, Upkeep::None)),
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
            browser: Some(facts(Stored::Emptied, Ending::None, Upkeep::None)),
            flash: None,
        };
        let without = without_randomness(&parts);
        assert_eq!(actions(&without), [Action::Nothing, Action::Remove]);
        assert_eq!(without.main.reply, Reply::Saves);
    }
}
