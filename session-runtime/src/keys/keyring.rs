use std::collections::BTreeMap;
use std::env::{self, VarError};
use std::fmt;
use std::str::FromStr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use arc_swap::ArcSwap;
use zeroize::Zeroizing;

use super::claims::{Claim, Claims, Clash, CookieId};
use super::ring::{PartKeys, Ring};
use super::{Expander, Key, KeyError, KeyringError};

/// The keys of an application: the first that is active and not revoked seals, all that are not
/// revoked open.
///
/// ```
/// use session_runtime::{Key, Keyring};
///
/// let (new, old) = (Key::generate(), Key::generate());
/// let ring: Keyring = format!("{}, {}", new.reveal(), old.reveal()).parse()?;
/// # Ok::<(), session_runtime::KeyringError>(())
/// ```
///
/// A ring is shared by its clones and by the layers made from it: [`replace`](Self::replace) gives
/// all of them other keys while the server runs.
#[derive(Clone)]
pub struct Keyring(Arc<Mutex<Shared>>);

struct Shared {
    ring: Ring<Expander>,
    /// The keys that layers derived from the ring. They are derived again when the ring is replaced.
    derived: Vec<Weak<DerivedKeys>>,
    /// The session types whose layers were made from the ring, by the names of their cookies. They are claimed again
    /// when the ring is replaced.
    claimed: BTreeMap<String, Claim>,
    claims: Arc<Claims>,
}

/// The subkeys of one part of one cookie, as the ring has them now. Requests read them without a
/// lock.
pub(crate) struct DerivedKeys {
    cookie_name: String,
    part: &'static str,
    keys: ArcSwap<PartKeys>,
}

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
    /// When there is no key, one stands in the list twice, or none seals before some time.
    pub fn new(keys: impl KeyList) -> Result<Self, KeyringError> {
        Ring::of_keys(keys.into_keys()).map(Self::of)
    }

    /// A ring with one new key that nobody else has, for examples and tests.
    ///
    /// All sessions end with the process, and a second process does not read those of the first.
    ///
    /// # Panics
    ///
    /// When the operating system has no randomness to give.
    pub fn ephemeral() -> Self {
        Self::of(Ring::of_new_key())
    }

    /// Takes the keys of another ring, for the layers too. Returns the cookies that belong to two session types by it.
    pub(crate) fn take_keys_of(&self, keys: &Self) -> Vec<Clash> {
        let ring = keys.lock().ring.copy();
        let mut shared = self.lock();
        shared.derived.retain(|derived| match derived.upgrade() {
            Some(derived) => {
                let keys = ring.derive(&derived.cookie_name, derived.part);
                derived.keys.store(Arc::new(keys));
                true
            }
            None => false,
        });
        shared.ring = ring;
        shared.claim_again()
    }

    /// The same keys as another program has them, whose session types may have the same cookies.
    #[cfg(any(test, fuzzing, feature = "test-kit"))]
    pub(crate) fn of_another_process(&self) -> Self {
        Self::with_claims(self.lock().ring.copy(), Arc::default())
    }

    /// The keys of one part of the cookie with this full name, now and after every
    /// [`replace`](Self::replace).
    pub(crate) fn derive(&self, cookie_name: &str, part: &'static str) -> Arc<DerivedKeys> {
        let mut shared = self.lock();
        let keys = shared.ring.derive(cookie_name, part);
        let derived = Arc::new(DerivedKeys {
            cookie_name: cookie_name.to_owned(),
            part,
            keys: ArcSwap::from_pointee(keys),
        });
        shared.forget_what_is_gone();
        shared.derived.push(Arc::downgrade(&derived));
        derived
    }

    /// Claims the cookie with this full name for a session type, under every key that opens. Another type that has it
    /// already is the error.
    pub(crate) fn claim(&self, cookie_name: &str, claim: Claim) -> Result<(), Clash> {
        let mut shared = self.lock();
        shared.claim(cookie_name, claim)?;
        shared.claimed.insert(cookie_name.to_owned(), claim);
        Ok(())
    }

    /// Returns another session type of the program with the same cookie, once for each type.
    pub(crate) fn other_type(&self, cookie: CookieId, claim: Claim) -> Option<Claim> {
        self.lock().claims.other_type(cookie, claim)
    }

    /// A ring of keys whatever their bytes are. The published vectors have several types with one cookie under one key.
    #[cfg(any(test, fuzzing))]
    pub(crate) fn unchecked(text: &str) -> Result<Self, KeyringError> {
        let ring = Self::read(text, Key::read_unchecked)?;
        Ok(ring.of_another_process())
    }

    #[cfg(test)]
    pub(super) fn count_derived(&self) -> usize {
        self.lock().derived.len()
    }

    fn read(
        text: &str,
        read_key: impl Fn(&str) -> Result<Key, KeyError>,
    ) -> Result<Self, KeyringError> {
        if text.trim().is_empty() {
            return Err(KeyringError::Empty);
        }
        let of = text.split(',').count();
        let read = |(index, text): (usize, &str)| {
            let position = index + 1;
            read_key(text).map_err(|error| KeyringError::Key {
                position,
                of,
                error,
            })
        };
        let keys = text.split(',').enumerate().map(read);
        Self::new(keys.collect::<Result<Vec<Key>, _>>()?)
    }

    fn of(ring: Ring<Expander>) -> Self {
        Self::with_claims(ring, Claims::of_the_process())
    }

    fn with_claims(ring: Ring<Expander>, claims: Arc<Claims>) -> Self {
        Self(Arc::new(Mutex::new(Shared {
            ring,
            derived: Vec::new(),
            claimed: BTreeMap::new(),
            claims,
        })))
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        // A panic between lock and unlock would leave old keys in some layers, which still open.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shared {
    /// An application may make a layer for each request. It looks when the list is full, so seldom.
    fn forget_what_is_gone(&mut self) {
        if self.derived.len() == self.derived.capacity() {
            self.derived.retain(|derived| derived.strong_count() > 0);
            self.derived.reserve(self.derived.len() + 4);
        }
    }

    fn claim(&self, cookie_name: &str, claim: Claim) -> Result<(), Clash> {
        self.claims.claim(self.ring.opening(), cookie_name, claim)
    }

    fn claim_again(&self) -> Vec<Clash> {
        let claimed = self.claimed.iter();
        let clashes = claimed.filter_map(|(name, claim)| self.claim(name, *claim).err());
        clashes.collect()
    }
}

/// A list of keys: an array, a `Vec` or whatever else yields each [`Key`].
#[diagnostic::on_unimplemented(
    message = "a `{Self}` is not a list of keys",
    label = "not a list of keys",
    note = "write `Keyring::new([key])`",
    note = "a text is read with `.parse()`, and a variable of the environment with `Keyring::from_env(\"SESSION_KEYS\")`"
)]
pub trait KeyList {
    #[doc(hidden)]
    fn into_keys(self) -> impl Iterator<Item = Key>;
}

#[diagnostic::do_not_recommend]
impl<I: IntoIterator<Item = Key>> KeyList for I {
    fn into_keys(self) -> impl Iterator<Item = Key> {
        self.into_iter()
    }
}

impl DerivedKeys {
    pub(crate) fn load(&self) -> Arc<PartKeys> {
        self.keys.load_full()
    }
}

impl FromStr for Keyring {
    type Err = KeyringError;

    fn from_str(text: &str) -> Result<Self, KeyringError> {
        Self::read(text, str::parse)
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Keyring({:?})", self.lock().ring)
    }
}

impl fmt::Debug for DerivedKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.load(), f)
    }
}
