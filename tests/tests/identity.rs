//! `log_in` and `log_out`: what they do to everything else, at once.

use axum::Router;
use axum::extract::{Path, Request};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::routing::{MethodRouter, get};
use serde::{Deserialize, Serialize};
use session_runtime::{Identity, KeptInCookie, Keyring, Session, SessionData, SessionLayer};
use tests::{App, CANARY, MovableClock, another_process, app, timed_app};

#[derive(Session)]
#[session(cookie = "shop", idle = "1h", max = "2h")]
struct Shop {
    #[session(identity)]
    user: Identity<u32>,
    cart: u32,
    role: Option<String>,
    needs_code: bool,
    #[session(ttl = "90m")]
    code: u32,
    #[session(flash, ttl = "2h")]
    notices: Vec<String>,
    #[session(browser)]
    theme: u32,
}

type Guard = Session<Shop>;

async fn show(session: Guard) -> String {
    let Shop {
        user,
        cart,
        role,
        needs_code,
        code,
        notices,
        theme,
    } = &*session;
    let user = user.map_or("-".to_owned(), |user| user.to_string());
    let role = if role.is_some() { "admin" } else { "-" };
    let needs_code = if *needs_code { "owes" } else { "-" };
    let notices: Vec<_> = notices
        .iter()
        .map(|notice| notice.replace(CANARY, ""))
        .collect();
    let notices = notices.join(",");
    format!("{user} {cart} {role} {needs_code} {code} [{notices}] {theme}")
}

/// The actions of handlers, in words that fit into a path.
fn act(session: &mut Guard, what: &str) {
    match what.split_at(4) {
        ("in: ", user) => Session::log_in(session, user.parse().unwrap()),
        ("outs", _) => Session::log_out(session),
        ("wipe", _) => Session::clear(session),
        ("sync", _) => Session::sync(session),
        ("keep", _) => Session::remember(session, true),
        ("cart", cart) => session.cart = cart.parse().unwrap(),
        ("more", _) => session.cart += 1,
        ("role", _) => session.role = Some(format!("admin{CANARY}")),
        ("owes", _) => session.needs_code = true,
        ("code", code) => session.code = code.parse().unwrap(),
        ("note", text) => session.notices.push(format!("{text}{CANARY}")),
        ("take", _) => drop(std::mem::take(&mut session.notices)),
        ("tone", theme) => session.theme = theme.parse().unwrap(),
        ("anew", _) => **session = Shop::default(),
        ("rest", _) => {}
        other => panic!("{other:?}"),
    }
}

fn act_all(session: &mut Guard, what: &str) {
    what.split('+').for_each(|what| act(session, what));
}

async fn set(Path((what, status)): Path<(String, u16)>, mut session: Guard) -> StatusCode {
    act_all(&mut session, &what);
    StatusCode::from_u16(status).unwrap()
}

/// Two guards of one request: the first acts first, and is dropped first.
async fn both(Path((first, second)): Path<(String, String)>, mut a: Guard, mut b: Guard) {
    act_all(&mut a, &first);
    act_all(&mut b, &second);
    drop(a);
    drop(b);
}

/// Middleware that holds a guard while the handler acts.
async fn hold(
    Path((before, _, after)): Path<(String, String, String)>,
    mut session: Guard,
    request: Request,
    next: Next,
) -> Response {
    act_all(&mut session, &before);
    let response = next.run(request).await;
    act_all(&mut session, &after);
    response
}

async fn held(Path((_, what, _)): Path<(String, String, String)>, mut session: Guard) {
    act_all(&mut session, &what);
}

/// A guard that is there while another one's owner panics.
async fn panic(Path(what): Path<String>, mut session: Guard) {
    act_all(&mut session, &what);
    panic!("in the middle of it");
}

fn routes() -> Router {
    let held = get(held).layer(from_fn(hold));
    let panic = get(panic).layer(tower_http::catch_panic::CatchPanicLayer::custom(page));
    Router::new()
        .route("/show", get(show))
        .route("/set/{what}/{status}", get(set))
        .route("/both/{first}/{second}", get(both))
        .route("/held/{before}/{handler}/{after}", held)
        .route("/panic/{what}", panic)
}

/// A page in place of a panic, as applications make it.
fn page(_: Box<dyn std::any::Any + Send>) -> Response {
    Response::new("sorry".into())
}

fn shop() -> (App, MovableClock) {
    timed_app::<Shop>(routes())
}

async fn do_(app: &mut App, what: &str) {
    let answer = app.get(&path(&format!("/set/{what}/200"))).await;
    assert_eq!(answer.status, 200);
}

/// A path has no spaces.
fn path(text: &str) -> String {
    text.replace(' ', "%20")
}

async fn ask(app: &mut App, text: &str) -> tests::Answer {
    app.get(&path(text)).await
}

async fn shown(app: &mut App) -> String {
    app.get("/show").await.body
}

fn named(app: &App, message: &str) -> Vec<String> {
    let lines = app.log().lines_with(message);
    let name = |line: &String| {
        let (_, rest) = line.split_once("field=\"").unwrap();
        rest.split_once('"').unwrap().0.to_owned()
    };
    lines.iter().map(name).collect()
}

const FULL: &str = "in: 1+cart3+role+owes+code7+notehi+tone2";
const NOBODY: &str = "- 0 - - 0 [] 2";

/// The three scenes in which code that reads correctly did something else.
mod the_three_holes {
    use super::*;

    #[tokio::test]
    async fn a_second_factor_is_owed_also_where_the_user_before_owed_one() {
        let (mut app, _) = shop();
        do_(&mut app, "in: 1+owes").await;
        do_(&mut app, "in: 2+owes+cart42").await;
        assert_eq!(shown(&mut app).await, "2 42 - owes 0 [] 0");
    }

    #[tokio::test]
    async fn a_notice_after_a_logout_is_alone() {
        let (mut app, _) = shop();
        do_(&mut app, "in: 1+notesecret").await;
        do_(&mut app, "outs+notebye").await;
        assert_eq!(shown(&mut app).await, "- 0 - - 0 [bye] 0");
    }

    /// A whole user in the identity: its name changes, and it is another user. That takes a login.
    #[tokio::test]
    async fn nothing_but_a_login_and_a_logout_changes_who_is_logged_in() {
        #[derive(Clone, Serialize, Deserialize, PartialEq, Debug)]
        struct User {
            id: u32,
            name: String,
        }

        #[derive(Session)]
        struct Shop {
            #[session(identity)]
            user: Identity<User>,
            cart: u32,
        }

        async fn log_in(mut session: Session<Shop>) {
            let name = format!("Ann{CANARY}");
            Session::log_in(&mut session, User { id: 1, name });
            session.cart = 3;
        }

        async fn show(session: Session<Shop>) -> String {
            let name = session.user.clone().map(|user| user.name.len());
            format!("{name:?} {}", session.cart)
        }

        let routes = Router::new()
            .route("/in", get(log_in))
            .route("/", get(show));
        let (mut app, _) = timed_app::<Shop>(routes);
        app.get("/in").await;
        let expected = format!("Some({}) 3", 3 + CANARY.len());
        assert_eq!(app.get("/").await.body, expected);
    }
}

mod a_login {
    use super::*;

    #[tokio::test]
    async fn of_nobody_keeps_everything() {
        let (mut app, _) = shop();
        do_(&mut app, "cart3+code7+notehi+tone2").await;
        do_(&mut app, "in: 1").await;
        assert_eq!(shown(&mut app).await, "1 3 - - 7 [hi] 2");
    }

    #[tokio::test]
    async fn starts_max_again_and_extends_no_field() {
        let (mut app, clock) = shop();
        do_(&mut app, "cart3+code7").await;
        clock.advance(3500);
        do_(&mut app, "in: 1").await;
        clock.advance(1900);
        let without_code = "1 3 - - 0 [] 0";
        assert_eq!(
            shown(&mut app).await,
            without_code,
            "90 minutes after its change"
        );
        clock.advance(3500);
        assert_eq!(shown(&mut app).await, without_code, "beyond the first max");
        clock.advance(1799);
        assert_eq!(shown(&mut app).await, without_code);
        clock.advance(1);
        assert_eq!(
            shown(&mut app).await,
            "- 0 - - 0 [] 0",
            "two hours after the login"
        );
    }

