//! `identity`: what a login, a logout and a change of user do to everything else.

use axum::Router;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::routing::{MethodRouter, get};
use serde::{Deserialize, Serialize};
use session_runtime::{Keyring, Session, SessionData, SessionLayer};
use tests::{App, CANARY, MovableClock, app, timed_app};

#[derive(Session)]
#[session(cookie = "shop", idle = "1h", max = "2h")]
struct Shop {
    #[session(identity)]
    user: Option<u32>,
    cart: u32,
    role: Option<String>,
    #[session(ttl = "90m")]
    code: u32,
    #[session(flash, ttl = "2h")]
    notice: Option<String>,
    #[session(remember)]
    theme: u32,
}

type Guard = Session<Shop>;

async fn show(session: Guard) -> String {
    let Shop {
        user,
        cart,
        role,
        code,
        notice,
        theme,
    } = &*session;
    let role = role.as_ref().map_or("-", |_| "admin");
    let notice = notice.as_ref().map_or("-", |_| "notice");
    format!("{user:?} {cart} {role} {code} {notice} {theme}")
}

fn change(session: &mut Guard, what: &str) {
    match what.split_at(4) {
        ("user", "-") => session.user = None,
        ("user", user) => session.user = Some(user.parse().unwrap()),
        ("cart", cart) => session.cart = cart.parse().unwrap(),
        ("code", code) => session.code = code.parse().unwrap(),
        ("tone", theme) => session.theme = theme.parse().unwrap(),
        ("role", _) => session.role = Some(format!("admin{CANARY}")),
        ("note", _) => session.notice = Some(format!("notice{CANARY}")),
        ("wipe", _) => Session::clear(session),
        ("sync", _) => Session::sync(session),
        other => panic!("{other:?}"),
    }
}

async fn push_and_become(Path(user): Path<u32>, mut session: Guard) {
    session.cart += 10; // in place
    session.user = Some(user);
}

async fn become_and_push(Path(user): Path<u32>, mut session: Guard) {
    session.user = Some(user);
    Session::sync(&mut session);
    session.cart += 10;
}

async fn set(Path((what, code)): Path<(String, u16)>, mut session: Guard) -> StatusCode {
    what.split('+').for_each(|what| change(&mut session, what));
    StatusCode::from_u16(code).unwrap()
}

/// Two guards of one request: the first is dropped first.
async fn both(
    Path((first, second)): Path<(String, String)>,
    mut a: Guard,
    mut b: Guard,
) -> StatusCode {
    first.split('+').for_each(|what| change(&mut a, what));
    second.split('+').for_each(|what| change(&mut b, what));
    drop(a);
    drop(b);
    StatusCode::OK
}

fn shop() -> (App, MovableClock) {
    let routes = Router::new()
        .route("/show", get(show))
        .route("/set/{what}/{code}", get(set))
        .route("/both/{first}/{second}", get(both))
        .route("/push-and-become/{user}", get(push_and_become))
        .route("/become-and-push/{user}", get(become_and_push));
    timed_app::<Shop>(routes)
}

async fn do_(app: &mut App, what: &str) {
    let answer = app.get(&format!("/set/{what}/200")).await;
    assert_eq!(answer.status, 200);
}

async fn shown(app: &mut App) -> String {
    app.get("/show").await.body
}

const FULL: &str = "user1+cart3+role+code7+note+tone2";

#[tokio::test]
async fn a_login_keeps_everything() {
    let (mut app, _) = shop();
    do_(&mut app, "cart3+code7+note+tone2").await;
    do_(&mut app, "user1").await;
    assert_eq!(shown(&mut app).await, "Some(1) 3 - 7 notice 2");
}

#[tokio::test]
async fn a_login_starts_max_again_and_extends_no_field() {
    let (mut app, clock) = shop();
    do_(&mut app, "cart3+code7").await;
    clock.advance(3500);
    do_(&mut app, "user1").await;
    clock.advance(1900);
    assert_eq!(
        shown(&mut app).await,
        "Some(1) 3 - 0 - 0",
        "90 minutes after its change"
    );
    clock.advance(3500);
    assert_eq!(
        shown(&mut app).await,
        "Some(1) 3 - 0 - 0",
        "beyond the first max"
    );
    clock.advance(1799);
    assert_eq!(shown(&mut app).await, "Some(1) 3 - 0 - 0");
    clock.advance(1);
    assert_eq!(
        shown(&mut app).await,
        "None 0 - 0 - 0",
        "two hours after the login"
    );
}

