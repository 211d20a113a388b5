//! The session as a response would seal it, and the room that it takes.

use super::open_session::OpenSession;
use super::part_state::PartState;
use super::room::{LOGIN_ADDS, Room};
use crate::config::{Config, StoredField};
use crate::cookie::MAX_BYTES;
use crate::data::FieldId;
use crate::ending::Ending;
use crate::lifetime::BROWSERS_KEEP;
use crate::merge::Merge;
use crate::part::{Lifespan, Part, Parts};
use crate::policy::Stored;
use crate::record::{RecordRef, Records, Tag};
use crate::time::Timestamp;
use crate::token::Plaintext;

pub(super) struct Draft<'a> {
    room: Room<'a>,
    pub(super) parts: Parts<PartDraft<'a>>,
    /// A user logs in with this response.
    is_login: bool,
    ending: Ending,
    /// The sizes of the fields that only another release knows and that had to make room.
    pub(super) dropped: Vec<(Part, usize)>,
    /// The fields of this release that made room for a login, with their sizes.
    pub(super) dropped_by_login: Vec<(FieldId, usize)>,
}

/// The reason why a session does not fit.
#[derive(Clone, Copy, Debug)]
pub(super) enum Excess {
    Cookies { bytes: usize, limit: usize },
    Row { bytes: usize, limit: usize },
}

pub(super) struct PartDraft<'a> {
    pub(super) part: Part,
    pub(super) state: &'a PartState,
    pub(super) plaintext: Plaintext,
}

/// The operating system gives no random bytes, so nothing can be sealed.
pub(super) struct NoRandomness;

impl<'a> Draft<'a> {
    /// A session that nobody changed makes no record make room.
    pub(super) fn new(session: &'a OpenSession, now: Timestamp) -> Self {
        let plaintexts = session.plaintexts(now);
        let parts = session.parts().as_ref().zip(plaintexts);
        let mut draft = Self {
            room: session.room(),
            parts: parts.into_map(|part, (state, plaintext)| PartDraft {
                part,
                state,
                plaintext,
            }),
            is_login: session.login_began(),
            ending: session.ending(),
            dropped: Vec::new(),
            dropped_by_login: Vec::new(),
        };
        if draft.has_changed() {
            draft.make_room(session);
        }
        draft
    }

    pub(super) fn has_changed(&self) -> bool {
        let mut all = self.parts.iter();
        all.any(|(_, part)| part.stored() == Stored::Changed)
    }

    /// A login is not refused because of what was there before, so it may add to a session that is full.
    fn limit(&self) -> usize {
        if self.is_login {
            self.loaded_len().max(MAX_BYTES) + LOGIN_ADDS
        } else {
            self.room.limit(self.is_somebodys()) + self.time_of_writing()
        }
    }

    fn row_limit(&self) -> usize {
        let limit = self.room.row_limit(self.is_somebodys());
        if self.is_login {
            limit.max(self.loaded_row_len()) + LOGIN_ADDS
        } else {
            limit
        }
    }

    fn is_somebodys(&self) -> bool {
        self.parts.main.plaintext.login.is_some()
    }

    /// The room that is kept for a poll, where this is one.
    fn time_of_writing(&self) -> usize {
        let written_at = self.parts.main.plaintext.written_at;
        written_at.map_or(0, |_| self.room.kept_for_a_poll())
    }

    fn len(&self) -> usize {
        let all = self.parts.iter();
        self.room
            .kept_len(all.map(|(part, draft)| (part, &draft.plaintext)))
    }

    pub(super) fn fits(&self) -> bool {
        self.excess().is_none()
    }

