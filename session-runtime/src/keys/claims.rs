//! The session types that the cookies of a program belong to.

use std::any::TypeId;
use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use super::KeyId;

/// The session type of each cookie under each key. Keys are derived for a name and not for a type, so under one key two
/// types with one cookie would open each other's sessions, whichever ring each of them has the key from.
///
/// An entry is never taken back: a session that was sealed under it may be out there. There is one for each cookie of a
/// layer under each key that the layer has had.
#[derive(Default)]
pub(crate) struct Claims(Mutex<BTreeMap<(KeyId, String), Claim>>);

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

    /// Claims the cookie with this full name under each of the keys.
    pub(super) fn claim(
        &self,
        keys: impl Iterator<Item = KeyId>,
        cookie_name: &str,
        claim: Claim,
    ) -> Result<(), Clash> {
        // A panic between lock and unlock would leave a claim out, and no claim wrong.
        let mut claims = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for key in keys {
            let holder = claims.entry((key, cookie_name.to_owned())).or_insert(claim);
            if holder.type_id != claim.type_id {
                return Err(Clash {
                    cookie_name: cookie_name.to_owned(),
                    holder: *holder,
                    claim,
                });
            }
        }
        Ok(())
    }
}
