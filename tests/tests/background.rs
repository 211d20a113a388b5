//! `Background`: requests that a page makes by itself are no use of the session.

use axum::Router;
use axum::extract::{Path, Request};
use axum::middleware::{Next, from_extractor, from_fn};
use axum::response::Response;
use axum::routing::get;
use session_runtime::{Background, Identity, Key, Keyring, LoggedIn, Session, SessionLayer};
use tests::{App, MovableClock, another_process, app, timed_app};

#[derive(Session)]
#[session(cookie = "shop", idle = "1h", max = "10h")]
struct Shop {
    #[session(identity)]
    user: Identity<u32>,
    polls: u32,
    #[session(ttl = "10m")]
    code: u32,
    #[session(flash)]
    notice: u32,
    #[session(browser, ttl = "10h")]
    theme: u32,
    #[session(browser, ttl = "10h")]
    layout: u32,
}

async fn show(session: Session<Shop>) -> String {
    let Shop {
        user,
        polls,
        code,
        notice,
        theme,
        layout,
    } = &*session;
    let user = user.unwrap_or(0);
    format!("{user} {polls} {code} {notice} {theme} {layout}")
}

async fn guarded(LoggedIn(user): LoggedIn<Shop>) -> String {
    user.to_string()
}

async fn act(Path(what): Path<String>, mut session: Session<Shop>) {
    match &*what {
        "in" => Session::log_in(&mut session, 1),
        "out" => Session::log_out(&mut session),
        "poll" => session.polls += 1,
        "code" => session.code += 1,
        "notice" => session.notice += 1,
        "theme" => session.theme += 1,
        "layout" => session.layout += 1,
        other => panic!("{other}"),
    }
}

/// Middleware further out, which has taken the session before the mark is reached.
async fn look(session: Session<Shop>, request: Request, next: Next) -> Response {
    drop(session);
    next.run(request).await
}

fn routes() -> Router {
    let marked = Router::new()
        .route("/show", get(show))
        .route("/guarded", get(guarded))
        .route("/nothing", get(async || "nothing"))
        .route("/act/{what}", get(act))
        .layer(Background);
    let area = Router::new()
        .route("/area", get(show).layer(Background))
        .route_layer(from_extractor::<LoggedIn<Shop>>());
    Router::new()
        .route("/show", get(show))
        .route("/act/{what}", get(act))
        .nest("/poll", marked)
        .merge(area)
        .route("/seen", get(show).layer(Background).layer(from_fn(look)))
}

fn shop() -> (App, MovableClock) {
    timed_app::<Shop>(routes())
}

async fn shown(app: &mut App) -> String {
    app.get("/show").await.body
}

#[tokio::test]
async fn a_page_that_polls_ends_by_idle_as_if_it_did_not() {
    for path in [
        "/poll/show",
        "/poll/guarded",
        "/area",
        "/seen",
        "/poll/nothing",
    ] {
        let (mut app, clock) = shop();
        app.get("/act/in").await;
        for _ in 0..5 {
            clock.advance(719);
            let answer = app.get(path).await;
            assert_eq!(answer.status, 200, "{path}");
            assert_eq!(answer.set_cookies(), [""; 0], "{path}");
        }
        clock.advance(4);
        assert_eq!(app.get("/poll/guarded").await.status, 200);
        clock.advance(1);
        assert_eq!(app.get("/poll/guarded").await.status, 401, "{path}");
    }
}

#[tokio::test]
async fn a_use_beside_the_polls_is_noted() {
    let (mut app, clock) = shop();
    app.get("/act/in").await;
    clock.advance(1800);
    app.get("/poll/show").await;
    assert_eq!(app.get("/show").await.set_cookies().len(), 1);
    clock.advance(3599);
    assert_eq!(app.get("/poll/guarded").await.status, 200);
}

#[tokio::test]
async fn what_a_poll_changes_is_saved_and_extends_nothing() {
    let (mut app, clock) = shop();
    app.get("/act/in").await;
    for polls in 1..=5 {
        clock.advance(719);
        assert_eq!(app.get("/poll/act/poll").await.set_cookies().len(), 1);
        let shown = app.get("/poll/show").await.body;
        assert_eq!(shown, format!("1 {polls} 0 0 0 0"));
    }
    clock.advance(5);
    assert_eq!(app.get("/poll/show").await.body, "0 0 0 0 0 0");
}

#[tokio::test]
async fn a_field_that_a_poll_changes_lasts_as_long_as_any() {
    let (mut app, clock) = shop();
    app.get("/act/in").await;
    clock.advance(1800);
    app.get("/poll/act/code").await;
    app.get("/poll/act/notice").await;
    clock.advance(299);
    assert_eq!(app.get("/poll/show").await.body, "1 0 1 1 0 0");
    clock.advance(1);
    assert_eq!(app.get("/poll/show").await.body, "1 0 1 0 0 0");
    app.get("/poll/act/poll").await;
    clock.advance(299);
    assert_eq!(app.get("/poll/show").await.body, "1 1 1 0 0 0");
    clock.advance(1);
    assert_eq!(app.get("/poll/show").await.body, "1 1 0 0 0 0");
    assert_eq!(app.get("/poll/guarded").await.status, 200);
    clock.advance(1200);
    assert_eq!(
        app.get("/poll/guarded").await.status,
        401,
        "an hour after the login"
    );
}