    /// The reason why the session cannot be saved; `None` if it fits. Of two responses that fit, the browser may
    /// keep one cookie each, and both cookies together may be over the limit. A session that is
    /// over the limit may be left as it is, or shrink.
    pub(super) fn excess(&self) -> Option<Excess> {
        let bytes = self.len();
        if self.is_over_limit(bytes) && bytes > self.loaded_len() {
            let limit = self.limit();
            return Some(Excess::Cookies { bytes, limit });
        }
        if self.has_too_long_a_cookie(bytes) {
            let (bytes, limit) = (self.longest_cookie(), MAX_BYTES);
            return Some(Excess::Cookies { bytes, limit });
        }
        if let Some((bytes, limit)) = self.excess_of_browser() {
            return Some(Excess::Cookies { bytes, limit });
        }
        self.is_row_over().then(|| Excess::Row {
            bytes: self.row_len(),
            limit: self.row_limit(),
        })
    }

    fn is_over_limit(&self, bytes: usize) -> bool {
        let limit = self.limit();
        bytes > limit && (self.room.is_main_in_row || bytes > limit + self.before_a_login())
    }

    /// Numbers that are merged do not count: a visitor who fills the session must not switch a counter off.
    fn is_over_row_limit(&self, bytes: usize) -> bool {
        let limit = self.row_limit();
        let before_a_login = || self.within_room_for_a_login(self.timed_len());
        bytes > limit && bytes > limit + self.numbers_len() + before_a_login()
    }

    /// Returns the bytes of what comes before a login: notices, and fields with a time of their own, such as the user
    /// whose second factor is owed. They have the room that is kept for it, so that a full cart keeps no user out.
    fn before_a_login(&self) -> usize {
        let flash = self.parts.flash.as_ref();
        let notices = flash.map_or(0, |flash| flash.kept_len(self.room));
        self.within_room_for_a_login(notices + self.timed_len())
    }

    fn within_room_for_a_login(&self, bytes: usize) -> usize {
        bytes.min(self.room.kept_for_a_login(self.is_somebodys()))
    }

    fn timed_len(&self) -> usize {
        let records = &self.parts.main.plaintext.records;
        self.len_of_fields(records, |field| field.ttl.is_some())
    }

    fn numbers_len(&self) -> usize {
        self.numbers_len_in(&self.parts.main.plaintext.records)
    }

    fn numbers_len_in(&self, records: &Records) -> usize {
        let is_number = |field: &StoredField| field.merge.is_some_and(Merge::is_of_numbers);
        self.len_of_fields(records, is_number)
    }

    fn len_of_fields(&self, records: &Records, counts: impl Fn(&StoredField) -> bool) -> usize {
        let schema = &self.room.config.schema;
        let fields = schema.fields_in(Part::Main, records);
        let fields = fields.filter(|(field, _)| counts(&schema[*field]));
        fields.map(|(_, record)| text_len_of(record)).sum()
    }

    /// The size of the browser part and its limit, if it is larger than that and has grown.
    fn excess_of_browser(&self) -> Option<(usize, usize)> {
        let browser = self.parts.browser.as_ref()?;
        let (bytes, limit) = (browser.kept_len(self.room), self.room.browser_limit());
        let is_over = bytes > limit && bytes > browser.loaded_len(self.room);
        is_over.then_some((bytes, limit))
    }

    /// Returns the number of bytes of the fields in the row.
    fn row_len(&self) -> usize {
        self.parts.main.plaintext.records.as_bytes().len()
    }

    fn loaded_row_len(&self) -> usize {
        self.parts.main.state.loaded().as_bytes().len()
    }

    /// `bytes` are those of all cookies.
    fn has_too_long_a_cookie(&self, bytes: usize) -> bool {
        bytes > MAX_BYTES && self.longest_cookie() > MAX_BYTES
    }

    fn longest_cookie(&self) -> usize {
        let all = self.parts.iter().map(|(_, part)| part.len(self.room));
        all.max().unwrap_or(0)
    }

    /// Returns the bytes that the browser has. Those that the request has ended count too, so an ending that leaves a notice
    /// is no growth.
    fn loaded_len(&self) -> usize {
        let lens = self.parts.iter().map(|(part, draft)| {
            if part.is_ended_by(self.ending) {
                draft.state.cookie().bytes
            } else {
                draft.loaded_len(self.room)
            }
        });
        lens.sum()
    }

