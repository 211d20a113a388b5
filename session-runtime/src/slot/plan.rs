//! From a session to what its response sends.

use http::{HeaderValue, StatusCode};

#[cfg(feature = "stored")]
use super::draft::is_sealed_as_loaded;
use super::draft::{Draft, NoRandomness, PartDraft};
use super::open_session::{OpenSession, Panicked};
use super::part_state::PartState;
use super::room::{ROW_MAX_BYTES, is_in_store, kept_len, limit};
#[cfg(feature = "stored")]
use super::row_plan::RowPlan;
use super::row_work::RowWork;
use super::upkeep::upkeep;
use crate::config::Config;
use crate::cookie::WARN_BYTES;
use crate::ending::Ending;
use crate::event::{self, REMEMBER};
use crate::lifetime::BROWSERS_KEEP;
use crate::part::{Lifespan, Part, Parts};
use crate::policy::{Action, Decision, Facts, Reply, Stored, Upkeep, decide};
use crate::record::Record;
use crate::time::Timestamp;
use crate::token::{self, Nonce, Plaintext};

/// The facts about a response that saving depends on.
#[derive(Clone, Copy)]
pub(crate) struct ResponseFacts {
    /// The status that its handler answered with.
    pub(crate) status: StatusCode,
    /// A cookie may be added to it that its handler did not ask for.
    pub(crate) takes_upkeep: bool,
    /// It has a body that a visitor looks at.
    pub(crate) is_seen: bool,
    /// It is HTML.
    pub(crate) is_page: bool,
}

/// The effect of a session on its response.
pub(crate) struct Commit {
    /// The lines that set cookies, and behind them the removals.
    pub(crate) set_cookies: Vec<HeaderValue>,
    /// The session cannot be saved, so the response is a 500; the log says why.
    pub(crate) fails: bool,
    /// The work that the response has with the row of a store, before it goes out.
    pub(crate) row: Option<Box<RowWork>>,
}

impl Commit {
    const FAILS: Self = Self {
        set_cookies: Vec::new(),
        fails: true,
        row: None,
    };
}

