//! The code that the examples share.

use std::env::{self, VarError};
use std::io;

use axum::Router;
use session_runtime::{Keyring, KeyringError};
use tokio::net::TcpListener;

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

/// Serves an application at `PORT`, or at 3000.
///
/// # Errors
///
/// When the port is taken.
pub async fn serve(example: &str, app: Router) -> io::Result<()> {
    let port = env::var("PORT").unwrap_or_else(|_| "3000".to_owned());
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    eprintln!("{example}: http://{}/", listener.local_addr()?);
    axum::serve(listener, app).await
}
