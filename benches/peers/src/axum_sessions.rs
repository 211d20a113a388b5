//! axum_session, whose sessions live in its memory and in no database.

use axum::Router;
use axum::routing::get;
use axum_session::{Session, SessionConfig, SessionLayer, SessionNullPool, SessionStore};
use harness::{Candidate, Keeps, Payload, Scenario};

const KEY: &str = "session";

type NullSession = Session<SessionNullPool>;

pub async fn axum_session<T: Payload>(name: &str, size: usize) -> Candidate {
    // Requests into a router have no address that a session could be bound to.
    let config = SessionConfig::default().with_ip_and_user_agent(false);
    let store = SessionStore::<SessionNullPool>::new(None, config).await;
    let begin = async move |session: NullSession| session.set(KEY, T::begin(size));
    let look = async |session: NullSession| get_payload::<T>(&session).digest();
    let router = Router::new()
        .route("/begin", get(begin))
        .route("/look", get(look))
        .route("/read", get(read::<T>))
        .route("/write", get(write::<T>))
        .route("/untouched", get(async || 1.to_string()))
        .layer(SessionLayer::new(store.expect("a store")));
    Candidate {
        name: name.to_owned(),
        keeps: Keeps::OnServer,
        also_sets: &[Scenario::Read, Scenario::Untouched, Scenario::NoCookie],
        router,
    }
}

async fn read<T: Payload>(session: NullSession) -> String {
    get_payload::<T>(&session).visits().to_string()
}

async fn write<T: Payload>(session: NullSession) -> String {
    let mut payload = get_payload::<T>(&session);
    payload.visit();
    let visits = payload.visits();
    session.set(KEY, payload);
    visits.to_string()
}

fn get_payload<T: Payload>(session: &NullSession) -> T {
    session.get(KEY).unwrap_or_default()
}
