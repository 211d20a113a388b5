//! Keys that rotate under stored sessions: the entries of a row move to the new key, and lose nothing on the way.

use std::sync::Arc;

use axum::Router;
use axum::extract::Path;
use axum::routing::get;
use session_runtime::store::{MemoryStore, StoreErrorKind};
use session_runtime::test_kit::{Fault, FaultyStore, Operation};
use session_runtime::{Identity, Key, Keyring, Session, SessionLayer};
use tests::{App, MovableClock, another_process, app};
use tokio::sync::Semaphore;

#[derive(Session)]
#[session(cookie = "shop", stored, idle = "10h", max = "20h")]
struct Shop {
    #[session(identity)]
    user: Identity<u32>,
    #[session(merge = add)]
    visits: u32,
    cart: Vec<String>,
    theme: u32,
}

/// An earlier release, which has no `theme`.
#[derive(Session)]
#[session(cookie = "shop", stored, idle = "10h", max = "20h")]
struct Earlier {
    #[session(identity)]
    user: Identity<u32>,
}

type Guard = Session<Shop>;

async fn show(session: Guard) -> String {
    let user = session.user.map_or("-".to_owned(), |user| user.to_string());
    format!(
        "{user} {} {:?} {}",
        session.visits, session.cart, session.theme
    )
}

async fn visit(mut session: Guard) {
    session.visits += 1;
}

async fn fill(Path(item): Path<String>, mut session: Guard) {
    session.cart = vec![item];
    session.theme = 3;
}

async fn log_in(mut session: Guard) {
    Session::log_in(&mut session, 7);
}

fn ring<const N: usize>(keys: [&Key; N]) -> Keyring {
    Keyring::new(keys.map(Key::clone)).unwrap()
}

/// Lets the folds run that no response waits for.
async fn settle() {
    for _ in 0..8 {
        tokio::task::yield_now().await;
    }
}

/// The application, with a session that has something in every field, sealed under the first key.
async fn filled(keys: &Keyring, routes: Router) -> (App, MovableClock) {
    let clock = MovableClock::new();
    let layer = SessionLayer::<Shop>::stored(keys.clone(), MemoryStore::new()).clock(clock.clone());
    let mut app = app(|_| {
        routes
            .route("/show", get(show))
            .route("/visit", get(visit))
            .route("/fill/{item}", get(fill))
            .route("/log-in", get(log_in))
            .layer(layer)
    });
    for path in ["/fill/tea", "/visit", "/visit", "/log-in"] {
        app.get(path).await;
    }
    assert_eq!(app.get("/show").await.body, "7 2 [\"tea\"] 3");
    (app, clock)
}

#[tokio::test]
async fn a_page_that_only_reads_moves_the_session_to_the_new_key() {
    let (old, new) = (Key::generate(), Key::generate());
    let keys = ring([&old]);
    let (mut app, _) = filled(&keys, Router::new()).await;
    keys.replace(&ring([&new, &old]));
    assert_eq!(app.get("/show").await.set_cookies().len(), 1);
    assert_eq!(app.get("/show").await.set_cookies().len(), 0, "once");
    settle().await;
    keys.replace(&ring([&new]));
    assert_eq!(app.get("/show").await.body, "7 2 [\"tea\"] 3");
}

#[tokio::test]
async fn a_change_moves_the_fields_beside_it_to_the_new_key() {
    let (old, new) = (Key::generate(), Key::generate());
    for change in ["/visit", "/fill/tea"] {
        let keys = ring([&old]);
        let (mut app, clock) = filled(&keys, Router::new()).await;
        keys.replace(&ring([&new, &old]));
        // A use is to be written down too, so the ticket is under the new key afterwards.
        clock.advance(3600);
        app.get(change).await;
        settle().await;
        let visits = if change == "/visit" { 3 } else { 2 };
        keys.replace(&ring([&new]));
        let shown = app.get("/show").await.body;
        assert_eq!(shown, format!("7 {visits} [\"tea\"] 3"), "{change}");
    }
}

