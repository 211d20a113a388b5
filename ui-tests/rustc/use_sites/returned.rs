use axum::response::IntoResponse;
use session_runtime::Session;

#[derive(Session)]
struct Shop {
    visits: u32,
}

async fn index(mut session: Session<Shop>) -> impl IntoResponse {
    session.visits += 1;
    (session, "hello")
}

fn main() {
    let _ = index;
}
