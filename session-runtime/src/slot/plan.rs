//! From a session to what its response sends.

use http::{HeaderValue, StatusCode};

use super::decisions::{Decisions, TakesUpkeep, facts};
use super::draft::{Draft, Excess, NoRandomness, PartDraft, max_age, with_old_times};
use super::open_session::{OpenSession, Panicked};
use super::part_state::PartState;
use super::room::comes_with_row;
#[cfg(feature = "stored")]
use super::row_plan::RowPlan;
use super::row_work::RowWork;
use crate::config::Config;
use crate::cookie::WARN_BYTES;
use crate::data::FieldId;
use crate::event;
use crate::part::{Lifespan, Part, Parts};
use crate::policy::{Action, Decision, Reply};
use crate::time::Timestamp;
use crate::token::{self, Nonce, Plaintext};

/// The facts about a response that saving depends on.
#[derive(Clone, Copy)]
pub(crate) struct ResponseFacts {
    /// The status that its handler answered with.
    pub(crate) status: StatusCode,
    pub(crate) takes_upkeep: TakesUpkeep,
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

    /// The response stays as it is.
    const NOTHING: Self = Self {
        set_cookies: Vec::new(),
        fails: false,
        row: None,
    };
}

impl OpenSession {
    /// Decides what a response does about the session.
    pub(crate) fn commit(mut self: Box<Self>, response: ResponseFacts) -> Commit {
        let circumstances = Circumstances {
            failure: Failure::of(&self, response.status),
            now: self.config().now(),
            response,
        };
        if self.has_nothing_to_do(circumstances.now) {
            for (part, _) in self.parts().iter() {
                event::committed(self.config(), part, Decision::UNCHANGED);
            }
            circumstances.report_unread(&self);
            return Commit::NOTHING;
        }
        circumstances.report_unsaved(&self);
        if !response.is_seen {
            self.keep_for_a_page();
        }
        if !response.is_seen || self.is_background() {
            self.nothing_was_told();
        }
        let plan = Plan::new(&self, circumstances);
        plan.report();
        circumstances.report_unread(&self);
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

    /// The work with the row of a stored session that the visitor has ended, where the request has no response. What is
    /// not an ending is dropped, as with a 5xx.
    pub(super) fn row_work_without_response(&self) -> Option<Box<RowWork>> {
        let circumstances = Circumstances {
            failure: Some(Failure::ServerError),
            now: self.config().now(),
            response: ResponseFacts {
                status: StatusCode::INTERNAL_SERVER_ERROR,
                takes_upkeep: TakesUpkeep::No,
                is_seen: false,
                is_page: false,
            },
        };
        // An ending seals nothing, so it needs no randomness.
        let row = Plan::new(self, circumstances).row_work().ok().flatten();
        row.map(Box::new)
    }

    /// Most requests leave their session as they found it. A row has upkeep of its own.
    fn has_nothing_to_do(&self, now: Timestamp) -> bool {
        !self.config().is_stored() && self.is_as_loaded() && !self.is_upkeep_due(now)
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
    fn takes_upkeep(&self) -> TakesUpkeep {
        if is_server_error(self.response.status) {
            TakesUpkeep::No
        } else {
            self.response.takes_upkeep
        }
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
        let calls = session.calls_by_name();
        let calls = calls.filter(|_| self.failure.is_some());
        let names: Vec<_> = names.chain(calls).collect();
        if names.is_empty() {
            return;
        }
        if self.failure.is_some() && session.renews() {
            event::renewal_not_saved(session.config(), &names, reason);
        } else {
            event::not_saved(session.config(), &names, reason);
        }
    }

    /// Watches the notices that a response leaves: one that pages leave again and again may be shown
    /// again and again.
    fn report_unread(&self, session: &OpenSession) {
        if !cfg!(debug_assertions) {
            return;
        }
        let (config, response) = (session.config(), self.response);
        let is_page = response.is_page && response.is_seen && response.status.is_success();
        let is_looked_at = is_page && !session.is_background();
        let fields = config.schema.fields.iter();
        for field in fields.filter(|field| field.part.rules().is_for_a_page) {
            let Some(state) = session.parts().get(field.part) else {
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
}

/// The plan for a response.
struct Plan<'a> {
    session: &'a OpenSession,
    circumstances: Circumstances,
    reply: Reply,
    parts: Parts<PartPlan<'a>>,
    /// The sizes of the fields that only another release knows and that had to make room.
    dropped: Vec<(Part, usize)>,
    /// The fields of this release that made room for a login, with their sizes.
    dropped_by_login: Vec<(FieldId, usize)>,
    excess: Option<Excess>,
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
        let facts = facts(
            session,
            &draft,
            circumstances.failure.is_some(),
            circumstances.takes_upkeep(),
            circumstances.now,
        );
        let decisions = Decisions::new(session.config(), &facts).unwrap_or_else(|| {
            event::no_randomness(session.config());
            Decisions::without_randomness(&facts)
        });
        let Decisions { reply, parts } = decisions;
        let excess = match reply {
            Reply::CannotSave => draft.excess(),
            Reply::Saves | Reply::Fails => None,
        };
        let both = draft.parts.zip(parts);
        Self {
            session,
            circumstances,
            reply,
            parts: both.into_map(|_, (draft, decided)| PartPlan::new(draft, decided)),
            dropped: draft.dropped,
            dropped_by_login: draft.dropped_by_login,
            excess,
        }
    }

    fn report(&self) {
        let config = self.session.config();
        for (part, plan) in self.parts.iter() {
            if !comes_with_row(config, part) {
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
    }

    fn report_size(&self, config: &Config) {
        event::dropped(config, &self.dropped);
        for &(field, bytes) in &self.dropped_by_login {
            event::dropped_by_login(config, config.schema[field].name, bytes);
        }
        let bytes = self.session.room().kept_len(self.plaintexts());
        if bytes > WARN_BYTES {
            event::nearly_full(config, bytes, self.plaintexts());
        }
    }

    fn report_failure(&self, config: &Config) {
        if let Some((field, error)) = self.session.failure() {
            event::not_serializable(config, config.schema[field].name, error);
            return;
        }
        match self.excess {
            Some(Excess::Cookies { bytes, limit }) => {
                event::too_long(config, bytes, limit, self.plaintexts());
            }
            Some(Excess::Row { bytes, limit }) => {
                event::row_too_long(config, bytes, limit, self.plaintexts());
            }
            None => {} // without randomness, which is said already
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
        let comes_here = |part: &Part| !comes_with_row(self.session.config(), *part);
        let plans = || {
            let parts = parts().filter(comes_here);
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
        let Some(rows) = &session.config().rows else {
            return Ok(None);
        };
        let now = self.circumstances.now;
        // A new key alone extends no clock.
        let plaintext = match main.decision.action {
            Action::Reseal => &with_old_times(main.state, &main.plaintext),
            _ => &main.plaintext,
        };
        RowPlan::new(session, rows, main.decision, plaintext, now).work()
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
        let lines = &config.part(self.part).lines;
        let is_use = !session.is_background();
        let plaintext = match (self.decision.action, self.part.rules().lifespan) {
            (Action::Nothing, _) => return None,
            (Action::Remove, _) => return Some(lines.removal()),
            (Action::Set, Lifespan::SinceUse(_)) if is_use => &self.with_new_deadlines(config, now),
            (Action::Set, _) => &self.plaintext,
            (Action::Reseal, _) => &with_old_times(self.state, &self.plaintext),
        };
        let token = token::seal(&self.state.cookie().keys, now, &self.nonce, plaintext);
        let seconds = max_age(config, self.part, plaintext, now);
        Some(lines.set(&token, seconds))
    }

    /// To seal a part whose fields last from their last use is to use it. Fields that only another
    /// release knows keep their deadlines, because how long they last is not known here.
    fn with_new_deadlines(&self, config: &Config, now: Timestamp) -> Plaintext {
        let mut plaintext = self.plaintext.clone();
        let records = &plaintext.records;
        let fields = config.schema.fields_in(self.part, records);
        let edits = fields.map(|(field, record)| {
            records.with_deadline(record, config.schema[field].deadline(now))
        });
        plaintext.records.edit(edits.collect());
        plaintext
    }
}
