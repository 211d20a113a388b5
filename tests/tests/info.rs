//! The answers of `Session::info`, and the events that tell the log.

use std::time::UNIX_EPOCH;

use axum::Router;
use axum::routing::get;
use session_runtime::{Keyring, Session, SessionLayer, SessionState};
use tests::{App, CANARY, MovableClock, app};

#[derive(Session)]
#[session(idle = "1h", max = "10h")]
struct Shop {
    visits: u32,
    note: String,
}

async fn status(session: Session<Shop>) -> String {
    let status = Session::info(&session);
    let seconds = |time: Option<std::time::SystemTime>| {
        let since = time.map(|time| time.duration_since(UNIX_EPOCH).unwrap());
        since.map(|since| since.as_secs() - 1_800_000_000)
    };
    let (began, ends) = (seconds(status.began()), seconds(status.ends()));
    format!("{:?} {began:?} {ends:?}", status.state())
}

async fn room(session: Session<Shop>) -> String {
    Session::info(&session).bytes_left().to_string()
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

/// "Your session has expired" is a message that nothing loses until a page had it to say.
mod an_expired_session {
    use axum::extract::Path;
    use axum::http::{Method, StatusCode};
    use axum::routing::any;
    use session_runtime::{Background, Identity, LoggedIn};

    use super::*;

    #[derive(Session)]
    #[session(cookie = "shop", idle = "1h", max = "10h")]
    struct Shop {
        #[session(identity)]
        user: Identity<u32>,
        next: u32,
        #[session(flash)]
        notice: u32,
    }

    async fn ask(Path(status): Path<u16>, session: Session<Shop>) -> (StatusCode, String) {
        let status = StatusCode::from_u16(status).unwrap();
        let info = Session::info(&session);
        (status, format!("{:?} {}", info.state(), session.next))
    }

    /// A banner: it asks how much time is left, and not what became of the session.
    async fn banner(session: Session<Shop>) -> String {
        format!("{:?}", Session::info(&session).ends().is_some())
    }

    async fn guarded(LoggedIn(user): LoggedIn<Shop>) -> String {
        user.to_string()
    }

    async fn act(Path(what): Path<String>, mut session: Session<Shop>) {
        match &*what {
            "logout+next" => {
                Session::log_out(&mut session);
                session.next += 1;
            }
            "next" => session.next += 1,
            "notice" => session.notice += 1,
            "back" => session.next = 0,
            "login" => Session::log_in(&mut session, 1),
            "logout" => Session::log_out(&mut session),
            "destroy" => Session::destroy(session),
            other => panic!("{other}"),
        }
    }

    /// An application whose browser has an expired session.
    async fn expired() -> (App, MovableClock) {
        let routes = Router::new()
            .route("/ask/{status}", any(ask))
            .route("/poll/{status}", get(ask).layer(Background))
            .route("/banner", get(banner))
            .route("/guarded", get(guarded))
            .route("/act/{what}", get(act));
        let (mut app, clock) = tests::timed_app::<Shop>(routes);
        app.get("/act/login").await;
        clock.advance(3600);
        (app, clock)
    }

    async fn asked(app: &mut App) -> String {
        app.get("/ask/200").await.body
    }

    #[tokio::test]
    async fn says_so_once_and_is_gone() {
        let (mut app, _) = expired().await;
        let answer = app.get("/ask/200").await;
        assert_eq!(answer.body, "Expired 0");
        assert!(answer.set_cookies()[0].starts_with("__Host-shop=; "));
        assert_eq!(asked(&mut app).await, "New 0");
    }

    #[tokio::test]
    async fn says_so_also_after_others_have_written() {
        let (mut app, clock) = expired().await;
        app.get("/act/next").await;
        app.get("/act/notice").await;
        clock.advance(1800);
        app.get("/act/next").await;
        assert_eq!(asked(&mut app).await, "Expired 2");
        assert_eq!(asked(&mut app).await, "Active 2");
    }

    #[tokio::test]
    async fn says_so_to_the_page_behind_a_guarded_one() {
        let (mut app, _) = expired().await;
        assert_eq!(app.get("/guarded").await.status, 401);
        app.get("/act/next").await;
        assert_eq!(app.get("/guarded").await.status, 401);
        assert_eq!(app.get("/banner").await.body, "true");
        assert_eq!(asked(&mut app).await, "Expired 1");
    }

    #[tokio::test]
    async fn has_not_told_where_nobody_saw_the_page() {
        for written in [false, true] {
            let (mut app, _) = expired().await;
            if written {
                app.get("/act/next").await;
            }
            for path in ["/ask/500", "/ask/304", "/poll/200", "/banner"] {
                app.get(path).await;
            }
            app.request(Method::HEAD, "/ask/200").await;
            let state = asked(&mut app).await;
            assert!(state.starts_with("Expired"), "{state}");
        }
    }

    #[tokio::test]
    async fn is_told_by_a_redirect_or_a_refusal() {
        for status in [303, 401] {
            let (mut app, _) = expired().await;
            app.get(&format!("/ask/{status}")).await;
            assert_eq!(asked(&mut app).await, "New 0");
        }
    }

    #[tokio::test]
    async fn is_forgotten_with_a_login_a_logout_and_an_ending() {
        for (what, state) in [
            ("login", "Active 0"),
            ("logout", "New 0"),
            ("destroy", "New 0"),
        ] {
            for written in [false, true] {
                let (mut app, _) = expired().await;
                if written {
                    app.get("/act/next").await;
                }
                app.get(&format!("/act/{what}")).await;
                let state = state.replace('0', if written && what == "login" { "1" } else { "0" });
                assert_eq!(asked(&mut app).await, state, "{what} {written}");
            }
        }
    }

    #[tokio::test]
    async fn is_no_news_in_a_session_that_begins_with_a_login_or_after_a_logout() {
        async fn log_in(mut session: Session<Shop>) -> String {
            Session::log_in(&mut session, 1);
            format!("{:?}", Session::info(&session).state())
        }
        for (written, state) in [(false, "New"), (true, "Active")] {
            let (mut app, clock) = tests::timed_app::<Shop>(
                Router::new()
                    .route("/login", get(log_in))
                    .route("/act/{what}", get(act)),
            );
            app.get("/act/next").await;
            clock.advance(3600);
            if written {
                app.get("/act/next").await;
            }
            assert_eq!(app.get("/login").await.body, state);
        }
        let (mut app, _) = expired().await;
        app.get("/act/logout+next").await;
        assert_eq!(asked(&mut app).await, "Active 1");
    }

    #[tokio::test]
    async fn says_when_the_one_after_it_ends() {
        let (mut app, _) = expired().await;
        assert_eq!(app.get("/banner").await.body, "false");
        app.get("/act/next").await;
        assert_eq!(app.get("/banner").await.body, "true");
    }
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
async fn the_state_follows_clear_and_sync() {
    async fn clear_and_sync(mut session: Session<Shop>, mut other: Session<Shop>) -> String {
        let mut states = vec![Session::info(&session).state()];
        Session::clear(&mut session);
        states.push(Session::info(&session).state());
        states.push(Session::info(&other).state());
        Session::sync(&mut other);
        states.push(Session::info(&other).state());
        assert_eq!(states[0], SessionState::Active);
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
        "action=Remove reason=\"of-no-use\"",
    )
    .await;
}
