use zeroize::Zeroizing;

use super::{Expander, Key, KeyId, KeyringError, Validity};
use crate::time::Timestamp;

/// The subkeys of one part of one cookie.
pub(crate) type PartKeys = Ring<Zeroizing<[u8; 32]>>;

/// Keys in their order, one of which seals at any time. A token names its key by id, so opening never
/// tries one after another.
pub(crate) struct Ring<S> {
    /// Keys that seal later, or never again, and then come first.
    before: Vec<Entry<S>>,
    /// The first key that seals at any time.
    anchor: Entry<S>,
    /// Keys that only open: one before them always seals.
    after: Vec<Entry<S>>,
}

pub(crate) struct Entry<S> {
    pub(crate) id: KeyId,
    pub(crate) validity: Validity,
    pub(crate) secret: S,
}

impl<S> Ring<S> {
    fn of(keys: impl IntoIterator<Item = Entry<S>>) -> Result<Self, KeyringError> {
        let (mut before, mut anchor, mut after) = (Vec::new(), None, Vec::new());
        for (index, key) in keys.into_iter().enumerate() {
            match &anchor {
                None if key.validity.always_seals() => anchor = Some(key),
                None => before.push(key),
                Some(_) if key.validity.waits() => {
                    let position = index + 1;
                    return Err(KeyringError::NeverSeals { position });
                }
                Some(_) => after.push(key),
            }
        }
        match anchor {
            Some(anchor) => Ok(Self {
                before,
                anchor,
                after,
            }),
            None if before.is_empty() => Err(KeyringError::Empty),
            None => Err(KeyringError::NothingSeals),
        }
    }

    /// The key that seals: the first that is active and not revoked.
    pub(crate) fn sealing(&self, now: Timestamp) -> &Entry<S> {
        let active = self.before.iter().find(|key| key.validity.seals(now));
        active.unwrap_or(&self.anchor)
    }

    pub(crate) fn find(&self, id: KeyId) -> Option<&Entry<S>> {
        self.iter().find(|key| key.id == id)
    }

    /// The ids of the keys that open.
    pub(super) fn opening(&self) -> impl Iterator<Item = KeyId> {
        let keys = self.iter().filter(|key| !key.validity.revoked);
        keys.map(|key| key.id)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Entry<S>> {
        let first = self.before.iter().chain(std::iter::once(&self.anchor));
        first.chain(&self.after)
    }

    fn map<T>(&self, map: impl Fn(&S) -> T) -> Ring<T> {
        let entry = |key: &Entry<S>| Entry {
            id: key.id,
            validity: key.validity,
            secret: map(&key.secret),
        };
        Ring {
            before: self.before.iter().map(entry).collect(),
            anchor: entry(&self.anchor),
            after: self.after.iter().map(entry).collect(),
        }
    }
}

impl Ring<Expander> {
    pub(super) fn of_keys(keys: impl IntoIterator<Item = Key>) -> Result<Self, KeyringError> {
        let keys: Vec<_> = keys.into_iter().map(|key| Entry::of(&key)).collect();
        for (at, key) in keys.iter().enumerate() {
            if keys.iter().take(at).any(|other| other.id == key.id) {
                return Err(KeyringError::Repeated { position: at + 1 });
            }
        }
        Self::of(keys)
    }

    pub(super) fn of_new_key() -> Self {
        Self {
            before: Vec::new(),
            anchor: Entry::of(&Key::generate()),
            after: Vec::new(),
        }
    }

    pub(super) fn copy(&self) -> Self {
        self.map(Expander::clone)
    }

    /// The keys of one part of the cookie with this full name.
    pub(super) fn derive(&self, cookie_name: &str, part: &str) -> PartKeys {
        self.map(|expander| expander.part_key(cookie_name, part))
    }
}

impl Entry<Expander> {
    fn of(key: &Key) -> Self {
        let secret = key.expander();
        Self {
            id: secret.key_id(),
            validity: key.validity(),
            secret,
        }
    }
}

/// The ids alone.
impl<S> std::fmt::Debug for Ring<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list()
            .entries(self.iter().map(|key| key.id))
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The keys of a ring, then a time, then who seals at it. `12` seals from second 12 on, `x` is
    /// revoked, `x12` both, `-` neither.
    const TABLE: &[(&str, u64, Result<usize, &str>)] = &[
        ("", 0, Err("empty")),
        ("-", 0, Ok(0)),
        ("- -", 0, Ok(0)),
        ("x", 0, Err("nothing seals")),
        ("x x", 0, Err("nothing seals")),
        ("12", 20, Err("nothing seals")),
        ("12 x", 20, Err("nothing seals")),
        ("x12 5", 20, Err("nothing seals")),
        ("x -", 0, Ok(1)),
        ("- x", 0, Ok(0)),
        ("x x -", 0, Ok(2)),
        ("12 -", 11, Ok(1)),
        ("12 -", 12, Ok(0)),
        ("12 -", 13, Ok(0)),
        ("- 12", 13, Err("never seals")),
        ("- x12", 13, Ok(0)),
        ("20 - x 12", 13, Err("never seals")),
        ("x12 -", 13, Ok(1)),
        ("12 x -", 11, Ok(2)),
        ("12 x -", 12, Ok(0)),
        ("20 12 -", 11, Ok(2)),
        ("20 12 -", 12, Ok(1)),
        ("20 12 -", 20, Ok(0)),
        ("12 20 -", 19, Ok(0)),
        ("12 20 -", 20, Ok(0)),
        ("x 12 - x5 x -", 11, Ok(2)),
        ("x 12 - x5 x -", 12, Ok(1)),
    ];

    fn entry(at: usize, word: &str) -> Entry<usize> {
        let seconds = word.trim_start_matches('x').parse().ok();
        let [.., a, b, c, d] = at.to_be_bytes();
        Entry {
            id: KeyId([a, b, c, d]),
            validity: Validity {
                seals_from: seconds.map(Timestamp::from_seconds),
                revoked: word.starts_with('x'),
            },
            secret: at,
        }
    }

    #[test]
    fn order_activation_and_revocation_decide_who_seals() {
        for (keys, now, expected) in TABLE {
            let keys_of = keys.split_whitespace().enumerate();
            let ring = Ring::of(keys_of.map(|(at, word)| entry(at, word)));
            let sealing = match &ring {
                Ok(ring) => Ok(ring.sealing(Timestamp::from_seconds(*now)).secret),
                Err(KeyringError::Empty) => Err("empty"),
                Err(KeyringError::NeverSeals { .. }) => Err("never seals"),
                Err(_) => Err("nothing seals"),
            };
            assert_eq!(sealing, *expected, "{keys} at {now}");
            if let Ok(ring) = ring {
                let order: Vec<_> = ring.iter().map(|key| key.secret).collect();
                assert!(order.is_sorted(), "{keys}");
            }
        }
    }
}
