//! `browser`: fields that belong to the browser. `remember`: sessions that survive closing it.

use axum::Router;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::routing::get;
use session_runtime::{Identity, Session, SessionLayer};
use tests::{App, CANARY, MovableClock, another_process, app, timed_app};

const DAY: u64 = 24 * 60 * 60;

#[derive(Session)]
#[session(idle = "10d", max = "30d")]
struct Shop {
    #[session(identity)]
    user: Identity<u32>,
    visits: u32,
    #[session(browser)]
    theme: Option<String>,
    #[session(browser, ttl = "50d")]
    tips: u32,
}

type Guard = Session<Shop>;

async fn show(session: Guard) -> String {
    let theme = session.theme.as_ref();
    let theme = theme.map_or("-".to_owned(), |theme| theme.replace(CANARY, ""));
    format!(
        "{:?} {} {theme} {}",
        session.user, session.visits, session.tips
    )
}

async fn untouched() {}

async fn set(Path(what): Path<String>, mut session: Guard) -> StatusCode {
    for what in what.split('+') {
        match what {
            "visit" => session.visits += 1,
            "dark" => session.theme = Some(format!("dark{CANARY}")),
            "light" => session.theme = Some(format!("light{CANARY}")),
            "no-theme" => session.theme = None,
            "tip" => session.tips += 1,
            "login" => Session::log_in(&mut session, 1),
            "logout" => Session::log_out(&mut session),
            "remember" => Session::remember(&mut session, true),
            "forget" => Session::remember(&mut session, false),
            "clear" => Session::clear(&mut session),
            "sync" => Session::sync(&mut session),
            "fail" => return StatusCode::INTERNAL_SERVER_ERROR,
            other => panic!("{other}"),
        }
    }
    StatusCode::OK
}

fn shop() -> (App, MovableClock) {
    let routes = Router::new()
        .route("/show", get(show))
        .route("/set/{what}", get(set))
        .route("/untouched", get(untouched));
    timed_app::<Shop>(routes)
}

/// The `Set-Cookie` lines of a request, each without its value.
async fn lines(app: &mut App, path: &str) -> Vec<String> {
    let shortened = |line: &String| {
        let (name, rest) = line.split_once('=').unwrap();
        let (value, attributes) = rest.split_once("; ").unwrap();
        let value = if value.is_empty() { "" } else { "…" };
        let fixed = "; HttpOnly; SameSite=Lax; Secure";
        let attributes = attributes.strip_suffix(fixed).unwrap();
        format!("{name}={value}; {attributes}")
    };
    let answer = app.get(path).await;
    answer.set_cookies().iter().map(shortened).collect()
}

async fn shown(app: &mut App) -> String {
    app.get("/show").await.body
}

#[tokio::test]
async fn a_field_has_a_cookie_of_its_own_for_a_year_or_its_ttl() {
    let (mut app, _) = shop();
    assert_eq!(
        lines(&mut app, "/set/dark").await,
        ["__Host-shop.browser=…; Path=/; Max-Age=31536000"]
    );
    assert_eq!(
        lines(&mut app, "/set/no-theme+tip").await,
        ["__Host-shop.browser=…; Path=/; Max-Age=4320000"]
    );
    assert_eq!(
        lines(&mut app, "/set/dark").await,
        ["__Host-shop.browser=…; Path=/; Max-Age=31536000"],
        "as long as the longest"
    );
}

#[tokio::test]
async fn a_field_outlives_the_browser_the_login_and_the_session() {
    let (mut app, clock) = shop();
    app.get("/set/dark+login+visit").await;
    assert_eq!(shown(&mut app).await, "Some(1) 1 dark 0");
    app.get("/set/logout").await;
    assert_eq!(shown(&mut app).await, "None 0 dark 0");
    app.get("/set/visit").await;
    app.restart();
    assert_eq!(shown(&mut app).await, "None 0 dark 0");
    clock.advance(300 * DAY);
    assert_eq!(shown(&mut app).await, "None 0 dark 0");
    app.get("/set/visit+clear").await;
    assert_eq!(shown(&mut app).await, "None 0 dark 0");
}

