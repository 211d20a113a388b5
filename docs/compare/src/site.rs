//! One application for all libraries that keep values under keys.

use std::time::Duration;

use axum::Router;
use axum::extract::{FromRequestParts, Path};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use serde_json::{Value, json};
use tokio::time::sleep;

/// The calls of a library for a value under a key.
pub trait Peer<S>: FromRequestParts<S> + Send + Sync + 'static {
    fn get(&self, key: &'static str) -> impl Future<Output = Option<Value>> + Send;
    fn set(&mut self, key: &'static str, value: Value) -> impl Future<Output = ()> + Send;
    fn clear(&mut self) -> impl Future<Output = ()> + Send;
    /// The call that its documentation names for a login.
    fn renew(&mut self) -> impl Future<Output = ()> + Send;

    /// For a library that gives its cookies to the response by hand.
    fn finish(self, answer: Response) -> Response {
        answer
    }
}

pub fn site<S, P>() -> Router<S>
where
    S: Clone + Send + Sync + 'static,
    P: Peer<S>,
{
    Router::new()
        .route("/set/{name}", get(set::<S, P>))
        .route("/get", get(name::<S, P>))
        .route("/same", get(same::<S, P>))
        .route("/login", get(login::<S, P>))
        .route("/clear", get(clear::<S, P>))
        .route("/slow-change", get(slow_change::<S, P>))
        .route("/count-slowly", get(count_slowly::<S, P>))
        .route("/change-slowly", get(change_slowly::<S, P>))
        .route("/visits", get(visits::<S, P>))
        .route("/color", get(color::<S, P>))
        .route("/big", get(big::<S, P>))
        .route("/big/length", get(big_length::<S, P>))
        .route("/fail", get(fail::<S, P>))
}

fn done<S, P: Peer<S>>(session: P) -> Response {
    session.finish("done".into_response())
}

async fn set<S, P: Peer<S>>(Path(name): Path<String>, mut session: P) -> Response {
    session.set("username", name.into()).await;
    done(session)
}

async fn name<S, P: Peer<S>>(session: P) -> String {
    text(session.get("username").await.unwrap_or(json!("nobody")))
}

fn text(value: Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

async fn same<S, P: Peer<S>>(mut session: P) -> Response {
    let value = session.get("username").await.unwrap_or_default();
    session.set("username", value).await;
    done(session)
}

async fn login<S, P: Peer<S>>(mut session: P) -> Response {
    session.renew().await;
    session.set("username", json!("alice")).await;
    done(session)
}

async fn clear<S, P: Peer<S>>(mut session: P) -> Response {
    session.clear().await;
    done(session)
}

async fn slow_change<S, P: Peer<S>>(mut session: P) -> Response {
    session.get("username").await;
    sleep(Duration::from_millis(250)).await;
    session.set("visits", json!(7)).await;
    done(session)
}

async fn count_slowly<S, P: Peer<S>>(mut session: P) -> Response {
    session.get("visits").await;
    sleep(Duration::from_millis(100)).await;
    session.set("visits", json!(1)).await;
    done(session)
}

async fn change_slowly<S, P: Peer<S>>(mut session: P) -> Response {
    session.get("color").await;
    sleep(Duration::from_millis(150)).await;
    session.set("color", json!("red")).await;
    done(session)
}

async fn visits<S, P: Peer<S>>(session: P) -> String {
    text(session.get("visits").await.unwrap_or(json!("lost")))
}

async fn color<S, P: Peer<S>>(session: P) -> String {
    text(session.get("color").await.unwrap_or(json!("lost")))
}

async fn big<S, P: Peer<S>>(mut session: P) -> Response {
    session.set("big", "x".repeat(8000).into()).await;
    done(session)
}

async fn big_length<S, P: Peer<S>>(session: P) -> String {
    let big = session.get("big").await;
    big.as_ref()
        .and_then(Value::as_str)
        .map_or(0, str::len)
        .to_string()
}

async fn fail<S, P: Peer<S>>(mut session: P) -> Response {
    session.set("username", json!("mallory")).await;
    session.finish(StatusCode::INTERNAL_SERVER_ERROR.into_response())
}