    #[tokio::test]
    async fn of_another_user_starts_over_but_for_what_the_browser_keeps() {
        let (mut app, clock) = shop();
        do_(&mut app, FULL).await;
        clock.advance(3000);
        do_(&mut app, "in: 2+code9").await;
        assert_eq!(shown(&mut app).await, "2 0 - - 9 [] 2");
        assert_eq!(app.cookie("__Host-shop.flash"), None);
        clock.advance(3000);
        app.get("/show").await;
        clock.advance(3000);
        assert_eq!(
            shown(&mut app).await,
            "2 0 - - 0 [] 2",
            "`max` started again"
        );
    }

    #[tokio::test]
    async fn of_another_user_makes_equal_values_pushes_and_sums_count() {
        let (mut app, _) = shop();
        do_(&mut app, FULL).await;
        do_(&mut app, "in: 2+cart3+owes+notehi+more").await;
        assert_eq!(shown(&mut app).await, "2 4 - owes 0 [hi] 2");
    }

    #[tokio::test]
    async fn in_a_response_that_fails_leaves_the_user_before() {
        for status in [500, 503, 408] {
            let (mut app, _) = shop();
            do_(&mut app, FULL).await;
            ask(&mut app, &format!("/set/in: 2+cart9/{status}")).await;
            assert_eq!(shown(&mut app).await, "1 3 admin owes 7 [hi] 2");
        }
    }

    #[tokio::test]
    async fn that_a_refusal_saves_is_warned_of() {
        for (status, warns) in [
            (400, true),
            (401, true),
            (403, true),
            (422, true),
            (303, false),
        ] {
            let (mut app, _) = shop();
            ask(&mut app, &format!("/set/in: 2+rest/{status}")).await;
            assert_eq!(shown(&mut app).await, "2 0 - - 0 [] 0");
            let warned = app.log().lines_with("a login is saved with a 4xx response");
            assert_eq!(warned.len(), usize::from(warns), "{status}");
            assert!(warned.iter().all(|line| line.contains("WARN")));
        }
        let (mut app, _) = shop();
        ask(&mut app, "/set/in: 2+outs/401").await;
        let warned = app.log().lines_with("a login is saved");
        assert!(warned.is_empty(), "it was taken back: {warned:?}");
    }

    #[tokio::test]
    async fn reads_as_the_user_at_once() {
        async fn log_in(mut session: Guard) -> String {
            let before = session.user == None;
            Session::log_in(&mut session, 7);
            format!("{before} {:?}", session.user)
        }
        let (mut app, _) = timed_app::<Shop>(Router::new().route("/", get(log_in)));
        assert_eq!(app.get("/").await.body, "true Some(7)");
    }
}

/// The same user logs in again.
mod a_renewal {
    use super::*;

    #[tokio::test]
    async fn keeps_everything_and_starts_max_again() {
        let (mut app, clock) = shop();
        do_(&mut app, FULL).await;
        for _ in 0..3 {
            clock.advance(3500);
            let answer = ask(&mut app, "/set/in: 1/200").await;
            assert!(
                answer
                    .set_cookies()
                    .iter()
                    .any(|line| line.starts_with("__Host-shop=")),
                "it is sent, although no value changed"
            );
        }
        assert_eq!(shown(&mut app).await, "1 3 admin owes 0 [] 2");
    }

    #[tokio::test]
    async fn keeps_the_notices_of_the_login() {
        let (mut app, clock) = shop();
        do_(&mut app, "in: 1+notehi").await;
        clock.advance(60);
        do_(&mut app, "in: 1").await;
        assert_eq!(shown(&mut app).await, "1 0 - - 0 [hi] 0");
        clock.advance(60);
        do_(&mut app, "in: 1+noteho").await;
        assert_eq!(shown(&mut app).await, "1 0 - - 0 [hi,ho] 0");
    }

    #[tokio::test]
    async fn keeps_the_time_of_a_notice() {
        let (mut app, clock) = shop();
        do_(&mut app, "in: 1+notehi").await;
        for _ in 0..2 {
            clock.advance(3500);
            do_(&mut app, "in: 1").await;
        }
        clock.advance(199);
        assert_eq!(shown(&mut app).await, "1 0 - - 0 [hi] 0");
        clock.advance(1);
        assert_eq!(shown(&mut app).await, "1 0 - - 0 [] 0");
    }

    #[tokio::test]
    async fn of_a_login_that_another_guard_ended_is_refused() {
        let (mut app, _) = shop();
        do_(&mut app, FULL).await;
        ask(&mut app, "/held/rest/outs+notebye/in: 1+cart9+tone5").await;
        assert_eq!(shown(&mut app).await, "- 0 - - 0 [bye] 5");
        let refused = app.log().lines_with("a login is refused");
        assert_eq!(refused.len(), 1);
        assert!(refused[0].contains("ERROR") && refused[0].contains("reason=\"ended\""));
        assert_eq!(
            named(&app, "a change is dropped, because the session ended"),
            ["cart"]
        );
    }

    #[tokio::test]
    async fn that_was_refused_is_refused_again_and_another_login_counts() {
        let (mut app, _) = shop();
        do_(&mut app, FULL).await;
        ask(&mut app, "/held/rest/outs/in: 1+in: 1+cart9").await;
        assert_eq!(shown(&mut app).await, NOBODY);
        assert_eq!(app.log().lines_with("a login is refused").len(), 2);
        do_(&mut app, FULL).await;
        ask(&mut app, "/held/rest/outs/in: 1+in: 2+cart9").await;
        assert_eq!(shown(&mut app).await, "2 9 - - 0 [] 2");
    }

    #[tokio::test]
    async fn that_was_refused_makes_no_conflict_of_its_own_changes() {
        let (mut app, _) = shop();
        do_(&mut app, FULL).await;
        ask(&mut app, "/held/rest/outs/tone6+in: 1+tone7").await;
        assert_eq!(shown(&mut app).await, "- 0 - - 0 [] 7");
        assert!(app.log().lines_with("two guards of one request").is_empty());
    }

    #[tokio::test]
    async fn by_a_guard_that_was_refused_counts_after_a_sync() {
        let (mut app, _) = shop();
        do_(&mut app, FULL).await;
        ask(&mut app, "/held/rest/outs/in: 1+sync+cart9+in: 1").await;
        assert_eq!(shown(&mut app).await, "1 9 - - 0 [] 2");
    }

    #[tokio::test]
    async fn by_two_guards_is_one_login() {
        let (mut app, _) = shop();
        ask(&mut app, "/both/in: 1+cart9/in: 1+code7").await;
        assert_eq!(shown(&mut app).await, "1 9 - - 7 [] 0");
        let (mut app, _) = shop();
        do_(&mut app, "in: 1").await;
        ask(&mut app, "/both/in: 1+cart9/in: 1+code7").await;
        assert_eq!(shown(&mut app).await, "1 9 - - 7 [] 0");
        assert!(app.log().lines_with("ERROR").is_empty());
    }

    #[tokio::test]
    async fn leaves_a_newer_release_what_it_has_written_into_the_identity() {
        #[derive(Clone, Serialize, Deserialize)]
        struct Newer {
            id: u32,
            since: u32,
        }

        #[derive(Clone, Serialize, Deserialize)]
        struct Older {
            id: u32,
        }

        #[derive(Session)]
        #[session(cookie = "shop")]
        struct Second {
            #[session(identity)]
            user: Identity<Newer>,
        }

        #[derive(Session)]
        #[session(cookie = "shop")]
        struct First {
            #[session(identity)]
            user: Identity<Older>,
            cart: u32,
        }

        async fn log_in(mut session: Session<Second>) {
            Session::log_in(&mut session, Newer { id: 1, since: 5 });
        }

        async fn second(session: Session<Second>) -> String {
            format!("{:?}", session.user.as_ref().map(|user| user.since))
        }

        async fn first(mut session: Session<First>) -> String {
            session.cart = 3;
            let user = session.user.clone().unwrap();
            Session::log_in(&mut session, user);
            session.cart.to_string()
        }

        let mut app = app(|keys| {
            let first = Router::new().route("/1", get(first));
            let second = Router::new()
                .route("/2", get(second))
                .route("/in", get(log_in));
            first
                .layer(SessionLayer::<First>::new(another_process(&keys)))
                .merge(second.layer(SessionLayer::<Second>::new(keys)))
        });
        app.get("/in").await;
        assert_eq!(
            app.get("/1").await.body,
            "3",
            "the same user: nothing starts over"
        );
        assert_eq!(
            app.get("/2").await.body,
            "Some(5)",
            "what it knows is still there"
        );
    }
}

