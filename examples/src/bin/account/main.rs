//! An account page: where the user is logged in, "log out" for each of the other devices and for all of them, and a new
//! password that logs the others out.
//!
//! ```text
//! export SESSION_KEYS="$(cargo run -q -p examples --bin keygen)"
//! cargo run -p examples --bin account
//! cargo run -p examples --bin account -- end Ann     # without a request: an administrator, or a job at night
//! ```
//!
//! Open <http://127.0.0.1:3000/> in two browsers. Checking a password is not what this shows, so there is none: a name is
//! enough. `tests.rs` beside this file shows how to test it.

mod page;
#[cfg(test)]
mod tests;

use std::env;
use std::error::Error;

use axum::Router;
use axum::extract::{Form, State};
use axum::http::HeaderMap;
use axum::response::{Html, Redirect};
use axum::routing::{get, post};
use examples::keys;
use serde::Deserialize;
use session_runtime::store::Why;
use session_runtime::{
    Identity, LoggedIn, Session, SessionError, SessionHandle, SessionLayer, SessionState, Sessions,
};
use session_sqlite::SqliteStore;
use tokio::net::TcpListener;

#[derive(Session)]
#[session(stored)]
struct Account {
    #[session(identity)]
    user: Identity<String>,
    /// What the list shows of a session is a field of it.
    device: String,
    #[session(flash)]
    notice: Option<String>,
}

async fn account(
    LoggedIn(user): LoggedIn<Account>,
    mut session: Session<Account>,
    State(sessions): State<Sessions<Account>>,
) -> Result<Html<String>, SessionError> {
    let listed = sessions.of(&user).await?;
    let notice = session.notice.take();
    Ok(page::account(&user, notice.as_deref(), &listed, &session))
}

#[derive(Deserialize)]
struct Device {
    device: SessionHandle,
}

/// A handle of another user ends nothing, so there is nothing to check here.
async fn log_out_device(
    LoggedIn(user): LoggedIn<Account>,
    mut session: Session<Account>,
    State(sessions): State<Sessions<Account>>,
    Form(form): Form<Device>,
) -> Result<Redirect, SessionError> {
    let notice = if sessions.end(&user, &form.device).await? {
        "The device is logged out."
    } else {
        "That device was logged out before."
    };
    session.notice = Some(notice.to_owned());
    Ok(Redirect::to("/"))
}

async fn log_out_others(
    mut session: Session<Account>,
    State(sessions): State<Sessions<Account>>,
) -> Result<Redirect, SessionError> {
    let ended = sessions.end_others(&session).await?;
    session.notice = Some(format!("Other devices that are logged out: {ended}"));
    Ok(Redirect::to("/"))
}

async fn change_password(
    LoggedIn(_): LoggedIn<Account>,
    mut session: Session<Account>,
    State(sessions): State<Sessions<Account>>,
) -> Result<Redirect, SessionError> {
    // Here an application asks for the old password and stores the new one, before it ends any session.
    sessions.end_others(&session).await?;
    Session::renew(&mut session); // a copy of this browser's cookie is worth nothing either
    session.notice =
        Some("Your password is changed, and all other devices are logged out.".to_owned());
    Ok(Redirect::to("/"))
}

async fn login_page(mut session: Session<Account>) -> Html<String> {
    let info = Session::info(&session);
    let message = match (session.notice.take(), info.state(), info.why_ended()) {
        (Some(notice), ..) => notice,
        (None, SessionState::Ended, Some(Why::ByApplication)) => {
            "You were logged out on another device.".to_owned()
        }
        (None, SessionState::Ended | SessionState::Expired, _) => {
            "Your session is over.".to_owned()
        }
        (None, ..) => "Please log in.".to_owned(),
    };
    page::login(&message)
}

#[derive(Deserialize)]
struct Credentials {
    user: String,
}

async fn log_in(
    mut session: Session<Account>,
    headers: HeaderMap,
    Form(form): Form<Credentials>,
) -> Redirect {
    // Here an application checks a password.
    let user = form.user.trim();
    if user.is_empty() || user.len() > 100 {
        session.notice = Some("Please give a name, and not a long one.".to_owned());
        return Redirect::to("/login");
    }
    Session::log_in(&mut session, user.to_owned());
    session.device = device(&headers);
    Redirect::to("/")
}

/// A `POST`, so that neither a link nor a prefetching browser logs a user out.
async fn log_out(mut session: Session<Account>) -> Redirect {
    Session::log_out(&mut session);
    session.notice = Some("You are logged out.".to_owned());
    Redirect::to("/login")
}

/// A name that the user knows the device by. The header is the visitor's, so it decides nothing.
fn device(headers: &HeaderMap) -> String {
    let agent = headers
        .get("user-agent")
        .and_then(|agent| agent.to_str().ok());
    let agent = agent.unwrap_or_default();
    let first_in = |names: &[&'static str], otherwise| {
        let mut names = names.iter().copied();
        names.find(|name| agent.contains(name)).unwrap_or(otherwise)
    };
    // Chrome names Safari too, and Android names Linux.
    let browser = first_in(&["Firefox", "Edg", "Chrome", "Safari", "curl"], "A browser");
    let system = first_in(
        &["Android", "iPhone", "Windows", "Mac OS", "Linux"],
        "a device",
    );
    format!("{browser} on {system}")
}

fn app(layer: SessionLayer<Account>) -> Router {
    let layer = layer.login_page("/login");
    let sessions = layer.sessions();
    Router::new()
        .route("/", get(account))
        .route("/log-out-device", post(log_out_device))
        .route("/log-out-others", post(log_out_others))
        .route("/password", post(change_password))
        .route("/login", get(login_page).post(log_in))
        .route("/logout", post(log_out))
        .layer(layer)
        .with_state(sessions)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt::init();

    let file = env::var("STORE").unwrap_or_else(|_| "account.db".to_owned());
    let layer = SessionLayer::<Account>::stored(keys("account")?, SqliteStore::open(file).await?);

    let arguments: Vec<String> = env::args().skip(1).collect();
    match &*arguments {
        [] => serve(app(layer)).await,
        [command, user] if command == "end" => {
            let ended = layer.sessions().end_all(user).await?;
            eprintln!("Sessions of {user} that are over: {ended}");
            Ok(())
        }
        _ => Err("account takes no arguments, or `end` and the name of a user".into()),
    }
}

async fn serve(app: Router) -> Result<(), Box<dyn Error>> {
    let port = env::var("PORT").unwrap_or_else(|_| "3000".to_owned());
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    eprintln!("account: http://{}/", listener.local_addr()?);
    axum::serve(listener, app).await?;
    Ok(())
}
