use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;
use session_runtime::Session;

struct Plain;

#[derive(Session)]
struct Shop {
    visits: u32,
}

async fn middleware(mut parts: Parts) -> Result<u32, Plain> {
    let session = Session::<Shop>::from_request_parts(&mut parts, &()).await?;
    Ok(session.visits)
}

async fn answered(mut parts: Parts) -> Result<u32, StatusCode> {
    let session = Session::<Shop>::from_request_parts(&mut parts, &()).await?;
    Ok(session.visits)
}

fn main() {
    let _ = (middleware, answered);
}