mod a_logout {
    use super::*;

    #[tokio::test]
    async fn starts_over_but_for_what_the_browser_keeps() {
        let (mut app, _) = shop();
        do_(&mut app, FULL).await;
        let answer = app.get("/set/outs/200").await;
        let cookies = answer.set_cookies();
        assert_eq!(cookies.len(), 2, "{cookies:?}");
        let removed = ["__Host-shop.flash=; ", "__Host-shop=; "];
        for (line, removal) in cookies.iter().zip(removed) {
            assert!(line.starts_with(removal), "{cookies:?}");
        }
        assert_eq!(shown(&mut app).await, NOBODY);
    }

    #[tokio::test]
    async fn counts_what_is_written_after_it() {
        let (mut app, clock) = shop();
        do_(&mut app, FULL).await;
        do_(&mut app, "outs+cart3+tone5").await;
        assert_eq!(shown(&mut app).await, "- 3 - - 0 [] 5");
        clock.advance(3000);
        do_(&mut app, FULL).await;
        clock.advance(3000);
        do_(&mut app, "outs+code8").await;
        clock.advance(3000);
        assert_eq!(
            shown(&mut app).await,
            "- 0 - - 8 [] 2",
            "a session that began anew"
        );
    }

    #[tokio::test]
    async fn is_honoured_by_any_response() {
        for status in [200, 303, 304, 400, 404, 408, 500, 503] {
            let (mut app, _) = shop();
            do_(&mut app, FULL).await;
            ask(&mut app, &format!("/set/outs+cart9/{status}")).await;
            let cart = if matches!(status, 408 | 500 | 503) {
                0
            } else {
                9
            };
            assert_eq!(
                shown(&mut app).await,
                format!("- {cart} - - 0 [] 2"),
                "{status}"
            );
        }
    }

    #[tokio::test]
    async fn starts_over_also_while_nobody_is_logged_in_and_again_each_time() {
        let (mut app, _) = shop();
        do_(&mut app, "cart3+notehi+tone2").await;
        do_(&mut app, "outs").await;
        assert_eq!(shown(&mut app).await, NOBODY);
        do_(&mut app, "outs+notefirst+cart4+sync+outs+notesecond").await;
        assert_eq!(shown(&mut app).await, "- 0 - - 0 [second] 2");
    }

    #[tokio::test]
    async fn counts_from_a_guard_that_was_taken_while_nobody_was_logged_in() {
        let (mut app, _) = shop();
        ask(&mut app, "/held/rest/in: 1+cart3/outs+notebye").await;
        assert_eq!(shown(&mut app).await, "- 0 - - 0 [bye] 0");
    }

    #[tokio::test]
    async fn that_nobody_saw_takes_the_notices_along() {
        let (mut app, _) = shop();
        do_(&mut app, FULL).await;
        ask(&mut app, "/set/outs+notebye/304").await;
        assert_eq!(shown(&mut app).await, NOBODY);
        do_(&mut app, FULL).await;
        ask(&mut app, "/set/in: 2/304").await;
        assert_eq!(shown(&mut app).await, "2 0 - - 0 [] 2");
    }

    /// A server that was not given the key yet, four cookies that an attacker planted, and a clock
    /// that is behind.
    #[tokio::test]
    async fn ends_whatever_cookie_the_request_carried_readable_or_not() {
        for carried in [
            "__Host-shop=AXVua25vd24ga2V5; __Host-shop.flash=AXVua25vd24ga2V5",
            "__Host-shop=junk; __Host-shop=a; __Host-shop=b; __Host-shop=c; __Host-shop=d; \
             __Host-shop.flash=junk",
        ] {
            for status in [200, 500] {
                let (mut app, _) = shop();
                let answer = app.get_with(&format!("/set/outs/{status}"), carried).await;
                let removed = answer.set_cookies();
                assert_eq!(removed.len(), 2, "{removed:?}");
                assert!(
                    removed[0].starts_with("__Host-shop.flash=; "),
                    "{removed:?}"
                );
                assert!(removed[1].starts_with("__Host-shop=; "), "{removed:?}");
            }
        }
        let (mut app, clock) = shop();
        do_(&mut app, FULL).await;
        let carried = app.copy_cookies();
        clock.turn_back(3600);
        let answer = app.get_with("/set/outs/200", &carried).await;
        assert_eq!(answer.set_cookies().len(), 2, "{:?}", answer.set_cookies());
        let refused = app.log().lines_with("session cookie refused");
        assert!(
            refused.iter().any(|line| line.contains("future")),
            "{refused:?}"
        );
    }
}

/// The changes of a guard before a login or a logout, which it did not publish.
mod the_order_of_lines {
    use super::*;

    const LOST: &str = "a change is dropped, because it came before `Session::log_in`";
    const KEPT: &str = "is kept only because no user was logged in";
    const LOST_BY_LOGOUT: &str = "a change is dropped, because it came before `Session::log_out`";
    const DROPPED: &str = "an earlier change of this request is dropped";

    #[tokio::test]
    async fn before_a_login_of_another_user_drops_a_change_with_an_error() {
        let (mut app, _) = shop();
        do_(&mut app, FULL).await;
        do_(&mut app, "owes+cart9+notehi+tone5+in: 2").await;
        assert_eq!(shown(&mut app).await, "2 0 - - 0 [] 5");
        assert_eq!(named(&app, LOST), ["cart", "notices"]);
        let dropped = app
            .log()
            .lines_with("an earlier change of this request is dropped");
        assert_eq!(dropped, [""; 0], "each is named once");
        assert!(
            app.log()
                .lines_with(LOST)
                .iter()
                .all(|line| line.contains("ERROR"))
        );
    }

    /// The test of a developer, whose browser is new: it would pass without the warning too.
    #[tokio::test]
    async fn before_a_login_of_nobody_keeps_a_change_with_a_warning() {
        let (mut app, _) = shop();
        do_(&mut app, "owes+cart9+tone5+in: 2").await;
        assert_eq!(shown(&mut app).await, "2 9 - owes 0 [] 5");
        assert_eq!(named(&app, KEPT), ["cart", "needs_code"]);
        assert!(
            app.log()
                .lines_with(KEPT)
                .iter()
                .all(|line| line.contains("WARN"))
        );
    }

    #[tokio::test]
    async fn before_a_logout_drops_a_change_with_a_warning() {
        let (mut app, _) = shop();
        do_(&mut app, "in: 1").await;
        do_(&mut app, "notebye+tone5+outs").await;
        assert_eq!(shown(&mut app).await, "- 0 - - 0 [] 5");
        assert_eq!(named(&app, LOST_BY_LOGOUT), ["notices"]);
        assert!(app.log().lines_with(LOST_BY_LOGOUT)[0].contains("WARN"));
    }

    #[tokio::test]
    async fn is_silent_after_a_sync_and_where_something_is_taken() {
        let quiet = |app: &App| {
            let all = [LOST, KEPT, LOST_BY_LOGOUT].map(|message| named(app, message));
            assert_eq!(all.concat(), [""; 0]);
        };
        let (mut app, _) = shop();
        do_(&mut app, "notenext").await;
        do_(&mut app, "take+in: 1").await;
        assert_eq!(shown(&mut app).await, "1 0 - - 0 [] 0");
        quiet(&app);
        do_(&mut app, "cart3+notenext").await;
        do_(&mut app, "take+cart0+in: 2").await;
        assert_eq!(shown(&mut app).await, "2 0 - - 0 [] 0");
        do_(&mut app, "outs").await;
        do_(&mut app, "cart4+sync+in: 3").await;
        assert_eq!(shown(&mut app).await, "3 4 - - 0 [] 0");
        do_(&mut app, "cart5+in: 3").await;
        assert_eq!(
            shown(&mut app).await,
            "3 5 - - 0 [] 0",
            "a renewal keeps it"
        );
        quiet(&app);
    }

