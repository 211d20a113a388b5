//! A session in several cookies: only those that changed are sent, removals last and the main one
//! behind its like, and together they are one.

use axum::Router;
use axum::extract::Path;
use axum::routing::get;
use session_runtime::{Key, Keyring, Session, SessionLayer};
use tests::{Answer, App, CANARY, another_process, app, timed_app};

#[derive(Session)]
#[session(cookie = "shop", idle = "1h")]
struct Shop {
    text: String,
    #[session(browser)]
    theme: String,
    #[session(flash)]
    notice: String,
}

async fn show(session: Session<Shop>) -> String {
    let Shop {
        text,
        theme,
        notice,
    } = &*session;
    format!("{} {} {}", text.len(), theme.len(), notice.len())
}

/// `text100+theme0`: so many characters each.
async fn set(Path(what): Path<String>, mut session: Session<Shop>) {
    for what in what.split('+') {
        let at = what.find(|c: char| c.is_ascii_digit()).unwrap();
        let (field, length) = what.split_at(at);
        let value = CANARY.repeat(400)[..length.parse().unwrap()].to_owned();
        match field {
            "text" => session.text = value,
            "theme" => session.theme = value,
            "notice" => session.notice = value,
            other => panic!("{other}"),
        }
    }
}

async fn destroy(session: Session<Shop>) {
    Session::destroy(session);
}

async fn clear(mut session: Session<Shop>) {
    Session::clear(&mut session);
}

fn routes() -> Router {
    Router::new()
        .route("/show", get(show))
        .route("/set/{what}", get(set))
        .route("/destroy", get(destroy))
        .route("/clear", get(clear))
}

fn shop() -> App {
    app(|keys| routes().layer(SessionLayer::<Shop>::new(keys)))
}

/// The cookies that a response sets (`+`) and removes (`-`).
fn changes(answer: &Answer) -> Vec<String> {
    let change = |line: String| {
        let (name, rest) = line.split_once('=').unwrap();
        let sign = if rest.starts_with(';') { '-' } else { '+' };
        format!("{sign}{}", name.strip_prefix("__Host-").unwrap())
    };
    answer.set_cookies().into_iter().map(change).collect()
}

async fn changes_of(app: &mut App, path: &str) -> Vec<String> {
    changes(&app.get(path).await)
}

#[tokio::test]
async fn only_what_changed_is_sent_and_what_is_empty_is_removed() {
    let mut app = shop();
    let all = ["+shop.browser", "+shop.flash", "+shop"];
    assert_eq!(changes_of(&mut app, "/set/text9+theme9+notice9").await, all);
    assert_eq!(changes_of(&mut app, "/show").await, [""; 0]);
    assert_eq!(changes_of(&mut app, "/set/text9").await, [""; 0]);
    assert_eq!(changes_of(&mut app, "/set/text8").await, ["+shop"]);
    assert_eq!(changes_of(&mut app, "/set/theme8").await, ["+shop.browser"]);
    assert_eq!(changes_of(&mut app, "/set/notice8").await, ["+shop.flash"]);
    assert_eq!(app.get("/show").await.body, "8 8 8");
    assert_eq!(
        changes_of(&mut app, "/set/text7+notice0").await,
        ["+shop", "-shop.flash"]
    );
    app.get("/set/notice8").await;
    assert_eq!(
        changes_of(&mut app, "/set/text0+theme0").await,
        ["-shop.browser", "-shop"]
    );
    assert_eq!(app.get("/show").await.body, "0 0 8");
}

#[tokio::test]
async fn each_holds_what_it_holds_whatever_becomes_of_the_others() {
    let mut app = shop();
    app.get("/set/text9+theme9+notice9").await;
    let only = |name: &str| format!("{name}={}", app.cookie(name).unwrap());
    let cookies = ["__Host-shop", "__Host-shop.browser", "__Host-shop.flash"].map(only);
    for (cookie, shown) in cookies.iter().zip(["9 0 0", "0 9 0", "0 0 9"]) {
        assert_eq!(app.get_with("/show", cookie).await.body, shown);
    }
    let junk = format!(
        "__Host-shop.browser=junk; {}; __Host-shop.flash=A",
        cookies[0]
    );
    assert_eq!(app.get_with("/show", junk).await.body, "9 0 0");
}

/// T2: a cookie under the name of its neighbour opens nothing.
#[tokio::test]
async fn none_opens_in_the_place_of_another() {
    let mut app = shop();
    app.get("/set/text9+theme9+notice9").await;
    let names = ["__Host-shop", "__Host-shop.browser", "__Host-shop.flash"];
    let opened = app.log().lines_with("session cookie opened").len();
    for name in names {
        for other in names.into_iter().filter(|other| *other != name) {
            let moved = format!("{name}={}", app.cookie(other).unwrap());
            assert_eq!(app.get_with("/show", moved).await.body, "0 0 0");
        }
    }
    let log = app.log();
    assert_eq!(log.lines_with("session cookie opened").len(), opened);
    assert_eq!(log.lines_with("forged").len(), 6);
}

