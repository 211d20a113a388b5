//! Logs visitors in and out, sends those who are not logged in to the form, tells those whose
//! session is over that it is, and keeps those logged in who ask for it.
//!
//! ```text
//! cargo run -p examples --bin login
//! ```
//!
//! Then open <http://127.0.0.1:3000/>. Checking a password is not what this shows, so there is
//! none: whoever gives a name is let in. `tests.rs` beside this file shows how to test it.

#[cfg(test)]
mod tests;

use std::env;
use std::error::Error;

use axum::extract::{Form, FromRequestParts};
use axum::http::request::Parts;
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{RequestPartsExt, Router};
use examples::keys;
use serde::Deserialize;
use session_runtime::{Session, SessionLayer, State};
use tokio::net::TcpListener;

#[derive(Session)]
#[session(idle = "14d", max = "90d")]
struct Login {
    #[session(identity)] // logging out starts the session over
    user: Option<String>,
    #[session(flash)] // shown once, on the page after a redirect
    notice: Option<String>,
    #[session(remember)] // stays in this browser, whoever is logged in
    dark: bool,
}

/// The user who is logged in. A handler that takes one is for users only: others are sent to the
/// form.
struct CurrentUser(String);

impl<S: Sync> FromRequestParts<S> for CurrentUser {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Response> {
        let session: Session<Login> = parts.extract().await.map_err(IntoResponse::into_response)?;
        match &session.user {
            Some(user) => Ok(Self(user.clone())),
            None => Err(Redirect::to("/login").into_response()),
        }
    }
}

async fn index(CurrentUser(user): CurrentUser, mut session: Session<Login>) -> Html<String> {
    let notice = session.notice.take().unwrap_or_default();
    page(
        session.dark,
        &format!(
            "<p>{}</p><p>Hello, {}!</p>\
             <form method=post action=/logout><button>Log out</button></form>",
            escape(&notice),
            escape(&user)
        ),
    )
}

async fn form(mut session: Session<Login>) -> Html<String> {
    let notice = match (session.notice.take(), Session::status(&session).state()) {
        (Some(notice), _) => notice,
        (None, State::Expired) => "Your session has expired, please log in again.".to_owned(),
        (None, _) => "Please log in.".to_owned(),
    };
    page(
        session.dark,
        &format!(
            "<p>{}</p><form method=post action=/login>\
             <input name=user placeholder=\"your name\">\
             <label><input type=checkbox name=remember value=true> Stay logged in</label>\
             <button>Log in</button></form>",
            escape(&notice)
        ),
    )
}

fn page(dark: bool, body: &str) -> Html<String> {
    let scheme = if dark { "dark" } else { "light" };
    Html(format!(
        "<!doctype html><meta name=color-scheme content={scheme}>{body}\
         <form method=post action=/theme><button>Dark or light</button></form>"
    ))
}

async fn change_theme(mut session: Session<Login>) -> Redirect {
    session.dark = !session.dark;
    Redirect::to("/")
}

#[derive(Deserialize)]
struct Credentials {
    user: String,
    #[serde(default)]
    remember: bool,
}

async fn log_in(mut session: Session<Login>, Form(form): Form<Credentials>) -> Redirect {
    // Here an application checks a password.
    let user = form.user.trim();
    if user.is_empty() || user.len() > 100 {
        session.notice = Some("Please give a name, and not a long one.".to_owned());
        return Redirect::to("/login");
    }
    session.user = Some(user.to_owned());
    Session::remember(&mut session, form.remember);
    session.notice = Some("You are logged in.".to_owned());
    Redirect::to("/")
}

/// A `POST`, so that neither a link nor a prefetching browser logs anybody out.
async fn log_out(mut session: Session<Login>) -> Redirect {
    session.user = None; // nothing of this user is left for the next
    session.notice = Some("You are logged out.".to_owned());
    Redirect::to("/login")
}

fn escape(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    let text = text.replace('>', "&gt;").replace('"', "&quot;");
    text.replace('\'', "&#39;")
}

fn app(layer: SessionLayer<Login>) -> Router {
    Router::new()
        .route("/", get(index))
        .route("/login", get(form).post(log_in))
        .route("/logout", post(log_out))
        .route("/theme", post(change_theme))
        .layer(layer)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt::init();

    let app = app(SessionLayer::new(keys("login")?));

    let port = env::var("PORT").unwrap_or_else(|_| "3000".to_owned());
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    eprintln!("login: http://{}/", listener.local_addr()?);
    axum::serve(listener, app).await?;
    Ok(())
}