    /// A change before the login looks harmless in the test of a developer, whose browser is new.
    #[tokio::test]
    async fn is_no_other_with_a_sync_between_them() {
        let (mut app, _) = shop();
        do_(&mut app, "in: 1+owes").await;
        do_(&mut app, "owes+sync+more+in: 2").await;
        assert_eq!(shown(&mut app).await, "2 0 - - 0 [] 0");
        assert_eq!(named(&app, LOST), ["cart"], "an equal value is no change");
        do_(&mut app, "cart4+sync+in: 3").await;
        assert_eq!(named(&app, LOST), ["cart", "cart"]);
    }

    #[tokio::test]
    async fn does_not_matter_to_remember() {
        for (what, is_kept) in [
            ("keep+in: 2", true),
            ("in: 2+keep", true),
            ("keep+sync+in: 2", true),
            ("in: 2", false),
            ("keep+in: 3+in: 2", false),
            ("keep+sync+in: 3+in: 2", false),
            ("keep+outs+in: 2", false),
            ("keep+wipe+in: 2", false),
        ] {
            for before in ["rest", "in: 1", "in: 1+keep"] {
                if before == "in: 1+keep" && what == "in: 2" {
                    continue; // the next test
                }
                let (mut app, _) = shop();
                do_(&mut app, before).await;
                do_(&mut app, what).await;
                app.restart();
                let user = if is_kept { "2" } else { "-" };
                assert_eq!(
                    shown(&mut app).await,
                    format!("{user} 0 - - 0 [] 0"),
                    "{before}, {what}"
                );
            }
        }
    }

    /// Middleware reads the checkbox, and the handler logs in.
    #[tokio::test]
    async fn does_not_matter_to_remember_of_another_guard() {
        for before in ["rest", "in: 1", "in: 1+keep", "in: 2"] {
            let (mut app, _) = shop();
            do_(&mut app, before).await;
            ask(&mut app, "/held/keep+sync/in: 2/rest").await;
            app.restart();
            assert_eq!(shown(&mut app).await, "2 0 - - 0 [] 0", "{before}");
        }
    }

    #[tokio::test]
    async fn does_not_matter_to_remember_on_a_guard_that_is_stale_either() {
        for what in ["keep+in: 2", "in: 2+keep"] {
            for other in ["outs", "in: 3", "in: 2"] {
                let (mut app, _) = shop();
                do_(&mut app, "in: 1").await;
                ask(&mut app, &format!("/held/rest/{other}/{what}")).await;
                app.restart();
                assert_eq!(shown(&mut app).await, "2 0 - - 0 [] 0", "{other}, {what}");
            }
        }
    }

    #[tokio::test]
    async fn of_two_users_the_second_is_not_remembered_for_the_first() {
        let (mut app, _) = shop();
        do_(&mut app, "in: 1+keep").await;
        do_(&mut app, "in: 1").await;
        app.restart();
        assert_eq!(
            shown(&mut app).await,
            "1 0 - - 0 [] 0",
            "a renewal keeps it"
        );
        do_(&mut app, "in: 2").await;
        app.restart();
        assert_eq!(shown(&mut app).await, "- 0 - - 0 [] 0");
    }

    /// An extractor or middleware may have made the change.
    #[tokio::test]
    async fn before_a_login_of_another_user_is_as_loud_for_a_change_of_another_guard() {
        let (mut app, _) = shop();
        do_(&mut app, "in: 1+code7+notehi").await;
        ask(
            &mut app,
            "/held/cart3+owes+code7+take+tone4+sync/in: 2/rest",
        )
        .await;
        assert_eq!(shown(&mut app).await, "2 0 - - 0 [] 4");
        assert_eq!(named(&app, LOST), ["cart", "needs_code"]);
        assert_eq!(named(&app, DROPPED), ["notices"], "nothing is lost of it");
        do_(&mut app, "outs").await;
        ask(&mut app, "/held/in: 1+cart3+sync/in: 2/rest").await;
        assert_eq!(named(&app, LOST), ["cart", "needs_code", "cart"]);
    }

    #[tokio::test]
    async fn names_what_is_lost_in_the_order_of_the_struct() {
        let (mut app, _) = shop();
        do_(&mut app, "in: 1").await;
        ask(&mut app, "/held/code7+owes+cart3+sync/in: 2/rest").await;
        assert_eq!(named(&app, LOST), ["cart", "needs_code", "code"]);
    }

    #[tokio::test]
    async fn before_a_logout_is_no_other_with_a_sync_between_them() {
        let (mut app, _) = shop();
        do_(&mut app, "in: 1").await;
        do_(&mut app, "notebye+cart3+tone5+sync+take+outs").await;
        assert_eq!(shown(&mut app).await, "- 0 - - 0 [] 5");
        assert_eq!(named(&app, LOST_BY_LOGOUT), ["cart"]);
        do_(&mut app, "notebye+sync+notebye+outs").await;
        assert_eq!(named(&app, LOST_BY_LOGOUT), ["cart", "notices"]);
    }

    /// Middleware may count the requests of a session. That the count ends with the session is no mistake.
    #[tokio::test]
    async fn before_a_logout_is_loud_for_a_notice_of_another_guard_and_not_for_its_counter() {
        let (mut app, _) = shop();
        do_(&mut app, "in: 1").await;
        ask(&mut app, "/held/notebye+cart3+sync/outs/rest").await;
        assert_eq!(shown(&mut app).await, "- 0 - - 0 [] 0");
        assert_eq!(named(&app, LOST_BY_LOGOUT), ["notices"]);
        assert_eq!(named(&app, DROPPED), ["cart"]);
    }

    #[tokio::test]
    async fn before_a_new_start_is_named_at_debug() {
        let (mut app, _) = shop();
        do_(&mut app, "notebye+sync+wipe").await;
        assert_eq!(named(&app, DROPPED), ["notices"]);
        assert!(app.log().lines_with(DROPPED)[0].contains("DEBUG"));
    }
}

/// An assignment of the whole struct still changes an identity.
mod a_whole_struct {
    use super::*;

    const ASSIGNED: &str = "an assignment of the whole session changed its identity";

    #[tokio::test]
    async fn that_is_assigned_ends_the_session_and_drops_everything_else() {
        for status in [200, 500] {
            let (mut app, _) = shop();
            do_(&mut app, FULL).await;
            ask(&mut app, &format!("/set/anew+cart5+tone7/{status}")).await;
            assert_eq!(shown(&mut app).await, NOBODY, "{status}");
            let lines = app.log().lines_with(ASSIGNED);
            assert_eq!(lines.len(), 1);
            assert!(lines[0].contains("ERROR") && lines[0].contains("field=\"user\""));
        }
    }

    #[tokio::test]
    async fn is_an_ordinary_change_while_nobody_is_logged_in() {
        let (mut app, _) = shop();
        do_(&mut app, "cart3+tone2").await;
        do_(&mut app, "anew+cart5").await;
        assert_eq!(shown(&mut app).await, "- 5 - - 0 [] 0");
        assert!(app.log().lines_with(ASSIGNED).is_empty());
    }

    #[tokio::test]
    async fn that_is_swapped_makes_nobody_a_user() {
        #[derive(Session)]
        #[session(cookie = "other")]
        struct Planted {
            #[session(identity)]
            user: Identity<u32>,
            is_admin: bool,
        }

        async fn log_in(mut session: Session<Planted>) {
            Session::log_in(&mut session, 1);
            session.is_admin = true;
        }

        /// Two guards, one of before and one of after a login by a third.
        async fn swap(mut old: Session<Planted>, mut third: Session<Planted>) {
            let user = 2 + third.user.unwrap_or(0);
            Session::log_in(&mut third, user);
            Session::sync(&mut third);
            std::mem::swap(&mut *old, &mut *third);
        }

        async fn show(session: Session<Planted>) -> String {
            format!("{:?} {}", session.user, session.is_admin)
        }

        let routes = Router::new()
            .route("/in", get(log_in))
            .route("/swap", get(swap))
            .route("/", get(show));
        let (mut app, _) = timed_app::<Planted>(routes);
        app.get("/in").await;
        assert_eq!(app.get("/").await.body, "Some(1) true");
        app.get("/swap").await;
        assert_eq!(
            app.get("/").await.body,
            "Some(3) false",
            "as the login left it"
        );
        assert_eq!(app.log().lines_with(ASSIGNED).len(), 2);
    }

