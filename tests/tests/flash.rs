//! `flash` fields: set before a redirect, shown once on the page after it.

use axum::Router;
use axum::extract::Path;
use axum::http::header::{LOCATION, SET_COOKIE};
use axum::http::{Method, StatusCode};
use axum::routing::get;
use serde::{Deserialize, Serialize, Serializer};
use session_runtime::{Session, SessionLayer};
use tests::{Answer, App, CANARY, MovableClock, app, timed_app};

#[derive(Session)]
#[session(idle = "1h")]
struct Shop {
    visits: u32,
    #[session(flash)]
    notice: Option<String>,
    #[session(flash, ttl = "20m")]
    messages: Vec<String>,
}

type Guard = Session<Shop>;

/// As after a form: says something and sends the browser on.
async fn save(
    Path(what): Path<String>,
    mut session: Guard,
) -> (StatusCode, [(&'static str, &'static str); 1]) {
    session.notice = Some(format!("{CANARY} {what}"));
    (StatusCode::SEE_OTHER, [("location", "/page")])
}

async fn push(Path(what): Path<String>, mut session: Guard) {
    session.messages.push(format!("{CANARY} {what}"));
}

/// A page that shows what there is and answers as it is told.
async fn page(Path(code): Path<u16>, mut session: Guard) -> (StatusCode, String) {
    let notice = session.notice.take();
    (StatusCode::from_u16(code).unwrap(), without_canary(notice))
}

async fn messages(mut session: Guard) -> String {
    without_canary(std::mem::take(&mut session.messages))
}

/// A poll, an asset, a redirect that passes on: it has the session and takes nothing.
async fn look(session: Guard) -> String {
    format!("{} {}", session.visits, session.notice.is_some())
}

async fn visit(mut session: Guard) {
    session.visits += 1;
}

fn without_canary(texts: impl IntoIterator<Item = String>) -> String {
    let texts = texts.into_iter();
    let texts = texts.map(|text| text.replace(CANARY, "").trim().to_owned());
    texts.collect::<Vec<_>>().join(", ")
}

fn shop() -> (App, MovableClock) {
    let routes = Router::new()
        .route("/save/{what}", get(save))
        .route("/push/{what}", get(push))
        .route("/page/{code}", get(page))
        .route("/messages", get(messages))
        .route("/look", get(look))
        .route("/visit", get(visit));
    timed_app::<Shop>(routes)
}

fn names(answer: &Answer) -> Vec<String> {
    let lines = answer.set_cookies();
    let name = |line: &String| line.split('=').next().unwrap().to_owned();
    lines.iter().map(name).collect()
}

#[tokio::test]
async fn a_flash_is_shown_once() {
    let (mut app, _) = shop();
    let answer = app.get("/save/saved").await;
    assert_eq!(answer.status, 303);
    assert_eq!(answer.headers[LOCATION], "/page");
    assert_eq!(app.get("/page/200").await.body, "saved");
    assert_eq!(app.get("/page/200").await.body, "");
}

#[tokio::test]
async fn its_cookie_is_its_own_lasts_as_long_as_it_does_and_goes_with_it() {
    let (mut app, _) = shop();
    app.get("/visit").await;
    let main = app.cookie("__Host-shop");

    let set = app.get("/save/saved").await.set_cookies();
    let [line] = &set[..] else { panic!("{set:?}") };
    assert!(line.starts_with("__Host-shop.flash="), "{line}");
    let attributes = "; Path=/; Max-Age=300; HttpOnly; SameSite=Lax; Secure";
    assert!(line.ends_with(attributes), "{line}");

    let set = app.get("/page/200").await.set_cookies();
    let [line] = &set[..] else { panic!("{set:?}") };
    assert!(line.starts_with("__Host-shop.flash=; "), "{line}");
    assert!(line.contains("; Max-Age=0; "), "{line}");
    assert_eq!(app.cookie("__Host-shop.flash"), None);
    assert_eq!(app.cookie("__Host-shop"), main);
}

#[tokio::test]
async fn a_change_elsewhere_leaves_it_alone() {
    let (mut app, _) = shop();
    app.get("/save/saved").await;
    assert_eq!(names(&app.get("/visit").await), ["__Host-shop"]);
    assert_eq!(app.get("/page/200").await.body, "saved");
}

#[tokio::test]
async fn who_does_not_take_it_leaves_it_for_the_page_that_does() {
    let (mut app, clock) = shop();
    app.get("/save/saved").await;
    for _ in 0..5 {
        clock.advance(59);
        let answer = app.get("/look").await;
        assert_eq!(answer.body, "0 true");
        assert_eq!(answer.set_cookies().len(), 0, "nothing refreshes it");
    }
    assert_eq!(app.get("/page/303").await.body, "saved");
    assert_eq!(
        app.get("/page/200").await.body,
        "",
        "a redirect that took it has it"
    );
}

#[tokio::test]
async fn a_page_that_took_it_and_failed_leaves_it() {
    for code in [500, 503, 408] {
        let (mut app, _) = shop();
        app.get("/save/saved").await;
        let answer = app.get(&format!("/page/{code}")).await;
        assert_eq!(
            (answer.status.as_u16(), answer.set_cookies().len()),
            (code, 0)
        );
        assert_eq!(app.get("/page/200").await.body, "saved");
    }
}

