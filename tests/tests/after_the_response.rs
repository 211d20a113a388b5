//! The session after the response, for code that keeps the request's extensions.

use std::sync::{Arc, Mutex};

use axum::body::Body;
use axum::extract::{Extension, Request};
use axum::http::header::{COOKIE, HeaderName};
use axum::http::{Extensions, HeaderMap, Method};
use axum::routing::get;
use axum::{RequestExt, Router};
use http_body_util::BodyExt;
use session_runtime::{Session, SessionLayer};
use tests::{App, app};
use tower::ServiceExt;

#[derive(Session)]
struct Shop {
    visits: u32,
    seen: u32,
}

/// The extensions of the first request, which a gateway keeps and gives to every request that it makes.
type Kept = Arc<Mutex<Option<Extensions>>>;

async fn visit(mut session: Session<Shop>) -> String {
    session.visits += 1;
    session.visits.to_string()
}

async fn keep(Extension(kept): Extension<Kept>, request: Request) -> &'static str {
    let extensions = request.extensions().clone();
    kept.lock().unwrap().get_or_insert(extensions);
    "kept"
}

async fn read_after(Extension(kept): Extension<Kept>, mut request: Request) -> String {
    *request.extensions_mut() = kept.lock().unwrap().clone().unwrap();
    let mut session = request.extract_parts::<Session<Shop>>().await.unwrap();
    session.seen += 1;
    session.visits.to_string()
}

fn shop() -> (App, Kept) {
    let kept = Kept::default();
    let extension = kept.clone();
    let app = app(|keys| {
        Router::new()
            .route("/visit", get(visit))
            .route("/keep", get(keep))
            .route("/read-after", get(read_after))
            .layer(SessionLayer::<Shop>::new(keys))
            .layer(Extension(extension))
    });
    (app, kept)
}

/// The cookies of a visitor who has come by so often.
async fn visitor(app: &mut App, visits: u32) -> String {
    app.get_with("/visit", "").await;
    for _ in 1..visits {
        app.get("/visit").await;
    }
    app.copy_cookies()
}

#[tokio::test]
async fn kept_extensions_show_each_visitor_their_own_session() {
    let (mut app, _) = shop();
    let (second, third) = (visitor(&mut app, 2).await, visitor(&mut app, 3).await);
    app.get("/keep").await;
    for _ in 0..2 {
        assert_eq!(app.get_with("/read-after", &second).await.body, "2");
        assert_eq!(app.get_with("/read-after", &third).await.body, "3");
    }
}

#[tokio::test]
async fn what_is_changed_through_them_is_late_and_the_log_says_so() {
    let (mut app, _) = shop();
    let second = visitor(&mut app, 2).await;
    app.get("/keep").await;
    let answer = app.get_with("/read-after", &second).await;
    assert_eq!(answer.set_cookies(), [""; 0]);
    let late = app.log().lines_with("came after the response was made");
    assert_eq!(late.len(), 1, "{late:?}");
    assert!(late[0].contains("field=\"seen\""), "{late:?}");
}

/// A handler makes a request of its own with what it has been given, for another visitor.
#[tokio::test]
async fn a_request_that_is_made_meanwhile_with_them_has_a_session_of_its_own_too() {
    async fn gateway(
        Extension(app): Extension<Arc<Mutex<Option<Router>>>>,
        session: Session<Shop>,
        request: Request,
    ) -> String {
        let mut inner = Request::new(Body::empty());
        *inner.uri_mut() = "/visit".parse().unwrap();
        *inner.extensions_mut() = request.extensions().clone();
        let cookies = request.headers()["x-customer"].clone();
        inner.headers_mut().insert(COOKIE, cookies);
        let router = app.lock().unwrap().clone().unwrap();
        let response = router.oneshot(inner).await.unwrap();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        format!("{} {}", session.visits, String::from_utf8_lossy(&body))
    }
    let itself = Arc::new(Mutex::new(None));
    let extension = itself.clone();
    let mut app = app(|keys| {
        Router::new()
            .route("/visit", get(visit))
            .route("/gateway", get(gateway))
            .layer(SessionLayer::<Shop>::new(keys))
            .layer(Extension(extension))
    });
    *itself.lock().unwrap() = Some(app.router());
    let customer = visitor(&mut app, 5).await;
    app.get_with("/visit", "").await;
    let headers = HeaderMap::from_iter([(
        HeaderName::from_static("x-customer"),
        customer.parse().unwrap(),
    )]);
    let answer = app.ask(Method::GET, "/gateway", headers).await;
    assert_eq!(answer.body, "1 6");
    assert_eq!(
        answer.set_cookies(),
        [""; 0],
        "the own session is as it was"
    );
}

/// A request that carries them through the layer is a request of its own.
#[tokio::test]
async fn a_request_that_is_made_with_them_has_a_session_of_its_own() {
    let (mut app, kept) = shop();
    let (second, third) = (visitor(&mut app, 2).await, visitor(&mut app, 3).await);
    app.get("/keep").await;
    for (cookies, visits) in [(second, "3"), (third, "4")] {
        let mut request = Request::new(Body::empty());
        *request.uri_mut() = "/visit".parse().unwrap();
        *request.extensions_mut() = kept.lock().unwrap().clone().unwrap();
        request
            .headers_mut()
            .insert(COOKIE, cookies.parse().unwrap());
        let response = app.router().oneshot(request).await.unwrap();
        assert!(response.headers().contains_key("set-cookie"), "it is saved");
        let body = response.into_body().collect().await.unwrap().to_bytes();
        assert_eq!(body, visits);
    }
}

/// A websocket goes on when its request is over.
mod a_guard_that_is_kept {
    use session_runtime::store::MemoryStore;
    use session_runtime::{Identity, Session, SessionLayer};

    use super::*;

    #[derive(Session)]
    #[session(stored)]
    struct Account {
        #[session(identity)]
        user: Identity<u32>,
        rooms: u32,
    }

    type Guard = Session<Account>;
    type Held = Arc<Mutex<Option<Guard>>>;

    #[tokio::test]
    async fn shows_the_session_of_its_request_also_after_a_sync() {
        let socket = Held::default();
        let extension = Extension(socket.clone());
        let mut app = app(|keys| {
            let log_in = async |mut session: Guard| {
                Session::log_in(&mut session, 7);
                session.rooms = 1;
            };
            let hold_it = async |Extension(held): Extension<Held>, mut session: Guard| {
                Session::sync(&mut session);
                *held.lock().unwrap() = Some(session);
            };
            let log_out = async |mut session: Guard| Session::log_out(&mut session);
            let show = async |session: Guard| format!("{:?} {}", session.user, session.rooms);
            Router::new()
                .route("/in", get(log_in))
                .route("/hold", get(hold_it))
                .route("/out", get(log_out))
                .route("/", get(show))
                .layer(SessionLayer::<Account>::stored(keys, MemoryStore::new()))
                .layer(extension)
        });
        app.get("/in").await;
        app.get("/hold").await;
        app.get("/out").await;
        assert_eq!(app.get("/").await.body, "None 0");
        let mut guard = socket.lock().unwrap().take().unwrap();
        Session::sync(&mut guard);
        assert_eq!((*guard.user, guard.rooms), (Some(7), 1));
    }
}
