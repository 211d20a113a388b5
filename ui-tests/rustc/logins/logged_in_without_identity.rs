use axum::Router;
use axum::routing::get;
use session_runtime::{LoggedIn, Session};

#[derive(Session)]
struct Quiz {
    answers: Vec<u8>,
}

async fn h(_: LoggedIn<Quiz>) {}

fn main() {
    let _: Router = Router::new().route("/", get(h));
}
