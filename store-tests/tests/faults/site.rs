//! An application, and a browser that visits it.

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Path;
use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::{self, StatusCode};
use axum::routing::get;
use http_body_util::BodyExt as _;
use session_runtime::store::Store;
use session_runtime::{Identity, Keyring, Session, SessionLayer};
use store_tests::Proxy;
use tower::ServiceExt as _;

/// The time for a load. A write has twice as long.
pub(crate) const LIMIT: Duration = Duration::from_millis(300);

#[derive(Session)]
#[session(cookie = "shop", stored)]
struct Shop {
    #[session(identity)]
    user: Identity<u32>,
    #[session(merge = add)]
    visits: u32,
    cart: u32,
}

type Guard = Session<Shop>;

async fn visit(mut session: Guard) {
    session.visits += 1;
}

async fn fill(Path(cart): Path<u32>, mut session: Guard) {
    session.cart = cart;
}

async fn log_in(mut session: Guard) {
    Session::log_in(&mut session, 7);
}

async fn log_out(mut session: Guard) {
    Session::log_out(&mut session);
}

async fn show(session: Guard) -> String {
    let user = session.user.map_or("-".to_owned(), |user| user.to_string());
    format!("{user} {} {}", session.visits, session.cart)
}

pub(crate) struct Site<'a> {
    router: Router,
    pub(crate) proxy: &'a Proxy,
}

impl<'a> Site<'a> {
    pub(crate) fn new(store: impl Store, proxy: &'a Proxy) -> Self {
        let layer = SessionLayer::<Shop>::stored(Keyring::ephemeral(), store).store_timeout(LIMIT);
        let router = Router::new()
            .route("/visit", get(visit))
            .route("/fill/{cart}", get(fill))
            .route("/log-in", get(log_in))
            .route("/log-out", get(log_out))
            .route("/show", get(show))
            .layer(layer);
        Self { router, proxy }
    }
}

/// A browser that keeps one cookie; it is empty where there is none.
#[derive(Clone, Default)]
pub(crate) struct Browser {
    pub(crate) cookie: String,
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) body: String,
    pub(crate) sets_cookie: bool,
}

impl Browser {
    pub(crate) async fn get(&mut self, site: &Site<'_>, path: &str) -> Answer {
        let request = http::Request::get(path).header(COOKIE, &self.cookie);
        let request = request.body(Body::empty()).unwrap();
        let response = site.router.clone().oneshot(request).await.unwrap();
        let line = response.headers().get(SET_COOKIE).cloned();
        if let Some(line) = &line {
            let line = line.to_str().unwrap();
            let pair = line.split(';').next().unwrap();
            self.cookie = if line.contains("Max-Age=0") {
                String::new()
            } else {
                pair.to_owned()
            };
        }
        let status = response.status();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        let body = String::from_utf8(body.to_vec()).unwrap();
        Answer {
            status,
            body,
            sets_cookie: line.is_some(),
        }
    }
}
