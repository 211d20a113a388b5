//! `LoggedIn`: routes for users who are logged in, and where everybody else is sent.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::Router;
use axum::http::header::{ACCEPT, HeaderName};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::middleware::from_extractor;
use axum::routing::{any, get};
use session_runtime::{
    Identity, LoggedIn, NotLoggedIn, Session, SessionError, SessionLayer, local_path,
};
use tests::{Answer, App, CANARY, app};

#[derive(Session)]
#[session(cookie = "shop")]
struct Shop {
    #[session(identity)]
    user: Identity<String>,
    half: Option<u32>,
}

const HTML: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

fn user() -> String {
    format!("Ann{CANARY}")
}

async fn log_in(mut session: Session<Shop>) {
    Session::log_in(&mut session, user());
}

async fn half_log_in(mut session: Session<Shop>) {
    session.half = Some(1);
}

async fn orders(LoggedIn(user): LoggedIn<Shop>) -> String {
    user.replace(CANARY, "")
}

async fn optional(user: Option<LoggedIn<Shop>>) -> String {
    format!("{}", user.is_some_and(|user| user.len() == user.0.len()))
}

async fn fallible(user: Result<LoggedIn<Shop>, NotLoggedIn>) -> (StatusCode, String) {
    match user {
        Ok(LoggedIn(user)) => (StatusCode::OK, user.len().to_string()),
        Err(rejection) => (StatusCode::IM_A_TEAPOT, rejection.to_string()),
    }
}

fn routes() -> Router {
    let nested = Router::new()
        .route("/orders", any(orders))
        .nest("/deep", Router::new().route("/orders", any(orders)));
    let guarded = Router::new()
        .route("/area", get(async || "area"))
        .route("/login", get(async || "form"))
        .route_layer(from_extractor::<LoggedIn<Shop>>());
    Router::new()
        .route("/", any(orders))
        .route("/orders", any(orders))
        .nest("/nested", nested)
        .merge(guarded)
        .route("/optional", get(optional))
        .route("/fallible", get(fallible))
        .route("/log-in", get(log_in))
        .route("/half", get(half_log_in))
}

fn shop(login_page: Option<&str>) -> App {
    app(|keys| {
        let layer = SessionLayer::<Shop>::new(keys);
        routes().layer(match login_page {
            Some(path) => layer.login_page(path),
            None => layer,
        })
    })
}

async fn ask(app: &mut App, method: Method, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut all = HeaderMap::new();
    for (name, value) in headers {
        let name: HeaderName = name.parse().unwrap();
        all.append(name, HeaderValue::from_str(value).unwrap());
    }
    app.ask(method, path, all).await
}

async fn ask_for_page(app: &mut App, path: &str) -> Answer {
    ask(app, Method::GET, path, &[("accept", HTML)]).await
}

fn location(answer: &Answer) -> String {
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{answer:?}");
    answer.headers["location"].to_str().unwrap().to_owned()
}

fn methods() -> [Method; 8] {
    [
        Method::GET,
        Method::HEAD,
        Method::POST,
        Method::PUT,
        Method::PATCH,
        Method::DELETE,
        Method::OPTIONS,
        Method::from_bytes(b"PURGE").unwrap(),
    ]
}

#[tokio::test]
async fn a_user_is_let_in_and_handed_over() {
    for login_page in [None, Some("/login")] {
        let mut app = shop(login_page);
        app.get("/log-in").await;
        for path in ["/", "/orders", "/nested/orders", "/nested/deep/orders"] {
            let answer = ask_for_page(&mut app, path).await;
            assert_eq!((answer.status, &*answer.body), (StatusCode::OK, "Ann"));
        }
        assert_eq!(app.get("/area").await.body, "area");
        assert_eq!(app.get("/optional").await.body, "true");
        assert_eq!(app.get("/fallible").await.body, user().len().to_string());
    }
}

#[tokio::test]
async fn without_a_login_page_everybody_else_gets_a_401() {
    for method in methods() {
        for accept in [HTML, "*/*", "application/json"] {
            let mut app = shop(None);
            let answer = ask(&mut app, method.clone(), "/orders", &[("accept", accept)]).await;
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{method} {accept}");
            assert_eq!(answer.all(ACCEPT), [""; 0]);
            assert_eq!(answer.headers["vary"], "cookie");
            assert_eq!(answer.set_cookies(), [""; 0]);
        }
    }
}

#[tokio::test]
async fn every_method_that_asks_for_a_page_is_redirected_and_only_a_get_comes_back() {
    for method in methods() {
        let mut app = shop(Some("/login"));
        let answer = ask(
            &mut app,
            method.clone(),
            "/orders?page=2",
            &[("accept", HTML)],
        )
        .await;
        let comes_back = method == Method::GET || method == Method::HEAD;
        let query = if comes_back {
            "?next=/orders%3Fpage%3D2"
        } else {
            ""
        };
        assert_eq!(location(&answer), format!("/login{query}"), "{method}");
    }
}

