//! The application under test, over any store.

use std::time::Duration;

use axum::Router;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, RETRY_AFTER};
use axum::routing::get;
use session_runtime::store::Store;
use session_runtime::{Identity, Keyring, LoggedIn, Session, SessionError, SessionLayer};
use tests::{Answer, App, CANARY, MovableClock, app};

#[derive(Session)]
#[session(cookie = "shop", stored, idle = "2h", max = "1d")]
pub(crate) struct Shop {
    #[session(identity)]
    user: Identity<u32>,
    visits: u32,
    cart: Vec<String>,
    #[session(flash)]
    notice: Option<String>,
    #[session(browser)]
    theme: u32,
}

type Guard = Session<Shop>;

async fn show(session: Guard) -> String {
    let user = session.user.map_or("-".to_owned(), |user| user.to_string());
    let state = Session::info(&session).state();
    format!("{user} {} {} {state:?}", session.visits, session.cart.len())
}

async fn visit(mut session: Guard) -> &'static str {
    session.visits += 1;
    "a page that says that it was saved"
}

async fn everything(mut session: Guard) {
    session.visits += 1;
    session.cart.push(CANARY.to_owned());
    session.notice = Some(CANARY.to_owned());
    session.theme += 1;
}

async fn log_in(Path(user): Path<u32>, mut session: Guard) {
    Session::log_in(&mut session, user);
}

async fn log_out(mut session: Guard) {
    Session::log_out(&mut session);
}

async fn clear(mut session: Guard) {
    Session::clear(&mut session);
}

async fn destroy(session: Guard) {
    Session::destroy(session);
}

async fn orders(LoggedIn(user): LoggedIn<Shop>) -> String {
    user.to_string()
}

async fn without(session: Option<Guard>) -> &'static str {
    session.map_or("without", |_| "with")
}

async fn told(session: Result<Guard, SessionError>) -> String {
    session.map_or_else(|error| error.to_string(), |_| "no error".to_owned())
}

pub(crate) fn pages() -> Router {
    Router::new()
        .route("/show", get(show))
        .route("/visit", get(visit))
        .route("/everything", get(everything))
        .route("/log-in/{user}", get(log_in))
        .route("/log-out", get(log_out))
        .route("/clear", get(clear))
        .route("/destroy", get(destroy))
        .route("/orders", get(orders))
        .route("/without", get(without))
        .route("/told", get(told))
        .route("/untouched", get(async || "untouched"))
}

pub(crate) fn layer(keys: Keyring, store: impl Store) -> SessionLayer<Shop> {
    let layer = SessionLayer::<Shop>::stored(keys, store);
    layer.clock(MovableClock::new()).login_page("/log-in")
}

pub(crate) fn shop(store: impl Store) -> App {
    shop_with(store, |layer| layer)
}

pub(crate) fn shop_with(
    store: impl Store,
    options: impl FnOnce(SessionLayer<Shop>) -> SessionLayer<Shop>,
) -> App {
    app(|keys| pages().layer(options(layer(keys, store))))
}

pub(crate) fn assert_unavailable(answer: &Answer, what: &str) {
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{what}");
    assert_eq!(answer.all(RETRY_AFTER), ["1"], "{what}");
    assert_eq!(answer.all(CACHE_CONTROL), ["no-store"], "{what}");
    assert_eq!(answer.body, "", "{what}");
}

pub(crate) fn assert_removed(answer: &Answer, what: &str) {
    let set = answer.set_cookies();
    let main = set.iter().find(|line| line.starts_with("__Host-shop="));
    assert!(
        main.is_some_and(|line| line.contains("Max-Age=0")),
        "{what}: {set:?}"
    );
}

/// The errors in the log since the last call.
pub(crate) struct Errors(usize);

impl Errors {
    pub(crate) fn new() -> Self {
        Self(0)
    }

    pub(crate) fn since(&mut self, app: &App) -> Vec<String> {
        let all = app.log().lines_with("ERROR");
        let new = all[self.0..].to_vec();
        self.0 = all.len();
        new
    }
}

/// One error is in the log since the last call, with these words.
pub(crate) fn assert_one_error(errors: &[String], words: &[&str], what: &str) {
    assert_eq!(errors.len(), 1, "{what}: {errors:?}");
    for word in words {
        assert!(errors[0].contains(word), "{what}: {word:?} in {errors:?}");
    }
}

pub(crate) const SECOND: Duration = Duration::from_secs(1);