    /// Returns true if the cookies that are of no use must go, so that all cookies together
    /// pass the limits of proxies.
    pub(super) fn needs_the_room_of_others(&self) -> bool {
        let all = self.parts.iter();
        let useless = all.filter(|(_, part)| part.is_of_no_use());
        let bytes: usize = useless.map(|(_, part)| part.state.cookie().bytes).sum();
        bytes > 0 && self.len() + bytes > MAX_BYTES && self.has_changed()
    }

    fn make_room(&mut self, session: &OpenSession) {
        if !self.is_over() && !self.is_row_over() {
            return;
        }
        self.drop_unknown(true, Self::is_row_over);
        self.drop_unknown(false, Self::is_over);
        if self.is_over() {
            self.leave_out_time_of_writing();
        }
        if self.is_login {
            self.make_room_for_login(session);
        }
    }

    /// Drops fields of other releases from the row or from cookies, the largest first, for as long as there is too much.
    fn drop_unknown(&mut self, in_row: bool, is_over: fn(&Self) -> bool) {
        while is_over(self)
            && let Some((part, tag, bytes)) = self.largest_unknown(in_row)
        {
            self.dropped.push((part, bytes));
            self.remove(part, tag);
        }
    }

    fn remove(&mut self, part: Part, tag: Tag) {
        if let Some(draft) = self.parts.get_mut(part) {
            draft.plaintext.records.remove(tag);
        }
    }

    fn is_over(&self) -> bool {
        let bytes = self.len();
        self.is_over_limit(bytes)
            || self.has_too_long_a_cookie(bytes)
            || self.excess_of_browser().is_some()
    }

    /// A row that is over its limit may be written as long as it does not grow. Its numbers may.
    fn is_row_over(&self) -> bool {
        let bytes = self.row_len();
        self.room.is_main_in_row && self.is_over_row_limit(bytes) && self.has_row_grown(bytes)
    }

    fn has_row_grown(&self, bytes: usize) -> bool {
        let numbers_before = self.numbers_len_in(self.parts.main.state.loaded());
        bytes + numbers_before > self.loaded_row_len() + self.numbers_len()
    }

    /// A poll adds the time of writing for the sake of fields that have a time of their own.
    fn leave_out_time_of_writing(&mut self) {
        let main = &mut self.parts.main.plaintext;
        if main.records.iter().all(|record| record.deadline.is_none()) {
            main.written_at = None;
        }
    }

    /// A notice goes before the login does, and so does what was there before the login: first of the session, and then of
    /// what the browser keeps.
    fn make_room_for_login(&mut self, session: &OpenSession) {
        if self.is_over_limit(self.len()) {
            self.drop_notices();
        }
        let written = session.published_in(|_| true);
        while self.parts.main.len(self.room) > MAX_BYTES
            && self.drop_largest_of_before(Part::Main, &written)
        {}
        while self.excess_of_browser().is_some()
            && self.drop_largest_of_before(Part::Browser, &written)
        {}
        while self.is_over_limit(self.len())
            && (self.drop_largest_in_cookie(&written)
                || self.drop_largest_of_before(Part::Browser, &written))
        {}
        while self.is_row_over() && self.drop_largest_of_before(Part::Main, &written) {}
    }

    fn drop_notices(&mut self) {
        let schema = &self.room.config.schema;
        if let Some(flash) = &mut self.parts.flash {
            let records = std::mem::take(&mut flash.plaintext.records);
            let fields = schema.fields_in(Part::Flash, &records);
            let fields = fields.map(|(field, record)| (field, record.value.len()));
            self.dropped_by_login.extend(fields);
        }
    }

    fn drop_largest_in_cookie(&mut self, written: &[FieldId]) -> bool {
        !self.room.is_main_in_row && self.drop_largest_of_before(Part::Main, written)
    }

