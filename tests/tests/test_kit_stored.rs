//! The test kit with a session that is kept in a store.

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::header::COOKIE;
use axum::http::{HeaderMap, Request, StatusCode};
use axum::routing::get;
use session_runtime::store::{MemoryStore, Store, StoreErrorKind};
use session_runtime::test_kit::{
    Browser, Fault, FaultyStore, Operation, Outcome, TestKit, TestRequest, identity,
};
use session_runtime::{Identity, Keyring, Session, SessionLayer, SessionState};
use tower::ServiceExt as _;

#[derive(Session)]
#[session(cookie = "shop", stored)]
struct Shop {
    #[session(identity)]
    user: Identity<u32>,
    visits: u32,
    #[session(ttl = "10m")]
    code: Option<u32>,
    #[session(flash)]
    notice: Option<String>,
    #[session(browser)]
    theme: u32,
}

fn shop(visits: u32) -> Shop {
    Shop {
        visits,
        ..Shop::default()
    }
}

fn kit_over(store: impl Store) -> (TestKit<Shop>, Router) {
    let layer = SessionLayer::<Shop>::stored(Keyring::ephemeral(), store);
    let kit = TestKit::new(&layer);
    let routes = Router::new()
        .route(
            "/show",
            get(async |session: Session<Shop>| session.visits.to_string()),
        )
        .route(
            "/visit",
            get(async |mut session: Session<Shop>| session.visits += 1),
        )
        .route(
            "/log-out",
            get(async |mut session: Session<Shop>| Session::log_out(&mut session)),
        );
    (kit, routes.layer(layer))
}

/// The headers of a response to a request with the session `value`.
async fn headers(kit: &TestKit<Shop>, app: &Router, path: &str, value: &Shop) -> HeaderMap {
    let mut request = Request::get(path).body(Body::empty()).unwrap();
    request.headers_mut().insert(COOKIE, kit.cookie(value));
    let response = app.clone().oneshot(request).await.unwrap();
    response.headers().clone()
}

fn set(outcome: Outcome<Shop>) -> Shop {
    outcome.into_set().unwrap()
}

#[test]
fn a_change_of_the_row_alone_is_set_although_no_cookie_is() {
    let mut request = TestRequest::new(&shop(3));
    request.session().visits = 4;
    assert_eq!(set(request.respond(StatusCode::OK)).visits, 4);
    request.session().visits = 5;
    assert_eq!(set(request.respond(StatusCode::OK)).visits, 5);
    request.assert_value(&shop(5));
}

#[test]
fn a_request_that_changes_nothing_leaves_the_row_untouched() {
    let mut request = TestRequest::new(&shop(3));
    assert_eq!(request.session().visits, 3);
    assert!(matches!(
        request.respond(StatusCode::OK),
        Outcome::Untouched
    ));
    request.session().visits = 4;
    let failed = request.respond(StatusCode::BAD_GATEWAY);
    assert!(matches!(failed, Outcome::Untouched));
    request.session().visits = 3;
    assert!(matches!(
        request.respond(StatusCode::OK),
        Outcome::Untouched
    ));
    let mut visitor = TestRequest::new(&Shop::default());
    assert_eq!(visitor.session().visits, 0);
    assert!(matches!(
        visitor.respond(StatusCode::OK),
        Outcome::Untouched
    ));
}

#[test]
fn a_time_that_starts_again_is_set_although_no_value_changes() {
    let clock = session_runtime::test_kit::MovableClock::new();
    let layer = SessionLayer::<Shop>::stored(Keyring::ephemeral(), MemoryStore::new());
    let kit = TestKit::new(&layer.clock(clock.clone()));
    let code = Some(123);
    let mut request = kit.request(&Shop { code, ..shop(3) });
    clock.advance(Duration::from_mins(1));
    Session::touch(&mut request.session(), |shop| &shop.code);
    assert_eq!(set(request.respond(StatusCode::OK)).code, code);
}

#[test]
fn a_login_and_a_logout_are_what_they_are() {
    let mut request = TestRequest::new(&shop(3));
    Session::log_in(&mut request.session(), 7);
    let after = set(request.respond(StatusCode::OK));
    assert_eq!((*after.user, after.visits), (Some(7), 3));
    Session::log_out(&mut request.session());
    assert!(matches!(request.respond(StatusCode::OK), Outcome::Removed));
    request.assert_value(&Shop::default());
    let state = Session::info(&request.session()).state();
    assert_eq!(state, SessionState::New);
}

