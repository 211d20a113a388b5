//! The times of sessions and fields, through the router with a moved clock.

use axum::Router;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, HeaderName};
use axum::response::IntoResponse;
use axum::routing::get;
use session_runtime::{KeptInCookie, Session, SessionData, SessionLayer};
use tests::{App, CANARY, MovableClock, another_process, app, timed_app};

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;

#[derive(Session)]
#[session(idle = "1h", max = "3h")]
struct Shop {
    visits: u32,
    #[session(ttl = "10m")]
    otp: Option<String>,
    #[session(ttl = "20m", default = 5)]
    tries: u32,
}

fn otp(number: u32) -> String {
    format!("{CANARY} {number}")
}

fn show(shop: &Shop) -> String {
    let otp = shop.otp.as_deref().and_then(|otp| otp.rsplit(' ').next());
    format!("{} {} {}", shop.visits, otp.unwrap_or("-"), shop.tries)
}

/// Does what the path says, a letter at a time: `v`isit, `a` or `b` as the otp, `n`o otp, `t`ry.
async fn act(Path(acts): Path<String>, mut session: Session<Shop>) -> String {
    for act in acts.chars() {
        match act {
            'v' => session.visits += 1,
            'a' => session.otp = Some(otp(1)),
            'b' => session.otp = Some(otp(2)),
            'n' => session.otp = None,
            't' => session.tries -= 1,
            _ => {}
        }
    }
    show(&session)
}

/// Reads, and answers with this status and `Cache-Control`.
async fn read(
    Path((status, cache)): Path<(u16, String)>,
    session: Session<Shop>,
) -> impl IntoResponse {
    let status = StatusCode::from_u16(status).unwrap();
    let (name, value) = match cache.split_once(':') {
        Some((name, value)) => (name.parse().unwrap(), value.to_owned()),
        None => (CACHE_CONTROL, cache),
    };
    let name: HeaderName = name;
    (status, [(name, value)], show(&session))
}

fn shop() -> (App, MovableClock) {
    let routes = Router::new()
        .route("/{acts}", get(act))
        .route("/read/{status}/{cache}", get(read));
    timed_app::<Shop>(routes)
}

async fn body(app: &mut App, path: &str) -> String {
    app.get(path).await.body
}

#[tokio::test]
async fn a_session_that_is_not_used_ends_when_idle_is_over_to_the_second() {
    for (seconds, expected) in [(HOUR - 1, "1 - 5"), (HOUR, "0 - 5")] {
        let (mut app, clock) = shop();
        app.get("/v").await;
        clock.advance(seconds);
        assert_eq!(body(&mut app, "/_").await, expected, "after {seconds} s");
    }
}

#[tokio::test]
async fn a_session_in_use_ends_when_max_is_over_to_the_second() {
    for (last_step, expected) in [(29 * MINUTE + 59, "1 - 5"), (30 * MINUTE, "0 - 5")] {
        let (mut app, clock) = shop();
        app.get("/v").await;
        for _ in 0..5 {
            clock.advance(30 * MINUTE);
            assert_eq!(app.get("/_").await.set_cookies().len(), 1, "refreshed");
        }
        clock.advance(last_step);
        assert_eq!(body(&mut app, "/_").await, expected);
    }
}

#[tokio::test]
async fn writing_does_not_extend_max() {
    let (mut app, clock) = shop();
    for visits in 1..=6 {
        assert_eq!(body(&mut app, "/v").await, format!("{visits} - 5"));
        clock.advance(30 * MINUTE);
    }
    assert_eq!(body(&mut app, "/v").await, "1 - 5", "a new session");
}

#[tokio::test]
async fn the_last_use_is_written_down_when_a_tenth_of_idle_has_passed() {
    let (mut app, clock) = shop();
    app.get("/v").await;
    clock.advance(HOUR / 10 - 1);
    assert_eq!(app.get("/_").await.set_cookies().len(), 0);
    clock.advance(1);
    assert_eq!(app.get("/_").await.set_cookies().len(), 1);
    clock.advance(HOUR - 1);
    assert_eq!(
        body(&mut app, "/_").await,
        "1 - 5",
        "idle counts from there"
    );
}

