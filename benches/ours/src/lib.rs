//! Our sessions, as candidates. The feature `stored` adds those that are kept on the server.

pub mod players;
mod types;
#[cfg(feature = "stored")]
pub mod stored;

use axum::Router;
use axum::routing::get;
use harness::{Candidate, Keeps, Payload, Sends};
use session_runtime::{KeptInCookie, Keyring, Session, SessionData, SessionLayer};

pub use self::types::{Large, Note, Small, Standard};

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
pub fn candidate<T: Ours + KeptInCookie>(
    name: &'static str,
    keys: Keyring,
    size: usize,
) -> Candidate {
    Candidate {
        name,
        keeps: Keeps::InCookie,
        sends: Sends::WhenChanged,
        router: router::<T>(size).layer(SessionLayer::<T>::new(keys)),
    }
}

fn router<T: Ours>(size: usize) -> Router {
    let begin = async move |mut session| T::begin(&mut session, T::Payload::begin(size));
    let look = async |session: Session<T>| session.payload().digest();
    Router::new()
        .route("/begin", get(begin))
        .route("/look", get(look))
        .route("/read", get(read::<T>))
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