impl OpenSession {
    /// Decides what a response does about the session.
    pub(crate) fn commit(mut self, response: ResponseFacts) -> Commit {
        let circumstances = Circumstances {
            failure: Failure::of(&self, response.status),
            now: self.config().now(),
            response,
        };
        circumstances.report_unsaved(&self);
        if !response.is_seen {
            self.keep_for_a_page();
        }
        if !response.is_seen || self.is_background() {
            self.nothing_was_told();
        }
        let plan = Plan::new(&self, circumstances);
        plan.report();
        let Ok(row) = plan.row_work() else {
            event::no_randomness(plan.session.config());
            return Commit::FAILS;
        };
        Commit {
            set_cookies: plan.set_cookies(),
            fails: plan.reply == Reply::CannotSave,
            row: row.map(Box::new),
        }
    }
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
    fn of(session: &OpenSession, status: StatusCode) -> Option<Self> {
        if session.panicked() == Panicked::AfterLogin {
            Some(Self::Panic)
        } else if status == StatusCode::REQUEST_TIMEOUT {
            Some(Self::Timeout)
        } else if !is_server_error(status) {
            None
        } else if session.panicked() == Panicked::Somewhere {
            Some(Self::Panic)
        } else {
            let saves = session.config().options.saves_on_server_errors;
            (!saves).then_some(Self::ServerError)
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

/// The response and its time, as far as a session asks.
#[derive(Clone, Copy)]
struct Circumstances {
    failure: Option<Failure>,
    response: ResponseFacts,
    now: Timestamp,
}

impl Circumstances {
    fn take_upkeep(&self) -> bool {
        self.response.takes_upkeep && !is_server_error(self.response.status)
    }

    /// Names what a response drops that saves nothing. One that is saved and not seen drops what waits
    /// for a page: a notice that it wrote, or that it took and no visitor saw.
    fn report_unsaved(&self, session: &OpenSession) {
        let (reason, fields) = match self.failure {
            Some(failure) => (failure.reason(), session.published_in(|_| true)),
            None if self.response.is_seen => return,
            None => (
                UNSEEN,
                session.published_in(|part| part.rules().is_for_a_page),
            ),
        };
        let schema = &session.config().schema;
        let names = fields.into_iter().map(|field| schema[field].name);
        let mut names: Vec<_> = names.collect();
        if self.failure.is_some() && session.is_remembered_anew() {
            names.push(REMEMBER);
        }
        if !names.is_empty() {
            event::not_saved(session.config(), &names, reason);
        }
    }
}

/// The plan for a response.
struct Plan<'a> {
    session: &'a OpenSession,
    circumstances: Circumstances,
    reply: Reply,
    parts: Parts<PartPlan<'a>>,
    /// Records that only another release knows and that had to make room.
    dropped: Vec<(Part, Record)>,
}

/// The plan for one cookie.
struct PartPlan<'a> {
    part: Part,
    state: &'a PartState,
    plaintext: Plaintext,
    decision: Decision,
    nonce: Nonce,
}

impl<'a> Plan<'a> {
    fn new(session: &'a OpenSession, circumstances: Circumstances) -> Self {
        let draft = Draft::new(session, circumstances.now);
        let facts = facts(session, &draft, &circumstances);
        let decisions = Decisions::new(&facts).unwrap_or_else(|| {
            event::no_randomness(session.config());
            Decisions::without_randomness(&facts)
        });
        let Decisions { reply, parts } = decisions;
        let both = draft.parts.zip(parts);
        Self {
            session,
            circumstances,
            reply,
            parts: both.into_map(|_, (draft, decided)| PartPlan::new(draft, decided)),
            dropped: draft.dropped,
        }
    }

    fn report(&self) {
        let config = self.session.config();
        for (part, plan) in self.parts.iter() {
            if !is_in_store(config, part) {
                event::committed(config, part, plan.decision);
            }
        }
        let mut all = self.parts.iter();
        if all.any(|(_, plan)| plan.decision.action.seals()) {
            self.report_size(config);
        } else if self.reply == Reply::CannotSave {
            self.report_failure(config);
        }
        let ResponseFacts { status, .. } = self.circumstances.response;
        let refuses = status.is_client_error();
        if refuses && self.session.login_began() && self.reply == Reply::Saves {
            event::login_saved_by_refusal(config, status);
        }
        if cfg!(debug_assertions) {
            self.report_unread(config);
        }
    }

    fn report_size(&self, config: &Config) {
        event::dropped(config, &self.dropped);
        let bytes = kept_len(config, self.plaintexts());
        if bytes > WARN_BYTES {
            event::nearly_full(config, bytes, self.plaintexts());
        }
    }

    fn report_failure(&self, config: &Config) {
        let bytes = kept_len(config, self.plaintexts());
        let limit = limit(config, self.parts.main.plaintext.login.is_some());
        match self.session.failure() {
            Some((field, error)) => {
                event::not_serializable(config, config.schema[field].name, error);
            }
            None if bytes > limit => event::too_long(config, bytes, limit, self.plaintexts()),
            None if config.is_stored() => {
                let bytes = self.parts.main.plaintext.records.written_len();
                event::row_too_long(config, bytes, ROW_MAX_BYTES, self.plaintexts());
            }
            None => {} // without randomness, which is said already
        }
    }

    /// Watches the notices that a response leaves: one that pages leave again and again may be shown
    /// again and again.
    fn report_unread(&self, config: &Config) {
        let response = self.circumstances.response;
        let is_page = response.is_page && response.is_seen && response.status.is_success();
        let is_looked_at = is_page && !self.session.is_background();
        let fields = config.schema.fields.iter();
        for field in fields.filter(|field| field.part.rules().is_for_a_page) {
            let Some(state) = self.session.parts().get(field.part) else {
                continue;
            };
            let left = field.record_in(state.current());
            if left.is_none() || left != field.record_in(state.loaded()) {
                config.unread.forget(field.name);
            } else if is_looked_at && config.unread.is_left_again(field.name) {
                event::unread(config, field.name);
            }
        }
    }