#[tokio::test]
async fn upkeep_is_skipped_where_it_would_do_harm() {
    for path in [
        "/read/500/_",
        "/read/408/_",
        "/read/304/_",
        "/read/200/public",
        "/read/200/max-age=60",
        "/read/200/s-maxage=60",
        "/read/200/surrogate-control:max-age=60",
        "/read/200/cloudflare-cdn-cache-control:max-age=60",
        "/read/200/expires:Fri, 31 Dec 9999 23:59:59 GMT",
    ] {
        let path = &path.replace(' ', "%20");
        let (mut app, clock) = shop();
        app.get("/v").await;
        clock.advance(HOUR / 2);
        let answer = app.get(path).await;
        assert_eq!(answer.set_cookies().len(), 0, "{path}");
        let cache = path.rsplit('/').next().unwrap();
        if cache != "_" && !cache.contains(':') {
            assert_eq!(answer.all(CACHE_CONTROL), [cache], "{path}");
        }
        assert_eq!(app.get("/read/404/private").await.set_cookies().len(), 1);
    }
}

#[tokio::test]
async fn upkeep_is_taken_by_pages_that_no_cache_keeps() {
    for path in [
        "/read/200/no-cache, max-age=0",
        "/read/200/max-age=0, must-revalidate",
        "/read/200/public, max-age=0",
        "/read/200/no-transform",
        "/read/200/expires:0",
        "/read/200/expires:Thu, 19 Nov 1981 08:52:00 GMT",
        "/read/200/cdn-cache-control:no-store",
        "/read/200/x-accel-expires:0",
    ] {
        let path = &path.replace(' ', "%20");
        let (mut app, clock) = shop();
        app.get("/v").await;
        for _ in 0..3 {
            clock.advance(HOUR / 2);
            let answer = app.get(path).await;
            assert_eq!(answer.set_cookies().len(), 1, "{path}");
            assert_eq!(answer.all(CACHE_CONTROL), ["no-store"], "{path}");
            assert_eq!(answer.body, "1 - 5", "still in use: {path}");
        }
    }
}

/// A response with a cookie is stored by no cache, so another cookie takes nothing from it.
#[tokio::test]
async fn upkeep_comes_with_a_cookie_that_a_public_page_sets_anyway() {
    #[derive(Session)]
    #[session(idle = "1h")]
    struct Themed {
        visits: u32,
        #[session(browser)]
        theme: u32,
    }
    async fn visit(mut session: Session<Themed>) {
        session.visits += 1;
    }
    async fn choose(mut session: Session<Themed>) -> impl IntoResponse {
        session.theme += 1;
        [(CACHE_CONTROL, "max-age=60")]
    }
    let routes = Router::new().route("/visit", get(visit));
    let (mut app, clock) = timed_app::<Themed>(routes.route("/choose", get(choose)));
    app.get("/visit").await;
    clock.advance(HOUR / 2);
    let answer = app.get("/choose").await;
    assert_eq!(answer.set_cookies().len(), 2, "the theme and the last use");
    assert_eq!(answer.all(CACHE_CONTROL), ["no-store"]);
}

#[tokio::test]
async fn a_session_from_the_future_is_refused_beyond_a_minute() {
    for (seconds, expected) in [(60, "1 - 5"), (61, "0 - 5")] {
        let (mut app, clock) = shop();
        app.get("/v").await;
        clock.turn_back(seconds);
        assert_eq!(body(&mut app, "/_").await, expected);
        let refused = app.log().lines_with("reason=\"future\"").len();
        assert_eq!(refused, usize::from(seconds > 60));
    }
}

#[tokio::test]
async fn a_field_with_a_ttl_ends_to_the_second_and_its_neighbours_stay() {
    for (seconds, expected) in [(10 * MINUTE - 1, "1 1 4"), (10 * MINUTE, "1 - 4")] {
        let (mut app, clock) = shop();
        app.get("/vat").await;
        clock.advance(seconds);
        assert_eq!(body(&mut app, "/_").await, expected, "after {seconds} s");
        clock.advance(20 * MINUTE - seconds - 1);
        assert_eq!(body(&mut app, "/_").await, "1 - 4");
        clock.advance(1);
        assert_eq!(body(&mut app, "/_").await, "1 - 5", "back at its default");
    }
}

#[tokio::test]
async fn only_a_change_of_the_value_restarts_a_ttl() {
    // Neither reading, nor a write elsewhere, nor an equal value, nor the session's refresh.
    for acts in ["/_", "/v", "/a", "/va", "/nba"] {
        let (mut app, clock) = shop();
        app.get("/va").await;
        clock.advance(9 * MINUTE);
        app.get(acts).await;
        clock.advance(MINUTE - 1);
        assert!(body(&mut app, "/_").await.contains(" 1 "), "{acts}");
        clock.advance(1);
        assert!(body(&mut app, "/_").await.contains(" - "), "{acts}");
    }
    let (mut app, clock) = shop();
    app.get("/va").await;
    clock.advance(9 * MINUTE);
    app.get("/b").await;
    clock.advance(10 * MINUTE - 1);
    assert_eq!(body(&mut app, "/_").await, "1 2 5");
}

