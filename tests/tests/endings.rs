//! `Session::clear` and `Session::sync`, next to other guards and to responses that fail.

use axum::Router;
use axum::extract::{Path, Request};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::routing::get;
use session_runtime::Session;
use tests::{App, CANARY, MovableClock, timed_app};

#[derive(Session)]
#[session(idle = "1h", max = "2h")]
struct Shop {
    visits: u32,
    name: Option<String>,
}

type Guard = Session<Shop>;

async fn show(session: Guard) -> String {
    let name = session.name.as_deref().unwrap_or("-");
    format!("{} {name}", session.visits)
}

async fn visit(mut session: Guard) {
    session.visits += 1;
    session.name = Some(CANARY.to_owned());
}

fn shop(routes: Router) -> (App, MovableClock) {
    let routes = routes.route("/show", get(show)).route("/visit", get(visit));
    timed_app::<Shop>(routes)
}

async fn shown(app: &mut App) -> String {
    app.get("/show").await.body
}

#[tokio::test]
async fn after_clear_every_field_is_its_default_and_what_is_written_counts() {
    async fn start_over(mut session: Guard) -> String {
        Session::clear(&mut session);
        let cleared = format!("{} {:?}", session.visits, session.name);
        session.visits = 1;
        cleared
    }
    let (mut app, clock) = shop(Router::new().route("/over", get(start_over)));
    app.get("/visit").await;
    clock.advance(3000);
    let answer = app.get("/over").await;
    assert_eq!(answer.body, "0 None");
    assert_eq!(
        answer.set_cookies().len(),
        1,
        "although visits is what it was"
    );
    assert_eq!(shown(&mut app).await, "1 -");
    clock.advance(3000);
    app.get("/show").await;
    clock.advance(3000);
    assert_eq!(shown(&mut app).await, "1 -", "max began anew");
}

#[tokio::test]
async fn clear_alone_removes_the_cookie() {
    async fn clear(mut session: Guard) {
        Session::clear(&mut session);
    }
    let (mut app, _) = shop(Router::new().route("/clear", get(clear)));
    assert_eq!(
        app.get("/clear").await.set_cookies().len(),
        0,
        "there is none"
    );
    app.get("/visit").await;
    let cookies = app.get("/clear").await.set_cookies();
    assert!(cookies[0].starts_with("__Host-shop=; "), "{cookies:?}");
    assert_eq!(shown(&mut app).await, "0 -");
}

#[tokio::test]
async fn clear_is_honoured_when_the_response_fails_and_what_follows_it_is_not() {
    async fn clear_and_fail(Path(code): Path<u16>, mut session: Guard) -> StatusCode {
        Session::clear(&mut session);
        session.visits = 50;
        StatusCode::from_u16(code).unwrap()
    }
    for code in [500, 503, 408] {
        let (mut app, _) = shop(Router::new().route("/fail/{code}", get(clear_and_fail)));
        app.get("/visit").await;
        let answer = app.get(&format!("/fail/{code}")).await;
        assert_eq!(answer.status, code);
        assert_eq!(answer.set_cookies().len(), 1);
        assert_eq!(app.cookie("__Host-shop"), None);
        assert_eq!(shown(&mut app).await, "0 -");
    }
}

#[tokio::test]
async fn clear_is_honoured_when_what_follows_it_cannot_be_saved() {
    async fn clear_and_overflow(mut session: Guard) {
        Session::clear(&mut session);
        session.name = Some(CANARY.repeat(1000));
    }
    let (mut app, _) = shop(Router::new().route("/overflow", get(clear_and_overflow)));
    app.get("/visit").await;
    let answer = app.get("/overflow").await;
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(answer.set_cookies().len(), 1);
    assert_eq!(app.cookie("__Host-shop"), None);
}

#[tokio::test]
async fn guards_taken_before_clear_are_stale_and_guards_taken_after_it_are_not() {
    async fn outer(mut session: Guard, request: Request, next: Next) -> Response {
        session.visits = 100;
        // Kept over the handler's clear.
        let response = next.run(request).await;
        session.name = Some(format!("{CANARY} outer"));
        drop(session);
        response
    }
    async fn inner(mut first: Guard, mut second: Guard) {
        second.visits = 70;
        drop(second);
        Session::clear(&mut first);
        first.visits = 7;
    }
    let routes = Router::new().route("/", get(inner)).layer(from_fn(outer));
    let (mut app, _) = shop(routes);
    app.get("/visit").await;
    app.get("/").await;
    assert_eq!(shown(&mut app).await, "7 -");
    let warnings = app.log().lines_with("ended after its guard was taken");
    assert_eq!(warnings.len(), 2, "visits and name: {warnings:?}");
}