#[tokio::test]
async fn what_is_set_together_with_clear_stays_whatever_comes_first() {
    for what in ["dark+clear", "clear+dark"] {
        let (mut app, _) = shop();
        app.get("/set/visit").await;
        app.get(&format!("/set/visit+{what}")).await;
        assert_eq!(shown(&mut app).await, "None 0 dark 0");
    }
}

#[tokio::test]
async fn its_time_counts_from_the_last_use_and_a_tenth_of_it_is_not_written_down() {
    let (mut app, clock) = shop();
    app.get("/set/dark").await;
    clock.advance(365 * DAY / 10 - 1);
    assert_eq!(lines(&mut app, "/show").await, [""; 0]);
    clock.advance(1);
    assert_eq!(
        lines(&mut app, "/untouched").await,
        [""; 0],
        "that is no use"
    );
    assert_eq!(
        lines(&mut app, "/show").await,
        ["__Host-shop.browser=…; Path=/; Max-Age=31536000"]
    );
    assert_eq!(lines(&mut app, "/show").await, [""; 0]);
    clock.advance(365 * DAY - 1);
    assert_eq!(shown(&mut app).await, "None 0 dark 0");
    clock.advance(365 * DAY);
    assert_eq!(shown(&mut app).await, "None 0 - 0");
}

#[tokio::test]
async fn a_ttl_counts_from_the_last_use_too_and_ends_to_the_second() {
    let (mut app, clock) = shop();
    app.get("/set/dark+tip").await;
    clock.advance(5 * DAY);
    assert_eq!(
        lines(&mut app, "/show").await.len(),
        1,
        "a tenth of the shortest"
    );
    clock.advance(50 * DAY - 1);
    assert_eq!(shown(&mut app).await, "None 0 dark 1");
    clock.advance(50 * DAY);
    assert_eq!(shown(&mut app).await, "None 0 dark 0");
}

#[tokio::test]
async fn a_response_that_fails_neither_changes_nor_refreshes_it() {
    let (mut app, clock) = shop();
    app.get("/set/dark").await;
    clock.advance(100 * DAY);
    assert_eq!(lines(&mut app, "/set/light+fail").await, [""; 0]);
    assert_eq!(shown(&mut app).await, "None 0 dark 0");
}

#[tokio::test]
async fn a_session_goes_with_the_browser_unless_it_is_remembered() {
    let (mut app, _) = shop();
    assert_eq!(
        lines(&mut app, "/set/login").await,
        ["__Host-shop=…; Path=/"]
    );
    app.restart();
    assert_eq!(shown(&mut app).await, "None 0 - 0");

    assert_eq!(
        lines(&mut app, "/set/login+remember").await,
        ["__Host-shop=…; Path=/; Max-Age=864000"]
    );
    app.restart();
    assert_eq!(shown(&mut app).await, "Some(1) 0 - 0");
}

#[tokio::test]
async fn remembering_alone_is_a_change_of_a_session_that_is_there_and_so_is_forgetting() {
    let (mut app, _) = shop();
    assert_eq!(
        lines(&mut app, "/set/remember").await,
        [""; 0],
        "there is none"
    );
    app.get("/set/login").await;
    assert_eq!(
        lines(&mut app, "/set/remember").await,
        ["__Host-shop=…; Path=/; Max-Age=864000"]
    );
    assert_eq!(lines(&mut app, "/set/remember").await, [""; 0]);
    assert_eq!(
        lines(&mut app, "/set/forget").await,
        ["__Host-shop=…; Path=/"]
    );
    app.restart();
    assert_eq!(shown(&mut app).await, "None 0 - 0");
}

