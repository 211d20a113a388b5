//! A session that was asked for: as loaded, and as published since.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use http::HeaderValue;

use super::held::Held;
use super::load;
use super::sealing::{cookie_len, limit};
use crate::config::Config;
use crate::data::FieldId;
use crate::encoded::{Change, Changes};
use crate::ending::Ending;
use crate::info::{SessionInfo, SessionState};
use crate::part::{Part, Parts};
use crate::record::{Record, Records};
use crate::time::Timestamp;
use crate::token::{Flags, LoginId, Plaintext};
use crate::value::EncodeError;

pub(crate) struct Contents {
    pub(super) parts: Parts<Held>,
    pub(super) ending: Ending,
    /// A user logged in, and nobody has logged out since: the session's `max` starts again.
    pub(super) begins: bool,
    /// The login that the session is in, if a user is logged in.
    pub(super) login: Option<LoginId>,
    /// True if the session is to survive closing the browser.
    pub(super) remembered: bool,
    /// The value that this request gave to [`Session::remember`](crate::Session::remember) since
    /// the session last started over.
    pub(super) says_remember: Option<bool>,
    /// The session before it expired. It is set when a page asks; `None` if there is nothing to tell.
    told: Option<Arc<AtomicBool>>,
    pub(super) panicked: Panicked,
    /// The number of times that the session was started over in this request.
    generation: usize,
    /// Every field that was published, in order; `None` in the place of one that ended with its
    /// session.
    publications: Vec<Option<Publication>>,
}

struct Publication {
    field: FieldId,
    failure: Option<EncodeError>,
    /// The field's time starts again, and its value stays as it is.
    restarts: bool,
}

/// The work that a panic has left unfinished in this request, as far as a guard was there to see the panic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Panicked {
    Never,
    /// Somewhere.
    Somewhere,
    /// Between a login and what belongs to it.
    AfterLogin,
}

/// The state of a session that a guard is made from.
pub(crate) struct Snapshot {
    pub(crate) records: Parts<Records>,
    pub(crate) info: SessionInfo,
    pub(crate) seen: Seen,
}

/// The point up to which a guard has seen the request.
#[derive(Clone, Copy)]
pub(crate) struct Seen {
    generation: usize,
    publications: usize,
}

impl Seen {
    /// Returns the point up to which a guard has seen the request, for a guard that goes on after a
    /// session which has ended.
    pub(crate) fn of_ended(self, ended: Self) -> Self {
        Self {
            generation: ended.generation,
            ..self
        }
    }
}

/// The outcome of publishing a guard's changes, as lists of fields.
#[derive(Default)]
pub(super) struct Published {
    /// Another guard's change is lost by this one.
    pub(super) overwritten: Vec<FieldId>,
    /// Not taken, because the session ended after the guard was taken.
    pub(super) stale: Vec<FieldId>,
    /// [`Session::remember`](crate::Session::remember) came too late, for the same reason.
    pub(super) stale_remember: bool,
}

impl Contents {
    pub(super) fn load(config: &Config, cookies: &[HeaderValue]) -> Self {
        Self::of(config, load::load(config, cookies))
    }

    #[cfg(feature = "test-kit")]
    pub(super) fn load_alone(config: &Config, cookies: &[HeaderValue]) -> Self {
        Self::of(config, load::load_alone(config, cookies))
    }

    fn of(config: &Config, parts: Parts<Held>) -> Self {
        let flags = parts.main.sealed.map(|sealed| sealed.flags);
        let is_untold = parts.main.state == SessionState::Expired;
        Self {
            ending: Ending::None,
            begins: false,
            login: parts.main.login(),
            remembered: flags.map_or(config.schema.remember, |flags| flags.remembered),
            says_remember: None,
            told: is_untold.then(Arc::default),
            panicked: Panicked::Never,
            generation: 0,
            publications: Vec::new(),
            parts,
        }
    }

    #[cfg(feature = "test-kit")]
    pub(super) fn states(&self) -> impl Iterator<Item = SessionState> {
        self.parts.iter().map(|(_, held)| match held.sealed {
            Some(_) => SessionState::Active,
            None => held.state,
        })
    }

    pub(super) fn snapshot(&self, config: &Config) -> Snapshot {
        Snapshot {
            records: self.parts.map(|_, held| held.current.clone()),
            info: self.info(config),
            seen: Seen {
                generation: self.generation,
                publications: self.publications.len(),
            },
        }
    }

    fn info(&self, config: &Config) -> SessionInfo {
        let main = &self.parts.main;
        let goes_on = main.sealed.filter(|_| !self.begins);
        let times = goes_on.map(|sealed| {
            let lifetime = config.schema.lifetime;
            let end = lifetime.end(sealed.created_at, sealed.renewed_at);
            (sealed.created_at.to_system_time(), end.to_system_time())
        });
        SessionInfo {
            state: main.state,
            began: times.map(|(began, _)| began),
            ends: times.map(|(_, ends)| ends),
            remembered: self.remembered,
            bytes_left: limit(config, main.user.is_some()).saturating_sub(self.taken(config)),
            told: self.told.clone(),
        }
    }