#[tokio::test]
async fn headers_with_a_ticket_tell_what_the_response_did() {
    let (kit, app) = kit_over(MemoryStore::new());
    let first = headers(&kit, &app, "/visit", &Shop::default()).await;
    kit.assert_set(&first, &shop(1));
    let user = identity(7);
    let over = headers(&kit, &app, "/log-out", &Shop { user, ..shop(3) }).await;
    kit.assert_removed(&over);
}

/// Each of them would say of a row that was changed that it was not.
#[tokio::test]
async fn headers_without_a_ticket_are_not_taken_for_a_session_that_is_untouched() {
    let (kit, app) = kit_over(MemoryStore::new());
    let changed = headers(&kit, &app, "/visit", &shop(3)).await;
    let shown = headers(&kit, &app, "/show", &shop(3)).await;
    for headers in [changed, shown] {
        for ask in [
            |kit: &TestKit<Shop>, headers: &HeaderMap| drop(kit.outcome_of(headers)),
            |kit: &TestKit<Shop>, headers: &HeaderMap| kit.assert_untouched(headers),
            |kit: &TestKit<Shop>, headers: &HeaderMap| kit.assert_set(headers, &shop(3)),
            |kit: &TestKit<Shop>, headers: &HeaderMap| kit.assert_removed(headers),
        ] {
            let asked = std::panic::AssertUnwindSafe(|| ask(&kit, &headers));
            let panic = std::panic::catch_unwind(asked).unwrap_err();
            let said = panic.downcast_ref::<String>().unwrap();
            assert!(
                said.contains("a stored session can change without one"),
                "{said}"
            );
            assert!(said.contains("`session_of`"), "{said}");
        }
    }
}

#[tokio::test]
async fn a_browser_tells_what_became_of_the_row() {
    let (kit, app) = kit_over(MemoryStore::new());
    let mut browser = Browser::new(app);
    kit.set_session(&mut browser, &shop(3));
    browser.get("/show").await;
    kit.assert_session_of(&browser, &shop(3));
    browser.get("/visit").await;
    kit.assert_session_of(&browser, &shop(4));
    browser.get("/log-out").await;
    kit.assert_session_of(&browser, &Shop::default());
}

#[test]
fn a_request_of_a_kit_is_over_the_store_of_its_layer_and_another_one_is_not() {
    let store = FaultyStore::new(MemoryStore::new());
    let (kit, _) = kit_over(store.clone());
    let mut request = kit.request(&shop(3));
    assert_eq!(store.asked(Operation::Create), 1);
    request.session().visits = 4;
    request.respond(StatusCode::OK);
    assert_eq!(store.asked(Operation::Commit), 1);
    let asked = store.asked(Operation::Create) + store.asked(Operation::Load);
    TestRequest::new(&shop(3)).assert_value(&shop(3));
    assert_eq!(
        store.asked(Operation::Create) + store.asked(Operation::Load),
        asked
    );
}

#[test]
#[should_panic(expected = "cannot be saved: its store failed\nhelp: the log has the error")]
fn a_store_that_fails_is_named_where_the_kit_saves() {
    let store = FaultyStore::new(MemoryStore::new());
    let (kit, _) = kit_over(store.clone());
    let mut request = kit.request(&shop(3));
    request.session().visits = 4;
    store.fail(Fault::error(StoreErrorKind::Full).on([Operation::Commit]));
    request.respond(StatusCode::OK);
}

#[test]
#[should_panic(expected = "larger than a stored session may be\nhelp: the log names the field")]
fn a_session_that_is_too_large_for_a_store_is_not_said_to_be_so_for_a_browser() {
    let notice = Some("x".repeat(70_000));
    TestRequest::new(&Large { notice });
}

#[derive(Session)]
#[session(stored)]
struct Large {
    notice: Option<String>,
}

/// What the page of the kit says of stores that need the runtime of the test.
#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_needs_the_runtime_answers_the_kit_in_a_test_with_several_threads() {
    let store = FaultyStore::new(MemoryStore::new());
    let (kit, app) = kit_over(store.clone());
    let mut browser = Browser::new(app);
    let answer_later = || {
        store.fail(Fault::silence());
        let store = store.clone();
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_millis(5)).await;
            store.heal();
        })
    };
    answer_later();
    kit.set_session(&mut browser, &shop(3));
    answer_later();
    kit.assert_session_of(&browser, &shop(3));
}