#[tokio::test]
async fn logging_in_as_who_is_logged_in_already_is_no_change() {
    let (mut app, clock) = shop();
    do_(&mut app, "user1").await;
    for _ in 0..2 {
        clock.advance(3500);
        app.get("/show").await;
        do_(&mut app, "user1").await;
    }
    clock.advance(200);
    assert_eq!(
        shown(&mut app).await,
        "None 0 - 0 - 0",
        "`max` did not start again"
    );
}

#[tokio::test]
async fn a_logout_starts_over_but_for_what_the_browser_keeps() {
    let (mut app, _) = shop();
    do_(&mut app, FULL).await;
    let answer = app.get("/set/user-/200").await;
    let cookies = answer.set_cookies();
    assert_eq!(cookies.len(), 2, "{cookies:?}");
    let removed = ["__Host-shop.flash=; ", "__Host-shop=; "];
    for (line, removal) in cookies.iter().zip(removed) {
        assert!(line.starts_with(removal), "{cookies:?}");
    }
    assert_eq!(shown(&mut app).await, "None 0 - 0 - 2");
}

#[tokio::test]
async fn what_the_guard_writes_that_logs_out_stays() {
    let (mut app, clock) = shop();
    do_(&mut app, FULL).await;
    do_(&mut app, "user1").await;
    do_(&mut app, "cart4+user-+tone5").await;
    assert_eq!(shown(&mut app).await, "None 4 - 0 - 5");
    clock.advance(3000);
    do_(&mut app, FULL).await;
    clock.advance(3000);
    do_(&mut app, "user-+code8").await;
    clock.advance(3000);
    assert_eq!(
        shown(&mut app).await,
        "None 0 - 8 - 2",
        "a session that began anew"
    );
}

#[tokio::test]
async fn another_user_starts_over_but_for_what_the_browser_keeps() {
    let (mut app, clock) = shop();
    do_(&mut app, FULL).await;
    clock.advance(3000);
    do_(&mut app, "user2+code9").await;
    assert_eq!(shown(&mut app).await, "Some(2) 0 - 9 - 2");
    assert_eq!(app.cookie("__Host-shop.flash"), None);
    clock.advance(3000);
    app.get("/show").await;
    clock.advance(3000);
    assert_eq!(
        shown(&mut app).await,
        "Some(2) 0 - 0 - 2",
        "`max` started again"
    );
}

#[tokio::test]
async fn a_value_equal_to_the_old_users_needs_clear_first() {
    let (mut app, _) = shop();
    do_(&mut app, FULL).await;
    do_(&mut app, "user2+cart3").await;
    assert_eq!(shown(&mut app).await, "Some(2) 0 - 0 - 2");
    do_(&mut app, "cart3").await;
    do_(&mut app, "wipe+user3+cart3").await;
    assert_eq!(shown(&mut app).await, "Some(3) 3 - 0 - 2");
}

#[tokio::test]
async fn a_field_changed_in_place_takes_its_old_value_along_unless_the_change_came_first() {
    let (mut app, _) = shop();
    do_(&mut app, "user1+cart3").await;
    app.get("/push-and-become/2").await;
    assert_eq!(shown(&mut app).await, "Some(2) 13 - 0 - 0");
    app.get("/become-and-push/3").await;
    assert_eq!(shown(&mut app).await, "Some(3) 10 - 0 - 0");
}

#[tokio::test]
async fn a_logout_is_honoured_when_the_response_fails_and_another_login_is_not() {
    for code in [500, 503, 408] {
        let (mut app, _) = shop();
        do_(&mut app, FULL).await;
        app.get(&format!("/set/user2+cart9/{code}")).await;
        assert_eq!(shown(&mut app).await, "Some(1) 3 admin 7 notice 2");
        app.get(&format!("/set/user-+cart9/{code}")).await;
        assert_eq!(shown(&mut app).await, "None 0 - 0 - 2");
    }
}

#[tokio::test]
async fn a_logout_that_nobody_saw_takes_the_notices_along() {
    let (mut app, _) = shop();
    do_(&mut app, FULL).await;
    app.get("/set/user-+note/304").await;
    assert_eq!(shown(&mut app).await, "None 0 - 0 - 2");
    do_(&mut app, FULL).await;
    app.get("/set/user2/304").await;
    assert_eq!(shown(&mut app).await, "Some(2) 0 - 0 - 2");
}

