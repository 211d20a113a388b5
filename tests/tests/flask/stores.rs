//! Sessions on the server.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::routing::get;
use session_runtime::store::{MemoryStore, Store as _, StoreErrorKind};
use session_runtime::test_kit::{Browser, Fault, FaultyStore, MovableClock, Operation};
use session_runtime::{Identity, Keyring, Session, SessionLayer, Sessions};
use session_sqlite::SqliteStore;
use tokio::sync::Notify;

#[derive(Session)]
#[session(cookie = "shop", stored, idle = "1h", max = "3h")]
struct Shop {
    #[session(identity)]
    user: Identity<u64>,
    visits: u32,
    cart: Vec<String>,
}

async fn fill(Path(bytes): Path<usize>, mut shop: Session<Shop>) {
    shop.cart = vec!["x".repeat(bytes)];
}

struct Test {
    site: Router,
    browser: Browser<Router>,
    store: FaultyStore<MemoryStore>,
    sessions: Sessions<Shop>,
    clock: MovableClock,
    /// A slow page waits here.
    gate: Arc<Notify>,
}

fn routes(gate: Arc<Notify>) -> Router {
    let slow = get(move |mut shop: Session<Shop>| async move {
        gate.notified().await;
        shop.visits += 1;
    });
    Router::new()
        .route(
            "/count",
            get(async |mut shop: Session<Shop>| {
                shop.visits += 1;
                shop.visits.to_string()
            }),
        )
        .route(
            "/read",
            get(async |shop: Session<Shop>| format!("{} {}", shop.visits, shop.cart.len())),
        )
        .route(
            "/push",
            get(async |mut shop: Session<Shop>| shop.cart.push("tea".to_owned())),
        )
        .route("/fill/{bytes}", get(fill))
        .route(
            "/in",
            get(async |mut shop: Session<Shop>| Session::log_in(&mut shop, 7)),
        )
        .route(
            "/out",
            get(async |mut shop: Session<Shop>| Session::log_out(&mut shop)),
        )
        .route(
            "/renew",
            get(async |mut shop: Session<Shop>| Session::renew(&mut shop)),
        )
        .route(
            "/user",
            get(async |shop: Session<Shop>| format!("{:?}", *shop.user)),
        )
        .route("/slow", slow)
}

fn test() -> Test {
    let (clock, gate) = (MovableClock::new(), Arc::<Notify>::default());
    let store = FaultyStore::new(MemoryStore::new());
    let layer = SessionLayer::<Shop>::stored(Keyring::ephemeral(), store.clone());
    let layer = layer.clock(clock.clone());
    let sessions = layer.sessions();
    let site = routes(gate.clone()).layer(layer);
    Test {
        browser: Browser::new(site.clone()).clock(clock.clone()),
        site,
        store,
        sessions,
        clock,
        gate,
    }
}

impl Test {
    async fn get(&mut self, path: &str) -> String {
        self.browser.get(path).await.text().into_owned()
    }

    fn another_browser(&self) -> Browser<Router> {
        Browser::new(self.site.clone()).clock(self.clock.clone())
    }
}

#[tokio::test]
async fn f47_s21_a_ticket_of_before_a_login_is_not_the_users() {
    let mut test = test();
    test.get("/count").await;
    let mut planted = test.browser.clone();
    test.get("/in").await;
    assert_eq!(test.get("/user").await, "Some(7)");
    assert_eq!(planted.get("/user").await.text(), "None");
}

#[tokio::test]
async fn f46_s23_a_slow_page_does_not_bring_back_a_session_that_was_logged_out() {
    let mut test = test();
    test.get("/in").await;
    let mut slow = test.browser.clone();
    let (late, ()) = tokio::join!(slow.get("/slow"), async {
        test.get("/out").await;
        test.gate.notify_one();
    });
    assert_eq!(late.status(), StatusCode::OK);
    assert_eq!(slow.get("/user").await.text(), "None");
    assert!(test.sessions.of(&7).await.unwrap().is_empty());
}

#[tokio::test]
async fn f56_s01_a_store_is_a_type_that_the_layer_takes() {
    let file = format!(
        "{}/flask-{}.db",
        env!("CARGO_TARGET_TMPDIR"),
        std::process::id()
    );
    let store = SqliteStore::open(file).await.unwrap();
    let layer = SessionLayer::<Shop>::stored(Keyring::ephemeral(), store);
    let mut browser = Browser::new(routes(Arc::default()).layer(layer));
    browser.get("/count").await;
    assert_eq!(browser.get("/count").await.text(), "2");
}

