//! A response saves the values that changed, and nothing else.

use std::collections::{BTreeMap, HashMap, HashSet};

use axum::Router;
use axum::http::header::SET_COOKIE;
use axum::routing::get;
use serde::{Deserialize, Serialize};
use session_runtime::{Session, SessionLayer};
use tests::{App, CANARY, app};

#[derive(Session)]
struct Shop {
    visits: u32,
    note: Option<String>,
    cart: Cart,
    prices: HashMap<String, u32>,
    tags: HashSet<String>,
    #[session(default = vec!["start".to_owned()])]
    trail: Vec<String>,
}

#[derive(Default, Serialize, Deserialize)]
struct Cart {
    lines: Vec<Line>,
    coupon: BTreeMap<String, Option<Line>>,
}

#[derive(Serialize, Deserialize)]
struct Line {
    name: String,
}

fn line(number: usize) -> Line {
    Line {
        name: format!("{CANARY} {number}"),
    }
}

fn shop() -> App {
    app(|keys| {
        Router::new()
            .route("/push", get(push))
            .route("/lines", get(lines))
            .route("/fill", get(fill))
            .route("/borrow", get(borrow))
            .route("/equal", get(equal))
            .route("/back", get(back))
            .route("/trail", get(trail))
            .route("/reset", get(reset))
            .layer(SessionLayer::<Shop>::new(keys))
    })
}

async fn push(mut session: Session<Shop>) {
    let line = line(session.cart.lines.len());
    session.cart.lines.push(line);
    session.cart.coupon.entry("first".to_owned()).or_default();
}

async fn lines(session: Session<Shop>) -> String {
    let names = session.cart.lines.iter().map(|line| line.name.as_str());
    names.collect::<Vec<_>>().join(",")
}

async fn fill(mut session: Session<Shop>) {
    for number in 0..20 {
        session.prices.insert(format!("{CANARY} {number}"), number);
        session.tags.insert(format!("{CANARY} {number}"));
    }
    session.visits = 20;
    session.note = Some(CANARY.to_owned());
}

/// Mutable borrows that change nothing.
async fn borrow(mut session: Session<Shop>) -> String {
    session.cart.lines.sort_by(|a, b| a.name.cmp(&b.name));
    session.prices.retain(|_, _| true);
    let _: &mut Shop = &mut session;
    format!("{} {}", session.prices.len(), session.tags.len())
}

async fn equal(mut session: Session<Shop>) {
    session.visits = 20;
    session.note = Some(CANARY.to_owned());
}

/// Two guards: the second undoes what the first did.
async fn back(mut first: Session<Shop>, mut second: Session<Shop>) {
    first.visits += 1;
    drop(first);
    second.visits += 5;
    second.visits -= 5;
    drop(second);
}

async fn trail(mut session: Session<Shop>) -> String {
    let before = session.trail.join(",");
    session.trail.push("more".to_owned());
    before
}

async fn reset(mut session: Session<Shop>) {
    let fresh = Shop {
        visits: 0,
        note: None,
        cart: Cart::default(),
        prices: HashMap::new(),
        tags: HashSet::new(),
        trail: vec!["start".to_owned()],
    };
    *session = fresh;
}

#[tokio::test]
async fn a_push_into_a_nested_struct_is_saved() {
    let mut app = shop();
    for _ in 0..3 {
        assert_eq!(app.get("/push").await.set_cookies().len(), 1);
    }
    let lines = app.get("/lines").await.body;
    assert_eq!(lines, format!("{CANARY} 0,{CANARY} 1,{CANARY} 2"));
}

#[tokio::test]
async fn a_mutable_borrow_that_changes_nothing_sends_nothing() {
    let mut app = shop();
    app.get("/fill").await;
    app.get("/push").await;
    for _ in 0..20 {
        let answer = app.get("/borrow").await;
        assert_eq!(answer.body, "20 20");
        assert_eq!(answer.all(SET_COOKIE), Vec::<String>::new());
    }
}

#[tokio::test]
async fn an_equal_value_sends_nothing() {
    let mut app = shop();
    app.get("/fill").await;
    assert_eq!(app.get("/equal").await.set_cookies().len(), 0);
}

#[tokio::test]
async fn the_default_is_there_without_being_stored() {
    let mut app = shop();
    assert_eq!(app.get("/trail").await.body, "start");
    assert_eq!(app.get("/trail").await.body, "start,more");
}

#[tokio::test]
async fn a_session_with_all_fields_at_their_default_has_no_cookie() {
    let mut app = shop();
    assert_eq!(app.get("/reset").await.set_cookies().len(), 0);
    app.get("/fill").await;
    let removal = app.get("/reset").await.set_cookies();
    assert_eq!(removal.len(), 1);
    assert!(removal[0].starts_with("__Host-shop=; "), "{removal:?}");
    assert!(removal[0].contains("Max-Age=0"), "{removal:?}");
    assert_eq!(app.cookie("__Host-shop"), None);
    assert_eq!(app.get("/borrow").await.body, "0 0");
}

#[tokio::test]
async fn a_guard_that_undid_its_own_change_publishes_nothing() {
    let mut app = shop();
    app.get("/fill").await;
    assert_eq!(app.get("/back").await.set_cookies().len(), 1);
    assert!(app.log().lines_with("two guards").is_empty());
}

mod changed_back {
    use super::*;

    async fn there_and_back(mut session: Session<Shop>, mut later: Session<Shop>) {
        session.visits = 21;
        drop(session);
        // Taken before that, so that writing the old value is no change of its own.
        later.visits = 22;
        drop(later);
    }

    async fn undo(mut session: Session<Shop>) {
        session.visits = 20;
    }

    #[tokio::test]
    async fn a_value_that_middleware_changes_back_sends_nothing() {
        use axum::extract::Request;
        use axum::middleware::{Next, from_fn};
        use axum::response::Response;

        async fn visit(mut session: Session<Shop>, request: Request, next: Next) -> Response {
            session.visits = 21;
            drop(session);
            next.run(request).await
        }
        let mut app = app(|keys| {
            Router::new()
                .route("/undo", get(undo))
                .layer(from_fn(visit))
                .route("/fill", get(fill))
                .route("/conflict", get(there_and_back))
                .layer(SessionLayer::<Shop>::new(keys))
        });
        app.get("/fill").await;
        assert_eq!(app.get("/undo").await.set_cookies().len(), 0);
        assert_eq!(app.get("/conflict").await.set_cookies().len(), 1);
        assert_eq!(app.log().lines_with("two guards").len(), 1);
    }
}
