//! `Session::renew` in a request that saves nothing. Whoever copied the ticket keeps it, so the log warns.

use std::future::pending;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::header::COOKIE;
use axum::http::{Request, StatusCode};
use axum::routing::get;
use session_runtime::store::MemoryStore;
use session_runtime::{Identity, Session, SessionLayer};
use tests::{App, app};
use tokio::time::timeout;
use tower::ServiceExt as _;
use tower_http::catch_panic::CatchPanicLayer;

#[derive(Session)]
#[session(cookie = "shop", stored)]
struct Shop {
    #[session(identity)]
    user: Identity<u32>,
    visits: u32,
}

type Guard = Session<Shop>;

async fn renew(mut session: Guard) {
    Session::renew(&mut session);
}

async fn hangs(session: Guard) {
    renew(session).await;
    pending::<()>().await;
}

async fn panics(session: Guard) {
    renew(session).await;
    panic!("the handler's own mistake");
}

async fn panics_with_the_session(mut session: Guard) {
    session.visits += 1;
    Session::renew(&mut session);
    panic!("the handler's own mistake");
}

async fn fails(session: Guard) -> StatusCode {
    renew(session).await;
    StatusCode::INTERNAL_SERVER_ERROR
}

async fn too_late(session: Guard) -> StatusCode {
    renew(session).await;
    StatusCode::REQUEST_TIMEOUT
}

async fn changes_too(mut session: Guard) -> StatusCode {
    session.visits += 1;
    fails(session).await
}

async fn only_changes(mut session: Guard) -> StatusCode {
    session.visits += 1;
    StatusCode::INTERNAL_SERVER_ERROR
}

/// A user who is logged in.
async fn site() -> App {
    let log_in = async |mut session: Guard| Session::log_in(&mut session, 7);
    let show = async |session: Guard| session.user.map_or("-".to_owned(), |user| user.to_string());
    let caught = Router::new()
        .route("/caught", get(panics))
        .route("/caught-with-it", get(panics_with_the_session))
        .layer(CatchPanicLayer::new());
    let mut app = app(|keys| {
        Router::new()
            .route("/log-in", get(log_in))
            .route("/show", get(show))
            .route("/renew", get(renew))
            .route("/hangs", get(hangs))
            .route("/panics", get(panics))
            .route("/fails", get(fails))
            .route("/too-late", get(too_late))
            .route("/changes-too", get(changes_too))
            .route("/only-changes", get(only_changes))
            .merge(caught)
            .layer(SessionLayer::<Shop>::stored(keys, MemoryStore::new()))
            .layer(CatchPanicLayer::new())
    });
    app.get("/log-in").await;
    app
}

/// A client that asks for the page, and gives up soon.
async fn ask(app: &App, path: &str) {
    let request = Request::get(path).header(COOKIE, app.copy_cookies());
    let answer = app.router().oneshot(request.body(Body::empty()).unwrap());
    let _ = timeout(Duration::from_millis(50), answer).await;
}

fn lost(app: &App) -> Vec<String> {
    app.log().lines_with("Session::renew")
}

#[tokio::test]
async fn a_renewal_that_is_lost_is_warned_of_with_the_reason() {
    let ways = [
        ("/hangs", "dropped"),
        ("/panics", "panic"),
        ("/caught", "server-error"),
        ("/fails", "server-error"),
        ("/too-late", "timeout"),
    ];
    for (path, reason) in ways {
        let mut app = site().await;
        ask(&app, path).await;
        let lines = lost(&app);
        assert_eq!(lines.len(), 1, "{path} {lines:?}");
        let says = |what: &str| lines[0].contains(what);
        assert!(
            says("WARN") && says(&format!("reason=\"{reason}\"")),
            "{lines:?}"
        );
        assert_eq!(
            app.get("/show").await.body,
            "7",
            "the ticket of before counts"
        );
    }
}

#[tokio::test]
async fn a_renewal_that_is_lost_names_the_fields_that_are_lost_with_it() {
    let app = site().await;
    ask(&app, "/changes-too").await;
    let lines = lost(&app);
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].contains("visits, Session::renew"), "{lines:?}");
}

#[tokio::test]
async fn of_a_session_that_a_panic_drops_the_renewal_is_named_and_no_field() {
    let app = site().await;
    ask(&app, "/caught-with-it").await;
    let lines = lost(&app);
    assert_eq!(lines.len(), 1, "{lines:?}");
    for words in ["WARN", "fields=\"Session::renew\"", "reason=\"panic\""] {
        assert!(lines[0].contains(words), "no `{words}` in {lines:?}");
    }
}

#[tokio::test]
async fn nothing_is_said_of_a_renewal_that_is_saved_or_that_nobody_asked_for() {
    for path in ["/renew", "/only-changes"] {
        let app = site().await;
        ask(&app, path).await;
        assert_eq!(lost(&app), [""; 0], "{path}");
        assert_eq!(app.log().lines_with("WARN"), [""; 0], "{path}");
    }
}