    fn plaintexts(&self) -> impl Iterator<Item = (Part, &Plaintext)> {
        let all = self.parts.iter();
        all.map(|(part, plan)| (part, &plan.plaintext))
    }

    /// Removals last, and that of the main cookie behind all: some clients take a removal back when
    /// another line follows it (curl 7.88).
    fn set_cookies(&self) -> Vec<HeaderValue> {
        let parts = || {
            let [main, others @ ..] = Part::ALL;
            others.into_iter().chain([main])
        };
        let is_in_cookie = |part: &Part| !is_in_store(self.session.config(), *part);
        let plans = || {
            let parts = parts().filter(is_in_cookie);
            parts.filter_map(|part| self.parts.get(part))
        };
        let set = plans().filter(|plan| plan.decision.action != Action::Remove);
        let removed = plans().filter(|plan| plan.decision.action == Action::Remove);
        set.chain(removed)
            .filter_map(|plan| plan.set_cookie(self.session, self.circumstances.now))
            .collect()
    }
}

#[cfg(feature = "stored")]
impl Plan<'_> {
    /// The work with the row of a stored session; `None` if there is none to do.
    fn row_work(&self) -> Result<Option<RowWork>, NoRandomness> {
        let (session, main) = (self.session, &self.parts.main);
        let config = session.config();
        let now = self.circumstances.now;
        let Some(rows) = &config.rows else {
            return Ok(None);
        };
        let is_refresh_due = !session.is_background()
            && upkeep(config, Part::Main, main.state, now) == Upkeep::Refresh;
        let plan = RowPlan {
            session,
            rows,
            ending: ending_of(session, Part::Main),
            decision: main.decision,
            is_ticket_due: is_refresh_due
                || !is_sealed_as_loaded(Part::Main, main.state, &main.plaintext),
            plaintext: &main.plaintext,
            now,
        };
        plan.work()
    }
}

#[cfg(not(feature = "stored"))]
impl Plan<'_> {
    #[expect(
        clippy::unused_self,
        clippy::unnecessary_wraps,
        reason = "as with a store"
    )]
    fn row_work(&self) -> Result<Option<RowWork>, NoRandomness> {
        Ok(None)
    }
}

fn facts(session: &OpenSession, draft: &Draft<'_>, circumstances: &Circumstances) -> Parts<Facts> {
    let can_be_saved = session.failure().is_none() && (!draft.has_changed() || draft.fits());
    let reply = match circumstances.failure {
        Some(_) => Reply::Fails,
        None if can_be_saved => Reply::Saves,
        None => Reply::CannotSave,
    };
    let makes_room = draft.needs_the_room_of_others();
    let takes_upkeep = circumstances.take_upkeep() && !session.is_background();
    draft.parts.map(|part, drafted| {
        // A cookie that stayed after a page has said that its session expired would say so again.
        let is_told = part == Part::Main && session.is_told();
        let upkeep = match upkeep(session.config(), part, drafted.state, circumstances.now) {
            _ if (makes_room || is_told) && drafted.is_of_no_use() => Upkeep::Remove,
            Upkeep::None => Upkeep::None,
            upkeep if takes_upkeep && draft.fits() => upkeep,
            _ => Upkeep::None,
        };
        Facts {
            carried: drafted.state.carried(),
            ending: ending_of(session, part),
            stored: drafted.stored(),
            reply,
            upkeep,
        }
    })
}

fn ending_of(session: &OpenSession, part: Part) -> Ending {
    let ending = session.ending();
    if part.is_ended_by(ending) {
        ending
    } else {
        Ending::None
    }
}

