//! Our sessions, as candidates. The feature `stored` adds those that are kept on the server.

#[macro_use]
mod macros;
mod growth;
pub mod players;
#[cfg(feature = "stored")]
pub mod stored;
mod types;

use axum::Router;
use axum::routing::get;
use harness::{Candidate, Keeps, Payload};
use session_runtime::{KeptInCookie, Keyring, Session, SessionData, SessionLayer};

pub use self::growth::{beside_others, guarded, rotated};
pub use self::types::{Fields1, Fields4, Fields16, Fields64, Large, Note, Small, Standard};

/// A payload as one of our types.
pub trait Ours: SessionData {
    type Payload: Payload;

    /// Fills a new session.
    fn begin(session: &mut Session<Self>, payload: Self::Payload);

    fn payload(&self) -> Self::Payload;

    fn visits(&self) -> u32;

    fn visit(&mut self);
}

/// The session in its cookie.
pub fn candidate<T: Ours + KeptInCookie>(name: &str, size: usize) -> Candidate {
    let router = begin::<T>(size).merge(routes::<T>());
    Candidate {
        name: name.to_owned(),
        keeps: Keeps::InCookie,
        also_sets: &[],
        router: router.layer(SessionLayer::<T>::new(Keyring::ephemeral())),
    }
}

fn begin<T: Ours>(size: usize) -> Router {
    let begin = async move |mut session| T::begin(&mut session, T::Payload::begin(size));
    Router::new().route("/begin", get(begin))
}

fn routes<T: Ours>() -> Router {
    routes_but_read::<T>().route("/read", get(read::<T>))
}

fn routes_but_read<T: Ours>() -> Router {
    let look = async |session: Session<T>| session.payload().digest();
    Router::new()
        .route("/look", get(look))
        .route("/write", get(write::<T>))
        .route("/untouched", get(async || 1.to_string()))
}

async fn read<T: Ours>(session: Session<T>) -> String {
    session.visits().to_string()
}

async fn write<T: Ours>(mut session: Session<T>) -> String {
    session.visit();
    session.visits().to_string()
}