    /// Returns the number of bytes that are taken. The main cookie counts also before there is one.
    /// Each other cookie counts if it holds something.
    fn taken(&self, config: &Config) -> usize {
        let all = self.parts.iter();
        let main = &self.parts.main.current;
        let cookie_len = |part, records: &Records| {
            cookie_len(
                config,
                part,
                Plaintext::sealed_len_of(records, self.login(config, part), None),
            )
        };
        let kept = all.filter(|(_, held)| !held.current.is_empty());
        let kept: usize = kept
            .map(|(part, held)| cookie_len(part, &held.current))
            .sum();
        if main.is_empty() {
            kept + cookie_len(Part::Main, main)
        } else {
            kept
        }
    }

    /// Takes over what a guard changed that has `seen` so much. Guards that changed different
    /// fields all win; for the same field the last one does.
    pub(super) fn publish(&mut self, config: &Config, changes: &Changes, seen: Seen) -> Published {
        let mut published = Published::default();
        let is_stale = self.is_stale(seen);
        let conflicting = self.published_since(seen);
        for change in &changes.fields {
            if is_stale && !self.outlives_endings(config, change.field) {
                published.stale.push(change.field);
                continue;
            }
            self.store(config, change);
            // Also where both values are equal: each guard may have counted one up.
            if conflicting.contains(&change.field) {
                published.overwritten.push(change.field);
            }
        }
        for &field in &changes.touched {
            if is_stale && !self.outlives_endings(config, field) {
                published.stale.push(field);
            } else {
                self.publications.push(Some(Publication {
                    field,
                    failure: None,
                    restarts: true,
                }));
            }
        }
        match changes.remember {
            Some(_) if is_stale => published.stale_remember = true,
            Some(remember) => self.remember(remember),
            None => {}
        }
        published
    }

    pub(super) fn remember(&mut self, remember: bool) {
        self.remembered = remember;
        self.says_remember = Some(remember);
    }

    /// Returns true if the session ended after a guard was taken that has seen the request up to `seen`.
    pub(super) fn is_stale(&self, seen: Seen) -> bool {
        seen.generation < self.generation || self.ending == Ending::Destroyed
    }

    /// The fields that were published since a guard was taken.
    fn published_since(&self, seen: Seen) -> Vec<FieldId> {
        let unseen = self.publications.get(seen.publications..);
        let unseen = unseen.unwrap_or_default().iter().flatten();
        let changes = unseen.filter(|publication| !publication.restarts);
        changes.map(|publication| publication.field).collect()
    }

    /// Returns true if a guard's change to `field` counts, although the session that the guard has
    /// seen ended.
    fn outlives_endings(&self, config: &Config, field: FieldId) -> bool {
        !config.schema[field].part.is_ended_by(self.ending)
    }

    pub(super) fn store(&mut self, config: &Config, change: &Change) {
        self.publications.push(Some(Publication {
            field: change.field,
            failure: change.value.as_ref().err().copied(),
            restarts: false,
        }));
        let field = &config.schema[change.field];
        let Ok(value) = &change.value else {
            return;
        };
        let Some(held) = self.parts.get_mut(field.part) else {
            return;
        };
        if *value == field.default {
            held.current.remove(field.tag);
        } else {
            held.current.set(Record {
                tag: field.tag,
                // Counted from the commit on, see `settle_deadlines`.
                deadline: None,
                value: value.clone(),
            });
        }
        held.current.remove_all(field.aliases);
    }

    /// Ends what ends with `ending`, and begins anew. Returns the fields that were published in this
    /// request and are gone with it.
    pub(super) fn start_over(&mut self, config: &Config, ending: Ending) -> Vec<FieldId> {
        self.ending = self.ending.max(ending);
        self.generation += 1;
        self.begins = false;
        self.login = None;
        self.remembered = config.schema.remember;
        self.says_remember = None;
        self.told = None;
        let ended = Part::ALL
            .into_iter()
            .filter(|part| part.is_ended_by(ending));
        let mut dropped: Vec<FieldId> = ended
            .flat_map(|part| self.start_part_over(config, part))
            .collect();
        dropped.sort_unstable();
        dropped.dedup();
        dropped
    }

    fn start_part_over(&mut self, config: &Config, part: Part) -> Vec<FieldId> {
        if let Some(held) = self.parts.get_mut(part) {
            held.start_over();
        }
        self.forget_publications(config, part)
    }

    fn forget_publications(&mut self, config: &Config, part: Part) -> Vec<FieldId> {
        let of_part = |publication: &mut Publication| config.schema[publication.field].part == part;
        let all = self.publications.iter_mut();
        let forgotten = all.filter_map(|publication| publication.take_if(of_part));
        forgotten.map(|publication| publication.field).collect()
    }

