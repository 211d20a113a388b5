//! seshcookie.

use axum::Router;
use axum::routing::get;
use harness::{Candidate, Keeps, Payload, Sends};
use seshcookie::{Session, SessionConfig, SessionKeys, SessionLayer};

pub fn seshcookie<T: Payload>(name: &'static str, size: usize) -> Candidate {
    let keys = SessionKeys::new(&random_key()).expect("a long key");
    with_keys::<T>(name, keys, size)
}

fn with_keys<T: Payload>(name: &'static str, keys: SessionKeys, size: usize) -> Candidate {
    let layer = SessionLayer::<T>::new(keys, SessionConfig::default());
    let router = Router::new()
        .route("/begin", get(async move |session| begin::<T>(session, size).await))
        .route("/look", get(look::<T>))
        .route("/read", get(read::<T>))
        .route("/write", get(write::<T>))
        .route("/untouched", get(async || 1.to_string()))
        .layer(layer.expect("a valid configuration"));
    Candidate {
        name,
        keeps: Keeps::InCookie,
        sends: Sends::WhenChanged,
        router,
    }
}

fn random_key() -> [u8; 32] {
    let mut key = [0; 32];
    getrandom::fill(&mut key).expect("randomness");
    key
}

async fn begin<T: Payload>(session: Session<T>, size: usize) {
    session.insert(T::begin(size)).await;
}

async fn look<T: Payload>(session: Session<T>) -> String {
    session.get().await.unwrap_or_default().digest()
}

async fn read<T: Payload>(session: Session<T>) -> String {
    session.get().await.map_or(0, |data| data.visits()).to_string()
}

async fn write<T: Payload>(session: Session<T>) -> String {
    let visit = |data: &mut Option<T>| {
        let data = data.get_or_insert_default();
        data.visit();
        data.visits()
    };
    session.modify(visit).await.to_string()
}
