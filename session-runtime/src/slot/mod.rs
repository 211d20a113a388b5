//! The place where one request keeps one session: the session that the request carried, and the
//! changes that its guards published.
//!
//! The lock is held for moments, and never while code of the application runs.

mod commit;
mod contents;
mod held;
mod load;
mod login;
mod sealing;
#[cfg(test)]
mod tests;
mod upkeep;

use std::any::TypeId;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http::{Extensions, HeaderMap, HeaderValue};

pub(crate) use self::commit::{Answer, Commit};
use self::contents::{Contents, Published};
pub(crate) use self::contents::{Seen, Snapshot};
pub(crate) use self::login::Login;
use self::login::{LoginOutcome, StartedOver};
use crate::config::Config;
use crate::cookie;
use crate::data::FieldId;
use crate::encoded::Changes;
use crate::ending::Ending;
use crate::event;

pub(crate) struct Slot {
    pub(crate) config: Arc<Config>,
    /// The slot of the next session type outwards.
    outer: Option<Arc<Slot>>,
    /// The cookies of its request: whoever extracts the session gets that of this request.
    cookies: Vec<HeaderValue>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// `None` until somebody extracts the session.
    contents: Option<Contents>,
    /// The response head is made: what comes now comes too late.
    committed: bool,
    /// The page makes this request by itself, so it is no use of the session.
    is_background: bool,
}

/// The session that a guard goes on with after it has logged a user in.
pub(crate) enum AfterLogin {
    /// The session as it stands with the user.
    Counted(Snapshot),
    /// The session as it stands without: what the guard writes from now on does not count.
    Refused(Snapshot),
}