    #[tokio::test]
    async fn that_is_assigned_on_a_stale_guard_leaves_who_has_logged_in_since() {
        let (mut app, _) = shop();
        do_(&mut app, FULL).await;
        ask(&mut app, "/held/rest/in: 2+cart4/anew+cart9").await;
        assert_eq!(shown(&mut app).await, "2 4 - - 0 [] 2");
        assert_eq!(app.log().lines_with(ASSIGNED).len(), 1);
    }

    #[tokio::test]
    async fn that_is_assigned_before_a_login_leaves_that_login() {
        let (mut app, _) = shop();
        do_(&mut app, FULL).await;
        do_(&mut app, "anew+in: 1+cart5").await;
        assert_eq!(shown(&mut app).await, "1 5 - - 0 [] 2");
    }
}

mod a_panic {
    use super::*;

    #[tokio::test]
    async fn after_a_login_saves_nothing() {
        for before in ["rest", "in: 1+cart3"] {
            let (mut app, _) = shop();
            do_(&mut app, before).await;
            let was = shown(&mut app).await;
            let answer = ask(&mut app, "/panic/in: 2+sync+cart9").await;
            assert_eq!((answer.status, &*answer.body), (StatusCode::OK, "sorry"));
            assert_eq!(answer.set_cookies(), [""; 0]);
            assert_eq!(shown(&mut app).await, was);
            let dropped = app.log().lines_with("changes are not saved");
            assert_eq!(dropped.len(), 1);
            assert!(dropped[0].contains("reason=\"panic\""), "{dropped:?}");
        }
    }

    /// A helper takes the guard and logs in, and the handler panics with none.
    #[tokio::test]
    async fn after_a_login_is_not_noticed_where_no_session_is_left() {
        fn helper(mut session: Guard) {
            Session::log_in(&mut session, 2);
        }
        async fn handler(session: Guard) {
            helper(session);
            panic!("in the middle of it");
        }
        let catch = tower_http::catch_panic::CatchPanicLayer::custom(page);
        let routes = routes().route("/helper", get(handler).layer(catch));
        let (mut app, _) = timed_app::<Shop>(routes);
        app.get("/helper").await;
        assert_eq!(shown(&mut app).await, "2 0 - - 0 [] 0");
    }

    /// An extractor logs in and drops its guard, and the handler panics with one of its own.
    #[tokio::test]
    async fn after_a_login_by_another_guard_saves_nothing() {
        async fn extractor_and_handler(mut first: Guard, second: Guard) {
            Session::log_in(&mut first, 2);
            drop(first);
            let _guard = second;
            panic!("in the middle of it");
        }
        let catch = tower_http::catch_panic::CatchPanicLayer::custom(page);
        let routes = routes().route("/two", get(extractor_and_handler).layer(catch));
        let (mut app, _) = timed_app::<Shop>(routes);
        app.get("/two").await;
        assert_eq!(shown(&mut app).await, "- 0 - - 0 [] 0");
    }

    #[tokio::test]
    async fn after_a_logout_leaves_it() {
        for what in ["outs+cart9", "outs+in: 2"] {
            let (mut app, _) = shop();
            do_(&mut app, FULL).await;
            ask(&mut app, &format!("/panic/{what}")).await;
            assert_eq!(shown(&mut app).await, NOBODY, "{what}");
        }
    }

    #[tokio::test]
    async fn without_a_login_leaves_what_was_published() {
        let (mut app, _) = shop();
        do_(&mut app, "in: 1").await;
        ask(&mut app, "/panic/cart3+sync+cart9").await;
        assert_eq!(shown(&mut app).await, "1 3 - - 0 [] 0");
        ask(&mut app, "/panic/in: 2+outs+cart4+sync+cart9").await;
        assert_eq!(
            shown(&mut app).await,
            "- 4 - - 0 [] 0",
            "the login was over"
        );
    }
}

mod next_to_other_guards {
    use super::*;

    #[tokio::test]
    async fn a_counter_that_is_held_over_a_login_of_nobody_counts() {
        let (mut app, _) = shop();
        ask(&mut app, "/held/rest/in: 1+code7/more").await;
        assert_eq!(shown(&mut app).await, "1 1 - - 7 [] 0");
    }

    #[tokio::test]
    async fn a_change_that_is_held_over_a_login_of_another_user_is_dropped() {
        for before in ["cart8+tone5", "rest"] {
            let (mut app, _) = shop();
            do_(&mut app, FULL).await;
            ask(&mut app, &format!("/held/{before}/in: 2/more+note+tone5")).await;
            assert_eq!(shown(&mut app).await, "2 0 - - 0 [] 5");
            let dropped = named(&app, "a change is dropped, because the session ended");
            assert_eq!(dropped, ["cart", "notices"]);
        }
    }

    #[tokio::test]
    async fn a_login_on_a_guard_that_is_held_keeps_what_the_handler_wrote() {
        let (mut app, _) = shop();
        ask(&mut app, "/held/rest/cart5+notehi/in: 1").await;
        assert_eq!(shown(&mut app).await, "1 5 - - 0 [hi] 0");
        ask(&mut app, "/held/rest/cart6+notehi/in: 2").await;
        assert_eq!(
            shown(&mut app).await,
            "2 0 - - 0 [] 0",
            "it was the other user's"
        );
    }

    /// An extractor logs out whose account is gone, and the handler, whose guard is older, logs in.
    #[tokio::test]
    async fn any_login_counts_after_a_logout_by_another_guard() {
        let (mut app, _) = shop();
        do_(&mut app, FULL).await;
        ask(&mut app, "/held/rest/outs+notebye/in: 2+cart4").await;
        assert_eq!(shown(&mut app).await, "2 4 - - 0 [bye] 2");
    }

    #[tokio::test]
    async fn of_logins_and_logouts_the_last_call_counts() {
        for (before, after) in [
            ("/held/in: 2/rest/rest", "2"),
            ("/held/in: 2/outs/rest", "-"),
            ("/held/rest/in: 2/outs", "-"),
            ("/held/rest/in: 2/in: 3", "3"),
            ("/held/in: 3/in: 2/rest", "2"),
            ("/held/outs/in: 2/rest", "2"),
            ("/held/rest/outs/in: 2", "2"),
            ("/held/wipe/in: 2/wipe", "-"),
        ] {
            for start in ["rest", "in: 1"] {
                let (mut app, _) = shop();
                do_(&mut app, start).await;
                ask(&mut app, before).await;
                assert_eq!(
                    shown(&mut app).await,
                    format!("{after} 0 - - 0 [] 0"),
                    "{before}"
                );
            }
        }
    }

    #[tokio::test]
    async fn what_the_first_login_wrote_is_dropped_with_the_second() {
        for start in ["rest", "in: 3"] {
            let (mut app, _) = shop();
            do_(&mut app, start).await;
            ask(&mut app, "/both/in: 1+cart7/in: 2+code5").await;
            assert_eq!(shown(&mut app).await, "2 0 - - 5 [] 0");
            let dropped = named(&app, "a change is dropped, because the session ended");
            assert_eq!(dropped, ["cart"]);
        }
    }

    #[tokio::test]
    async fn nobody_logs_in_after_destroy() {
        async fn destroy(first: Guard, mut second: Guard) {
            Session::destroy(first);
            Session::log_in(&mut second, 2);
            second.cart = 3;
        }
        let routes = routes().route("/destroy", get(destroy));
        let (mut app, _) = timed_app::<Shop>(routes);
        do_(&mut app, FULL).await;
        app.get("/destroy").await;
        assert_eq!(shown(&mut app).await, "- 0 - - 0 [] 0");
        let refused = app.log().lines_with("a login is refused");
        assert!(refused[0].contains("reason=\"destroyed\""), "{refused:?}");
    }

    /// A guard is kept beside the handler, in an extractor that shows who is logged in.
    #[tokio::test]
    async fn a_guard_from_before_shows_the_user_from_before_until_it_is_synced() {
        async fn look(mut before: Guard, mut session: Guard) -> String {
            Session::log_in(&mut session, 2);
            let shown = before.user.unwrap_or(0);
            Session::sync(&mut before);
            format!("{shown} {:?}", before.user)
        }
        let (mut app, _) = timed_app::<Shop>(routes().route("/look", get(look)));
        do_(&mut app, "in: 1").await;
        assert_eq!(app.get("/look").await.body, "1 Some(2)");
    }