#[tokio::test]
async fn a_script_gets_a_401() {
    let xhr = ("x-requested-with", "XMLHttpRequest");
    for headers in [
        &[][..],
        &[("accept", "*/*")],
        &[("accept", "application/json")],
        &[("accept", "application/json, text/plain, */*")],
        &[("accept", "text/event-stream")],
        &[("accept", "text/*")],
        &[("accept", "text/html;q=0")],
        &[("accept", "text/html; q=0.0")],
        &[("accept", "xtext/html")],
        &[("accept", "text/htmlx")],
        &[("accept", "text/html, */*; q=0.01"), xhr],
        &[("accept", HTML), ("x-requested-with", "xmlhttprequest")],
        &[("accept", "*/*"), ("hx-request", "true")],
    ] {
        let mut app = shop(Some("/login"));
        let answer = ask(&mut app, Method::GET, "/orders", headers).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{headers:?}");
        assert_eq!(answer.body, "");
    }
}

#[tokio::test]
async fn a_page_is_what_accepts_html() {
    for headers in [
        &[("accept", "text/html")][..],
        &[("accept", "TEXT/HTML")],
        &[("accept", "application/json"), ("accept", "text/html")],
        &[("accept", "*/*;q=0.1, text/html;level=1 ;q=0.5")],
        &[
            ("accept", HTML),
            ("x-requested-with", "com.example.webview"),
        ],
    ] {
        let mut app = shop(Some("/login"));
        let answer = ask(&mut app, Method::GET, "/orders", headers).await;
        assert_eq!(location(&answer), "/login?next=/orders", "{headers:?}");
    }
}

#[tokio::test]
async fn a_nested_router_sends_back_to_the_whole_path() {
    for (path, next) in [
        ("/", "/"),
        ("/nested/orders", "/nested/orders"),
        (
            "/nested/deep/orders?a=1&b=%26",
            "/nested/deep/orders%3Fa%3D1%26b%3D%2526",
        ),
        ("/area?x=~._-", "/area%3Fx%3D~._-"),
        ("/orders?x=a'b", "/orders%3Fx%3Da%27b"),
    ] {
        let mut app = shop(Some("/login"));
        let answer = ask_for_page(&mut app, path).await;
        assert_eq!(location(&answer), format!("/login?next={next}"));
    }
}