mod touch {
    use super::*;

    #[derive(Session)]
    #[session(cookie = "bank", idle = "1h", max = "10h")]
    struct Bank {
        #[session(ttl = "5m")]
        confirmed: bool,
        #[session(ttl = "5m")]
        transfer: (u32, u32),
        #[session(flash)]
        notice: u32,
        visits: u32,
    }

    async fn act(Path(acts): Path<String>, mut bank: Session<Bank>) {
        for act in acts.split('+') {
            match act {
                "confirm" => bank.confirmed = true,
                "touch" => Session::touch(&mut bank, |bank| &bank.confirmed),
                "notice" => bank.notice = 7,
                "touch-notice" => Session::touch(&mut bank, |bank| &bank.notice),
                "transfer" => bank.transfer = (1, 2),
                "touch-first" => Session::touch(&mut bank, |bank| &bank.transfer.0),
                "touch-visits" => Session::touch(&mut bank, |bank| &bank.visits),
                "touch-nothing" => Session::touch(&mut bank, |_| &7),
                "clear" => Session::clear(&mut bank),
                "sync" => Session::sync(&mut bank),
                other => panic!("{other}"),
            }
        }
    }

    async fn show(bank: Session<Bank>) -> String {
        format!("{} {} {:?}", bank.confirmed, bank.notice, bank.transfer)
    }

    async fn destroy(mut bank: Session<Bank>) {
        Session::touch(&mut bank, |bank| &bank.confirmed);
        Session::destroy(bank);
    }

    fn bank() -> (App, MovableClock) {
        let routes = Router::new()
            .route("/touch-and-destroy", get(destroy))
            .route("/show", get(show))
            .route("/act/{acts}", get(act));
        timed_app::<Bank>(routes)
    }

    #[tokio::test]
    async fn starts_the_time_of_a_field_again_although_its_value_is_equal() {
        for again in ["confirm+touch", "touch", "touch+confirm", "touch+sync"] {
            let (mut app, clock) = bank();
            app.get("/act/confirm").await;
            clock.advance(200);
            app.get(&format!("/act/{again}")).await;
            clock.advance(299);
            assert_eq!(body(&mut app, "/show").await, "true 0 (0, 0)", "{again}");
            clock.advance(1);
            assert_eq!(body(&mut app, "/show").await, "false 0 (0, 0)", "{again}");
        }
    }

    #[tokio::test]
    async fn leaves_the_other_fields_and_what_has_no_value() {
        let (mut app, clock) = bank();
        app.get("/act/confirm+transfer+notice").await;
        clock.advance(200);
        let answer = app.get("/act/touch-notice").await;
        assert_eq!(answer.set_cookies().len(), 1, "only its cookie is sent");
        clock.advance(100);
        assert_eq!(body(&mut app, "/show").await, "false 7 (0, 0)");
        assert_eq!(app.get("/act/touch").await.set_cookies(), [""; 0]);
        assert_eq!(body(&mut app, "/show").await, "false 7 (0, 0)");
    }

    #[tokio::test]
    async fn of_anything_else_than_a_field_with_a_ttl_is_an_error_in_the_log() {
        for what in ["touch-first", "touch-visits", "touch-nothing"] {
            let (mut app, clock) = bank();
            app.get("/act/transfer").await;
            clock.advance(200);
            assert_eq!(
                app.get(&format!("/act/{what}")).await.set_cookies(),
                [""; 0]
            );
            let lines = app.log().lines_with("`Session::touch` did not get a field");
            assert_eq!(lines.len(), 1, "{what}");
            assert!(lines[0].contains("ERROR"));
        }
    }

    /// A guard from before touches a field that another one changes: the time starts again, and the value is
    /// the other's.
    #[tokio::test]
    async fn writes_no_value() {
        async fn both(mut before: Session<Bank>, mut session: Session<Bank>) {
            Session::touch(&mut before, |bank| &bank.confirmed);
            session.confirmed = false;
            drop(session);
            drop(before);
        }
        let routes = Router::new()
            .route("/both", get(both))
            .route("/show", get(show))
            .route("/act/{acts}", get(act));
        let (mut app, _) = timed_app::<Bank>(routes);
        app.get("/act/confirm").await;
        app.get("/both").await;
        assert_eq!(body(&mut app, "/show").await, "false 0 (0, 0)");
        assert!(app.log().lines_with("WARN").is_empty());
    }