    #[tokio::test]
    async fn a_login_that_comes_after_the_response_is_named_in_the_log() {
        async fn late(session: Guard) -> String {
            tokio::spawn(async move {
                let mut session = session;
                tokio::task::yield_now().await;
                Session::log_in(&mut session, 2);
            });
            String::new()
        }
        let (mut app, _) = timed_app::<Shop>(routes().route("/late", get(late)));
        app.get("/late").await;
        tokio::task::yield_now().await;
        tokio::task::yield_now().await;
        let late = app
            .log()
            .lines_with("a user is not logged in, because the call came after");
        assert_eq!(late.len(), 1);
        assert!(late[0].contains("ERROR"));
    }
}

mod what_this_release_does_not_know {
    use session_runtime::HasIdentity;

    use super::*;

    /// An older release: it knows less.
    #[derive(Session)]
    #[session(cookie = "shop")]
    struct Older {
        #[session(identity)]
        user: Identity<u32>,
        #[session(flash)]
        hint: u32,
    }

    /// A release in which a field has another type.
    #[derive(Session)]
    #[session(cookie = "shop")]
    struct Retyped {
        #[session(identity)]
        user: Identity<u32>,
        cart: String,
    }

    async fn set_user<T: HasIdentity<Id = u32> + Read>(
        Path(user): Path<u32>,
        mut session: Session<T>,
    ) -> String {
        match user {
            0 => Session::log_out(&mut session),
            user => Session::log_in(&mut session, user),
        }
        session.read()
    }

    trait Read {
        fn read(&self) -> String;
    }

    impl Read for Older {
        fn read(&self) -> String {
            format!("{:?} {}", self.user, self.hint)
        }
    }

    impl Read for Retyped {
        fn read(&self) -> String {
            format!("{:?} {}", self.user, self.cart)
        }
    }

    fn router<T: HasIdentity<Id = u32> + KeptInCookie + Read>(keys: &Keyring) -> Router {
        Router::new()
            .route("/user/{user}", get(set_user::<T>))
            .layer(SessionLayer::<T>::new(another_process(keys)))
    }

    fn releases() -> App {
        app(|keys| {
            let new = Router::new()
                .route("/show", get(show))
                .route("/set/{what}/{code}", get(set))
                .layer(SessionLayer::<Shop>::new(keys.clone()));
            new.nest("/older", router::<Older>(&keys))
                .nest("/retyped", router::<Retyped>(&keys))
        })
    }

    #[tokio::test]
    async fn goes_with_the_user_and_stays_with_a_login() {
        for older in ["older", "retyped"] {
            let mut app = releases();
            do_(&mut app, "cart3+role+notehi+tone2").await;
            app.get(&format!("/{older}/user/1")).await;
            assert_eq!(shown(&mut app).await, "1 3 admin - 0 [hi] 2");
            app.get(&format!("/{older}/user/1")).await;
            assert_eq!(shown(&mut app).await, "1 3 admin - 0 [hi] 2");
            app.get(&format!("/{older}/user/2")).await;
            assert_eq!(shown(&mut app).await, "2 0 - - 0 [] 2", "{older}");
            do_(&mut app, "cart3+role+notehi").await;
            app.get(&format!("/{older}/user/0")).await;
            assert_eq!(shown(&mut app).await, NOBODY, "{older}");
        }
    }
}

mod an_identity_that_cannot_be_read {
    use super::*;

    #[derive(Session)]
    #[session(cookie = "shop")]
    struct Renamed {
        #[session(identity)]
        account: Identity<u32>,
        cart: u32,
        role: Option<String>,
    }

    #[derive(Session)]
    #[session(cookie = "shop")]
    struct Retyped {
        #[session(identity)]
        user: Identity<String>,
        cart: u32,
        role: Option<String>,
    }

    #[derive(Serialize, Deserialize)]
    enum Who {
        Admin,
    }

    #[derive(Serialize, Deserialize)]
    enum Newer {
        Guest,
    }

    /// It does not know a guest.
    #[derive(Session)]
    #[session(cookie = "who")]
    struct Older {
        #[session(identity)]
        who: Identity<Who>,
        cart: u32,
    }

    #[derive(Session)]
    #[session(cookie = "who")]
    struct Newest {
        #[session(identity)]
        who: Identity<Newer>,
        cart: u32,
    }

    /// A release in which the field was no identity yet. Another value meant that no user is logged in.
    #[derive(Session)]
    #[session(cookie = "who")]
    struct Unmarked {
        #[session(default = Some(Newer::Guest))]
        who: Option<Newer>,
        cart: u32,
    }

    /// A release without an identity: it writes, and carries over what it is told.
    #[derive(Session)]
    #[session(cookie = "shop")]
    struct Without {
        cart: u32,
    }

    async fn renamed(session: Session<Renamed>) -> String {
        let state = Session::info(&session).state();
        let Renamed {
            account,
            cart,
            role,
        } = &*session;
        format!("{state:?} {account:?} {cart} {role:?}")
    }

    async fn retyped(session: Session<Retyped>) -> String {
        let state = Session::info(&session).state();
        let Retyped { user, cart, role } = &*session;
        format!("{state:?} {user:?} {cart} {role:?}")
    }

    async fn renamed_cart(mut session: Session<Renamed>) {
        session.cart = 50;
    }

    async fn older(session: Session<Older>) -> String {
        let state = Session::info(&session).state();
        let is_admin = matches!(*session.who, Some(Who::Admin));
        format!("{state:?} {is_admin} {}", session.cart)
    }

    async fn guest(mut session: Session<Newest>) {
        Session::log_in(&mut session, Newer::Guest);
        session.cart = 3;
    }

    async fn unmarked(mut session: Session<Unmarked>) {
        session.who = None;
        session.cart = 3;
    }

    async fn without(mut session: Session<Without>) {
        session.cart += 10;
    }

    fn release<T: SessionData + KeptInCookie>(
        keys: &Keyring,
        path: &str,
        method: MethodRouter,
    ) -> Router {
        let layer = SessionLayer::<T>::new(another_process(keys));
        Router::new().route(path, method).layer(layer)
    }

    fn releases() -> App {
        app(|keys| {
            let shop = Router::new()
                .route("/show", get(show))
                .route("/set/{what}/{code}", get(set))
                .layer(SessionLayer::<Shop>::new(keys.clone()));
            let renamed = get(renamed).post(renamed_cart);
            shop.merge(release::<Renamed>(&keys, "/renamed", renamed))
                .merge(release::<Retyped>(&keys, "/retyped", get(retyped)))
                .merge(release::<Older>(&keys, "/older", get(older)))
                .merge(release::<Newest>(&keys, "/guest", get(guest)))
                .merge(release::<Unmarked>(&keys, "/unmarked", get(unmarked)))
                .merge(release::<Without>(&keys, "/without", get(without)))
        })
    }

    #[tokio::test]
    async fn leaves_nothing_to_a_stranger_and_the_log_says_so() {
        let mut app = releases();
        do_(&mut app, "in: 1+cart3+role").await;
        for path in ["/renamed", "/retyped"] {
            assert_eq!(app.get(path).await.body, "Unreadable None 0 None");
        }
        let refused = app.log().lines_with("session cookie refused");
        assert_eq!(refused.len(), 2, "{refused:?}");
        assert!(refused[0].contains("identity"), "{refused:?}");
        assert_eq!(
            shown(&mut app).await,
            "1 3 admin - 0 [] 0",
            "the cookie is left alone"
        );
    }

    #[tokio::test]
    async fn is_written_over_by_a_new_session() {
        let mut app = releases();
        do_(&mut app, "in: 1+cart3+role").await;
        app.request(axum::http::Method::POST, "/renamed").await;
        assert_eq!(app.get("/renamed").await.body, "Active None 50 None");
    }

    #[tokio::test]
    async fn is_no_matter_where_nobody_is_logged_in() {
        let mut app = releases();
        do_(&mut app, "cart3").await;
        for path in ["/renamed", "/retyped"] {
            assert_eq!(app.get(path).await.body, "Active None 3 None");
        }
    }