    /// Drops the largest field of a part that this request has not written. Returns false if there is none.
    fn drop_largest_of_before(&mut self, part: Part, written: &[FieldId]) -> bool {
        let schema = &self.room.config.schema;
        let Some(draft) = self.parts.get_mut(part) else {
            return false;
        };
        let records = &mut draft.plaintext.records;
        let fields = schema.fields_in(part, records);
        let of_before = fields.filter(|(field, _)| !written.contains(field));
        let largest = of_before.max_by_key(|(_, record)| record.value.len());
        let Some((field, RecordRef { tag, value, .. })) = largest else {
            return false;
        };
        self.dropped_by_login.push((field, value.len()));
        records.remove(tag);
        true
    }

    /// The largest field of the row, or of cookies, that only another release knows, with its size.
    fn largest_unknown(&self, in_row: bool) -> Option<(Part, Tag, usize)> {
        let parts = self.parts.iter();
        let parts = parts.filter(|(part, _)| self.room.is_in_row(*part) == in_row);
        let all = parts.flat_map(|(part, draft)| {
            let records = draft.plaintext.records.iter();
            records.map(move |record| (part, record.tag, record.value.len()))
        });
        let schema = &self.room.config.schema;
        let unknown = all.filter(|(part, tag, _)| schema.field_of(*part, *tag).is_none());
        unknown.max_by_key(|(_, _, bytes)| *bytes)
    }
}

impl PartDraft<'_> {
    pub(super) fn stored(&self) -> Stored {
        let (records, loaded) = (&self.plaintext.records, self.state.loaded());
        if records.is_empty() {
            if loaded.is_empty() {
                Stored::Same
            } else {
                Stored::Emptied
            }
        } else if records == loaded && is_sealed_as_loaded(self.part, self.state, &self.plaintext) {
            Stored::Same
        } else {
            Stored::Changed
        }
    }

    /// The browser has something of it, and this release finds nothing in it that counts.
    pub(super) fn is_of_no_use(&self) -> bool {
        let nothing_is_left = self.plaintext.records.is_empty() && self.state.loaded().is_empty();
        nothing_is_left && self.state.cookie().bytes > 0
    }

    fn len(&self, room: Room<'_>) -> usize {
        room.plaintext_len(self.part, &self.plaintext)
    }

    /// The same; nothing where no cookie is kept.
    fn kept_len(&self, room: Room<'_>) -> usize {
        if self.plaintext.records.is_empty() {
            0
        } else {
            self.len(room)
        }
    }

    fn loaded_len(&self, room: Room<'_>) -> usize {
        let records: &Records = self.state.loaded();
        if records.is_empty() {
            return 0;
        }
        let sealed = self.state.sealed();
        let login = sealed.and_then(|sealed| sealed.login);
        let written_at = sealed.and_then(|sealed| sealed.written_at);
        room.cookie_len(self.part, records, login, written_at)
    }
}

/// Returns at least the number of characters that a record takes in a cookie.
fn text_len_of(record: RecordRef<'_>) -> usize {
    const HEAD: usize = 24;
    (HEAD + record.value.len()) * 4 / 3
}

/// Returns true if the data that is sealed beside the records of the main part is as it was. A
/// login that is renewed gives the session a new beginning. The other parts have nothing beside
/// their records that changes without them.
pub(super) fn is_sealed_as_loaded(part: Part, state: &PartState, plaintext: &Plaintext) -> bool {
    part != Part::Main
        || state.sealed().is_none_or(|sealed| {
            sealed.created_at == plaintext.created_at && sealed.flags == plaintext.flags
        })
}

/// The same where another key seals and nothing else: a new key alone extends no clock.
pub(super) fn with_old_times(state: &PartState, plaintext: &Plaintext) -> Plaintext {
    let plaintext = plaintext.clone();
    match state.sealed() {
        None => plaintext,
        Some(sealed) => Plaintext {
            renewed_at: sealed.renewed_at,
            written_at: sealed.written_at,
            ..plaintext
        },
    }
}

/// Returns the number of seconds that the browser is to keep the cookie. The number follows from
/// the times that are sealed inside. `None` means until the browser is closed.
pub(super) fn max_age(
    config: &Config,
    part: Part,
    plaintext: &Plaintext,
    now: Timestamp,
) -> Option<u64> {
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
