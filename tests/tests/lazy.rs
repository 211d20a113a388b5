//! A session that no handler asks for costs nothing, and one that is only read sends nothing.

use axum::Router;
use axum::http::header::{CACHE_CONTROL, SET_COOKIE, VARY};
use axum::routing::get;
use session_runtime::{Session, SessionLayer};
use tests::{App, app};

#[derive(Session)]
struct Shop {
    visits: u32,
}

async fn write(mut session: Session<Shop>) {
    session.visits += 1;
}

async fn read(session: Session<Shop>) -> String {
    session.visits.to_string()
}

fn shop() -> App {
    app(|keys| {
        Router::new()
            .route("/write", get(write))
            .route("/read", get(read))
            .route(
                "/twice",
                get(async |first: Session<Shop>, second: Session<Shop>| {
                    (first.visits + second.visits).to_string()
                }),
            )
            .route("/untouched", get(async || "hello"))
            .layer(SessionLayer::<Shop>::new(keys))
    })
}

#[tokio::test]
async fn an_untouched_session_is_not_opened_and_sends_nothing() {
    let mut app = shop();
    app.get("/write").await;
    let before = app.opens();
    let answer = app.get("/untouched").await;
    assert_eq!(app.opens(), before);
    for header in [SET_COOKIE, VARY, CACHE_CONTROL] {
        assert_eq!(answer.all(header), Vec::<String>::new());
    }
    // The count can count.
    app.get("/read").await;
    assert_eq!(app.opens(), before + 1);
}

#[tokio::test]
async fn a_session_that_is_only_read_varies_by_cookie_and_sets_none() {
    let mut app = shop();
    app.get("/write").await;
    let answer = app.get("/read").await;
    assert_eq!(answer.body, "1");
    assert_eq!(answer.all(VARY), ["cookie"]);
    assert_eq!(answer.all(SET_COOKIE), Vec::<String>::new());
}

#[tokio::test]
async fn a_session_that_two_guards_read_is_opened_once() {
    let mut app = shop();
    app.get("/write").await;
    let before = app.opens();
    assert_eq!(app.get("/twice").await.body, "2");
    assert_eq!(app.opens(), before + 1);
}
