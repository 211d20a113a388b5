//! Sessions in a SQLite file: one machine, no server, and a logout that ends every copy of the cookie.
//!
//! ```text
//! export SESSION_KEYS="$(cargo run -q -p examples --bin keygen)"
//! cargo run -p examples --bin stored
//! curl -b jar -c jar http://127.0.0.1:3000/log-in/ann
//! curl -b jar -c jar http://127.0.0.1:3000/
//! ```
//!
//! Stop the program and start it again, or start a second one on another `PORT`: the session is the same.

use std::env;
use std::error::Error;

use axum::Router;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::routing::get;
use examples::keys;
use session_runtime::{Identity, LoggedIn, Session, SessionLayer};
use session_sqlite::SqliteStore;
use tokio::net::TcpListener;

#[derive(Session)]
#[session(cookie = "shop", stored)]
struct Shop {
    #[session(identity)]
    user: Identity<String>,
    /// Two pages that load at once count two.
    #[session(merge = add)]
    visits: u32,
    /// A visitor who sends an older cookie does not get the attempts back.
    attempts: u32,
}

async fn index(mut session: Session<Shop>) -> String {
    session.visits += 1;
    match &*session.user {
        Some(user) => format!("Visit number: {}, {user}\n", session.visits),
        None => format!("Visit number: {}\n", session.visits),
    }
}

async fn log_in(Path(user): Path<String>, mut session: Session<Shop>) -> &'static str {
    Session::log_in(&mut session, user);
    "Welcome.\n"
}

async fn log_out(mut session: Session<Shop>) -> &'static str {
    Session::log_out(&mut session);
    "Goodbye.\n"
}

async fn account(LoggedIn(user): LoggedIn<Shop>) -> String {
    format!("The account of {user}\n")
}

/// The code is 1234, and there are three attempts.
async fn enter(Path(code): Path<String>, mut session: Session<Shop>) -> (StatusCode, &'static str) {
    if session.attempts >= 3 {
        return (StatusCode::TOO_MANY_REQUESTS, "No attempts are left.\n");
    }
    session.attempts += 1;
    match code.as_str() {
        "1234" => (StatusCode::OK, "The code is right.\n"),
        _ => (StatusCode::FORBIDDEN, "The code is wrong.\n"),
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt::init();

    let file = env::var("STORE").unwrap_or_else(|_| "sessions.db".to_owned());
    let store = SqliteStore::open(file).await?;
    let app = Router::new()
        .route("/", get(index))
        .route("/log-in/{user}", get(log_in))
        .route("/log-out", get(log_out))
        .route("/account", get(account))
        .route("/enter/{code}", get(enter))
        .layer(SessionLayer::<Shop>::stored(keys("stored")?, store));

    let port = env::var("PORT").unwrap_or_else(|_| "3000".to_owned());
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    eprintln!("stored: http://{}/", listener.local_addr()?);
    axum::serve(listener, app).await?;
    Ok(())
}
