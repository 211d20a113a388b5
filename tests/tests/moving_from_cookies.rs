//! An application takes a store for sessions that were in their cookies: servers of two releases run side by side, and
//! no visitor notices.

use std::time::UNIX_EPOCH;

use axum::Router;
use axum::body::Body;
use axum::extract::Path;
use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::{Request, StatusCode};
use axum::routing::get;
use http_body_util::BodyExt as _;
use session_runtime::store::{MemoryStore, Store as _};
use session_runtime::{Clock as _, Identity, Key, Keyring, Session, SessionLayer};
use tests::{MovableClock, another_process};
use tower::ServiceExt as _;

const MINUTE: u64 = 60;
const DAY: u64 = 24 * 60 * MINUTE;

/// The session as releases before the move have it.
#[derive(Session)]
#[session(cookie = "shop", idle = "10d", max = "20d")]
struct CookieShop {
    #[session(identity)]
    user: Identity<u32>,
    visits: u32,
    note: String,
}

#[derive(Session)]
#[session(cookie = "shop", idle = "10d", max = "20d", stored)]
struct Shop {
    #[session(identity)]
    user: Identity<u32>,
    #[session(merge = add)]
    visits: u32,
    note: String,
}

/// The session of a release after the move, with a longer `idle`.
#[derive(Session)]
#[session(cookie = "shop", idle = "19d", max = "20d", stored)]
struct LaterShop {
    #[session(identity)]
    user: Identity<u32>,
    #[session(merge = add)]
    visits: u32,
    note: String,
}

macro_rules! routes {
    ($shop:ty) => {
        Router::new()
            .route(
                "/visit",
                get(async |mut session: Session<$shop>| {
                    session.visits += 1;
                    session.note = "x".repeat(60);
                }),
            )
            .route(
                "/log-in",
                get(async |mut session: Session<$shop>| {
                    Session::log_in(&mut session, 7);
                    session.note = "x".repeat(60);
                }),
            )
            .route(
                "/log-in-as-8",
                get(async |mut session: Session<$shop>| Session::log_in(&mut session, 8)),
            )
            .route(
                "/log-out",
                get(async |mut session: Session<$shop>| Session::log_out(&mut session)),
            )
            .route(
                "/write-much",
                get(async |mut session: Session<$shop>| session.note = "x".repeat(4000)),
            )
            .route(
                "/tick",
                get(async |mut session: Session<$shop>| session.visits += 1),
            )
            .route(
                "/bytes-left",
                get(async |session: Session<$shop>| {
                    Session::info(&session).bytes_left().to_string()
                }),
            )
            .route(
                "/forget",
                get(async |mut session: Session<$shop>| session.note.clear()),
            )
            .route(
                "/note",
                get(async |session: Session<$shop>| session.note.clone()),
            )
            .route(
                "/show",
                get(async |session: Session<$shop>| {
                    let user = session.user.map_or("-".to_owned(), |user| user.to_string());
                    format!("{user} {}", session.visits)
                }),
            )
    };
}

/// The releases, in their order.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Release {
    Cookies,
    StillInCookies,
    Adopting,
    Stored,
}

use Release::{Adopting, Cookies, StillInCookies, Stored};

/// What the servers of all releases have in common.
struct Fleet {
    keys: Vec<Key>,
    clock: MovableClock,
    store: MemoryStore,
}

impl Fleet {
    fn new() -> Self {
        Self {
            keys: vec![Key::generate()],
            clock: MovableClock::new(),
            store: MemoryStore::new(),
        }
    }

    /// Each server is a process with a keyring of its own.
    fn keys(&self) -> Keyring {
        another_process(&Keyring::new(self.keys.clone()).unwrap())
    }

    fn layer(&self) -> SessionLayer<Shop> {
        SessionLayer::stored(self.keys(), self.store.clone()).clock(self.clock.clone())
    }

    fn server(&self, release: Release) -> Router {
        let layer = match release {
            Cookies => {
                let layer = SessionLayer::<CookieShop>::new(self.keys());
                return routes!(CookieShop).layer(layer.clock(self.clock.clone()));
            }
            StillInCookies => self.layer().still_in_cookies(),
            Adopting => self.layer().adopt_until("2999-01-01T00:00:00Z"),
            Stored => self.layer(),
        };
        let renew = get(async |mut session: Session<Shop>| Session::renew(&mut session));
        routes!(Shop).route("/renew", renew).layer(layer)
    }

    /// What no store keeps any longer is gone.
    async fn sweep(&self) {
        let now = self.clock.now().duration_since(UNIX_EPOCH).unwrap();
        self.store.sweep(now.as_secs(), u32::MAX).await.unwrap();
    }
}

