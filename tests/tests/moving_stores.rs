//! An application takes another store: servers of two releases run side by side, and no visitor notices.

use axum::Router;
use axum::body::Body;
use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::{Request, StatusCode};
use axum::routing::get;
use http_body_util::BodyExt as _;
use session_runtime::store::{MemoryStore, Moving, Store};
use session_runtime::{Identity, Keyring, Session, SessionLayer};
use session_sqlite::SqliteStore;
use tests::MovableClock;
use tower::ServiceExt as _;

#[derive(Session)]
#[session(cookie = "shop", stored, max = "20h")]
struct Shop {
    #[session(identity)]
    user: Identity<u32>,
    #[session(merge = add)]
    visits: u32,
}

type Guard = Session<Shop>;

async fn visit(mut session: Guard) {
    session.visits += 1;
}

async fn log_in(mut session: Guard) {
    Session::log_in(&mut session, 7);
}

async fn log_out(mut session: Guard) {
    Session::log_out(&mut session);
}

async fn show(session: Guard) -> String {
    let user = session.user.map_or("-".to_owned(), |user| user.to_string());
    format!("{user} {}", session.visits)
}

/// What the servers of all releases have in common.
struct Shared {
    keys: Keyring,
    clock: MovableClock,
    old: MemoryStore,
    new: SqliteStore,
}

impl Shared {
    async fn new(name: &str) -> Self {
        let name = format!("moving-{}-{name}.db", std::process::id());
        let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = std::fs::remove_file(&path);
        Self {
            keys: Keyring::ephemeral(),
            clock: MovableClock::new(),
            old: MemoryStore::new(),
            new: SqliteStore::open(path).await.unwrap(),
        }
    }

    /// A server of a release, by its number: 0 knows the old store alone, and 3 the new one alone.
    fn server(&self, release: usize) -> Router {
        let (old, new) = (self.old.clone(), self.new.clone());
        match release {
            0 => self.with(old),
            1 => self.with(Moving::new(old, new)),
            2 => self.with(Moving::new(new, old)),
            _ => self.with(new),
        }
    }

    fn with(&self, store: impl Store) -> Router {
        let layer = SessionLayer::<Shop>::stored(self.keys.clone(), store);
        Router::new()
            .route("/visit", get(visit))
            .route("/log-in", get(log_in))
            .route("/log-out", get(log_out))
            .route("/show", get(show))
            .layer(layer.clock(self.clock.clone()))
    }
}

/// A browser that keeps one cookie.
#[derive(Clone, Default)]
struct Browser {
    cookie: String,
}

impl Browser {
    async fn get(&mut self, server: &Router, path: &str) -> String {
        let request = Request::get(path).header(COOKIE, &self.cookie);
        let response = server.clone().oneshot(request.body(Body::empty()).unwrap());
        let response = response.await.unwrap();
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        if let Some(line) = response.headers().get(SET_COOKIE) {
            let line = line.to_str().unwrap();
            self.cookie = line.split(';').next().unwrap().to_owned();
        }
        let body = response.into_body().collect().await.unwrap();
        String::from_utf8(body.to_bytes().to_vec()).unwrap()
    }
}

/// A browser whose user is logged in, and the visits that its session should count.
#[derive(Clone)]
struct Visitor {
    browser: Browser,
    visits: usize,
}

impl Visitor {
    async fn arrive(server: &Router) -> Self {
        let mut browser = Browser::default();
        browser.get(server, "/log-in").await;
        Self { browser, visits: 0 }
    }

    /// Visits both servers at once, again and again.
    async fn stay(&mut self, servers: &[Router; 2]) {
        for round in 0..10 {
            let mut second_tab = self.browser.clone();
            let first = self.browser.get(&servers[round % 2], "/visit");
            let second = second_tab.get(&servers[1 - round % 2], "/visit");
            tokio::join!(first, second);
            self.visits += 2;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_logged_out_and_no_visit_is_lost_while_two_releases_run_side_by_side() {
    let shared = Shared::new("load").await;
    let mut visitors: Vec<Visitor> = Vec::new();
    for [one, two] in [[0, 0], [0, 1], [1, 1], [1, 2], [2, 2]] {
        let servers = [shared.server(one), shared.server(two)];
        for server in &servers {
            visitors.push(Visitor::arrive(server).await);
        }
        let staying = visitors.drain(..).map(|mut visitor| {
            let servers = servers.clone();
            tokio::spawn(async move {
                visitor.stay(&servers).await;
                visitor
            })
        });
        for task in staying.collect::<Vec<_>>() {
            visitors.push(task.await.unwrap());
        }
        for Visitor { browser, visits } in &mut visitors {
            for server in &servers {
                assert_eq!(browser.get(server, "/show").await, format!("7 {visits}"));
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_began_at_either_release_is_known_to_the_other() {
    let shared = Shared::new("begin").await;
    for (here, there) in [(0, 1), (1, 0), (1, 2), (2, 1), (2, 3), (3, 2)] {
        let (here, there) = (shared.server(here), shared.server(there));
        let mut browser = Browser::default();
        browser.get(&here, "/visit").await;
        assert_eq!(browser.get(&there, "/show").await, "- 1");
        browser.get(&there, "/log-in").await;
        assert_eq!(browser.get(&here, "/show").await, "7 1");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_logout_at_either_release_ends_the_session_at_both() {
    let shared = Shared::new("end").await;
    for (here, there) in [(0, 1), (1, 0), (1, 2), (2, 1)] {
        let (here, there) = (shared.server(here), shared.server(there));
        for (began, ended) in [(&here, &there), (&there, &here)] {
            let mut browser = Browser::default();
            browser.get(began, "/log-in").await;
            let mut copy = browser.clone();
            browser.get(ended, "/log-out").await;
            assert_eq!(copy.clone().get(began, "/show").await, "- 0");
            assert_eq!(copy.get(ended, "/show").await, "- 0");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_old_store_can_go_when_the_last_session_that_began_in_it_has_reached_max() {
    let shared = Shared::new("drop").await;
    let mut late = Browser::default();
    late.get(&shared.server(1), "/log-in").await;
    shared.clock.advance(19 * 3600);
    let mut early = Browser::default();
    early.get(&shared.server(2), "/log-in").await;
    assert_eq!(late.get(&shared.server(2), "/show").await, "7 0");
    shared.clock.advance(3600);
    assert_eq!(late.get(&shared.server(2), "/show").await, "- 0", "its max");
    assert_eq!(early.get(&shared.server(3), "/show").await, "7 0");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_starts_max_again_in_the_store_where_the_session_is() {
    let shared = Shared::new("again").await;
    let mut browser = Browser::default();
    browser.get(&shared.server(1), "/visit").await;
    shared.clock.advance(19 * 3600);
    browser.get(&shared.server(2), "/log-in").await;
    shared.clock.advance(2 * 3600);
    assert_eq!(browser.get(&shared.server(2), "/show").await, "7 1");
    assert_eq!(browser.get(&shared.server(3), "/show").await, "- 0");
}
