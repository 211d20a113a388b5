//! The number of characters in a cookie's value. A change here is a change of the format, or of the
//! room in a session: write it into the changelog.

use axum::Router;
use axum::routing::get;
use serde::{Deserialize, Serialize};
use session_runtime::{Session, SessionLayer};
use tests::{CANARY, app};

#[derive(Session)]
struct Small {
    visits: u32,
}

/// A typical session of a shop.
#[derive(Session)]
struct Standard {
    user: Option<u64>,
    visits: u32,
    theme: Theme,
    csrf: [u8; 16],
    cart: Vec<Line>,
    name: String,
    logged_in_at: u64,
    note: String,
}

#[derive(Default, Serialize, Deserialize)]
enum Theme {
    #[default]
    System,
    Dark,
}

#[derive(Serialize, Deserialize)]
struct Line {
    sku: u32,
    qty: u16,
}

fn cart(lines: u32) -> Vec<Line> {
    let line = |number| Line {
        sku: 100_000 + number,
        qty: 2,
    };
    (0..lines).map(line).collect()
}

async fn small(mut session: Session<Small>) {
    session.visits = 17;
}

async fn standard(mut session: Session<Standard>) {
    session.user = Some(1_234_567);
    session.visits = 17;
    session.theme = Theme::Dark;
    session.csrf = std::array::from_fn(|at| if at % 2 == 0 { 200 } else { 100 });
    session.cart = cart(3);
    session.name = "Alice Liddell".to_owned();
    session.logged_in_at = 1_800_000_000;
}

async fn large(mut session: Session<Standard>) {
    session.cart = cart(60);
    session.note = format!("{CANARY}{}", "x".repeat(600 - CANARY.len()));
}

#[tokio::test]
async fn a_cookie_has_as_many_characters_as_the_format_says() {
    let mut app = app(|keys| {
        Router::new()
            .route("/small", get(small))
            .route("/standard", get(standard))
            .route("/large", get(large))
            .layer(SessionLayer::<Small>::new(keys.clone()))
            .layer(SessionLayer::<Standard>::new(keys))
    });
    for (path, name, characters) in [
        ("/small", "__Host-small", 82),
        ("/standard", "__Host-standard", 250),
        ("/large", "__Host-standard", 2204),
    ] {
        app.get(path).await;
        assert_eq!(app.cookie(name).unwrap().len(), characters, "{path}");
    }
}
