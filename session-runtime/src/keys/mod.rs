//! Keys: made, read from text, kept in a ring, and derived for one cookie.
//!
//! A root key never seals anything itself. Every part of every session type has a subkey of its
//! own, bound to the full cookie name, so a token pasted under another name does not open.

mod claims;
mod error;
pub(crate) mod key;
mod keyring;
mod ring;
#[cfg(test)]
mod tests;
mod validity;
mod weak;

use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::Zeroizing;

pub(crate) use self::claims::{Claim, Clash, CookieId};
pub use self::error::{KeyError, KeyringError};
pub use self::key::Key;
pub(crate) use self::keyring::DerivedKeys;
pub use self::keyring::{KeyList, Keyring};
pub(crate) use self::ring::PartKeys;
use self::validity::Validity;

/// Every derivation starts here; a second format would have another salt.
const SALT: &[u8] = b"session-runtime/v1";

/// Four public bytes that name a key inside a token.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct KeyId(pub(crate) [u8; Self::BYTES]);

impl KeyId {
    pub(crate) const BYTES: usize = 4;
}

impl std::fmt::Debug for KeyId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self([a, b, c, d]) = self;
        write!(f, "{a:02x}{b:02x}{c:02x}{d:02x}")
    }
}

/// The pseudo-random key of a root key, from which everything else is expanded.
#[derive(Clone)]
struct Expander(Hkdf<Sha256>);

impl Expander {
    fn of(root: &[u8; 32]) -> Self {
        Self(Hkdf::new(Some(SALT), root))
    }

    fn key_id(&self) -> KeyId {
        KeyId(*self.expand(&[b"key-id"]))
    }

    /// The key of one part of one cookie. Each component of the info has its length before it, so
    /// that no two of them can be mistaken for one another.
    fn part_key(&self, cookie_name: &str, part: &str) -> Zeroizing<[u8; 32]> {
        let components = ["cookie", cookie_name, part].map(str::as_bytes);
        let lengths = components.map(|component| (component.len() as u64).to_be_bytes());
        let [label, name, part] = components;
        let [label_length, name_length, part_length] = &lengths;
        self.expand(&[label_length, label, name_length, name, part_length, part])
    }

    #[expect(
        clippy::expect_used,
        reason = "HKDF-SHA256 expands to at most 8160 bytes, and N is 4 or 32"
    )]
    fn expand<const N: usize>(&self, info: &[&[u8]]) -> Zeroizing<[u8; N]> {
        let mut output = Zeroizing::new([0; N]);
        self.0
            .expand_multi_info(info, output.as_mut_slice())
            .expect("a short output");
        output
    }
}
