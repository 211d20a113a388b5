//! Our sessions that are kept on the server.

use harness::{Candidate, Keeps, Line, Theme};
use session_runtime::store::Store;
use session_runtime::{Identity, KeptInStore, Keyring, Session, SessionLayer};

use crate::{Ours, begin, routes};

#[derive(Session)]
#[session(cookie = "shop", stored)]
pub struct Standard {
    #[session(identity)]
    user: Identity<u64>,
    visits: u32,
    theme: Theme,
    csrf: [u8; 16],
    cart: Vec<Line>,
    name: String,
    logged_in_at: u64,
}

ours!(Standard = harness::Standard { visits, theme, csrf, cart, name, logged_in_at } with user);

#[derive(Session)]
#[session(cookie = "note", stored)]
pub struct Note {
    visits: u32,
    note: String,
}

ours!(Note = harness::Note { visits, note });

include!(concat!(env!("OUT_DIR"), "/stored.rs"));

pub fn candidate<T: Ours + KeptInStore>(name: &str, store: impl Store, size: usize) -> Candidate {
    candidate_under::<T>(name, Keyring::ephemeral(), store, size)
}

/// The same under keys that another process has too.
pub fn candidate_under<T: Ours + KeptInStore>(
    name: &str,
    keys: Keyring,
    store: impl Store,
    size: usize,
) -> Candidate {
    let router = begin::<T>(size).merge(routes::<T>());
    Candidate {
        name: name.to_owned(),
        keeps: Keeps::OnServer,
        also_sets: &[],
        router: router.layer(SessionLayer::<T>::stored(keys, store)),
    }
}
