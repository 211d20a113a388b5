//! The session as a response would seal it, and the room that it takes.

use super::open_session::OpenSession;
use super::part_state::PartState;
use super::room::{ROW_MAX_BYTES, Room};
use crate::config::Config;
use crate::cookie::MAX_BYTES;
use crate::lifetime::BROWSERS_KEEP;
use crate::part::{Lifespan, Part, Parts};
use crate::policy::Stored;
use crate::record::{Record, RecordRef, Records};
use crate::time::Timestamp;
use crate::token::Plaintext;

pub(super) struct Draft<'a> {
    room: Room<'a>,
    pub(super) parts: Parts<PartDraft<'a>>,
    /// The sizes of the fields that only another release knows and that had to make room.
    pub(super) dropped: Vec<(Part, usize)>,
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
            dropped: Vec::new(),
        };
        if draft.has_changed() {
            draft.make_room();
        }
        draft
    }

    pub(super) fn has_changed(&self) -> bool {
        let mut all = self.parts.iter();
        all.any(|(_, part)| part.stored() == Stored::Changed)
    }

    fn limit(&self) -> usize {
        let main = &self.parts.main;
        self.room.limit(main.plaintext.login.is_some())
    }

    fn len(&self) -> usize {
        let all = self.parts.iter();
        self.room
            .kept_len(all.map(|(part, draft)| (part, &draft.plaintext)))
    }

    /// Returns true if the browser keeps the session. Of two responses that fit, the browser may
    /// keep one cookie each, and both cookies together may be over the limit. A session that is
    /// over the limit may be left as it is, or shrink.
    pub(super) fn fits(&self) -> bool {
        let len = self.len();
        let fits = len <= self.limit() || (len <= self.loaded_len() && self.is_kept_in_parts());
        fits && self.fits_in_row()
    }

    /// Returns true if a session that is kept in a row fits there. One that is over the limit may shrink.
    fn fits_in_row(&self) -> bool {
        let main = &self.parts.main;
        let len = main.plaintext.records.as_bytes().len();
        !self.room.is_main_in_row
            || len <= ROW_MAX_BYTES
            || len <= main.state.loaded().as_bytes().len()
    }

    fn is_kept_in_parts(&self) -> bool {
        let mut all = self.parts.iter();
        all.all(|(_, part)| part.len(self.room) <= MAX_BYTES)
    }

    fn loaded_len(&self) -> usize {
        let all = self.parts.iter();
        all.map(|(_, part)| part.loaded_len(self.room)).sum()
    }

    /// Returns true if the cookies that are of no use must go, so that all cookies together
    /// pass the limits of proxies.
    pub(super) fn needs_the_room_of_others(&self) -> bool {
        let all = self.parts.iter();
        let useless = all.filter(|(_, part)| part.is_of_no_use());
        let bytes: usize = useless.map(|(_, part)| part.state.cookie().bytes).sum();
        bytes > 0 && self.len() + bytes > MAX_BYTES && self.has_changed()
    }

    fn make_room(&mut self) {
        while self.len() > self.limit()
            && let Some((part, Record { tag, value, .. })) = self.largest_unknown()
        {
            self.dropped.push((part, value.len()));
            if let Some(draft) = self.parts.get_mut(part) {
                draft.plaintext.records.remove(tag);
            }
        }
    }

    fn largest_unknown(&self) -> Option<(Part, RecordRef<'_>)> {
        let all = self.parts.iter().flat_map(|(part, draft)| {
            let records = draft.plaintext.records.iter();
            records.map(move |record| (part, record))
        });
        let schema = &self.room.config.schema;
        let is_unknown = |part, tag| schema.field_of(part, tag).is_none();
        let unknown = all
            .filter(|(part, record)| is_unknown(*part, record.tag) && !self.room.is_in_row(*part));
        unknown.max_by_key(|(_, record)| record.value.len())
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
