//! The accidents around a session: streams, tasks, upgrades, clients that leave, panics, and an
//! application that writes to our cookie.

use std::convert::Infallible;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::FromRequestParts;
use axum::extract::ws::WebSocketUpgrade;
use axum::http::header::{CONTENT_LENGTH, SET_COOKIE};
use axum::http::request::Parts;
use axum::http::{Method, StatusCode};
use axum::response::sse::{Event, Sse};
use axum::response::{AppendHeaders, IntoResponse};
use axum::routing::get;
use session_runtime::{Session, SessionLayer};
use tests::{App, app};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

#[derive(Session)]
struct Shop {
    visits: u32,
    streamed: u32,
}

type Guard = Session<Shop>;

async fn visits(session: Guard) -> String {
    format!("{} {}", session.visits, session.streamed)
}

fn shop(routes: Router) -> App {
    app(|keys| {
        routes
            .route("/visits", get(visits))
            .layer(SessionLayer::<Shop>::new(keys))
    })
}

/// The fields that were changed too late.
fn late_fields(app: &App) -> Vec<String> {
    let lines = app.log().lines_with("came after the response");
    let field = |line: &String| {
        let (_, rest) = line.split_once("field=\"").unwrap();
        rest.split('"').next().unwrap().to_owned()
    };
    lines.iter().map(field).collect()
}

fn events(mut session: Guard) -> impl IntoResponse {
    let events = (0..3).map(move |number| {
        session.streamed += 1;
        Ok::<_, Infallible>(Event::default().data(number.to_string()))
    });
    Sse::new(tokio_stream::iter(events))
}

#[tokio::test]
async fn a_guard_in_an_event_stream_is_too_late_unless_it_was_synced() {
    async fn late(mut session: Guard) -> impl IntoResponse {
        session.visits += 1;
        events(session)
    }
    async fn synced(mut session: Guard) -> impl IntoResponse {
        session.visits += 1;
        Session::sync(&mut session);
        events(session)
    }
    let routes = || {
        Router::new()
            .route("/late", get(late))
            .route("/synced", get(synced))
    };

    let mut app = shop(routes());
    let answer = app.get("/late").await;
    assert!(answer.body.contains("data: 2"), "{}", answer.body);
    assert_eq!(late_fields(&app), ["visits", "streamed"]);
    assert_eq!(app.get("/visits").await.body, "0 0");

    let mut app = shop(routes());
    app.get("/synced").await;
    assert_eq!(late_fields(&app), ["streamed"]);
    assert_eq!(app.get("/visits").await.body, "1 0");
}

#[tokio::test]
async fn a_guard_in_a_task_is_too_late_unless_it_was_synced() {
    async fn handler(mut session: Guard) {
        session.visits += 1;
        Session::sync(&mut session);
        tokio::spawn(async move {
            tokio::task::yield_now().await;
            session.streamed += 1;
        });
    }
    let mut app = shop(Router::new().route("/task", get(handler)));
    app.get("/task").await;
    for _ in 0..3 {
        tokio::task::yield_now().await;
    }
    assert_eq!(late_fields(&app), ["streamed"]);
    assert_eq!(app.get("/visits").await.body, "1 0");
}

#[tokio::test]
async fn a_guard_that_is_taken_after_the_response_is_too_late_too() {
    async fn handler(mut parts: Parts) {
        tokio::spawn(async move {
            tokio::task::yield_now().await;
            let mut session = Guard::from_request_parts(&mut parts, &()).await.unwrap();
            session.visits += 1;
            drop(session);
            let session = Guard::from_request_parts(&mut parts, &()).await.unwrap();
            Session::destroy(session);
        });
    }
    async fn reader(_: Guard, parts: Parts) {
        handler(parts).await;
    }
    for path in ["/untouched", "/read"] {
        let routes = Router::new()
            .route("/untouched", get(handler))
            .route("/read", get(reader));
        let mut app = shop(routes);
        assert_eq!(app.get(path).await.set_cookies().len(), 0);
        for _ in 0..3 {
            tokio::task::yield_now().await;
        }
        let errors = app.log().lines_with("came after the response");
        assert_eq!(errors.len(), 2, "{path}: {errors:?}");
        assert!(errors[0].contains("field=\"visits\""), "{errors:?}");
        assert!(errors[1].contains("is not ended"), "{errors:?}");
    }
}

