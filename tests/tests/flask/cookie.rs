//! The session and its cookie.

use axum::Router;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, VARY};
use axum::routing::get;
use serde::{Deserialize, Serialize};
use session_runtime::{Keyring, SameSite, Session, SessionLayer};
use tests::{App, app, timed_app};

#[derive(Session)]
#[session(cookie = "shop", idle = "1h", max = "3h")]
struct Shop {
    username: Option<String>,
    visits: u32,
    cart: Vec<String>,
    flag: Flag,
}

/// A type of the application's own, with what JSON of Flask changes: a map with numbers as keys, a pair, bytes.
#[derive(Clone, Default, Debug, PartialEq, Serialize, Deserialize)]
struct Flag {
    names: std::collections::BTreeMap<u32, (u8, char)>,
    bytes: Vec<u8>,
}

fn flag() -> Flag {
    Flag {
        names: [(1, (2, 'c'))].into(),
        bytes: vec![0, 255],
    }
}

async fn name(shop: Session<Shop>) -> String {
    shop.username.clone().unwrap_or_else(|| "nobody".to_owned())
}

async fn set(Path(name): Path<String>, mut shop: Session<Shop>) {
    shop.username = Some(name);
}

fn routes() -> Router {
    Router::new()
        .route(
            "/count",
            get(async |mut shop: Session<Shop>| {
                shop.visits += 1;
                format!("Visit number: {}", shop.visits)
            }),
        )
        .route("/set/{name}", get(set))
        .route("/get", get(name))
        .route("/untouched", get(async || "no session"))
        .route(
            "/out",
            get(async |mut shop: Session<Shop>| Session::clear(&mut shop)),
        )
        .route(
            "/push",
            get(async |mut shop: Session<Shop>| {
                shop.cart.push("tea".to_owned());
                shop.cart.len().to_string()
            }),
        )
        .route(
            "/same",
            get(async |mut shop: Session<Shop>| shop.username = shop.username.clone()),
        )
        .route(
            "/state",
            get(async |shop: Session<Shop>| format!("{:?}", Session::info(&shop).state())),
        )
        .route(
            "/flag",
            get(async |mut shop: Session<Shop>| shop.flag = flag()),
        )
        .route(
            "/is-flag",
            get(async |shop: Session<Shop>| (shop.flag == flag()).to_string()),
        )
        .route(
            "/fill/{bytes}",
            get(async |Path(bytes): Path<usize>, mut shop: Session<Shop>| {
                shop.cart = vec!["x".repeat(bytes)];
            }),
        )
        .route(
            "/fail",
            get(async |mut shop: Session<Shop>| {
                shop.visits += 1;
                StatusCode::INTERNAL_SERVER_ERROR
            }),
        )
}

fn shop() -> App {
    app(|keys| routes().layer(SessionLayer::<Shop>::new(keys)))
}

fn shop_with(option: impl Fn(SessionLayer<Shop>) -> SessionLayer<Shop>) -> App {
    app(|keys| routes().layer(option(SessionLayer::new(keys))))
}

/// The line of the one cookie that a first visit sets.
async fn set_cookie(app: &mut App) -> String {
    let [line] = &app.get("/set/alice").await.set_cookies()[..] else {
        panic!("one cookie");
    };
    line.clone()
}

#[tokio::test]
async fn f01_a_field_always_has_a_value() {
    assert_eq!(shop().get("/get").await.body, "nobody");
}

#[tokio::test]
async fn f02_a_username_is_set_read_and_taken_out_again() {
    let mut app = shop();
    app.get("/set/alice").await;
    assert_eq!(app.get("/get").await.body, "alice");
    app.get("/out").await;
    assert_eq!(app.get("/get").await.body, "nobody");
}

#[tokio::test]
async fn f03_a_visit_counter_is_one_line_and_shows_1_to_6() {
    let mut app = shop();
    for visit in 1..=6 {
        let page = app.get("/count").await;
        assert_eq!(page.body, format!("Visit number: {visit}"));
        assert_eq!(page.set_cookies().len(), 1);
    }
}

#[tokio::test]
async fn f04_nobody_reads_a_session_in_its_cookie() {
    let mut app = shop();
    app.get("/set/alice").await;
    let cookie = app.cookie("__Host-shop").unwrap();
    assert!(!String::from_utf8_lossy(&super::beside::decoded(&cookie)).contains("alice"));
}

#[tokio::test]
async fn f05_a_cookie_with_one_character_changed_is_no_session() {
    let mut app = shop();
    app.get("/set/alice").await;
    let cookie = app.cookie("__Host-shop").unwrap();
    for at in 0..cookie.len() {
        let mut changed = cookie.clone();
        let other = if &cookie[at..=at] == "A" { "B" } else { "A" };
        changed.replace_range(at..=at, other);
        let page = app.get_with("/get", format!("__Host-shop={changed}")).await;
        assert_eq!(page.body, "nobody", "{at}");
    }
}

