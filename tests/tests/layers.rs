//! Other layers inside and outside of ours, as the page on middleware says.

use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_REQUEST_METHOD, CACHE_CONTROL, CONTENT_ENCODING,
    ORIGIN, VARY,
};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::routing::get;
use session_runtime::{Identity, Session, SessionLayer};
use tests::{Answer, App, CANARY, app};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::cors::CorsLayer;
use tower_http::timeout::TimeoutLayer;
use tower_http::trace::TraceLayer;

#[derive(Session)]
struct Shop {
    visits: u32,
    note: String,
}

type Guard = Session<Shop>;

async fn visit(mut session: Guard) -> String {
    session.visits += 1;
    CANARY.repeat(100)
}

async fn slow(mut session: Guard) {
    session.visits += 1;
    drop(session);
    tokio::time::sleep(Duration::from_mins(1)).await;
}

async fn panics(mut session: Guard) {
    session.visits += 1;
    drop(session);
    panic!("the handler's own mistake");
}

async fn logs_out_and_panics(session: Guard) {
    Session::destroy(session);
    panic!("the handler's own mistake");
}

async fn overflow(mut session: Guard) {
    session.note = CANARY.repeat(1000);
}

/// An application whose routes are wrapped by `inside`, then by ours, then by `outside`.
fn wrapped(inside: impl FnOnce(Router) -> Router, outside: impl FnOnce(Router) -> Router) -> App {
    app(|keys| {
        let routes = Router::new()
            .route("/visit", get(visit))
            .route("/slow", get(slow))
            .route("/panic", get(panics))
            .route("/log-out", get(logs_out_and_panics))
            .route("/overflow", get(overflow))
            .route(
                "/visits",
                get(async |session: Guard| session.visits.to_string()),
            );
        outside(inside(routes).layer(SessionLayer::<Shop>::new(keys)))
    })
}

fn nothing(router: Router) -> Router {
    router
}

fn timeout(router: Router) -> Router {
    let after = Duration::from_millis(20);
    router.layer(TimeoutLayer::with_status_code(
        StatusCode::REQUEST_TIMEOUT,
        after,
    ))
}

fn catch_panic(router: Router) -> Router {
    router.layer(CatchPanicLayer::new())
}

fn compression(router: Router) -> Router {
    router.layer(CompressionLayer::new())
}

fn cors(router: Router) -> Router {
    router.layer(CorsLayer::permissive())
}

fn trace(router: Router) -> Router {
    router.layer(TraceLayer::new_for_http())
}

async fn visits(app: &mut App) -> String {
    app.get("/visits").await.body
}

async fn get_with(app: &mut App, path: &str, headers: &[(&str, &str)]) -> Answer {
    ask(app, Method::GET, path, headers).await
}

async fn ask(app: &mut App, method: Method, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        let name: axum::http::HeaderName = name.parse().unwrap();
        map.insert(name, value.parse().unwrap());
    }
    app.ask(method, path, map).await
}

#[tokio::test]
async fn a_timeout_inside_answers_408_and_saves_nothing() {
    let mut app = wrapped(timeout, nothing);
    let answer = app.get("/slow").await;
    assert_eq!(answer.status, StatusCode::REQUEST_TIMEOUT);
    assert_eq!(answer.all(VARY), ["cookie"], "the session was read");
    assert_eq!(visits(&mut app).await, "0");
}

#[tokio::test]
async fn a_timeout_outside_answers_408_and_saves_nothing() {
    let mut app = wrapped(nothing, timeout);
    let answer = app.get("/slow").await;
    assert_eq!(answer.status, StatusCode::REQUEST_TIMEOUT);
    assert_eq!(
        answer.all(VARY),
        Vec::<String>::new(),
        "the session never saw the response"
    );
    assert_eq!(visits(&mut app).await, "0");
}

#[tokio::test]
async fn a_panic_caught_inside_saves_nothing_and_its_log_out_is_honoured() {
    let mut app = wrapped(catch_panic, nothing);
    app.get("/visit").await;
    let answer = app.get("/panic").await;
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(answer.all(VARY), ["cookie"]);
    assert_eq!(visits(&mut app).await, "1");
    app.get("/log-out").await;
    assert_eq!(visits(&mut app).await, "0");
}

#[tokio::test]
async fn a_panic_caught_outside_saves_nothing_and_its_log_out_is_lost() {
    let mut app = wrapped(nothing, catch_panic);
    app.get("/visit").await;
    let answer = app.get("/panic").await;
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(answer.all(VARY), Vec::<String>::new());
    app.get("/log-out").await;
    assert_eq!(visits(&mut app).await, "1");
}

/// The guard serializes its fields when it is dropped, behind the last line of the handler.
#[tokio::test]
async fn a_panic_in_the_drop_of_a_guard_saves_no_half_of_a_login() {
    #[derive(Default, serde::Deserialize)]
    struct Fragile(bool);

    impl serde::Serialize for Fragile {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            assert!(!self.0, "the type's own mistake");
            serializer.serialize_bool(false)
        }
    }

    #[derive(Session)]
    struct Bank {
        #[session(identity)]
        user: Identity<u32>,
        needs_code: bool,
        fragile: Fragile,
    }

    async fn log_in(mut session: Session<Bank>) {
        Session::log_in(&mut session, 7);
        session.needs_code = true;
        session.fragile = Fragile(true);
    }
    async fn user(session: Session<Bank>) -> String {
        format!("{:?}", *session.user)
    }
    fn page(_: Box<dyn std::any::Any + Send>) -> Response {
        Response::new("sorry".into())
    }

    let mut app = app(|keys| {
        Router::new()
            .route("/log-in", get(log_in))
            .route("/user", get(user))
            .layer(CatchPanicLayer::custom(page))
            .layer(SessionLayer::<Bank>::new(keys))
    });
    assert_eq!(app.get("/log-in").await.body, "sorry");
    assert_eq!(app.get("/user").await.body, "None");
    let dropped = app.log().lines_with("changes are not saved");
    assert!(dropped[0].contains("reason=\"panic\""), "{dropped:?}");
}