    #[tokio::test]
    async fn is_a_variant_that_it_does_not_know_or_a_stored_nobody() {
        for path in ["/guest", "/unmarked"] {
            let mut app = releases();
            app.get(path).await;
            assert_eq!(app.get("/older").await.body, "Unreadable false 0");
        }
    }

    #[tokio::test]
    async fn is_not_made_readable_by_a_release_that_knows_no_identity() {
        let mut app = releases();
        do_(&mut app, "in: 1+cart3").await;
        app.get("/without").await;
        assert_eq!(shown(&mut app).await, "1 13 - - 0 [] 0");
        assert_eq!(app.get("/renamed").await.body, "Unreadable None 0 None");
    }
}

mod attacks {
    use session_runtime::Key;

    use super::*;

    /// T7: an attacker plants a session of their own in a victim's browser, and the victim logs in.
    #[tokio::test]
    async fn a_planted_session_ends_when_its_victim_logs_in() {
        let (mut app, _) = shop();
        do_(&mut app, FULL).await; // the attacker, user 1
        let planted = app.copy_cookies();
        do_(&mut app, "in: 2+code5").await; // the victim, with the attacker's cookies
        assert_eq!(shown(&mut app).await, "2 0 - - 5 [] 2");
        let of_the_attacker = app.get_with("/show", planted).await;
        assert_eq!(
            of_the_attacker.body, "1 3 admin owes 7 [hi] 2",
            "whose copy is theirs"
        );
    }

    /// T6: parts of two sessions in one request. Each is authentic for itself.
    #[tokio::test]
    async fn a_splice_gives_no_right_and_ends_with_the_user() {
        let (mut app, clock) = shop();
        do_(&mut app, FULL).await;
        clock.advance(1);
        let of_the_first = ["__Host-shop.browser", "__Host-shop.flash"]
            .map(|name| format!("{name}={}", app.cookie(name).unwrap()))
            .join("; ");
        do_(&mut app, "wipe+tone9+in: 2").await;
        let main = app.cookie("__Host-shop").unwrap();
        let splice = format!("__Host-shop={main}; {of_the_first}");
        let shown = app.get_with("/show", &splice).await.body;
        assert_eq!(shown, "2 0 - - 0 [] 2", "nothing that trusts the user");
        let answer = app.get_with("/set/outs/200", &splice).await;
        let removed = answer.set_cookies();
        assert_eq!(removed.len(), 2, "{removed:?}");
        assert!(
            removed[0].starts_with("__Host-shop.flash=; "),
            "{removed:?}"
        );
        assert!(removed[1].starts_with("__Host-shop=; "), "{removed:?}");
        assert_eq!(app.get("/show").await.body, "- 0 - - 0 [] 9");
    }

    /// T10: the browser is closed, which loses the session and not the notice, and another person comes.
    #[tokio::test]
    async fn a_notice_for_a_user_is_shown_to_nobody_else() {
        for lost in ["browser", "time"] {
            let (mut app, clock) = shop();
            do_(&mut app, "in: 1+cart3+notehi").await;
            match lost {
                "browser" => app.restart(),
                _ => clock.advance(3600),
            }
            assert_eq!(shown(&mut app).await, "- 0 - - 0 [] 0", "{lost}");
            clock.advance(1);
            do_(&mut app, "in: 2").await;
            assert_eq!(shown(&mut app).await, "2 0 - - 0 [] 0", "{lost}");
            do_(&mut app, "noteho").await;
            assert_eq!(shown(&mut app).await, "2 0 - - 0 [ho] 0", "{lost}");
        }
    }

    /// T10: two users at one browser.
    #[tokio::test]
    async fn the_second_user_of_a_browser_finds_nothing_of_the_first() {
        let (mut app, _) = shop();
        do_(&mut app, FULL).await;
        do_(&mut app, "outs").await;
        do_(&mut app, "in: 2").await;
        assert_eq!(shown(&mut app).await, "2 0 - - 0 [] 2");
    }

    /// T18: a visitor keeps a cookie of their own and sends it again.
    #[tokio::test]
    async fn a_visitor_who_sends_an_older_cookie_has_the_older_session() {
        let (mut app, _) = shop();
        do_(&mut app, "cart1").await;
        let older = app.copy_cookies();
        do_(&mut app, "more+more").await;
        assert_eq!(shown(&mut app).await, "- 3 - - 0 [] 0");
        let shown = app.get_with("/show", older).await.body;
        assert_eq!(
            shown, "- 1 - - 0 [] 0",
            "a counter in a cookie can be turned back"
        );
    }

    /// T6: two users log in within one second, in two browsers, and the notice of one is pasted into the
    /// other's.
    #[tokio::test]
    async fn a_notice_of_another_login_of_the_same_second_is_not_shown() {
        let (mut app, _) = shop();
        do_(&mut app, "in: 1+notesecret").await;
        let notice = app.cookie("__Host-shop.flash").unwrap();
        app.restart();
        do_(&mut app, "outs").await;
        for user in ["1", "2"] {
            do_(&mut app, &format!("in: {user}+noteown")).await;
            let main = app.cookie("__Host-shop").unwrap();
            let cookies = format!("__Host-shop={main}; __Host-shop.flash={notice}");
            let shown = app.get_with("/show", cookies).await.body;
            assert_eq!(shown, format!("{user} 0 - - 0 [] 0"));
            do_(&mut app, "outs").await;
        }
    }

    /// Rotation step 1 was skipped: one server has the new key first, the other one has the old key alone.
    #[tokio::test]
    async fn a_logout_at_a_server_that_cannot_read_the_cookie_ends_the_session() {
        let (old, new) = (Key::generate(), Key::generate());
        let both = Keyring::new([new.clone(), old.clone()]).unwrap();
        let behind = Keyring::new([old.clone()]).unwrap();
        let mut app = app(|_| {
            let ahead = routes().layer(SessionLayer::<Shop>::new(both));
            let behind = routes().layer(SessionLayer::<Shop>::new(behind));
            Router::new().merge(ahead).nest("/behind", behind)
        });
        for key in [old, new] {
            app.keep_secret(key.reveal());
        }
        do_(&mut app, FULL).await;
        ask(&mut app, "/behind/set/outs+notebye/200").await;
        assert_eq!(app.cookie("__Host-shop"), None);
        let body = app.get("/show").await.body;
        assert!(body.starts_with("- 0 - - 0 ["), "{body}");
    }

    /// T8: a sub-domain tosses four cookies of this name, which hide the real one.
    #[tokio::test]
    async fn a_logout_behind_tossed_cookies_ends_the_session() {
        let (mut app, _) = shop();
        do_(&mut app, FULL).await;
        let real = app.cookie("__Host-shop").unwrap();
        let junk = "__Host-shop=a; __Host-shop=b; __Host-shop=c; __Host-shop=d";
        let cookies = format!("{junk}; __Host-shop={real}");
        let shown = app.get_with("/show", &cookies).await.body;
        assert_eq!(shown, "- 0 - - 0 [] 0", "hidden");
        app.get_with("/set/outs/200", cookies).await;
        assert_eq!(
            app.cookie("__Host-shop"),
            None,
            "the browser's own is removed"
        );
    }

    /// A login that failed asked for "stay logged in", and another person logs in without.
    #[tokio::test]
    async fn what_a_failed_login_asked_for_is_not_remembered_for_the_next() {
        let (mut app, _) = shop();
        ask(&mut app, "/set/keep+cart1/401").await;
        app.restart();
        assert_eq!(shown(&mut app).await, "- 1 - - 0 [] 0", "it was saved");
        do_(&mut app, "in: 2").await;
        app.restart();
        assert_eq!(shown(&mut app).await, "- 0 - - 0 [] 0");
        do_(&mut app, "keep+cart1+sync+in: 2").await;
        app.restart();
        assert_eq!(shown(&mut app).await, "2 1 - - 0 [] 0", "of this request");
    }
}

/// A field that panics while it is written.
mod a_panic_in_a_serializer {
    use serde::Serializer;

    use super::*;

    #[derive(Default, Deserialize)]
    struct Explosive(bool);