#[tokio::test]
async fn the_log_names_each_field_that_a_change_of_identity_reset() {
    let message = "a field is back at its default";
    let (mut app, _) = shop();
    do_(&mut app, "cart3+role+note+tone2").await;
    do_(&mut app, "user1").await;
    assert_eq!(app.log().lines_with(message).len(), 0);
    do_(&mut app, "cart4+user-").await;
    let lines = app.log().lines_with(message);
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(lines.iter().all(|line| line.contains("DEBUG")), "{lines:?}");
    assert!(lines[0].contains("role"), "{lines:?}");
    assert!(lines[1].contains("notice"), "{lines:?}");
    let kept = app
        .log()
        .lines_with("a field goes on as the handler left it");
    assert_eq!(kept.len(), 1, "{kept:?}");
    assert!(kept[0].contains("cart"), "{kept:?}");
}

mod next_to_other_guards {
    use super::*;

    #[tokio::test]
    async fn a_change_of_user_undoes_what_they_published_for_the_old_one() {
        let (mut app, _) = shop();
        do_(&mut app, FULL).await;
        app.get("/both/cart9+note/user2").await;
        assert_eq!(shown(&mut app).await, "Some(2) 0 - 0 - 2");
    }

    #[tokio::test]
    async fn after_it_they_change_what_the_browser_keeps_and_nothing_else() {
        for user in ["-", "2"] {
            let (mut app, _) = shop();
            do_(&mut app, "user1+cart3+tone2").await;
            app.get(&format!("/both/user{user}/cart9+note+tone5")).await;
            let user = if user == "-" { "None" } else { "Some(2)" };
            assert_eq!(shown(&mut app).await, format!("{user} 0 - 0 - 5"));
            let dropped = app.log().lines_with("a change is dropped");
            assert_eq!(dropped.len(), 2, "{dropped:?}");
        }
    }

    #[tokio::test]
    async fn a_logout_wins_in_either_order() {
        for both in ["user2/user-", "user-/user2"] {
            let (mut app, _) = shop();
            do_(&mut app, FULL).await;
            app.get(&format!("/both/{both}")).await;
            assert_eq!(shown(&mut app).await, "None 0 - 0 - 2", "{both}");
        }
    }

    #[tokio::test]
    async fn a_login_from_before_a_change_of_user_is_dropped() {
        let (mut app, _) = shop();
        do_(&mut app, FULL).await;
        app.get("/both/user2+code9/user3").await;
        assert_eq!(shown(&mut app).await, "Some(2) 0 - 9 - 2");
    }

    #[tokio::test]
    async fn two_logins_of_one_user_are_one() {
        let (mut app, _) = shop();
        app.get("/both/user1+cart9/user1+code7").await;
        assert_eq!(shown(&mut app).await, "Some(1) 9 - 7 - 0");
    }

    #[tokio::test]
    async fn of_two_logins_the_later_is_another_user_to_the_earlier() {
        let (mut app, _) = shop();
        do_(&mut app, "cart3").await;
        app.get("/both/user1+code7/user2").await;
        assert_eq!(shown(&mut app).await, "Some(2) 0 - 0 - 0");
    }

    #[tokio::test]
    async fn a_guard_sees_the_change_once_it_is_published() {
        let (mut app, _) = shop();
        do_(&mut app, FULL).await;
        do_(&mut app, "user2+sync+code9").await;
        assert_eq!(shown(&mut app).await, "Some(2) 0 - 9 - 2");
    }
}

mod what_this_release_does_not_know {
    use super::*;

    /// An older release: it knows less.
    #[derive(Session)]
    #[session(cookie = "shop")]
    struct Older {
        #[session(identity)]
        user: Option<u32>,
        #[session(flash)]
        hint: u32,
    }

    /// A release in which a field has another type.
    #[derive(Session)]
    #[session(cookie = "shop")]
    struct Retyped {
        #[session(identity)]
        user: Option<u32>,
        cart: String,
    }

    async fn set_user<T: SessionData + User>(Path(user): Path<u32>, mut session: Session<T>) {
        session.set(Some(user).filter(|user| *user > 0));
    }

    trait User {
        fn set(&mut self, user: Option<u32>);
    }

    impl User for Older {
        fn set(&mut self, user: Option<u32>) {
            self.user = user;
            self.hint = 0;
        }
    }

    impl User for Retyped {
        fn set(&mut self, user: Option<u32>) {
            self.user = user;
            self.cart.clear();
        }
    }

    fn router<T: SessionData + User>(keys: Keyring) -> Router {
        Router::new()
            .route("/user/{user}", get(set_user::<T>))
            .layer(SessionLayer::<T>::new(keys))
    }

