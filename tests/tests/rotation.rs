//! Keys that rotate unnoticed: sessions are sealed anew, keys wait for their time, are revoked, and
//! are replaced while the application runs.

use std::time::{Duration, UNIX_EPOCH};

use axum::Router;
use axum::http::StatusCode;
use axum::http::header::CACHE_CONTROL;
use axum::routing::get;
use session_runtime::{Key, Keyring, Session, SessionLayer};
use tests::{App, MovableClock, app};

#[derive(Session)]
#[session(idle = "10h", max = "20h")]
struct Shop {
    visits: u32,
}

async fn visit(mut session: Session<Shop>) -> String {
    session.visits += 1;
    session.visits.to_string()
}

async fn show(session: Session<Shop>) -> String {
    let status = Session::info(&session);
    let ends = status
        .ends()
        .map(|ends| ends.duration_since(UNIX_EPOCH).unwrap());
    let ends = ends.map(|ends| ends.as_secs() - 1_800_000_000);
    format!("{:?} {} {ends:?}", status.state(), session.visits)
}

fn shop(keys: &Keyring, clock: &MovableClock) -> App {
    let layer = SessionLayer::<Shop>::new(keys.clone()).clock(clock.clone());
    app(|_| {
        Router::new()
            .route("/visit", get(visit))
            .route("/show", get(show))
            .route("/untouched", get(async || ()))
            .route(
                "/public",
                get(async |_: Session<Shop>| [(CACHE_CONTROL, "public")]),
            )
            .route(
                "/304",
                get(async |_: Session<Shop>| StatusCode::NOT_MODIFIED),
            )
            .route(
                "/500",
                get(async |_: Session<Shop>| StatusCode::INTERNAL_SERVER_ERROR),
            )
            .layer(layer)
    })
}

fn ring<const N: usize>(keys: [&Key; N]) -> Keyring {
    Keyring::new(keys.map(Key::clone)).unwrap()
}

/// The version and the key id are the token's first six characters, all but two bits.
fn sealed_under(app: &App) -> String {
    app.cookie("__Host-shop").unwrap()[..6].to_owned()
}

#[tokio::test]
async fn a_session_is_sealed_anew_under_the_new_key_without_extending_its_time() {
    let (old, new) = (Key::generate(), Key::generate());
    let (keys, clock) = (ring([&old]), MovableClock::new());
    let mut app = shop(&keys, &clock);
    app.get("/visit").await;
    let under_old = sealed_under(&app);
    keys.replace(&ring([&new, &old]));
    clock.advance(1000);

    for path in ["/untouched", "/public", "/304", "/500"] {
        assert_eq!(app.get(path).await.set_cookies().len(), 0, "{path}");
    }
    let before = app
        .log()
        .lines_with("action=Reseal reason=\"new-key\"")
        .len();
    let answer = app.get("/show").await;
    assert_eq!(answer.body, "Active 1 Some(36000)");
    assert_eq!(answer.set_cookies().len(), 1);
    assert_ne!(sealed_under(&app), under_old);
    let resealed = app
        .log()
        .lines_with("action=Reseal reason=\"new-key\"")
        .len();
    assert_eq!(resealed, before + 1);

    let answer = app.get("/show").await;
    assert_eq!(answer.body, "Active 1 Some(36000)", "no clock was extended");
    assert_eq!(answer.set_cookies().len(), 0, "once is enough");

    keys.replace(&ring([&new]));
    assert_eq!(app.get("/visit").await.body, "2");
}

/// A part without records has no cookie, so there is nothing to seal.
#[tokio::test]
async fn what_is_left_of_fields_that_are_over_is_not_sealed_anew() {
    #[derive(Session)]
    struct Tips {
        #[session(browser, ttl = "1d")]
        seen: u32,
        visits: u32,
    }
    let (old, new) = (Key::generate(), Key::generate());
    let (keys, clock) = (ring([&old]), MovableClock::new());
    let layer = SessionLayer::<Tips>::new(keys.clone()).clock(clock.clone());
    let mut app = app(|_| {
        Router::new()
            .route(
                "/see",
                get(async |mut session: Session<Tips>| session.seen += 1),
            )
            .route(
                "/show",
                get(async |session: Session<Tips>| session.seen.to_string()),
            )
            .route(
                "/visit",
                get(async |mut session: Session<Tips>| session.visits += 1),
            )
            .layer(layer)
    });
    app.get("/see").await;
    clock.advance(24 * 60 * 60);
    keys.replace(&ring([&new, &old]));
    let answer = app.get("/show").await;
    assert_eq!((&*answer.body, answer.set_cookies().len()), ("0", 0));
    let lines = app.get("/visit").await.set_cookies();
    assert!(
        lines[0].starts_with("__Host-tips=") && lines.len() == 1,
        "{lines:?}"
    );
}