#[tokio::test]
async fn f07_a_cookie_is_no_session_under_another_name() {
    #[derive(Session)]
    #[session(cookie = "other", idle = "1h", max = "3h")]
    struct Other {
        username: Option<String>,
        visits: u32,
    }
    let other = get(async |shop: Session<Other>| format!("{:?} {}", shop.username, shop.visits));
    let mut app = app(|keys| {
        let others = SessionLayer::<Other>::new(keys.clone());
        let others = Router::new().route("/other", other).layer(others);
        routes()
            .layer(SessionLayer::<Shop>::new(keys))
            .merge(others)
    });
    app.get("/set/alice").await;
    let cookie = app.cookie("__Host-shop").unwrap();
    let page = app
        .get_with("/other", format!("__Host-other={cookie}"))
        .await;
    assert_eq!(page.body, "None 0");
}

#[tokio::test]
async fn f08_f09_what_a_field_holds_comes_back_as_it_was_and_a_type_needs_serde_alone() {
    let mut app = shop();
    app.get("/flag").await;
    assert_eq!(app.get("/is-flag").await.body, "true");
}

#[tokio::test]
async fn f18_a_cookie_is_named_after_the_session_and_has_a_prefix() {
    assert!(set_cookie(&mut shop()).await.starts_with("__Host-shop="));
}

#[tokio::test]
async fn f19_a_cookie_is_for_its_host_unless_a_domain_is_given() {
    assert!(!set_cookie(&mut shop()).await.contains("Domain"));
    let mut app = shop_with(|layer| layer.domain("shop.example"));
    assert!(set_cookie(&mut app).await.contains("; Domain=shop.example"));
}

#[tokio::test]
async fn f20_a_cookie_is_for_all_paths_unless_one_is_given() {
    assert!(set_cookie(&mut shop()).await.contains("; Path=/;"));
    let mut app = shop_with(|layer| layer.path("/set"));
    assert!(set_cookie(&mut app).await.contains("; Path=/set"));
}

#[tokio::test]
async fn f21_f22_f23_a_cookie_is_http_only_secure_and_lax() {
    let line = set_cookie(&mut shop()).await;
    for attribute in ["HttpOnly", "Secure", "SameSite=Lax"] {
        assert!(line.contains(attribute), "{line}");
    }
}

#[tokio::test]
async fn f24_a_cookie_is_partitioned_when_asked() {
    let mut app = shop_with(|layer| layer.same_site(SameSite::None).partitioned());
    assert!(set_cookie(&mut app).await.contains("; Partitioned"));
}

#[tokio::test]
async fn f32_a_change_inside_a_list_is_saved() {
    let mut app = shop();
    for items in ["1", "2", "3"] {
        assert_eq!(app.get("/push").await.body, items);
    }
}

#[tokio::test]
async fn f33_a_value_that_is_set_to_itself_sets_no_cookie() {
    let mut app = shop();
    app.get("/count").await;
    assert!(app.get("/same").await.set_cookies().is_empty());
}

#[tokio::test]
async fn f34_f36_a_page_varies_by_the_cookie_if_it_asked_for_the_session() {
    let mut app = shop();
    assert_eq!(app.get("/get").await.all(VARY), ["cookie"]);
    assert!(app.get("/untouched").await.all(VARY).is_empty());
}

#[tokio::test]
async fn f35_a_new_session_says_that_it_is_new() {
    let mut app = shop();
    assert_eq!(app.get("/state").await.body, "New");
    app.get("/count").await;
    assert_eq!(app.get("/state").await.body, "Active");
}

#[tokio::test]
async fn f37_a_page_with_a_session_is_for_no_cache_that_others_share() {
    let mut app = shop();
    for path in ["/count", "/get"] {
        let cache = app.get(path).await.all(CACHE_CONTROL).join(" ");
        assert!(
            cache.contains("private") || cache.contains("no-store"),
            "{cache}"
        );
    }
}

#[tokio::test]
async fn f38_a_session_that_is_cleared_removes_its_cookie_with_the_same_attributes() {
    let mut app = shop_with(|layer| layer.same_site(SameSite::None).partitioned());
    let set = set_cookie(&mut app).await;
    let removed = app.get("/out").await.set_cookies().join("");
    for attribute in set.split("; ").skip(1) {
        assert!(removed.contains(attribute), "{attribute}: {removed}");
    }
    assert!(removed.contains("Max-Age=0"));
    assert!(shop().get("/out").await.set_cookies().is_empty());
}

#[tokio::test]
async fn f39_a_cookie_that_does_not_open_leaves_a_line_in_the_log() {
    let mut app = shop();
    let page = app.get_with("/state", "__Host-shop=garbage").await;
    assert_eq!(page.body, "Unreadable");
    assert_eq!(app.log().lines_with("session cookie refused").len(), 1);
}

#[tokio::test]
async fn f40_garbage_under_the_same_name_does_not_hide_the_session() {
    let mut app = shop();
    app.get("/set/alice").await;
    let cookie = app.cookie("__Host-shop").unwrap();
    let both = format!("__Host-shop=garbage; __Host-shop={cookie}");
    assert_eq!(app.get_with("/get", both).await.body, "alice");
}

