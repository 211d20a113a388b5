//! The test kit keeps its own promises.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, Location, catch_unwind, set_hook, take_hook};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use axum::Router;
use axum::body::Body;
use axum::extract::Path;
use axum::http::header::{COOKIE, LOCATION, SET_COOKIE};
use axum::http::{HeaderMap, Request, StatusCode};
use axum::response::{AppendHeaders, Redirect};
use axum::routing::{any, get};
use http_body_util::Limited;
use serde::{Deserialize, Serialize};
use session_runtime::test_kit::{
    Browser, Cookie, MovableClock, Outcome, Page, TestKit, TestRequest, identity,
};
use session_runtime::{Clock, Identity, Keyring, Session, SessionLayer, SessionState};
use tests::CANARY;
use tower::ServiceExt;

#[derive(Session)]
#[session(idle = "1d", max = "3d")]
struct Shop {
    visits: u32,
    user: Option<String>,
    cart: Vec<Line>,
    #[session(ttl = "1m")]
    code: u32,
}

/// Neither `Debug` nor `PartialEq` nor `Clone`.
#[derive(Serialize, Deserialize)]
struct Line {
    sku: u32,
    name: String,
}

type Guard = Session<Shop>;

fn visits(visits: u32) -> Shop {
    Shop {
        visits,
        ..Shop::default()
    }
}

fn user(name: &str) -> Shop {
    Shop {
        user: Some(name.to_owned()),
        ..Shop::default()
    }
}

struct Test {
    kit: TestKit<Shop>,
    clock: MovableClock,
    app: Router,
    browser: Browser<Router>,
}

fn test() -> Test {
    test_with(|layer| layer)
}

fn test_with(options: impl FnOnce(SessionLayer<Shop>) -> SessionLayer<Shop>) -> Test {
    let clock = MovableClock::new();
    let layer = SessionLayer::<Shop>::new(Keyring::ephemeral());
    let layer = options(layer.clock(clock.clone()));
    let kit = TestKit::new(&layer);
    let app = Router::new()
        .route("/", get(async |session: Guard| session.visits.to_string()))
        .route("/visit", get(visit))
        .route("/state", get(state))
        .route(
            "/leave",
            get(async |session: Guard| Session::destroy(session)),
        )
        .route("/set/{line}", get(set))
        .route("/to/{status}", any(redirect))
        .route("/down/{from}", get(down))
        .route("/circle", get(async || Redirect::to("/circle")))
        .route("/echo", any(echo))
        .layer(layer);
    Test {
        kit,
        clock: clock.clone(),
        app: app.clone(),
        browser: Browser::new(app).clock(clock),
    }
}

async fn visit(mut session: Guard) -> String {
    session.visits += 1;
    session.visits.to_string()
}

async fn state(session: Guard) -> String {
    format!("{:?}", Session::info(&session).state())
}