/// The decisions on all parts, with a nonce for each one that is sealed.
struct Decisions {
    reply: Reply,
    parts: Parts<(Decision, Nonce)>,
}

impl Decisions {
    /// `None` if the operating system gives no random bytes.
    fn new(facts: &Parts<Facts>) -> Option<Self> {
        let mut is_random = true;
        let parts = facts.map(|_, facts| {
            let decision = decide(*facts);
            let mut nonce = Nonce::default();
            if decision.action.seals() {
                is_random &= getrandom::fill(&mut nonce).is_ok();
            }
            (decision, nonce)
        });
        let reply = facts.main.reply;
        is_random.then_some(Self { reply, parts })
    }

    /// The same where nothing can be sealed: upkeep is skipped, and a change cannot be saved.
    fn without_randomness(facts: &Parts<Facts>) -> Self {
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

impl<'a> PartPlan<'a> {
    fn new(draft: PartDraft<'a>, (decision, nonce): (Decision, Nonce)) -> Self {
        let PartDraft {
            part,
            state,
            plaintext,
        } = draft;
        Self {
            part,
            state,
            plaintext,
            decision,
            nonce,
        }
    }

    fn set_cookie(&self, session: &OpenSession, now: Timestamp) -> Option<HeaderValue> {
        let config = session.config();
        let is_use = !session.is_background();
        let plaintext = match (self.decision.action, self.part.rules().lifespan) {
            (Action::Nothing, _) => return None,
            (Action::Remove, _) => return Some(config.options.cookie.removal(self.part)),
            (Action::Set, Lifespan::SinceUse(_)) if is_use => &self.with_new_deadlines(config, now),
            (Action::Set, _) => &self.plaintext,
            (Action::Reseal, _) => &self.with_old_times(),
        };
        let token = token::seal(&self.state.cookie().keys, now, &self.nonce, plaintext);
        let seconds = max_age(config, self.part, plaintext, now);
        Some(config.options.cookie.set(self.part, &token, seconds))
    }

    /// To seal a part whose fields last from their last use is to use it. Fields that only another
    /// release knows keep their deadlines, because how long they last is not known here.
    fn with_new_deadlines(&self, config: &Config, now: Timestamp) -> Plaintext {
        let mut plaintext = self.plaintext.clone();
        let fields = config.schema.fields.iter();
        for field in fields.filter(|field| field.part == self.part) {
            if let Some(record) = field.record_in(&plaintext.records) {
                let record = Record {
                    deadline: field.deadline(now),
                    ..record.clone()
                };
                plaintext.records.set(record);
            }
        }
        plaintext
    }

    /// A new key alone extends no clock.
    fn with_old_times(&self) -> Plaintext {
        let plaintext = self.plaintext.clone();
        let Some(sealed) = self.state.sealed() else {
            return plaintext;
        };
        Plaintext {
            renewed_at: sealed.renewed_at,
            written_at: sealed.written_at,
            ..plaintext
        }
    }
}

/// Returns the number of seconds that the browser is to keep the cookie. The number follows from
/// the times that are sealed inside. `None` means until the browser is closed.
fn max_age(config: &Config, part: Part, plaintext: &Plaintext, now: Timestamp) -> Option<u64> {
    let end = match part.rules().lifespan {
        Lifespan::Session if !plaintext.flags.remembered => return None,
        Lifespan::Session => {
            let lifetime = config.schema.lifetime;
            lifetime.end(plaintext.created_at, plaintext.renewed_at)
        }
        Lifespan::SinceUse(_) | Lifespan::SinceChange(_) => {
            let deadlines = plaintext.records.iter().map(|record| record.deadline);
            deadlines.max().flatten().unwrap_or(now.plus(BROWSERS_KEEP))
        }
    };
    Some(now.seconds_until(end).min(BROWSERS_KEEP))
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
