//! Passwords, hashed by Argon2. It takes a while on purpose, so it runs beside the threads that serve requests.

use std::sync::LazyLock;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use tokio::task::spawn_blocking;

use crate::error::Error;

/// A hash for a user who is not there. A wrong name takes as long as a wrong password, so the
/// time of an answer does not tell who has an account.
static NO_USER: LazyLock<String> = LazyLock::new(|| hash_now("no user").unwrap_or_default());

pub(crate) async fn hash(password: String) -> Result<String, Error> {
    let hashed = spawn_blocking(move || hash_now(&password)).await;
    hashed.map_err(|error| Error::Internal(error.to_string()))?
}

fn hash_now(password: &str) -> Result<String, Error> {
    let hashed = Argon2::default().hash_password(password.as_bytes());
    let hashed = hashed.map_err(|error| Error::Internal(error.to_string()))?;
    Ok(hashed.to_string())
}

pub(crate) async fn is_right(password: String, hash: Option<String>) -> bool {
    let is_right = spawn_blocking(move || {
        let (hash, has_user) = match &hash {
            Some(hash) => (hash, true),
            None => (&*NO_USER, false),
        };
        let is_right = PasswordHash::new(hash).is_ok_and(|hash| {
            let verified = Argon2::default().verify_password(password.as_bytes(), &hash);
            verified.is_ok()
        });
        has_user && is_right
    });
    is_right.await.unwrap_or(false)
}
