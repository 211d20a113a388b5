//! Three instances of one application rotate their keys, each at its own pace, while clients hop between them. Sessions
//! are kept in cookies, and then in a store that the instances share.

use std::collections::BTreeSet;

use axum::Router;
use axum::routing::get;
use session_runtime::store::MemoryStore;
use session_runtime::{Key, Keyring, Session, SessionLayer};
use tests::{App, app};

#[derive(Session)]
struct Shop {
    visits: u32,
    /// Set once, so a row has it under the key of that time until it is moved.
    has_begun: bool,
}

#[derive(Session)]
#[session(cookie = "stored", stored)]
struct StoredShop {
    visits: u32,
    has_begun: bool,
}

/// The pages of a session type: one that writes, and one that reads. Without all of its fields a session is lost.
macro_rules! routes {
    ($Shop:ident) => {
        Router::new()
            .route(
                "/visit",
                get(async |mut session: Session<$Shop>| {
                    if session.visits == 0 {
                        session.has_begun = true;
                    }
                    session.visits += 1;
                    session.visits.to_string()
                }),
            )
            .route(
                "/read",
                get(async |session: Session<$Shop>| {
                    let visits = if session.has_begun { session.visits } else { 0 };
                    visits.to_string()
                }),
            )
    };
}

/// Where the sessions are kept.
#[derive(Clone)]
enum Place {
    Cookie,
    Store(MemoryStore),
}

impl Place {
    fn both() -> [Self; 2] {
        [Self::Cookie, Self::Store(MemoryStore::new())]
    }

    fn instance(&self, keys: Keyring) -> Router {
        match self {
            Self::Cookie => routes!(Shop).layer(SessionLayer::<Shop>::new(keys)),
            Self::Store(store) => {
                let layer = SessionLayer::<StoredShop>::stored(keys, store.clone());
                routes!(StoredShop).layer(layer)
            }
        }
    }
}

const INSTANCES: usize = 3;

/// The step that an instance has reached: the old key alone, the new one added last, the new one moved
/// first, the old one dropped.
type Step = usize;

const ADDED: Step = 1;
const ACTIVATED: Step = 2;
const DROPPED: Step = 3;

struct Fleet {
    app: App,
    instances: [Keyring; INSTANCES],
    steps: [Step; INSTANCES],
    rings: [Keyring; 4],
}

impl Fleet {
    fn new(place: &Place) -> Self {
        let (old, new) = (Key::generate(), Key::generate());
        let ring = |keys: &[&Key]| Keyring::new(keys.iter().map(|key| (*key).clone())).unwrap();
        let rings = [
            ring(&[&old]),
            ring(&[&old, &new]),
            ring(&[&new, &old]),
            ring(&[&new]),
        ];
        let instances = [ring(&[&old]), ring(&[&old]), ring(&[&old])];
        let app = app(|_| {
            let mut app = Router::new();
            for (number, keys) in instances.iter().enumerate() {
                let routes = place.instance(keys.clone());
                app = app.nest(&format!("/{number}"), routes);
            }
            app
        });
        Self {
            app,
            instances,
            steps: [0; INSTANCES],
            rings,
        }
    }

    fn move_to(&mut self, instance: usize, step: Step) {
        self.steps[instance] = step;
        self.instances[instance].replace(&self.rings[step]);
    }
}

/// A browser that knows what its session should hold.
#[derive(Default)]
struct Client {
    cookie: String,
    visits: u32,
    lost: usize,
}

impl Client {
    /// Writes at one instance and reads at another.
    async fn hop(&mut self, fleet: &mut Fleet, writer: usize, reader: usize) {
        self.visits += 1;
        for path in [format!("/{writer}/visit"), format!("/{reader}/read")] {
            let answer = fleet.app.get_with(&path, &self.cookie).await;
            if let Some(line) = answer.set_cookies().first() {
                self.cookie = line.split(';').next().unwrap().to_owned();
            }
            settle().await;
            let visits = answer.body.parse().unwrap();
            if visits != self.visits {
                self.lost += 1;
                self.visits = visits;
            }
        }
    }
}