#[tokio::test]
async fn a_refresh_that_is_due_is_a_refresh_under_the_new_key() {
    let (old, new) = (Key::generate(), Key::generate());
    let (keys, clock) = (ring([&old]), MovableClock::new());
    let mut app = shop(&keys, &clock);
    app.get("/visit").await;
    keys.replace(&ring([&new, &old]));
    clock.advance(3600);
    app.get("/show").await;
    assert_eq!(app.get("/show").await.body, "Active 1 Some(39600)");
    keys.replace(&ring([&new]));
    assert_eq!(app.get("/visit").await.body, "2");
}

#[tokio::test]
async fn a_key_that_waits_opens_at_once_and_seals_from_its_second_on() {
    let (old, new) = (Key::generate(), Key::generate());
    let from = UNIX_EPOCH + Duration::from_secs(1_800_000_100);
    let waiting = new.clone().sealing_from(from);
    let clock = MovableClock::new();
    let mut app = shop(&ring([&waiting, &old]), &clock);
    app.get("/visit").await;
    let under_old = sealed_under(&app);

    // Another server whose clock is ahead has sealed with it already.
    let ahead = MovableClock::new();
    let mut other = shop(&ring([&new]), &ahead);
    other.get("/visit").await;
    let line = format!("__Host-shop={}", other.cookie("__Host-shop").unwrap());
    drop(other);
    assert_eq!(app.get_with("/visit", line).await.body, "2");

    app.get("/visit").await;
    clock.advance(99);
    app.get("/visit").await;
    assert_eq!(sealed_under(&app), under_old);
    clock.advance(1);
    app.get("/visit").await;
    assert_ne!(sealed_under(&app), under_old);
}

#[tokio::test]
async fn a_revoked_key_opens_nothing_and_the_log_says_so() {
    let (leaked, new) = (Key::generate(), Key::generate());
    let (keys, clock) = (ring([&leaked]), MovableClock::new());
    let mut app = shop(&keys, &clock);
    app.get("/visit").await;
    let revoked = leaked.revoked();
    keys.replace(&ring([&new, &revoked]));
    assert_eq!(app.get("/show").await.body, "UnknownKey 0 None");
    assert_eq!(app.log().lines_with("reason=\"revoked-key\"").len(), 1);
}

#[tokio::test]
async fn a_session_that_was_opened_under_a_key_does_not_outlive_it_in_a_slow_request() {
    let (leaked, new) = (Key::generate(), Key::generate());
    let keys = ring([&leaked]);
    let handler_keys = keys.clone();
    let after = ring([&new, &leaked.clone().revoked()]);
    let slow = async move |mut session: Session<Shop>| {
        handler_keys.replace(&after);
        session.visits += 1;
    };
    let layer = SessionLayer::<Shop>::new(keys.clone());
    let mut app = app(|_| {
        Router::new()
            .route("/slow", get(slow))
            .route("/show", get(show))
            .layer(layer)
    });
    app.get("/slow").await;
    assert!(app.get("/show").await.body.starts_with("UnknownKey 0"));
}

#[tokio::test]
async fn a_layer_that_is_made_after_a_replacement_has_the_new_keys() {
    let (old, new) = (Key::generate(), Key::generate());
    let keys = ring([&old]);
    keys.replace(&ring([&new]));
    let clock = MovableClock::new();
    let mut app = shop(&keys, &clock);
    app.get("/visit").await;
    let line = format!("__Host-shop={}", app.cookie("__Host-shop").unwrap());
    drop(app);
    let mut other = shop(&ring([&new]), &clock);
    assert_eq!(other.get_with("/visit", line).await.body, "2");
}

