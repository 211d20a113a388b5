//! A session that was asked for: as loaded, and as published since.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use http::HeaderValue;

use super::load::{self, Found, LoadError};
use super::outcome::{LoggedIn, Published, Refused, StartedOver};
use super::part_state::PartState;
use super::publications::{Publications, Version};
use super::room::Room;
#[cfg(feature = "stored")]
use super::row::RowState;
use crate::config::Config;
use crate::data::FieldId;
use crate::encoded::{Change, Changes};
use crate::ending::Ending;
use crate::event::{self, REMEMBER, RENEW};
use crate::info::{SessionInfo, SessionState};
use crate::part::{Part, Parts};
use crate::record::{Edit, Records};
use crate::time::Timestamp;
use crate::token::{Flags, LoginId, Plaintext, random};
use crate::value::EncodeError;

#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub(crate) struct OpenSession {
    config: Arc<Config>,
    parts: Parts<PartState>,
    /// The row of the store that the request named, in a box: a session in its cookie has none.
    #[cfg(feature = "stored")]
    row: Option<Box<RowState>>,
    /// The user of that row.
    #[cfg(feature = "stored")]
    loaded_user: Option<Bytes>,
    ending: Ending,
    /// The user who is logged in, as this release stores the user.
    user: Option<Bytes>,
    /// The login that the session is in.
    login: Option<LoginId>,
    /// A user logged in, and nobody has logged out since: the session's `max` starts again.
    login_began: bool,
    /// True if the session is to survive closing the browser.
    remembered: bool,
    /// The value that this request gave to [`Session::remember`](crate::Session::remember) since
    /// its last login, or since the session last started over.
    says_remember: Option<bool>,
    /// The session before it expired, or the application has ended it. It is set when a page asks; `None` if there is
    /// nothing to tell.
    told: Option<Arc<AtomicBool>>,
    panicked: Panicked,
    /// The session is to get another ticket.
    renews: bool,
    /// The page made the request by itself, so it is no use of the session.
    is_background: bool,
    publications: Publications,
    /// The version with which the session last started over.
    began_at: Version,
}

/// The work that a panic has left unfinished in this request, as far as a guard was there to see the panic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Panicked {
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

/// The part of a request that a guard has seen.
#[derive(Clone, Copy)]
pub(crate) struct Seen {
    /// The last version that it knows.
    version: Version,
    /// The session that it belongs to, by the version with which that session began. A guard of a session
    /// that has ended is stale.
    session: Version,
}

impl Seen {
    /// The same for a guard that goes on after its session has `ended`.
    pub(crate) fn of_ended(self, ended: Self) -> Self {
        Self {
            session: ended.session,
            ..self
        }
    }
}

/// A user who is to be logged in by a guard.
pub(crate) struct Login {
    /// As this release stores the user.
    pub(crate) user: Result<Bytes, EncodeError>,
    /// Whom the guard shows.
    pub(crate) shown: Option<Bytes>,
}

/// The changes of a guard, with what it has seen and the time at which it publishes them.
#[derive(Clone, Copy)]
pub(super) struct Writing<'a> {
    pub(super) changes: &'a Changes,
    pub(super) seen: Seen,
    pub(super) now: Timestamp,
}

impl OpenSession {
    pub(super) async fn load(
        config: &Arc<Config>,
        cookies: &[HeaderValue],
    ) -> Result<Box<Self>, LoadError> {
        let found = load::load(config, cookies).await?;
        Ok(Self::new(config.clone(), found))
    }

    #[cfg(feature = "test-kit")]
    pub(super) async fn load_alone(
        config: &Arc<Config>,
        cookies: &[HeaderValue],
    ) -> Result<Box<Self>, LoadError> {
        let found = load::load_alone(config, cookies).await?;
        Ok(Self::new(config.clone(), found))
    }

