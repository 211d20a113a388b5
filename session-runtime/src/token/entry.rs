//! The sealed value of one field in a row of a store.
//!
//! ```text
//! version (1) ‖ key id (4) ‖ nonce (24) ‖ ciphertext ‖ tag (16)
//! plaintext = flags (1) ‖ written-at (5) ‖ [deadline (5)] ‖ [history] ‖ value
//! ```
//!
//! The key is expanded from the ring **and** a secret that is made from the session's id. A row without a user has the
//! secret nowhere, so a copy of the store together with the ring does not open it. Version, key id, row, field and role are authenticated as associated
//! data, so an entry that was moved to another row or field does not open.

use std::sync::Arc;

use bytes::{Buf as _, Bytes, BytesMut};
use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::Zeroizing;

use super::engine::{Engine as _, XChaCha20Poly1305};
use super::{HEADER_BYTES, NONCE_BYTES, Nonce, OpenError, RowSecret, TAG_BYTES, VERSION, header};
use crate::keys::{KeyId, PartKeys};
use crate::merge::History;
use crate::record::take_array;
use crate::store::{EntryTag, Role, RowKey};
use crate::time::Timestamp;

/// Seals and opens the entries of one row.
pub(crate) struct EntryCipher {
    keys: Arc<PartKeys>,
    secret: RowSecret,
    row: RowKey,
    /// Says which key of the ring seals.
    now: Timestamp,
    /// The keys of the row that were needed so far. Mostly there is one.
    expanded: Vec<(KeyId, Zeroizing<[u8; 32]>)>,
    /// What was opened: each value is a slice of it.
    opened: BytesMut,
}

/// A field's value as it is sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct EntryValue {
    pub(crate) written_at: Timestamp,
    pub(crate) deadline: Option<Timestamp>,
    /// The differences that a base took.
    pub(crate) history: History,
    pub(crate) value: Bytes,
}

const HAS_DEADLINE: u8 = 0x01;
const HAS_HISTORY: u8 = 0x02;

impl EntryCipher {
    pub(crate) fn new(keys: Arc<PartKeys>, secret: RowSecret, row: RowKey, now: Timestamp) -> Self {
        Self {
            keys,
            secret,
            row,
            now,
            expanded: Vec::new(),
            opened: BytesMut::new(),
        }
    }

    /// Makes room for so many sealed bytes, so that all that is opened is one allocation.
    pub(crate) fn reserve(&mut self, bytes: usize) {
        self.opened.reserve(bytes);
    }

    /// A nonce must never seal twice.
    pub(crate) fn seal(
        &mut self,
        tag: EntryTag,
        role: Role,
        entry: &EntryValue,
        nonce: &Nonce,
    ) -> Bytes {
        let keys = self.keys.clone();
        let key = keys.sealing(self.now);
        let header = header(key.id);
        let associated = self.associated(header, tag, role);
        let mut bytes = Vec::with_capacity(entry.value.len() + super::OVERHEAD_BYTES + 11);
        bytes.extend(header);
        bytes.extend(nonce);
        entry.write(&mut bytes);
        let secret = self.expand(key.id, &key.secret);
        let (_, message) = bytes.split_at_mut(HEADER_BYTES + NONCE_BYTES);
        let tag = XChaCha20Poly1305.seal(&secret, nonce, &associated, message);
        bytes.extend(tag);
        bytes.into()
    }

    /// Opens an entry of this row that the store has under this field and role.
    pub(crate) fn open(
        &mut self,
        tag: EntryTag,
        role: Role,
        sealed: &[u8],
    ) -> Result<EntryValue, OpenError> {
        let (header, nonce, message, seal) = split(sealed).ok_or(OpenError::Length)?;
        let [version, id @ ..] = *header;
        if version != VERSION {
            return Err(OpenError::Version);
        }
        let keys = self.keys.clone();
        let key = keys.find(KeyId(id)).ok_or(OpenError::UnknownKey)?;
        if key.validity.revoked {
            return Err(OpenError::RevokedKey);
        }
        let associated = self.associated(*header, tag, role);
        let secret = self.expand(key.id, &key.secret);
        self.opened.extend_from_slice(message);
        let mut message = self.opened.split();
        if !XChaCha20Poly1305.open(&secret, nonce, &associated, &mut message, seal) {
            return Err(OpenError::Forged);
        }
        EntryValue::read(message.freeze()).ok_or(OpenError::Malformed)
    }