/// The choice whether a logout or a new start names the changes of its guard that are lost.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Naming {
    Loud,
    Silent,
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
        cookies: Vec<HeaderValue>,
        config: &Arc<Config>,
    ) -> Entered {
        let outer = extensions.get::<Innermost>().map(|slot| slot.0.clone());
        for slot in outwards(outer.as_ref()).filter(|slot| slot.is_of_request(&cookies)) {
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
        let is_background = extensions.get::<InBackground>().is_some();
        let slot = Arc::new(Self {
            config: config.clone(),
            outer,
            cookies,
            state: Mutex::new(State {
                is_background,
                ..State::default()
            }),
        });
        extensions.insert(Innermost(slot.clone()));
        Entered::New(slot)
    }

    /// Returns true if this is the slot of a request with these cookies. A request that was made
    /// with the extensions of another request brings the slots of that request along.
    fn is_of_request(&self, cookies: &[HeaderValue]) -> bool {
        self.cookies == cookies && !self.lock().committed
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
    pub(crate) fn snapshot(&self, headers: &HeaderMap) -> Snapshot {
        if let Some(snapshot) = self.current() {
            return snapshot;
        }
        if self.lock().committed {
            return Contents::load(&self.config, &cookie::lines(headers)).snapshot(&self.config);
        }
        let loaded = Contents::load(&self.config, &self.cookies);
        let mut state = self.lock();
        state.contents.get_or_insert(loaded).snapshot(&self.config)
    }

    /// The session as it stands; `None` before it was opened and after the response was made.
    pub(crate) fn current(&self) -> Option<Snapshot> {
        let state = self.lock();
        let contents = state.contents.as_ref()?;
        Some(contents.snapshot(&self.config))
    }

    /// Opens the session's cookies each for itself, whatever belongs to another one.
    #[cfg(feature = "test-kit")]
    pub(crate) fn open_alone(&self) {
        let loaded = Contents::load_alone(&self.config, &self.cookies);
        self.lock().contents.get_or_insert(loaded);
    }

    /// Returns the state that each part was found in.
    #[cfg(feature = "test-kit")]
    pub(crate) fn states(&self) -> Vec<crate::info::SessionState> {
        let state = self.lock();
        let contents = state.contents.as_ref();
        contents.map_or_else(Vec::new, |contents| contents.states().collect())
    }

    /// Returns the way in which the session was ended so far.
    #[cfg(feature = "test-kit")]
    pub(crate) fn ending(&self) -> Ending {
        let state = self.lock();
        let contents = state.contents.as_ref();
        contents.map_or(Ending::None, |contents| contents.ending)
    }

    /// Takes over what a guard changed.
    pub(crate) fn publish(&self, changes: &Changes, seen: Seen) {
        let published = self.change(|config, contents| contents.publish(config, changes, seen));
        match published {
            Some(published) => self.report(&published),
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
        let logged_in = self.change(|config, contents| {
            let logged_in = contents.log_in(config, login, changes, seen);
            (logged_in, contents.snapshot(config))
        });
        let Some((logged_in, snapshot)) = logged_in else {
            self.report_late(changes);
            event::late_login(&self.config);
            return None;
        };
        self.report_login(&logged_in);
        Some(match logged_in.refused {
            None => AfterLogin::Counted(snapshot),
            Some(_) => AfterLogin::Refused(snapshot),
        })
    }

    /// Starts the session over. Of what guards changed before only what the browser keeps counts.
    /// `None` after the response was made.
    pub(crate) fn clear(&self, changes: &Changes, seen: Seen, naming: Naming) -> Option<Snapshot> {
        let cleared = self.change(|config, contents| {
            let started_over = contents.clear(config, changes, seen);
            (started_over, contents.snapshot(config))
        });
        let Some((started_over, snapshot)) = cleared else {
            self.report_late(&changes.outliving(Ending::Cleared, &self.config));
            event::late_ending(&self.config);
            return None;
        };
        self.report_start(&started_over, naming);
        Some(snapshot)
    }

    /// Ends the session of a guard whose identity was assigned to be nobody's. One that has ended already is
    /// no matter of that guard.
    pub(crate) fn end_assigned(&self, seen: Seen) {
        let ended = self.change(|config, contents| {
            let is_over = contents.is_stale(seen);
            (!is_over).then(|| contents.clear(config, &Changes::default(), seen))
        });
        match ended {
            Some(Some(started_over)) => self.report_start(&started_over, Naming::Silent),
            Some(None) => {}
            None => event::late_ending(&self.config),
        }
    }

    /// Ends the session with this request, whatever its other guards do.
    pub(crate) fn destroy(&self) {
        match self.change(|config, contents| contents.destroy(config)) {
            Some(dropped) => self.report_dropped(&dropped),
            None => event::late_ending(&self.config),
        }
    }

    /// A guard was dropped by a panic.
    pub(crate) fn note_panic(&self) {
        self.change(|_, contents| contents.note_panic());
    }

    fn report(&self, published: &Published) {
        for field in &published.overwritten {
            event::overwritten(&self.config, self.name(*field));
        }
        for field in &published.stale {
            event::stale(&self.config, self.name(*field));
        }
        if published.stale_remember {
            event::stale(&self.config, REMEMBER);
        }
    }

    fn report_login(&self, logged_in: &LoginOutcome) {
        self.report(&logged_in.published);
        if let Some(refused) = logged_in.refused {
            event::login_refused(&self.config, refused.reason());
        }
        for field in &logged_in.lost {
            event::lost_by_login(&self.config, self.name(*field));
        }
        for field in &logged_in.kept {
            event::kept_by_chance(&self.config, self.name(*field));
        }
        self.report_dropped(&logged_in.dropped);
    }

    fn report_start(&self, started_over: &StartedOver, naming: Naming) {
        self.report(&started_over.published);
        if naming == Naming::Loud {
            for field in &started_over.lost {
                event::lost_by_logout(&self.config, self.name(*field));
            }
        }
        self.report_dropped(&started_over.dropped);
    }

    fn report_dropped(&self, dropped: &[FieldId]) {
        for field in dropped {
            event::dropped_by_start(&self.config, self.name(*field));
        }
    }

    fn report_late(&self, changes: &Changes) {
        let written = changes.fields.iter().map(|change| change.field);
        for field in written.chain(changes.touched.iter().copied()) {
            event::late(&self.config, self.name(field));
        }
        if changes.remember.is_some() {
            event::late(&self.config, REMEMBER);
        }
    }

    fn name(&self, field: FieldId) -> &'static str {
        self.config.schema[field].name
    }

    /// `None` after the response was made.
    fn change<R>(&self, change: impl FnOnce(&Config, &mut Contents) -> R) -> Option<R> {
        let mut state = self.lock();
        if state.committed {
            return None;
        }
        let contents = state.contents.as_mut()?;
        Some(change(&self.config, contents))
    }

    /// The response is made, or never will be: what comes now comes too late.
    pub(crate) fn close(&self) {
        self.take_contents();
    }

    /// Takes the contents to commit. The second value is true if the page made the request by itself.
    fn take_contents(&self) -> (Option<Contents>, bool) {
        let mut state = self.lock();
        state.committed = true;
        (state.contents.take(), state.is_background)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // No change is left half done: nothing between lock and unlock panics.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The name in the log of a change that is not one of a field.
const REMEMBER: &str = "Session::remember";

fn outwards(slot: Option<&Arc<Slot>>) -> impl Iterator<Item = &Arc<Slot>> {
    std::iter::successors(slot, |slot| slot.outer.as_ref())
}
