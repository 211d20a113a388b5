//! Recipe: a WebSocket. The session says who it is for, and the end of the session ends it.
//!
//! ```text
//! cargo run -p examples --bin websocket
//! ```
//!
//! A session belongs to a request, and is saved with its response. The response to an upgrade is there before the first message,
//! so the socket takes what it needs out of the session before. It asks the application from time to time whether the user is
//! still logged in: no cookie comes over an open socket.

use std::error::Error;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::response::Response;
use axum::routing::get;
use examples::{keys, serve};
use session_runtime::store::MemoryStore;
use session_runtime::{Background, Identity, LoggedIn, Session, SessionLayer, Sessions};
use tokio::time::interval;

#[derive(Session)]
#[session(cookie = "socket", stored, idle = "1h", max = "1d")]
struct Shop {
    #[session(identity)]
    user: Identity<u64>,
}

async fn log_in(mut session: Session<Shop>) -> &'static str {
    Session::log_in(&mut session, 7);
    "Welcome."
}

async fn log_out(mut session: Session<Shop>) -> &'static str {
    Session::log_out(&mut session);
    "Goodbye."
}

/// The extractor is the whole check: a stranger gets a 401 and no socket. `Origin` is checked by the browser's same-site rules
/// for cookies: a page of another site opens the socket without the cookie.
async fn socket(
    LoggedIn(user): LoggedIn<Shop>,
    State(sessions): State<Sessions<Shop>>,
    upgrade: WebSocketUpgrade,
) -> Response {
    upgrade.on_upgrade(move |socket| talk(socket, user, sessions))
}

/// Says the time, until the user has no session any more.
async fn talk(mut socket: WebSocket, user: u64, sessions: Sessions<Shop>) {
    let mut ticks = interval(Duration::from_secs(1));
    loop {
        ticks.tick().await;
        let is_over = sessions
            .of(&user)
            .await
            .is_ok_and(|listed| listed.is_empty());
        let text = if is_over { "logged out" } else { "still here" };
        if socket.send(Message::text(text)).await.is_err() || is_over {
            return;
        }
    }
}

fn app(layer: SessionLayer<Shop>) -> Router {
    let sessions = layer.sessions();
    Router::new()
        .route("/log-in", get(log_in))
        .route("/log-out", get(log_out))
        // A socket that a page opens again by itself is no use of the session.
        .route("/socket", get(socket).layer(Background))
        .layer(layer)
        .with_state(sessions)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt::init();
    let layer = SessionLayer::stored(keys("websocket")?, MemoryStore::new());
    Ok(serve("websocket", app(layer)).await?)
}