#[tokio::test]
async fn a_remembered_session_stays_so_and_the_browser_is_told_its_end() {
    let (mut app, clock) = shop();
    app.get("/set/login+remember").await;
    clock.advance(9 * DAY);
    assert_eq!(
        lines(&mut app, "/show").await,
        ["__Host-shop=…; Path=/; Max-Age=864000"],
        "refreshed by use"
    );
    clock.advance(9 * DAY);
    app.get("/set/visit").await;
    clock.advance(9 * DAY);
    assert_eq!(
        lines(&mut app, "/show").await,
        ["__Host-shop=…; Path=/; Max-Age=259200"],
        "three days of `max` are left"
    );
    clock.advance(3 * DAY);
    assert_eq!(shown(&mut app).await, "None 0 - 0");
}

#[tokio::test]
async fn logging_out_and_starting_over_take_it_back() {
    for what in ["logout", "clear"] {
        let (mut app, _) = shop();
        app.get("/set/login+remember").await;
        assert_eq!(
            lines(&mut app, &format!("/set/{what}+visit")).await,
            ["__Host-shop=…; Path=/"]
        );
    }
}

#[tokio::test]
async fn what_was_said_of_one_login_is_not_said_of_the_next_after_a_logout() {
    for said in ["remember", "remember+sync"] {
        let (mut app, _) = shop();
        app.get("/set/login").await;
        assert_eq!(
            lines(&mut app, &format!("/set/{said}+logout+login")).await,
            ["__Host-shop=…; Path=/"]
        );
    }
}

mod a_struct_is_marked {
    use super::*;

    #[derive(Session)]
    #[session(cookie = "shop", remember, idle = "10d", max = "30d")]
    struct Kept {
        visits: u32,
    }

    async fn visit(mut session: Session<Kept>) -> String {
        session.visits += 1;
        Session::info(&session).is_remembered().to_string()
    }

    async fn forget(mut session: Session<Kept>) {
        session.visits += 1;
        Session::remember(&mut session, false);
    }

    #[tokio::test]
    async fn each_of_its_sessions_is_remembered_unless_the_visitor_says_no() {
        let mut app = app(|keys| {
            Router::new()
                .route("/visit", get(visit))
                .route("/forget", get(forget))
                .layer(SessionLayer::<Kept>::new(keys))
        });
        let kept = ["__Host-shop=…; Path=/; Max-Age=864000"];
        let not_kept = ["__Host-shop=…; Path=/"];
        assert_eq!(lines(&mut app, "/visit").await, kept);
        assert_eq!(lines(&mut app, "/visit").await, kept);
        assert_eq!(lines(&mut app, "/forget").await, not_kept);
        assert_eq!(lines(&mut app, "/visit").await, not_kept);
        assert_eq!(app.get("/visit").await.body, "false");
        app.restart();
        assert_eq!(app.get("/visit").await.body, "true");
    }
}

mod a_session_lasts_longer_than_browsers_keep_a_cookie {
    use super::*;

    #[derive(Session)]
    #[session(idle = "490d", max = "500d")]
    struct Long {
        visits: u32,
    }

    async fn remember(mut session: Session<Long>) {
        session.visits += 1;
        Session::remember(&mut session, true);
    }

    #[tokio::test]
    async fn they_are_told_four_hundred_days() {
        let mut app = app(|keys| {
            let router = Router::new().route("/", get(remember));
            router.layer(SessionLayer::<Long>::new(keys))
        });
        assert_eq!(
            lines(&mut app, "/").await,
            ["__Host-long=…; Path=/; Max-Age=34560000"]
        );
    }
}

mod a_release_does_not_know_the_field {
    use super::*;

    #[derive(Session)]
    #[session(cookie = "shop")]
    struct Other {
        #[session(browser)]
        language: u32,
    }

    async fn speak(mut session: Session<Other>) {
        session.language += 1;
    }

