use axum::response::IntoResponse;
use session_runtime::Session;

#[derive(Session)]
struct Shop {
    visits: u32,
}

async fn index(session: Session<Shop>) -> impl IntoResponse {
    session
}

fn main() {
    let _ = index;
}
