//! seshcookie.

use axum::Router;
use axum::routing::get;
use harness::{Candidate, Keeps, Payload, Scenario};
use seshcookie::{Session, SessionConfig, SessionKeys, SessionLayer};

pub fn seshcookie<T: Payload>(name: &str, size: usize) -> Candidate {
    let mut key = [0; 32];
    getrandom::fill(&mut key).expect("randomness");
    let layer = layer::<T>(&[key]);
    let router = begin::<T>(size).merge(routes::<T>()).layer(layer);
    of(name, router)
}

/// A router with these keys, whose visitors have cookies that one of them sealed. A request seals them again if that
/// was not the first.
pub fn seshcookie_rotated<T: Payload>(name: &str, keys: &[[u8; 32]], sealing: usize) -> Candidate {
    let before = begin::<T>(0).layer(layer::<T>(&keys[sealing..=sealing]));
    let also_sets = if sealing == 0 {
        &[][..]
    } else {
        &[Scenario::Read, Scenario::Untouched]
    };
    Candidate {
        also_sets,
        ..of(name, before.merge(routes::<T>().layer(layer::<T>(keys))))
    }
}

fn of(name: &str, router: Router) -> Candidate {
    Candidate {
        name: name.to_owned(),
        keeps: Keeps::InCookie,
        also_sets: &[],
        router,
    }
}

fn layer<T: Payload>(keys: &[[u8; 32]]) -> SessionLayer<T> {
    let (first, others) = keys.split_first().expect("a key");
    let keys = SessionKeys::new(first).and_then(|keys| keys.with_fallbacks(others));
    let layer = SessionLayer::new(keys.expect("long keys"), SessionConfig::default());
    layer.expect("a valid configuration")
}

fn begin<T: Payload>(size: usize) -> Router {
    let begin = async move |session: Session<T>| session.insert(T::begin(size)).await;
    Router::new().route("/begin", get(begin))
}

fn routes<T: Payload>() -> Router {
    Router::new()
        .route("/look", get(look::<T>))
        .route("/read", get(read::<T>))
        .route("/write", get(write::<T>))
        .route("/untouched", get(async || 1.to_string()))
}

async fn look<T: Payload>(session: Session<T>) -> String {
    session.get().await.unwrap_or_default().digest()
}

async fn read<T: Payload>(session: Session<T>) -> String {
    session
        .get()
        .await
        .map_or(0, |data| data.visits())
        .to_string()
}

async fn write<T: Payload>(session: Session<T>) -> String {
    let visit = |data: &mut Option<T>| {
        let data = data.get_or_insert_default();
        data.visit();
        data.visits()
    };
    session.modify(visit).await.to_string()
}