#[tokio::test]
async fn a_guard_that_moves_into_an_upgrade_is_too_late_unless_it_was_synced() {
    async fn upgrade(mut session: Guard, upgrade: WebSocketUpgrade) -> impl IntoResponse {
        session.visits += 1;
        Session::sync(&mut session);
        upgrade.on_upgrade(|mut socket| async move {
            session.streamed += 1;
            drop(session);
            socket.recv().await;
        })
    }
    let app = shop(Router::new().route("/upgrade", get(upgrade)));
    let (listener, address) = listen().await;
    let server = tokio::spawn(axum::serve(listener, app.router()).into_future());
    let request = format!(
        "GET /upgrade HTTP/1.1\r\nHost: {address}\r\nConnection: upgrade\r\n\
         Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    );
    let head = talk(&address, &request).await;
    assert!(head.starts_with("HTTP/1.1 101"), "{head}");
    assert!(head.contains("set-cookie: shop="), "{head}");
    // The upgrade runs when the server gets to it.
    for _ in 0..1000 {
        if !late_fields(&app).is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    server.abort();
    assert_eq!(late_fields(&app), ["streamed"]);
}

async fn listen() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    (listener, address)
}

/// The first answer of a server.
async fn talk(address: &str, request: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = vec![0; 4096];
    let length = stream.read(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer[..length]).into_owned()
}

#[tokio::test]
async fn a_client_that_leaves_takes_its_changes_with_it() {
    async fn slow(mut session: Guard) {
        session.visits += 1;
        drop(session);
        tokio::time::sleep(Duration::from_mins(1)).await;
    }
    let mut app = shop(Router::new().route("/slow", get(slow)));
    let (listener, address) = listen().await;
    let server = tokio::spawn(axum::serve(listener, app.router()).into_future());
    let request = format!("GET /slow HTTP/1.1\r\nHost: {address}\r\n\r\n");
    let answer = tokio::time::timeout(Duration::from_millis(50), talk(&address, &request));
    assert!(answer.await.is_err());
    server.abort();
    tokio::task::yield_now().await;
    assert!(
        app.log().lines_with("session committed").is_empty(),
        "no response, no session"
    );
    assert!(late_fields(&app).is_empty());
    app.get("/visits").await;
    assert_eq!(app.log().lines_with("session committed").len(), 1);
}

#[tokio::test]
async fn a_panic_that_nobody_catches_saves_nothing_and_the_next_request_is_fine() {
    async fn panics(mut session: Guard) {
        session.visits += 1;
        panic!("the handler's own mistake");
    }
    let mut app = shop(Router::new().route("/panic", get(panics)));
    let router = app.router();
    let request = axum::http::Request::get("/panic")
        .body(Body::empty())
        .unwrap();
    let task = tokio::spawn(tower::ServiceExt::oneshot(router, request));
    assert!(task.await.unwrap_err().is_panic());
    assert_eq!(app.get("/visits").await.body, "0 0");
}

#[tokio::test]
async fn head_and_304_commit_what_their_handlers_did() {
    async fn visit(mut session: Guard) -> &'static str {
        session.visits += 1;
        "visited"
    }
    async fn not_modified(mut session: Guard) -> StatusCode {
        session.visits += 1;
        StatusCode::NOT_MODIFIED
    }
    let routes = Router::new()
        .route("/visit", get(visit))
        .route("/304", get(not_modified));
    let mut app = shop(routes);
    let head = app.request(Method::HEAD, "/visit").await;
    assert_eq!((head.set_cookies().len(), &*head.body), (1, ""));
    assert_eq!(app.get("/304").await.set_cookies().len(), 1);
    assert_eq!(app.get("/visits").await.body, "2 0");
}

