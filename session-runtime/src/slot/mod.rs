//! The place where one request keeps one session: the session that the request carried, and the
//! changes that its guards published.
//!
//! The lock is held for moments, and never while code of the application runs.

mod changes;
mod decisions;
mod draft;
#[cfg(feature = "stored")]
mod in_cookie;
#[cfg(feature = "stored")]
mod listing;
mod load;
mod no_response;
mod open_session;
mod opening;
mod outcome;
mod part_state;
mod plan;
mod publications;
#[cfg(feature = "stored")]
mod renewing;
mod room;
#[cfg(feature = "stored")]
mod row;
#[cfg(feature = "stored")]
mod row_changes;
#[cfg(feature = "stored")]
mod row_fields;
#[cfg(feature = "stored")]
mod row_plan;
#[cfg(feature = "stored")]
mod row_task;
#[cfg(feature = "stored")]
mod row_work;
#[cfg(not(feature = "stored"))]
#[path = "without_store.rs"]
mod row_work;
#[cfg(test)]
mod tests;
mod upkeep;

use std::any::TypeId;
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http::{Extensions, HeaderMap};

pub(crate) use self::decisions::TakesUpkeep;
#[cfg(feature = "stored")]
pub(crate) use self::listing::read_listed;
pub(crate) use self::load::LoadError;
pub(crate) use self::no_response::NoResponse;
use self::open_session::Writing;
pub(crate) use self::open_session::{Login, OpenSession, Seen, Snapshot};
pub(crate) use self::outcome::Naming;
use self::outcome::report_dropped;
pub(crate) use self::plan::{Commit, ResponseFacts};
#[cfg(all(test, feature = "stored"))]
pub(crate) use self::row::first_mark;
#[cfg(feature = "stored")]
pub(crate) use self::row_plan::tombstone_until;
pub(crate) use self::row_work::{RowFuture, RowOutcome, RowWork};
use crate::config::Config;
use crate::cookie::Lines;
use crate::data::FieldId;
use crate::encoded::Changes;
use crate::ending::Ending;
use crate::event::{self, REMEMBER};

pub(crate) struct Slot {
    pub(crate) config: Arc<Config>,
    /// The slot of the next session type outwards.
    outer: Option<Arc<Slot>>,
    /// The cookies of its request: whoever extracts the session gets that of this request.
    cookies: Lines,
    state: Mutex<State>,
}

struct State {
    phase: Phase,
    /// The page makes this request by itself, so it is no use of the session.
    is_background: bool,
    /// A layer of the same type further in has a slot of its own, because it was asked with other cookies.
    has_another_inside: bool,
}

enum Phase {
    /// No handler has asked for the session.
    Unasked,
    /// A handler has asked. If the session could not be loaded, the store is not asked again: a second extractor
    /// would wait as long as the first.
    Asked(Result<Box<OpenSession>, LoadError>),
    /// The response head is made, or never will be: what comes now comes too late.
    Answered,
}

/// The session that a guard goes on with after it has logged a user in.
pub(crate) enum AfterLogin {
    /// The session as it stands with the user.
    Counted(Snapshot),
    /// The session as it stands without: what the guard writes from now on does not count.
    Refused(Snapshot),
}

/// The innermost slot of a request, the one entry that layers keep in its extensions.
#[derive(Clone)]
struct Innermost(Arc<Slot>);

/// The mark of a request that a page makes by itself, for layers further in.
#[derive(Clone)]
struct InBackground;

/// The situation that a layer finds when a request comes in.
pub(crate) enum Entered {
    /// Nobody keeps this session yet, so this layer does.
    New(Arc<Slot>),
    /// A layer of the same type further out keeps it.
    Already,
    /// Another session type further out uses the same cookie name.
    NameTaken { by: &'static str },
}

impl Slot {
    pub(crate) fn enter(
        extensions: &mut Extensions,
        cookies: Lines,
        config: &Arc<Config>,
    ) -> Entered {
        let outer = extensions.get::<Innermost>().map(|slot| slot.0.clone());
        for slot in outwards(outer.as_ref()) {
            if !slot.is_of_request(&cookies) {
                slot.note_inside(config);
                continue;
            }
            if slot.config.schema.type_id == config.schema.type_id {
                if !Arc::ptr_eq(&slot.config, config) {
                    config.shadowed.call_once(|| event::shadowed(config));
                }
                return Entered::Already;
            }
            if slot.config.cookie_name() == config.cookie_name() {
                let by = slot.config.schema.type_name;
                return Entered::NameTaken { by };
            }
        }
        let slot = Arc::new(Self {
            config: config.clone(),
            outer,
            cookies,
            state: Mutex::new(State {
                phase: Phase::Unasked,
                is_background: extensions.get::<InBackground>().is_some(),
                has_another_inside: false,
            }),
        });
        extensions.insert(Innermost(slot.clone()));
        Entered::New(slot)
    }

