use std::env::{self, VarError};
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use zeroize::Zeroizing;

use super::{Expander, Key, KeyId, KeyringError};

/// The keys of an application: the first seals, all of them open.
///
/// ```
/// use session_runtime::{Key, Keyring};
///
/// let (new, old) = (Key::generate(), Key::generate());
/// let ring: Keyring = format!("{}, {}", new.reveal(), old.reveal()).parse()?;
/// # Ok::<(), session_runtime::KeyringError>(())
/// ```
#[derive(Clone)]
pub struct Keyring(Arc<Ring<Expander>>);

impl Keyring {
    /// Reads the keys from an environment variable: one, or several with commas between them.
    ///
    /// # Errors
    ///
    /// When the variable is missing or one of its keys is refused. Return the error from `main`:
    /// it says what to do.
    ///
    /// ```no_run
    /// use session_runtime::Keyring;
    ///
    /// fn main() -> Result<(), Box<dyn std::error::Error>> {
    ///     let keys = Keyring::from_env("SESSION_KEYS")?;
    ///     Ok(())
    /// }
    /// ```
    pub fn from_env(variable: &str) -> Result<Self, KeyringError> {
        let name = || variable.to_owned();
        let text = env::var(variable).map_err(|error| match error {
            VarError::NotPresent => KeyringError::Unset { variable: name() },
            VarError::NotUnicode(_) => KeyringError::NotUnicode { variable: name() },
        })?;
        Zeroizing::new(text)
            .parse()
            .map_err(|error| KeyringError::Variable {
                variable: name(),
                error: Box::new(error),
            })
    }

    /// A ring of keys that the program already has.
    ///
    /// # Errors
    ///
    /// When there is no key, or one stands in the list twice.
    pub fn new(keys: impl IntoIterator<Item = Key>) -> Result<Self, KeyringError> {
        let mut keys = keys.into_iter().map(|key| Entry::of(&key));
        let mut ring = Ring::of(keys.next().ok_or(KeyringError::Empty)?);
        for key in keys {
            if ring.find(key.id).is_some() {
                let position = ring.others.len() + 2;
                return Err(KeyringError::Repeated { position });
            }
            ring.others.push(key);
        }
        Ok(Self(Arc::new(ring)))
    }

    /// A ring with one new key that nobody else has, for examples and tests.
    ///
    /// All sessions end with the process, and a second process does not read those of the first.
    pub fn ephemeral() -> Self {
        Key::generate().into()
    }

    /// The keys of one part of the cookie with this full name.
    pub(crate) fn derive(&self, cookie_name: &str, part: &str) -> PartKeys {
        let derive = |key: &Entry<Expander>| Entry {
            id: key.id,
            secret: key.secret.part_key(cookie_name, part),
        };
        Ring {
            sealing: derive(&self.0.sealing),
            others: self.0.others.iter().map(derive).collect(),
        }
    }
}

impl From<Key> for Keyring {
    fn from(key: Key) -> Self {
        Self(Arc::new(Ring::of(Entry::of(&key))))
    }
}

impl FromStr for Keyring {
    type Err = KeyringError;

    fn from_str(text: &str) -> Result<Self, KeyringError> {
        if text.trim().is_empty() {
            return Err(KeyringError::Empty);
        }
        let of = text.split(',').count();
        let read = |(index, text): (usize, &str)| {
            let position = index + 1;
            text.parse().map_err(|error| KeyringError::Key {
                position,
                of,
                error,
            })
        };
        let keys = text.split(',').enumerate().map(read);
        Self::new(keys.collect::<Result<Vec<Key>, _>>()?)
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Keyring({:?})", self.0)
    }
}

/// The subkeys of one part of one cookie.
pub(crate) type PartKeys = Ring<Zeroizing<[u8; 32]>>;

/// At least one key. A token names its key by id, so opening never tries one after another.
pub(crate) struct Ring<S> {
    sealing: Entry<S>,
    others: Vec<Entry<S>>,
}

pub(crate) struct Entry<S> {
    pub(crate) id: KeyId,
    pub(crate) secret: S,
}

impl<S> Ring<S> {
    fn of(sealing: Entry<S>) -> Self {
        let others = Vec::new();
        Self { sealing, others }
    }

    pub(crate) fn sealing(&self) -> &Entry<S> {
        &self.sealing
    }

    pub(crate) fn find(&self, id: KeyId) -> Option<&Entry<S>> {
        self.iter().find(|key| key.id == id)
    }

    fn iter(&self) -> impl Iterator<Item = &Entry<S>> {
        std::iter::once(&self.sealing).chain(&self.others)
    }
}

impl Entry<Expander> {
    fn of(key: &Key) -> Self {
        let secret = key.expander();
        let id = secret.key_id();
        Self { id, secret }
    }
}

/// The ids alone.
impl<S> fmt::Debug for Ring<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.iter().map(|key| key.id))
            .finish()
    }
}
