//! What `Session::status` tells, and the events that tell the log.

use std::time::UNIX_EPOCH;

use axum::Router;
use axum::routing::get;
use session_runtime::{Keyring, Session, SessionLayer, State};
use tests::{App, CANARY, MovableClock, app};

#[derive(Session)]
#[session(idle = "1h", max = "10h")]
struct Shop {
    visits: u32,
    note: String,
}

async fn status(session: Session<Shop>) -> String {
    let status = Session::status(&session);
    let seconds = |time: Option<std::time::SystemTime>| {
        let since = time.map(|time| time.duration_since(UNIX_EPOCH).unwrap());
        since.map(|since| since.as_secs() - 1_800_000_000)
    };
    let (began, ends) = (seconds(status.began()), seconds(status.ends()));
    format!("{:?} {began:?} {ends:?}", status.state())
}

async fn room(session: Session<Shop>) -> String {
    Session::status(&session).bytes_left().to_string()
}

async fn write(mut session: Session<Shop>) {
    session.visits += 1;
    session.note = CANARY.repeat(10);
}

fn shop_with(keys: Keyring, clock: MovableClock) -> Router {
    Router::new()
        .route("/status", get(status))
        .route("/room", get(room))
        .route("/write", get(write))
        .layer(SessionLayer::<Shop>::new(keys).clock(clock))
}

fn shop() -> (App, MovableClock) {
    let clock = MovableClock::new();
    let layer_clock = clock.clone();
    (app(|keys| shop_with(keys, layer_clock)), clock)
}

async fn told(app: &mut App) -> String {
    app.get("/status").await.body
}

#[tokio::test]
async fn a_session_is_new_then_active_and_says_when_it_began_and_ends() {
    let (mut app, clock) = shop();
    assert_eq!(told(&mut app).await, "New None None");
    app.get("/write").await;
    assert_eq!(told(&mut app).await, "Active Some(0) Some(3600)");
    clock.advance(1800);
    assert_eq!(
        told(&mut app).await,
        "Active Some(0) Some(3600)",
        "as of the cookie"
    );
    assert_eq!(
        told(&mut app).await,
        "Active Some(0) Some(5400)",
        "refreshed by that"
    );
    for _ in 0..16 {
        clock.advance(1800);
        told(&mut app).await;
    }
    assert_eq!(told(&mut app).await, "Active Some(0) Some(34200)");
    clock.advance(1800);
    told(&mut app).await;
    assert_eq!(
        told(&mut app).await,
        "Active Some(0) Some(36000)",
        "max comes first"
    );
}

#[tokio::test]
async fn an_expired_session_says_so_until_something_is_written() {
    let (mut app, clock) = shop();
    app.get("/write").await;
    clock.advance(3600);
    assert_eq!(told(&mut app).await, "Expired None None");
    let answer = app.get("/status").await;
    assert_eq!(answer.set_cookies().len(), 0, "the cookie is left alone");
    app.get("/write").await;
    assert_eq!(told(&mut app).await, "Active Some(3600) Some(7200)");
}

#[tokio::test]
async fn a_cookie_that_is_no_session_is_unreadable_or_of_an_unknown_key() {
    let (mut app, clock) = shop();
    app.get("/write").await;
    let token = app.cookie("__Host-shop").unwrap();
    let mut stranger = tests::app(|keys| shop_with(keys, clock));
    let tell = async |app: &mut App, value: &str| {
        let line = format!("__Host-shop={value}");
        app.get_with("/status", line).await.body
    };
    assert_eq!(tell(&mut stranger, &token).await, "UnknownKey None None");
    assert_eq!(tell(&mut stranger, "junk").await, "Unreadable None None");
    assert_eq!(
        tell(&mut stranger, &token[..72]).await,
        "UnknownKey None None"
    );
}

#[tokio::test]
async fn a_session_from_a_clock_that_is_ahead_is_unreadable() {
    let (mut app, clock) = shop();
    app.get("/write").await;
    clock.turn_back(61);
    assert_eq!(told(&mut app).await, "Unreadable None None");
}

#[tokio::test]
async fn the_room_that_is_left_is_what_the_limit_says() {
    let (mut app, _) = shop();
    // 4096 less the name and 75 characters of a session without fields.
    assert_eq!(app.get("/room").await.body, (4096 - 11 - 75).to_string());
    app.get("/write").await;
    let cookie = app.cookie("__Host-shop").unwrap();
    assert_eq!(
        app.get("/room").await.body,
        (4096 - 11 - cookie.len()).to_string()
    );
}

#[tokio::test]
async fn the_status_follows_clear_and_sync() {
    async fn clear_and_sync(mut session: Session<Shop>, mut other: Session<Shop>) -> String {
        let mut states = vec![Session::status(&session).state()];
        Session::clear(&mut session);
        states.push(Session::status(&session).state());
        states.push(Session::status(&other).state());
        Session::sync(&mut other);
        states.push(Session::status(&other).state());
        assert_eq!(states[0], State::Active);
        format!("{states:?}")
    }
    let clock = MovableClock::new();
    let mut app = app(|keys| {
        let layer = SessionLayer::<Shop>::new(keys.clone()).clock(clock.clone());
        let routes = Router::new()
            .route("/clear", get(clear_and_sync))
            .layer(layer);
        shop_with(keys, clock).merge(routes)
    });
    app.get("/write").await;
    assert_eq!(app.get("/clear").await.body, "[Active, New, Active, New]");
}

#[tokio::test]
async fn each_request_has_one_event_for_what_was_loaded_and_one_for_what_was_done() {
    let (mut app, clock) = shop();
    let mut requests = 0;
    let mut seen = async |app: &mut App, path: &str, state: &str, done: &str| {
        app.get(path).await;
        let loaded = app.log().lines_with("session loaded");
        let committed = app.log().lines_with("session committed");
        requests += 1;
        assert_eq!((loaded.len(), committed.len()), (requests, requests));
        assert!(loaded[requests - 1].contains(state), "{loaded:?}");
        assert!(committed[requests - 1].contains(done), "{committed:?}");
    };
    seen(
        &mut app,
        "/status",
        "state=New",
        "action=Nothing reason=\"unchanged\"",
    )
    .await;
    seen(
        &mut app,
        "/write",
        "state=New",
        "action=Set reason=\"changed\"",
    )
    .await;
    seen(
        &mut app,
        "/status",
        "state=Active",
        "action=Nothing reason=\"unchanged\"",
    )
    .await;
    clock.advance(600);
    seen(
        &mut app,
        "/status",
        "state=Active",
        "action=Set reason=\"refreshed\"",
    )
    .await;
    clock.advance(3600);
    seen(
        &mut app,
        "/status",
        "state=Expired",
        "action=Nothing reason=\"unchanged\"",
    )
    .await;
}
