//! Where one request keeps one session: what it carried and what its guards published.
//!
//! The lock is held for moments, and never while code of the application runs.

mod commit;
mod contents;
mod held;
mod load;
mod sealing;
mod turn;
mod upkeep;
#[cfg(test)]
mod vectors;

use std::any::TypeId;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http::{Extensions, HeaderMap};

pub(crate) use self::commit::{Answer, Commit};
use self::contents::Published;
pub(crate) use self::contents::{Contents, Seen, Snapshot};
use crate::config::Config;
use crate::encoded::Changes;
use crate::event;

pub(crate) struct Slot {
    pub(crate) config: Arc<Config>,
    /// The slot of the next session type outwards.
    outer: Option<Arc<Slot>>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// `None` until somebody extracts the session.
    contents: Option<Contents>,
    /// The response head is made: what comes now comes too late.
    committed: bool,
}

/// The innermost slot of a request, the one entry that layers keep in its extensions.
#[derive(Clone)]
struct Innermost(Arc<Slot>);

/// What a layer finds when a request comes in.
pub(crate) enum Entered {
    /// Nobody keeps this session yet, so this layer does.
    New(Arc<Slot>),
    /// A layer of the same type further out keeps it.
    Already,
    /// Another session type further out uses the same cookie name.
    NameTaken { by: &'static str },
}

impl Slot {
    pub(crate) fn enter(extensions: &mut Extensions, config: &Arc<Config>) -> Entered {
        let outer = extensions.get::<Innermost>().map(|slot| slot.0.clone());
        for slot in outwards(outer.as_ref()) {
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
            state: Mutex::default(),
        });
        extensions.insert(Innermost(slot.clone()));
        Entered::New(slot)
    }

    pub(crate) fn find(extensions: &Extensions, type_id: TypeId) -> Option<Arc<Self>> {
        let innermost = extensions.get::<Innermost>().map(|slot| &slot.0);
        let mut slots = outwards(innermost);
        slots
            .find(|slot| slot.config.schema.type_id == type_id)
            .cloned()
    }

    /// The session as it stands, opened from the request's cookies the first time.
    pub(crate) fn snapshot(&self, headers: &HeaderMap) -> Snapshot {
        if let Some(snapshot) = self.current() {
            return snapshot;
        }
        let loaded = Contents::load(&self.config, headers);
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
    pub(crate) fn open_alone(&self, headers: &HeaderMap) {
        let loaded = Contents::load_alone(&self.config, headers);
        self.lock().contents.get_or_insert(loaded);
    }

    /// What each part was found to be.
    #[cfg(feature = "test-kit")]
    pub(crate) fn states(&self) -> Vec<crate::status::State> {
        let state = self.lock();
        let contents = state.contents.as_ref();
        contents.map_or_else(Vec::new, |contents| contents.states().collect())
    }

    /// How the session was ended so far.
    #[cfg(feature = "test-kit")]
    pub(crate) fn ending(&self) -> crate::policy::Ending {
        let state = self.lock();
        let contents = state.contents.as_ref();
        contents.map_or(crate::policy::Ending::None, |contents| contents.ending)
    }

    /// Takes over what a guard changed.
    pub(crate) fn publish(&self, changes: &Changes, seen: Seen) {
        let published = self.change(|config, contents| contents.publish(config, changes, seen));
        match published {
            Some(published) => self.report(&published),
            None => self.report_late(changes),
        }
    }

    fn report(&self, published: &Published) {
        let config = &self.config;
        let name = |field: &usize| config.schema.field_name(*field);
        for field in &published.overwritten {
            event::overwritten(config, name(field));
        }
        for field in &published.stale {
            event::stale(config, name(field));
        }
        for field in &published.reset {
            event::reset(config, name(field));
        }
        for field in &published.kept {
            event::kept(config, name(field));
        }
        if published.stale_remember {
            event::stale(config, REMEMBER);
        }
    }

    fn report_late(&self, changes: &Changes) {
        for change in &changes.fields {
            event::late(&self.config, self.config.schema.field_name(change.field));
        }
        if changes.remember.is_some() {
            event::late(&self.config, REMEMBER);
        }
    }

    /// Starts the session over. Of guards taken before only what the browser keeps counts, and a
    /// logout.
    pub(crate) fn clear(&self) -> Option<Snapshot> {
        self.end(|config, contents| {
            contents.clear(config);
            contents.snapshot(config)
        })
    }

    /// Ends the session with this request, whatever its other guards do.
    pub(crate) fn destroy(&self) {
        self.end(|config, contents| contents.destroy(config));
    }

    fn end<R>(&self, end: impl FnOnce(&Config, &mut Contents) -> R) -> Option<R> {
        let ended = self.change(end);
        if ended.is_none() {
            event::late_ending(&self.config);
        }
        ended
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
    pub(crate) fn close(&self) -> Option<Contents> {
        let mut state = self.lock();
        state.committed = true;
        state.contents.take()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // No change is left half done: nothing between lock and unlock panics.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the log calls a change that is none of a field.
const REMEMBER: &str = "Session::remember";

fn outwards(slot: Option<&Arc<Slot>>) -> impl Iterator<Item = &Arc<Slot>> {
    std::iter::successors(slot, |slot| slot.outer.as_ref())
}
