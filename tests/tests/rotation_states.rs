//! Every state of a ring of two keys, in every order of three visits: which session each server opens, and what it seals
//! anew. The rules stand here once more, without our code.

use std::time::{Duration, SystemTime};

use axum::Router;
use axum::routing::get;
use session_runtime::{Key, Keyring, Session, SessionLayer};
use tests::{App, app};

#[derive(Session)]
#[session(cookie = "shop")]
struct Shop {
    visits: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum KeyName {
    A,
    B,
}
use KeyName::{A, B};

/// A key as a ring has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Has {
    Active(KeyName),
    /// It seals from a later time on.
    Waiting(KeyName),
    Revoked(KeyName),
}
use Has::{Active, Revoked, Waiting};

/// The ring of a server: its keys in their order.
type Ring = Vec<Has>;

/// Every ring of one key or of two.
fn rings() -> Vec<Ring> {
    let of = |key| [Active(key), Waiting(key), Revoked(key)];
    let pairs = |first, second| {
        let firsts = of(first).into_iter();
        firsts.flat_map(move |first| of(second).map(|second| vec![first, second]))
    };
    let singles = of(A).into_iter().chain(of(B)).map(|has| vec![has]);
    singles.chain(pairs(A, B)).chain(pairs(B, A)).collect()
}

/// A ring needs a key that always seals, and no key behind that one waits in vain.
fn may_start(ring: &Ring) -> bool {
    let always = ring.iter().position(|has| matches!(has, Active(_)));
    always.is_some_and(|at| !ring[at..].iter().any(|has| matches!(has, Waiting(_))))
}

fn seals_with(ring: &Ring) -> KeyName {
    let active = ring.iter().find_map(|has| match has {
        Active(key) => Some(*key),
        _ => None,
    });
    active.unwrap()
}

fn opens(ring: &Ring, key: KeyName) -> bool {
    ring.contains(&Active(key)) || ring.contains(&Waiting(key))
}

/// The two keys of the test.
struct Keys {
    a: Key,
    b: Key,
}

impl Keys {
    fn ring(&self, ring: &Ring) -> Option<Keyring> {
        let keys = ring.iter().map(|has| match has {
            Active(name) => self.get(*name),
            Waiting(name) => self.get(*name).sealing_from(SystemTime::now() + YEAR),
            Revoked(name) => self.get(*name).revoked(),
        });
        Keyring::new(keys).ok()
    }

    fn get(&self, name: KeyName) -> Key {
        match name {
            A => self.a.clone(),
            B => self.b.clone(),
        }
    }
}

const YEAR: Duration = Duration::from_hours(365 * 24);

/// The session as the visitor's browser has it.
#[derive(Clone, Debug)]
struct Carried {
    cookie: String,
    key: KeyName,
    visits: u32,
}

#[derive(Clone, Copy, Debug)]
enum Visit {
    Read,
    Write,
}

/// The cookie that the visitor has afterwards. What the server answers is as the rules say.
async fn visit(
    app: &mut App,
    number: usize,
    ring: &Ring,
    visit: Visit,
    carried: Option<&Carried>,
) -> Option<Carried> {
    let cookies = carried.map_or("", |carried| &carried.cookie);
    let opened = carried.filter(|carried| opens(ring, carried.key));
    let visits = opened.map_or(0, |opened| opened.visits);
    let (path, shown) = match visit {
        Visit::Read => ("read", visits),
        Visit::Write => ("write", visits + 1),
    };
    let answer = app.get_with(&format!("/{number}/{path}"), cookies).await;
    assert_eq!(
        answer.body,
        shown.to_string(),
        "{ring:?} {visit:?} {carried:?}"
    );
    let key = seals_with(ring);
    let is_set = match visit {
        Visit::Write => true,
        // Only what was opened is sealed anew: the rest may be another server's.
        Visit::Read => opened.is_some_and(|opened| opened.key != key),
    };
    let lines = answer.set_cookies();
    assert_eq!(
        lines.len(),
        usize::from(is_set),
        "{ring:?} {visit:?} {carried:?}"
    );
    match lines.first() {
        Some(line) => {
            let cookie = line.split(';').next().unwrap().to_owned();
            Some(Carried {
                cookie,
                key,
                visits: shown,
            })
        }
        None => carried.cloned(),
    }
}

fn routes(keys: Keyring) -> Router {
    Router::new()
        .route(
            "/read",
            get(async |session: Session<Shop>| session.visits.to_string()),
        )
        .route(
            "/write",
            get(async |mut session: Session<Shop>| {
                session.visits += 1;
                session.visits.to_string()
            }),
        )
        .layer(SessionLayer::<Shop>::new(keys))
}

#[tokio::test]
async fn every_ring_of_two_keys_opens_and_seals_by_its_rules_in_every_order_of_three_visits() {
    let keys = Keys {
        a: Key::generate(),
        b: Key::generate(),
    };
    let (mut servers, mut refused) = (Vec::new(), 0);
    for ring in rings() {
        match keys.ring(&ring) {
            Some(made) => servers.push((ring, made)),
            None => refused += 1,
        }
    }
    assert!(servers.iter().all(|(ring, _)| may_start(ring)));
    assert_eq!((servers.len(), refused), (10, 14));
    let mut app = app(|_| {
        let nest = |app: Router, (number, (_, keys)): (usize, &(Ring, Keyring))| {
            app.nest(&format!("/{number}"), routes(keys.clone()))
        };
        servers.iter().enumerate().fold(Router::new(), nest)
    });
    let (mut carried, mut visits) = (vec![None], 0);
    for _ in 0..3 {
        let mut next = Vec::new();
        for before in &carried {
            for (number, (ring, _)) in servers.iter().enumerate() {
                for kind in [Visit::Read, Visit::Write] {
                    next.push(visit(&mut app, number, ring, kind, before.as_ref()).await);
                    visits += 1;
                }
            }
        }
        carried = next;
    }
    assert_eq!(visits, 20 + 20 * 20 + 20 * 20 * 20);
}