    /// In a box, because it is handed on from a request's extractor to its response.
    fn new(config: Arc<Config>, found: Found) -> Box<Self> {
        let main = &found.parts.main;
        let flags = main.sealed().map(|sealed| sealed.flags);
        let is_untold = match flags {
            Some(flags) => flags.untold,
            None => main.state() == SessionState::Expired || found.is_ended_by_application(),
        };
        let session = Box::new(Self {
            #[cfg(feature = "stored")]
            row: found.row,
            #[cfg(feature = "stored")]
            loaded_user: found.user.clone(),
            ending: Ending::None,
            user: found.user,
            login: found.login,
            login_began: false,
            remembered: flags.map_or(config.schema.remember, |flags| flags.remembered),
            says_remember: None,
            told: is_untold.then(Arc::default),
            panicked: Panicked::Never,
            renews: false,
            is_background: false,
            publications: Publications::default(),
            began_at: Version::default(),
            parts: found.parts,
            config,
        });
        event::loaded(&session.config, session.state());
        session
    }

    #[cfg(feature = "stored")]
    pub(super) fn row(&self) -> Option<&RowState> {
        self.row.as_deref()
    }

    #[cfg(feature = "stored")]
    pub(super) fn loaded_user(&self) -> Option<&Bytes> {
        self.loaded_user.as_ref()
    }

    #[cfg(feature = "stored")]
    pub(super) fn user(&self) -> Option<&Bytes> {
        self.user.as_ref()
    }

    pub(super) fn config(&self) -> &Arc<Config> {
        &self.config
    }