/// A browser that keeps one cookie. A clone of it is a copy of the cookie.
#[derive(Clone, Default)]
struct Browser {
    cookie: String,
}

impl Browser {
    async fn get(&mut self, server: &Router, path: &str) -> String {
        let (status, body) = self.ask(server, path).await;
        assert_eq!(status, StatusCode::OK, "{path}");
        body
    }

    async fn ask(&mut self, server: &Router, path: &str) -> (StatusCode, String) {
        let request = Request::get(path).header(COOKIE, &self.cookie);
        let response = server.clone().oneshot(request.body(Body::empty()).unwrap());
        let response = response.await.unwrap();
        let status = response.status();
        if let Some(line) = response.headers().get(SET_COOKIE) {
            let line = line.to_str().unwrap();
            self.cookie = line.split(';').next().unwrap().to_owned();
            if line.contains("Max-Age=0") {
                self.cookie.clear();
            }
        }
        let body = response.into_body().collect().await.unwrap();
        (status, String::from_utf8(body.to_bytes().to_vec()).unwrap())
    }

    /// A ticket is shorter than a cookie with a note in it.
    fn has_a_ticket(&self) -> bool {
        !self.cookie.is_empty() && self.cookie.len() < 150
    }
}

/// A visitor with a session in a cookie of the first release.
async fn visitor(fleet: &Fleet) -> Browser {
    let mut browser = Browser::default();
    let server = fleet.server(Cookies);
    browser.get(&server, "/visit").await;
    browser.get(&server, "/log-in").await;
    browser
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_logged_out_and_no_visit_is_lost_while_two_releases_run_side_by_side() {
    let fleet = Fleet::new();
    let mut visitors: Vec<(Browser, u32)> = Vec::new();
    let steps = [
        [Cookies, Cookies],
        [Cookies, StillInCookies],
        [StillInCookies, StillInCookies],
        [StillInCookies, Adopting],
        [Adopting, Adopting],
        [Adopting, Stored],
        [Stored, Stored],
    ];
    for releases in steps {
        let servers = releases.map(|release| fleet.server(release));
        for server in &servers {
            let mut browser = Browser::default();
            browser.get(server, "/log-in").await;
            visitors.push((browser, 0));
        }
        let staying = visitors.drain(..).map(|(mut browser, mut visits)| {
            let servers = servers.clone();
            tokio::spawn(async move {
                for round in 0..6 {
                    let server = &servers[round % 2];
                    browser.get(server, "/visit").await;
                    visits += 1;
                    let shown = browser.get(&servers[round % 2], "/show").await;
                    assert_eq!(shown, format!("7 {visits}"), "{releases:?}");
                }
                (browser, visits)
            })
        });
        for task in staying.collect::<Vec<_>>() {
            visitors.push(task.await.unwrap());
        }
        fleet.clock.advance(DAY);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_at_once_take_a_session_over_once_and_all_their_changes_count() {
    let fleet = Fleet::new();
    let servers = [fleet.server(Adopting), fleet.server(Adopting)];
    let mut browser = visitor(&fleet).await;
    let visits: Vec<_> = (0..64)
        .map(|number| {
            let (mut tab, server) = (browser.clone(), servers[number % 2].clone());
            tokio::spawn(async move {
                tab.get(&server, "/visit").await;
                tab
            })
        })
        .collect();
    for visit in visits {
        browser = visit.await.unwrap();
        assert!(browser.has_a_ticket());
    }
    assert_eq!(browser.get(&servers[0], "/show").await, "7 65");
}

#[tokio::test]
async fn a_session_in_its_cookie_stays_there_until_it_is_written() {
    let fleet = Fleet::new();
    let (still, adopting) = (fleet.server(StillInCookies), fleet.server(Adopting));
    let mut browser = visitor(&fleet).await;
    let first = browser.cookie.clone();
    for server in [&still, &adopting] {
        assert_eq!(browser.get(server, "/show").await, "7 1");
        assert_eq!(browser.cookie, first);
    }
    browser.get(&still, "/visit").await;
    assert_ne!(browser.cookie, first);
    assert!(!browser.has_a_ticket());
    browser.get(&adopting, "/visit").await;
    assert!(browser.has_a_ticket());
    assert_eq!(browser.get(&fleet.server(Stored), "/show").await, "7 3");
}

#[tokio::test]
async fn a_field_that_is_cleared_when_its_session_is_taken_over_stays_cleared() {
    let fleet = Fleet::new();
    let adopting = fleet.server(Adopting);
    let mut browser = visitor(&fleet).await;
    assert_eq!(browser.get(&adopting, "/note").await.len(), 60);
    browser.get(&adopting, "/forget").await;
    assert_eq!(browser.get(&adopting, "/note").await, "");
    assert_eq!(browser.get(&adopting, "/show").await, "7 1");
}

#[tokio::test]
async fn a_use_that_is_due_to_be_recorded_takes_a_session_over() {
    let fleet = Fleet::new();
    let mut browser = visitor(&fleet).await;
    fleet.clock.advance(2 * DAY);
    assert_eq!(browser.get(&fleet.server(Adopting), "/show").await, "7 1");
    assert!(browser.has_a_ticket());
    fleet.clock.advance(9 * DAY);
    assert_eq!(browser.get(&fleet.server(Stored), "/show").await, "7 1");
}

/// Row 13 of the protocol's table.
#[tokio::test]
async fn a_logout_of_a_session_that_is_in_its_cookie_ends_every_copy_for_both_releases() {
    for ending in [StillInCookies, Adopting] {
        for logged_in_at in [Cookies, StillInCookies] {
            let fleet = Fleet::new();
            let mut browser = Browser::default();
            browser.get(&fleet.server(logged_in_at), "/log-in").await;
            let copy = browser.clone();
            browser.get(&fleet.server(ending), "/log-out").await;
            assert_eq!(browser.cookie, "", "the cookie is removed");
            // Also long after a tombstone of a row would be gone.
            for _ in 0..9 {
                for release in [StillInCookies, Adopting] {
                    let server = fleet.server(release);
                    assert_eq!(copy.clone().get(&server, "/show").await, "- 0");
                    copy.clone().get(&server, "/visit").await;
                }
                fleet.clock.advance(DAY);
                fleet.sweep().await;
            }
        }
    }
}

/// Rows 14 and 15.
#[tokio::test]
async fn all_cookies_of_a_session_have_one_id() {
    let fleet = Fleet::new();
    let (still, adopting) = (fleet.server(StillInCookies), fleet.server(Adopting));
    let mut browser = visitor(&fleet).await;
    let mut copies = vec![browser.clone()];
    for _ in 0..3 {
        browser.get(&still, "/visit").await;
        copies.push(browser.clone());
    }
    // A release without a store hands the id on.
    browser.get(&fleet.server(Cookies), "/visit").await;
    copies.push(browser.clone());
    let mut taken_over = browser.clone();
    taken_over.get(&adopting, "/visit").await;
    for copy in &copies {
        for server in [&still, &adopting] {
            assert_eq!(
                copy.clone().get(server, "/show").await,
                "7 6",
                "the row counts"
            );
        }
    }
    taken_over.get(&still, "/log-out").await;
    for copy in &copies {
        for server in [&still, &adopting] {
            assert_eq!(copy.clone().get(server, "/show").await, "- 0");
        }
    }
}

/// Row 16.
#[tokio::test]
async fn a_session_that_was_taken_over_and_ended_is_not_taken_over_again() {
    for by_application in [false, true] {
        let fleet = Fleet::new();
        let adopting = fleet.server(Adopting);
        let mut browser = visitor(&fleet).await;
        let copy = browser.clone();
        browser.get(&adopting, "/visit").await;
        if by_application {
            assert_eq!(fleet.layer().sessions().end_all(&7).await.unwrap(), 1);
        } else {
            browser.get(&adopting, "/log-out").await;
        }
        for _ in 0..9 {
            fleet.clock.advance(DAY);
            fleet.sweep().await;
            let mut copy = copy.clone();
            copy.get(&adopting, "/visit").await;
            assert!(copy.get(&adopting, "/show").await.starts_with('-'));
        }
    }
}

#[tokio::test]
async fn a_cookie_of_before_a_login_is_worth_nothing_after_it() {
    for release in [StillInCookies, Adopting] {
        let fleet = Fleet::new();
        let server = fleet.server(release);
        let mut planted = Browser::default();
        planted.get(&fleet.server(Cookies), "/visit").await;
        let mut victim = planted.clone();
        victim.get(&server, "/visit").await;
        let mut second = victim.clone();
        victim.get(&server, "/log-in").await;
        assert_eq!(victim.get(&server, "/show").await, "7 2");
        for seconds in [0, 30, 10 * MINUTE, DAY] {
            fleet.clock.advance(seconds);
            for server in [StillInCookies, Adopting].map(|release| fleet.server(release)) {
                for copy in [&mut planted, &mut second] {
                    let shown = copy.clone().get(&server, "/show").await;
                    assert!(
                        shown.starts_with('-'),
                        "{release:?} after {seconds}: {shown}"
                    );
                }
            }
        }
        assert_eq!(victim.get(&server, "/show").await, "7 2");
    }
}

/// Somebody planted the cookie. Its id goes through a release that knows nothing of ids, and the user logs in there.
#[tokio::test]
async fn a_login_at_any_release_leaves_nothing_to_a_cookie_that_was_planted() {
    for login in [Cookies, StillInCookies, Adopting] {
        let fleet = Fleet::new();
        let mut planted = Browser::default();
        planted.get(&fleet.server(Cookies), "/visit").await;
        let mut victim = planted.clone();
        victim.get(&fleet.server(StillInCookies), "/visit").await;
        victim.get(&fleet.server(login), "/log-in").await;
        victim.get(&fleet.server(Adopting), "/visit").await;
        assert_eq!(victim.get(&fleet.server(Stored), "/show").await, "7 3");
        for release in [Cookies, StillInCookies, Adopting] {
            let shown = planted.clone().get(&fleet.server(release), "/show").await;
            assert!(
                shown.starts_with('-'),
                "a login at {login:?}, seen at {release:?}: {shown}"
            );
        }
    }
}

#[tokio::test]
async fn two_users_who_logged_in_from_one_cookie_have_a_session_each() {
    let fleet = Fleet::new();
    let mut planted = Browser::default();
    planted.get(&fleet.server(StillInCookies), "/visit").await;
    let (mut seven, mut eight) = (planted.clone(), planted);
    seven.get(&fleet.server(Cookies), "/log-in").await;
    eight.get(&fleet.server(Cookies), "/log-in-as-8").await;
    for browser in [&mut seven, &mut eight] {
        browser.get(&fleet.server(Adopting), "/visit").await;
    }
    assert_eq!(fleet.layer().sessions().end_all(&8).await.unwrap(), 1);
    assert_eq!(seven.get(&fleet.server(Adopting), "/show").await, "7 2");
    assert_eq!(eight.get(&fleet.server(Adopting), "/show").await, "- 0");
}

#[tokio::test]
async fn a_login_that_is_sent_twice_stays_in_its_cookie_and_keeps_the_cart() {
    let fleet = Fleet::new();
    let still = fleet.server(StillInCookies);
    let mut browser = Browser::default();
    browser.get(&still, "/visit").await;
    browser.clone().get(&still, "/log-in").await;
    browser.get(&still, "/log-in").await;
    assert!(!browser.has_a_ticket());
    assert_eq!(browser.get(&fleet.server(Cookies), "/show").await, "7 1");
}

#[tokio::test]
async fn a_login_over_another_user_that_is_sent_twice_stays_in_its_cookie() {
    let fleet = Fleet::new();
    let still = fleet.server(StillInCookies);
    let mut browser = visitor(&fleet).await;
    browser.clone().get(&still, "/log-in-as-8").await;
    browser.get(&still, "/log-in-as-8").await;
    assert_eq!(browser.get(&fleet.server(Cookies), "/show").await, "8 0");
}

/// A server whose one page does `then`. While its handler runs, another request of the same browser is answered.
fn beside(
    layer: SessionLayer<Shop>,
    (server, browser, path): (Router, &Browser, &'static str),
    then: fn(&mut Session<Shop>),
) -> Router {
    let tab = browser.clone();
    let page = get(async move |mut session: Session<Shop>| {
        tab.clone().get(&server, path).await;
        then(&mut session);
    });
    Router::new().route("/", page).layer(layer)
}

#[tokio::test]
async fn a_renewal_gives_a_session_in_its_cookie_a_row_and_shuts_its_copies_out() {
    let fleet = Fleet::new();
    let still = fleet.server(StillInCookies);
    let mut browser = visitor(&fleet).await;
    let mut copy = browser.clone();
    browser.get(&still, "/renew").await;
    assert!(browser.has_a_ticket());
    assert_eq!(browser.get(&still, "/show").await, "7 1");
    assert_eq!(copy.get(&still, "/show").await, "- 0");
    assert_eq!(copy.get(&fleet.server(Adopting), "/show").await, "- 0");
}

#[tokio::test]
async fn a_renewal_does_not_undo_a_logout_that_was_faster() {
    let fleet = Fleet::new();
    let mut browser = visitor(&fleet).await;
    let elsewhere = (fleet.server(Adopting), &browser, "/log-out");
    let layer = fleet.layer().still_in_cookies();
    let server = beside(layer, elsewhere, Session::renew);
    let before = browser.clone();
    browser.ask(&server, "/").await;
    for copy in [before, browser] {
        for release in [StillInCookies, Adopting] {
            assert_eq!(
                copy.clone().get(&fleet.server(release), "/show").await,
                "- 0"
            );
        }
    }
}

#[tokio::test]
async fn a_logout_ends_the_session_that_a_faster_request_has_renewed() {
    for release in [StillInCookies, Adopting] {
        let fleet = Fleet::new();
        let browser = visitor(&fleet).await;
        let layer = match release {
            StillInCookies => fleet.layer().still_in_cookies(),
            _ => fleet.layer().adopt_until("2999-01-01T00:00:00Z"),
        };
        let mut renewed = browser.clone();
        renewed.get(&fleet.server(release), "/renew").await;
        // The same ticket again, by the clock of the test: both renewals are of one second.
        let elsewhere = (fleet.server(release), &browser, "/visit");
        let server = beside(layer, elsewhere, |session| {
            Session::log_out(session);
        });
        browser.clone().get(&server, "/").await;
        assert_eq!(
            renewed.get(&fleet.server(release), "/show").await,
            "- 0",
            "{release:?}"
        );
    }
}

#[tokio::test]
async fn a_login_in_a_cookie_counts_although_the_session_of_before_gets_a_row_meanwhile() {
    let fleet = Fleet::new();
    let mut browser = Browser::default();
    browser.get(&fleet.server(Cookies), "/visit").await;
    let elsewhere = (fleet.server(Adopting), &browser, "/visit");
    let server = beside(fleet.layer().still_in_cookies(), elsewhere, |session| {
        Session::log_in(session, 7);
    });
    browser.get(&server, "/").await;
    for release in [Cookies, StillInCookies, Adopting] {
        assert_eq!(browser.get(&fleet.server(release), "/show").await, "7 1");
    }
}

#[tokio::test]
async fn an_older_answer_puts_no_cookie_in_the_place_of_a_newer_one() {
    let layers: [fn(SessionLayer<Shop>) -> SessionLayer<Shop>; 2] = [
        |layer| layer.still_in_cookies(),
        |layer| layer.adopt_until("2999-01-01T00:00:00Z"),
    ];
    let paths = [
        (StillInCookies, "/renew"),
        (Adopting, "/visit"),
        (StillInCookies, "/log-out"),
        (StillInCookies, "/log-in-as-8"),
        (Adopting, "/log-in-as-8"),
    ];
    let writes: [fn(&mut Session<Shop>); 2] = [|session| session.note.push('y'), Session::log_out];
    for (release, path) in paths {
        for (number, layer) in layers.iter().enumerate() {
            for (write, then) in writes.iter().enumerate() {
                let ends = write > 0;
                let adopts_too = number == 1 && path == "/visit";
                let ends_it = ends && matches!(path, "/renew" | "/visit");
                // A session that begins after a logout is nobody's, as the one that begins after the other logout.
                let begins_too = write == 2 && path == "/log-out";
                if adopts_too || ends_it || begins_too {
                    continue;
                }
                let fleet = Fleet::new();
                let mut browser = visitor(&fleet).await;
                let elsewhere = (fleet.server(release), &browser, path);
                let server = beside(layer(fleet.layer()), elsewhere, *then);
                let before = browser.cookie.clone();
                browser.get(&server, "/").await;
                assert_eq!(
                    browser.cookie, before,
                    "{release:?} {path} {number} {write}"
                );
            }
        }
    }
}

/// As `SessionLayer<Shop>` for an application that made a field its identity in the very release that takes the store.
#[derive(Session)]
#[session(cookie = "shop", idle = "10d", max = "20d")]
struct WithoutIdentity {
    user: Option<u32>,
    visits: u32,
    note: String,
}

#[tokio::test]
async fn users_of_whom_no_login_was_written_down_have_a_session_each() {
    let fleet = Fleet::new();
    let layer = SessionLayer::<WithoutIdentity>::new(fleet.keys()).clock(fleet.clock.clone());
    let before = Router::new()
        .route(
            "/visit",
            get(async |mut session: Session<WithoutIdentity>| session.visits += 1),
        )
        .route(
            "/log-in/{user}",
            get(
                async |user: Path<u32>, mut session: Session<WithoutIdentity>| {
                    session.user = Some(user.0);
                    session.note = "x".repeat(60);
                },
            ),
        )
        .layer(layer);
    let mut planted = Browser::default();
    planted.get(&before, "/visit").await;
    // Its id goes along from here on.
    planted.get(&fleet.server(StillInCookies), "/tick").await;
    let (mut seven, mut eight) = (planted.clone(), planted.clone());
    seven.get(&before, "/log-in/7").await;
    eight.get(&before, "/log-in/8").await;
    let mut copy = seven.clone();
    seven.get(&fleet.server(StillInCookies), "/tick").await;
    for browser in [&mut seven, &mut eight] {
        browser.get(&fleet.server(Adopting), "/tick").await;
    }
    let adopting = fleet.server(Adopting);
    assert_eq!(seven.get(&adopting, "/show").await, "7 4");
    assert_eq!(eight.get(&adopting, "/show").await, "8 3");
    assert_eq!(planted.get(&adopting, "/show").await, "- 2");
    assert_eq!(copy.clone().get(&adopting, "/show").await, "7 4", "one row");
    seven.get(&adopting, "/log-out").await;
    assert_eq!(copy.get(&adopting, "/show").await, "- 0");
}

/// The library does not know of a login there, and a thief has planted the cookie.
#[tokio::test]
async fn without_an_identity_a_cookie_of_before_leads_to_no_row_of_after() {
    #[derive(Session)]
    #[session(cookie = "shop", stored)]
    struct Stored {
        user: Option<u32>,
    }
    let fleet = Fleet::new();
    let router = |layer: SessionLayer<Stored>| {
        Router::new()
            .route(
                "/log-in",
                get(async |mut session: Session<Stored>| session.user = Some(7)),
            )
            .route(
                "/show",
                get(async |session: Session<Stored>| format!("{:?}", session.user)),
            )
            .route(
                "/visit",
                get(async |mut session: Session<Stored>| session.user = None),
            )
            .layer(layer.clock(fleet.clock.clone()))
    };
    let layer = || SessionLayer::<Stored>::stored(fleet.keys(), fleet.store.clone());
    let still = router(layer().still_in_cookies());
    let adopting = router(layer().adopt_until("2999-01-01T00:00:00Z"));
    let mut planted = Browser::default();
    planted.get(&fleet.server(Cookies), "/visit").await;
    let mut victim = planted.clone();
    victim.get(&still, "/log-in").await;
    fleet.clock.advance(2 * DAY);
    victim.get(&adopting, "/show").await;
    assert_eq!(victim.get(&adopting, "/show").await, "Some(7)");
    assert_eq!(planted.get(&adopting, "/show").await, "None");
}

#[tokio::test]
async fn a_copy_that_an_older_release_prolongs_stays_ended_after_a_renewal() {
    for logs_out in [false, true] {
        let fleet = Fleet::new();
        let still = fleet.server(StillInCookies);
        let mut browser = visitor(&fleet).await;
        // Its id goes along from here on.
        browser.get(&still, "/tick").await;
        let mut copy = browser.clone();
        browser.get(&still, "/renew").await;
        if logs_out {
            browser.get(&still, "/log-out").await;
        }
        fleet.clock.advance(8 * DAY);
        copy.get(&fleet.server(Cookies), "/tick").await;
        fleet.clock.advance(3 * DAY);
        fleet.sweep().await;
        for release in [StillInCookies, Adopting] {
            let shown = copy.clone().get(&fleet.server(release), "/show").await;
            assert_eq!(shown, "- 0", "{logs_out}");
        }
    }
}

#[tokio::test]
async fn a_cookie_that_is_full_goes_on_without_its_id() {
    let fleet = Fleet::new();
    let mut browser = visitor(&fleet).await;
    let layer = SessionLayer::<CookieShop>::new(fleet.keys()).clock(fleet.clock.clone());
    for length in (2900..3100).step_by(3) {
        let fill = get(async move |mut session: Session<CookieShop>| {
            session.note = "x".repeat(length);
        });
        let server = Router::new().route("/", fill).layer(layer.clone());
        let (status, _) = browser.clone().ask(&server, "/").await;
        if status != StatusCode::OK {
            break;
        }
        browser.get(&server, "/").await;
        let mut here = browser.clone();
        here.get(&fleet.server(StillInCookies), "/tick").await;
        assert!(here.cookie.len() <= 4096);
        assert_eq!(here.get(&fleet.server(Cookies), "/show").await, "7 2");
    }
    assert!(browser.cookie.len() > 4070, "{}", browser.cookie.len());
}

/// A server without a store records a use of a copy after the logout.
#[tokio::test]
async fn a_copy_that_an_older_release_prolongs_stays_ended() {
    let fleet = Fleet::new();
    let mut browser = visitor(&fleet).await;
    let mut copy = browser.clone();
    browser.get(&fleet.server(StillInCookies), "/visit").await;
    copy.cookie.clone_from(&browser.cookie);
    browser.get(&fleet.server(StillInCookies), "/log-out").await;
    fleet.clock.advance(9 * DAY);
    copy.get(&fleet.server(Cookies), "/visit").await;
    fleet.clock.advance(9 * DAY);
    fleet.sweep().await;
    assert_eq!(copy.get(&fleet.server(Adopting), "/show").await, "- 0");
}

#[tokio::test]
async fn a_session_that_was_taken_over_and_ended_stays_ended_where_idle_gets_longer() {
    for way in ["/log-out", "end_all", "end"] {
        let fleet = Fleet::new();
        let mut browser = visitor(&fleet).await;
        let mut copy = browser.clone();
        let adopting = fleet.server(Adopting);
        browser.get(&adopting, "/visit").await;
        let sessions = fleet.layer().adopt_until("2999-01-01T00:00:00Z").sessions();
        match way {
            "end_all" => assert_eq!(sessions.end_all(&7).await.unwrap(), 1),
            "end" => {
                let listed = sessions.of(&7).await.unwrap();
                assert!(sessions.end(&7, listed[0].handle()).await.unwrap());
            }
            path => drop(browser.get(&adopting, path).await),
        }
        assert_eq!(copy.get(&adopting, "/show").await, "- 0", "{way}");

        fleet.clock.advance(12 * DAY);
        fleet.sweep().await;
        let later = SessionLayer::<LaterShop>::stored(fleet.keys(), fleet.store.clone());
        let later = later
            .clock(fleet.clock.clone())
            .adopt_until("2999-01-01T00:00:00Z");
        let later = routes!(LaterShop).layer(later);
        assert_eq!(copy.get(&later, "/show").await, "- 0", "{way}");
    }
}

#[tokio::test]
async fn a_session_that_was_taken_over_is_in_the_list_of_its_user() {
    let fleet = Fleet::new();
    let mut browser = visitor(&fleet).await;
    let logged_in_at = fleet.clock.now();
    fleet.clock.advance(DAY);
    let sessions = fleet.layer().sessions();
    assert_eq!(
        sessions.of(&7).await.unwrap().len(),
        0,
        "it is in its cookie"
    );
    browser.get(&fleet.server(Adopting), "/visit").await;
    let listed = sessions.of(&7).await.unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0].began(), Some(logged_in_at));
    assert_eq!(listed[0].session().map(|shop| shop.visits), Some(2));
    assert!(listed[0].last_used() <= fleet.clock.now());
}

#[tokio::test]
async fn another_user_gets_another_session() {
    for release in [StillInCookies, Adopting] {
        let fleet = Fleet::new();
        let server = fleet.server(release);
        let mut browser = visitor(&fleet).await;
        let mut copy = browser.clone();
        browser.get(&server, "/log-in-as-8").await;
        assert_eq!(browser.get(&server, "/show").await, "8 0");
        assert_eq!(copy.get(&server, "/show").await, "- 0");
    }
}

#[tokio::test]
async fn a_session_that_has_a_row_stays_in_it_at_the_first_release() {
    let fleet = Fleet::new();
    let (still, adopting) = (fleet.server(StillInCookies), fleet.server(Adopting));
    let mut browser = Browser::default();
    browser.get(&adopting, "/log-in").await;
    let mut tab = browser.clone();
    browser.get(&still, "/visit").await;
    assert!(browser.has_a_ticket());
    assert_eq!(tab.get(&adopting, "/show").await, "7 1");
    browser.get(&still, "/log-out").await;
    assert_eq!(tab.get(&adopting, "/show").await, "- 0");
    browser.get(&still, "/log-in").await;
    assert!(
        !browser.has_a_ticket(),
        "what begins here begins in a cookie"
    );
}

#[tokio::test]
async fn from_the_time_on_a_cookie_is_refused() {
    let fleet = Fleet::new();
    let mut browser = visitor(&fleet).await;
    // The clock of the tests stands at 08:00.
    let layer = fleet.layer().adopt_until("2027-01-15T08:10:00Z");
    let server = routes!(Shop).layer(layer);
    fleet.clock.advance(10 * MINUTE - 1);
    assert_eq!(browser.get(&server, "/show").await, "7 1");
    fleet.clock.advance(1);
    assert_eq!(browser.get(&server, "/show").await, "- 0");
}

#[tokio::test]
async fn without_the_call_a_session_in_its_cookie_is_refused() {
    let fleet = Fleet::new();
    let mut browser = visitor(&fleet).await;
    assert_eq!(browser.get(&fleet.server(Stored), "/show").await, "- 0");
}

#[tokio::test]
async fn a_new_key_changes_no_id() {
    let mut fleet = Fleet::new();
    let mut browser = visitor(&fleet).await;
    let copy = browser.clone();
    browser.get(&fleet.server(StillInCookies), "/visit").await;
    let second = browser.clone();
    fleet.keys.insert(0, Key::generate());
    browser.get(&fleet.server(StillInCookies), "/show").await;
    assert_ne!(browser.cookie, second.cookie, "the new key seals");
    browser.get(&fleet.server(Adopting), "/log-out").await;
    for mut copy in [copy, second] {
        assert_eq!(copy.get(&fleet.server(Adopting), "/show").await, "- 0");
    }
}

#[tokio::test]
async fn a_new_key_alone_extends_no_session_in_its_cookie() {
    let mut fleet = Fleet::new();
    let mut browser = visitor(&fleet).await;
    fleet.keys.insert(0, Key::generate());
    // Less than a tenth of `idle`, so no use is recorded.
    fleet.clock.advance(DAY - 1);
    let before = browser.cookie.clone();
    browser.get(&fleet.server(StillInCookies), "/show").await;
    assert_ne!(browser.cookie, before, "the new key seals");
    fleet.clock.advance(9 * DAY);
    assert_eq!(
        browser.clone().get(&fleet.server(Cookies), "/show").await,
        "7 1"
    );
    fleet.clock.advance(1);
    assert_eq!(
        browser.get(&fleet.server(StillInCookies), "/show").await,
        "- 0"
    );
}

#[tokio::test]
async fn a_session_in_its_cookie_has_the_room_of_a_cookie() {
    let fleet = Fleet::new();
    let mut browser = visitor(&fleet).await;
    let (status, _) = browser
        .ask(&fleet.server(StillInCookies), "/write-much")
        .await;
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
    browser.get(&fleet.server(Adopting), "/write-much").await;
    assert_eq!(
        browser.get(&fleet.server(StillInCookies), "/show").await,
        "7 1"
    );
}

#[tokio::test]
async fn the_bytes_that_are_left_are_those_of_the_place_where_the_session_is() {
    let fleet = Fleet::new();
    let left = async |browser: &mut Browser, release| -> usize {
        let left = browser.get(&fleet.server(release), "/bytes-left").await;
        left.parse().unwrap()
    };
    let cookie = 1000..4096;
    let row = 60_000..65_536;
    let mut new = Browser::default();
    assert!(cookie.contains(&left(&mut new, StillInCookies).await));
    assert!(row.contains(&left(&mut new, Adopting).await));
    let mut browser = visitor(&fleet).await;
    assert!(cookie.contains(&left(&mut browser, StillInCookies).await));
    assert!(row.contains(&left(&mut browser, Adopting).await));
    browser.get(&fleet.server(Adopting), "/tick").await;
    assert!(row.contains(&left(&mut browser, StillInCookies).await));
}

/// In the other direction nothing moves by itself: sessions in rows stay there until they are over.
#[tokio::test]
async fn the_way_back_is_the_same_releases_in_the_other_order() {
    let fleet = Fleet::new();
    let mut browser = Browser::default();
    browser.get(&fleet.server(Stored), "/log-in").await;
    for releases in [[Stored, Adopting], [Adopting, StillInCookies]] {
        let [one, two] = releases.map(|release| fleet.server(release));
        let mut new = Browser::default();
        new.get(&two, "/log-in").await;
        for server in [&one, &two] {
            browser.get(server, "/visit").await;
            if releases != [Stored, Adopting] {
                new.get(server, "/visit").await;
            }
        }
        assert_eq!(new.get(&two, "/show").await.chars().next(), Some('7'));
    }
    assert!(browser.has_a_ticket());
    fleet.clock.advance(21 * DAY);
    let mut browser = Browser::default();
    for releases in [[StillInCookies, Cookies], [Cookies, Cookies]] {
        let [one, two] = releases.map(|release| fleet.server(release));
        browser.get(&one, "/log-in").await;
        assert_eq!(browser.get(&two, "/show").await, "7 0");
    }
}

#[test]
#[should_panic(expected = "call `still_in_cookies` in one release, and `adopt_until` in the next")]
fn a_layer_is_of_one_of_the_releases() {
    let layer = Fleet::new().layer().still_in_cookies();
    let _ = layer.adopt_until("2027-01-01T00:00:00Z");
}

#[test]
#[should_panic(expected = "help: write a time of UTC such as `2027-06-30T00:00:00Z`")]
fn a_time_that_is_written_otherwise_is_refused_at_start_up() {
    let _ = Fleet::new().layer().adopt_until("2027-06-30");
}
