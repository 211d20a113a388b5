//! What an operator of stored sessions sees: a store that does not answer, keys that rotate, rows that are over.

use std::time::Duration;

use axum::Router;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::http::{Method, StatusCode};
use axum::middleware::map_response;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use session_runtime::store::{Mark, MemoryStore, NewRow, RowKey, Store as _, StoreErrorKind};
use session_runtime::test_kit::{Browser, Fault, FaultyStore, Operation};
use session_runtime::{Identity, Key, Keyring, Session, SessionLayer};
use tests::{Answer, App, app};
use tokio::time::Instant;

#[derive(Session)]
#[session(cookie = "shop", stored, idle = "2h", max = "1d")]
struct Shop {
    #[session(identity)]
    user: Identity<u32>,
    visits: u32,
    cart: Vec<u32>,
}

type Guard = Session<Shop>;

type Faulty = FaultyStore<MemoryStore>;

async fn show(session: Guard) -> String {
    let user = session.user.map_or("-".to_owned(), |user| user.to_string());
    let state = Session::info(&session).state();
    format!("{user} {} {} {state:?}", session.visits, session.cart.len())
}

async fn visit(mut session: Guard) {
    session.visits += 1;
}

async fn log_in(mut session: Guard) {
    Session::log_in(&mut session, 7);
}

async fn log_out(mut session: Guard) {
    Session::log_out(&mut session);
}

fn site() -> (App, Faulty, Keyring) {
    let store = FaultyStore::new(MemoryStore::new());
    let mut ring = None;
    let app = app(|keys| {
        ring = Some(keys.clone());
        Router::new()
            .route("/show", get(show).post(visit))
            .route("/visit", get(visit))
            .route("/log-in", get(log_in))
            .route("/log-out", get(log_out))
            .route("/untouched", get(|| async { "open" }))
            .layer(SessionLayer::<Shop>::stored(keys, store.clone()))
            .layer(map_response(with_a_page))
    });
    (app, store, ring.unwrap())
}

fn gone() -> Fault {
    Fault::error(StoreErrorKind::Unreachable)
}

/// The page of the guide.
async fn with_a_page(response: Response) -> Response {
    if response.status() != StatusCode::SERVICE_UNAVAILABLE {
        return response;
    }
    let (parts, _) = response.into_parts();
    (parts, Html("<h1>The shop is closed for a moment.</h1>")).into_response()
}

fn assert_is_the_page(answer: &Answer) {
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.body, "<h1>The shop is closed for a moment.</h1>");
    assert_eq!(answer.all(RETRY_AFTER), ["1"]);
    assert_eq!(answer.all(CONTENT_TYPE), ["text/html; charset=utf-8"]);
}

#[tokio::test]
async fn a_page_around_the_layer_takes_the_place_of_every_503() {
    let (mut app, store, _) = site();
    assert_eq!(app.get("/visit").await.status, StatusCode::OK);
    store.fail(gone());
    assert_is_the_page(&app.get("/show").await);
    assert_is_the_page(&app.request(Method::POST, "/show").await);
    assert_eq!(app.get("/untouched").await.body, "open");
    // A first visit has nothing to load, and cannot be saved.
    let first = app.get_with("/visit", "").await;
    assert_is_the_page(&first);
    assert_eq!(first.set_cookies(), Vec::<String>::new());
    store.heal();
    assert_eq!(app.get("/show").await.body, "- 1 0 Active");
}

#[tokio::test(start_paused = true)]
async fn a_store_that_never_answers_costs_a_second_to_load_and_two_to_save() {
    let (mut app, store, _) = site();
    app.get("/visit").await;
    store.fail(Fault::silence());
    let start = Instant::now();
    assert_is_the_page(&app.get("/show").await);
    let loaded = start.elapsed();
    assert!(loaded >= Duration::from_secs(1) && loaded < Duration::from_millis(1010));
    let start = Instant::now();
    assert_is_the_page(&app.get_with("/visit", "").await);
    let saved = start.elapsed();
    assert!(saved >= Duration::from_secs(2) && saved < Duration::from_millis(2010));
    let log = app.log().lines_with("the store did not answer in time");
    assert_eq!(log.len(), 2, "{log:?}");
}

