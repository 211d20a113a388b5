//! A session that was asked for: as loaded, and as published since.

use http::HeaderMap;

use super::held::Held;
use super::load;
use super::sealing::{cookie_len, len};
use super::turn::{Turn, is_logout};
use crate::config::Config;
use crate::cookie::MAX_BYTES;
use crate::encoded::{Change, Changes};
use crate::part::{Part, Parts};
use crate::policy::Ending;
use crate::record::{Record, Records};
use crate::status::Status;
use crate::time::Timestamp;
use crate::value::EncodeError;

pub(crate) struct Contents {
    pub(super) parts: Parts<Held>,
    pub(super) ending: Ending,
    /// Somebody logged in who was nobody: the session's `max` starts again.
    pub(super) begins: bool,
    /// Whether it is to survive that the browser is closed.
    pub(super) remembered: bool,
    /// How often the session was started over in this request.
    generation: usize,
    /// Every field that was published, in order; `None` in the place of one that ended with its
    /// session.
    publications: Vec<Option<Publication>>,
}

struct Publication {
    field: usize,
    failure: Option<EncodeError>,
}

/// What a guard is made from.
pub(crate) struct Snapshot {
    pub(crate) records: Parts<Records>,
    pub(crate) status: Status,
    pub(crate) seen: Seen,
}

/// How much of a request a guard has seen.
#[derive(Clone, Copy)]
pub(crate) struct Seen {
    generation: usize,
    publications: usize,
}

/// What became of a guard's changes, in fields.
#[derive(Default)]
pub(super) struct Published {
    /// Another guard's change is lost by this one.
    pub(super) overwritten: Vec<usize>,
    /// Not taken, because the session ended after the guard was taken.
    pub(super) stale: Vec<usize>,
    /// Back at their defaults, because somebody else is logged in now, or nobody.
    pub(super) reset: Vec<usize>,
    /// Not at their defaults in spite of that, because the guard changed them too.
    pub(super) kept: Vec<usize>,
    /// [`Session::remember`](crate::Session::remember) came too late, for the same reason.
    pub(super) stale_remember: bool,
}

impl Contents {
    pub(super) fn load(config: &Config, headers: &HeaderMap) -> Self {
        Self::of(config, load::load(config, headers))
    }

    #[cfg(feature = "test-kit")]
    pub(super) fn load_alone(config: &Config, headers: &HeaderMap) -> Self {
        Self::of(config, load::load_alone(config, headers))
    }

    fn of(config: &Config, parts: Parts<Held>) -> Self {
        let sealed = parts.main.sealed;
        Self {
            ending: Ending::None,
            begins: false,
            remembered: sealed.map_or(config.schema.remember, |sealed| sealed.flags.remembered),
            generation: 0,
            publications: Vec::new(),
            parts,
        }
    }

    #[cfg(feature = "test-kit")]
    pub(super) fn states(&self) -> impl Iterator<Item = crate::status::State> {
        self.parts.iter().map(|(_, held)| held.state)
    }

    pub(super) fn snapshot(&self, config: &Config) -> Snapshot {
        Snapshot {
            records: self.parts.map(|_, held| held.current.clone()),
            status: self.status(config),
            seen: Seen {
                generation: self.generation,
                publications: self.publications.len(),
            },
        }
    }

    fn status(&self, config: &Config) -> Status {
        let main = &self.parts.main;
        let goes_on = main.sealed.filter(|_| !self.begins);
        let times = goes_on.map(|sealed| {
            let lifetime = config.schema.lifetime;
            let end = lifetime.end(sealed.created_at, sealed.renewed_at);
            (sealed.created_at.to_system_time(), end.to_system_time())
        });
        Status {
            state: main.state,
            began: times.map(|(began, _)| began),
            ends: times.map(|(_, ends)| ends),
            remembered: self.remembered,
            bytes_left: MAX_BYTES.saturating_sub(self.taken(config)),
        }
    }

    /// How many bytes are taken: by the main cookie, also before there is one, and by each other that
    /// holds something.
    fn taken(&self, config: &Config) -> usize {
        let all = self.parts.iter();
        let main = &self.parts.main.current;
        let kept = len(config, all.map(|(part, held)| (part, &held.current)));
        if main.is_empty() {
            kept + cookie_len(config, Part::Main, main)
        } else {
            kept
        }
    }

