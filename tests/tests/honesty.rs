//! What debug builds report about field types that no bound can refuse.

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
    counter: AtomicU32,
    names: Mutex<Vec<String>>,
    forgetful: Forgetful,
    one_way: OneWay,
}

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
    session.counter.fetch_add(1, Ordering::Relaxed);
    session.names.lock().unwrap().push(CANARY.to_owned());
}

async fn silently_before_a_borrow(mut session: Guard) {
    session.counter.fetch_add(1, Ordering::Relaxed);
    session.visits += 1;
}

async fn openly(mut session: Guard) {
    *session.counter.get_mut() += 1;
    session.names.get_mut().unwrap().push(CANARY.to_owned());
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
            .route("/openly", get(openly))
            .route("/forget", get(forget))
            .route("/one-way", get(write_one_way))
            .route(
                "/leave",
                get(async |session: Guard| {
                    session.counter.fetch_add(1, Ordering::Relaxed);
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
