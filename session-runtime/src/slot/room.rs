//! The room that there is for a session: what browsers keep of its cookies, and the largest row of a store.

use crate::config::Config;
use crate::cookie::MAX_BYTES;
use crate::part::Part;
use crate::record::Records;
use crate::time::Timestamp;
use crate::token::{LoginId, Plaintext};

/// The largest number of bytes of a row's fields.
pub(super) const ROW_MAX_BYTES: usize = 64 * 1024;

/// The characters of an id and a mark in a ticket.
const TICKET_CHARACTERS: usize = 32;

/// The bytes of a session that are kept free for a user's id.
const FOR_A_LOGIN: usize = 256;

/// The bytes that a login may add to a session that is full: an id, what belongs to the user, and a notice.
pub(super) const LOGIN_ADDS: usize = 512;

/// The characters of the time of writing, which a poll adds.
const TIME_OF_WRITING: usize = 7;

/// The place of each part of a session, and the room that there is.
#[derive(Clone, Copy)]
pub(super) struct Room<'a> {
    pub(super) config: &'a Config,
    /// The records of the main part are kept in a row of the store, and else in its cookie.
    pub(super) is_main_in_row: bool,
}

impl Room<'_> {
    /// Returns the number of bytes that the browser is to keep of a session, names and values.
    pub(super) fn kept_len<'p>(
        self,
        plaintexts: impl Iterator<Item = (Part, &'p Plaintext)>,
    ) -> usize {
        let kept = plaintexts.filter(|(_, plaintext)| !plaintext.records.is_empty());
        kept.map(|(part, plaintext)| self.plaintext_len(part, plaintext))
            .sum()
    }

    pub(super) fn plaintext_len(self, part: Part, plaintext: &Plaintext) -> usize {
        let Plaintext {
            records,
            login,
            written_at,
            ..
        } = plaintext;
        self.cookie_len(part, records, *login, *written_at)
    }

    /// Returns the number of bytes of a part's cookie, name and value.
    pub(super) fn cookie_len(
        self,
        part: Part,
        records: &Records,
        login: Option<LoginId>,
        written_at: Option<Timestamp>,
    ) -> usize {
        let name = self.config.part(part).cookie_name.len();
        if self.is_in_row(part) {
            let head = Plaintext::sealed_len_of(&Records::default(), login, written_at);
            name + head + TICKET_CHARACTERS
        } else {
            name + Plaintext::sealed_len_of(records, login, written_at)
        }
    }

    pub(super) fn is_in_row(self, part: Part) -> bool {
        part == Part::Main && self.is_main_in_row
    }

    /// Returns the largest number of bytes that the browser is to keep of a session.
    pub(super) fn limit(self, is_somebodys: bool) -> usize {
        if self.is_main_in_row {
            MAX_BYTES
        } else {
            MAX_BYTES - self.kept_for_a_login(is_somebodys) - self.kept_for_a_poll()
        }
    }

    /// Returns the largest number of bytes of the browser part, which outlives the session. It leaves room for a session
    /// that begins, for the login of its user and for a notice. Otherwise what a user leaves behind would make each
    /// change a 500.
    pub(super) fn browser_limit(self) -> usize {
        let empty = self.cookie_len(Part::Main, &Records::default(), None, None);
        let kept = self.kept_for_a_login(false) + self.kept_for_a_poll();
        MAX_BYTES.saturating_sub(empty + kept)
    }

    /// Returns the largest number of bytes of the fields in a row.
    pub(super) fn row_limit(self, is_somebodys: bool) -> usize {
        ROW_MAX_BYTES - self.kept_for_a_login(is_somebodys)
    }

    /// While no user is logged in, there is room left for the user of a login. A login that always answers with a 500
    /// would be worse than a cart that is full.
    pub(super) fn kept_for_a_login(self, is_somebodys: bool) -> usize {
        let has_logins = self.config.schema.identity.is_some();
        if has_logins && !is_somebodys {
            FOR_A_LOGIN
        } else {
            0
        }
    }

    /// Without the time of writing, a poll that writes would end fields that have a time of their own.
    pub(super) fn kept_for_a_poll(self) -> usize {
        let needs_time = self.config.schema.has_ttl(Part::Main) && !self.is_main_in_row;
        if needs_time { TIME_OF_WRITING } else { 0 }
    }
}

/// Returns true if the part's cookie comes with the work on a row. It names the row, or takes its place.
pub(super) fn comes_with_row(config: &Config, part: Part) -> bool {
    part == Part::Main && config.is_stored()
}
