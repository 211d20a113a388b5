//! Without a server: the router, a browser that keeps cookies, and a clock that moves.

use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use session_runtime::test_kit::{Browser, MovableClock, TestKit, TestRequest, identity};
use session_runtime::{Keyring, SessionLayer};

use super::{Login, app, log_out};

struct Test {
    browser: Browser<Router>,
    clock: MovableClock,
    kit: TestKit<Login>,
}

fn test() -> Test {
    let clock = MovableClock::new();
    let layer = SessionLayer::new(Keyring::ephemeral()).clock(clock.clone());
    Test {
        kit: TestKit::new(&layer),
        browser: Browser::new(app(layer)).clock(clock.clone()),
        clock,
    }
}

fn logged_in(user: &str) -> Login {
    Login {
        user: identity(user.to_owned()),
        ..Login::default()
    }
}

#[tokio::test]
async fn a_visitor_is_sent_to_the_form_and_after_it_to_the_page() {
    let Test {
        mut browser, kit, ..
    } = test();
    let page = browser.get("/").await;
    assert_eq!(page.uri(), "/login?next=/");
    assert!(page.text().contains("Please log in."));

    let page = browser.post("/login", &[("user", "Ann")]).await;
    assert_eq!(page.uri(), "/");
    assert!(page.text().contains("Hello, Ann!"));
    assert!(page.text().contains("You are logged in."));
    kit.assert_session_of(&browser, &logged_in("Ann"));
    let page = browser.get("/").await;
    assert!(!page.text().contains("You are logged in."), "said once");
}

#[tokio::test]
async fn a_name_is_needed_to_log_in() {
    let Test {
        mut browser, kit, ..
    } = test();
    for user in ["", "  ", &"x".repeat(101)] {
        let page = browser.post("/login", &[("user", user)]).await;
        assert_eq!(page.uri(), "/login");
        assert!(page.text().contains("Please give a name"), "{user:?}");
        kit.assert_session_of(&browser, &Login::default());
    }
}

#[tokio::test]
async fn after_the_form_a_visitor_is_where_they_wanted_to_go() {
    let Test { mut browser, .. } = test();
    let page = browser.get("/account?tab=orders").await;
    assert_eq!(page.uri(), "/login?next=/account%3Ftab%3Dorders");
    let form = page.uri().to_string();
    let page = browser.post(&form, &[("user", "")]).await;
    assert_eq!(page.uri(), &*form, "the form again");
    let page = browser.post(&form, &[("user", "Ann")]).await;
    assert_eq!(page.uri(), "/account?tab=orders");

    for elsewhere in ["https://evil.example", "//evil.example"] {
        let form = format!("/login?next={elsewhere}");
        let page = browser.post(&form, &[("user", "Ann")]).await;
        assert_eq!(page.uri(), "/", "{elsewhere}");
    }
}

#[tokio::test]
async fn a_page_that_polls_keeps_no_user_logged_in() {
    let Test {
        mut browser, clock, ..
    } = test();
    browser.post("/login", &[("user", "Ann")]).await;
    for _ in 0..13 {
        clock.advance(Duration::from_hours(24));
        assert_eq!(browser.get("/is-logged-in").await.text(), "yes");
    }
    clock.advance(Duration::from_hours(24));
    assert_eq!(browser.get("/is-logged-in").await.text(), "no");
    let page = browser.get("/").await;
    assert!(page.text().contains("Your session has expired."));
}

#[tokio::test]
async fn logging_out_keeps_nothing_and_says_so_once() {
    let Test {
        mut browser, kit, ..
    } = test();
    kit.set_session(&mut browser, &logged_in("Ann"));
    let page = browser.post("/logout", &[]).await;
    assert_eq!(page.uri(), "/login");
    assert!(page.text().contains("You are logged out."));
    assert!(kit.session_of(&browser).is_none());
    assert!(browser.get("/").await.text().contains("Please log in."));
}

#[tokio::test]
async fn a_session_is_over_after_two_weeks_and_the_form_says_so() {
    let Test {
        mut browser,
        clock,
        kit,
    } = test();
    kit.set_session(&mut browser, &logged_in("Ann"));
    clock.advance(Duration::from_secs(14 * 24 * 60 * 60 - 1));
    assert_eq!(browser.get("/").await.uri(), "/"); // which counts as use
    clock.advance(Duration::from_hours(14 * 24));
    let page = browser.get("/").await;
    assert_eq!(page.uri().path(), "/login");
    let notice = "Your session has expired. Please log in again.";
    assert!(page.text().contains(notice));

    browser.post("/login", &[("user", "Ann")]).await;
    kit.assert_session_of(&browser, &logged_in("Ann"));
}

#[tokio::test]
async fn the_theme_belongs_to_the_browser() {
    let Test { mut browser, .. } = test();
    browser.post("/login", &[("user", "Ann")]).await;
    browser.post("/theme", &[]).await;
    browser.post("/logout", &[]).await;
    browser.restart();
    let page = browser.get("/").await;
    assert!(page.text().contains("color-scheme content=dark"));
}

#[tokio::test]
async fn a_name_is_not_markup() {
    let Test { mut browser, .. } = test();
    let page = browser.post("/login", &[("user", "<b>'&\"")]).await;
    let escaped = "Hello, &lt;b&gt;&#39;&amp;&quot;!";
    assert!(page.text().contains(escaped), "{}", page.text());
}

#[tokio::test]
async fn closing_the_browser_logs_out_unless_the_visitor_stays_logged_in() {
    let Test { mut browser, .. } = test();
    browser.post("/login", &[("user", "Ann")]).await;
    browser.restart();
    assert_eq!(browser.get("/").await.uri().path(), "/login");

    let form = [("user", "Ann"), ("remember", "true")];
    browser.post("/login", &form).await;
    browser.restart();
    assert_eq!(browser.get("/").await.uri(), "/");
}

#[tokio::test]
async fn another_user_is_a_new_session() {
    let Test {
        mut browser, kit, ..
    } = test();
    kit.set_session(&mut browser, &logged_in("Ann"));
    let form = [("user", "Bob"), ("remember", "true")];
    let page = browser.post("/login", &form).await;
    assert!(page.text().contains("Hello, Bob!"));
    kit.assert_session_of(&browser, &logged_in("Bob"));
}

/// A handler is a function: it can be called without a router.
#[tokio::test]
async fn the_handler_alone_starts_the_session_over() {
    let mut request = TestRequest::new(&logged_in("Ann"));
    let _redirect = log_out(request.session()).await;
    assert!(request.is_cleared());
    request.assert_value(&Login {
        notice: Some("You are logged out.".to_owned()),
        ..Login::default()
    });
    let saved = request.respond(StatusCode::SEE_OTHER).into_set();
    assert_eq!(saved.unwrap().user, None);
}