#[tokio::test]
async fn f57_s20_a_store_that_does_not_answer_is_a_503_and_no_empty_session() {
    let mut test = test();
    test.get("/count").await;
    test.store.fail(Fault::error(StoreErrorKind::Unreachable));
    let page = test.browser.get("/read").await;
    assert_eq!(page.status(), StatusCode::SERVICE_UNAVAILABLE);
    test.store.heal();
    assert_eq!(test.get("/read").await, "1 0");
}

#[tokio::test]
async fn s10_s17_a_row_ends_with_the_session() {
    let mut test = test();
    test.get("/count").await;
    test.clock.advance(Duration::from_hours(1));
    assert_eq!(test.get("/read").await, "0 0");
}

#[tokio::test]
async fn s13_s14_the_cookie_is_a_ticket_and_the_store_has_no_copy_of_it() {
    let mut test = test();
    test.get("/fill/6000").await;
    let cookie = test.browser.cookie("__Host-shop").unwrap();
    assert!(
        cookie.value().len() < 200,
        "data that is large is on the server"
    );
    let mut guess = test.another_browser();
    guess.set_cookie(format!("__Host-shop={}", "A".repeat(cookie.value().len())));
    assert_eq!(guess.get("/read").await.text(), "0 0");
}

#[tokio::test]
async fn s15_s16_a_value_that_does_not_open_is_not_read_in_another_way() {
    let store = MemoryStore::new();
    let [ours, others] = [Keyring::ephemeral(), Keyring::ephemeral()].map(|keys| {
        let layer = SessionLayer::<Shop>::stored(keys, store.clone());
        routes(Arc::default()).layer(layer)
    });
    let mut browser = Browser::new(ours);
    browser.get("/count").await;
    let ticket = browser.cookie("__Host-shop").unwrap().value().to_owned();
    let mut other = Browser::new(others);
    other.set_cookie(format!("__Host-shop={ticket}"));
    assert_eq!(other.get("/read").await.text(), "0 0");
}

#[tokio::test]
async fn s18_a_page_that_only_reads_writes_nothing_to_the_store() {
    let mut test = test();
    test.get("/count").await;
    let before = test.store.asked(Operation::Commit);
    for _ in 0..5 {
        test.get("/read").await;
    }
    assert_eq!(test.store.asked(Operation::Commit), before);
}

#[tokio::test]
async fn s19_rows_that_are_over_are_swept() {
    let mut test = test();
    test.get("/count").await;
    test.clock.advance(Duration::from_hours(4));
    let later = 4_000_000_000;
    assert_eq!(test.store.sweep(later, 10).await.unwrap(), 1);
}

#[tokio::test]
async fn s21_a_renewal_keeps_the_requests_that_are_on_their_way() {
    let mut test = test();
    test.get("/in").await;
    test.get("/count").await;
    let mut on_its_way = test.browser.clone();
    test.get("/in").await;
    assert_eq!(on_its_way.get("/read").await.text(), "1 0");
}

#[tokio::test]
async fn s22_a_ticket_of_a_session_that_is_gone_begins_another_one() {
    let mut test = test();
    test.get("/in").await;
    let mut copy = test.browser.clone();
    test.get("/out").await;
    copy.get("/count").await;
    assert_eq!(copy.get("/user").await.text(), "None");
    assert_eq!(copy.get("/read").await.text(), "1 0");
}

#[tokio::test]
async fn s25_s26_a_cookie_with_a_prefix_does_not_survive_a_logout() {
    let mut test = test();
    test.get("/in").await;
    let page = test.browser.get("/out").await;
    let removed = page.header("set-cookie").unwrap();
    assert!(removed.starts_with("__Host-shop=;"), "{removed}");
    for attribute in ["Secure", "HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=0"] {
        assert!(removed.contains(attribute), "{removed}");
    }
}

#[tokio::test]
async fn s28_a_change_inside_a_list_is_saved() {
    let mut test = test();
    test.get("/push").await;
    test.get("/push").await;
    assert_eq!(test.get("/read").await, "0 2");
}

#[tokio::test]
async fn s30_all_sessions_of_a_user_end_at_once() {
    let mut test = test();
    let mut phone = test.another_browser();
    test.get("/in").await;
    phone.get("/in").await;
    assert_eq!(test.sessions.end_all(&7).await.unwrap(), 2);
    assert_eq!(test.get("/user").await, "None");
    assert_eq!(phone.get("/user").await.text(), "None");
}