    /// Nobody saw the response, so what it showed is to be shown again.
    pub(super) fn leave_flash_as_it_was(&mut self, config: &Config) {
        if let Some(flash) = &mut self.parts.flash {
            flash.current = flash.loaded.clone();
            self.forget_publications(config, Part::Flash);
        }
    }

    /// Notes that a panic dropped a guard. A panic after a login leaves the work of more than one
    /// guard unfinished, so it does not matter which guard calls this.
    pub(super) fn note_panic(&mut self) {
        self.panicked = if self.begins {
            Panicked::AfterLogin
        } else {
            self.panicked.max(Panicked::Somewhere)
        };
    }

    /// After a login it is no news that a session before it had expired.
    pub(super) fn forget_expiry(&mut self) {
        self.told = None;
        let main = &mut self.parts.main;
        if main.state == SessionState::Expired {
            main.state = match main.sealed {
                Some(_) => SessionState::Active,
                None => SessionState::New,
            };
        }
    }

    /// Nobody saw the response, so what a page may have said about the expiry is to be said again.
    pub(super) fn nothing_was_told(&mut self) {
        if self.told.is_some() {
            self.told = Some(Arc::default());
        }
    }

    /// Returns true if a page asked, and knows by now that the session before had expired.
    pub(super) fn is_told(&self) -> bool {
        let told = self.told.as_ref();
        told.is_some_and(|told| told.load(Ordering::Relaxed))
    }

    /// Gives every published field its deadline: the old one if it has its old value again, so that
    /// an equal value is no change, or else one that is counted from `now` on.
    pub(super) fn settle_deadlines(&mut self, config: &Config, now: Timestamp) {
        for publication in self.publications.iter().flatten() {
            let restarts = restarts(&self.publications, publication.field);
            let field = &config.schema[publication.field];
            let Some(held) = self.parts.get_mut(field.part) else {
                continue;
            };
            // A field that was only touched may stand under an alias, and stays there.
            let Some(published) = field.record_in(&held.current) else {
                continue;
            };
            let record = match field.record_in(&held.loaded) {
                Some(loaded) if loaded.value == published.value && !restarts => Record {
                    tag: published.tag,
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

    /// The fields of these parts that were published, in the order of the struct.
    pub(super) fn published_in(&self, config: &Config, parts: &[Part]) -> Vec<FieldId> {
        let is_wanted = |field: &FieldId| parts.contains(&config.schema[*field].part);
        let published = self.publications.iter().flatten();
        let published = published.map(|publication| publication.field);
        let identity = config.schema.identity.filter(|_| self.begins);
        let user = identity.map(|identity| identity.field);
        let mut fields: Vec<FieldId> = published.chain(user).filter(is_wanted).collect();
        fields.sort_unstable();
        fields.dedup();
        fields
    }

    /// Returns true if [`Session::remember`](crate::Session::remember) made a difference.
    pub(super) fn is_remembered_anew(&self, config: &Config) -> bool {
        let sealed = self.parts.main.sealed.map(|sealed| sealed.flags.remembered);
        self.remembered != sealed.unwrap_or(config.schema.remember)
    }

    /// Returns the flags that are sealed beside the fields.
    pub(super) fn flags(&self, part: Part) -> Flags {
        let is_main = part == Part::Main;
        Flags {
            remembered: is_main && self.remembered,
            untold: is_main && self.told.is_some() && !self.is_told(),
        }
    }

    /// The login that a part is sealed in. A release without an identity keeps what it was told, as
    /// long as there is something to keep.
    pub(super) fn login(&self, config: &Config, part: Part) -> Option<LoginId> {
        let main = &self.parts.main;
        let is_somebodys = match config.schema.identity {
            Some(_) => main.user.is_some(),
            None => !main.current.is_empty(),
        };
        self.login.filter(|_| is_somebodys && part != Part::Browser)
    }

    /// A field whose last change cannot be stored.
    pub(super) fn failure(&self) -> Option<(FieldId, EncodeError)> {
        let publications = || self.publications.iter().flatten().enumerate();
        let is_last = |at: usize, field: FieldId| {
            let mut later = publications().skip(at + 1);
            later.all(|(_, publication)| publication.field != field)
        };
        publications().find_map(|(at, publication)| {
            let failure = publication.failure?;
            is_last(at, publication.field).then_some((publication.field, failure))
        })
    }
}

/// A number of its own for each login. Without randomness nothing can be sealed, and so neither this.
pub(super) fn new_login() -> LoginId {
    let mut login = LoginId::default();
    let _ = getrandom::fill(&mut login.0);
    login
}

/// Returns true if a field's time starts again even if its value is the one that was loaded.
fn restarts(publications: &[Option<Publication>], field: FieldId) -> bool {
    let mut all = publications.iter().flatten();
    all.any(|publication| publication.field == field && publication.restarts)
}
