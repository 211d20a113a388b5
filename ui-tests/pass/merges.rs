//! Fields whose parallel changes are merged, of every type that can be.
#![deny(
    warnings,
    clippy::pedantic,
    missing_docs,
    unused_qualifications,
    clippy::absolute_paths
)]
#![forbid(unsafe_code)]

use std::collections::hash_map::RandomState;
use std::collections::{BTreeSet, HashSet, VecDeque};

use serde::{Deserialize, Serialize};
use session_runtime::store::MemoryStore;
use session_runtime::{Keyring, Session, SessionLayer};

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
struct Private(u8);

/// Every way and every type.
#[derive(Debug, Session)]
#[session(stored)]
pub struct Merged {
    #[session(merge = add)]
    a: u8,
    #[session(merge = add, default = -1, ttl = "5m")]
    b: i64,
    #[session(merge = max, rename = "sea")]
    c: u64,
    #[session(merge = min, alias = "dee")]
    d: isize,
    #[session(merge = union)]
    e: BTreeSet<Private>,
    #[session(merge = union)]
    f: HashSet<Private, RandomState>,
    #[session(merge = append(5))]
    g: Vec<Private>,
    /// Documented.
    #[session(merge = append(1))]
    pub h: VecDeque<Option<String>>,
}

/// A parameter, a list of one, and a type of the caller's.
#[derive(Debug, Session)]
#[session(stored)]
#[non_exhaustive]
pub struct Generic<N, T> {
    /// A number.
    #[session(merge = add)]
    pub number: N,
    /// A list.
    #[session(merge = append(3))]
    pub list: Vec<T>,
}

macro_rules! session {
    ($name:ident, $ty:ty, $cap:literal) => {
        #[derive(Session)]
        #[session(stored)]
        struct $name {
            #[session(merge = append($cap))]
            list: $ty,
        }
    };
}

session!(FromAMacro, Vec<u8>, 7);

fn main() {
    let merged = Merged::default();
    assert_eq!((merged.a, merged.b, merged.c, merged.d), (0, -1, 0, 0));
    assert!(merged.e.is_empty() && merged.f.is_empty() && merged.g.is_empty());
    assert!(FromAMacro::default().list.is_empty());
    let layer = SessionLayer::<Merged>::stored;
    drop(layer(Keyring::ephemeral(), MemoryStore::new()));
    let layer = SessionLayer::<Generic<u32, Private>>::stored;
    drop(layer(Keyring::ephemeral(), MemoryStore::new()));
}