    #[tokio::test]
    async fn counts_for_the_session_that_it_was_called_in() {
        let (mut app, _) = bank();
        app.get("/act/confirm").await;
        app.get("/act/touch+clear").await;
        assert_eq!(body(&mut app, "/show").await, "false 0 (0, 0)");
        app.get("/act/confirm").await;
        app.get("/touch-and-destroy").await;
        assert_eq!(body(&mut app, "/show").await, "false 0 (0, 0)");
        assert!(app.log().lines_with("WARN").is_empty());
    }
}

#[tokio::test]
async fn a_value_that_two_guards_change_and_change_back_keeps_its_deadline() {
    async fn there_and_back(mut first: Session<Shop>, mut second: Session<Shop>) {
        first.otp = Some(otp(2));
        drop(first);
        second.otp = None;
        second.otp = Some(otp(3));
        Session::sync(&mut second);
        second.otp = Some(otp(1));
    }
    let routes = Router::new()
        .route("/{acts}", get(act))
        .route("/there/and/back", get(there_and_back));
    let (mut app, clock) = timed_app::<Shop>(routes);
    app.get("/a").await;
    clock.advance(MINUTE);
    assert_eq!(app.get("/there/and/back").await.set_cookies().len(), 0);
    clock.advance(9 * MINUTE);
    assert_eq!(body(&mut app, "/_").await, "0 - 5");
}

#[tokio::test]
async fn a_session_whose_fields_are_all_over_has_no_cookie_any_more() {
    let (mut app, clock) = shop();
    app.get("/a").await;
    clock.advance(10 * MINUTE);
    assert_eq!(
        app.get("/read/500/_").await.set_cookies().len(),
        0,
        "an error says nothing"
    );
    let cookies = app.get("/_").await.set_cookies();
    assert!(cookies[0].starts_with("__Host-shop=; "), "{cookies:?}");
    assert_eq!(app.cookie("__Host-shop"), None);
}

mod releases {
    use super::*;

    /// The field had another name, without an end.
    #[derive(Session)]
    #[session(cookie = "shop")]
    struct OldName {
        pin: Option<u32>,
        visits: u32,
    }

    #[derive(Session)]
    #[session(cookie = "shop")]
    struct NewName {
        visits: u32,
        #[session(alias = "pin", ttl = "10m")]
        otp: Option<u32>,
    }

    #[tokio::test]
    async fn when_a_field_is_over_an_older_value_does_not_come_back_from_an_alias() {
        let (mut app, clock) = side_by_side::<NewName, OldName>();
        app.get("/1/set").await;
        app.get("/2/set").await;
        assert_eq!(body(&mut app, "/1/get").await, SET);
        clock.advance(10 * MINUTE);
        assert_eq!(body(&mut app, "/1/get").await, GONE);
    }

    /// A note that fills the session to its last bytes.
    mod full {
        use super::*;

        #[derive(Session)]
        #[session(cookie = "shop")]
        struct Full {
            note: String,
            extra: u32,
        }

        #[derive(Session)]
        #[session(cookie = "shop")]
        struct WithDeadline {
            #[session(ttl = "30d")]
            note: String,
        }

        async fn fill(Path(length): Path<usize>, mut session: Session<Full>) {
            session.note = format!("{CANARY}{}", "x".repeat(length - CANARY.len()));
            session.extra = 7;
        }

        #[tokio::test]
        async fn upkeep_that_does_not_fit_is_skipped_and_drops_nothing() {
            let clock = MovableClock::new();
            let clocks = clock.clone();
            let mut app = app(|keys| {
                let full = Router::new()
                    .route("/fill/{length}", get(fill))
                    .route(
                        "/extra",
                        get(async |session: Session<Full>| session.extra.to_string()),
                    )
                    .layer(SessionLayer::<Full>::new(another_process(&keys)).clock(clocks.clone()));
                let other = Router::new()
                    .route(
                        "/read",
                        get(async |session: Session<WithDeadline>| session.note.len().to_string()),
                    )
                    .layer(SessionLayer::<WithDeadline>::new(keys).clock(clocks));
                full.merge(other)
            });
            // The longest that is saved: another release's deadline makes it longer than that.
            let mut length = 2950;
            while app
                .get(&format!("/fill/{}", length + 1))
                .await
                .status
                .is_success()
            {
                length += 1;
            }
            clock.advance(14 * 24 * HOUR - 1);
            let answer = app.get("/read").await;
            assert_eq!(
                (answer.status.as_u16(), answer.set_cookies().len()),
                (200, 0)
            );
            assert_eq!(answer.body, length.to_string());
            assert_eq!(
                body(&mut app, "/extra").await,
                "7",
                "what that release does not know"
            );
        }
    }