    /// Returns true if this is the slot of a request with these cookies. A request that was made
    /// with the extensions of another request brings the slots of that request along.
    fn is_of_request(&self, cookies: &Lines) -> bool {
        self.cookies == *cookies && !self.is_answered()
    }

    /// Notes a layer further in that keeps a session of its own.
    fn note_inside(&self, config: &Config) {
        if self.config.schema.type_id == config.schema.type_id {
            self.lock().has_another_inside = true;
        }
    }

    pub(crate) fn has_another_inside(&self) -> bool {
        self.lock().has_another_inside
    }

    fn is_answered(&self) -> bool {
        matches!(self.lock().phase, Phase::Answered)
    }

    pub(crate) fn find(extensions: &Extensions, type_id: TypeId) -> Option<Arc<Self>> {
        let innermost = extensions.get::<Innermost>().map(|slot| &slot.0);
        let mut slots = outwards(innermost);
        slots
            .find(|slot| slot.config.schema.type_id == type_id)
            .cloned()
    }

    /// Notes of every session of a request, further out and further in, that the page makes it by
    /// itself.
    pub(crate) fn note_background(extensions: &mut Extensions) {
        let innermost = extensions.get::<Innermost>().map(|slot| &slot.0);
        for slot in outwards(innermost) {
            slot.lock().is_background = true;
        }
        extensions.insert(InBackground);
    }

    /// The session as it stands, opened from the request's cookies the first time. After the response
    /// `headers` count, and nothing is kept: whoever kept a request's extensions may ask for another
    /// visitor's session next.
    pub(crate) async fn snapshot(&self, headers: &HeaderMap) -> Result<Snapshot, LoadError> {
        if let Some(known) = self.known() {
            return known;
        }
        if self.is_answered() {
            let cookies = Lines::of(headers);
            let loaded = OpenSession::load(&self.config, &cookies).await?;
            return Ok(loaded.snapshot());
        }
        self.open(OpenSession::load(&self.config, &self.cookies).await)
    }

    /// The session as it stands, or why it is not known. `None` if nobody has asked yet, and after the response.
    fn known(&self) -> Option<Result<Snapshot, LoadError>> {
        match &self.lock().phase {
            Phase::Asked(loaded) => Some(snapshot(loaded)),
            Phase::Unasked | Phase::Answered => None,
        }
    }

    /// Keeps the session, or why it is not known, unless another guard was faster.
    fn open(&self, loaded: Result<Box<OpenSession>, LoadError>) -> Result<Snapshot, LoadError> {
        let mut state = self.lock();
        match &state.phase {
            Phase::Asked(first) => snapshot(first),
            Phase::Answered => snapshot(&loaded),
            Phase::Unasked => {
                let snapshot = snapshot(&loaded);
                state.phase = Phase::Asked(loaded);
                snapshot
            }
        }
    }

    /// The session as it stands; `None` before it was opened and after the response was made.
    pub(crate) fn current(&self) -> Option<Snapshot> {
        self.change(|session| session.snapshot())
    }

    /// Opens the session's cookies each for itself, whatever belongs to another one.
    #[cfg(feature = "test-kit")]
    pub(crate) async fn open_alone(&self) -> Result<(), LoadError> {
        let loaded = OpenSession::load_alone(&self.config, &self.cookies).await;
        self.open(loaded).map(drop)
    }

    /// Returns the state that each part was found in.
    #[cfg(feature = "test-kit")]
    pub(crate) fn states(&self) -> Vec<crate::info::SessionState> {
        let states = self.change(|session| {
            let parts = session.parts().iter();
            parts.map(|(_, part)| part.state()).collect()
        });
        states.unwrap_or_default()
    }

    /// Returns the way in which the session was ended so far.
    #[cfg(feature = "test-kit")]
    pub(crate) fn ending(&self) -> Ending {
        let ending = self.change(|session| session.ending());
        ending.unwrap_or(Ending::None)
    }

    /// Takes over what a guard changed.
    pub(crate) fn publish(&self, changes: &Changes, seen: Seen) {
        if changes.is_empty() {
            return;
        }
        let writing = self.writing(changes, seen);
        match self.change(|session| session.publish(writing)) {
            Some(published) => published.report(&self.config),
            None => self.report_late(changes),
        }
    }

