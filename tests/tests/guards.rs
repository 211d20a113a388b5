//! Several guards of one session in one request.

use axum::Router;
use axum::extract::{FromRequestParts, Request};
use axum::http::request::Parts;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::routing::get;
use session_runtime::{Session, SessionError, SessionLayer};
use tests::{App, CANARY, app};

#[derive(Session)]
struct Shop {
    visits: u32,
    seen: u32,
    name: Option<String>,
}

async fn show(session: Session<Shop>) -> String {
    let name = session.name.as_deref().unwrap_or("-");
    format!("{} {} {name}", session.visits, session.seen)
}

fn shop(routes: Router) -> App {
    app(|keys| {
        routes
            .route("/show", get(show))
            .layer(SessionLayer::<Shop>::new(keys))
    })
}

async fn shown(app: &mut App) -> String {
    app.get("/show").await.body
}

#[tokio::test]
async fn guards_that_change_different_fields_both_win() {
    async fn both(mut first: Session<Shop>, mut second: Session<Shop>) {
        first.visits = 11;
        second.seen = 22;
    }
    let mut app = shop(Router::new().route("/", get(both)));
    assert_eq!(app.get("/").await.set_cookies().len(), 1);
    assert_eq!(shown(&mut app).await, "11 22 -");
    assert!(app.log().lines_with("WARN").is_empty());
}

#[tokio::test]
async fn for_the_same_field_the_later_drop_wins_and_a_warning_names_it() {
    async fn both(mut first: Session<Shop>, mut second: Session<Shop>) {
        second.name = Some(format!("{CANARY} second"));
        first.name = Some(format!("{CANARY} first"));
        first.visits = 1;
        drop(second);
        drop(first);
    }
    let mut app = shop(Router::new().route("/", get(both)));
    app.get("/").await;
    assert_eq!(shown(&mut app).await, format!("1 0 {CANARY} first"));
    let warnings = app.log().lines_with("WARN");
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(warnings[0].contains("two guards of one request changed the same field"));
    assert!(warnings[0].contains("field=\"name\""), "{warnings:?}");
    assert!(
        warnings[0].contains("session=\"guards::Shop\""),
        "{warnings:?}"
    );
}

#[tokio::test]
async fn a_lost_update_is_warned_of_although_both_values_are_equal() {
    async fn count(mut session: Session<Shop>, request: Request, next: Next) -> Response {
        let response = next.run(request).await;
        session.visits += 1;
        response
    }
    async fn handler(mut session: Session<Shop>) {
        session.visits += 1;
    }
    let mut app = shop(Router::new().route("/", get(handler)).layer(from_fn(count)));
    app.get("/").await;
    assert_eq!(shown(&mut app).await, "1 0 -");
    let warnings = app.log().lines_with("WARN");
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(warnings[0].contains("two guards of one request changed the same field"));
    assert!(warnings[0].contains("field=\"visits\""), "{warnings:?}");
}

#[tokio::test]
async fn a_guard_that_has_seen_the_other_change_is_no_conflict() {
    async fn count(mut session: Session<Shop>, request: Request, next: Next) -> Response {
        session.visits += 1;
        Session::sync(&mut session);
        let response = next.run(request).await;
        Session::sync(&mut session);
        session.visits += 1;
        response
    }
    async fn handler(mut session: Session<Shop>) {
        session.visits += 1;
    }
    let mut app = shop(Router::new().route("/", get(handler)).layer(from_fn(count)));
    app.get("/").await;
    assert_eq!(shown(&mut app).await, "3 0 -");
    assert!(app.log().lines_with("WARN").is_empty());
}

#[tokio::test]
async fn a_guard_sees_what_was_published_before_it_was_taken() {
    async fn visit(mut session: Session<Shop>, request: Request, next: Next) -> Response {
        session.visits += 1;
        drop(session);
        next.run(request).await
    }
    async fn handler(mut session: Session<Shop>) -> String {
        session.visits += 10;
        session.visits.to_string()
    }
    let mut app = shop(Router::new().route("/", get(handler)).layer(from_fn(visit)));
    assert_eq!(app.get("/").await.body, "11");
    assert_eq!(app.get("/").await.body, "22");
    assert!(app.log().lines_with("WARN").is_empty());
}

#[tokio::test]
async fn middleware_that_keeps_its_guard_and_the_handler_both_win() {
    async fn measure(mut session: Session<Shop>, request: Request, next: Next) -> Response {
        let response = next.run(request).await;
        session.seen += 1;
        response
    }
    async fn handler(mut session: Session<Shop>) {
        session.visits += 1;
    }
    let routes = Router::new()
        .route("/", get(handler))
        .layer(from_fn(measure));
    let mut app = shop(routes);
    app.get("/").await;
    app.get("/").await;
    assert_eq!(shown(&mut app).await, "2 2 -");
}

/// An extractor of the application, built on the session.
struct CurrentUser(String);

impl<S: Send + Sync> FromRequestParts<S> for CurrentUser {
    type Rejection = SessionError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, SessionError> {
        let mut session = Session::<Shop>::from_request_parts(parts, state).await?;
        session.seen += 1;
        Ok(Self(session.name.clone().unwrap_or_default()))
    }
}

#[tokio::test]
async fn a_guard_in_another_extractor_and_one_in_the_handler_both_win() {
    async fn handler(user: CurrentUser, mut session: Session<Shop>) -> String {
        session.visits += 1;
        session.name = Some(CANARY.to_owned());
        user.0
    }
    let mut app = shop(Router::new().route("/", get(handler)));
    assert_eq!(app.get("/").await.body, "");
    assert_eq!(app.get("/").await.body, CANARY);
    assert_eq!(shown(&mut app).await, format!("2 2 {CANARY}"));
}
