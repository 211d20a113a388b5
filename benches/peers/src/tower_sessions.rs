// Shared by two programs, each with its version of the library: a session is one value under one key.

use axum::Router;
use axum::routing::get;
use harness::{Candidate, Keeps, Payload};
use tower_sessions::{Session, SessionManagerLayer, SessionStore};

const KEY: &str = "session";

pub fn tower_sessions<T: Payload>(
    name: &str,
    store: impl SessionStore + Clone,
    size: usize,
) -> Candidate {
    let router = Router::new()
        .route("/begin", get(async move |session| begin::<T>(session, size).await))
        .route("/look", get(async |session| get_payload::<T>(&session).await.digest()))
        .route("/read", get(read::<T>))
        .route("/write", get(write::<T>))
        .route("/untouched", get(async || 1.to_string()))
        .layer(SessionManagerLayer::new(store));
    Candidate {
        name: name.to_owned(),
        keeps: Keeps::OnServer,
        also_sets: &[],
        router,
    }
}

async fn begin<T: Payload>(session: Session, size: usize) {
    session.insert(KEY, T::begin(size)).await.expect("a session");
}

async fn read<T: Payload>(session: Session) -> String {
    get_payload::<T>(&session).await.visits().to_string()
}

async fn write<T: Payload>(session: Session) -> String {
    let mut payload = get_payload::<T>(&session).await;
    payload.visit();
    let visits = payload.visits();
    session.insert(KEY, payload).await.expect("a session");
    visits.to_string()
}

async fn get_payload<T: Payload>(session: &Session) -> T {
    let payload = session.get(KEY).await.expect("a session");
    payload.unwrap_or_default()
}
