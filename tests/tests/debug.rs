//! `Debug` of everything shows names, never a value, a key or a token.

use axum::Router;
use axum::extract::Request;
use axum::http::HeaderMap;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::routing::get;
use session_runtime::{Key, Keyring, Session, SessionLayer};
use tests::{CANARY, app};

#[derive(Session)]
struct Shop {
    name: String,
    visits: u32,
}

#[tokio::test]
async fn the_debug_of_a_guard_shows_its_fields_names() {
    async fn handler(mut session: Session<Shop>) -> String {
        session.name = CANARY.to_owned();
        session.visits = 4_242_424;
        format!("{session:?}")
    }
    let mut app = app(|keys| {
        Router::new()
            .route("/", get(handler))
            .layer(SessionLayer::<Shop>::new(keys))
    });
    for _ in 0..2 {
        assert_eq!(app.get("/").await.body, "Session { name: _, visits: _ }");
    }
}

#[tokio::test]
async fn the_debug_of_a_responses_headers_hides_the_token() {
    let mut app = app(|keys| {
        Router::new()
            .route(
                "/",
                get(async |mut session: Session<Shop>| session.visits += 1),
            )
            .layer(SessionLayer::<Shop>::new(keys))
    });
    let answer = app.get("/").await;
    assert_eq!(answer.set_cookies().len(), 1);
    let debug = format!("{:?}", answer.headers);
    assert!(debug.contains("\"set-cookie\": Sensitive"), "{debug}");
}

#[test]
fn the_debug_of_a_layer_and_its_service_shows_names_and_key_ids() {
    use tower::Layer;

    let key = Key::generate();
    let (text, id) = (key.reveal(), format!("{key:?}").replace("Key", ""));
    let id = id.trim_matches(['(', ')']);
    let layer = SessionLayer::<Shop>::new(Keyring::new([key]).unwrap());
    let config =
        format!("Config {{ session: \"debug::Shop\", cookie: \"__Host-shop\", keys: [{id}], .. }}");
    assert_eq!(format!("{layer:?}"), format!("SessionLayer({config})"));
    let service = layer.layer(());
    assert_eq!(format!("{service:?}"), format!("SessionService({config})"));
    assert!(!text.contains(id));
}

/// A layer that logs a request's headers logs whole tokens where it stands outside of ours.
#[tokio::test]
async fn the_debug_of_a_requests_headers_hides_the_token_inside_of_the_layer() {
    async fn headers(headers: HeaderMap) -> String {
        format!("{headers:?}")
    }
    async fn outside(request: Request, next: Next) -> Response {
        let seen = format!("{:?}", request.headers());
        let mut response = next.run(request).await;
        response
            .headers_mut()
            .insert("x-outside", seen.parse().unwrap());
        response
    }
    let mut app = app(|keys| {
        Router::new()
            .route("/", get(headers))
            .layer(SessionLayer::<Shop>::new(keys))
            .layer(from_fn(outside))
    });
    let answer = app
        .get_with_lines("/", &[b"a=1", b"__Host-shop=token"])
        .await;
    assert_eq!(
        answer.body,
        "{\"cookie\": Sensitive, \"cookie\": Sensitive}"
    );
    assert!(
        answer.headers["x-outside"]
            .to_str()
            .unwrap()
            .contains("token")
    );
}
