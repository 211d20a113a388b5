//! Sessions that move from their cookies into a store, in releases that run side by side.
//!
//! ```text
//! export SESSION_KEYS="$(cargo run -q -p examples --bin keygen)"
//! cargo run -p examples --bin moving -- 1
//! curl -b jar -c jar http://127.0.0.1:3000/log-in/ann
//! curl -b jar -c jar http://127.0.0.1:3000/
//! ```
//!
//! Stop it, start it with 2 and then with 3, and ask for the page each time: ann stays logged in, and the visits go on.
//! With 3 alone she would be a stranger, because her session is still in its cookie.

use std::env;
use std::error::Error;

use axum::Router;
use axum::extract::Path;
use axum::routing::get;
use examples::keys;
use session_runtime::{Identity, Session, SessionLayer};
use session_sqlite::SqliteStore;
use tokio::net::TcpListener;

/// Before the move it was the same, without `stored`.
#[derive(Session)]
#[session(cookie = "shop", stored)]
struct Shop {
    #[session(identity)]
    user: Identity<String>,
    visits: u32,
}

async fn index(mut session: Session<Shop>) -> String {
    session.visits += 1;
    let user = session.user.as_deref().unwrap_or("a stranger");
    format!("Visit number: {}, {user}\n", session.visits)
}

async fn log_in(Path(user): Path<String>, mut session: Session<Shop>) -> &'static str {
    Session::log_in(&mut session, user);
    "Welcome.\n"
}

async fn log_out(mut session: Session<Shop>) -> &'static str {
    Session::log_out(&mut session);
    "Goodbye.\n"
}

/// An application has one of these lines at a time.
fn of_release(number: &str, layer: SessionLayer<Shop>) -> SessionLayer<Shop> {
    match number {
        "1" => layer.still_in_cookies(),
        "2" => layer.adopt_until("2099-01-01T00:00:00Z"),
        _ => layer,
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt::init();

    let release = env::args().nth(1).ok_or("write a release: 1, 2 or 3")?;
    let file = env::var("STORE").unwrap_or_else(|_| "sessions.db".to_owned());
    let store = SqliteStore::open(file).await?;
    let layer = SessionLayer::<Shop>::stored(keys("moving")?, store);
    let app = Router::new()
        .route("/", get(index))
        .route("/log-in/{user}", get(log_in))
        .route("/log-out", get(log_out))
        .layer(of_release(&release, layer));

    let port = env::var("PORT").unwrap_or_else(|_| "3000".to_owned());
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    eprintln!("moving: http://{}/", listener.local_addr()?);
    axum::serve(listener, app).await?;
    Ok(())
}