#[tokio::test]
async fn a_response_that_reports_a_failure_is_left_as_its_handler_made_it() {
    async fn bad_gateway(mut session: Guard) -> impl IntoResponse {
        session.visits += 1;
        let body = Body::from(Bytes::from_static(b"secret"));
        (
            StatusCode::BAD_GATEWAY,
            AppendHeaders([(CONTENT_LENGTH, "6")]),
            body,
        )
    }
    let mut app = shop(Router::new().route("/bad", get(bad_gateway)));
    let answer = app.get("/bad").await;
    assert_eq!(
        (answer.status, &*answer.body),
        (StatusCode::BAD_GATEWAY, "secret")
    );
}

#[tokio::test]
async fn a_cookie_of_our_name_that_the_application_sets_is_left_and_ours_follows() {
    async fn clash(mut session: Guard) -> impl IntoResponse {
        session.visits += 1;
        let lines = [
            "__Host-shop=theirs-not-ours; Path=/",
            "__Host-shop2=another-one",
        ];
        AppendHeaders(lines.map(|line| (SET_COOKIE, line)))
    }
    async fn harmless(mut session: Guard) -> impl IntoResponse {
        session.visits += 1;
        AppendHeaders([(SET_COOKIE, "__Host-shop2=another-one")])
    }
    let routes = Router::new()
        .route("/clash", get(clash))
        .route("/harmless", get(harmless));
    let mut app = shop(routes);
    app.get("/harmless").await;
    let warnings = |app: &App| {
        app.log()
            .lines_with("sets the session's cookie itself")
            .len()
    };
    assert_eq!(warnings(&app), 0);
    let cookies = app.get("/clash").await.set_cookies();
    assert!(cookies[0].starts_with("__Host-shop=theirs"), "{cookies:?}");
    assert!(cookies[2].starts_with("__Host-shop=A"), "{cookies:?}");
    assert_eq!(warnings(&app), 1);
    assert_eq!(
        app.get("/visits").await.body,
        "2 0",
        "browsers keep the last"
    );
}

#[tokio::test]
async fn a_session_over_plain_http_to_another_machine_is_warned_of_once() {
    async fn visit(mut session: Guard) {
        session.visits += 1;
    }
    let mut app = shop(Router::new().route("/visit", get(visit)));
    let (listener, address) = listen().await;
    let server = tokio::spawn(axum::serve(listener, app.router()).into_future());
    let ask = async |host: &str, more: &str| {
        let request = format!("GET /visit HTTP/1.1\r\nHost: {host}\r\n{more}\r\n");
        talk(&address, &request).await
    };
    let warnings = |app: &App| app.log().lines_with("is set over plain http").len();
    ask("localhost", "").await;
    ask("shop.lan", "X-Forwarded-Proto: https\r\n").await;
    assert_eq!(warnings(&app), 0);
    ask("shop.lan", "").await;
    ask("shop.lan", "").await;
    assert_eq!(warnings(&app), 1);
    assert!(app.log().lines_with("is set over plain http")[0].contains("host=\"shop.lan\""));
    server.abort();
    assert_eq!(app.get("/visits").await.body, "0 0");
}