    /// Returns true if the entry is sealed under another key than that which seals now.
    pub(crate) fn is_of_another_key(&self, sealed: &[u8]) -> bool {
        sealed.first_chunk() != Some(&header(self.keys.sealing(self.now).id))
    }

    pub(super) fn associated(
        &self,
        header: [u8; HEADER_BYTES],
        tag: EntryTag,
        role: Role,
    ) -> [u8; 25] {
        let role = match role {
            Role::Base => 0,
            Role::Added => 1,
        };
        let mut associated = [0; 25];
        associated[..5].copy_from_slice(&header);
        associated[5..21].copy_from_slice(&self.row.to_bytes());
        associated[21..24].copy_from_slice(&tag.to_bytes());
        associated[24] = role;
        associated
    }

    #[expect(
        clippy::expect_used,
        reason = "a key of 32 bytes is long enough, and so is an output of 32 short enough"
    )]
    pub(super) fn expand(&mut self, key: KeyId, secret: &[u8; 32]) -> Zeroizing<[u8; 32]> {
        if let Some((_, expanded)) = self.expanded.iter().find(|(id, _)| *id == key) {
            return expanded.clone();
        }
        let mut expanded = Zeroizing::new([0; 32]);
        Hkdf::<Sha256>::from_prk(secret)
            .expect("a key of 32 bytes")
            .expand(&self.secret.0, expanded.as_mut_slice())
            .expect("an output of 32 bytes");
        self.expanded.push((key, expanded.clone()));
        expanded
    }
}

/// The header, the nonce, the message and the tag of a sealed entry.
pub(super) type Sealed<'a> = (
    &'a [u8; HEADER_BYTES],
    &'a Nonce,
    &'a [u8],
    &'a [u8; TAG_BYTES],
);

pub(super) fn split(sealed: &[u8]) -> Option<Sealed<'_>> {
    let (header, rest) = sealed.split_first_chunk()?;
    let (nonce, rest) = rest.split_first_chunk()?;
    let (message, tag) = rest.split_last_chunk()?;
    Some((header, nonce, message, tag))
}

