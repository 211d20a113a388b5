//! Requests that end without a response: a client that hangs up, a timeout outside, an error, a panic.

use std::convert::Infallible;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::error_handling::HandleErrorLayer;
use axum::http::header::COOKIE;
use axum::http::{Request, StatusCode};
use axum::response::Response;
use axum::routing::get;
use session_runtime::store::MemoryStore;
use session_runtime::test_kit::{FaultyStore, Operation};
use session_runtime::{Identity, Session, SessionData, SessionLayer};
use tests::{App, app};
use tower::{BoxError, ServiceBuilder, ServiceExt};
use tower_http::catch_panic::CatchPanicLayer;

/// The session types have the same fields and the same handlers.
macro_rules! site {
    ($(#[$stored:meta])?) => {
        #[derive(Session)]
        #[session(cookie = "shop")]
        $(#[$stored])?
        pub(super) struct Shop {
            #[session(identity)]
            user: Identity<u32>,
            visits: u32,
            #[session(flash)]
            notice: Option<String>,
            #[session(browser)]
            theme: u32,
        }

        type Guard = Session<Shop>;

        async fn show(session: Guard) -> String {
            let user = session.user.map_or("-".to_owned(), |user| user.to_string());
            format!("{user} {} {}", session.visits, session.theme)
        }

        async fn begin(mut session: Guard) {
            Session::log_in(&mut session, 7);
            session.visits = 1;
            session.theme = 1;
        }

        async fn log_out(mut session: Guard) {
            Session::log_out(&mut session);
            drop(session);
            super::forever().await;
        }

        async fn clear(mut session: Guard) {
            Session::clear(&mut session);
            super::forever().await;
        }

        async fn destroy(session: Guard) {
            Session::destroy(session);
            super::forever().await;
        }

        async fn log_in(mut session: Guard) {
            Session::log_in(&mut session, 8);
            super::forever().await;
        }

        async fn change(mut session: Guard) {
            session.visits += 1;
            super::forever().await;
        }

        async fn read(_: Guard) {
            super::forever().await;
        }

        async fn panics(mut session: Guard) {
            Session::log_out(&mut session);
            drop(session);
            panic!("the handler's own mistake");
        }

        pub(super) fn routes() -> Router {
            Router::new()
                .route("/show", get(show))
                .route("/begin", get(begin))
                .route("/log-out", get(log_out))
                .route("/clear", get(clear))
                .route("/destroy", get(destroy))
                .route("/log-in", get(log_in))
                .route("/change", get(change))
                .route("/read", get(read))
                .route("/panics", get(panics))
        }
    };
}

mod in_cookie {
    use super::*;
    site!();
}

mod in_store {
    use super::*;
    site!(#[session(stored)]);
}

async fn forever() {
    std::future::pending::<()>().await;
}

fn in_cookie() -> App {
    app(|keys| in_cookie::routes().layer(SessionLayer::<in_cookie::Shop>::new(keys)))
}

fn in_store() -> (App, FaultyStore<MemoryStore>) {
    let store = FaultyStore::new(MemoryStore::new());
    let app = app(|keys| in_store::routes().layer(stored_layer(keys, &store)));
    (app, store)
}

fn stored_layer(
    keys: session_runtime::Keyring,
    store: &FaultyStore<MemoryStore>,
) -> SessionLayer<in_store::Shop> {
    SessionLayer::stored(keys, store.clone())
}

/// Asks with these cookies and hangs up while the handler waits.
async fn hang_up(app: &App, path: &str, cookies: &str) {
    let request = Request::get(path).header(COOKIE, cookies);
    let answer = app.router().oneshot(request.body(Body::empty()).unwrap());
    let asked = tokio::spawn(answer);
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
    asked.abort();
    assert!(asked.await.unwrap_err().is_cancelled());
    // What goes on in a task of its own.
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
}

fn said(app: &App) -> Vec<String> {
    app.log().lines_with("without a response")
}

/// The only line about it has this level and reason, and names these fields.
#[track_caller]
fn assert_said(app: &App, level: &str, reason: &str, fields: &str) {
    let lines = said(app);
    assert_eq!(lines.len(), 1, "{lines:?}");
    for words in [
        level,
        &format!("reason=\"{reason}\""),
        &format!("fields=\"{fields}\""),
    ] {
        assert!(lines[0].contains(words), "no `{words}` in {lines:?}");
    }
}

const LIMIT: Duration = Duration::from_millis(20);

const ENDING: &str = "the end of the session";

#[tokio::test]
async fn a_logout_that_is_lost_with_its_client_is_warned_of() {
    for path in ["/log-out", "/clear", "/destroy"] {
        let mut app = in_cookie();
        app.get("/begin").await;
        hang_up(&app, path, &app.copy_cookies()).await;
        assert_said(&app, "WARN", "dropped", ENDING);
        assert_eq!(app.get("/show").await.body, "7 1 1", "{path}");
    }
}

#[tokio::test]
async fn a_login_that_is_lost_with_its_client_is_warned_of() {
    let app = in_cookie();
    hang_up(&app, "/log-in", "").await;
    assert_said(&app, "WARN", "dropped", "user");
    let (app, store) = in_store();
    hang_up(&app, "/log-in", "").await;
    assert_said(&app, "WARN", "dropped", "user");
    assert_eq!(store.asked(Operation::Create), 0);
}

#[tokio::test]
async fn a_change_that_is_lost_with_its_client_is_named() {
    let app = in_cookie();
    hang_up(&app, "/change", "").await;
    assert_said(&app, "INFO", "dropped", "visits");
    let (app, store) = in_store();
    hang_up(&app, "/change", "").await;
    assert_said(&app, "INFO", "dropped", "visits");
    assert_eq!(store.asked(Operation::Create), 0);
}

#[tokio::test]
async fn nothing_is_said_where_nothing_is_lost() {
    let mut app = in_cookie();
    for path in ["/read", "/log-out", "/destroy", "/missing"] {
        hang_up_or_answer(&app, path).await;
    }
    app.get("/begin").await;
    app.get("/show").await;
    assert_eq!(said(&app), [""; 0]);
}

/// The cookies of a visitor who has none.
async fn hang_up_or_answer(app: &App, path: &str) {
    let answer = app
        .router()
        .oneshot(Request::get(path).body(Body::empty()).unwrap());
    let _ = tokio::time::timeout(Duration::from_millis(5), answer).await;
}

#[tokio::test]
async fn a_client_that_hangs_up_while_the_handler_runs_cannot_cancel_its_logout() {
    for (path, theme) in [("/log-out", "1"), ("/clear", "1"), ("/destroy", "1")] {
        let (mut app, store) = in_store();
        app.get("/begin").await;
        let cookies = app.copy_cookies();
        hang_up(&app, path, &cookies).await;
        assert_eq!(store.asked(Operation::End), 1, "{path}");
        let shown = app.get_with("/show", &cookies).await.body;
        assert_eq!(shown, format!("- 0 {theme}"), "{path}");
    }
}

/// The browser keeps a cookie of its own, which only a response removes.
#[tokio::test]
async fn of_a_stored_session_only_what_stays_in_the_browser_is_warned_of() {
    let (mut app, _) = in_store();
    app.get("/begin").await;
    hang_up(&app, "/log-out", &app.copy_cookies()).await;
    assert_eq!(said(&app), [""; 0]);
    let (mut app, _) = in_store();
    app.get("/begin").await;
    hang_up(&app, "/destroy", &app.copy_cookies()).await;
    assert_said(&app, "WARN", "dropped", ENDING);
}

#[tokio::test]
async fn a_logout_before_a_timeout_outside_is_warned_of() {
    let timeout = tower_http::timeout::TimeoutLayer::with_status_code;
    let mut app = app(|keys| {
        let routes = in_cookie::routes().layer(SessionLayer::<in_cookie::Shop>::new(keys));
        routes.layer(timeout(StatusCode::REQUEST_TIMEOUT, LIMIT))
    });
    app.get("/begin").await;
    let answer = app.get("/log-out").await;
    assert_eq!(answer.status, StatusCode::REQUEST_TIMEOUT);
    assert_said(&app, "WARN", "dropped", ENDING);
}

/// An error goes through the session's layer as an error, and becomes a response further out.
fn with_errors<T: SessionData>(routes: Router, layer: SessionLayer<T>) -> Router {
    let handle = HandleErrorLayer::new(async |_: BoxError| StatusCode::REQUEST_TIMEOUT);
    let services = ServiceBuilder::new().layer(handle).layer(layer);
    routes.layer(services.map_future(in_time))
}

async fn in_time<F>(answer: F) -> Result<Response, BoxError>
where
    F: Future<Output = Result<Response, Infallible>>,
{
    let answer = tokio::time::timeout(LIMIT, answer).await?;
    Ok(answer.unwrap_or_else(|never| match never {}))
}

#[tokio::test]
async fn a_logout_before_an_error_is_warned_of_and_a_stored_session_ends() {
    let layer = SessionLayer::<in_cookie::Shop>::new;
    let mut app = app(|keys| with_errors(in_cookie::routes(), layer(keys)));
    app.get("/begin").await;
    let answer = app.get("/log-out").await;
    assert_eq!(answer.status, StatusCode::REQUEST_TIMEOUT);
    assert_said(&app, "WARN", "error", ENDING);

    let store = FaultyStore::new(MemoryStore::new());
    let mut app = tests::app(|keys| with_errors(in_store::routes(), stored_layer(keys, &store)));
    app.get("/begin").await;
    app.get("/log-out").await;
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
    assert_eq!(app.get("/show").await.body, "- 0 1");
    assert_eq!(said(&app), [""; 0]);
}

#[tokio::test]
async fn a_logout_before_a_panic_that_is_caught_outside_is_warned_of_and_a_stored_session_ends() {
    let mut app = app(|keys| {
        let routes = in_cookie::routes().layer(SessionLayer::<in_cookie::Shop>::new(keys));
        routes.layer(CatchPanicLayer::new())
    });
    app.get("/begin").await;
    app.get("/panics").await;
    assert_said(&app, "WARN", "panic", ENDING);

    let store = FaultyStore::new(MemoryStore::new());
    let mut app = tests::app(|keys| {
        let routes = in_store::routes().layer(stored_layer(keys, &store));
        routes.layer(CatchPanicLayer::new())
    });
    app.get("/begin").await;
    app.get("/panics").await;
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
    assert_eq!(app.get("/show").await.body, "- 0 1");
}