    /// Logs a user in, with what the guard changed so far. `None` after the response was made.
    pub(crate) fn log_in(
        &self,
        login: &Login,
        changes: &Changes,
        seen: Seen,
    ) -> Option<AfterLogin> {
        let writing = self.writing(changes, seen);
        let logged_in = self.change(|session| (session.log_in(login, writing), session.snapshot()));
        let Some((logged_in, snapshot)) = logged_in else {
            self.report_late(changes);
            event::late_login(&self.config);
            return None;
        };
        logged_in.report(&self.config);
        Some(match logged_in.refused {
            None => AfterLogin::Counted(snapshot),
            Some(_) => AfterLogin::Refused(snapshot),
        })
    }

    /// Starts the session over. Of what guards changed before only what the browser keeps counts. `own` are the fields
    /// that the guard itself published, to something other than their default.
    ///
    /// `None` after the response was made.
    pub(crate) fn clear(
        &self,
        changes: &Changes,
        own: &[FieldId],
        seen: Seen,
        naming: Naming,
    ) -> Option<Snapshot> {
        let writing = self.writing(changes, seen);
        let cleared = self.change(|session| (session.clear(own, writing), session.snapshot()));
        let Some((started_over, snapshot)) = cleared else {
            self.report_late(&changes.outliving(Ending::Cleared, &self.config.schema));
            event::late_ending(&self.config);
            return None;
        };
        started_over.report(&self.config, naming);
        Some(snapshot)
    }

    /// Ends the session of a guard whose identity was assigned to be nobody's. One that has ended already is
    /// no matter of that guard.
    pub(crate) fn end_assigned(&self, seen: Seen) {
        let nothing = Changes::default();
        let writing = self.writing(&nothing, seen);
        let ended = self.change(|session| {
            let is_over = session.is_stale(seen);
            (!is_over).then(|| session.clear(&[], writing))
        });
        match ended {
            Some(Some(started_over)) => started_over.report(&self.config, Naming::Silent),
            Some(None) => {}
            None => event::late_ending(&self.config),
        }
    }

    /// Ends the session with this request, whatever its other guards do.
    pub(crate) fn destroy(&self) {
        match self.change(OpenSession::destroy) {
            Some(dropped) => report_dropped(&self.config, &dropped),
            None => event::late_ending(&self.config),
        }
    }

    /// A guard was dropped by a panic.
    pub(crate) fn note_panic(&self) {
        self.change(OpenSession::note_panic);
    }

    /// The clock is code of the application, so it is asked before the lock is taken.
    fn writing<'a>(&self, changes: &'a Changes, seen: Seen) -> Writing<'a> {
        let now = self.config.now();
        Writing { changes, seen, now }
    }

    /// `None` before the session was opened and after the response was made.
    fn change<R>(&self, change: impl FnOnce(&mut OpenSession) -> R) -> Option<R> {
        match &mut self.lock().phase {
            Phase::Asked(loaded) => loaded.as_mut().ok().map(|session| change(session)),
            Phase::Unasked | Phase::Answered => None,
        }
    }

    fn report_late(&self, changes: &Changes) {
        let written = changes.fields.iter().map(|change| change.field);
        for field in written.chain(changes.touched.iter().copied()) {
            event::late(&self.config, self.config.schema[field].name);
        }
        if changes.remember.is_some() {
            event::late(&self.config, REMEMBER);
        }
    }

    /// Closes the session of a request that has no response. Work with a row goes on in a task of its own.
    pub(crate) fn close_without_response(&self, why: NoResponse) {
        let session = self.close();
        if let Some(row) = session.and_then(|session| session.without_response(why)) {
            row.go_on_without_request();
        }
    }

    /// Hands out the session for its response. From here on changes are late. `None` if no handler asked
    /// for the session.
    pub(crate) fn close(&self) -> Option<Box<OpenSession>> {
        let mut state = self.lock();
        match mem::replace(&mut state.phase, Phase::Answered) {
            Phase::Asked(Ok(mut session)) => {
                if state.is_background {
                    session.note_background();
                }
                Some(session)
            }
            Phase::Unasked | Phase::Asked(Err(_)) | Phase::Answered => None,
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // No change is left half done: nothing between lock and unlock panics.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn snapshot(loaded: &Result<Box<OpenSession>, LoadError>) -> Result<Snapshot, LoadError> {
    let snapshot = loaded.as_ref().map(|session| session.snapshot());
    snapshot.map_err(LoadError::clone)
}

fn outwards(slot: Option<&Arc<Slot>>) -> impl Iterator<Item = &Arc<Slot>> {
    std::iter::successors(slot, |slot| slot.outer.as_ref())
}
