//! Counts how often a browser has come by. The count is in an encrypted cookie; there is no
//! database.
//!
//! ```text
//! cargo run -p examples --bin counter
//! curl -b jar -c jar http://127.0.0.1:3000/
//! ```

use std::env::{self, VarError};
use std::error::Error;

use axum::Router;
use axum::routing::get;
use session_runtime::{Keyring, Session, SessionLayer};
use tokio::net::TcpListener;

#[derive(Session)]
struct Counter {
    visits: u32,
}

async fn index(mut session: Session<Counter>) -> String {
    session.visits += 1;
    format!("Visit number: {}\n", session.visits)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt::init();

    let app = Router::new()
        .route("/", get(index))
        .layer(SessionLayer::<Counter>::new(keys()?));

    let port = env::var("PORT").unwrap_or_else(|_| "3000".to_owned());
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    eprintln!("counter: http://{}/", listener.local_addr()?);
    axum::serve(listener, app).await?;
    Ok(())
}

/// An application of yours takes its keys with `Keyring::from_env("SESSION_KEYS")?` alone.
fn keys() -> Result<Keyring, Box<dyn Error>> {
    if env::var("SESSION_KEYS") == Err(VarError::NotPresent) {
        eprintln!("counter: SESSION_KEYS is not set, so this key is ephemeral: counts end with me");
        return Ok(Keyring::ephemeral());
    }
    Ok(Keyring::from_env("SESSION_KEYS")?)
}
