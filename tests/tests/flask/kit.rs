//! Notices, tests of an application, and requests beside each other.

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Path;
use axum::response::Redirect;
use axum::routing::get;
use session_runtime::test_kit::{Browser, MovableClock, TestKit, TestRequest};
use session_runtime::{Keyring, Session, SessionLayer};

#[derive(Session, Clone)]
#[session(cookie = "shop")]
struct Shop {
    visits: u32,
    username: String,
    #[session(flash)]
    notices: Vec<Notice>,
}

#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
enum Notice {
    Saved,
    Failed(String),
}

async fn say(mut shop: Session<Shop>) -> Redirect {
    shop.notices.push(Notice::Saved);
    shop.notices.push(Notice::Failed("too long".to_owned()));
    Redirect::to("/shown")
}

async fn shown(mut shop: Session<Shop>) -> String {
    format!("{:?}", std::mem::take(&mut shop.notices))
}

async fn count(mut shop: Session<Shop>) -> String {
    shop.visits += 1;
    shop.visits.to_string()
}

async fn fill(Path(bytes): Path<usize>, mut shop: Session<Shop>) {
    shop.notices.push(Notice::Failed("x".repeat(bytes)));
}

/// The session is read before the stream begins. What the stream gives is made of it.
async fn stream(shop: Session<Shop>) -> Body {
    let visits = shop.visits;
    drop(shop);
    let pieces = (0..visits).map(|visit| Ok::<_, std::io::Error>(format!("{visit} ")));
    Body::from_stream(tokio_stream::iter(pieces.collect::<Vec<_>>()))
}

fn site(layer: SessionLayer<Shop>) -> Router {
    Router::new()
        .route("/flash", get(say))
        .route("/shown", get(shown))
        .route("/count", get(count))
        .route("/fill/{bytes}", get(fill))
        .route("/stream", get(stream))
        .layer(layer)
}

fn test() -> (Browser<Router>, TestKit<Shop>, MovableClock) {
    let clock = MovableClock::new();
    let layer = SessionLayer::new(Keyring::ephemeral()).clock(clock.clone());
    let kit = TestKit::new(&layer);
    let browser = Browser::new(site(layer)).clock(clock.clone());
    (browser, kit, clock)
}

#[tokio::test]
async fn f49_f50_a_notice_has_a_type_and_is_shown_once_over_a_redirect() {
    let (mut browser, ..) = test();
    let page = browser.get("/flash").await;
    assert_eq!(page.text(), "[Saved, Failed(\"too long\")]");
    assert_eq!(browser.get("/shown").await.text(), "[]");
}

#[tokio::test]
async fn f51_notices_that_no_page_shows_come_to_an_end() {
    let (mut browser, _, clock) = test();
    browser.get("/flash").await;
    clock.advance(Duration::from_mins(5));
    assert_eq!(browser.get("/shown").await.text(), "[]");
    assert_eq!(
        browser.get("/fill/5000").await.status(),
        500,
        "and too large a one is an error"
    );
}

#[tokio::test]
async fn f52_a_stream_is_made_of_what_the_session_had() {
    let (mut browser, ..) = test();
    browser.get("/count").await;
    browser.get("/count").await;
    assert_eq!(browser.get("/stream").await.text(), "0 1 ");
}

#[tokio::test]
async fn f53_a_copy_of_the_session_goes_to_a_task() {
    let request = TestRequest::new(&Shop {
        visits: 3,
        ..Shop::default()
    });
    let copy: Shop = (*request.session()).clone();
    let visits = tokio::spawn(async move { copy.visits }).await.unwrap();
    assert_eq!(visits, 3);
}

#[tokio::test]
async fn f54_a_test_puts_a_session_into_the_browser() {
    let (mut browser, kit, _) = test();
    kit.set_session(
        &mut browser,
        &Shop {
            visits: 41,
            ..Shop::default()
        },
    );
    assert_eq!(browser.get("/count").await.text(), "42");
}

#[tokio::test]
async fn f55_a_test_reads_the_session_after_a_request() {
    let (mut browser, kit, _) = test();
    browser.get("/count").await;
    assert_eq!(kit.session_of(&browser).unwrap().visits, 1);
}

/// Two guards of one request that change different fields.
#[tokio::test]
async fn f43_f45_each_change_of_a_request_is_saved() {
    let request = TestRequest::new(&Shop::default());
    let (mut one, mut two) = (request.session(), request.session());
    one.visits = 7;
    two.username = "alice".to_owned();
    drop((one, two));
    let saved = request.value();
    assert_eq!((saved.visits, &*saved.username), (7, "alice"));
}