/// A release build on the same machine, or TLS, has set the one; a debug build the other.
#[tokio::test]
async fn on_a_loopback_address_the_cookie_of_https_drives_the_other_out() {
    async fn visit(mut session: Guard) -> String {
        session.visits += 1;
        session.visits.to_string()
    }
    async fn end(session: Guard) {
        Session::destroy(session);
    }
    let routes = Router::new().route("/visit", get(visit));
    let app = shop(routes.route("/end", get(end)));
    let (listener, address) = listen().await;
    let server = tokio::spawn(axum::serve(listener, app.router()).into_future());
    let ask = async |path: &str, host: &str, cookie: &str| {
        let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nCookie: {cookie}\r\n\r\n");
        talk(&address, &request).await
    };
    let cookie_of = |answer: &str| {
        let (_, line) = answer.split_once("set-cookie: ").unwrap();
        line.split_once(';').unwrap().0.to_owned()
    };
    let plain = cookie_of(&ask("/visit", "localhost", "a=1").await);
    let plain = cookie_of(&ask("/visit", "localhost", &plain).await);
    let secure = cookie_of(&ask("/visit", "shop.lan", "a=1").await);
    assert!(plain.starts_with("shop=") && secure.starts_with("__Host-shop="));

    let both = format!("{plain}; shop.flash=x; {secure}");
    let answer = ask("/visit", "localhost", &both).await;
    assert!(answer.ends_with('2'), "of https: {answer}");
    assert!(answer.contains("set-cookie: __Host-shop=A"), "{answer}");
    assert!(answer.contains("set-cookie: shop=; "), "{answer}");
    assert!(answer.contains("set-cookie: shop.flash=; "), "{answer}");

    let answer = ask("/end", "localhost", &both).await;
    assert!(answer.contains("set-cookie: shop=; "), "{answer}");
    assert!(answer.contains("set-cookie: __Host-shop=; "), "{answer}");

    // A notice of https is left after a logout: it is shown before the browser changes over.
    let answer = ask("/visit", "localhost", "__Host-shop.flash=x").await;
    assert!(answer.contains("set-cookie: __Host-shop=A"), "{answer}");

    // Another host has no business with it.
    let answer = ask("/visit", "shop.lan", &both).await;
    assert!(!answer.contains("set-cookie: shop=; "), "{answer}");
    server.abort();
}

/// Safari takes no `Secure` cookie over plain http, not even on the machine that it runs on. These tests
/// are a debug build.
#[tokio::test]
async fn on_a_loopback_address_plain_http_has_a_cookie_that_every_browser_takes() {
    async fn visit(mut session: Guard) -> String {
        session.visits += 1;
        session.visits.to_string()
    }
    let app = shop(Router::new().route("/visit", get(visit)));
    let (listener, address) = listen().await;
    let server = tokio::spawn(axum::serve(listener, app.router()).into_future());
    let ask = async |host: &str, more: &str| {
        let request = format!("GET /visit HTTP/1.1\r\nHost: {host}\r\n{more}\r\n");
        talk(&address, &request).await
    };
    for host in [
        "localhost",
        "localhost:3000",
        "127.0.0.1:3000",
        "[::1]:3000",
    ] {
        let first = ask(host, "").await;
        let (_, cookie) = first.split_once("set-cookie: shop=").unwrap();
        let (token, attributes) = cookie.split_once("; ").unwrap();
        assert!(
            !attributes.lines().next().unwrap().contains("Secure"),
            "{first}"
        );
        let second = ask(host, &format!("Cookie: shop={token}\r\n")).await;
        assert!(second.ends_with('2'), "{second}");
    }
    let said = app
        .log()
        .lines_with("on a loopback address the session cookie is not `Secure`");
    assert_eq!(said.len(), 1, "{said:?}");
    for (host, more) in [
        ("shop.lan", ""),
        ("localhost", "X-Forwarded-Proto: https\r\n"),
        ("localhost.evil.example", ""),
        ("127.0.0.1.evil.example", ""),
        ("127.evil.example", ""),
    ] {
        let answer = ask(host, more).await;
        assert!(
            answer.contains("set-cookie: __Host-shop="),
            "{host}: {answer}"
        );
        assert!(answer.contains("; Secure"), "{host}: {answer}");
    }
    server.abort();
}
