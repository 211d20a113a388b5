//! Rotation, clock and releases in any order: what was sealed and is within its lifetime opens with the
//! right values.

use axum::Router;
use axum::extract::Path;
use axum::routing::get;
use proptest::prelude::*;
use session_runtime::{Key, Keyring, Session, SessionLayer};
use tests::{App, MovableClock, another_process, app};

const HOUR: u64 = 3600;

/// The first release.
#[derive(Session)]
#[session(cookie = "shop", idle = "10h", max = "30h")]
struct First {
    uid: Option<u32>,
    visits: u32,
    #[session(ttl = "3h")]
    otp: Option<u32>,
}

/// A release later: a field is renamed, one is added, and the order is another.
#[derive(Session)]
#[session(cookie = "shop", idle = "10h", max = "30h")]
struct Second {
    #[session(ttl = "3h")]
    otp: Option<u32>,
    added: Option<String>,
    #[session(rename = "uid")]
    user: Option<u32>,
    visits: u32,
}

macro_rules! handlers {
    ($name:ident, $type:ident, $user:ident) => {
        mod $name {
            use super::*;

            async fn write(
                Path((user, visits, otp)): Path<(u32, u32, u32)>,
                mut session: Session<$type>,
            ) {
                session.$user = Some(user);
                session.visits = visits;
                session.otp = Some(otp);
            }

            async fn read(session: Session<$type>) -> String {
                format!("{:?} {} {:?}", session.$user, session.visits, session.otp)
            }

            pub(super) fn routes(keys: Keyring, clock: MovableClock) -> Router {
                Router::new()
                    .route("/read", get(read))
                    .route("/write/{user}/{visits}/{otp}", get(write))
                    .layer(SessionLayer::<$type>::new(another_process(&keys)).clock(clock))
            }
        }
    };
}
handlers!(first, First, uid);
handlers!(second, Second, user);

#[derive(Clone, Debug)]
enum Step {
    Advance(u64),
    Read {
        release: usize,
    },
    /// Adds a key last, moves it first, or drops all but the first.
    Rotate(usize),
    Write {
        release: usize,
        values: (u32, u32, u32),
    },
}

fn step() -> impl Strategy<Value = Step> {
    let release = 0..2_usize;
    prop_oneof![
        (0..4 * HOUR).prop_map(Step::Advance),
        release.clone().prop_map(|release| Step::Read { release }),
        (0..3_usize).prop_map(Step::Rotate),
        (release, (1..9_u32, 1..9_u32, 1..9_u32))
            .prop_map(|(release, values)| Step::Write { release, values }),
    ]
}

/// The model of what a visitor expects. It knows hours and fields, and nothing of tokens or keys.
#[derive(Clone, Copy, Default)]
struct Model {
    now: u64,
    /// When the session began, and when it was last written or refreshed.
    times: Option<(u64, u64)>,
    values: (u32, u32, u32),
    otp_ends: u64,
}

impl Model {
    fn is_alive(&self) -> bool {
        self.times.is_some_and(|(began, used)| {
            self.now < used + 10 * HOUR && self.now < began + 30 * HOUR
        })
    }

    fn otp(&self) -> Option<u32> {
        (self.now < self.otp_ends).then_some(self.values.2)
    }

    fn read(&mut self) -> String {
        if !self.is_alive() {
            return "None 0 None".to_owned();
        }
        let (began, used) = self.times.unwrap_or_default();
        if self.now >= used + HOUR {
            self.times = Some((began, self.now));
        }
        let (uid, visits, _) = self.values;
        format!("{:?} {visits} {:?}", Some(uid), self.otp())
    }

    fn write(&mut self, values: (u32, u32, u32)) {
        let alive = self.is_alive();
        let changed = !alive || (self.values.0, self.values.1) != (values.0, values.1);
        let otp_changed = !alive || self.otp() != Some(values.2);
        let (began, used) = self.times.filter(|_| alive).unwrap_or((self.now, self.now));
        let is_used = changed || otp_changed || self.now >= used + HOUR;
        self.times = Some((began, if is_used { self.now } else { used }));
        if otp_changed {
            self.otp_ends = self.now + 3 * HOUR;
        }
        self.values = values;
    }
}

struct World {
    app: App,
    clock: MovableClock,
    keys: Keyring,
    /// The ring as it stands. A key is dropped only when no session is sealed under it any more.
    ring: Vec<Key>,
    model: Model,
}

impl World {
    fn new() -> Self {
        let (clock, ring) = (MovableClock::new(), vec![Key::generate()]);
        let keys = Keyring::new(ring.clone()).unwrap();
        let app = app(|_| {
            Router::new()
                .nest("/0", first::routes(keys.clone(), clock.clone()))
                .nest("/1", second::routes(keys.clone(), clock.clone()))
        });
        Self {
            app,
            clock,
            keys,
            ring,
            model: Model::default(),
        }
    }

    async fn take(&mut self, step: &Step) {
        match step {
            Step::Advance(seconds) => {
                self.clock.advance(*seconds);
                self.model.now += seconds;
            }
            Step::Read { release } => self.read(*release).await,
            Step::Rotate(how) => self.rotate(*how).await,
            Step::Write { release, values } => {
                let (user, visits, otp) = values;
                self.app
                    .get(&format!("/{release}/write/{user}/{visits}/{otp}"))
                    .await;
                self.model.write(*values);
            }
        }
    }

    async fn read(&mut self, release: usize) {
        let shown = self.app.get(&format!("/{release}/read")).await.body;
        assert_eq!(shown, self.model.read());
    }

    async fn rotate(&mut self, how: usize) {
        match how {
            0 => self.ring.push(Key::generate()),
            1 => self.ring.rotate_right(1),
            _ => {
                // The visitor comes by, so that the session is under the first key.
                self.read(0).await;
                self.ring.truncate(1);
            }
        }
        self.keys.replace(&Keyring::new(self.ring.clone()).unwrap());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn what_is_within_its_lifetime_opens_with_the_right_values(
        steps in prop::collection::vec(step(), 1..40),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let mut world = World::new();
            for step in &steps {
                world.take(step).await;
            }
            for release in [0, 1] {
                world.read(release).await;
            }
        });
    }
}