/// A cookie that is not a session.
async fn set(Path(line): Path<String>) -> AppendHeaders<[(&'static str, String); 1]> {
    AppendHeaders([("set-cookie", line)])
}

/// Counts the visit, and sends the browser on.
async fn redirect(
    Path(status): Path<u16>,
    mut session: Guard,
) -> (StatusCode, [(&'static str, &'static str); 1]) {
    session.visits += 1;
    let status = StatusCode::from_u16(status).unwrap();
    (status, [(LOCATION.as_str(), "../echo?from=redirect")])
}

async fn down(Path(from): Path<u32>) -> Redirect {
    let next = from.checked_sub(1);
    Redirect::to(&next.map_or("/".to_owned(), |next| format!("/down/{next}")))
}

async fn echo(request: Request<Body>) -> String {
    let (head, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 1000).await.unwrap();
    let content_type = head.headers.get("content-type");
    let header = |name| {
        head.headers
            .get(name)
            .map_or("-", |it| it.to_str().unwrap())
    };
    format!(
        "{} {} {} {} {}",
        head.method,
        head.uri,
        content_type.map_or("-", |it| it.to_str().unwrap()),
        header("x-mine"),
        String::from_utf8_lossy(&body)
    )
}

/// The text of a failing assertion.
fn failure(assertion: impl FnOnce()) -> String {
    let panic = catch_unwind(AssertUnwindSafe(assertion)).expect_err("the assertion holds");
    let text = panic.downcast::<String>().map(|text| *text);
    text.unwrap_or_else(|panic| (*panic.downcast::<&str>().unwrap()).to_owned())
}

mod sealing_and_opening {
    use super::*;

    #[tokio::test]
    async fn the_layer_takes_what_the_kit_seals_and_the_kit_what_the_layer_sets() {
        let Test { kit, app, .. } = test();
        let mut request = Request::get("/visit").body(Body::empty()).unwrap();
        request.headers_mut().insert(COOKIE, kit.cookie(&visits(3)));
        let response = app.oneshot(request).await.unwrap();
        let opened = kit.outcome_of(response.headers());
        assert!(matches!(opened, Outcome::Set(Shop { visits: 4, .. })));
        kit.assert_set(response.headers(), &visits(4));
    }

    #[tokio::test]
    async fn an_outcome_is_untouched_set_or_removed() {
        let Test {
            kit, mut browser, ..
        } = test();
        let outcome = |page: Page| kit.outcome_of(page.headers());
        assert!(matches!(
            outcome(browser.get("/").await),
            Outcome::Untouched
        ));
        let set = outcome(browser.get("/visit").await);
        assert_eq!(set.into_set().unwrap().visits, 1);
        let removed = browser.get("/leave").await;
        kit.assert_removed(removed.headers());
        assert!(matches!(outcome(removed), Outcome::Removed));
        let other = browser.get("/set/theme=dark").await;
        kit.assert_untouched(other.headers());
    }

    #[tokio::test]
    async fn the_kit_has_the_name_and_the_path_of_the_layer() {
        for options in [
            (|layer| layer.path("/visit")) as fn(SessionLayer<Shop>) -> _,
            SessionLayer::insecure_http,
        ] {
            let Test {
                kit, mut browser, ..
            } = test_with(options);
            kit.set_session(&mut browser, &visits(3));
            assert_eq!(browser.get("/visit").await.text(), "4");
            kit.assert_session_of(&browser, &visits(4));
        }
    }

    #[test]
    fn a_session_of_defaults_has_no_cookie() {
        let Test {
            kit, mut browser, ..
        } = test();
        assert_eq!(kit.cookie(&Shop::default()), "");
        kit.set_session(&mut browser, &visits(3));
        kit.set_session(&mut browser, &Shop::default());
        assert_eq!(browser.cookies().count(), 0);
    }

    #[test]
    fn a_cookie_of_another_layer_is_a_mistake_of_the_test() {
        let mut headers = HeaderMap::new();
        headers.insert(SET_COOKIE, test().kit.cookie(&visits(3)));
        let Test { kit, .. } = test();
        let text = failure(|| _ = kit.outcome_of(&headers));
        assert!(text.contains("`__Host-shop`"), "{text}");
        assert!(text.contains("UnknownKey"), "{text}");
        assert!(
            text.contains("help: make the kit from the very layer"),
            "{text}"
        );
    }

    #[test]
    fn what_cannot_be_saved_is_a_mistake_of_the_test() {
        let Test { kit, .. } = test();
        let text = failure(|| _ = kit.cookie(&user(&"x".repeat(5000))));
        assert!(text.contains("test_kit::Shop"), "{text}");
        assert!(text.contains("cannot be saved"), "{text}");
    }

    #[test]
    fn the_last_of_several_lines_counts_as_it_does_for_a_browser() {
        let Test { kit, .. } = test();
        let mut headers = HeaderMap::new();
        for visited in [1, 2] {
            headers.append(SET_COOKIE, kit.cookie(&visits(visited)));
        }
        kit.assert_set(&headers, &visits(2));
    }
}

mod the_clock {
    use super::*;

    /// In debug builds the cookie of https drives out the other one on a loopback address.
    #[tokio::test]
    async fn the_line_that_sets_counts_on_a_loopback_address_too() {
        let layer = SessionLayer::<Shop>::new(Keyring::ephemeral());
        let kit = TestKit::new(&layer);
        let app = Router::new().route("/visit", get(visit)).layer(layer);
        let mut browser = Browser::new(app);
        kit.set_session(&mut browser, &visits(3));
        browser.set_cookie("shop=left-by-a-debug-build; Path=/");
        let request = Request::get("/visit").header("host", "localhost");
        let page = browser.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(page.headers().get_all("set-cookie").iter().count(), 2);
        kit.assert_set(page.headers(), &visits(4));
    }

    #[tokio::test]
    async fn the_layer_the_kit_and_the_browser_have_one_time() {
        let Test {
            kit,
            clock,
            mut browser,
            ..
        } = test();
        let session = Shop {
            code: 7,
            ..visits(3)
        };
        kit.set_session(&mut browser, &session);
        kit.assert_session_of(&browser, &session);
        clock.advance(Duration::from_mins(1));
        kit.assert_session_of(&browser, &visits(3));
        assert_eq!(browser.get("/state").await.text(), "Active");
        clock.advance(Duration::from_hours(24));
        assert!(kit.session_of(&browser).is_none());
        assert_eq!(browser.get("/state").await.text(), "Expired");
    }

    #[test]
    fn it_stands_still_until_it_is_moved() {
        let clock = MovableClock::new();
        let start = clock.now();
        assert_eq!(clock.now(), start);
        clock.clone().advance(Duration::from_millis(1500));
        assert_eq!(clock.now(), start + Duration::from_millis(1500));
        clock.set(SystemTime::UNIX_EPOCH);
        assert_eq!(clock.now(), SystemTime::UNIX_EPOCH);
    }
}

mod the_browser {
    use super::*;

    fn names(browser: &Browser<Router>) -> Vec<&str> {
        browser.cookies().map(Cookie::name).collect()
    }

    #[tokio::test]
    async fn it_follows_redirects_and_keeps_the_cookies_on_the_way() {
        let Test {
            kit, mut browser, ..
        } = test();
        let page = browser.get("/to/303").await;
        assert_eq!(page.uri(), "/echo?from=redirect");
        assert_eq!(page.status(), StatusCode::OK);
        assert_eq!(page.text(), "GET /echo?from=redirect - - ");
        kit.assert_session_of(&browser, &visits(1));
    }

    #[tokio::test]
    async fn a_visitor_accepts_pages_and_a_script_anything_unless_told_otherwise() {
        let accept = async |headers: HeaderMap| headers["accept"].to_str().unwrap().to_owned();
        let app = Router::new().route("/", any(accept));
        let mut browser = Browser::new(app.clone());
        assert!(browser.get("/").await.text().starts_with("text/html"));
        assert!(browser.post("/", &[]).await.text().starts_with("text/html"));
        assert_eq!(browser.get_as_script("/").await.text(), "*/*");
        assert_eq!(browser.post_json("/", &7).await.text(), "*/*");
        let mut browser = Browser::new(app).header("accept", "text/csv");
        assert_eq!(browser.get("/").await.text(), "text/csv");
        assert_eq!(browser.get_as_script("/").await.text(), "text/csv");
    }

    #[tokio::test]
    async fn it_turns_a_form_into_a_get_or_sends_it_again_as_the_status_says() {
        let Test { mut browser, .. } = test();
        for (status, seen) in [
            (301, "GET /echo?from=redirect - - "),
            (302, "GET /echo?from=redirect - - "),
            (303, "GET /echo?from=redirect - - "),
            (
                307,
                "POST /echo?from=redirect application/x-www-form-urlencoded - a=b+c",
            ),
            (
                308,
                "POST /echo?from=redirect application/x-www-form-urlencoded - a=b+c",
            ),
        ] {
            let page = browser
                .post(&format!("/to/{status}"), &[("a", "b c")])
                .await;
            assert_eq!(page.text(), seen);
        }
    }

    #[tokio::test]
    async fn a_request_of_ones_own_keeps_its_headers_and_its_cookies() {
        let Test {
            kit, mut browser, ..
        } = test();
        kit.set_session(&mut browser, &visits(3));
        let request = Request::put("/to/307").header("x-mine", "1");
        let page = browser.send(request.body("b".into()).unwrap()).await;
        assert_eq!(page.text(), "PUT /echo?from=redirect - 1 b");

        let request = Request::get("/").header(COOKIE, kit.cookie(&visits(70)));
        let page = browser.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(page.text(), "70");
        kit.assert_session_of(&browser, &visits(4));
    }

    #[tokio::test]
    async fn it_can_be_told_to_stay() {
        let Test { app, .. } = test();
        let mut browser = Browser::new(app).without_redirects();
        let page = browser.get("/to/303").await;
        assert_eq!(page.status(), StatusCode::SEE_OTHER);
        assert_eq!(page.uri(), "/to/303");
        assert_eq!(page.header(LOCATION), Some("../echo?from=redirect"));
    }

    #[tokio::test]
    async fn it_does_not_leave_the_host() {
        let app = Router::new().route("/", get(async || Redirect::to("https://example.com/x")));
        let page = Browser::new(app).get("/").await;
        assert_eq!(page.status(), StatusCode::SEE_OTHER);
    }

    #[tokio::test]
    async fn it_follows_twenty() {
        let Test { mut browser, .. } = test();
        assert_eq!(browser.get("/down/19").await.uri(), "/");
        let farther = tokio::spawn(async move { browser.get("/down/20").await.status() });
        assert!(farther.await.unwrap_err().is_panic());
    }

    #[tokio::test]
    async fn a_circle_ends_and_the_message_names_the_line_of_the_test() {
        let Test { mut browser, .. } = test();
        let line = Location::caller().line() + 1;
        let circle = tokio::spawn(async move { browser.get("/circle").await.status() });
        let panic = circle.await.unwrap_err().into_panic();
        let text = panic.downcast::<String>().unwrap();
        let place = format!("sent at {}:{line}:", file!());
        assert!(text.contains("more than 20 redirects"), "{text}");
        assert!(text.contains(&place), "{text} has no {place}");
    }

    #[tokio::test]
    async fn a_restart_drops_session_cookies_only() {
        let Test { mut browser, .. } = test();
        browser.get("/visit").await;
        browser.get("/set/theme=dark;%20Max-Age=60").await;
        browser
            .get("/set/lang=en;%20Expires=Fri,%2031%20Dec%202100%2012:00:00%20GMT")
            .await;
        assert_eq!(names(&browser), ["__Host-shop", "theme", "lang"]);
        browser.restart();
        assert_eq!(names(&browser), ["theme", "lang"]);
        assert_eq!(browser.get("/").await.text(), "0");
    }

    #[tokio::test]
    async fn a_cookie_expires_with_the_moved_clock() {
        let Test {
            mut browser, clock, ..
        } = test();
        browser.get("/set/theme=dark;%20Max-Age=60").await;
        clock.advance(Duration::from_secs(59));
        assert_eq!(browser.cookie("theme").unwrap().value(), "dark");
        clock.advance(Duration::from_secs(1));
        assert!(browser.cookie("theme").is_none());
    }

    #[tokio::test]
    async fn a_cookie_is_sent_below_its_path_only() {
        let app = Router::new().fallback(async |headers: HeaderMap| {
            let line = headers.get(COOKIE);
            line.map_or("-".to_owned(), |line| line.to_str().unwrap().to_owned())
        });
        let mut browser = Browser::new(app);
        browser.set_cookie("a=1; Path=/shop");
        browser.set_cookie("b=2");
        assert_eq!(browser.get("/").await.text(), "b=2");
        assert_eq!(browser.get("/shop/cart").await.text(), "a=1; b=2");
    }

    #[tokio::test]
    async fn debug_tells_no_value() {
        let Test {
            kit, mut browser, ..
        } = test();
        kit.set_session(&mut browser, &user(CANARY));
        let token = browser.cookie("__Host-shop").unwrap().value().to_owned();
        let page = browser.get("/visit").await;
        let set = browser.cookie("__Host-shop").unwrap().value();
        let outcome = kit.outcome_of(page.headers());
        let request = kit.request(&user(CANARY));
        for text in [
            format!("{browser:?} {kit:?} {request:?}"),
            format!("{page:?} {outcome:?}"),
        ] {
            let secrets = [token.as_str(), set, CANARY];
            assert!(
                !secrets.iter().any(|secret| text.contains(secret)),
                "{text}"
            );
        }
    }

    #[tokio::test]
    async fn a_body_that_fails_is_no_page() {
        let app = Router::new().route(
            "/",
            get(async || Body::new(Limited::new(Body::from("ab"), 1))),
        );
        let task = tokio::spawn(async move { Browser::new(app).get("/").await.status() });
        let panic = task.await.unwrap_err().into_panic();
        let text = panic.downcast::<String>().unwrap();
        assert!(text.contains("the response's body failed"), "{text}");
        assert!(text.contains("LengthLimitError"), "{text}");
    }
}

mod a_bare_session {
    use super::*;

    #[tokio::test]
    async fn a_handler_is_called_like_a_function() {
        let request = TestRequest::new(&visits(3));
        assert_eq!(visit(request.session()).await, "4");
        assert_eq!(visit(request.session()).await, "5");
        assert_eq!(request.value().visits, 5);
        request.assert_value(&visits(5));
    }

    #[test]
    fn it_carries_what_it_was_given() {
        let state = |request: &TestRequest<Shop>| Session::info(&request.session()).state();
        assert_eq!(state(&TestRequest::new(&visits(3))), SessionState::Active);
        assert_eq!(
            state(&TestRequest::new(&Shop::default())),
            SessionState::New
        );
    }

    #[test]
    fn it_tells_how_the_session_ended() {
        let (untouched, cleared, destroyed) = (
            TestRequest::new(&visits(1)),
            TestRequest::new(&visits(1)),
            TestRequest::new(&visits(1)),
        );
        Session::clear(&mut cleared.session());
        Session::destroy(destroyed.session());
        let ends = |request: &TestRequest<Shop>| (request.is_cleared(), request.is_destroyed());
        assert_eq!(ends(&untouched), (false, false));
        assert_eq!(ends(&cleared), (true, false));
        assert_eq!(ends(&destroyed), (false, true));
        cleared.assert_value(&Shop::default());
        destroyed.assert_value(&Shop::default());
    }

    #[test]
    fn it_responds_as_the_layer_does() {
        let mut request = TestRequest::new(&visits(1));
        let ok = StatusCode::OK;
        assert!(matches!(request.respond(ok), Outcome::Untouched));
        request.session().visits = 2;
        assert_eq!(request.respond(ok).into_set().unwrap().visits, 2);
        request.session().visits = 3;
        let failed = request.respond(StatusCode::SERVICE_UNAVAILABLE);
        assert!(matches!(failed, Outcome::Untouched));
        assert_eq!(request.value().visits, 2);
        Session::destroy(request.session());
        let failed = request.respond(StatusCode::SERVICE_UNAVAILABLE);
        assert!(matches!(failed, Outcome::Removed));
        assert!(!request.is_destroyed(), "the next request has not ended");
        assert_eq!(Session::info(&request.session()).state(), SessionState::New);
    }

    #[test]
    fn under_a_layer_it_has_its_clock() {
        let Test { kit, clock, .. } = test();
        let mut request = kit.request(&visits(1));
        clock.advance(Duration::from_hours(24));
        assert!(matches!(
            request.respond(StatusCode::OK),
            Outcome::Untouched
        ));
        let session = request.session();
        assert_eq!(Session::info(&session).state(), SessionState::Expired);
        assert_eq!(session.visits, 0);
    }
}

mod failures {
    use super::*;

    fn line(sku: u32, name: &str) -> Line {
        let name = name.to_owned();
        Line { sku, name }
    }

    fn found() -> Shop {
        Shop {
            cart: vec![line(7, "tea")],
            ..visits(4)
        }
    }

    fn expected() -> Shop {
        Shop {
            user: Some("ann".to_owned()),
            ..visits(4)
        }
    }

    fn headers(kit: &TestKit<Shop>, session: &Shop) -> HeaderMap {
        [(SET_COOKIE, kit.cookie(session))].into_iter().collect()
    }

    #[test]
    fn the_fields_that_differ_are_shown_and_no_others() {
        let Test { kit, .. } = test();
        let headers = headers(&kit, &found());
        assert_eq!(
            failure(|| kit.assert_set(&headers, &expected())),
            "the session that the response sets is not the expected `test_kit::Shop`:\n  \
             user: found null, expected \"ann\"\n  \
             cart: found [{\"name\": \"tea\", \"sku\": 7}], expected []"
        );
    }

    #[test]
    fn every_assertion_about_values_shows_them() {
        let Test {
            kit, mut browser, ..
        } = test();
        kit.set_session(&mut browser, &visits(3));
        let request = TestRequest::new(&visits(3));
        for text in [
            failure(|| kit.assert_session_of(&browser, &visits(4))),
            failure(|| request.assert_value(&visits(4))),
        ] {
            assert!(text.ends_with(":\n  visits: found 3, expected 4"), "{text}");
        }
    }

    #[test]
    fn an_unexpected_outcome_is_described() {
        let Test { kit, .. } = test();
        let nothing = HeaderMap::new();
        let set = headers(&kit, &found());
        let session = "the session `test_kit::Shop`, but it";
        assert_eq!(
            failure(|| kit.assert_removed(&nothing)),
            format!("expected that the response removes {session} does not touch it")
        );
        let shown = "\n  visits: 4\n  cart: [{\"name\": \"tea\", \"sku\": 7}]";
        assert_eq!(
            failure(|| kit.assert_untouched(&set)),
            format!("expected that the response does not touch {session} sets it:{shown}")
        );
        let text = failure(|| kit.assert_set(&nothing, &found()));
        assert!(text.ends_with("but it does not touch it"), "{text}");
        let text = failure(|| kit.assert_removed(&set));
        assert!(text.ends_with(shown), "{text}");
    }

    #[test]
    fn on_request_values_are_hidden() {
        let Test {
            kit, mut browser, ..
        } = test();
        let kit = kit.redacted();
        let (found, expected) = (user(&format!("{CANARY} 1")), user(&format!("{CANARY} 2")));
        kit.set_session(&mut browser, &found);
        let set = headers(&kit, &found);
        let request = TestRequest::new(&found).redacted();
        let of_the_kit = kit.request(&found);
        for text in [
            failure(|| kit.assert_set(&set, &expected)),
            failure(|| kit.assert_removed(&set)),
            failure(|| kit.assert_untouched(&set)),
            failure(|| kit.assert_session_of(&browser, &expected)),
            failure(|| request.assert_value(&expected)),
            failure(|| of_the_kit.assert_value(&expected)),
        ] {
            assert!(!text.contains(CANARY), "{text}");
            assert!(text.contains("\n  user: "), "{text}");
        }
    }

    #[test]
    fn an_equal_map_is_equal_in_any_order() {
        #[derive(Session)]
        struct Stock {
            pieces: HashMap<String, u32>,
        }
        let stock = || Stock {
            pieces: (0..20).map(|piece| (piece.to_string(), piece)).collect(),
        };
        let request = TestRequest::new(&stock());
        for _ in 0..10 {
            request.assert_value(&stock());
        }
    }

    #[test]
    fn the_panic_is_in_the_line_of_the_test() {
        let Test { kit, .. } = test();
        let lines = Arc::new(Mutex::new(Vec::new()));
        let seen = lines.clone();
        let hook = take_hook();
        set_hook(Box::new(move |panic| {
            let place = panic.location().filter(|place| place.file() == file!());
            seen.lock().unwrap().extend(place.map(Location::line));
        }));
        let line = Location::caller().line() + 1;
        failure(|| kit.assert_removed(&HeaderMap::new()));
        set_hook(hook);
        assert!(lines.lock().unwrap().contains(&line));
    }
}

/// Fields with cookies of their own are fields like others to the kit.
mod fields_with_other_homes {
    use super::*;

    #[derive(Session)]
    #[session(cookie = "homes")]
    struct Homes {
        #[session(identity)]
        user: Identity<u32>,
        cart: u32,
        #[session(browser)]
        theme: u32,
        #[session(flash)]
        notice: Option<u32>,
    }

    fn full() -> Homes {
        Homes {
            user: identity(1),
            cart: 2,
            theme: 3,
            notice: Some(4),
        }
    }

    fn layer() -> SessionLayer<Homes> {
        SessionLayer::new(Keyring::ephemeral())
    }

    async fn take(mut session: Session<Homes>) -> String {
        let notice = session.notice.take();
        format!(
            "{:?} {} {} {notice:?}",
            session.user, session.cart, session.theme
        )
    }

    async fn log_out(mut session: Session<Homes>) {
        Session::log_out(&mut session);
    }

    fn browser(layer: SessionLayer<Homes>) -> Browser<Router> {
        let router = Router::new()
            .route("/take", get(take))
            .route("/logout", get(log_out));
        Browser::new(router.layer(layer))
    }

    #[tokio::test]
    async fn a_browser_is_given_all_of_them_and_holds_what_is_left() {
        let layer = layer();
        let kit = TestKit::new(&layer);
        let mut browser = browser(layer);
        kit.set_session(&mut browser, &full());
        kit.assert_session_of(&browser, &full());
        let page = browser.get("/take").await;
        assert_eq!(page.text(), "Some(1) 2 3 Some(4)");
        kit.assert_session_of(
            &browser,
            &Homes {
                notice: None,
                ..full()
            },
        );
        browser.get("/logout").await;
        let left = Homes {
            theme: 3,
            ..Homes::default()
        };
        kit.assert_session_of(&browser, &left);
        browser.restart();
        kit.assert_session_of(&browser, &left);
        kit.set_session(&mut browser, &Homes::default());
        assert!(kit.session_of(&browser).is_none());
    }

    #[test]
    fn one_cookie_header_carries_all_of_them() {
        let kit = TestKit::new(&layer());
        let header = kit.cookie(&full());
        let text = header.to_str().unwrap();
        let names: Vec<_> = text
            .split("; ")
            .map(|pair| pair.split('=').next().unwrap())
            .collect();
        let expected = ["__Host-homes", "__Host-homes.browser", "__Host-homes.flash"];
        assert_eq!(names, expected);
        assert!(header.is_sensitive());
    }

    async fn set_notice(mut session: Session<Homes>) {
        session.notice = Some(5);
    }

    #[tokio::test]
    async fn a_response_alone_has_the_fields_of_the_cookies_that_it_sets() {
        let layer = layer();
        let kit = TestKit::new(&layer);
        let app = Router::new().route("/", get(set_notice)).layer(layer);
        let request = Request::get("/").header(COOKIE, kit.cookie(&full()));
        let response = app.oneshot(request.body(Body::empty()).unwrap()).await;
        let expected = Homes {
            notice: Some(5),
            ..Homes::default()
        };
        kit.assert_set(response.unwrap().headers(), &expected);
    }

    #[test]
    fn a_bare_session_knows_what_its_browser_has() {
        let mut request = TestRequest::new(&full());
        request.session().notice = Some(5);
        let set = request.respond(StatusCode::OK).into_set().unwrap();
        let found = (*set.user, set.cart, set.theme, set.notice);
        assert_eq!(found, (Some(1), 2, 3, Some(5)));
    }

    #[test]
    fn destroying_what_has_no_main_cookie_removes_it() {
        let mut request = TestRequest::new(&Homes {
            theme: 3,
            ..Homes::default()
        });
        Session::destroy(request.session());
        assert!(matches!(request.respond(StatusCode::OK), Outcome::Removed));
    }

    #[test]
    fn a_flash_that_was_taken_is_no_end_of_the_session_and_a_logout_is() {
        let mut request = TestRequest::new(&full());
        request.session().notice = None;
        assert!(matches!(
            request.respond(StatusCode::BAD_GATEWAY),
            Outcome::Untouched
        ));
        assert_eq!(request.value().notice, Some(4), "nobody saw it");
        request.session().notice = None;
        assert!(matches!(request.respond(StatusCode::OK), Outcome::Set(_)));
        Session::log_out(&mut request.session());
        assert!(request.is_cleared());
        assert!(matches!(request.respond(StatusCode::OK), Outcome::Removed));
        request.assert_value(&Homes {
            theme: 3,
            ..Homes::default()
        });
    }
}

#[derive(Session)]
#[session(cookie = "local")]
struct Local {
    visits: u32,
}

fn local() -> (Router, TestKit<Local>) {
    let layer = SessionLayer::<Local>::new(Keyring::ephemeral());
    let kit = TestKit::new(&layer);
    let visit = async |mut session: Session<Local>| session.visits += 1;
    (Router::new().route("/", get(visit)).layer(layer), kit)
}

/// A request to a loopback address over plain http has another cookie in debug builds.
#[tokio::test]
async fn the_kit_sees_what_a_response_to_localhost_sets() {
    use axum::http::header::HOST;

    let (app, kit) = local();
    let request = Request::get("/").header(HOST, "localhost:3000");
    let response = app.oneshot(request.body(Body::empty()).unwrap()).await;
    let response = response.unwrap();
    let line = response.headers()["set-cookie"].to_str().unwrap();
    assert!(line.starts_with("local="), "{line}");
    kit.assert_set(response.headers(), &Local { visits: 1 });
}

#[tokio::test]
async fn the_kit_sees_and_replaces_what_a_browser_has_of_localhost() {
    let (app, kit) = local();
    let mut browser = Browser::new(app).header("host", "localhost:3000");
    browser.get("/").await;
    browser.get("/").await;
    assert!(browser.cookie("local").is_some());
    kit.assert_session_of(&browser, &Local { visits: 2 });

    kit.set_session(&mut browser, &Local::default());
    assert_eq!(browser.cookies().count(), 0);
    kit.set_session(&mut browser, &Local { visits: 6 });
    browser.get("/").await;
    kit.assert_session_of(&browser, &Local { visits: 7 });
}