impl EntryValue {
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        let has_history = !self.history.is_empty();
        let deadline = self.deadline.map_or(0, |_| HAS_DEADLINE);
        out.push(deadline | if has_history { HAS_HISTORY } else { 0 });
        out.extend(self.written_at.to_bytes());
        out.extend(self.deadline.iter().flat_map(|time| time.to_bytes()));
        if has_history {
            self.history.write(out);
        }
        out.extend(&self.value);
    }

    pub(super) fn read(mut bytes: Bytes) -> Option<Self> {
        let mut rest = &*bytes;
        let [flags] = take_array(&mut rest)?;
        if flags & !(HAS_DEADLINE | HAS_HISTORY) != 0 {
            return None;
        }
        let written_at = Timestamp::from_bytes(take_array(&mut rest)?);
        let deadline = if flags & HAS_DEADLINE != 0 {
            Some(Timestamp::from_bytes(take_array(&mut rest)?))
        } else {
            None
        };
        let history = if flags & HAS_HISTORY != 0 {
            History::read(&mut rest).filter(|history| !history.is_empty())?
        } else {
            History::default()
        };
        bytes.advance(bytes.len() - rest.len());
        Some(Self {
            written_at,
            deadline,
            history,
            value: bytes,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Keyring;
    use crate::merge::Name;
    use crate::token::{Pieces, SessionId};

    const NOW: Timestamp = Timestamp::from_seconds(5);
    const NAME: &str = "__Host-shop";
    const TAG: EntryTag = EntryTag::from_bytes([1, 2, 3]);

    fn cipher(ring: &Keyring, id: SessionId) -> EntryCipher {
        let keys = ring.derive(NAME, "row").load();
        let (row, secret) = id.row(NAME);
        EntryCipher::new(keys, secret, row, NOW)
    }

    fn value(value: &'static [u8]) -> EntryValue {
        EntryValue {
            written_at: NOW,
            deadline: None,
            history: History::default(),
            value: Bytes::from_static(value),
        }
    }

    #[test]
    fn an_entry_opens_as_it_was_sealed() {
        let ring = Keyring::ephemeral();
        let mut cipher = cipher(&ring, SessionId::random().unwrap());
        let timed = EntryValue {
            deadline: Some(Timestamp::from_seconds(9)),
            ..value(b"cart")
        };
        let folded = EntryValue {
            history: History {
                highest: 3,
                taken: vec![(Name([6; 8]), Timestamp::from_seconds(4)); 2],
            },
            ..timed.clone()
        };
        for entry in [value(b""), value(b"x"), timed, folded] {
            let sealed = cipher.seal(TAG, Role::Base, &entry, &[7; 24]);
            assert_eq!(cipher.open(TAG, Role::Base, &sealed), Ok(entry));
        }
    }

    #[test]
    fn an_entry_opens_in_its_own_place_only() {
        let (ring, other_ring) = (Keyring::ephemeral(), Keyring::ephemeral());
        let (id, other_id) = (SessionId::random().unwrap(), SessionId::random().unwrap());
        let sealed = cipher(&ring, id).seal(TAG, Role::Base, &value(b"cart"), &[7; 24]);
        let other_tag = EntryTag::from_bytes([1, 2, 4]);
        assert!(cipher(&ring, id).open(TAG, Role::Base, &sealed).is_ok());
        let opened = cipher(&other_ring, id).open(TAG, Role::Base, &sealed);
        assert_eq!(opened, Err(OpenError::UnknownKey));
        for (mut cipher, tag, role) in [
            (cipher(&ring, other_id), TAG, Role::Base),
            (cipher(&ring, id), other_tag, Role::Base),
            (cipher(&ring, id), TAG, Role::Added),
        ] {
            assert_eq!(cipher.open(tag, role, &sealed), Err(OpenError::Forged));
        }
        let keys = ring.derive(NAME, "row").load();
        let mut moved = EntryCipher::new(keys, id.row(NAME).1, other_id.row_key(NAME), NOW);
        let opened = moved.open(TAG, Role::Base, &sealed);
        assert_eq!(opened, Err(OpenError::Forged));
    }

    /// What stands in a row, as an attacker may try it in place of the id, with every key that the ring gives.
    #[test]
    fn the_ring_and_a_copy_of_the_store_open_no_entry_without_the_sessions_id() {
        let ring = Keyring::ephemeral();
        let id = SessionId::random().unwrap();
        let (row, mark) = (id.row_key(NAME), [9; 8]);
        let sealed = cipher(&ring, id).seal(TAG, Role::Base, &value(b"cart"), &[7; 24]);
        let keys = ["row", "main", "owner", "browser", "flash"].map(|part| {
            let keys = ring.derive(NAME, part).load();
            keys.sealing(Timestamp::from_seconds(5)).secret.clone()
        });
        let mut twice = [0; 16];
        twice.copy_from_slice(&[mark, mark].concat());
        let bytes = [row.to_bytes(), twice, [0; 16]];
        let of_ids = bytes.map(|bytes| SessionId::from_bytes(bytes).row(NAME).1);
        for guess in bytes.map(RowSecret).into_iter().chain(of_ids) {
            let keys = ring.derive(NAME, "row").load();
            let opened = EntryCipher::new(keys, guess, row, NOW).open(TAG, Role::Base, &sealed);
            assert_eq!(opened, Err(OpenError::Forged));
        }
        let mut bytes = sealed.to_vec();
        let pieces = Pieces::of(&mut bytes).unwrap();
        let associated = cipher(&ring, id).associated(pieces.header, TAG, Role::Base);
        for key in keys {
            let mut message = pieces.message.to_vec();
            let (nonce, tag) = (&pieces.nonce, &pieces.tag);
            let opens = XChaCha20Poly1305.open(&key, nonce, &associated, &mut message, tag);
            assert!(!opens, "a key of the ring alone");
        }
        assert!(cipher(&ring, id).open(TAG, Role::Base, &sealed).is_ok());
    }

    #[test]
    fn an_altered_or_cut_entry_does_not_open() {
        let ring = Keyring::ephemeral();
        let mut cipher = cipher(&ring, SessionId::random().unwrap());
        let sealed = cipher.seal(TAG, Role::Base, &value(b"cart"), &[7; 24]);
        for at in 0..sealed.len() {
            let mut altered = sealed.to_vec();
            altered[at] ^= 1;
            let cut = &sealed[..at];
            let opened = [&altered, cut].map(|entry| cipher.open(TAG, Role::Base, entry));
            assert!(opened.iter().all(Result::is_err), "byte {at}");
        }
    }
}
