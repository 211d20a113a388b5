//! The responses that save the session, and those that do not.

use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use axum::response::Redirect;
use axum::routing::get;
use session_runtime::{Session, SessionLayer};
use tests::{App, app};
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::TimeoutLayer;

#[derive(Session)]
struct Shop {
    visits: u32,
}

type Guard = Session<Shop>;

/// Counts before whatever the route then does, while the guard is still alive.
fn counted(mut session: Guard) -> Guard {
    session.visits += 1;
    session
}

async fn error(session: Guard) -> Result<(), (StatusCode, &'static str)> {
    let _session = counted(session);
    Err((StatusCode::UNPROCESSABLE_ENTITY, "no"))
}

async fn redirect(session: Guard) -> Redirect {
    let _session = counted(session);
    Redirect::to("/elsewhere")
}

async fn panicking(session: Guard) {
    let _session = counted(session);
    panic!("the handler's own mistake");
}

async fn panics_after_a_guard(session: Guard) {
    drop(counted(session));
    panic!("the handler's own mistake");
}

async fn slow(session: Guard) {
    drop(counted(session));
    tokio::time::sleep(Duration::from_mins(1)).await;
}

/// Answers with the status in the path.
async fn status(session: Guard, axum::extract::Path(code): axum::extract::Path<u16>) -> StatusCode {
    let _session = counted(session);
    StatusCode::from_u16(code).unwrap()
}

fn shop() -> App {
    let timeout = Duration::from_millis(20);
    app(|keys| {
        Router::new()
            .route("/error", get(error))
            .route("/redirect", get(redirect))
            .route("/panic", get(panicking))
            .route("/panic-later", get(panics_after_a_guard))
            .route("/slow", get(slow))
            .route("/status/{code}", get(status))
            .route(
                "/visits",
                get(async |session: Guard| session.visits.to_string()),
            )
            .layer(
                ServiceBuilder::new()
                    .layer(SessionLayer::<Shop>::new(keys))
                    .layer(CatchPanicLayer::new())
                    .layer(TimeoutLayer::with_status_code(
                        StatusCode::REQUEST_TIMEOUT,
                        timeout,
                    )),
            )
    })
}

async fn visits(app: &mut App) -> String {
    app.get("/visits").await.body
}

#[tokio::test]
async fn success_redirect_and_client_error_save() {
    let mut app = shop();
    let mut expected = 0;
    for path in [
        "/error",
        "/redirect",
        "/status/200",
        "/status/204",
        "/status/301",
        "/status/400",
        "/status/401",
        "/status/404",
        "/status/409",
        "/status/429",
    ] {
        app.get(path).await;
        expected += 1;
        assert_eq!(visits(&mut app).await, expected.to_string(), "{path}");
    }
}

#[tokio::test]
async fn server_error_and_timeout_do_not_save_and_the_next_request_is_fine() {
    let mut app = shop();
    app.get("/status/200").await;
    for (path, status) in [
        ("/status/500", 500),
        ("/status/503", 503),
        ("/status/408", 408),
        ("/slow", 408),
        ("/panic", 500),
        ("/panic-later", 500),
    ] {
        let answer = app.get(path).await;
        assert_eq!(answer.status, status, "{path}");
        assert_eq!(answer.set_cookies().len(), 0, "{path}");
        assert_eq!(visits(&mut app).await, "1", "{path}");
    }
    app.get("/status/200").await;
    assert_eq!(visits(&mut app).await, "2");
}

/// The log of the changes that a failure drops, and the option that saves them all the same.
mod server_errors {
    use axum::extract::Path;

    use super::*;

    #[derive(Session)]
    #[session(cookie = "shop")]
    struct Shop {
        attempts: u32,
        #[session(flash)]
        notice: u32,
        #[session(browser)]
        theme: u32,
        orders: u32,
    }

    async fn act(
        Path((acts, status)): Path<(String, u16)>,
        mut session: Session<Shop>,
    ) -> StatusCode {
        for act in acts.split('+') {
            match act {
                "attempt" => session.attempts += 1,
                "order" => session.orders += 1,
                "theme" => session.theme += 1,
                "notice" => session.notice += 1,
                "take" => session.notice = 0,
                "remember" => Session::remember(&mut session, true),
                "clear" => Session::clear(&mut session),
                "sync" => Session::sync(&mut session),
                "panic" => panic!("in the middle of it"),
                other => panic!("{other}"),
            }
        }
        StatusCode::from_u16(status).unwrap()
    }

    async fn show(session: Session<Shop>) -> String {
        let Shop {
            attempts,
            notice,
            theme,
            orders,
        } = &*session;
        format!("{attempts} {notice} {theme} {orders}")
    }

    fn shop(options: impl FnOnce(SessionLayer<Shop>) -> SessionLayer<Shop>) -> App {
        app(|keys| {
            Router::new()
                .route(
                    "/act/{acts}/{status}",
                    get(act).layer(CatchPanicLayer::new()),
                )
                .route("/show", get(show))
                .layer(options(SessionLayer::new(keys)))
        })
    }

    async fn after(app: &mut App, path: &str) -> String {
        app.get(path).await;
        app.get("/show").await.body
    }

    fn not_saved(app: &App) -> Vec<String> {
        app.log()
            .lines_with("changes are not saved: the response is a failure")
    }

