//! The sealed text that is a cookie's value, format 1.
//!
//! ```text
//! version (1) ‖ key id (4) ‖ nonce (24) ‖ ciphertext ‖ tag (16), as base64url without padding
//! ```
//!
//! The version and the key id are authenticated as associated data. The key id says which key to
//! try: there is one attempt at most, never a loop over keys.

mod engine;
#[cfg(feature = "stored")]
mod entry;
#[cfg(fuzzing)]
pub(crate) mod fuzzing;
#[cfg(feature = "stored")]
pub(crate) mod listing;
mod plaintext;
pub(crate) mod random;
#[cfg(test)]
pub(crate) mod tests;
mod text;
#[cfg(feature = "stored")]
mod ticket;

use bytes::{Buf as _, Bytes};

use self::engine::{Engine, NONCE_BYTES, TAG_BYTES, XChaCha20Poly1305};
#[cfg(feature = "stored")]
pub(crate) use self::entry::{EntryCipher, EntryValue};
#[cfg(feature = "stored")]
pub(crate) use self::listing::{Label, open_handle, seal_handle};
pub(crate) use self::plaintext::{Flags, LoginId, Plaintext};
#[cfg(feature = "stored")]
pub(crate) use self::ticket::{MainCookie, RowSecret, SessionId, Ticket};
use crate::keys::{KeyId, PartKeys};
use crate::time::Timestamp;

pub(crate) type Nonce = [u8; NONCE_BYTES];

const VERSION: u8 = 1;
const HEADER_BYTES: usize = 1 + KeyId::BYTES;
const OVERHEAD_BYTES: usize = HEADER_BYTES + NONCE_BYTES + TAG_BYTES;

/// The longest token that is looked at. A longer one cannot have been set by us: name and value
/// together are at most this long.
const MAX_CHARACTERS: usize = crate::cookie::MAX_BYTES;

/// The reason why a token was not opened. The reasons are a closed set, and they are the words of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OpenError {
    /// Longer than any cookie, or shorter than an empty session.
    Length,
    /// Not base64url in its one spelling.
    Alphabet,
    /// Another format than this.
    Version,
    /// Sealed under a key that was revoked.
    RevokedKey,
    /// Sealed under a key that is not in the ring.
    UnknownKey,
    /// Altered, or sealed for another cookie.
    Forged,
    /// Opened, but the bytes inside are not a session's.
    Malformed,
}

impl OpenError {
    pub(crate) const fn reason(self) -> &'static str {
        match self {
            Self::Length => "length",
            Self::Alphabet => "alphabet",
            Self::Version => "version",
            Self::RevokedKey => "revoked-key",
            Self::UnknownKey => "unknown-key",
            Self::Forged => "forged",
            Self::Malformed => "malformed",
        }
    }
}

/// `None` if the operating system gives no random bytes.
#[cfg(feature = "stored")]
pub(crate) fn random_bytes<const N: usize>() -> Option<[u8; N]> {
    let mut bytes = [0; N];
    random::fill(&mut bytes)?;
    Some(bytes)
}

/// A session that was opened, and the key it was sealed under.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Opened {
    pub(crate) plaintext: Plaintext,
    pub(crate) key: KeyId,
}

/// Seals `plaintext` under the key of the ring that seals at the time. A nonce must never seal twice.
pub(crate) fn seal(
    keys: &PartKeys,
    now: Timestamp,
    nonce: &Nonce,
    plaintext: &Plaintext,
) -> Sealed {
    let len = plaintext.written_len();
    seal_written(keys, now, nonce, len, |out| plaintext.write(out))
}

/// A token that is to be written as text.
pub(crate) struct Sealed(Vec<u8>);

impl Sealed {
    /// The number of characters of the text.
    pub(crate) fn len(&self) -> usize {
        text::len(self.0.len())
    }

    /// Appends the text.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        text::write(&self.0, out);
    }
}

