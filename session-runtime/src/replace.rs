//! Other keys for a program that runs. It is apart from the ring, which writes no log.

use crate::event;
use crate::keys::Keyring;

impl Keyring {
    /// Gives this ring, its clones and the layers made from it the keys of another, while they run.
    /// Requests do not wait for it: each is opened with the keys of before or of after.
    ///
    /// If another session type of the program has a cookie of the same name under one of the keys, the log has an
    /// `error`: the sessions of one type open as sessions of the other then.
    ///
    /// ```
    /// use session_runtime::{Key, Keyring};
    ///
    /// # let (new, old) = (Key::generate(), Key::generate());
    /// let keys = Keyring::new([old.clone()])?;
    /// // … SessionLayer::<Shop>::new(keys.clone()) …
    /// keys.replace(&Keyring::new([new, old])?);
    /// # Ok::<(), session_runtime::KeyringError>(())
    /// ```
    pub fn replace(&self, keys: &Self) {
        for clash in self.take_keys_of(keys) {
            event::one_session(&clash);
        }
    }
}
