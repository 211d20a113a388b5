//! Takes its keys from a file and follows it: whoever changes the file rotates the keys, and no
//! request waits for it.
//!
//! ```text
//! cargo run -p examples --bin keygen > keys
//! SESSION_KEY_FILE=keys cargo run -p examples --bin reload
//! ```

use std::env;
use std::error::Error;
use std::time::Duration;

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

    let file = env::var("SESSION_KEY_FILE").unwrap_or_else(|_| "keys".to_owned());
    let text = tokio::fs::read_to_string(&file).await?;
    let keys: Keyring = text.parse()?;
    tokio::spawn(follow(file, text, keys.clone()));

    let app = Router::new()
        .route("/", get(index))
        .layer(SessionLayer::<Counter>::new(keys));

    let port = env::var("PORT").unwrap_or_else(|_| "3000".to_owned());
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    eprintln!("reload: http://{}/", listener.local_addr()?);
    axum::serve(listener, app).await?;
    Ok(())
}

/// Gives `keys` what the file says whenever it says something else. A file that cannot be read, or
/// holds no ring, changes nothing.
async fn follow(file: String, mut text: String, keys: Keyring) {
    let mut every_second = tokio::time::interval(Duration::from_secs(1));
    loop {
        every_second.tick().await;
        let Ok(now) = tokio::fs::read_to_string(&file).await else {
            continue;
        };
        if now == text {
            continue;
        }
        match now.parse() {
            Ok(ring) => {
                keys.replace(&ring);
                eprintln!("reload: the keys are {keys:?} now");
            }
            Err(error) => eprintln!("reload: the keys stay as they are: {error}"),
        }
        text = now;
    }
}