    pub(super) fn room(&self) -> Room<'_> {
        Room {
            config: &self.config,
            is_main_in_row: self.is_main_in_row(),
        }
    }

    #[cfg(feature = "stored")]
    fn is_main_in_row(&self) -> bool {
        let row = self.row_that_goes_on();
        let has_row = row.is_some_and(|row| row.standing.has_row() || self.renews);
        self.config.is_stored() && (has_row || !self.config.keeps_sessions_in_cookies())
    }

    #[cfg(not(feature = "stored"))]
    #[expect(clippy::unused_self, reason = "as with a store")]
    fn is_main_in_row(&self) -> bool {
        false
    }

    pub(super) fn parts(&self) -> &Parts<PartState> {
        &self.parts
    }

    pub(super) fn is_background(&self) -> bool {
        self.is_background
    }

    pub(super) fn panicked(&self) -> Panicked {
        self.panicked
    }

    pub(super) fn login_began(&self) -> bool {
        self.login_began
    }

    /// Returns true if the response gives a stored session another ticket, also where all else is as it was: a login may
    /// come in the second of the one before.
    pub(super) fn gets_another_ticket(&self) -> bool {
        self.renews || (self.login_began && self.config.is_stored())
    }

    pub(super) fn renews(&self) -> bool {
        self.renews
    }

    #[cfg(feature = "stored")]
    pub(super) fn set_renews(&mut self) {
        self.renews = true;
    }

    pub(super) fn ending(&self) -> Ending {
        self.ending
    }

    pub(super) fn snapshot(&self) -> Snapshot {
        Snapshot {
            records: self.parts.map(|_, part| part.current().clone()),
            info: self.info(),
            seen: Seen {
                version: self.publications.latest(),
                session: self.began_at,
            },
        }
    }

    fn info(&self) -> SessionInfo {
        let goes_on = self.parts.main.sealed().filter(|_| !self.login_began);
        let times = goes_on.map(|sealed| {
            let lifetime = self.config.schema.lifetime;
            let end = lifetime.end(sealed.created_at, sealed.renewed_at);
            (sealed.created_at.to_system_time(), end.to_system_time())
        });
        SessionInfo {
            state: self.state(),
            began: times.map(|(began, _)| began),
            ends: times.map(|(_, ends)| ends),
            remembered: self.remembered,
            bytes_left: self.bytes_left(),
            told: self.told.clone(),
            #[cfg(feature = "stored")]
            row: self.row_that_goes_on().map(|row| row.key),
            #[cfg(feature = "stored")]
            why_ended: self.row().and_then(|row| row.why_ended),
        }
    }

    /// A session that begins after one which has expired is `Expired` until a page has said so.
    fn state(&self) -> SessionState {
        match self.parts.main.state() {
            SessionState::Ended => SessionState::Ended,
            _ if self.told.is_some() => SessionState::Expired,
            SessionState::Expired => SessionState::New,
            state => state,
        }
    }

    fn bytes_left(&self) -> usize {
        let room = self.room();
        let is_somebodys = self.user.is_some();
        if room.is_main_in_row {
            let taken = self.parts.main.current().as_bytes().len();
            room.row_limit(is_somebodys).saturating_sub(taken)
        } else {
            let left = room.limit(is_somebodys).saturating_sub(self.taken(room));
            left.min(self.bytes_left_of_browser(room))
        }
    }

    fn bytes_left_of_browser(&self, room: Room<'_>) -> usize {
        self.parts.browser.as_ref().map_or(usize::MAX, |browser| {
            let taken = self.taken_by(Part::Browser, browser, room);
            room.browser_limit().saturating_sub(taken)
        })
    }

    /// Returns the number of bytes that are taken. The main cookie counts also before there is one.
    /// Each other cookie counts if it holds something.
    fn taken(&self, room: Room<'_>) -> usize {
        let all = self.parts.iter();
        all.map(|(part, state)| self.taken_by(part, state, room))
            .sum()
    }

    fn taken_by(&self, part: Part, state: &PartState, room: Room<'_>) -> usize {
        let records = state.current();
        if part == Part::Main || !records.is_empty() {
            room.cookie_len(part, records, self.login_of(part), None)
        } else {
            0
        }
    }

    /// Takes over what a guard changed. Guards that changed different fields all win; for the same
    /// field the last one does.
    pub(super) fn publish(&mut self, writing: Writing<'_>) -> Published {
        let Writing { changes, seen, now } = writing;
        let mut published = Published::default();
        let mut edits = Parts::<Vec<Edit>>::default();
        for change in &changes.fields {
            if self.is_stale_for(change.field, seen) {
                published.stale.push(change.field);
                continue;
            }
            // Also where both values are equal: each guard may have counted one up.
            let meets_another = self
                .publications
                .has_changed_since(change.field, seen.version);
            let merged = meets_another.then(|| self.merged(change)).flatten();
            if meets_another && merged.is_none() {
                published.overwritten.push(change.field);
            }
            if self.drops_a_new_item(change) {
                published.without_new_item.push(change.field);
            }
            self.note_change(merged.as_ref().unwrap_or(change), now, &mut edits);
        }
        self.edit(edits);
        for &field in &changes.touched {
            if self.is_stale_for(field, seen) {
                published.stale.push(field);
            } else {
                self.touch(field, now);
            }
        }
        match changes.remember {
            Some(_) if self.is_stale(seen) => published.stale_remember = true,
            Some(remember) => self.remember(remember),
            None => {}
        }
        published
    }

    /// Returns true if the session ended of a guard that has `seen` so much.
    pub(super) fn is_stale(&self, seen: Seen) -> bool {
        seen.session < self.began_at || self.ending == Ending::Destroyed
    }

    /// Returns true if such a guard can no longer change the field.
    fn is_stale_for(&self, field: FieldId, seen: Seen) -> bool {
        let part = self.config.schema[field].part;
        self.is_stale(seen) && part.is_ended_by(self.ending)
    }

    /// The change of a guard merged with what other guards have published. `None` if the field merges no changes, or
    /// not this one.
    fn merged(&self, change: &Change) -> Option<Change> {
        let field = &self.config.schema[change.field];
        let (before, after) = (change.before.as_ref()?, change.value.as_ref().ok()?);
        let difference = field.merge?.difference(before, after)?;
        let published = field.value_in(self.parts.get(field.part)?.current());
        Some(Change {
            value: Ok(difference.apply(&published)?),
            ..change.clone()
        })
    }

    fn drops_a_new_item(&self, change: &Change) -> bool {
        let merge = self.config.schema[change.field].merge;
        match (merge, &change.before, &change.value) {
            (Some(merge), Some(before), Ok(after)) => merge.drops_a_new_item(before, after),
            _ => false,
        }
    }

    /// Notes that a field has another value, and what is to be edited for it.
    fn note_change(&mut self, change: &Change, now: Timestamp, edits: &mut Parts<Vec<Edit>>) {
        let failure = change.value.as_ref().err().copied();
        self.publications.note_change(change.field, failure);
        let field = &self.config.schema[change.field];
        let starts_again = self.publications.was_touched(change.field);
        if let (Some(part), Ok(value)) = (self.parts.get(field.part), &change.value) {
            let value = field.merge.map_or(value.clone(), |merge| merge.kept(value));
            let edits = edits.get_or_default(field.part);
            edits.extend(part.edits(field, value, starts_again, now));
        }
    }

    fn edit(&mut self, edits: Parts<Vec<Edit>>) {
        edits.into_map(|part, edits| {
            if let Some(part) = self.parts.get_mut(part) {
                part.edit(edits);
            }
        });
    }

    fn touch(&mut self, field: FieldId, now: Timestamp) {
        self.publications.note_touch(field);
        let field = &self.config.schema[field];
        if let Some(part) = self.parts.get_mut(field.part) {
            part.touch(field, now);
        }
    }

    fn remember(&mut self, remember: bool) {
        self.remembered = remember;
        self.says_remember = Some(remember);
    }

    /// Logs a user in, after what the guard changed so far.
    pub(super) fn log_in(&mut self, login: &Login, writing: Writing<'_>) -> LoggedIn {
        if let Some(refused) = self.refuses(login) {
            return LoggedIn {
                refused: Some(refused),
                published: self.publish(writing),
                ..LoggedIn::default()
            };
        }
        match (&self.user, &login.user) {
            (Some(is), Ok(user)) if is != user => self.replace_user(login, writing),
            _ => self.admit_user(login, writing),
        }
    }

    fn refuses(&self, login: &Login) -> Option<Refused> {
        let renews = |user: &Bytes| login.shown.as_ref() == Some(user);
        let is_over = |user: &Bytes| self.user.as_ref() != Some(user);
        if self.ending == Ending::Destroyed {
            return Some(Refused::Destroyed);
        }
        let user = login.user.as_ref().ok()?;
        (renews(user) && is_over(user)).then_some(Refused::Ended)
    }

    /// A login of nobody, or a renewal: everything stays, and `max` starts again.
    fn admit_user(&mut self, login: &Login, writing: Writing<'_>) -> LoggedIn {
        let was_nobody = self.user.is_none();
        let changes = writing.changes;
        let kept = if was_nobody && !self.is_stale(writing.seen) {
            changes.ended_by(Ending::Replaced, &self.config.schema)
        } else {
            Vec::new()
        };
        let published = self.publish(Writing {
            changes: &changes.without_remember(),
            ..writing
        });
        // The value that a stale guard was told counts too, because it is said of this login.
        if let Some(remember) = changes.remember {
            self.remember(remember);
        } else if was_nobody {
            // A login that failed may have asked for it, of another person.
            self.remembered = self.says_remember.unwrap_or(self.config.schema.remember);
        }
        self.set_user(login, writing.now);
        LoggedIn {
            published,
            kept,
            ..LoggedIn::default()
        }
    }

    /// The other user's session ends at once. Of what guards changed in it only what the browser
    /// keeps counts, and whether the session is to be remembered, which is said of this login.
    fn replace_user(&mut self, login: &Login, writing: Writing<'_>) -> LoggedIn {
        let changes = writing.changes;
        let lost = self.lost_by(Ending::Replaced, changes, |_| true);
        let remember = changes.remember.or(self.says_remember);
        let published = self.publish_outliving(Ending::Replaced, writing);
        let dropped = self.start_over(Ending::Replaced);
        if let Some(remember) = remember {
            self.remember(remember);
        }
        self.set_user(login, writing.now);
        LoggedIn {
            published,
            lost,
            dropped,
            ..LoggedIn::default()
        }
    }

    /// The fields that have a value to lose with `ending`: those that the guard changed, and of those that were published
    /// in this request the ones that `count`. Not the identity: that its user is gone is what an ending is for.
    fn lost_by(
        &self,
        ending: Ending,
        changes: &Changes,
        counts: impl Fn(FieldId) -> bool,
    ) -> Vec<FieldId> {
        let schema = &self.config.schema;
        let identity = schema.identity.map(|identity| identity.field);
        let is_changed = |id| changes.fields.iter().any(|change| change.field == id);
        let is_lost = |id: &FieldId| {
            let field = &schema[*id];
            let part = self.parts.get(field.part);
            let has_value = part.is_some_and(|part| part.has_new_value(field));
            let is_ended = field.part.is_ended_by(ending) && Some(*id) != identity;
            is_ended && has_value && !is_changed(*id) && counts(*id)
        };
        let published = self.publications.fields().filter(is_lost);
        let mut lost = changes.ended_by(ending, schema);
        lost.extend(published);
        lost.sort_unstable();
        lost
    }

    /// A stored identity that reads as this user stays as it is: a newer release may have written more
    /// into it than this one knows.
    fn set_user(&mut self, login: &Login, now: Timestamp) {
        let Some(identity) = self.config.schema.identity else {
            return;
        };
        let is_set = login.user.is_ok() && login.user.as_ref().ok() == self.user.as_ref();
        if !is_set {
            let change = Change {
                field: identity.field,
                before: None,
                value: login.user.clone(),
            };
            let mut edits = Parts::default();
            self.note_change(&change, now, &mut edits);
            self.edit(edits);
        }
        if let Ok(user) = &login.user {
            if !is_set {
                self.login = Some(new_login());
            }
            self.user = Some(user.clone());
            self.login_began = true;
            // It was said of this login, and not of the next one.
            self.says_remember = None;
            // After a login it is no news that a session before it had expired.
            self.told = None;
        }
    }

    /// Starts the session over, after what the guard changed that the browser keeps. From any guard,
    /// and again each time. `own` are the fields that the guard itself published before.
    ///
    /// What another guard published is not lost by a mistake, as middleware may count the requests of a session. A notice
    /// is: it was to be shown.
    pub(super) fn clear(&mut self, own: &[FieldId], writing: Writing<'_>) -> StartedOver {
        let schema = &self.config.schema;
        let is_waiting = |field: FieldId| schema[field].part.rules().is_for_a_page;
        let counts = |field| own.contains(&field) || is_waiting(field);
        let lost = self.lost_by(Ending::Cleared, writing.changes, counts);
        StartedOver {
            published: self.publish_outliving(Ending::Cleared, writing),
            lost,
            dropped: self.start_over(Ending::Cleared),
        }
    }

    /// Ends every part, and returns the fields that were published.
    pub(super) fn destroy(&mut self) -> Vec<FieldId> {
        self.start_over(Ending::Destroyed)
    }

    fn publish_outliving(&mut self, ending: Ending, writing: Writing<'_>) -> Published {
        let outliving = writing.changes.outliving(ending, &self.config.schema);
        self.publish(Writing {
            changes: &outliving,
            ..writing
        })
    }

    /// Ends what ends with `ending`, and begins anew. Returns the fields that were published in this
    /// request and are gone with it.
    fn start_over(&mut self, ending: Ending) -> Vec<FieldId> {
        self.ending = self.ending.max(ending);
        self.began_at = self.publications.advance();
        self.user = None;
        self.login = None;
        self.login_began = false;
        self.renews = false;
        self.remembered = self.config.schema.remember;
        self.says_remember = None;
        self.told = None;
        for part in Part::ALL
            .into_iter()
            .filter(|part| part.is_ended_by(ending))
        {
            if let Some(state) = self.parts.get_mut(part) {
                state.start_over();
            }
        }
        let schema = &self.config.schema;
        self.publications
            .forget(|field| schema[field].part.is_ended_by(ending))
    }

    pub(super) fn note_background(&mut self) {
        self.is_background = true;
    }

    /// Notes that a panic dropped a guard. A panic after a login leaves the work of more than one
    /// guard unfinished, so it does not matter which guard calls this.
    pub(super) fn note_panic(&mut self) {
        self.panicked = if self.login_began {
            Panicked::AfterLogin
        } else {
            self.panicked.max(Panicked::Somewhere)
        };
    }

    /// Nobody saw the response, so what waits for a page stays as it was.
    pub(super) fn keep_for_a_page(&mut self) {
        let waiting = |part: Part| part.rules().is_for_a_page;
        for part in Part::ALL.into_iter().filter(|part| waiting(*part)) {
            if let Some(state) = self.parts.get_mut(part) {
                state.stay_as_loaded();
            }
        }
        let schema = &self.config.schema;
        self.publications
            .forget(|field| waiting(schema[field].part));
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

    /// A session that begins after one which the application has ended says nothing of it: the ticket is gone then.
    fn is_expiry_untold(&self) -> bool {
        let is_expiry = self.parts.main.state() != SessionState::Ended;
        is_expiry && self.told.is_some() && !self.is_told()
    }

    /// Returns true if this request has changed nothing, ended nothing, and has nothing to tell.
    pub(super) fn is_as_loaded(&self) -> bool {
        self.ending == Ending::None
            && self.publications.is_empty()
            && !self.login_began
            && !self.renews
            && !self.is_remembered_anew()
            && self.told.is_none()
    }

    /// The fields of these parts that were published, in the order of the struct.
    pub(super) fn published_in(&self, parts: impl Fn(Part) -> bool) -> Vec<FieldId> {
        let identity = self.config.schema.identity.filter(|_| self.login_began);
        let user = identity.map(|identity| identity.field);
        let is_wanted = |field: &FieldId| parts(self.config.schema[*field].part);
        let published = self.publications.fields().chain(user);
        let mut fields: Vec<FieldId> = published.filter(is_wanted).collect();
        fields.sort_unstable();
        fields.dedup();
        fields
    }

    /// A field whose last change cannot be stored.
    pub(super) fn failure(&self) -> Option<(FieldId, EncodeError)> {
        self.publications.failure()
    }

    /// Returns true if [`Session::remember`](crate::Session::remember) made a difference.
    pub(super) fn is_remembered_anew(&self) -> bool {
        let sealed = self.parts.main.sealed();
        let was = sealed.map_or(self.config.schema.remember, |sealed| {
            sealed.flags.remembered
        });
        self.remembered != was
    }

    /// The names of the calls among the changes.
    pub(super) fn calls_by_name(&self) -> impl Iterator<Item = &'static str> {
        let remember = self.is_remembered_anew().then_some(REMEMBER);
        let renew = self.renews().then_some(RENEW);
        remember.into_iter().chain(renew)
    }

    /// The session as a response would seal it. A change that a page makes by itself is saved, and is no
    /// use of the session: it ends when it would have ended without. One that begins here has no other use.
    pub(super) fn plaintexts(&self, now: Timestamp) -> Parts<Plaintext> {
        let goes_on = self.parts.main.sealed().filter(|_| !self.login_began);
        let last_use = goes_on.map(|sealed| sealed.renewed_at);
        let last_use = last_use.filter(|_| self.is_background);
        self.parts.map(|part, state| {
            let is_main = part == Part::Main;
            let before = if is_main { goes_on } else { state.sealed() };
            let last_use = last_use.filter(|_| is_main);
            Plaintext {
                flags: Flags {
                    remembered: is_main && self.remembered,
                    untold: is_main && self.is_expiry_untold(),
                },
                created_at: before.map_or(now, |sealed| sealed.created_at),
                renewed_at: last_use.unwrap_or(now),
                login: self.login_of(part),
                written_at: last_use.map(|_| now),
                records: state.current().clone(),
            }
        })
    }

    /// The login that a part is sealed in. A release without an identity keeps what it was told, as
    /// long as there is something to keep.
    fn login_of(&self, part: Part) -> Option<LoginId> {
        let is_somebodys = match self.config.schema.identity {
            Some(_) => self.user.is_some(),
            None => !self.parts.main.current().is_empty(),
        };
        let is_of_login = part.rules().is_of_login;
        self.login.filter(|_| is_somebodys && is_of_login)
    }
}

/// A number of its own for each login. Without randomness nothing can be sealed, and so neither this.
fn new_login() -> LoginId {
    let mut login = LoginId::default();
    let _ = random::fill(&mut login.0);
    login
}