    impl Serialize for Explosive {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            assert!(!self.0, "a mistake in a serializer");
            serializer.serialize_bool(self.0)
        }
    }

    #[derive(Session)]
    #[session(cookie = "shop")]
    struct Fragile {
        #[session(identity)]
        user: Identity<u32>,
        cart: u32,
        explosive: Explosive,
    }

    async fn log_in(mut session: Session<Fragile>) {
        Session::log_in(&mut session, 1);
    }

    async fn log_out(mut session: Session<Fragile>) {
        Session::log_out(&mut session);
        session.cart = 3;
        session.explosive = Explosive(true);
    }

    async fn show(session: Session<Fragile>) -> String {
        format!("{:?} {}", session.user, session.cart)
    }

    #[tokio::test]
    async fn leaves_the_logout_before_it() {
        let routes = Router::new()
            .route("/in", get(log_in))
            .route("/out", get(log_out))
            .layer(tower_http::catch_panic::CatchPanicLayer::new())
            .route("/", get(show));
        let (mut app, _) = timed_app::<Fragile>(routes);
        app.get("/in").await;
        assert_eq!(app.get("/").await.body, "Some(1) 0");
        assert_eq!(app.get("/out").await.status, 500);
        assert_eq!(app.get("/").await.body, "None 0");
    }
}

/// The session of a user whose bytes are read back as no user, or not at all, would be unreadable from then on.
mod a_user_who_does_not_come_back {
    use super::*;

    #[derive(Clone, Serialize, Deserialize)]
    struct Nothing;

    #[derive(Clone, Serialize, Deserialize)]
    struct Inner(Option<u32>);

    #[derive(Session)]
    #[session(cookie = "nothing")]
    struct WithNothing {
        #[session(identity)]
        user: Identity<Nothing>,
        cart: u32,
    }

    #[derive(Session)]
    #[session(cookie = "inner")]
    struct WithInner {
        #[session(identity)]
        user: Identity<Inner>,
    }

    async fn nothing(mut session: Session<WithNothing>) {
        Session::log_in(&mut session, Nothing);
        session.cart = 3;
    }

    async fn inner(Path(id): Path<u32>, mut session: Session<WithInner>) {
        let id = Some(id).filter(|id| *id > 0);
        Session::log_in(&mut session, Inner(id));
    }

    #[tokio::test]
    async fn is_a_500_and_the_log_names_the_field() {
        let mut app = app(|keys| {
            let nothing = Router::new().route("/nothing", get(nothing));
            let inner = Router::new().route("/inner/{id}", get(inner));
            nothing
                .layer(SessionLayer::<WithNothing>::new(keys.clone()))
                .merge(inner.layer(SessionLayer::<WithInner>::new(keys)))
        });
        assert_eq!(app.get("/nothing").await.status, 500);
        assert_eq!(app.get("/inner/7").await.status, 200);
        assert_eq!(app.get("/inner/0").await.status, 500);
        let errors = app.log().lines_with("a field cannot be stored");
        assert_eq!(errors.len(), 2, "{errors:?}");
        assert!(
            errors[0].contains("field=\"user\" error=it is a user who is read back as no user")
        );
    }
}

/// However they were changed.
#[tokio::test]
async fn fields_that_a_login_loses_are_named_in_the_order_of_the_struct() {
    let (mut app, _) = shop();
    do_(&mut app, "in: 1").await;
    do_(&mut app, "cart7+sync+code5+in: 2").await;
    let lines = app.log().lines_with("it came before `Session::log_in`");
    let fields = ["cart", "code"].map(|field| format!("field=\"{field}\""));
    assert_eq!(lines.len(), fields.len());
    for (line, field) in lines.iter().zip(&fields) {
        assert!(line.contains(field), "{lines:?}");
    }
}

#[tokio::test]
async fn fields_that_a_failure_loses_are_named_in_the_order_of_the_struct() {
    let (mut app, _) = shop();
    app.get(&path("/set/in: 1+code5+sync+cart7/500")).await;
    let lines = app.log().lines_with("changes are not saved");
    assert_eq!(lines.len(), 1);
    assert!(
        lines[0].contains("fields=\"user, cart, code\""),
        "{lines:?}"
    );
}

/// The next request would find a session that cannot be read.
#[tokio::test]
async fn a_user_whom_no_request_could_read_is_not_logged_in() {
    #[derive(Serialize)]
    struct OneWay(u32);

    impl<'de> Deserialize<'de> for OneWay {
        fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            String::deserialize(deserializer).map(|_| Self(0))
        }
    }

    #[derive(Session)]
    #[session(cookie = "shop")]
    struct OfOneWay {
        #[session(identity)]
        user: Identity<OneWay>,
    }

    let log_in = get(async |mut session: Session<OfOneWay>| {
        Session::log_in(&mut session, OneWay(7));
    });
    let (mut app, _) = timed_app::<OfOneWay>(Router::new().route("/log-in", log_in));
    let answer = app.get("/log-in").await;
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(answer.set_cookies().is_empty());
}

/// The identity of a user must not depend on chance.
mod a_user_who_is_written_differently_each_time {
    use std::collections::HashSet;

    use super::*;

    #[derive(Clone, Serialize, Deserialize)]
    struct User {
        id: u32,
        roles: HashSet<String>,
    }

    #[derive(Session)]
    #[session(cookie = "shop")]
    struct WithRoles {
        visits: u32,
        #[session(identity)]
        user: Identity<User>,
    }

    async fn log_in(Path(roles): Path<usize>, mut session: Session<WithRoles>) {
        let roles = (0..roles).map(|role| format!("{role}{CANARY}"));
        let roles = roles.collect();
        Session::log_in(&mut session, User { id: 1, roles });
    }

    #[tokio::test]
    async fn is_an_error_in_the_log_of_debug_builds() {
        let routes = Router::new().route("/{roles}", get(log_in));
        let (mut app, _) = timed_app::<WithRoles>(routes);
        app.get("/1").await;
        let said = |app: &App| {
            app.log()
                .lines_with("one user is stored as different bytes each time")
        };
        assert_eq!(said(&app), [""; 0]);
        app.get("/8").await;
        assert_eq!(said(&app).len(), 1);
        assert!(said(&app)[0].contains("ERROR") && said(&app)[0].contains("field=\"user\""));
    }
}

/// Of an enum that is stored without the names of its variants, two users would be one.
mod a_user_who_comes_back_as_another_variant {
    use super::*;

    #[derive(Serialize, Deserialize)]
    #[serde(untagged)]
    enum Who {
        Guest(u32),
        Member(u32),
    }

    #[derive(Session)]
    #[session(cookie = "shop")]
    struct OfEnum {
        #[session(identity)]
        user: Identity<Who>,
    }

    #[tokio::test]
    async fn is_an_error_in_the_log_of_debug_builds() {
        let guest = async |mut session: Session<OfEnum>| {
            Session::log_in(&mut session, Who::Guest(7));
        };
        let member = async |mut session: Session<OfEnum>| {
            Session::log_in(&mut session, Who::Member(7));
        };
        let routes = Router::new()
            .route("/guest", get(guest))
            .route("/member", get(member));
        let (mut app, _) = timed_app::<OfEnum>(routes);
        let said = |app: &App| app.log().lines_with("is read back as another variant");
        app.get("/guest").await;
        assert_eq!(said(&app), [""; 0]);
        app.get("/member").await;
        assert_eq!(said(&app).len(), 1);
        assert!(said(&app)[0].contains("ERROR") && said(&app)[0].contains("field=\"user\""));
    }
}

/// The id of a login is sealed with the session, and takes its room. A release without an identity keeps it, and not over an
/// end of the session.
#[tokio::test]
async fn a_session_that_begins_at_an_end_is_like_one_of_a_stranger() {
    #[derive(Session)]
    #[session(cookie = "shop", idle = "1h", max = "2h")]
    struct WithoutIdentity {
        cart: u32,
    }
    let begin = get(async |mut session: Session<WithoutIdentity>| {
        Session::clear(&mut session);
        session.cart = 7;
    });
    let mut app = app(|keys| {
        let other = SessionLayer::<WithoutIdentity>::new(another_process(&keys));
        let without = Router::new().route("/begin", begin).layer(other);
        routes()
            .layer(SessionLayer::<Shop>::new(keys))
            .merge(without)
    });
    app.get("/begin").await;
    let of_stranger = app.cookie("__Host-shop").unwrap().len();
    do_(&mut app, "in: 7").await;
    app.get("/begin").await;
    assert_eq!(app.cookie("__Host-shop").unwrap().len(), of_stranger);
}
