//! Any `Cookie` headers: a reader that is as simple as can be finds the same cookies in them, and the whole layer answers
//! with the handler's page.
#![no_main]

use std::sync::LazyLock;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::body::Body;
use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::{HeaderValue, Request, StatusCode};
use axum::routing::get;
use libfuzzer_sys::fuzz_target;
use session_fuzz::Shapes;
use session_runtime::{Clock, Session, SessionLayer, fuzzing};
use tokio::runtime::{Builder, Runtime};
use tower::ServiceExt as _;

fuzz_target!(|lines: &[u8]| {
    fuzzing::read_cookie_headers(lines);
    answer(lines);
});

static RUNTIME: LazyLock<Runtime> =
    LazyLock::new(|| Builder::new_current_thread().build().unwrap());

static APP: LazyLock<Router> = LazyLock::new(|| {
    let layer = SessionLayer::<Shapes>::new(fuzzing::keyring()).clock(AMinuteLater);
    Router::new().route("/", get(page)).layer(layer)
});

/// The seeds are sealed at the time 1,800,000,000.
struct AMinuteLater;

impl Clock for AMinuteLater {
    fn now(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(1_800_000_060)
    }
}

async fn page(mut session: Session<Shapes>) -> String {
    Shapes::touch(&mut session).to_string()
}

fn answer(lines: &[u8]) {
    let mut request = Request::new(Body::empty());
    let lines = lines.split(|byte| *byte == b'\n');
    for line in lines.filter_map(|line| HeaderValue::from_bytes(line).ok()) {
        request.headers_mut().append(COOKIE, line);
    }
    let answer = RUNTIME.block_on(APP.clone().oneshot(request)).unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    let cookies: Vec<_> = answer.headers().get_all(SET_COOKIE).into_iter().collect();
    assert!(
        (1..=3).contains(&cookies.len()),
        "one for each part that changed"
    );
    for cookie in cookies {
        assert!(cookie.as_bytes().starts_with(b"__Host-shop"));
        assert!(cookie.len() < 4096 + 100);
    }
}