#[tokio::test]
async fn f41_a_session_that_is_too_large_is_an_error_that_names_the_field() {
    let mut app = shop();
    let page = app.get("/fill/4000").await;
    assert_eq!(page.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(page.set_cookies().is_empty());
    assert!(app.log().text().contains("cart"));
}

#[tokio::test]
async fn f42_a_page_that_does_not_ask_for_the_session_opens_no_cookie() {
    let mut app = shop();
    app.get("/count").await;
    app.get("/untouched").await;
    assert_eq!(app.opens(), 0);
}

#[tokio::test]
async fn f44_a_page_that_fails_saves_nothing_unless_told_to() {
    let mut app = shop();
    assert!(app.get("/fail").await.set_cookies().is_empty());
    let mut app = shop_with(SessionLayer::save_on_server_errors);
    assert_eq!(app.get("/fail").await.set_cookies().len(), 1);
}

#[tokio::test]
async fn f58_an_application_has_several_sessions_each_in_its_cookie() {
    #[derive(Session)]
    #[session(cookie = "desk")]
    struct Desk {
        visits: u32,
    }
    let both = get(async |mut shop: Session<Shop>, mut desk: Session<Desk>| {
        shop.visits += 1;
        desk.visits += 1;
    });
    let mut app = app(|keys| {
        let desk = SessionLayer::<Desk>::new(keys.clone());
        let routes = Router::new().route("/both", both);
        routes.layer(desk).layer(SessionLayer::<Shop>::new(keys))
    });
    assert_eq!(app.get("/both").await.set_cookies().len(), 2);
}

#[tokio::test]
async fn f27_f30_a_session_ends_at_the_server_after_its_last_use() {
    let (mut app, clock) = timed_app::<Shop>(routes());
    app.get("/set/alice").await;
    for _ in 0..4 {
        clock.advance(40 * 60);
        assert_eq!(app.get("/get").await.body, "alice", "a read is a use");
    }
    clock.advance(60 * 60);
    assert_eq!(app.get("/state").await.body, "Expired");
}

#[tokio::test]
async fn f31_a_session_that_is_used_all_the_time_ends_too() {
    let (mut app, clock) = timed_app::<Shop>(routes());
    app.get("/set/alice").await;
    for _ in 0..4 {
        clock.advance(44 * 60);
        assert_eq!(app.get("/get").await.body, "alice");
    }
    clock.advance(4 * 60 + 1);
    assert_eq!(app.get("/get").await.body, "nobody");
}

#[tokio::test]
async fn f28_a_server_whose_clock_is_a_minute_behind_takes_the_session() {
    let (mut app, clock) = timed_app::<Shop>(routes());
    app.get("/set/alice").await;
    clock.turn_back(30);
    assert_eq!(app.get("/get").await.body, "alice");
}

#[tokio::test]
async fn f29_an_untouched_session_sets_no_cookie_on_each_response() {
    let (mut app, clock) = timed_app::<Shop>(routes());
    app.get("/set/alice").await;
    assert!(app.get("/get").await.set_cookies().is_empty());
    clock.advance(40 * 60);
    assert_eq!(
        app.get("/get").await.set_cookies().len(),
        1,
        "its use is noted"
    );
}

#[tokio::test]
async fn f25_f26_a_session_goes_with_the_browser_unless_it_is_permanent() {
    #[derive(Session)]
    #[session(cookie = "shop", idle = "1h", max = "31d", remember)]
    struct Permanent {
        visits: u32,
    }
    assert!(!set_cookie(&mut shop()).await.contains("Max-Age"));
    let count = get(async |mut shop: Session<Permanent>| {
        shop.visits += 1;
        shop.visits.to_string()
    });
    let (mut app, _) = timed_app::<Permanent>(Router::new().route("/count", count));
    let line = app.get("/count").await.set_cookies().join("");
    assert!(line.contains("; Max-Age=3600"), "{line}");
    app.restart();
    assert_eq!(app.get("/count").await.body, "2");
}

#[tokio::test]
async fn f46_a_copy_of_a_cookie_ends_when_its_time_is_over() {
    let (mut app, clock) = timed_app::<Shop>(routes());
    app.get("/set/alice").await;
    let copy = app.copy_cookies();
    app.get("/out").await;
    assert_eq!(app.get_with("/get", &copy).await.body, "alice");
    clock.advance(60 * 60);
    assert_eq!(app.get_with("/get", &copy).await.body, "nobody");
}

#[test]
#[should_panic(expected = "cookie")]
fn i02_two_sessions_of_one_cookie_under_one_key_are_refused() {
    #[derive(Session)]
    #[session(cookie = "same-name")]
    struct One {
        visits: u32,
    }
    #[derive(Session)]
    #[session(cookie = "same-name")]
    struct Two {
        admin: bool,
    }
    let keys = Keyring::ephemeral();
    let one = SessionLayer::<One>::new(keys.clone());
    let _site: Router = routes().layer(one).layer(SessionLayer::<Two>::new(keys));
}
