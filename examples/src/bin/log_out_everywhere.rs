//! Recipe: "log out everywhere" for sessions in their cookies.
//!
//! ```text
//! cargo run -p examples --bin log_out_everywhere
//! ```
//!
//! No server knows such sessions, so none can be ended. But each knows when it began, and the application can refuse
//! those that began before a time. The time is kept with the user. A stored session needs none of this: see `account`.

use std::collections::HashMap;
use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use axum::Router;
use axum::extract::{Path, Request, State};
use axum::middleware::{self, Next};
use axum::response::{Redirect, Response};
use axum::routing::{get, post};
use examples::{keys, serve};
use session_runtime::{Identity, LoggedIn, Session, SessionLayer};

#[derive(Session)]
#[session(cookie = "everywhere", idle = "14d", max = "90d")]
struct Shop {
    #[session(identity)]
    user: Identity<String>,
}

/// The time before which each user's sessions are over. An application has a column for it in its table of users.
#[derive(Clone, Default)]
struct Users(Arc<Mutex<HashMap<String, SystemTime>>>);

impl Users {
    fn end_sessions_before(&self, user: &str, time: SystemTime) {
        let mut times = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        times.insert(user.to_owned(), time);
    }

    fn has_ended(&self, user: &str, began: Option<SystemTime>) -> bool {
        let times = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let end = times.get(user);
        end.is_some_and(|end| began.is_none_or(|began| began < *end))
    }
}

/// Inside of the session's layer, and around the routes: each request of a user asks.
async fn refuse_what_has_ended(
    State(users): State<Users>,
    session: Option<Session<Shop>>,
    request: Request,
    next: Next,
) -> Response {
    if let Some(mut session) = session
        && let Some(user) = &*session.user
        && users.has_ended(user, Session::info(&session).began())
    {
        Session::log_out(&mut session);
    }
    next.run(request).await
}

async fn index(user: Option<LoggedIn<Shop>>) -> String {
    match user {
        Some(LoggedIn(user)) => format!("Hello, {user}!"),
        None => "Hello, stranger!".to_owned(),
    }
}

async fn log_in(Path(user): Path<String>, mut session: Session<Shop>) -> Redirect {
    Session::log_in(&mut session, user);
    Redirect::to("/")
}

/// A session knows the second in which it began. So one that begins later in this very second is refused too.
async fn log_out_everywhere(
    LoggedIn(user): LoggedIn<Shop>,
    mut session: Session<Shop>,
    State(users): State<Users>,
) -> Redirect {
    users.end_sessions_before(&user, SystemTime::now());
    Session::log_out(&mut session);
    Redirect::to("/")
}

fn app(layer: SessionLayer<Shop>) -> Router {
    let users = Users::default();
    Router::new()
        .route("/", get(index))
        .route("/log-in/{user}", get(log_in))
        .route("/log-out-everywhere", post(log_out_everywhere))
        .layer(middleware::from_fn_with_state(
            users.clone(),
            refuse_what_has_ended,
        ))
        .layer(layer)
        .with_state(users)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt::init();
    let layer = SessionLayer::new(keys("log_out_everywhere")?);
    Ok(serve("log_out_everywhere", app(layer)).await?)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use session_runtime::Keyring;
    use session_runtime::test_kit::{Browser, MovableClock};

    use super::*;

    #[tokio::test]
    async fn a_logout_everywhere_reaches_the_other_device_and_no_later_login() {
        let clock = MovableClock::new();
        clock.set(SystemTime::now() - Duration::from_mins(1));
        let layer = SessionLayer::new(Keyring::ephemeral()).clock(clock.clone());
        let site = app(layer);
        let (mut desk, mut phone) = (Browser::new(site.clone()), Browser::new(site));
        assert_eq!(desk.get("/log-in/ann").await.text(), "Hello, ann!");
        assert_eq!(phone.get("/log-in/ann").await.text(), "Hello, ann!");
        clock.set(SystemTime::now() + Duration::from_mins(1));
        desk.post("/log-out-everywhere", &[]).await;
        for browser in [&mut desk, &mut phone] {
            assert_eq!(browser.get("/").await.text(), "Hello, stranger!");
        }
        assert_eq!(phone.get("/log-in/ann").await.text(), "Hello, ann!");
        assert_eq!(phone.get("/").await.text(), "Hello, ann!");
    }
}
