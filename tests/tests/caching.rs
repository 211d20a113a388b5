//! Caches neither store a response that sets a session, nor give one visitor's page to another visitor.

use axum::Router;
use axum::extract::Path;
use axum::http::header::{CACHE_CONTROL, VARY};
use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::response::IntoResponse;
use axum::routing::get;
use session_runtime::{Session, SessionLayer};
use tests::{App, app};
use tower_http::catch_panic::CatchPanicLayer;

#[derive(Session)]
struct Shop {
    visits: u32,
}

/// The headers that some caches obey in place of `Cache-Control`.
const TARGETED: [&str; 6] = [
    "cdn-cache-control",
    "cloudflare-cdn-cache-control",
    "surrogate-control",
    "edge-control",
    "x-accel-expires",
    "x-litespeed-cache-control",
];

/// Answers with these headers, `_` for none.
async fn answer(
    Path((act, vary, cache)): Path<(String, String, String)>,
    mut session: Session<Shop>,
) -> HeaderMap {
    if act == "write" {
        session.visits += 1;
    }
    let mut headers = HeaderMap::new();
    for (name, value) in [(VARY, vary), (CACHE_CONTROL, cache)] {
        if value != "_" {
            headers.insert(name, value.parse().unwrap());
        }
    }
    headers
}

async fn panics(_session: Session<Shop>) {
    panic!("the handler's own mistake");
}

async fn status(Path(code): Path<u16>, mut session: Session<Shop>) -> impl IntoResponse {
    session.visits += 1;
    StatusCode::from_u16(code).unwrap()
}

fn shop() -> App {
    app(|keys| {
        Router::new()
            .route("/{act}/{vary}/{cache}", get(answer))
            .route("/untouched", get(async || "nothing"))
            .route("/panic", get(panics))
            .route("/status/{code}", get(status))
            .layer(CatchPanicLayer::new())
            .layer(SessionLayer::<Shop>::new(keys))
    })
}

#[tokio::test]
async fn a_response_that_sets_a_cookie_is_not_stored() {
    let cases = [
        ("_", vec!["no-store"]),
        ("no-store", vec!["no-store"]),
        ("no-cache, No-Store", vec!["no-cache, No-Store"]),
        ("private", vec!["private"]),
        ("max-age=60, private", vec!["max-age=60, private"]),
        ("public, max-age=600", vec!["no-store"]),
        ("private=\"set-cookie\"", vec!["no-store"]),
        ("no-cache", vec!["no-store"]),
        ("public, ext=\"a, no-store, b\"", vec!["no-store"]),
    ];
    let mut app = shop();
    for (cache, expected) in cases {
        let path = format!("/write/_/{}", cache.replace('"', "%22").replace(' ', "%20"));
        assert_eq!(app.get(&path).await.all(CACHE_CONTROL), expected, "{cache}");
    }
}

#[tokio::test]
async fn what_shared_caches_obey_in_place_of_it_is_removed() {
    async fn targeted(mut session: Session<Shop>) -> impl IntoResponse {
        session.visits += 1;
        let max_age = "max-age=600";
        TARGETED.map(|name| (name, max_age))
    }
    let mut app = app(|keys| {
        Router::new()
            .route("/", get(targeted))
            .layer(SessionLayer::<Shop>::new(keys))
    });
    let answer = app.get("/").await;
    for name in TARGETED {
        assert!(!answer.headers.contains_key(name), "{name}");
    }
}

/// A page that was made from a session is for one visitor, also where no cookie is set beside it.
#[tokio::test]
async fn a_page_that_read_a_session_and_says_nothing_is_private() {
    let mut app = shop();
    for path in [
        "/read/_/_",
        "/panic",
        "/status/304",
        "/status/404",
        "/status/500",
    ] {
        app.get("/write/_/_").await;
        let said = app.get(path).await.all(CACHE_CONTROL);
        let is_set = ["/status/304", "/status/404"].contains(&path); // they count
        let expected = if is_set {
            "no-store"
        } else {
            "private, no-cache"
        };
        assert_eq!(said, [expected], "{path}");
    }
    assert_eq!(app.get("/untouched").await.all(CACHE_CONTROL), [""; 0]);
}

#[tokio::test]
async fn a_page_that_says_something_is_left_as_it_is() {
    let mut app = shop();
    for cache in ["no-cache", "public, max-age=60", "no-store"] {
        let path = format!("/read/_/{}", cache.replace(' ', "%20"));
        assert_eq!(app.get(&path).await.all(CACHE_CONTROL), [cache]);
    }
}

/// `no-transform` is about compression and pictures, and not about caching.
#[tokio::test]
async fn a_page_that_only_forbids_to_transform_it_is_private_too() {
    let mut app = shop();
    let said = app.get("/read/_/no-transform").await.all(CACHE_CONTROL);
    assert_eq!(said, ["no-transform", "private, no-cache"]);
}

#[tokio::test]
async fn a_page_that_says_it_in_another_header_is_left_as_it_is() {
    async fn says(Path(name): Path<String>, _session: Session<Shop>) -> HeaderMap {
        let name: HeaderName = name.parse().unwrap();
        HeaderMap::from_iter([(name, "60".parse().unwrap())])
    }
    let mut app = app(|keys| {
        let routes = Router::new().route("/{name}", get(says));
        routes.layer(SessionLayer::<Shop>::new(keys))
    });
    for name in TARGETED.into_iter().chain(["expires"]) {
        let answer = app.get(&format!("/{name}")).await;
        assert_eq!(answer.all(CACHE_CONTROL), [""; 0], "{name}");
        assert!(answer.headers.contains_key(name));
    }
}

#[tokio::test]
async fn a_response_that_sets_no_cookie_is_cached_as_the_handler_says() {
    let mut app = shop();
    let answer = app.get("/read/_/public").await;
    assert_eq!(answer.all(CACHE_CONTROL), ["public"]);
}

#[tokio::test]
async fn a_response_that_depends_on_the_session_varies_by_cookie() {
    let cases = [
        ("_", vec!["cookie"]),
        ("accept", vec!["accept", "cookie"]),
        ("Cookie", vec!["Cookie"]),
        ("accept, COOKIE", vec!["accept, COOKIE"]),
        ("*", vec!["*"]),
        ("x-cookie", vec!["x-cookie", "cookie"]),
    ];
    let mut app = shop();
    for act in ["read", "write"] {
        for (vary, expected) in &cases {
            let path = format!("/{act}/{}/_", vary.replace(' ', "%20"));
            assert_eq!(app.get(&path).await.all(VARY), *expected, "{act} {vary}");
        }
    }
}

#[tokio::test]
async fn every_way_out_varies_by_cookie() {
    let mut app = shop();
    for path in [
        "/panic",
        "/status/200",
        "/status/302",
        "/status/304",
        "/status/404",
        "/status/500",
    ] {
        assert_eq!(app.get(path).await.all(VARY), ["cookie"], "{path}");
    }
}
