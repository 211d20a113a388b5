use axum::Router;
use axum::routing::get;
use session_runtime::Session;

struct Plain;

async fn h(_: Session<Plain>) {}

fn main() {
    let _: Router = Router::new().route("/", get(h));
}
