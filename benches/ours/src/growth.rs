//! Our cookie in a router that has more of something.

use axum::Router;
use axum::routing::{MethodRouter, get};
use harness::{Candidate, Keeps, Scenario};
use session_runtime::{Key, Keyring, LoggedIn, Session, SessionLayer};

use crate::types::{More1, More2, More3, More4, More5, More6, More7, Standard};
use crate::{begin, read, routes, routes_but_read};

/// A router with these keys, whose visitors have cookies that one of them sealed. A read seals them again if that was
/// not the first.
pub fn rotated(name: &str, keys: &[[u8; 32]], sealing: usize) -> Candidate {
    let layer = |keys: &[[u8; 32]]| {
        let keys = keys.iter().map(|key| Key::from_bytes(*key).expect("a key"));
        SessionLayer::<Standard>::new(Keyring::new(keys).expect("keys"))
    };
    let before = begin::<Standard>(0).layer(layer(&keys[sealing..=sealing]));
    let also_sets = if sealing == 0 {
        &[][..]
    } else {
        &[Scenario::Read]
    };
    Candidate {
        also_sets,
        ..of(name, before.merge(routes::<Standard>().layer(layer(keys))))
    }
}

/// A router with this many other session types, which nobody uses.
pub fn beside_others(name: &str, others: usize) -> Candidate {
    let mut router = crate::candidate::<Standard>(name, 0).router;
    let layers: [fn(Router) -> Router; 7] = [
        |router| router.layer(SessionLayer::<More1>::new(Keyring::ephemeral())),
        |router| router.layer(SessionLayer::<More2>::new(Keyring::ephemeral())),
        |router| router.layer(SessionLayer::<More3>::new(Keyring::ephemeral())),
        |router| router.layer(SessionLayer::<More4>::new(Keyring::ephemeral())),
        |router| router.layer(SessionLayer::<More5>::new(Keyring::ephemeral())),
        |router| router.layer(SessionLayer::<More6>::new(Keyring::ephemeral())),
        |router| router.layer(SessionLayer::<More7>::new(Keyring::ephemeral())),
    ];
    for layer in &layers[..others] {
        router = layer(router);
    }
    of(name, router)
}

/// A router that reads behind this many guards.
pub fn guarded(name: &str, guards: usize) -> Candidate {
    let router = begin::<Standard>(0).merge(routes_but_read::<Standard>());
    let router = router.route("/read", guarded_read(guards));
    of(
        name,
        router.layer(SessionLayer::<Standard>::new(Keyring::ephemeral())),
    )
}

type Guard = LoggedIn<Standard>;

fn guarded_read(guards: usize) -> MethodRouter {
    type Shop = Session<Standard>;
    match guards {
        0 => get(read::<Standard>),
        1 => get(async |_: Guard, shop: Shop| read(shop).await),
        2 => get(async |_: Guard, _: Guard, shop: Shop| read(shop).await),
        4 => get(async |_: Guard, _: Guard, _: Guard, _: Guard, shop: Shop| read(shop).await),
        _ => panic!("0, 1, 2 or 4 guards"),
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