/// A release has shortened a field's `ttl`, and a poll of it writes another field.
#[tokio::test]
async fn a_ttl_that_a_release_shortened_is_shorter_also_after_a_poll() {
    #[derive(Session)]
    #[session(cookie = "shop", idle = "1h", max = "10h")]
    struct Older {
        #[session(ttl = "30m")]
        code: u32,
    }
    async fn older(mut session: Session<Older>) {
        session.code = 7;
    }
    let clock = MovableClock::new();
    let (of_shop, of_older) = (clock.clone(), clock.clone());
    let mut app = app(|keys| {
        let older = Router::new().route("/older", get(older));
        let layer = SessionLayer::<Older>::new(another_process(&keys)).clock(of_older);
        let shop = routes().layer(SessionLayer::<Shop>::new(keys).clock(of_shop));
        shop.merge(older.layer(layer))
    });
    app.get("/older").await;
    app.get("/poll/act/poll").await;
    clock.advance(599);
    assert_eq!(app.get("/poll/show").await.body, "0 1 7 0 0 0");
    clock.advance(1);
    assert_eq!(app.get("/poll/show").await.body, "0 1 0 0 0 0");
}

#[tokio::test]
async fn a_poll_that_changes_one_field_of_the_browser_uses_no_other() {
    let (mut app, clock) = shop();
    app.get("/act/theme").await;
    clock.advance(5 * 3600);
    app.get("/poll/act/layout").await;
    clock.advance(5 * 3600 - 1);
    assert_eq!(app.get("/poll/show").await.body, "0 0 0 0 1 1");
    clock.advance(1);
    assert_eq!(app.get("/poll/show").await.body, "0 0 0 0 0 1");
}

#[tokio::test]
async fn a_login_and_a_logout_count_there_as_anywhere() {
    let (mut app, clock) = shop();
    app.get("/act/poll").await;
    clock.advance(1800);
    app.get("/poll/act/in").await;
    clock.advance(3599);
    assert_eq!(app.get("/poll/show").await.body, "1 1 0 0 0 0");
    app.get("/poll/act/out").await;
    assert_eq!(shown(&mut app).await, "0 0 0 0 0 0");
}

#[tokio::test]
async fn a_session_that_begins_there_lasts_from_then_on() {
    let (mut app, clock) = shop();
    app.get("/poll/act/poll").await;
    clock.advance(3599);
    assert_eq!(app.get("/poll/show").await.body, "0 1 0 0 0 0");
    clock.advance(1);
    assert_eq!(app.get("/poll/show").await.body, "0 0 0 0 0 0");
}

#[tokio::test]
async fn a_new_key_waits_for_a_use_and_what_was_polled_keeps_its_times() {
    let (old, new) = (Key::generate(), Key::generate());
    let keys = Keyring::new([old.clone()]).unwrap();
    let (ring, clock) = (keys.clone(), MovableClock::new());
    let layer_clock = clock.clone();
    let mut app = app(|_| {
        let layer = SessionLayer::<Shop>::new(ring).clock(layer_clock);
        routes().layer(layer)
    });
    app.get("/act/in").await;
    clock.advance(100);
    app.get("/poll/act/code").await;
    clock.advance(200);
    keys.replace(&Keyring::new([new, old]).unwrap());
    assert_eq!(app.get("/poll/show").await.set_cookies(), [""; 0]);
    assert_eq!(app.get("/poll/guarded").await.status, 200);
    assert_eq!(app.get("/show").await.set_cookies().len(), 1, "sealed anew");
    clock.advance(399);
    assert_eq!(
        app.get("/poll/show").await.body,
        "1 0 1 0 0 0",
        "ten minutes after its change"
    );
    clock.advance(1);
    assert_eq!(app.get("/poll/show").await.body, "1 0 0 0 0 0");
}

/// The mark stands around the session's layer, where no session is known yet.
#[tokio::test]
async fn a_whole_application_may_be_marked() {
    let clock = MovableClock::new();
    let layer_clock = clock.clone();
    let mut app = app(|keys| {
        let layer = SessionLayer::<Shop>::new(keys).clock(layer_clock);
        routes().layer(layer).layer(Background)
    });
    app.get("/act/in").await;
    clock.advance(1800);
    assert_eq!(app.get("/show").await.set_cookies(), [""; 0]);
    clock.advance(1800);
    assert_eq!(shown(&mut app).await, "0 0 0 0 0 0");
}
