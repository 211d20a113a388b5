//! The reports of debug builds about field types that no bound can refuse.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::Router;
use axum::routing::get;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use session_runtime::{Session, SessionLayer};
use tests::{App, CANARY, app};

#[derive(Session)]
struct Shop {
    visits: u32,
    counter: Counter,
    names: Names,
    forgetful: Forgetful,
    one_way: OneWay,
}

/// The derive refuses an atomic that is the field itself. It does not see what is inside of a type.
#[derive(Default, Serialize, Deserialize)]
struct Counter(AtomicU32);

#[derive(Default, Serialize, Deserialize)]
struct Names(Mutex<Vec<String>>);

/// Comes back without its text.
#[derive(Default, Serialize, Deserialize)]
struct Forgetful {
    #[serde(skip_deserializing)]
    text: String,
}

/// Is written as a number and read as a string.
#[derive(Default)]
struct OneWay(u32);

impl Serialize for OneWay {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u32(self.0)
    }
}

impl<'de> Deserialize<'de> for OneWay {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|_| Self(0))
    }
}

type Guard = Session<Shop>;

async fn silently(session: Guard) {
    session.counter.0.fetch_add(1, Ordering::Relaxed);
    session.names.0.lock().unwrap().push(CANARY.to_owned());
}

async fn silently_before_a_borrow(mut session: Guard) {
    session.counter.0.fetch_add(1, Ordering::Relaxed);
    session.visits += 1;
}

async fn silently_after_a_sync(mut session: Guard) {
    Session::sync(&mut session);
    session.counter.0.fetch_add(1, Ordering::Relaxed);
}

async fn openly(mut session: Guard) {
    *session.counter.0.get_mut() += 1;
    session.names.0.get_mut().unwrap().push(CANARY.to_owned());
}

async fn forget(mut session: Guard) {
    session.forgetful.text = CANARY.to_owned();
}

async fn write_one_way(mut session: Guard) {
    session.one_way = OneWay(7);
}

fn shop() -> App {
    app(|keys| {
        Router::new()
            .route("/silently", get(silently))
            .route("/silently-before", get(silently_before_a_borrow))
            .route("/silently-after", get(silently_after_a_sync))
            .route("/openly", get(openly))
            .route("/forget", get(forget))
            .route("/one-way", get(write_one_way))
            .route(
                "/leave",
                get(async |session: Guard| {
                    session.counter.0.fetch_add(1, Ordering::Relaxed);
                    Session::destroy(session);
                }),
            )
            .layer(SessionLayer::<Shop>::new(keys))
    })
}

/// The fields that a request's errors name.
async fn reported(path: &str) -> Vec<String> {
    let mut app = shop();
    app.get(path).await;
    let errors = app.log().lines_with("ERROR");
    let field = |line: &String| {
        let (_, rest) = line.split_once("field=\"").unwrap();
        rest.split('"').next().unwrap().to_owned()
    };
    errors.iter().map(field).collect()
}

#[tokio::test]
async fn a_field_that_changed_without_a_mutable_borrow_is_reported_and_not_saved() {
    assert_eq!(reported("/silently").await, ["counter", "names"]);
    assert_eq!(reported("/silently-before").await, ["counter"]);
    assert_eq!(reported("/silently-after").await, ["counter"]);
    assert_eq!(shop().get("/silently").await.set_cookies().len(), 0);
}

#[tokio::test]
async fn a_field_that_changed_through_the_guard_is_not_reported() {
    assert!(reported("/openly").await.is_empty());
    assert!(
        reported("/leave").await.is_empty(),
        "nobody wants the change"
    );
}

#[tokio::test]
async fn a_type_that_does_not_come_back_as_it_was_written_is_reported() {
    assert_eq!(reported("/forget").await, ["forgetful"]);
    assert_eq!(reported("/one-way").await, ["one_way"]);
    let mut app = shop();
    app.get("/forget").await;
    app.get("/one-way").await;
    let errors = app.log().lines_with("ERROR");
    assert!(
        errors[0].contains("reason=\"it encodes to another length\""),
        "{errors:?}"
    );
    assert!(
        errors[1].contains("reason=\"it does not decode\""),
        "{errors:?}"
    );
}

