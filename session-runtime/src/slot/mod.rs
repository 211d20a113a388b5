//! Where one request keeps one session: what it carried and what its guards published.
//!
//! The lock is held for moments, and never while code of the application runs.

mod commit;
mod contents;

use std::any::TypeId;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http::{Extensions, HeaderMap};

pub(crate) use self::commit::{Commit, SaveError};
pub(crate) use self::contents::{Contents, Snapshot};
use crate::config::Config;
use crate::encoded::Change;
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
            if slot.config.cookie_name == config.cookie_name {
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
        if let Some(contents) = &self.lock().contents {
            return contents.snapshot();
        }
        let loaded = Contents::load(&self.config, headers);
        self.lock().contents.get_or_insert(loaded).snapshot()
    }

    /// Takes over what a guard changed that has `seen` that many publications. Guards that changed
    /// different fields all win; for the same field the last one does.
    pub(crate) fn publish(&self, changes: &[Change], seen: usize) {
        let published = self.lock().publish(&self.config, changes, seen);
        let name = |field: usize| self.config.schema.field_name(field);
        match published {
            Published::Taken { overwritten } => overwritten
                .into_iter()
                .for_each(|field| event::overwritten(&self.config, name(field))),
            Published::Destroyed => changes
                .iter()
                .for_each(|change| event::destroyed_before(&self.config, name(change.field))),
            Published::Late => changes
                .iter()
                .for_each(|change| event::late(&self.config, name(change.field))),
        }
    }

    /// Ends the session with this request, whatever its other guards do.
    pub(crate) fn destroy(&self) {
        let mut state = self.lock();
        let late = state.committed;
        if let Some(contents) = &mut state.contents {
            contents.destroyed = true;
        }
        drop(state);
        if late {
            event::late_destroy(&self.config);
        }
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

enum Published {
    Taken { overwritten: Vec<usize> },
    Destroyed,
    Late,
}

impl State {
    fn publish(&mut self, config: &Config, changes: &[Change], seen: usize) -> Published {
        match &mut self.contents {
            Some(contents) if contents.destroyed => Published::Destroyed,
            Some(contents) if !self.committed => Published::Taken {
                overwritten: contents.publish(config, changes, seen),
            },
            _ => Published::Late,
        }
    }
}

fn outwards(slot: Option<&Arc<Slot>>) -> impl Iterator<Item = &Arc<Slot>> {
    std::iter::successors(slot, |slot| slot.outer.as_ref())
}
