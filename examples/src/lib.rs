//! The code that the examples share.

use std::env::{self, VarError};

use session_runtime::{Keyring, KeyringError};

/// The keys of `SESSION_KEYS`, or without it a key of this process, so that an example runs
/// without preparation.
///
/// An application of yours takes its keys with `Keyring::from_env("SESSION_KEYS")?` alone.
///
/// # Errors
///
/// When `SESSION_KEYS` holds anything else than keys.
pub fn keys(example: &str) -> Result<Keyring, KeyringError> {
    if env::var("SESSION_KEYS") == Err(VarError::NotPresent) {
        eprintln!(
            "{example}: SESSION_KEYS is not set, so this key is ephemeral: sessions end with me"
        );
        return Ok(Keyring::ephemeral());
    }
    Keyring::from_env("SESSION_KEYS")
}