/// The derive refuses such a map or set that is the field itself. It does not see what is behind another name.
mod a_field_with_a_ttl_whose_order_is_another_one_each_time {
    use std::collections::{BTreeSet, HashSet};

    use super::*;

    type Scopes = HashSet<String>;

    #[derive(Default, Serialize, Deserialize)]
    struct Rights {
        scopes: HashSet<String>,
    }

    #[derive(Session)]
    #[session(cookie = "shop")]
    struct Shop {
        #[session(ttl = "5m")]
        scopes: Scopes,
        #[session(ttl = "5m")]
        rights: Option<Rights>,
        #[session(ttl = "5m")]
        sorted: BTreeSet<String>,
        lasting: HashSet<String>,
        #[session(flash)]
        errors: HashSet<String>,
    }

    fn words() -> impl Iterator<Item = String> {
        (0..6).map(|word| format!("{word}{CANARY}"))
    }

    #[tokio::test]
    async fn is_warned_of_with_its_name() {
        let mut app = app(|keys| {
            let set = get(async |mut session: Session<Shop>| {
                session.scopes = words().collect();
                session.rights = Some(Rights {
                    scopes: words().collect(),
                });
                session.sorted = words().collect();
                session.lasting = words().collect();
                session.errors = words().collect();
            });
            Router::new()
                .route("/set", set)
                .layer(SessionLayer::<Shop>::new(keys))
        });
        app.get("/set").await;
        let lines = app.log().lines_with("starts its time again");
        let names = ["field=\"scopes\"", "field=\"rights\""];
        assert_eq!(lines.len(), names.len(), "{lines:?}");
        for (line, name) in lines.iter().zip(names) {
            assert!(line.contains("WARN") && line.contains(name), "{line}");
        }
    }
}

mod a_notice_that_is_shown_and_not_taken {
    use axum::extract::Path;
    use axum::http::{HeaderMap, Method, StatusCode};
    use axum::response::Html;

    use super::*;

    #[derive(Session)]
    #[session(cookie = "shop")]
    struct Shop {
        #[session(flash)]
        notice: Option<String>,
        #[session(flash)]
        other: u32,
    }

    async fn note(Path(number): Path<u32>, mut session: Session<Shop>) {
        session.notice = Some(format!("Saved {number} {CANARY}"));
    }

    async fn clone(session: Session<Shop>) -> Html<String> {
        Html(session.notice.clone().unwrap_or_default())
    }

    async fn data(session: Session<Shop>) -> ([(&'static str, &'static str); 1], String) {
        let is_there = session.notice.is_some();
        ([("content-type", "application/json")], is_there.to_string())
    }

    async fn redirect(session: Session<Shop>) -> (StatusCode, Html<String>) {
        (StatusCode::SEE_OTHER, clone(session).await)
    }

    fn shop() -> App {
        app(|keys| {
            Router::new()
                .route("/note/{number}", get(note))
                .route("/clone", get(clone))
                .route("/data", get(data))
                .route("/redirect", get(redirect))
                .layer(SessionLayer::<Shop>::new(keys))
        })
    }

    fn warned(app: &App) -> Vec<String> {
        app.log()
            .lines_with("three pages in a row were given a notice")
    }

    #[tokio::test]
    async fn is_warned_of_once_with_its_name() {
        let mut app = shop();
        for number in 0..2 {
            app.get(&format!("/note/{number}")).await;
            app.get("/clone").await;
            app.get("/clone").await;
        }
        assert_eq!(warned(&app), [""; 0], "each notice twice");
        app.get("/clone").await;
        let lines = warned(&app);
        assert_eq!(lines.len(), 1, "{lines:?}");
        assert!(lines[0].contains("WARN") && lines[0].contains("field=\"notice\""));
        app.get("/note/7").await;
        for _ in 0..5 {
            app.get("/clone").await;
        }
        assert_eq!(warned(&app).len(), 1);
    }

    #[tokio::test]
    async fn is_not_one_that_only_polls_and_redirects_saw() {
        let mut app = shop();
        app.get("/note/7").await;
        for _ in 0..5 {
            app.get("/data").await;
            app.get("/redirect").await;
            app.ask(Method::HEAD, "/clone", HeaderMap::new()).await;
        }
        assert_eq!(warned(&app), [""; 0]);
    }
}
