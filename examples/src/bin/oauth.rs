//! Recipe: a login by another site, with `OAuth` 2.0. The `state` and the verifier of PKCE are in the session.
//!
//! ```text
//! cargo run -p examples --bin oauth
//! ```
//!
//! The provider stands in for a real one. An application asks it by a client, such as the crate `oauth2`.

use std::error::Error;

use axum::Router;
use axum::extract::{Form, Query};
use axum::http::StatusCode;
use axum::response::{Html, Redirect};
use axum::routing::get;
use examples::{keys, serve};
use serde::{Deserialize, Serialize};
use session_runtime::{Identity, Session, SessionLayer};

#[derive(Session)]
#[session(cookie = "oauth", idle = "14d", max = "90d")]
struct Shop {
    #[session(identity)]
    user: Identity<String>,
    /// A login that the visitor has begun. Ten minutes later it is forgotten.
    #[session(ttl = "10m")]
    begun: Option<Begun>,
}

#[derive(Clone, Serialize, Deserialize)]
struct Begun {
    /// The provider sends it back, so that no other site begins a login in this browser.
    state: String,
    /// A code alone is worth nothing: whoever redeems it must know this.
    verifier: String,
}

async fn index(session: Session<Shop>) -> Html<String> {
    Html(match &*session.user {
        Some(user) => format!("<p>Hello, {}!</p>", user.replace('<', "&lt;")),
        None => "<p><a href=/login>Log in with the provider</a></p>".to_owned(),
    })
}

async fn begin(mut session: Session<Shop>) -> Result<Redirect, StatusCode> {
    let begun = Begun {
        state: random()?,
        verifier: random()?,
    };
    // The provider's real address takes the hash of the verifier, as the challenge of PKCE.
    let address = format!("/provider?state={}", begun.state);
    session.begun = Some(begun);
    Ok(Redirect::to(&address))
}

fn random() -> Result<String, StatusCode> {
    let random = getrandom::u64().and_then(|one| Ok((one, getrandom::u64()?)));
    let (one, two) = random.map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    Ok(format!("{one:016x}{two:016x}"))
}

#[derive(Deserialize)]
struct Answer {
    state: String,
    code: String,
}

/// The provider sends the browser here by a link, and browsers send a cookie that is `SameSite=Lax` with a link. `take` makes
/// an answer good for one login.
async fn end(
    mut session: Session<Shop>,
    Query(answer): Query<Answer>,
) -> Result<Redirect, StatusCode> {
    let begun = session.begun.take().ok_or(StatusCode::BAD_REQUEST)?;
    if begun.state != answer.state {
        return Err(StatusCode::BAD_REQUEST);
    }
    let user = redeem(&answer.code, &begun.verifier).ok_or(StatusCode::BAD_REQUEST)?;
    Session::log_in(&mut session, user);
    Ok(Redirect::to("/"))
}

/// An application asks the provider for the user of a code, and gives the verifier.
fn redeem(code: &str, verifier: &str) -> Option<String> {
    let user = code.strip_prefix("code-of-")?;
    (!verifier.is_empty()).then(|| user.to_owned())
}

async fn provider(Query(asked): Query<Asked>) -> Html<String> {
    let state: String = asked
        .state
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .collect();
    Html(format!(
        "<form method=post><input name=user placeholder=\"your name there\">\
         <input type=hidden name=state value={state}><button>Allow</button></form>"
    ))
}

#[derive(Deserialize)]
struct Asked {
    state: String,
}

#[derive(Deserialize)]
struct Allowed {
    user: String,
    state: String,
}

async fn allow(Form(Allowed { user, state }): Form<Allowed>) -> Redirect {
    Redirect::to(&format!("/login/end?code=code-of-{user}&state={state}"))
}

fn app(layer: SessionLayer<Shop>) -> Router {
    Router::new()
        .route("/", get(index))
        .route("/login", get(begin))
        .route("/login/end", get(end))
        .layer(layer)
        .route("/provider", get(provider).post(allow))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt::init();
    Ok(serve("oauth", app(SessionLayer::new(keys("oauth")?))).await?)
}

#[cfg(test)]
mod tests {
    use session_runtime::Keyring;
    use session_runtime::test_kit::Browser;

    use super::*;

    fn state_of(address: &str) -> String {
        address.split_once("state=").unwrap().1.to_owned()
    }

    #[tokio::test]
    async fn a_visitor_comes_back_from_the_provider_as_its_user() {
        let mut browser = Browser::new(app(SessionLayer::new(Keyring::ephemeral())));
        let page = browser.get("/login").await;
        let state = state_of(&page.uri().to_string());
        let form = [("user", "ann"), ("state", &*state)];
        let page = browser.post("/provider", &form).await;
        assert_eq!(page.text(), "<p>Hello, ann!</p>");
    }

    #[tokio::test]
    async fn an_answer_that_this_browser_did_not_ask_for_logs_nobody_in() {
        let site = app(SessionLayer::new(Keyring::ephemeral()));
        let (mut attacker, mut victim) = (Browser::new(site.clone()), Browser::new(site));
        let page = attacker.get("/login").await;
        let state = state_of(&page.uri().to_string());
        let answer = format!("/login/end?code=code-of-mallory&state={state}");
        assert_eq!(victim.get(&answer).await.status(), StatusCode::BAD_REQUEST);
        victim.get("/login").await;
        assert_eq!(victim.get(&answer).await.status(), StatusCode::BAD_REQUEST);
        assert!(victim.get("/").await.text().contains("Log in"));
    }

    #[tokio::test]
    async fn an_answer_is_good_once() {
        let mut browser = Browser::new(app(SessionLayer::new(Keyring::ephemeral())));
        let state = state_of(&browser.get("/login").await.uri().to_string());
        let answer = format!("/login/end?code=code-of-ann&state={state}");
        assert_eq!(browser.get(&answer).await.status(), StatusCode::OK);
        assert_eq!(browser.get(&answer).await.status(), StatusCode::BAD_REQUEST);
    }
}