#[tokio::test]
async fn a_page_that_nobody_saw_leaves_it() {
    let (mut app, _) = shop();
    app.get("/save/saved").await;
    assert_eq!(
        names(&app.request(Method::HEAD, "/page/200").await),
        [""; 0]
    );
    assert_eq!(names(&app.get("/page/304").await), [""; 0]);
    assert_eq!(app.get("/page/200").await.body, "saved");
    // Nor does such a response bring one.
    app.request(Method::HEAD, "/save/again").await;
    assert_eq!(app.get("/page/200").await.body, "");
}

#[tokio::test]
async fn a_page_that_nobody_saw_saves_everything_else() {
    let (mut app, _) = shop();
    assert_eq!(
        names(&app.request(Method::HEAD, "/visit").await),
        ["__Host-shop"]
    );
    assert_eq!(app.get("/look").await.body, "1 false");
}

#[tokio::test]
async fn a_page_that_nobody_saw_does_not_fail_for_a_notice_that_cannot_be_stored() {
    #[derive(Session)]
    #[session(cookie = "shop")]
    struct Fussy {
        #[session(flash)]
        notice: Unstorable,
        visits: u32,
    }
    async fn says(mut session: Session<Fussy>) {
        session.notice = Unstorable(true);
        session.visits += 1;
    }
    async fn not_modified(session: Session<Fussy>) -> StatusCode {
        says(session).await;
        StatusCode::NOT_MODIFIED
    }
    let mut app = app(|keys| {
        Router::new()
            .route("/says", get(says))
            .route("/304", get(not_modified))
            .layer(SessionLayer::<Fussy>::new(keys))
    });
    assert_eq!(app.get("/says").await.status, 500);
    let head = app.request(Method::HEAD, "/says").await;
    assert_eq!(
        (head.status.as_u16(), names(&head)),
        (200, vec!["__Host-shop".to_owned()])
    );
    let answer = app.get("/304").await;
    assert_eq!(
        (answer.status.as_u16(), names(&answer)),
        (304, vec!["__Host-shop".to_owned()])
    );
}

/// One of its values has no bytes.
#[derive(Default, Deserialize)]
struct Unstorable(bool);

impl Serialize for Unstorable {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0 {
            return Err(serde::ser::Error::custom(CANARY));
        }
        serializer.serialize_bool(self.0)
    }
}

#[tokio::test]
async fn an_error_page_of_the_visitors_making_shows_it_too() {
    let (mut app, _) = shop();
    app.get("/save/saved").await;
    assert_eq!(app.get("/page/404").await.body, "saved");
    assert_eq!(app.get("/page/200").await.body, "");
}

#[tokio::test]
async fn it_is_gone_after_its_time_to_the_second() {
    for (seconds, shown) in [(299, "saved"), (300, "")] {
        let (mut app, clock) = shop();
        app.get("/save/saved").await;
        clock.advance(seconds);
        assert_eq!(app.get("/page/200").await.body, shown, "{seconds}");
    }
}

#[tokio::test]
async fn an_equal_one_does_not_start_its_time_again_and_another_does() {
    let (mut app, clock) = shop();
    app.get("/save/saved").await;
    clock.advance(200);
    let answer = app.get("/save/saved").await;
    assert!(answer.headers.get(SET_COOKIE).is_none());
    clock.advance(100);
    assert_eq!(app.get("/look").await.body, "0 false");

    app.get("/save/saved").await;
    clock.advance(200);
    app.get("/save/again").await;
    clock.advance(299);
    assert_eq!(app.get("/page/200").await.body, "again");
}

#[tokio::test]
async fn several_messages_wait_together_and_each_field_has_its_time() {
    let (mut app, clock) = shop();
    app.get("/push/one").await;
    let set = app.get("/push/two").await.set_cookies();
    assert!(set[0].contains("; Max-Age=1200; "), "{set:?}");
    let set = app.get("/save/saved").await.set_cookies();
    assert!(set[0].contains("; Max-Age=1200; "), "{set:?}");
    clock.advance(600);
    assert_eq!(app.get("/page/200").await.body, "");
    assert_eq!(app.get("/messages").await.body, "one, two");
    assert_eq!(app.get("/messages").await.body, "");
}

#[tokio::test]
async fn what_one_page_took_its_neighbour_keeps() {
    let (mut app, clock) = shop();
    app.get("/push/one").await;
    app.get("/save/saved").await;
    clock.advance(200);
    let set = app.get("/page/200").await.set_cookies();
    assert!(set[0].contains("; Max-Age=1000; "), "{set:?}");
    clock.advance(999);
    assert_eq!(app.get("/messages").await.body, "one");
}

/// A session type of its own, which does not fit into a cookie.
#[derive(Session)]
struct Big {
    text: String,
}

#[tokio::test]
async fn a_page_in_whose_place_a_neighbour_answers_500_leaves_it() {
    async fn page(mut shop: Guard, mut big: Session<Big>) -> String {
        big.text = CANARY.repeat(400);
        without_canary(shop.notice.take())
    }
    let mut app = app(|keys| {
        Router::new()
            .route("/save/{what}", get(save))
            .route("/big", get(page))
            .route("/page/{code}", get(self::page))
            .layer(SessionLayer::<Big>::new(keys.clone()))
            .layer(SessionLayer::<Shop>::new(keys))
    });
    app.get("/save/saved").await;
    let answer = app.get("/big").await;
    assert_eq!((answer.status.as_u16(), answer.body.as_str()), (500, ""));
    assert_eq!(app.get("/page/200").await.body, "saved");
}