#[cfg(test)]
impl Sealed {
    pub(crate) fn of(bytes: &[u8]) -> Self {
        Self(bytes.to_vec())
    }

    pub(crate) fn to_text(&self) -> String {
        let mut text = Vec::new();
        self.write(&mut text);
        String::from_utf8(text).unwrap()
    }
}

/// Seals what `write` writes, which is so many bytes.
fn seal_written(
    keys: &PartKeys,
    now: Timestamp,
    nonce: &Nonce,
    len: usize,
    write: impl FnOnce(&mut Vec<u8>),
) -> Sealed {
    let key = keys.sealing(now);
    let header = header(key.id);
    let mut bytes = Vec::with_capacity(OVERHEAD_BYTES + len);
    bytes.extend(header);
    bytes.extend(nonce);
    write(&mut bytes);
    let (_, message) = bytes.split_at_mut(HEADER_BYTES + NONCE_BYTES);
    let tag = XChaCha20Poly1305.seal(&key.secret, nonce, &header, message);
    bytes.extend(tag);
    Sealed(bytes)
}

fn header(KeyId([a, b, c, d]): KeyId) -> [u8; HEADER_BYTES] {
    [VERSION, a, b, c, d]
}

/// Opens a cookie's value.
pub(crate) fn open(keys: &PartKeys, text: &[u8]) -> Result<Opened, OpenError> {
    open_with(&XChaCha20Poly1305, keys, text)
}

fn open_with(engine: &impl Engine, keys: &PartKeys, text: &[u8]) -> Result<Opened, OpenError> {
    let (bytes, key) = open_bytes(engine, keys, text)?;
    let plaintext = Plaintext::read(bytes).map_err(|_| OpenError::Malformed)?;
    Ok(Opened { plaintext, key })
}

/// The bytes that a token seals, and the key that it was sealed under.
fn open_bytes(
    engine: &impl Engine,
    keys: &PartKeys,
    text: &[u8],
) -> Result<(Bytes, KeyId), OpenError> {
    // Before any allocation.
    if text.len() > MAX_CHARACTERS {
        return Err(OpenError::Length);
    }
    let mut bytes = text::decode(text).ok_or(OpenError::Alphabet)?;
    let mut token = Pieces::of(&mut bytes).ok_or(OpenError::Length)?;
    if token.header.first() != Some(&VERSION) {
        return Err(OpenError::Version);
    }
    let key = keys.find(token.key_id()).ok_or(OpenError::UnknownKey)?;
    if key.validity.revoked {
        return Err(OpenError::RevokedKey);
    }
    let before_tag = HEADER_BYTES + NONCE_BYTES + token.message.len();
    if !token.open(engine, &key.secret) {
        return Err(OpenError::Forged);
    }
    bytes.truncate(before_tag);
    let mut message = Bytes::from(bytes);
    message.advance(HEADER_BYTES + NONCE_BYTES);
    Ok((message, key.id))
}

/// A token's bytes, taken apart in place.
struct Pieces<'a> {
    header: [u8; HEADER_BYTES],
    nonce: Nonce,
    message: &'a mut [u8],
    tag: [u8; TAG_BYTES],
}

impl<'a> Pieces<'a> {
    fn of(bytes: &'a mut [u8]) -> Option<Self> {
        let (header, rest) = bytes.split_first_chunk_mut()?;
        let (nonce, rest) = rest.split_first_chunk_mut()?;
        let (message, tag) = rest.split_last_chunk_mut()?;
        Some(Self {
            header: *header,
            nonce: *nonce,
            message,
            tag: *tag,
        })
    }

    fn key_id(&self) -> KeyId {
        let [_version, id @ ..] = self.header;
        KeyId(id)
    }

    fn open(&mut self, engine: &impl Engine, secret: &[u8; 32]) -> bool {
        engine.open(secret, &self.nonce, &self.header, self.message, &self.tag)
    }
}