    #[tokio::test]
    async fn name_what_they_drop_at_info() {
        for (status, reason) in [
            (500, "server-error"),
            (503, "server-error"),
            (408, "timeout"),
        ] {
            let mut app = shop(|layer| layer);
            let path = format!("/act/order+attempt+notice+theme+remember/{status}");
            assert_eq!(after(&mut app, &path).await, "0 0 0 0");
            let lines = not_saved(&app);
            assert_eq!(lines.len(), 1, "{lines:?}");
            let fields = "fields=\"attempts, notice, theme, orders, Session::remember\"";
            let reason = format!("reason=\"{reason}\"");
            assert!(
                lines[0].contains("INFO") && lines[0].contains(fields),
                "{lines:?}"
            );
            assert!(lines[0].contains(&reason), "{lines:?}");
        }
    }

    /// RFC 9110 reads a status of a class that it does not know as a 5xx.
    #[tokio::test]
    async fn are_all_statuses_from_500_on() {
        for status in [499, 500, 599, 600, 999] {
            let mut app = shop(|layer| layer);
            let saved = if status < 500 { "1 0 0 0" } else { "0 0 0 0" };
            assert_eq!(
                after(&mut app, &format!("/act/attempt/{status}")).await,
                saved
            );
        }
    }

    #[tokio::test]
    async fn say_nothing_where_nothing_is_dropped() {
        let mut app = shop(|layer| layer);
        app.get("/act/attempt/200").await;
        app.get("/act/clear/500").await;
        app.get("/act/attempt+clear/500").await;
        app.get("/act/attempt/404").await;
        assert_eq!(not_saved(&app), [""; 0]);
    }

    #[tokio::test]
    async fn save_where_the_layer_says_so_and_leave_flash_as_it_was() {
        let mut app = shop(SessionLayer::save_on_server_errors);
        app.get("/act/notice/200").await;
        assert_eq!(
            after(&mut app, "/act/attempt+theme+take/500").await,
            "1 1 1 0"
        );
        let lines = not_saved(&app);
        assert_eq!(lines.len(), 1, "{lines:?}");
        assert!(lines[0].contains("fields=\"notice\""), "{lines:?}");
        assert!(lines[0].contains("reason=\"unseen\""), "{lines:?}");
        assert_eq!(after(&mut app, "/act/notice/503").await, "1 1 1 0");
        assert_eq!(after(&mut app, "/act/clear+order/500").await, "0 0 1 1");
    }

    #[tokio::test]
    async fn never_save_a_timeout_or_what_a_panic_left() {
        let mut app = shop(SessionLayer::save_on_server_errors);
        assert_eq!(after(&mut app, "/act/attempt/408").await, "0 0 0 0");
        assert_eq!(
            after(&mut app, "/act/attempt+sync+order+panic/200").await,
            "0 0 0 0"
        );
        let lines = not_saved(&app);
        assert!(lines[0].contains("reason=\"timeout\""), "{lines:?}");
        assert!(lines[1].contains("reason=\"panic\""), "{lines:?}");
    }

    #[tokio::test]
    async fn note_no_use_where_the_layer_saves_them() {
        let clock = tests::MovableClock::new();
        let mut app = shop(|layer| layer.save_on_server_errors().clock(clock.clone()));
        app.get("/act/attempt/200").await;
        clock.advance(10 * 24 * 60 * 60);
        let answer = app.get("/act/sync/500").await;
        assert_eq!(answer.set_cookies(), [""; 0]);
    }
}

#[tokio::test]
async fn a_panic_that_middleware_turns_into_success_does_not_save_the_guard() {
    use axum::extract::Request;
    use axum::middleware::{Next, from_fn};
    use axum::response::{IntoResponse, Response};

    async fn forgive(request: Request, next: Next) -> Response {
        let response = next.run(request).await;
        if response.status().is_server_error() {
            return "never mind".into_response();
        }
        response
    }
    let mut app = app(|keys| {
        Router::new()
            .route("/panic", get(panicking))
            .route(
                "/visits",
                get(async |session: Guard| session.visits.to_string()),
            )
            .layer(CatchPanicLayer::new())
            .layer(from_fn(forgive))
            .layer(SessionLayer::<Shop>::new(keys))
    });
    let answer = app.get("/panic").await;
    assert_eq!(
        (answer.status, answer.set_cookies().len()),
        (StatusCode::OK, 0)
    );
    assert_eq!(visits(&mut app).await, "0");
}

#[tokio::test]
async fn a_change_after_the_client_has_gone_is_reported_too() {
    async fn hands_over(session: Guard) {
        tokio::spawn(change_later(session));
        std::future::pending::<()>().await;
    }
    async fn change_later(mut session: Guard) {
        tokio::time::sleep(Duration::from_millis(50)).await;
        session.visits += 1;
    }
    let mut app = app(|keys| {
        Router::new()
            .route("/", get(hands_over))
            .layer(SessionLayer::<Shop>::new(keys))
    });
    let answer = tokio::time::timeout(Duration::from_millis(10), app.get("/"));
    assert!(answer.await.is_err());
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(app.log().lines_with("came after the response").len(), 1);
}

#[tokio::test]
async fn a_change_after_the_response_is_not_saved_and_the_log_names_the_field() {
    async fn later(mut session: Guard) {
        tokio::spawn(async move {
            tokio::task::yield_now().await;
            session.visits += 1;
        });
    }
    let mut app = app(|keys| {
        Router::new()
            .route("/later", get(later))
            .layer(SessionLayer::<Shop>::new(keys))
    });
    assert_eq!(app.get("/later").await.set_cookies().len(), 0);
    tokio::task::yield_now().await;
    tokio::task::yield_now().await;
    let errors = app.log().lines_with("ERROR");
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert!(errors[0].contains("came after the response"), "{errors:?}");
    assert!(errors[0].contains("field=\"visits\""), "{errors:?}");
}