/// The slot of a request is told by its cookies, so the inner layer makes one of its own.
#[tokio::test]
async fn a_layer_that_is_twice_around_other_cookies_is_warned_of() {
    async fn strip(mut request: Request, next: Next) -> Response {
        request.headers_mut().remove("cookie");
        next.run(request).await
    }
    async fn count(mut session: Guard, request: Request, next: Next) -> Response {
        session.note.push('x');
        Session::sync(&mut session);
        next.run(request).await
    }
    let mut app = app(|keys| {
        let layer = SessionLayer::<Shop>::new(keys);
        Router::new()
            .route("/visit", get(visit))
            .layer(layer.clone())
            .layer(from_fn(strip))
            .layer(from_fn(count))
            .layer(layer)
    });
    app.get("/visit").await;
    app.get("/visit").await;
    let warnings = app.log().lines_with("WARN");
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(
        warnings[0].contains("changes the `Cookie` header"),
        "{warnings:?}"
    );
    assert!(
        warnings[0].contains("cookie=\"__Host-shop\""),
        "{warnings:?}"
    );
}

#[tokio::test]
async fn compression_works_on_either_side() {
    for mut app in [wrapped(compression, nothing), wrapped(nothing, compression)] {
        let answer = get_with(&mut app, "/visit", &[("accept-encoding", "gzip")]).await;
        assert_eq!(answer.all(CONTENT_ENCODING), ["gzip"]);
        assert_eq!(answer.set_cookies().len(), 1);
        assert!(answer.all(VARY).iter().any(|line| line == "cookie"));
        assert_eq!(visits(&mut app).await, "1");
        let failure = get_with(&mut app, "/overflow", &[("accept-encoding", "gzip")]).await;
        assert_eq!(failure.status, StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(failure.body, "");
        assert_eq!(failure.all(CONTENT_ENCODING), Vec::<String>::new());
    }
}

#[tokio::test]
async fn cors_outside_answers_preflights_itself_and_is_there_when_a_save_fails() {
    let origin = (ORIGIN.as_str(), "https://elsewhere.example");
    let preflight = [origin, (ACCESS_CONTROL_REQUEST_METHOD.as_str(), "GET")];
    let mut app = wrapped(nothing, cors);
    app.get("/visit").await;
    let before = app.opens();
    let answer = ask(&mut app, Method::OPTIONS, "/visits", &preflight).await;
    assert_eq!(answer.all(ACCESS_CONTROL_ALLOW_ORIGIN), ["*"]);
    assert_eq!(app.opens(), before);
    let failure = get_with(&mut app, "/overflow", &[origin]).await;
    assert_eq!(failure.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(failure.all(ACCESS_CONTROL_ALLOW_ORIGIN), ["*"]);
}

#[tokio::test]
async fn cors_inside_is_missing_when_a_save_fails() {
    let origin = (ORIGIN.as_str(), "https://elsewhere.example");
    let mut app = wrapped(cors, nothing);
    assert_eq!(
        get_with(&mut app, "/visit", &[origin])
            .await
            .all(ACCESS_CONTROL_ALLOW_ORIGIN),
        ["*"]
    );
    let failure = get_with(&mut app, "/overflow", &[origin]).await;
    assert_eq!(
        failure.all(ACCESS_CONTROL_ALLOW_ORIGIN),
        Vec::<String>::new()
    );
}

#[tokio::test]
async fn trace_outside_sees_a_save_that_fails_and_trace_inside_does_not() {
    let failures = |app: &App| app.log().lines_with("response failed").len();
    let mut outside = wrapped(nothing, trace);
    outside.get("/overflow").await;
    assert_eq!(failures(&outside), 1);
    drop(outside);
    let mut inside = wrapped(trace, nothing);
    inside.get("/overflow").await;
    assert_eq!(failures(&inside), 0);
}

#[tokio::test]
async fn the_order_that_the_page_recommends_works_as_a_whole() {
    let inside = |router| catch_panic(timeout(router));
    let outside = |router| trace(cors(compression(router)));
    let mut app = wrapped(inside, outside);
    app.get("/visit").await;
    for (path, status) in [("/slow", 408), ("/panic", 500), ("/overflow", 500)] {
        assert_eq!(app.get(path).await.status, status);
        assert_eq!(visits(&mut app).await, "1", "{path}");
    }
    app.get("/log-out").await;
    assert_eq!(visits(&mut app).await, "0");
}

#[tokio::test]
async fn headers_for_caching_that_are_set_outside_win() {
    async fn public(request: Request, next: Next) -> Response {
        let mut response = next.run(request).await;
        let public = HeaderValue::from_static("public, max-age=600");
        response.headers_mut().insert(CACHE_CONTROL, public);
        response
    }
    let mut inside = wrapped(|routes| routes.layer(from_fn(public)), |app| app);
    let answer = inside.get("/visit").await;
    assert_eq!(answer.all(CACHE_CONTROL), ["no-store"]);
    let mut outside = wrapped(|routes| routes, |app| app.layer(from_fn(public)));
    let answer = outside.get("/visit").await;
    assert_eq!(answer.all(CACHE_CONTROL), ["public, max-age=600"]);
    assert_eq!(answer.set_cookies().len(), 1, "in every cache");
}
