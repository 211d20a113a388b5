//! The size of a session: at most 4096 bytes, name and value together.

use axum::Router;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_LENGTH, SET_COOKIE, VARY};
use axum::response::{AppendHeaders, IntoResponse};
use axum::routing::get;
use session_runtime::{Session, SessionLayer};
use tests::{Answer, App, CANARY, app};

/// With its prefix, a name of 13 characters: values of 4083 and 4084 characters are both possible.
#[derive(Session)]
struct Market {
    note: String,
    other: String,
    visits: u32,
}

async fn write(Path(bytes): Path<usize>, mut session: Session<Market>) -> impl IntoResponse {
    session.note = format!("{CANARY}{}", "x".repeat(bytes - CANARY.len()));
    session.other = "small".to_owned();
    let others = [
        (SET_COOKIE, "theirs=not-ours"),
        (CACHE_CONTROL, "public, max-age=3600"),
        (CONTENT_LENGTH, "7"),
    ];
    (AppendHeaders(others), "written")
}

fn market() -> App {
    app(|keys| {
        Router::new()
            .route("/write/{bytes}", get(write))
            .route(
                "/read",
                get(async |session: Session<Market>| session.note.len().to_string()),
            )
            .layer(SessionLayer::<Market>::new(keys))
    })
}

async fn write_note(app: &mut App, bytes: usize) -> Answer {
    app.get(&format!("/write/{bytes}")).await
}

fn cookie_bytes(app: &App) -> usize {
    "__Host-market".len() + app.cookie("__Host-market").unwrap().len()
}

#[tokio::test]
async fn a_cookie_of_4096_bytes_passes_and_one_of_4097_is_a_500() {
    let mut app = market();
    let mut bytes = 2950;
    while cookie_bytes_after(&mut app, bytes).await < 4096 {
        bytes += 1;
    }
    assert_eq!(cookie_bytes(&app), 4096);
    assert_eq!(app.get("/read").await.body, bytes.to_string());

    let answer = write_note(&mut app, bytes + 1).await;
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(answer.body, "");
    assert_eq!(
        answer.all(SET_COOKIE),
        ["theirs=not-ours"],
        "cookies of others stay"
    );
    assert_eq!(
        answer.all(CACHE_CONTROL),
        ["no-store"],
        "no cache keeps the failure"
    );
    assert_eq!(answer.all(VARY), ["cookie"]);
    assert_eq!(
        app.get("/read").await.body,
        bytes.to_string(),
        "the old session is intact"
    );
}

async fn cookie_bytes_after(app: &mut App, bytes: usize) -> usize {
    assert_eq!(write_note(app, bytes).await.status, StatusCode::OK);
    cookie_bytes(app)
}

/// A cache that keeps it after all keeps it beside what it stands for.
#[tokio::test]
async fn a_failure_varies_by_what_its_page_varied_by() {
    async fn too_long(mut session: Session<Market>) -> impl IntoResponse {
        session.note = CANARY.repeat(400);
        AppendHeaders([(VARY, "accept-language"), (VARY, "accept-encoding")])
    }
    let mut app = app(|keys| {
        Router::new()
            .route("/", get(too_long))
            .layer(SessionLayer::<Market>::new(keys))
    });
    let answer = app.get("/").await;
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
    let all = ["accept-language", "accept-encoding", "cookie"];
    assert_eq!(answer.all(VARY), all);
}

#[tokio::test]
async fn the_log_of_a_session_that_is_too_large_names_the_largest_fields_and_the_bytes() {
    let mut app = market();
    write_note(&mut app, 5000).await;
    let errors = app.log().lines_with("ERROR");
    assert_eq!(errors.len(), 1, "{errors:?}");
    let expected = "largest=\"note (5003 bytes), other (6 bytes)\"";
    assert!(errors[0].contains(expected), "{errors:?}");
    assert!(errors[0].contains("limit=4096"), "{errors:?}");
    assert!(
        errors[0].contains("session=\"limits::Market\""),
        "{errors:?}"
    );
}

#[tokio::test]
async fn from_3073_bytes_on_a_warning_names_the_largest_fields() {
    let mut app = market();
    let mut bytes = 2150;
    while cookie_bytes_after(&mut app, bytes).await <= 3072 {
        assert!(app.log().lines_with("WARN").is_empty());
        bytes += 1;
    }
    assert_eq!(cookie_bytes(&app), 3073);
    let warnings = app.log().lines_with("WARN");
    assert_eq!(warnings.len(), 1);
    assert!(warnings[0].contains("bytes=3073"), "{warnings:?}");
    assert!(warnings[0].contains("largest=\"note ("), "{warnings:?}");
}

mod values {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::*;

    /// One of its values has no bytes.
    #[derive(Default)]
    struct Fussy(u8);

    const BROKEN: Fussy = Fussy(1);
    const MENDED: Fussy = Fussy(2);