#[tokio::test]
async fn together_they_hold_what_one_cookie_would() {
    let mut app = shop();
    assert_eq!(app.get("/set/text1200").await.status, 200);
    assert_eq!(app.get("/set/theme600").await.status, 200);
    let before = app.get("/show").await.body;
    let answer = app.get("/set/notice1200").await;
    assert_eq!(answer.status, 500);
    assert_eq!(changes(&answer), [""; 0]);
    assert_eq!(app.get("/show").await.body, before);
    let logged = app.log().lines_with("larger than browsers keep");
    let largest = "notice (1203 bytes), text (1203 bytes), theme (603 bytes)";
    assert!(logged[0].contains(largest), "{logged:?}");
    assert_eq!(app.get("/set/notice300").await.status, 200);
    assert_eq!(app.get("/show").await.body, "1200 600 300");
}

#[tokio::test]
async fn the_sum_is_limited_to_the_byte() {
    let mut app = shop();
    app.get("/set/theme600+notice600").await;
    let mut largest = 0;
    for length in 1500..1700 {
        if app.get(&format!("/set/text{length}")).await.status == 200 {
            largest = length;
        }
    }
    app.get(&format!("/set/text{largest}")).await;
    let names = ["__Host-shop", "__Host-shop.browser", "__Host-shop.flash"];
    let sum = names.map(|name| name.len() + app.cookie(name).unwrap().len());
    let sum: usize = sum.iter().sum();
    assert!((4094..=4096).contains(&sum), "{sum}");
}

/// Each of two parallel responses fits, and the browser keeps a cookie of each.
#[tokio::test]
async fn a_session_that_is_over_the_limit_by_two_responses_may_shrink_and_not_grow() {
    let mut app = shop();
    app.get("/set/text10").await;
    let before = app.copy_cookies();
    app.get("/set/text2600").await;
    app.get_with("/set/theme600", before).await;
    for (what, status) in [
        ("notice5", 500),
        ("text2601", 500),
        ("theme590", 200),
        ("text2500", 200),
        ("text1000+notice5", 200),
        ("notice6", 200),
    ] {
        assert_eq!(
            app.get(&format!("/set/{what}")).await.status,
            status,
            "{what}"
        );
    }
    assert_eq!(app.get("/show").await.body, "1000 590 6");
}

/// A session that is over stays in the browser until it is written again, and takes its room there.
#[tokio::test]
async fn what_does_not_open_makes_room_when_all_together_would_be_too_much() {
    let (mut app, clock) = timed_app::<Shop>(routes());
    app.get("/set/text2900").await;
    clock.advance(3600);
    assert_eq!(changes_of(&mut app, "/set/theme9").await, ["+shop.browser"]);
    assert_eq!(
        changes_of(&mut app, "/set/theme2900").await,
        ["+shop.browser", "-shop"]
    );
    assert_eq!(app.get("/show").await.body, "0 2900 0");
}

/// Another release may open it, or a clock that goes right again.
#[tokio::test]
async fn what_does_not_open_stays_until_a_change_needs_its_room() {
    let (mut app, clock) = timed_app::<Shop>(routes());
    let before = app.copy_cookies();
    app.get("/set/text2900").await;
    app.get_with("/set/theme2900", before).await;
    clock.advance(3600);
    assert_eq!(app.get("/show").await.body, "0 2900 0");
    assert_eq!(changes_of(&mut app, "/show").await, [""; 0]);
    assert_eq!(changes_of(&mut app, "/set/theme2900").await, [""; 0]);
    assert_eq!(
        changes_of(&mut app, "/set/theme2899").await,
        ["+shop.browser", "-shop"]
    );
}

/// Proxies count names and values.
#[tokio::test]
async fn what_does_not_open_makes_room_to_the_byte() {
    let (mut app, clock) = timed_app::<Shop>(routes());
    app.get("/set/text1200").await;
    clock.advance(3600);
    let main = app.copy_cookies();
    let mut sums = Vec::new();
    for length in 1700..1740 {
        let path = format!("/set/theme{length}");
        let changes = changes(&app.get_with(&path, &main).await);
        let theme = app.cookie("__Host-shop.browser").unwrap();
        let sum = main.len() - "=".len() + "__Host-shop.browser".len() + theme.len();
        assert_eq!(changes.contains(&"-shop".to_owned()), sum > 4096, "{sum}");
        sums.push(sum);
    }
    assert!(
        sums.iter().any(|sum| (4094..=4096).contains(sum)),
        "{sums:?}"
    );
    assert!(
        sums.iter().any(|sum| (4097..=4099).contains(sum)),
        "{sums:?}"
    );
}

