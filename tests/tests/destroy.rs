//! `Session::destroy`: forget this browser.

use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use session_runtime::{Session, SessionLayer};
use tests::{App, app};

#[derive(Session)]
struct Shop {
    visits: u32,
}

type Guard = Session<Shop>;

fn shop() -> App {
    app(|keys| {
        Router::new()
            .route(
                "/visit",
                get(async |mut session: Guard| session.visits += 1),
            )
            .route(
                "/visits",
                get(async |session: Guard| session.visits.to_string()),
            )
            .route(
                "/leave",
                get(async |session: Guard| Session::destroy(session)),
            )
            .route("/change-and-leave", get(change_and_leave))
            .route("/leave-and-change", get(leave_and_change))
            .route("/leave-and-fail", get(leave_and_fail))
            .layer(SessionLayer::<Shop>::new(keys))
    })
}

async fn change_and_leave(mut first: Guard, mut second: Guard) {
    first.visits = 100;
    second.visits = 200;
    drop(second);
    Session::destroy(first);
}

async fn leave_and_change(first: Guard, mut second: Guard) {
    Session::destroy(first);
    second.visits = 200;
}

async fn leave_and_fail(session: Guard) -> StatusCode {
    Session::destroy(session);
    StatusCode::INTERNAL_SERVER_ERROR
}

#[tokio::test]
async fn the_cookie_is_removed_whatever_other_guards_do_and_also_with_an_error() {
    for path in [
        "/leave",
        "/change-and-leave",
        "/leave-and-change",
        "/leave-and-fail",
    ] {
        let mut app = shop();
        app.get("/visit").await;
        let cookies = app.get(path).await.set_cookies();
        assert_eq!(cookies.len(), 1, "{path}: {cookies:?}");
        assert!(
            cookies[0].starts_with("__Host-shop=; "),
            "{path}: {cookies:?}"
        );
        assert_eq!(app.get("/visits").await.body, "0", "{path}");
    }
}

#[tokio::test]
async fn a_change_after_destroy_is_dropped_with_a_warning() {
    let mut app = shop();
    app.get("/leave-and-change").await;
    let warnings = app.log().lines_with("WARN");
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(warnings[0].contains("field=\"visits\""), "{warnings:?}");
}

/// Nothing of a destroyed session is saved.
#[tokio::test]
async fn what_its_own_guard_changed_before_is_dropped_without_a_word() {
    #[derive(Session)]
    struct Bank {
        visits: u32,
        #[session(ttl = "5m")]
        confirmed: bool,
    }
    async fn leave(mut session: Session<Bank>) {
        session.visits += 1;
        Session::touch(&mut session, |bank| &bank.confirmed);
        Session::remember(&mut session, true);
        Session::destroy(session);
    }
    let mut app = app(|keys| {
        Router::new()
            .route("/leave", get(leave))
            .layer(SessionLayer::<Bank>::new(keys))
    });
    assert_eq!(app.get("/leave").await.set_cookies().len(), 0);
    for level in ["WARN", "ERROR"] {
        assert_eq!(app.log().lines_with(level), [""; 0]);
    }
}

#[tokio::test]
async fn a_guard_taken_after_it_shows_nobody() {
    use axum::extract::{FromRequestParts, Request};
    use axum::middleware::{Next, from_fn};

    async fn audit(request: Request, next: Next) -> String {
        let (mut parts, body) = request.into_parts();
        let request = Request::from_parts(parts.clone(), body);
        next.run(request).await;
        let session = Guard::from_request_parts(&mut parts, &()).await.unwrap();
        session.visits.to_string()
    }
    let mut app = app(|keys| {
        Router::new()
            .route(
                "/leave",
                get(async |session: Guard| Session::destroy(session)),
            )
            .route(
                "/visit",
                get(async |mut session: Guard| session.visits += 1),
            )
            .layer(from_fn(audit))
            .layer(SessionLayer::<Shop>::new(keys))
    });
    assert_eq!(app.get("/visit").await.body, "1");
    assert_eq!(app.get("/leave").await.body, "0");
}

#[tokio::test]
async fn a_change_by_a_guard_taken_after_it_is_dropped_with_a_warning_too() {
    use session_runtime::test_kit::TestRequest;

    let log = tests::Log::capture();
    let request = TestRequest::new(&Shop { visits: 1 });
    Session::destroy(request.session());
    request.session().visits = 9;
    assert_eq!(request.value().visits, 0);
    assert_eq!(log.lines_with("WARN").len(), 1);
}

#[tokio::test]
async fn a_destroy_after_the_response_is_an_error_in_the_log() {
    async fn later(session: Guard) {
        tokio::spawn(async move {
            tokio::task::yield_now().await;
            Session::destroy(session);
        });
    }
    let mut app = app(|keys| {
        Router::new()
            .route("/later", get(later))
            .layer(SessionLayer::<Shop>::new(keys))
    });
    assert_eq!(app.get("/later").await.set_cookies().len(), 0);
    for _ in 0..3 {
        tokio::task::yield_now().await;
    }
    let errors = app.log().lines_with("ERROR");
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert!(errors[0].contains("is not ended"), "{errors:?}");
}

#[tokio::test]
async fn a_browser_without_a_session_is_told_nothing() {
    let mut app = shop();
    assert_eq!(app.get("/leave").await.set_cookies().len(), 0);
    assert_eq!(app.get("/change-and-leave").await.set_cookies().len(), 0);
}

#[tokio::test]
async fn the_session_after_it_is_a_new_one() {
    let mut app = shop();
    app.get("/visit").await;
    app.get("/visit").await;
    app.get("/leave").await;
    app.get("/visit").await;
    assert_eq!(app.get("/visits").await.body, "1");
}
