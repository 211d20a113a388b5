use std::fmt;
use std::str::FromStr;
use std::time::SystemTime;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::{Expander, KeyError, Validity, weak};
use crate::explained::MakesKey;
use crate::time::Timestamp;

/// Recognisable for people and for scanners that look for leaked secrets.
pub(super) const PREFIX: &str = "srk1_";

/// The characters after the prefix: 32 bytes of key and 4 of checksum.
const CHARACTERS: usize = 48;
const CHECKSUM_BYTES: usize = 4;

/// The white space that is ignored around a key.
pub(super) const WHITE_SPACE: [char; 4] = [' ', '\t', '\r', '\n'];

/// A secret of 32 random bytes that sessions are sealed with.
///
/// As text it is `srk1_` and 48 characters, the last of which are a checksum, so that a key that
/// was cut or mistyped is refused at start-up. Behind them may stand `revoked`, or a time before
/// which the key seals nothing, as `from=2027-01-15T00:00:00Z`.
///
/// ```
/// use session_runtime::Key;
///
/// let key = Key::generate();
/// let text = key.reveal();
/// assert!(text.starts_with("srk1_"));
/// assert!(text.parse::<Key>().is_ok());
/// assert!(text[..text.len() - 1].parse::<Key>().is_err());
/// assert!(format!("{text} from=2027-01-15T00:00:00Z").parse::<Key>().is_ok());
///
/// // This one is printed here, so it is no secret any more, and refused.
/// let published = "srk1_a-IMkV_XOKQT-oZJLbB-xVgB75Q6zWIfuXAu1YtE9pwcmsUv";
/// assert_eq!(published.parse::<Key>().unwrap_err(), session_runtime::KeyError::Published);
/// ```
///
/// # Security
///
/// Whoever has the key can read and forge every session. Keep it out of the source code; hand it
/// to the program through [`Keyring::from_env`](crate::Keyring::from_env).
#[derive(Clone)]
pub struct Key {
    /// Boxed, because a move leaves a copy behind that nobody zeroizes.
    root: Box<Zeroizing<[u8; 32]>>,
    validity: Validity,
}

impl Key {
    /// Makes a new key from the operating system's randomness.
    ///
    /// # Panics
    ///
    /// When the operating system has no randomness to give.
    #[expect(
        clippy::expect_used,
        reason = "without randomness there is no key, and no program to go on with"
    )]
    pub fn generate() -> Self {
        let mut root = Box::new(Zeroizing::new([0; 32]));
        getrandom::fill(root.as_mut_slice()).expect("the operating system gives random bytes");
        Self {
            root,
            validity: Validity::default(),
        }
    }

    /// A key from 32 random bytes that something else keeps, such as a key management service.
    ///
    /// # Errors
    ///
    /// When the bytes are plainly not random, or are published with this library.
    ///
    /// ```
    /// use session_runtime::{Key, KeyError};
    ///
    /// assert_eq!(Key::from_bytes([7; 32]).unwrap_err(), KeyError::LowVariety);
    /// ```
    pub fn from_bytes(root: [u8; 32]) -> Result<Self, KeyError> {
        let root = Zeroizing::new(root);
        weak::refuse(&root)?;
        Ok(Self {
            root: Box::new(root),
            validity: Validity::default(),
        })
    }

    /// The same key, which before `time` opens sessions and seals none.
    ///
    /// Publish a new key to every server first, and let it seal when all of them have it: a session
    /// that one server seals is then opened by all.
    #[must_use]
    pub fn sealing_from(mut self, time: SystemTime) -> Self {
        self.validity.seals_from = Some(Timestamp::of(time));
        self
    }

    /// The same key, with which nothing is sealed or opened any more: it has leaked.
    ///
    /// Dropping it from the ring does the same; this says so in the log.
    #[must_use]
    pub fn revoked(mut self) -> Self {
        self.validity.revoked = true;
        self
    }

    /// The secret as text, to be put where the program reads it. `Debug` never shows it.
    pub fn reveal(&self) -> String {
        let mut bytes = Zeroizing::new([0; 32 + CHECKSUM_BYTES]);
        let (root, end) = bytes.split_at_mut(32);
        root.copy_from_slice(self.root.as_slice());
        end.copy_from_slice(&checksum(&self.root));
        let mut text = String::with_capacity(PREFIX.len() + CHARACTERS);
        text.push_str(PREFIX);
        URL_SAFE_NO_PAD.encode_string(bytes.as_slice(), &mut text);
        text
    }

    /// A key whatever its bytes are.
    #[cfg(any(test, fuzzing))]
    pub(crate) fn unchecked(root: [u8; 32]) -> Self {
        Self {
            root: Box::new(Zeroizing::new(root)),
            validity: Validity::default(),
        }
    }

    /// The key of this text, whatever its bytes are.
    #[cfg(any(test, fuzzing))]
    pub(super) fn read_unchecked(text: &str) -> Result<Self, KeyError> {
        let (root, validity) = read(text)?;
        let root = Box::new(root);
        Ok(Self { root, validity })
    }

    pub(super) fn validity(&self) -> Validity {
        self.validity
    }

    pub(super) fn expander(&self) -> Expander {
        Expander::of(&self.root)
    }
}

/// Functions that keys of other libraries have: see [`explained`](crate::explained).
impl Key {
    // In place of the conversion of a key into itself. It also calls those that an application has.
    #[doc(hidden)]
    pub fn from<B>(bytes: B) -> Self
    where
        B: MakesKey,
    {
        bytes.make_key()
    }

    #[doc(hidden)]
    pub fn derive_from<B>(bytes: B) -> Self
    where
        B: MakesKey,
    {
        bytes.make_key()
    }
}

impl FromStr for Key {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let (root, validity) = read(text)?;
        Ok(Self {
            validity,
            ..Self::from_bytes(*root)?
        })
    }
}

/// A key's text with the words behind it, whatever its bytes are.
pub(crate) fn read(text: &str) -> Result<(Zeroizing<[u8; 32]>, Validity), KeyError> {
    let text = text.trim_matches(WHITE_SPACE);
    let (key, words) = text.split_once(WHITE_SPACE).unwrap_or((text, ""));
    if key.is_empty() {
        return Err(KeyError::Empty);
    }
    let encoded = key.strip_prefix(PREFIX).ok_or(KeyError::Prefix)?;
    let found = encoded.chars().count();
    if found != CHARACTERS {
        return Err(KeyError::Length { found });
    }
    let mut bytes = Zeroizing::new([0; 32 + CHECKSUM_BYTES]);
    let decoded = URL_SAFE_NO_PAD.decode_slice(encoded, bytes.as_mut_slice());
    decoded.map_err(|_| KeyError::Alphabet)?;
    let (root, expected) = bytes.split_first_chunk().ok_or(KeyError::Alphabet)?;
    if checksum(root) != expected {
        return Err(KeyError::Checksum);
    }
    Ok((Zeroizing::new(*root), words.parse()?))
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({:?})", self.expander().key_id())
    }
}

fn checksum(root: &[u8; 32]) -> [u8; CHECKSUM_BYTES] {
    let digest = Sha256::new()
        .chain_update("session-runtime/v1 key checksum")
        .chain_update(root)
        .finalize();
    let [a, b, c, d, ..]: [u8; 32] = digest.into();
    [a, b, c, d]
}