#[tokio::test]
async fn destroy_forgets_all_and_clear_all_but_what_the_browser_keeps() {
    let mut app = shop();
    app.get("/set/text9+theme9+notice9").await;
    assert_eq!(
        changes_of(&mut app, "/clear").await,
        ["-shop.flash", "-shop"]
    );
    app.get("/set/text9+notice9").await;
    let all = ["-shop.browser", "-shop.flash", "-shop"];
    assert_eq!(changes_of(&mut app, "/destroy").await, all);
    assert_eq!(changes_of(&mut app, "/destroy").await, [""; 0]);
}

#[tokio::test]
async fn each_is_sealed_anew_under_a_new_key_but_for_what_is_gone_in_minutes() {
    let [old, new] = [Key::generate(), Key::generate()];
    let keys = Keyring::new([old.clone()]).unwrap();
    let mut app = app(|_| routes().layer(SessionLayer::<Shop>::new(keys.clone())));
    app.get("/set/text9+theme9+notice9").await;
    keys.replace(&Keyring::new([new.clone(), old]).unwrap());
    assert_eq!(
        changes_of(&mut app, "/show").await,
        ["+shop.browser", "+shop"]
    );
    assert_eq!(changes_of(&mut app, "/show").await, [""; 0]);
    keys.replace(&Keyring::new([new]).unwrap());
    assert_eq!(app.get("/show").await.body, "9 9 0");
}

#[tokio::test]
async fn each_has_its_own_time() {
    let (mut app, clock) = timed_app::<Shop>(routes());
    app.get("/set/text9+theme9+notice9").await;
    clock.advance(300);
    assert_eq!(app.get("/show").await.body, "9 9 0");
    clock.advance(3600);
    assert_eq!(app.get("/show").await.body, "0 9 0");
}

mod a_release_without_them {
    use super::*;

    #[derive(Session)]
    #[session(cookie = "shop")]
    struct Plain {
        text: String,
    }

    async fn plain(session: Session<Plain>) -> String {
        session.text.len().to_string()
    }

    async fn destroy_plain(session: Session<Plain>) {
        Session::destroy(session);
    }

    async fn clear_plain(mut session: Session<Plain>) {
        Session::clear(&mut session);
    }

    async fn set_plain(mut session: Session<Plain>) {
        session.text = CANARY.to_owned();
    }

    fn releases() -> App {
        app(|keys| {
            let plain = Router::new()
                .route("/show", get(plain))
                .route("/set", get(set_plain))
                .route("/destroy", get(destroy_plain))
                .route("/clear", get(clear_plain))
                .layer(SessionLayer::<Plain>::new(another_process(&keys)));
            let shop = routes().layer(SessionLayer::<Shop>::new(keys));
            shop.nest("/plain", plain)
        })
    }

    #[tokio::test]
    async fn neither_opens_nor_touches_them() {
        let mut app = releases();
        app.get("/set/text9+theme9+notice9").await;
        let opens = app.opens();
        assert_eq!(app.get("/plain/show").await.body, "9");
        assert_eq!(app.opens(), opens + 1);
        assert_eq!(changes_of(&mut app, "/plain/set").await, ["+shop"]);
        assert_eq!(app.get("/show").await.body, "13 9 9");
    }

    #[tokio::test]
    async fn ends_them_when_it_ends_the_session() {
        let mut app = releases();
        app.get("/set/text9+theme9+notice9").await;
        assert_eq!(
            changes_of(&mut app, "/plain/clear").await,
            ["-shop.flash", "-shop"]
        );
        app.get("/set/text9+notice9").await;
        assert_eq!(
            changes_of(&mut app, "/plain/destroy").await,
            ["-shop.browser", "-shop.flash", "-shop"]
        );
    }
}

mod a_release_that_has_removed_them {
    use super::*;

    #[derive(Session)]
    #[session(cookie = "shop", removed("text"))]
    struct Newer {
        #[session(browser)]
        theme: String,
    }

    async fn set(Path(length): Path<usize>, mut session: Session<Newer>) {
        session.theme = CANARY.repeat(400)[..length].to_owned();
    }

    #[tokio::test]
    async fn they_make_room_too() {
        let mut app = app(|keys| {
            let newer = Router::new()
                .route("/set/{length}", get(set))
                .layer(SessionLayer::<Newer>::new(another_process(&keys)));
            let shop = routes().layer(SessionLayer::<Shop>::new(keys));
            shop.nest("/newer", newer)
        });
        app.get("/set/text2900").await;
        assert_eq!(
            changes_of(&mut app, "/newer/set/9").await,
            ["+shop.browser"]
        );
        assert_eq!(
            changes_of(&mut app, "/newer/set/2900").await,
            ["+shop.browser", "-shop"]
        );
    }
}