#[tokio::test]
async fn two_guards_that_both_clear_leave_what_the_later_one_wrote() {
    async fn both(mut first: Guard, mut second: Guard) {
        Session::clear(&mut first);
        first.visits = 1;
        Session::clear(&mut second);
        second.name = Some(CANARY.to_owned());
    }
    let (mut app, _) = shop(Router::new().route("/both", get(both)));
    app.get("/visit").await;
    app.get("/both").await;
    assert_eq!(shown(&mut app).await, format!("0 {CANARY}"));
}

#[tokio::test]
async fn destroy_wins_over_clear_in_either_order() {
    async fn clear_first(mut first: Guard, second: Guard) {
        Session::clear(&mut first);
        first.visits = 9;
        Session::destroy(second);
    }
    async fn destroy_first(mut first: Guard, second: Guard) {
        Session::destroy(second);
        Session::clear(&mut first);
        first.visits = 9;
    }
    let routes = Router::new()
        .route("/1", get(clear_first))
        .route("/2", get(destroy_first));
    let (mut app, _) = shop(routes);
    for path in ["/1", "/2"] {
        app.get("/visit").await;
        let cookies = app.get(path).await.set_cookies();
        assert!(
            cookies[0].starts_with("__Host-shop=; "),
            "{path}: {cookies:?}"
        );
    }
}

#[tokio::test]
async fn sync_publishes_what_one_guard_changed_and_takes_over_what_others_did() {
    async fn outer(mut session: Guard, request: Request, next: Next) -> Response {
        session.visits += 1;
        Session::sync(&mut session);
        let response = next.run(request).await;
        Session::sync(&mut session);
        session.visits += 1;
        response
    }
    async fn inner(mut session: Guard) -> String {
        session.visits += 10;
        session.visits.to_string()
    }
    let routes = Router::new().route("/", get(inner)).layer(from_fn(outer));
    let (mut app, _) = shop(routes);
    assert_eq!(app.get("/").await.body, "11");
    assert_eq!(shown(&mut app).await, "12 -");
    assert!(app.log().lines_with("WARN").is_empty());
}

#[tokio::test]
async fn a_stale_guard_is_up_to_date_again_after_sync() {
    async fn both(mut first: Guard, mut second: Guard) -> String {
        Session::clear(&mut first);
        first.visits = 3;
        Session::sync(&mut first);
        Session::sync(&mut second);
        let taken = second.visits;
        second.visits += 1;
        taken.to_string()
    }
    let (mut app, _) = shop(Router::new().route("/both", get(both)));
    app.get("/visit").await;
    assert_eq!(app.get("/both").await.body, "3");
    assert_eq!(shown(&mut app).await, "4 -");
}

/// Fields with a time of their own, and two guards of one request.
mod a_touch {
    use super::*;

    #[derive(Session)]
    #[session(cookie = "bank", idle = "1h", max = "2h")]
    struct Bank {
        #[session(ttl = "10m")]
        code: u32,
    }

    type Guard = Session<Bank>;

    fn bank(route: axum::routing::MethodRouter) -> (App, MovableClock) {
        let set = get(async |mut bank: Guard| bank.code = 7);
        let show = get(async |bank: Guard| bank.code.to_string());
        let routes = Router::new().route("/set", set).route("/show", show);
        timed_app::<Bank>(routes.route("/do", route))
    }

    #[tokio::test]
    async fn of_a_stale_guard_is_dropped_and_the_log_says_so() {
        let (mut app, _) = bank(get(async |mut first: Guard, mut second: Guard| {
            Session::touch(&mut first, |bank| &bank.code);
            Session::clear(&mut second);
        }));
        app.get("/set").await;
        app.get("/do").await;
        let told = app
            .log()
            .lines_with("the session ended after its guard was taken");
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0].contains("field=\"code\""), "{told:?}");
    }

    #[tokio::test]
    async fn counts_also_where_another_guard_sets_the_value_of_before() {
        let (mut app, clock) = bank(get(async |mut first: Guard, mut second: Guard| {
            Session::touch(&mut first, |bank| &bank.code);
            drop(first);
            second.code = 9;
            Session::sync(&mut second);
            second.code = 7;
        }));
        app.get("/set").await;
        clock.advance(300);
        app.get("/do").await;
        clock.advance(599);
        assert_eq!(app.get("/show").await.body, "7");
    }
}