#[tokio::test]
async fn every_layer_of_a_ring_follows_when_it_is_replaced() {
    #[derive(Session)]
    struct Admin {
        visits: u32,
    }
    async fn both(mut shop: Session<Shop>, mut admin: Session<Admin>) -> String {
        shop.visits += 1;
        admin.visits += 1;
        format!("{} {}", shop.visits, admin.visits)
    }
    let (old, new) = (Key::generate(), Key::generate());
    let keys = ring([&old]);
    let mut app = app(|_| {
        Router::new()
            .route("/", get(both))
            .layer(SessionLayer::<Shop>::new(keys.clone()))
            .layer(SessionLayer::<Admin>::new(keys.clone()).path("/"))
    });
    assert_eq!(app.get("/").await.body, "1 1");
    keys.clone().replace(&ring([&new, &old]));
    assert_eq!(app.get("/").await.body, "2 2");
    keys.replace(&ring([&new]));
    assert_eq!(app.get("/").await.body, "3 3");
    keys.replace(&ring([&old]));
    assert_eq!(
        app.get("/").await.body,
        "1 1",
        "the old key alone opens neither"
    );
    keys.replace(&keys);
    assert_eq!(
        app.get("/").await.body,
        "2 2",
        "a ring replaced by itself is itself"
    );
}

#[test]
fn keys_are_replaced_while_requests_are_served() {
    use axum::body::Body;
    use axum::http::Request;
    use tower::ServiceExt;

    let (old, new) = (Key::generate(), Key::generate());
    let (keys, clock) = (ring([&old]), MovableClock::new());
    let layer = SessionLayer::<Shop>::new(keys.clone()).clock(clock);
    let router = Router::new().route("/visit", get(visit)).layer(layer);
    let rings = [ring([&new, &old]), ring([&old, &new])];
    let client = |router: Router| {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        runtime.block_on(async {
            let mut cookie = String::new();
            for visit in 1..=2000 {
                let mut request = Request::get("/visit");
                if !cookie.is_empty() {
                    request = request.header("cookie", &cookie);
                }
                let request = request.body(Body::empty()).unwrap();
                let Ok(response) = router.clone().oneshot(request).await;
                let line = response.headers()["set-cookie"].to_str().unwrap();
                cookie = line.split(';').next().unwrap().to_owned();
                let body = axum::body::to_bytes(response.into_body(), 100)
                    .await
                    .unwrap();
                assert_eq!(body, visit.to_string());
            }
        });
    };
    keys.replace(&rings[1]);
    std::thread::scope(|scope| {
        let clients = [0, 1].map(|_| scope.spawn(|| client(router.clone())));
        let mut replaced = 0;
        while !clients
            .iter()
            .all(std::thread::ScopedJoinHandle::is_finished)
        {
            keys.replace(&rings[replaced % 2]);
            replaced += 1;
        }
        assert!(replaced > 10, "{replaced}");
    });
}

/// T4: a session that is forged under an older key needs one visit to be sealed under the first key.
#[tokio::test]
async fn a_session_that_was_forged_under_an_older_key_outlives_its_revocation() {
    let (leaked, first, third) = (Key::generate(), Key::generate(), Key::generate());
    let clock = MovableClock::new();
    let mut attacker = shop(&ring([&leaked]), &clock);
    attacker.get("/visit").await;
    let forged = attacker.copy_cookies();
    let keys = ring([&first, &leaked]);
    let mut app = shop(&keys, &clock);
    for key in [&leaked, &first, &third] {
        app.keep_secret(key.reveal());
    }
    app.get_with("/show", &forged).await; // one visit
    keys.replace(&ring([&first, &leaked.clone().revoked()]));
    assert!(
        app.get_with("/show", &forged)
            .await
            .body
            .starts_with("UnknownKey")
    );
    assert!(
        app.get("/show").await.body.starts_with("Active 1"),
        "sealed anew"
    );
    // The page's steps after a leak: the keys that sealed since go too.
    keys.replace(&ring([&third, &first.revoked(), &leaked.revoked()]));
    assert!(app.get("/show").await.body.starts_with("UnknownKey"));
}