#[tokio::test(start_paused = true)]
async fn a_store_that_refuses_is_asked_twice_and_answers_at_once() {
    let (mut app, store, _) = site();
    app.get("/visit").await;
    store.fail(gone());
    let start = Instant::now();
    assert_is_the_page(&app.get("/show").await);
    assert_eq!(start.elapsed(), Duration::ZERO);
    assert_eq!(store.asked(Operation::Load), 2);
    let log = app.log().lines_with("the store cannot be reached");
    assert_eq!(log.len(), 1);
}

#[tokio::test]
async fn every_eighth_new_session_sweeps_at_most_sixty_four_rows() {
    const LONG_AGO: u64 = 1000;
    let (app, store, _) = site();
    for number in 0..200 {
        let dead = NewRow {
            key: RowKey::from_bytes([number; 16]),
            mark: Mark::from_bytes([1; 8]),
            owner: None,
            expires: LONG_AGO,
            entries: &[],
            label: None,
        };
        store.create(dead, 0).await.unwrap();
    }
    for sweeps in 1..=3 {
        for _ in 0..8 {
            Browser::new(app.router()).get("/visit").await;
        }
        // It runs beside the responses. The next one comes when it is over.
        while store.asked(Operation::Sweep) < sweeps {
            tokio::task::yield_now().await;
        }
    }
    let left = store.sweep(LONG_AGO + 300, 1000).await.unwrap();
    assert_eq!(left, 200 - 3 * 64);
}

#[tokio::test]
async fn a_store_that_was_emptied_ends_every_session_and_takes_new_ones() {
    let (mut app, _, keys) = site();
    app.get("/visit").await;
    let ticket = format!("{}; Path=/; Secure", app.copy_cookies());
    // The same application beside an empty store.
    let keys = tests::another_process(&keys);
    let layer = SessionLayer::<Shop>::stored(keys, MemoryStore::new());
    let routes = Router::new()
        .route("/show", get(show))
        .route("/visit", get(visit));
    let mut browser = Browser::new(routes.layer(layer));
    browser.set_cookie(ticket);
    assert_eq!(browser.get("/show").await.text(), "- 0 0 Ended");
    browser.get("/visit").await;
    assert_eq!(browser.get("/show").await.text(), "- 1 0 Active");
}

fn ring(keys: &[&Key]) -> Keyring {
    Keyring::new(keys.iter().map(|key| (*key).clone())).unwrap()
}

#[tokio::test]
async fn a_revoked_key_ends_every_stored_session_that_is_under_it() {
    let (mut app, _, keys) = site();
    let (leaked, new) = (Key::generate(), Key::generate());
    keys.replace(&ring(&[&leaked]));
    app.get("/log-in").await;
    keys.replace(&ring(&[&new, &leaked.revoked()]));
    assert_eq!(app.get("/show").await.body, "- 0 0 UnknownKey");
    app.get("/log-in").await;
    assert_eq!(app.get("/show").await.body, "7 0 0 Active");
}

#[tokio::test]
async fn a_logout_in_an_outage_removes_the_cookie_and_says_that_it_failed() {
    let (mut app, store, _) = site();
    app.get("/log-in").await;
    let copied = app.copy_cookies();
    store.fail(gone().on([Operation::End]));
    let answer = app.get("/log-out").await;
    assert_is_the_page(&answer);
    assert!(
        answer.set_cookies()[0].contains("Max-Age=0"),
        "the page keeps it"
    );
    store.heal();
    let copy = app.get_with("/show", &copied).await.body;
    assert_eq!(copy, "7 0 0 Active", "a copy is as good as before");
    assert_eq!(app.get("/show").await.body, "- 0 0 New");
}
