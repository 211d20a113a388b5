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

/// The bytes of a cookie that are kept free for a user's id.
const FOR_A_LOGIN: usize = 256;

/// Returns the number of bytes that the browser is to keep of a session, names and values.
pub(super) fn kept_len<'a>(
    config: &Config,
    plaintexts: impl Iterator<Item = (Part, &'a Plaintext)>,
) -> usize {
    let kept = plaintexts.filter(|(_, plaintext)| !plaintext.records.is_empty());
    kept.map(|(part, plaintext)| plaintext_len(config, part, plaintext))
        .sum()
}

pub(super) fn plaintext_len(config: &Config, part: Part, plaintext: &Plaintext) -> usize {
    let Plaintext {
        records,
        login,
        written_at,
        ..
    } = plaintext;
    cookie_len(config, part, records, *login, *written_at)
}

/// Returns the number of bytes of a part's cookie, name and value. The records of a stored main part are not in
/// its cookie.
pub(super) fn cookie_len(
    config: &Config,
    part: Part,
    records: &Records,
    login: Option<LoginId>,
    written_at: Option<Timestamp>,
) -> usize {
    let name = config.part(part).cookie_name.len();
    if is_in_store(config, part) {
        let head = Plaintext::sealed_len_of(&Records::default(), login, written_at);
        name + head + TICKET_CHARACTERS
    } else {
        name + Plaintext::sealed_len_of(records, login, written_at)
    }
}

/// Returns true if the records of the part are kept in a store.
pub(super) fn is_in_store(config: &Config, part: Part) -> bool {
    part == Part::Main && config.is_stored()
}

/// Returns the largest number of bytes that the browser is to keep of a session. While no user is
/// logged in, there is room left for the user of a login. A login that always answers with a 500
/// would be worse than a cart that is full.
pub(super) fn limit(config: &Config, is_somebodys: bool) -> usize {
    if is_somebodys || config.schema.identity.is_none() || config.is_stored() {
        MAX_BYTES
    } else {
        MAX_BYTES - FOR_A_LOGIN
    }
}
