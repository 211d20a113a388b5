//! The plaintext of a stored session's cookie.
//!
//! ```text
//! flags (1), with 0x04 ‖ created-at (5) ‖ renewed-at (5) ‖ [login (4)] ‖ [written-at (5)] ‖ id (16) ‖ mark (8)
//! ```

use sha2::{Digest, Sha256};
use zeroize::Zeroize as _;

use super::engine::XChaCha20Poly1305;
use super::{
    LoginId, Nonce, OpenError, Plaintext, Sealed, open_bytes, random_bytes, seal, seal_written,
};
use crate::keys::{KeyId, PartKeys};
use crate::record::take_array;
use crate::store::{Mark, RowKey};
use crate::time::Timestamp;

/// The flag of a token that names a row in place of holding records.
pub(super) const TICKET: u8 = 0x04;

/// The random number that names a stored session. Only its visitor has it, sealed: a store sees a hash.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct SessionId([u8; Self::BYTES]);

impl SessionId {
    const BYTES: usize = 16;

    /// `None` if the operating system gives no random bytes.
    pub(crate) fn random() -> Option<Self> {
        random_bytes().map(Self)
    }

    /// The id of a session that is in its cookie, as the cookie's value gives it. Whoever has the value has the session.
    /// Every server finds the same.
    pub(crate) fn of_cookie(value: &[u8]) -> Self {
        Self(first(hash([b"session-runtime/v1/cookie", value])))
    }

    /// The id of the same session while this login of this user lasts. Every cookie of the login has it, and none of
    /// before.
    pub(crate) fn in_login(&self, login: LoginId, user: &[u8]) -> Self {
        Self(first(hash([
            b"session-runtime/v1/login",
            &self.0,
            &login.0,
            user,
        ])))
    }

    pub(crate) fn from_bytes(bytes: [u8; Self::BYTES]) -> Self {
        Self(bytes)
    }

    pub(crate) fn as_bytes(&self) -> &[u8; Self::BYTES] {
        &self.0
    }

    /// The mark of a row that takes a session over from its cookie, before its bits are set. Every server finds the same,
    /// so the cookie is as good as the row's first ticket.
    pub(crate) fn first_mark(&self) -> [u8; 8] {
        first(hash([b"session-runtime/v1/first-mark", &self.0]))
    }

    /// The name of the session's row, and the secret that its entries are sealed under. Both are halves of one hash, so
    /// neither tells the other or the id. The hash has no key, so that the rotation of keys orphans no row.
    pub(crate) fn row(&self, cookie_name: &str) -> (RowKey, RowSecret) {
        let hash = hash([b"session-runtime/v1/row", cookie_name.as_bytes(), &self.0]);
        let (mut key, mut secret) = ([0; 16], RowSecret([0; 16]));
        let (first, second) = hash.split_at(16);
        key.copy_from_slice(first);
        secret.0.copy_from_slice(second);
        (RowKey::from_bytes(key), secret)
    }

    #[cfg(test)]
    pub(crate) fn row_key(&self, cookie_name: &str) -> RowKey {
        self.row(cookie_name).0
    }
}

/// The hash of these components, each behind its length.
fn hash<const N: usize>(components: [&[u8]; N]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for component in components {
        hash.update((component.len() as u64).to_be_bytes());
        hash.update(component);
    }
    hash.finalize().into()
}

fn first<const N: usize>(hash: [u8; 32]) -> [u8; N] {
    let mut first = [0; N];
    first.copy_from_slice(hash.split_at(N).0);
    first
}

/// What the entries of a row are read by, with the ring. It makes no ticket. It is wiped as keys are.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct RowSecret(pub(super) [u8; Self::BYTES]);

impl RowSecret {
    const BYTES: usize = 16;

    #[cfg(test)]
    pub(crate) fn to_bytes(&self) -> [u8; Self::BYTES] {
        self.0
    }
}

impl Drop for RowSecret {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

/// The cookie of a stored session type: a ticket, or the session itself, from a release without a store.
pub(crate) enum MainCookie {
    Ticket(Ticket),
    Session(Plaintext),
}

impl MainCookie {
    /// Opens a cookie's value.
    pub(crate) fn open(keys: &PartKeys, text: &[u8]) -> Result<(Self, KeyId), OpenError> {
        let (bytes, key) = open_bytes(&XChaCha20Poly1305, keys, text)?;
        let is_ticket = bytes.first().is_some_and(|flags| flags & TICKET != 0);
        let opened = if is_ticket {
            Ticket::read(&bytes).map(Self::Ticket)
        } else {
            Plaintext::read(bytes).ok().map(Self::Session)
        };
        Ok((opened.ok_or(OpenError::Malformed)?, key))
    }

    pub(crate) fn seal(&self, keys: &PartKeys, now: Timestamp, nonce: &Nonce) -> Sealed {
        match self {
            Self::Ticket(ticket) => ticket.seal(keys, now, nonce),
            Self::Session(session) => seal(keys, now, nonce, session),
        }
    }
}

/// A stored session as its cookie carries it.
#[derive(Clone)]
pub(crate) struct Ticket {
    /// The facts beside the records, which are in the row.
    pub(crate) session: Plaintext,
    pub(crate) id: SessionId,
    /// The mark that the row had when this was sealed.
    pub(crate) mark: Mark,
}

impl Ticket {
    pub(crate) fn seal(&self, keys: &PartKeys, now: Timestamp, nonce: &Nonce) -> Sealed {
        let len = self.session.written_len() + SessionId::BYTES + self.mark.to_bytes().len();
        seal_written(keys, now, nonce, len, |out| self.write(out))
    }

    pub(super) fn write(&self, out: &mut Vec<u8>) {
        self.session.write_with(TICKET, out);
        out.extend(self.id.0);
        out.extend(self.mark.to_bytes());
    }

    /// A token that no ticket is has another length, or not the flag.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let mut bytes = bytes;
        let [flags] = take_array(&mut bytes)?;
        if flags & TICKET == 0 {
            return None;
        }
        let session = Plaintext::read_head(flags & !TICKET, &mut bytes).ok()?;
        let id = SessionId(take_array(&mut bytes)?);
        let mark = Mark::from_bytes(take_array(&mut bytes)?);
        bytes.is_empty().then_some(Self { session, id, mark })
    }
}