    fn releases() -> App {
        app(|keys| {
            let new = Router::new()
                .route("/show", get(show))
                .route("/set/{what}/{code}", get(set))
                .layer(SessionLayer::<Shop>::new(keys.clone()));
            new.nest("/older", router::<Older>(keys.clone()))
                .nest("/retyped", router::<Retyped>(keys))
        })
    }

    #[tokio::test]
    async fn goes_with_the_user_and_stays_with_a_login() {
        for older in ["older", "retyped"] {
            let mut app = releases();
            do_(&mut app, "cart3+role+note+tone2").await;
            app.get(&format!("/{older}/user/1")).await;
            assert_eq!(shown(&mut app).await, "Some(1) 3 admin 0 notice 2");
            app.get(&format!("/{older}/user/2")).await;
            assert_eq!(shown(&mut app).await, "Some(2) 0 - 0 - 2", "{older}");
            do_(&mut app, "cart3+role+note").await;
            app.get(&format!("/{older}/user/0")).await;
            assert_eq!(shown(&mut app).await, "None 0 - 0 - 2", "{older}");
        }
    }
}

mod an_identity_that_cannot_be_read {
    use super::*;

    #[derive(Session)]
    #[session(cookie = "shop")]
    struct Renamed {
        #[session(identity)]
        account: Option<u32>,
        cart: u32,
        role: Option<String>,
    }

    #[derive(Session)]
    #[session(cookie = "shop")]
    struct Retyped {
        #[session(identity)]
        user: Option<String>,
        cart: u32,
        role: Option<String>,
    }

    #[derive(Default, Serialize, Deserialize)]
    enum Who {
        #[serde(rename = "admin")]
        Admin,
        #[default]
        #[serde(other)]
        Nobody,
    }

    #[derive(Default, Serialize, Deserialize)]
    enum Newer {
        #[default]
        Nobody,
        Guest,
    }

    /// It reads what it does not know as nobody.
    #[derive(Session)]
    #[session(cookie = "who")]
    struct Lenient {
        #[session(identity)]
        who: Who,
        cart: u32,
    }

    #[derive(Session)]
    #[session(cookie = "who")]
    struct Newest {
        #[session(identity)]
        who: Newer,
        cart: u32,
    }

    /// A release in which that was no identity yet.
    #[derive(Session)]
    #[session(cookie = "who")]
    struct Unmarked {
        who: Newer,
        cart: u32,
    }

    /// A release without an identity: it writes, and carries over what it is told.
    #[derive(Session)]
    #[session(cookie = "shop")]
    struct Without {
        cart: u32,
    }

    async fn renamed(session: Session<Renamed>) -> String {
        let state = Session::status(&session).state();
        let Renamed {
            account,
            cart,
            role,
        } = &*session;
        format!("{state:?} {account:?} {cart} {role:?}")
    }

    async fn retyped(session: Session<Retyped>) -> String {
        let state = Session::status(&session).state();
        let Retyped { user, cart, role } = &*session;
        format!("{state:?} {user:?} {cart} {role:?}")
    }

    async fn renamed_cart(mut session: Session<Renamed>) {
        session.cart = 50;
    }

    async fn lenient(session: Session<Lenient>) -> String {
        let state = Session::status(&session).state();
        format!(
            "{state:?} {} {}",
            matches!(session.who, Who::Nobody),
            session.cart
        )
    }

    async fn guest(mut session: Session<Newest>) {
        session.who = Newer::Guest;
        session.cart = 3;
    }

    async fn unmarked(mut session: Session<Unmarked>) {
        session.who = Newer::Guest;
        session.cart = 3;
    }

    async fn without(mut session: Session<Without>) {
        session.cart += 10;
    }