    #[derive(Session)]
    #[session(cookie = "shop")]
    struct Long {
        visits: u32,
        #[session(ttl = "1h")]
        otp: Option<u32>,
    }

    #[derive(Session)]
    #[session(cookie = "shop")]
    struct Short {
        visits: u32,
        #[session(ttl = "10m")]
        otp: Option<u32>,
    }

    #[derive(Session)]
    #[session(cookie = "shop")]
    struct Unlimited {
        visits: u32,
        otp: Option<u32>,
    }

    #[derive(Session)]
    #[session(cookie = "shop")]
    struct Unaware {
        visits: u32,
    }

    /// The functions that the test needs of each of them.
    trait Release: SessionData + KeptInCookie {
        fn visit(&mut self);
        fn otp(&mut self) -> Option<&mut Option<u32>>;
    }

    macro_rules! release {
        ($name:ident, $session:ident => $otp:expr) => {
            impl Release for $name {
                fn visit(&mut self) {
                    self.visits += 1;
                }
                fn otp(&mut self) -> Option<&mut Option<u32>> {
                    let $session = self;
                    $otp
                }
            }
        };
    }
    release!(Long, session => Some(&mut session.otp));
    release!(Short, session => Some(&mut session.otp));
    release!(Unlimited, session => Some(&mut session.otp));
    release!(Unaware, _session => None);
    release!(OldName, session => Some(&mut session.pin));
    release!(NewName, session => Some(&mut session.otp));

    async fn visit<T: Release>(mut session: Session<T>) {
        session.visit();
    }

    async fn set<T: Release>(mut session: Session<T>) {
        *session.otp().unwrap() = Some(7);
    }

    async fn get_otp<T: Release>(mut session: Session<T>) -> String {
        format!("{:?}", session.otp())
    }

    fn side_by_side<A: Release, B: Release>() -> (App, MovableClock) {
        let clock = MovableClock::new();
        let clocks = clock.clone();
        let app = app(|keys| {
            let first = Router::new()
                .route("/1/set", get(set::<A>))
                .route("/1/get", get(get_otp::<A>))
                .layer(SessionLayer::<A>::new(another_process(&keys)).clock(clocks.clone()));
            let second = Router::new()
                .route("/2/visit", get(visit::<B>))
                .route("/2/set", get(set::<B>))
                .route("/2/get", get(get_otp::<B>))
                .layer(SessionLayer::<B>::new(keys).clock(clocks));
            first.merge(second)
        });
        (app, clock)
    }

    const SET: &str = "Some(Some(7))";
    const GONE: &str = "Some(None)";

    #[tokio::test]
    async fn a_shorter_ttl_shortens_what_is_already_out_there() {
        let (mut app, clock) = side_by_side::<Long, Short>();
        app.get("/1/set").await;
        clock.advance(10 * MINUTE - 1);
        assert_eq!(body(&mut app, "/2/get").await, SET);
        clock.advance(1);
        assert_eq!(body(&mut app, "/2/get").await, GONE);
        assert_eq!(
            body(&mut app, "/1/get").await,
            SET,
            "for the release that allows it"
        );
    }

    #[tokio::test]
    async fn a_ttl_that_is_new_counts_from_the_last_seal() {
        let (mut app, clock) = side_by_side::<Unlimited, Short>();
        app.get("/1/set").await;
        clock.advance(5 * MINUTE);
        app.get("/2/visit").await;
        clock.advance(5 * MINUTE - 1);
        assert_eq!(body(&mut app, "/2/get").await, SET);
        clock.advance(1);
        assert_eq!(
            body(&mut app, "/2/get").await,
            GONE,
            "the write did not extend it"
        );
        assert_eq!(body(&mut app, "/1/get").await, GONE, "it is sealed by now");
    }

    #[tokio::test]
    async fn a_sealed_deadline_counts_also_where_no_ttl_is_known_or_no_field() {
        let (mut app, clock) = side_by_side::<Long, Unlimited>();
        app.get("/1/set").await;
        clock.advance(HOUR - 1);
        assert_eq!(body(&mut app, "/2/get").await, SET);
        clock.advance(1);
        assert_eq!(body(&mut app, "/2/get").await, GONE);

        let (mut app, clock) = side_by_side::<Long, Unaware>();
        app.get("/1/set").await;
        clock.advance(HOUR);
        app.get("/2/visit").await;
        clock.turn_back(1);
        assert_eq!(
            body(&mut app, "/1/get").await,
            GONE,
            "it was not carried over"
        );
    }
}
