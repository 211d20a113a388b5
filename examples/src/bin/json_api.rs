//! Recipe: a JSON API with a single-page front end. The session is in the cookie, so the script stores no token.
//!
//! ```text
//! cargo run -p examples --bin json_api
//! ```
//!
//! A script cannot read the cookie, so no script that was smuggled in can send it elsewhere. The front end is of the same
//! origin; [`CsrfLayer`] refuses requests that another site makes.

use std::error::Error;

use axum::Router;
use axum::extract::Json;
use axum::http::StatusCode;
use axum::response::Html;
use axum::routing::{get, post};
use examples::{keys, serve};
use serde::{Deserialize, Serialize};
use session_runtime::{Identity, LoggedIn, Session, SessionLayer};
use tower_http::csrf::CsrfLayer;

#[derive(Session)]
#[session(cookie = "json-api", idle = "14d", max = "90d")]
struct Shop {
    #[session(identity)]
    user: Identity<String>,
    todos: Vec<String>,
}

/// The answer to the front end. The session itself is not serialized: it may have fields that are not for the visitor.
#[derive(Serialize)]
struct Me {
    user: Option<String>,
    todos: usize,
}

async fn me(session: Session<Shop>) -> Json<Me> {
    Json(Me {
        user: session.user.clone(),
        todos: session.todos.len(),
    })
}

#[derive(Deserialize)]
struct Credentials {
    user: String,
}

/// Here an application checks a password.
async fn log_in(mut session: Session<Shop>, Json(credentials): Json<Credentials>) -> StatusCode {
    Session::log_in(&mut session, credentials.user);
    StatusCode::NO_CONTENT
}

async fn log_out(mut session: Session<Shop>) -> StatusCode {
    Session::log_out(&mut session);
    StatusCode::NO_CONTENT
}

/// For users only: a script gets a 401, and no login page.
async fn add(
    LoggedIn(_): LoggedIn<Shop>,
    mut session: Session<Shop>,
    Json(todo): Json<String>,
) -> Result<Json<Vec<String>>, StatusCode> {
    if todo.len() > 100 || Session::info(&session).bytes_left() < 200 {
        return Err(StatusCode::PAYLOAD_TOO_LARGE);
    }
    session.todos.push(todo);
    Ok(Json(session.todos.clone()))
}

const PAGE: &str = r##"<!doctype html><p id="me"></p><script>
fetch("/api/me").then(answer => answer.json()).then(me => {
  document.querySelector("#me").textContent = me.user ?? "not logged in";
});
</script>"##;

fn app(layer: SessionLayer<Shop>) -> Router {
    Router::new()
        .route("/api/me", get(me))
        .route("/api/login", post(log_in))
        .route("/api/logout", post(log_out))
        .route("/api/todos", post(add))
        .layer(CsrfLayer::new())
        .layer(layer)
        .route("/", get(async || Html(PAGE)))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt::init();
    Ok(serve("json_api", app(SessionLayer::new(keys("json_api")?))).await?)
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use session_runtime::Keyring;
    use session_runtime::test_kit::Browser;

    use super::*;

    fn browser() -> Browser<Router> {
        Browser::new(app(SessionLayer::new(Keyring::ephemeral())))
    }

    #[tokio::test]
    async fn a_script_logs_in_and_adds() {
        let mut browser = browser();
        let page = browser.post_json("/api/todos", &"tea").await;
        assert_eq!(page.status(), StatusCode::UNAUTHORIZED);
        browser
            .post_json("/api/login", &json!({ "user": "ann" }))
            .await;
        let page = browser.post_json("/api/todos", &"tea").await;
        assert_eq!(page.text(), r#"["tea"]"#);
        let me = browser.get_as_script("/api/me").await;
        assert_eq!(me.text(), r#"{"user":"ann","todos":1}"#);
        browser.post("/api/logout", &[]).await;
        let me = browser.get_as_script("/api/me").await;
        assert_eq!(me.text(), r#"{"user":null,"todos":0}"#);
    }

    #[tokio::test]
    async fn a_list_that_is_full_is_an_answer_and_no_error_of_the_server() {
        let mut browser = browser();
        browser
            .post_json("/api/login", &json!({ "user": "ann" }))
            .await;
        let todo = "x".repeat(100);
        let mut status = StatusCode::OK;
        while status == StatusCode::OK {
            status = browser.post_json("/api/todos", &todo).await.status();
        }
        assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
    }

    #[tokio::test]
    async fn a_script_of_another_site_logs_nobody_in() {
        let mut browser = browser().header("sec-fetch-site", "cross-site");
        let page = browser
            .post_json("/api/login", &json!({ "user": "mallory" }))
            .await;
        assert_eq!(page.status(), StatusCode::FORBIDDEN);
    }
}