    impl Serialize for Fussy {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            if self.0 == BROKEN.0 {
                return Err(serde::ser::Error::custom(CANARY));
            }
            serializer.serialize_u8(self.0)
        }
    }

    impl<'de> Deserialize<'de> for Fussy {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            u8::deserialize(deserializer).map(Self)
        }
    }

    #[derive(Session)]
    struct Shop {
        fussy: Fussy,
        visits: u32,
    }

    fn shop() -> App {
        app(|keys| {
            Router::new()
                .route(
                    "/visit",
                    get(async |mut session: Session<Shop>| session.visits += 1),
                )
                .route("/break", get(breaks))
                .route("/take-back", get(takes_back))
                .route("/mend", get(mends))
                .route("/break-again", get(breaks_again))
                .route("/fail", get(fails))
                .route("/over", get(starts_over))
                .route(
                    "/read",
                    get(async |session: Session<Shop>| session.visits.to_string()),
                )
                .layer(SessionLayer::<Shop>::new(keys))
        })
    }

    async fn breaks(mut session: Session<Shop>) {
        session.visits = 77;
        session.fussy = BROKEN;
    }

    async fn takes_back(mut first: Session<Shop>, mut second: Session<Shop>) {
        first.fussy = BROKEN;
        first.visits = 5;
        drop(first);
        second.fussy = BROKEN;
        second.visits = 6;
        second.fussy = Fussy::default();
    }

    async fn mends(mut first: Session<Shop>, mut second: Session<Shop>) {
        first.fussy = BROKEN;
        drop(first);
        second.fussy = MENDED;
        second.visits = 6;
    }

    async fn breaks_again(mut first: Session<Shop>, mut second: Session<Shop>) {
        first.fussy = MENDED;
        drop(first);
        second.fussy = BROKEN;
    }

    async fn fails(mut session: Session<Shop>) -> StatusCode {
        session.fussy = BROKEN;
        StatusCode::BAD_GATEWAY
    }

    async fn starts_over(mut first: Session<Shop>, mut second: Session<Shop>) {
        first.fussy = BROKEN;
        drop(first);
        Session::clear(&mut second);
        second.visits = 7;
    }

    #[tokio::test]
    async fn a_value_that_cannot_be_serialized_is_a_500_and_the_log_names_the_field() {
        let mut app = shop();
        app.get("/visit").await;
        let answer = app.get("/break").await;
        assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(answer.set_cookies().len(), 0);
        assert_eq!(app.get("/read").await.body, "1");
        let errors = app.log().lines_with("ERROR");
        assert_eq!(errors.len(), 1, "{errors:?}");
        assert!(errors[0].contains("field=\"fussy\""), "{errors:?}");
        assert!(errors[0].contains("`Serialize` failed"), "{errors:?}");
    }

    #[tokio::test]
    async fn a_response_that_does_not_save_is_left_as_it_is() {
        let mut app = shop();
        assert_eq!(app.get("/fail").await.status, StatusCode::BAD_GATEWAY);
    }

    #[tokio::test]
    async fn a_broken_value_ends_with_the_session_that_it_was_published_in() {
        let mut app = shop();
        app.get("/visit").await;
        assert_eq!(app.get("/over").await.status, StatusCode::OK);
        assert_eq!(app.get("/read").await.body, "7");
    }

    #[tokio::test]
    async fn a_guard_that_never_touched_the_broken_field_does_not_repair_it() {
        let mut app = shop();
        let status = app.get("/take-back").await.status;
        assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
    }

    #[tokio::test]
    async fn of_two_guards_it_is_the_later_one_whose_value_must_be_storable() {
        let mut app = shop();
        assert_eq!(app.get("/mend").await.status, StatusCode::OK);
        assert_eq!(app.get("/read").await.body, "6");
        let status = app.get("/break-again").await.status;
        assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
    }
}

mod an_identity {
    use session_runtime::Identity;

    use super::*;

    #[derive(Session)]
    #[session(cookie = "shop")]
    struct Shop {
        #[session(identity)]
        user: Identity<String>,
        cart: String,
    }

    async fn fill(Path(bytes): Path<usize>, mut session: Session<Shop>) -> String {
        session.cart = "x".repeat(bytes);
        Session::info(&session).bytes_left().to_string()
    }

    async fn log_in(mut session: Session<Shop>) {
        Session::log_in(&mut session, CANARY.repeat(12));
    }

    async fn show(session: Session<Shop>) -> String {
        format!("{} {}", session.user.is_some(), session.cart.len())
    }

    fn shop() -> App {
        app(|keys| {
            Router::new()
                .route("/fill/{bytes}", get(fill))
                .route("/log-in", get(log_in))
                .route("/show", get(show))
                .layer(SessionLayer::<Shop>::new(keys))
        })
    }

    /// The largest cart that is saved.
    async fn largest(app: &mut App) -> usize {
        let (mut fits, mut fails) = (2000, 4000);
        while fails - fits > 1 {
            let bytes = usize::midpoint(fits, fails);
            match app.get(&format!("/fill/{bytes}")).await.status {
                StatusCode::OK => fits = bytes,
                _ => fails = bytes,
            }
        }
        fits
    }

    #[tokio::test]
    async fn a_cart_that_is_full_leaves_room_for_a_login() {
        let mut app = shop();
        let full = largest(&mut app).await;
        app.get(&format!("/fill/{full}")).await;
        assert_eq!(app.get("/log-in").await.status, StatusCode::OK);
        assert_eq!(app.get("/show").await.body, format!("true {full}"));
        assert!(
            largest(&mut app).await > full,
            "which is not kept free any more"
        );
        let errors = app.log().lines_with("larger than browsers keep");
        assert!(errors[0].contains("limit=3840"), "{}", errors[0]);
        assert!(errors.last().unwrap().contains("limit=4096"));
    }

    #[tokio::test]
    async fn the_room_that_is_left_does_not_count_what_is_kept_free() {
        let mut app = shop();
        let empty: usize = app.get("/fill/0").await.body.parse().unwrap();
        app.get("/log-in").await;
        let full = largest(&mut app).await;
        let left: usize = app
            .get(&format!("/fill/{full}"))
            .await
            .body
            .parse()
            .unwrap();
        assert!(left < 10, "{left}");
        assert!((3700..3840).contains(&empty), "{empty}");
    }
}
