//! A session that counts visits.

use axum::Router;
use axum::routing::get;
use session_runtime::{Session, SessionLayer};
use tests::app;

#[derive(Session)]
struct Shop {
    visits: u32,
}

async fn count(mut session: Session<Shop>) -> String {
    session.visits += 1;
    session.visits.to_string()
}

#[tokio::test]
async fn six_requests_count_from_one_to_six() {
    let mut app = app(|keys| {
        Router::new()
            .route("/", get(count))
            .layer(SessionLayer::<Shop>::new(keys))
    });
    for visit in 1..=6 {
        assert_eq!(app.get("/").await.body, visit.to_string());
    }
}