#[tokio::test]
async fn a_change_beside_the_move_is_not_lost() {
    let gate = Arc::new(Semaphore::new(0));
    let waiting = gate.clone();
    let show_later = move |session: Guard| async move {
        waiting.acquire().await.unwrap().forget();
        session.visits.to_string()
    };
    let (old, new) = (Key::generate(), Key::generate());
    let keys = ring([&old]);
    let routes = Router::new().route("/show-later", get(show_later));
    let (mut app, _) = filled(&keys, routes).await;
    keys.replace(&ring([&new, &old]));
    let (cookies, service) = (app.copy_cookies(), app.router());
    let later = tokio::spawn(ask(service, "/show-later", cookies));
    tokio::task::yield_now().await;
    app.get("/visit").await;
    app.get("/fill/cake").await;
    gate.add_permits(1);
    later.await.unwrap();
    settle().await;
    assert_eq!(app.get("/show").await.body, "7 3 [\"cake\"] 3");
    settle().await;
    keys.replace(&ring([&new]));
    assert_eq!(app.get("/show").await.body, "7 3 [\"cake\"] 3");
}

async fn ask(router: Router, path: &'static str, cookies: String) {
    use axum::body::Body;
    use axum::http::Request;
    use axum::http::header::COOKIE;
    use tower::ServiceExt as _;
    let request = Request::get(path).header(COOKIE, cookies);
    let answer = router.oneshot(request.body(Body::empty()).unwrap()).await;
    assert!(answer.unwrap().status().is_success());
}

#[tokio::test]
async fn a_release_moves_the_fields_that_it_does_not_know() {
    let (old, new) = (Key::generate(), Key::generate());
    let (keys, store) = (ring([&old]), MemoryStore::new());
    let theirs = another_process(&keys);
    let later = Router::new()
        .route("/show", get(show))
        .route("/fill/{item}", get(fill))
        .layer(SessionLayer::<Shop>::stored(keys.clone(), store.clone()));
    let earlier = Router::new()
        .route("/earlier", get(async |_: Session<Earlier>| ()))
        .layer(SessionLayer::<Earlier>::stored(theirs.clone(), store));
    let mut app = app(|_| later.merge(earlier));
    app.get("/fill/tea").await;
    theirs.replace(&ring([&new, &old]));
    app.get("/earlier").await;
    settle().await;
    keys.replace(&ring([&new]));
    assert_eq!(app.get("/show").await.body, "- 0 [\"tea\"] 3");
}

/// A session whose ticket is under the new key, and whose fields did not move, because the store failed.
async fn left_behind(keys: &Keyring, new: &Key, old: &Key) -> App {
    let store = FaultyStore::new(MemoryStore::new());
    let layer = SessionLayer::<Shop>::stored(keys.clone(), store.clone());
    let routes = Router::new()
        .route("/show", get(show))
        .route("/fill/{item}", get(fill))
        .route("/log-in", get(log_in));
    let mut app = app(|_| routes.layer(layer));
    app.get("/fill/tea").await;
    app.get("/log-in").await;
    keys.replace(&ring([new, old]));
    store.fail(Fault::error(StoreErrorKind::Full).on([Operation::Commit]));
    assert_eq!(app.get("/show").await.set_cookies().len(), 1);
    settle().await;
    store.heal();
    app
}

#[tokio::test]
async fn a_user_whose_key_is_dropped_too_early_is_logged_out() {
    let (old, new) = (Key::generate(), Key::generate());
    let keys = ring([&old]);
    let mut app = left_behind(&keys, &new, &old).await;
    keys.replace(&ring([&new]));
    assert_eq!(app.get("/show").await.body, "- 0 [] 0");
    let log = app.log().lines_with("a field in the store does not open");
    assert!(log.iter().all(|line| line.contains("WARN")), "{log:?}");
    let of_cart = log.iter().filter(|line| line.contains("field=\"cart\""));
    let of_cart: Vec<_> = of_cart.collect();
    assert_eq!(of_cart.len(), 1, "{log:?}");
    assert!(of_cart[0].contains("reason=\"unknown-key\""));
    // Nothing is lost: beside their key the fields are there again.
    keys.replace(&ring([&new, &old]));
    assert_eq!(app.get("/show").await.body, "7 0 [\"tea\"] 3");
}