/// Lets the folds run that no response waits for.
async fn settle() {
    for _ in 0..8 {
        tokio::task::yield_now().await;
    }
}

/// An instance may add the new key at any time, let it seal when all can open it, and drop the old
/// one when no instance seals with it any more.
fn is_legal(steps: [Step; INSTANCES], instance: usize) -> bool {
    match steps[instance] + 1 {
        ADDED => true,
        ACTIVATED => steps.iter().all(|step| *step >= ADDED),
        DROPPED => steps.iter().all(|step| *step >= ACTIVATED),
        _ => false,
    }
}

/// Every order in which the instances can go from the first step to the last.
fn legal_orders() -> Vec<Vec<usize>> {
    let mut finished = Vec::new();
    let mut begun = vec![(vec![], [0; INSTANCES])];
    while let Some((order, steps)) = begun.pop() {
        let before = begun.len();
        for instance in (0..INSTANCES).filter(|instance| is_legal(steps, *instance)) {
            let mut next: (Vec<usize>, _) = (order.clone(), steps);
            next.0.push(instance);
            next.1[instance] += 1;
            begun.push(next);
        }
        if begun.len() == before {
            finished.push(order);
        }
    }
    finished
}

fn hops() -> impl Iterator<Item = (usize, usize)> {
    (0..INSTANCES).flat_map(|writer| (0..INSTANCES).map(move |reader| (writer, reader)))
}

#[tokio::test]
async fn no_session_is_lost_in_any_legal_order_of_a_rotation() {
    let orders = legal_orders();
    // Three interleavings of three moves, one after the other.
    assert_eq!(orders.len(), 6 * 6 * 6);
    // A fifth of the orders brings about every state, and a store takes longer.
    for (place, every) in Place::both().into_iter().zip([1, 5]) {
        let mut states = BTreeSet::new();
        let mut moves = BTreeSet::new();
        for order in orders.iter().step_by(every) {
            let mut fleet = Fleet::new(&place);
            // One client for each pair of instances: it keeps to them through the whole rotation.
            let mut clients: Vec<_> = hops().map(|hop| (hop, Client::default())).collect();
            states.insert(fleet.steps);
            for instance in order {
                for ((writer, reader), client) in &mut clients {
                    client.hop(&mut fleet, *writer, *reader).await;
                }
                moves.insert((fleet.steps, *instance));
                let step = fleet.steps[*instance] + 1;
                fleet.move_to(*instance, step);
                states.insert(fleet.steps);
            }
            for ((writer, reader), mut client) in clients {
                client.hop(&mut fleet, writer, reader).await;
                assert_eq!(client.lost, 0, "{order:?}");
                assert_eq!(client.visits, 10);
            }
        }
        assert_eq!((states.len(), moves.len()), (22, 36));
    }
}

#[tokio::test]
async fn sessions_are_lost_when_a_key_seals_before_everybody_can_open_it() {
    for place in Place::both() {
        let mut fleet = Fleet::new(&place);
        let mut client = Client::default();
        client.hop(&mut fleet, 0, 1).await;
        fleet.move_to(0, ACTIVATED);
        for (writer, reader) in hops() {
            client.hop(&mut fleet, writer, reader).await;
        }
        assert!(client.lost > 0);
    }
}

#[tokio::test]
async fn sessions_are_lost_when_a_key_is_dropped_while_an_instance_still_seals_with_it() {
    for place in Place::both() {
        let mut fleet = Fleet::new(&place);
        let mut client = Client::default();
        for instance in 0..INSTANCES {
            fleet.move_to(instance, ADDED);
        }
        client.hop(&mut fleet, 0, 1).await;
        fleet.move_to(0, DROPPED);
        for (writer, reader) in hops() {
            client.hop(&mut fleet, writer, reader).await;
        }
        assert!(client.lost > 0);
    }
}