/// The layer stands inside a nested router: the login page is the browser's path all the same.
#[tokio::test]
async fn a_layer_in_a_nested_router_sees_the_whole_path_too() {
    let mut app = app(|keys| {
        let layer = SessionLayer::<Shop>::new(keys).login_page("/shop/login");
        let inner = Router::new()
            .route("/orders", get(orders))
            .route("/login", get(orders));
        Router::new().nest("/shop", inner.layer(layer))
    });
    let answer = ask_for_page(&mut app, "/shop/orders").await;
    assert_eq!(location(&answer), "/shop/login?next=/shop/orders");
    let answer = ask_for_page(&mut app, "/shop/login").await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn what_comes_back_is_the_path_that_was_asked_for_or_none() {
    for path in ["/orders?a=1&b=%26%20+", "/nested/orders", "/"] {
        let mut app = shop(Some("/login"));
        let answer = ask_for_page(&mut app, path).await;
        let location = location(&answer);
        let (_, next) = location.split_once("next=").unwrap();
        let decoded = decode(next);
        assert_eq!(decoded, path);
        assert_eq!(local_path(&decoded), Some(path));
    }
}

fn decode(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        if *first == b'%' {
            let hex = std::str::from_utf8(&after[..2]).unwrap();
            bytes.push(u8::from_str_radix(hex, 16).unwrap());
            rest = &after[2..];
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    String::from_utf8(bytes).unwrap()
}

#[tokio::test]
async fn two_thousand_bytes_come_back_and_no_more() {
    let path = |len: usize| format!("/orders?{}", "x".repeat(len - "/orders?".len()));
    let mut app = shop(Some("/login"));
    let answer = ask_for_page(&mut app, &path(2000)).await;
    assert!(location(&answer).starts_with("/login?next=/orders%3Fxxx"));
    let answer = ask_for_page(&mut app, &path(2001)).await;
    assert_eq!(location(&answer), "/login");
}

#[tokio::test]
async fn a_login_page_with_a_query_and_a_fragment_keeps_them() {
    let mut app = shop(Some("/login?lang=en#form"));
    let answer = ask_for_page(&mut app, "/orders").await;
    assert_eq!(location(&answer), "/login?lang=en&next=/orders#form");
    let answer = ask_for_page(&mut app, "/login?next=/orders").await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn the_login_page_itself_is_a_401_and_the_log_says_why() {
    let mut app = shop(Some("/login"));
    let answer = ask_for_page(&mut app, "/login?next=/orders").await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    let lines = app.log().lines_with("guards the login page itself");
    assert_eq!(lines.len(), 1);
    assert!(lines[0].contains("ERROR"));
    app.get("/log-in").await;
    assert_eq!(ask_for_page(&mut app, "/login").await.body, "form");
}

#[tokio::test]
async fn what_depends_on_what_is_accepted_says_so() {
    for accept in [HTML, "*/*"] {
        let mut app = shop(Some("/login"));
        let answer = ask(&mut app, Method::GET, "/orders", &[("accept", accept)]).await;
        let vary: Vec<_> = answer.headers.get_all("vary").iter().collect();
        assert_eq!(vary, ["accept, x-requested-with", "cookie"]);
    }
}

#[tokio::test]
async fn who_still_owes_something_is_nobody() {
    let mut app = shop(None);
    app.get("/half").await;
    assert_eq!(app.get("/orders").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(app.get("/optional").await.body, "false");
    let answer = app.get("/fallible").await;
    assert_eq!(answer.status, StatusCode::IM_A_TEAPOT);
    assert_eq!(answer.body, "nobody is logged in");
}

#[tokio::test]
async fn a_user_who_was_logged_in_by_this_request_is_one() {
    async fn both(mut session: Session<Shop>, request: axum::extract::Request) -> String {
        use axum::RequestExt;
        Session::log_in(&mut session, user());
        let (parts, _) = request.into_parts();
        let mut request = axum::extract::Request::from_parts(parts, axum::body::Body::empty());
        let user = request.extract_parts::<LoggedIn<Shop>>().await;
        Session::log_out(&mut session);
        let nobody = request.extract_parts::<LoggedIn<Shop>>().await;
        format!("{} {}", user.is_ok(), nobody.is_ok())
    }
    let mut app = app(|keys| {
        let layer = SessionLayer::<Shop>::new(keys);
        Router::new().route("/", get(both)).layer(layer)
    });
    assert_eq!(app.get("/").await.body, "true false");
}

mod without_a_layer {
    use super::*;

    #[tokio::test]
    async fn it_is_a_500_that_names_the_line_to_add() {
        let mut app = app(|_| routes());
        for path in ["/orders", "/optional"] {
            let answer = app.get(path).await;
            assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR, "{path}");
            assert!(
                answer.body.contains("SessionLayer::<logged_in::Shop>"),
                "{answer:?}"
            );
        }
        assert_eq!(app.log().lines_with("no layer for").len(), 2);
    }

    #[tokio::test]
    async fn an_optional_session_is_none_and_nothing_is_logged() {
        async fn optional(session: Option<Session<Shop>>) -> String {
            session.is_some().to_string()
        }
        async fn fallible(session: Result<Session<Shop>, SessionError>) -> String {
            session.is_ok().to_string()
        }
        let mut app = app(|keys| {
            Router::new()
                .route("/in", get(optional))
                .route("/in/result", get(fallible))
                .layer(SessionLayer::<Shop>::new(keys))
                .route("/out", get(optional))
                .route("/out/result", get(fallible))
        });
        assert_eq!(app.get("/in").await.body, "true");
        assert_eq!(app.get("/out").await.body, "false");
        assert_eq!(app.log().lines_with("no layer for"), [""; 0]);
        assert_eq!(app.get("/in/result").await.body, "true");
        assert_eq!(app.get("/out/result").await.body, "false");
    }
}

#[tokio::test]
async fn an_area_is_guarded_before_its_handlers_run() {
    let calls = Arc::new(AtomicU32::new(0));
    let counted = calls.clone();
    let mut app = app(|keys| {
        let handler = async move || counted.fetch_add(1, Ordering::Relaxed).to_string();
        Router::new()
            .route("/area", get(handler))
            .route_layer(from_extractor::<LoggedIn<Shop>>())
            .route("/log-in", get(log_in))
            .layer(SessionLayer::<Shop>::new(keys))
    });
    assert_eq!(app.get("/area").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(calls.load(Ordering::Relaxed), 0);
    app.get("/log-in").await;
    assert_eq!(app.get("/area").await.body, "0");
}

mod login_pages {
    use session_runtime::Keyring;

    use super::*;

    fn layer(path: &str) -> SessionLayer<Shop> {
        SessionLayer::new(Keyring::ephemeral()).login_page(path)
    }

    #[test]
    fn a_login_page_elsewhere_stops_the_program() {
        for path in [
            "login",
            "https://sso.example/",
            "//sso.example",
            "/log in",
            "/lög",
            "",
            "/a/../login",
            "/./login",
        ] {
            let made = std::panic::catch_unwind(|| layer(path));
            let message = made.unwrap_err().downcast::<String>().unwrap();
            assert!(message.contains("is not a path of this site"), "{message}");
        }
        drop(layer("/login"));
    }

    #[test]
    fn a_login_page_with_a_next_of_its_own_stops_it_too() {
        let made = std::panic::catch_unwind(|| layer("/login?next=/home"));
        let message = made.unwrap_err().downcast::<String>().unwrap();
        assert!(message.contains("has a `next` of its own"), "{message}");
    }
}