    fn release<T: SessionData>(keys: &Keyring, path: &str, method: MethodRouter) -> Router {
        let layer = SessionLayer::<T>::new(keys.clone());
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
                .merge(release::<Lenient>(&keys, "/lenient", get(lenient)))
                .merge(release::<Newest>(&keys, "/guest", get(guest)))
                .merge(release::<Unmarked>(&keys, "/unmarked", get(unmarked)))
                .merge(release::<Without>(&keys, "/without", get(without)))
        })
    }

    #[tokio::test]
    async fn leaves_nothing_to_a_stranger_and_the_log_says_so() {
        let mut app = releases();
        do_(&mut app, "user1+cart3+role").await;
        for path in ["/renamed", "/retyped"] {
            assert_eq!(app.get(path).await.body, "Unreadable None 0 None");
        }
        let refused = app.log().lines_with("session cookie refused");
        assert_eq!(refused.len(), 2, "{refused:?}");
        assert!(refused[0].contains("identity"), "{refused:?}");
        assert_eq!(
            shown(&mut app).await,
            "Some(1) 3 admin 0 - 0",
            "the cookie is left alone"
        );
    }

    #[tokio::test]
    async fn is_written_over_by_a_new_session() {
        let mut app = releases();
        do_(&mut app, "user1+cart3+role").await;
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
    async fn is_one_that_reads_as_nobody() {
        for path in ["/guest", "/unmarked"] {
            let mut app = releases();
            app.get(path).await;
            assert_eq!(app.get("/lenient").await.body, "Unreadable true 0");
        }
    }

    #[tokio::test]
    async fn is_not_made_readable_by_a_release_that_knows_no_identity() {
        let mut app = releases();
        do_(&mut app, "user1+cart3").await;
        app.get("/without").await;
        assert_eq!(shown(&mut app).await, "Some(1) 13 - 0 - 0");
        assert_eq!(app.get("/renamed").await.body, "Unreadable None 0 None");
    }
}

mod attacks {
    use super::*;

    /// T7: somebody plants their own session in a victim's browser, and the victim logs in.
    #[tokio::test]
    async fn a_planted_session_ends_when_its_victim_logs_in() {
        let (mut app, _) = shop();
        do_(&mut app, FULL).await; // the attacker, user 1
        let planted = app.copy_cookies();
        do_(&mut app, "user2+code5").await; // the victim, with the attacker's cookies
        assert_eq!(shown(&mut app).await, "Some(2) 0 - 5 - 2");
        let of_the_attacker = app.get_with("/show", planted).await;
        assert_eq!(
            of_the_attacker.body, "Some(1) 3 admin 7 notice 2",
            "whose copy is theirs"
        );
    }

    /// T6: parts of two sessions in one request. Each is authentic for itself.
    #[tokio::test]
    async fn a_splice_gives_no_right_and_ends_with_the_user() {
        let (mut app, clock) = shop();
        do_(&mut app, FULL).await;
        clock.advance(1);
        let of_the_first = ["__Host-shop.remember", "__Host-shop.flash"]
            .map(|name| format!("{name}={}", app.cookie(name).unwrap()))
            .join("; ");
        do_(&mut app, "wipe+tone9+user2").await;
        let main = app.cookie("__Host-shop").unwrap();
        let splice = format!("__Host-shop={main}; {of_the_first}");
        let shown = app.get_with("/show", &splice).await.body;
        assert_eq!(shown, "Some(2) 0 - 0 - 2", "nothing that trusts the user");
        let answer = app.get_with("/set/user-/200", &splice).await;
        let removed = answer.set_cookies();
        assert_eq!(removed.len(), 2, "{removed:?}");
        assert!(
            removed[0].starts_with("__Host-shop.flash=; "),
            "{removed:?}"
        );
        assert!(removed[1].starts_with("__Host-shop=; "), "{removed:?}");
        assert_eq!(app.get("/show").await.body, "None 0 - 0 - 9");
    }

    /// T10: the browser is closed, which loses the session and not the notice, and somebody else comes.
    #[tokio::test]
    async fn a_notice_for_a_user_is_shown_to_nobody_else() {
        for lost in ["browser", "time"] {
            let (mut app, clock) = shop();
            do_(&mut app, "user1+cart3+note").await;
            match lost {
                "browser" => app.restart(),
                _ => clock.advance(3600),
            }
            assert_eq!(shown(&mut app).await, "None 0 - 0 - 0", "{lost}");
            clock.advance(1);
            do_(&mut app, "user2").await;
            assert_eq!(shown(&mut app).await, "Some(2) 0 - 0 - 0", "{lost}");
            do_(&mut app, "note").await;
            assert_eq!(shown(&mut app).await, "Some(2) 0 - 0 notice 0", "{lost}");
        }
    }

    /// T10: two users at one browser.
    #[tokio::test]
    async fn the_second_user_of_a_browser_finds_nothing_of_the_first() {
        let (mut app, _) = shop();
        do_(&mut app, FULL).await;
        do_(&mut app, "user-").await;
        do_(&mut app, "user2").await;
        assert_eq!(shown(&mut app).await, "Some(2) 0 - 0 - 2");
    }
}
