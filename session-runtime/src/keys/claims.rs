//! The session types that the cookies of a program belong to.

use std::any::TypeId;
use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

use super::KeyId;

/// The session type of each cookie under each key. Keys are derived for a name and not for a type, so under one key two
/// types with one cookie would open each other's sessions, whichever ring each of them has the key from.
///
/// An entry is never taken back: a session that was sealed under it may be out there. There is one for each cookie of a
/// layer under each key that the layer has had.
#[derive(Default)]
pub(crate) struct Claims(Mutex<Held>);

#[derive(Default)]
struct Held {
    by_key: BTreeMap<(KeyId, String), Claim>,
    /// The types with a cookie, whatever their keys are.
    by_cookie: BTreeMap<CookieId, Vec<Claim>>,
}

/// Cookies that a browser takes for one: of the same name, path and domain, and partitioned alike.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct CookieId {
    pub(crate) name: String,
    pub(crate) path: String,
    pub(crate) domain: Option<String>,
    pub(crate) partitioned: bool,
}

/// The session type that a cookie belongs to.
#[derive(Clone, Copy)]
pub(crate) struct Claim {
    pub(crate) type_id: TypeId,
    pub(crate) type_name: &'static str,
}

/// Two session types that have one cookie under one key.
pub(crate) struct Clash {
    pub(crate) cookie_name: String,
    pub(crate) holder: Claim,
    pub(crate) claim: Claim,
}

static OF_THE_PROCESS: LazyLock<Arc<Claims>> = LazyLock::new(Arc::default);

impl Claims {
    pub(super) fn of_the_process() -> Arc<Self> {
        OF_THE_PROCESS.clone()
    }

    /// Claims the cookie with this full name under each of the keys, also behind one under which another type has it.
    pub(super) fn claim(
        &self,
        keys: impl Iterator<Item = KeyId>,
        cookie_name: &str,
        claim: Claim,
    ) -> Result<(), Clash> {
        let mut held = self.lock();
        let mut first_clash = Ok(());
        for key in keys {
            let by_key = &mut held.by_key;
            let holder = by_key.entry((key, cookie_name.to_owned())).or_insert(claim);
            if holder.type_id != claim.type_id && first_clash.is_ok() {
                first_clash = Err(Clash {
                    cookie_name: cookie_name.to_owned(),
                    holder: *holder,
                    claim,
                });
            }
        }
        first_clash
    }

    /// Returns the first type with this cookie, where this one is another and comes for the first time. In a browser the
    /// cookie of the one takes the place of that of the other.
    pub(super) fn other_type(&self, cookie: CookieId, claim: Claim) -> Option<Claim> {
        let mut held = self.lock();
        let types = held.by_cookie.entry(cookie).or_default();
        if types.iter().any(|known| known.type_id == claim.type_id) {
            return None;
        }
        types.push(claim);
        types
            .first()
            .filter(|first| first.type_id != claim.type_id)
            .copied()
    }

    /// A panic between lock and unlock would leave a claim out, and no claim wrong.
    fn lock(&self) -> MutexGuard<'_, Held> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
