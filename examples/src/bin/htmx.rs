//! Recipe: htmx. Fragments of pages, with a session.
//!
//! ```text
//! cargo run -p examples --bin htmx
//! ```
//!
//! A fragment is a page like any other to a session. Two things are different: a login page must not be swapped into a
//! fragment, and a notice waits for whatever comes next, which may be a fragment.

use std::error::Error;

use axum::Router;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use examples::{keys, serve};
use session_runtime::{Identity, LoggedIn, NotLoggedIn, Session, SessionLayer};

#[derive(Session)]
#[session(cookie = "htmx", idle = "14d", max = "90d")]
struct Shop {
    #[session(identity)]
    user: Identity<u64>,
    visits: u32,
    #[session(flash)]
    notice: Option<String>,
}

async fn index(mut session: Session<Shop>) -> Html<String> {
    let notice = session.notice.take().unwrap_or_default();
    Html(format!(
        "<script src=/htmx.js></script><p>{notice}</p>\
         <button hx-post=/count hx-target=#count>Count</button> <span id=count>{}</span>",
        session.visits
    ))
}

/// A fragment: the number alone.
async fn count(user: Result<LoggedIn<Shop>, NotLoggedIn>, mut session: Session<Shop>) -> Response {
    if user.is_err() {
        session.notice = Some("Please log in.".to_owned());
        return elsewhere("/login");
    }
    session.visits += 1;
    session.visits.to_string().into_response()
}

/// Sends the whole page elsewhere. htmx would follow a redirect by itself, and swap the form into the fragment.
fn elsewhere(path: &'static str) -> Response {
    (StatusCode::UNAUTHORIZED, [("HX-Redirect", path)]).into_response()
}

async fn login_page(mut session: Session<Shop>) -> Html<String> {
    let notice = session.notice.take().unwrap_or_default();
    Html(format!(
        "<p>{notice}</p><form method=post><button>Log in</button></form>"
    ))
}

/// A form that the browser posts by itself, so a redirect is right.
async fn log_in(mut session: Session<Shop>) -> Redirect {
    Session::log_in(&mut session, 7);
    Redirect::to("/")
}

fn app(layer: SessionLayer<Shop>) -> Router {
    Router::new()
        .route("/", get(index))
        .route("/count", post(count))
        .route("/login", get(login_page).post(log_in))
        .layer(layer)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt::init();
    Ok(serve("htmx", app(SessionLayer::new(keys("htmx")?))).await?)
}

#[cfg(test)]
mod tests {
    use session_runtime::Keyring;
    use session_runtime::test_kit::Browser;

    use super::*;

    #[tokio::test]
    async fn a_fragment_sends_a_stranger_to_the_login_with_a_notice() {
        let mut browser = Browser::new(app(SessionLayer::new(Keyring::ephemeral())));
        let page = browser.post("/count", &[]).await;
        assert_eq!(page.header("hx-redirect"), Some("/login"));
        assert!(
            browser
                .get("/login")
                .await
                .text()
                .contains("Please log in.")
        );
        browser.post("/login", &[]).await;
        assert_eq!(browser.post("/count", &[]).await.text(), "1");
        assert_eq!(browser.post("/count", &[]).await.text(), "2");
    }
}
