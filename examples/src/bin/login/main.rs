//! Logs visitors in and out, sends those who are not logged in to the form and back to where they
//! wanted to go, tells those whose session has expired that it has, and keeps those logged in who ask
//! for it.
//!
//! ```text
//! cargo run -p examples --bin login
//! ```
//!
//! Then open <http://127.0.0.1:3000/>. Checking a password is not what this shows, so there is
//! none: a name is enough. `tests.rs` beside this file shows how to test it.

#[cfg(test)]
mod tests;

use std::env;
use std::error::Error;

use axum::Router;
use axum::extract::{Form, Query};
use axum::http::Uri;
use axum::response::{Html, Redirect};
use axum::routing::{get, post};
use examples::keys;
use serde::Deserialize;
use session_runtime::{
    Background, Identity, LoggedIn, Session, SessionLayer, SessionState, local_path,
};
use tokio::net::TcpListener;

#[derive(Session)]
#[session(idle = "14d", max = "90d")]
struct Login {
    #[session(identity)] // reads as `Option<String>`; a login and a logout change it
    user: Identity<String>,
    #[session(flash)] // shown once, on the page after a redirect
    notice: Option<String>,
    #[session(browser)] // stays in this browser, whoever is logged in
    dark: bool,
}

/// For users only: `LoggedIn` sends everybody else to the login page.
async fn index(LoggedIn(user): LoggedIn<Login>, mut session: Session<Login>) -> Html<String> {
    let notice = session.notice.take().unwrap_or_default();
    page(
        session.dark,
        &format!(
            "<p>{}</p><p>Hello, {}!</p><p><a href=/account>Your account</a></p>\
             <form method=post action=/logout><button>Log out</button></form>",
            escape(&notice),
            escape(&user)
        ),
    )
}

async fn account(LoggedIn(user): LoggedIn<Login>, session: Session<Login>) -> Html<String> {
    let name = escape(&user);
    page(session.dark, &format!("<p>The account of {name}</p>"))
}

/// For a page that asks by itself whether it is still up to date: that is no use of the session.
async fn is_logged_in(user: Option<LoggedIn<Login>>) -> &'static str {
    if user.is_some() { "yes" } else { "no" }
}

async fn login_page(mut session: Session<Login>) -> Html<String> {
    let state = Session::info(&session).state();
    let notice = match (session.notice.take(), state) {
        (Some(notice), _) => notice,
        (None, SessionState::Expired) => {
            "Your session has expired. Please log in again.".to_owned()
        }
        (None, _) => "Please log in.".to_owned(),
    };
    // Without an action a form is sent to the page's own address, with the `next` in it.
    page(
        session.dark,
        &format!(
            "<p>{}</p><form method=post>\
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
struct Destination {
    next: Option<String>,
}

impl Destination {
    /// A path of this site, whatever a link made of `next`.
    fn path(&self) -> &str {
        self.next.as_deref().and_then(local_path).unwrap_or("/")
    }
}

#[derive(Deserialize)]
struct Credentials {
    user: String,
    #[serde(default)]
    remember: bool,
}

async fn log_in(
    mut session: Session<Login>,
    address: Uri,
    Query(destination): Query<Destination>,
    Form(form): Form<Credentials>,
) -> Redirect {
    // Here an application checks a password.
    let user = form.user.trim();
    if user.is_empty() || user.len() > 100 {
        session.notice = Some("Please give a name, and not a long one.".to_owned());
        return Redirect::to(&address.to_string()); // the form again, with its `next`
    }
    Session::log_in(&mut session, user.to_owned());
    Session::remember(&mut session, form.remember);
    session.notice = Some("You are logged in.".to_owned());
    Redirect::to(destination.path())
}

/// A `POST`, so that neither a link nor a prefetching browser logs anybody out.
async fn log_out(mut session: Session<Login>) -> Redirect {
    Session::log_out(&mut session); // nothing of this user is left for the next
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
        .route("/account", get(account))
        .route("/is-logged-in", get(is_logged_in).layer(Background))
        .route("/login", get(login_page).post(log_in))
        .route("/logout", post(log_out))
        .route("/theme", post(change_theme))
        .layer(layer.login_page("/login"))
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