    #[tokio::test]
    async fn it_carries_it_and_its_use_does_not_extend_it() {
        for (days, shown) in [(264, "None 0 dark 0"), (265, "None 0 - 0")] {
            let clock = MovableClock::new();
            let (of_shop, of_other) = (clock.clone(), clock.clone());
            let mut app = app(|keys| {
                let other = Router::new().route("/", get(speak));
                let shop = Router::new()
                    .route("/show", get(show))
                    .route("/set/{what}", get(set))
                    .layer(SessionLayer::<Shop>::new(another_process(&keys)).clock(of_shop));
                shop.nest(
                    "/other",
                    other.layer(SessionLayer::<Other>::new(keys).clock(of_other)),
                )
            });
            app.get("/set/dark").await;
            clock.advance(100 * DAY);
            let line = lines(&mut app, "/other").await;
            assert_eq!(line, ["__Host-shop.browser=…; Path=/; Max-Age=31536000"]);
            clock.advance(days * DAY);
            assert_eq!(app.get("/show").await.body, shown);
        }
    }
}

/// Two releases under one clock: `/1` and `/2`, each with its way to use a field.
mod releases_differ {
    use session_runtime::{KeptInCookie, SessionData};

    use super::*;

    trait Release: SessionData + KeptInCookie {
        fn use_it(&mut self) -> String;
    }

    async fn use_it<T: Release>(mut session: Session<T>) -> String {
        session.use_it()
    }

    fn side_by_side<A: Release, B: Release>() -> (App, MovableClock) {
        let clock = MovableClock::new();
        let (first, second) = (clock.clone(), clock.clone());
        let app = app(|keys| {
            let one = Router::new().route("/", get(use_it::<A>));
            let two = Router::new().route("/", get(use_it::<B>));
            Router::new()
                .nest(
                    "/1",
                    one.layer(SessionLayer::<A>::new(another_process(&keys)).clock(first)),
                )
                .nest("/2", two.layer(SessionLayer::<B>::new(keys).clock(second)))
        });
        (app, clock)
    }

    /// It sets the theme.
    #[derive(Session)]
    #[session(cookie = "shop")]
    struct Short {
        #[session(browser, ttl = "10d")]
        theme: u32,
    }

    impl Release for Short {
        fn use_it(&mut self) -> String {
            self.theme = 7;
            String::new()
        }
    }

    /// It looks at it.
    #[derive(Session)]
    #[session(cookie = "shop")]
    struct Long {
        #[session(browser)]
        theme: u32,
    }

    impl Release for Long {
        fn use_it(&mut self) -> String {
            self.theme.to_string()
        }
    }

    #[tokio::test]
    async fn a_longer_ttl_counts_from_the_next_use_on() {
        let (mut app, clock) = side_by_side::<Short, Long>();
        app.get("/1").await;
        for days in [9, 30, 300] {
            clock.advance(days * DAY);
            assert_eq!(app.get("/2").await.body, "7");
        }
    }

    /// It writes at each use.
    #[derive(Session)]
    #[session(cookie = "shop")]
    struct Writer {
        #[session(browser)]
        seen: u32,
    }

    impl Release for Writer {
        fn use_it(&mut self) -> String {
            self.seen += 1;
            String::new()
        }
    }

    /// It sets a field once, and looks at it from then on.
    #[derive(Session)]
    #[session(cookie = "shop")]
    struct Reader {
        #[session(browser, ttl = "30d", default = 1)]
        language: u32,
        #[session(browser)]
        was_set: bool,
    }

    impl Release for Reader {
        fn use_it(&mut self) -> String {
            if !self.was_set {
                (self.language, self.was_set) = (7, true);
            }
            self.language.to_string()
        }
    }

    #[tokio::test]
    async fn a_use_is_noted_also_where_another_release_has_just_written() {
        let (mut app, clock) = side_by_side::<Writer, Reader>();
        app.get("/2").await;
        for _ in 0..60 {
            clock.advance(DAY);
            app.get("/1").await;
            assert_eq!(app.get("/2").await.body, "7");
        }
    }
}

#[tokio::test]
async fn a_clock_that_is_ahead_for_a_moment_removes_nothing() {
    let (mut app, clock) = shop();
    app.get("/set/dark").await;
    clock.advance(366 * DAY);
    assert_eq!(lines(&mut app, "/show").await, [""; 0]);
    clock.turn_back(366 * DAY);
    assert_eq!(shown(&mut app).await, "None 0 dark 0");
}
