//! The two sealed things by which the sessions of a user are listed and ended.
//!
//! ```text
//! version (1) ‖ key id (4) ‖ nonce (24) ‖ ciphertext ‖ tag (16)
//! label:  plaintext = began (5) ‖ row secret (16), bound to the row key
//! handle: plaintext = row key (16), bound to the value of the identity; base64url without padding
//! ```
//!
//! The associated data is the version, the key id, and what the thing is bound to.

use zeroize::Zeroizing;

use super::engine::{Engine as _, XChaCha20Poly1305};
use super::entry::split;
use super::{
    HEADER_BYTES, NONCE_BYTES, Nonce, OVERHEAD_BYTES, OpenError, RowSecret, VERSION, header, text,
};
use crate::keys::{KeyId, PartKeys};
use crate::record::take_array;
use crate::store::RowKey;
use crate::time::Timestamp;

/// The label of a user's row: what the application needs to read the row where no visitor brings a ticket along.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Label {
    /// The time of the login.
    pub(crate) began: Timestamp,
    pub(crate) secret: RowSecret,
}

impl Label {
    pub(crate) fn seal(
        &self,
        keys: &PartKeys,
        now: Timestamp,
        nonce: &Nonce,
        row: RowKey,
    ) -> Vec<u8> {
        let plaintext = Zeroizing::new([&self.began.to_bytes()[..], &self.secret.0].concat());
        seal(keys, now, nonce, &row.to_bytes(), &plaintext)
    }

    pub(crate) fn open(keys: &PartKeys, row: RowKey, sealed: &[u8]) -> Result<Self, OpenError> {
        let plaintext = open(keys, &row.to_bytes(), sealed)?;
        Self::read(&plaintext).ok_or(OpenError::Malformed)
    }

    pub(super) fn read(plaintext: &[u8]) -> Option<Self> {
        let mut rest = plaintext;
        let began = Timestamp::from_bytes(take_array(&mut rest)?);
        let secret = RowSecret(take_array(&mut rest)?);
        rest.is_empty().then_some(Self { began, secret })
    }
}

/// The text by which a user names one of their sessions.
pub(crate) fn seal_handle(
    keys: &PartKeys,
    now: Timestamp,
    nonce: &Nonce,
    user: &[u8],
    row: RowKey,
) -> String {
    let sealed = seal(keys, now, nonce, user, &row.to_bytes());
    let mut handle = Vec::new();
    text::write(&sealed, &mut handle);
    handle.into_iter().map(char::from).collect()
}

/// The row that a user names.
pub(crate) fn open_handle(keys: &PartKeys, user: &[u8], handle: &str) -> Result<RowKey, OpenError> {
    if handle.len() != text::len(OVERHEAD_BYTES + 16) {
        return Err(OpenError::Length);
    }
    let sealed = text::decode(handle.as_bytes()).ok_or(OpenError::Alphabet)?;
    let row = open(keys, user, &sealed)?;
    let row = <[u8; 16]>::try_from(&row[..]).map_err(|_| OpenError::Malformed)?;
    Ok(RowKey::from_bytes(row))
}

/// A nonce must never seal twice.
pub(super) fn seal(
    keys: &PartKeys,
    now: Timestamp,
    nonce: &Nonce,
    bound_to: &[u8],
    plaintext: &[u8],
) -> Vec<u8> {
    let key = keys.sealing(now);
    let header = header(key.id);
    let mut bytes = [&header[..], nonce, plaintext].concat();
    let (_, message) = bytes.split_at_mut(HEADER_BYTES + NONCE_BYTES);
    let associated = [&header[..], bound_to].concat();
    let tag = XChaCha20Poly1305.seal(&key.secret, nonce, &associated, message);
    bytes.extend(tag);
    bytes
}

fn open(keys: &PartKeys, bound_to: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, OpenError> {
    let (header, nonce, message, tag) = split(sealed).ok_or(OpenError::Length)?;
    let [version, id @ ..] = *header;
    if version != VERSION {
        return Err(OpenError::Version);
    }
    let key = keys.find(KeyId(id)).ok_or(OpenError::UnknownKey)?;
    if key.validity.revoked {
        return Err(OpenError::RevokedKey);
    }
    let associated = [&header[..], bound_to].concat();
    let mut message = Zeroizing::new(message.to_vec());
    if XChaCha20Poly1305.open(&key.secret, nonce, &associated, &mut message, tag) {
        Ok(message)
    } else {
        Err(OpenError::Forged)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Keyring;

    const NOW: Timestamp = Timestamp::from_seconds(5);
    const LABEL: Label = Label {
        began: NOW,
        secret: RowSecret([3; 16]),
    };
    const ROW: RowKey = RowKey::from_bytes([1; 16]);
    const OTHER_ROW: RowKey = RowKey::from_bytes([2; 16]);

    #[test]
    fn a_label_opens_for_its_own_row_only() {
        let ring = Keyring::ephemeral();
        let keys = ring.derive("__Host-shop", "label").load();
        let sealed = LABEL.seal(&keys, NOW, &[7; 24], ROW);
        assert!(Label::open(&keys, ROW, &sealed) == Ok(LABEL.clone()));
        assert!(Label::open(&keys, OTHER_ROW, &sealed) == Err(OpenError::Forged));
        let other = Keyring::ephemeral().derive("__Host-shop", "label").load();
        assert!(Label::open(&other, ROW, &sealed) == Err(OpenError::UnknownKey));
        for at in 0..sealed.len() {
            let mut altered = sealed.clone();
            altered[at] ^= 1;
            assert!(Label::open(&keys, ROW, &altered).is_err(), "byte {at}");
            assert!(
                Label::open(&keys, ROW, &sealed[..at]).is_err(),
                "cut at {at}"
            );
        }
    }

    #[test]
    fn a_handle_opens_for_its_own_user_only() {
        let ring = Keyring::ephemeral();
        let keys = ring.derive("__Host-shop", "handle").load();
        let handle = seal_handle(&keys, NOW, &[7; 24], b"ann", ROW);
        assert_eq!(open_handle(&keys, b"ann", &handle), Ok(ROW));
        assert_eq!(open_handle(&keys, b"bob", &handle), Err(OpenError::Forged));
        assert_eq!(open_handle(&keys, b"an", &handle), Err(OpenError::Forged));
        for at in 0..handle.len() {
            let other = if &handle[at..=at] == "A" { "B" } else { "A" };
            let altered = format!("{}{other}{}", &handle[..at], &handle[at + 1..]);
            assert!(
                open_handle(&keys, b"ann", &altered).is_err(),
                "character {at}"
            );
            assert!(open_handle(&keys, b"ann", &handle[..at]).is_err());
        }
        let labels = ring.derive("__Host-shop", "label").load();
        assert_eq!(
            open_handle(&labels, b"ann", &handle),
            Err(OpenError::Forged)
        );
        assert!(
            handle
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
        );
    }
}