    /// Takes over what a guard changed that has `seen` so much. Guards that changed different
    /// fields all win; for the same field the last one does.
    pub(super) fn publish(&mut self, config: &Config, changes: &Changes, seen: Seen) -> Published {
        let mut published = Published::default();
        let stale = seen.generation < self.generation || self.ending == Ending::Destroyed;
        let conflicting = self.published_since(seen);
        let turn = self.turn(config, changes, stale);
        let before = self.fields_of_the_session(config);
        self.take_turn(config, turn);
        for change in &changes.fields {
            if stale && !self.outlives_endings(config, change.field) {
                if !is_logout(config, change) {
                    published.stale.push(change.field);
                } else if turn == Turn::LogOut && conflicting.contains(&change.field) {
                    // It counts, and who has logged in meanwhile is logged out by it.
                    published.overwritten.push(change.field);
                }
            } else if self.store(config, change) && conflicting.contains(&change.field) {
                published.overwritten.push(change.field);
            }
        }
        if turn.starts_over() {
            let after = self.fields_of_the_session(config);
            let is_changed = |field: &usize| changes.touch(*field);
            (published.kept, published.reset) = before.into_iter().partition(is_changed);
            published.kept.retain(|field| after.contains(field));
        }
        match changes.remember {
            Some(_) if stale => published.stale_remember = true,
            Some(remember) => self.remembered = remember,
            None => {}
        }
        published
    }

    /// The fields that were published since a guard was taken.
    fn published_since(&self, seen: Seen) -> Vec<usize> {
        let unseen = self.publications.get(seen.publications..);
        let unseen = unseen.unwrap_or_default().iter().flatten();
        unseen.map(|publication| publication.field).collect()
    }

    /// Whether what a guard changed counts after the session ended that it has seen.
    fn outlives_endings(&self, config: &Config, field: usize) -> bool {
        let part = config.schema.part_of(field);
        part.is_some_and(|part| !self.ending.ends(part))
    }

    /// Whether the field has another value than before.
    fn store(&mut self, config: &Config, change: &Change) -> bool {
        self.publications.push(Some(Publication {
            field: change.field,
            failure: change.value.as_ref().err().copied(),
        }));
        let (Some(field), Ok(value)) = (config.schema.fields.get(change.field), &change.value)
        else {
            return true;
        };
        let Some(held) = self.parts.get_mut(field.part) else {
            return true;
        };
        let record = (*value != field.default).then(|| Record {
            tag: field.tag,
            // Counted from the commit on, see `settle_deadlines`.
            deadline: None,
            value: value.clone(),
        });
        let before = held.current.get(field.tag).map(|record| &record.value);
        let differs = before != record.as_ref().map(|record| &record.value);
        match record {
            Some(record) => held.current.set(record),
            None => held.current.remove(field.tag),
        }
        held.current.remove_all(field.aliases);
        differs
    }

    /// The session starts over: nothing that guards taken before this publish counts, but for what
    /// the browser keeps and a logout.
    pub(super) fn clear(&mut self, config: &Config) {
        self.start_over(config, Ending::Cleared);
    }

    pub(super) fn destroy(&mut self, config: &Config) {
        self.start_over(config, Ending::Destroyed);
    }

    /// Ends what ends with `ending`.
    pub(super) fn start_over(&mut self, config: &Config, ending: Ending) {
        self.ending = self.ending.max(ending);
        self.generation += 1;
        self.begins = false;
        self.remembered = config.schema.remember;
        for part in Part::ALL.into_iter().filter(|part| ending.ends(*part)) {
            self.start_part_over(config, part);
        }
    }

    fn start_part_over(&mut self, config: &Config, part: Part) {
        if let Some(held) = self.parts.get_mut(part) {
            held.start_over();
        }
        self.forget_publications(config, part);
    }

    fn forget_publications(&mut self, config: &Config, part: Part) {
        for publication in &mut self.publications {
            publication.take_if(|it| config.schema.part_of(it.field) == Some(part));
        }
    }

    /// Nobody saw the response, so what it showed is to be shown again.
    pub(super) fn leave_flash_as_it_was(&mut self, config: &Config) {
        if let Some(flash) = &mut self.parts.flash {
            flash.current = flash.loaded.clone();
            self.forget_publications(config, Part::Flash);
        }
    }

    /// Gives every published field its deadline: the old one if it has its old value again, so that
    /// an equal value is no change, or else one that is counted from `now` on.
    pub(super) fn settle_deadlines(&mut self, config: &Config, now: Timestamp) {
        for publication in self.publications.iter().flatten() {
            let Some(field) = config.schema.fields.get(publication.field) else {
                continue;
            };
            let Some(held) = self.parts.get_mut(field.part) else {
                continue;
            };
            let Some(published) = held.current.get(field.tag) else {
                continue;
            };
            let record = match field.record_in(&held.loaded) {
                Some(loaded) if loaded.value == published.value => Record {
                    tag: field.tag,
                    ..loaded.clone()
                },
                _ => Record {
                    deadline: field.ttl.map(|seconds| now.plus(seconds)),
                    ..published.clone()
                },
            };
            held.current.set(record);
        }
    }

    /// A field whose last change cannot be stored.
    pub(super) fn failure(&self) -> Option<(usize, EncodeError)> {
        let publications = || self.publications.iter().flatten().enumerate();
        let is_last = |at: usize, field: usize| {
            let mut later = publications().skip(at + 1);
            later.all(|(_, publication)| publication.field != field)
        };
        publications().find_map(|(at, publication)| {
            let failure = publication.failure?;
            is_last(at, publication.field).then_some((publication.field, failure))
        })
    }
}
