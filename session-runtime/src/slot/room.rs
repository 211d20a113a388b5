//! The room that browsers have for a session.

use crate::config::Config;
use crate::cookie::MAX_BYTES;
use crate::part::Part;
use crate::token::Plaintext;

/// Returns the number of bytes that the browser is to keep of a session, names and values.
pub(super) fn kept_len<'a>(
    config: &Config,
    plaintexts: impl Iterator<Item = (Part, &'a Plaintext)>,
) -> usize {
    let kept = plaintexts.filter(|(_, plaintext)| !plaintext.records.is_empty());
    kept.map(|(part, plaintext)| cookie_len(config, part, plaintext.sealed_len()))
        .sum()
}

/// Returns the number of bytes of a cookie whose token has this length, name and value.
pub(super) fn cookie_len(config: &Config, part: Part, token_len: usize) -> usize {
    config.part(part).cookie_name.len() + token_len
}

/// Returns the largest number of bytes that the browser is to keep of a session. While no user is
/// logged in, there is room left for the user of a login. A login that always answers with a 500
/// would be worse than a cart that is full.
pub(super) fn limit(config: &Config, is_somebodys: bool) -> usize {
    if is_somebodys || config.schema.identity.is_none() {
        MAX_BYTES
    } else {
        MAX_BYTES - FOR_A_LOGIN
    }
}

/// The bytes of a cookie that are kept free for a user's id.
const FOR_A_LOGIN: usize = 256;
