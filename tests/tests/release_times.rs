//! Releases of one application that disagree about the times of a stored session.

use axum::Router;
use axum::routing::get;
use session_runtime::store::MemoryStore;
use session_runtime::test_kit::{FaultyStore, Operation};
use session_runtime::{
    Background, Identity, KeptInStore, Keyring, Session, SessionData, SessionLayer,
};
use tests::{App, MovableClock, another_process, app};

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

trait Release: SessionData + KeptInStore {
    fn user(&self) -> Option<u32>;
    fn log_in(session: &mut Session<Self>);
}

macro_rules! release {
    ($name:ident, $($times:tt)*) => {
        #[derive(Session)]
        #[session(cookie = "shop", stored, remember, $($times)*)]
        struct $name {
            #[session(identity)]
            user: Identity<u32>,
        }

        impl Release for $name {
            fn user(&self) -> Option<u32> {
                *self.user
            }

            fn log_in(session: &mut Session<Self>) {
                Session::log_in(session, 7);
            }
        }
    };
}

release!(Hour, idle = "1h", max = "90d");
release!(TwoWeeks, idle = "14d", max = "90d");
release!(Day, idle = "12h", max = "1d");

struct Site {
    app: App,
    store: FaultyStore<MemoryStore>,
    clock: MovableClock,
}

fn routes<T: Release>(
    keys: &Keyring,
    store: &FaultyStore<MemoryStore>,
    clock: &MovableClock,
) -> Router {
    let user = async |session: Session<T>| {
        session
            .user()
            .map_or("nobody".to_owned(), |user| user.to_string())
    };
    let layer = SessionLayer::<T>::stored(another_process(keys), store.clone());
    Router::new()
        .route("/poll", get(user).layer(Background))
        .route("/user", get(user))
        .route(
            "/log-in",
            get(async |mut session: Session<T>| T::log_in(&mut session)),
        )
        .layer(layer.clock(clock.clone()))
}

/// A user logs in at `/1/…`, the release of before.
async fn logged_in<Before: Release, After: Release>() -> Site {
    let (store, clock) = (FaultyStore::new(MemoryStore::new()), MovableClock::new());
    let app = app(|keys| {
        Router::new()
            .nest("/1", routes::<Before>(&keys, &store, &clock))
            .nest("/2", routes::<After>(&keys, &store, &clock))
    });
    let mut site = Site { app, store, clock };
    site.app.get("/1/log-in").await;
    site
}

impl Site {
    async fn user_after(&mut self, seconds: u64, path: &str) -> String {
        self.clock.advance(seconds);
        self.app.get(path).await.body
    }

    fn commits(&self) -> usize {
        self.store.asked(Operation::Commit)
    }
}

#[tokio::test]
async fn a_user_who_is_active_stays_logged_in_under_a_longer_idle() {
    let mut site = logged_in::<Hour, TwoWeeks>().await;
    for _ in 0..12 {
        assert_eq!(site.user_after(10 * MINUTE, "/2/user").await, "7");
    }
}

#[tokio::test]
async fn the_first_use_gives_a_session_the_longer_idle() {
    let mut site = logged_in::<Hour, TwoWeeks>().await;
    assert_eq!(site.user_after(59 * MINUTE, "/2/user").await, "7");
    assert_eq!(site.user_after(13 * DAY, "/2/user").await, "7");
}

#[tokio::test]
async fn the_first_use_gives_a_session_the_longer_max() {
    let mut site = logged_in::<Day, TwoWeeks>().await;
    assert_eq!(site.user_after(59 * MINUTE, "/2/user").await, "7");
    assert_eq!(site.user_after(13 * DAY, "/2/user").await, "7");
}

#[tokio::test]
async fn a_longer_idle_writes_a_session_once() {
    let mut site = logged_in::<Hour, TwoWeeks>().await;
    let before = site.commits();
    for _ in 0..10 {
        site.user_after(MINUTE, "/2/user").await;
    }
    assert_eq!(site.commits() - before, 1);
}

#[tokio::test]
async fn a_poll_gives_no_session_a_longer_idle() {
    let mut site = logged_in::<Hour, TwoWeeks>().await;
    assert_eq!(site.user_after(59 * MINUTE, "/2/poll").await, "7");
    assert_eq!(site.user_after(MINUTE, "/2/poll").await, "nobody");
}

#[tokio::test]
async fn a_visitor_who_is_away_for_longer_than_the_idle_of_before_has_lost_the_session() {
    let mut site = logged_in::<Hour, TwoWeeks>().await;
    assert_eq!(site.user_after(HOUR, "/2/user").await, "nobody");
}

#[tokio::test]
async fn beside_the_release_of_before_the_longer_idle_stays() {
    let mut site = logged_in::<Hour, TwoWeeks>().await;
    for _ in 0..12 {
        assert_eq!(site.user_after(5 * MINUTE, "/1/user").await, "7");
        assert_eq!(site.user_after(5 * MINUTE, "/2/user").await, "7");
    }
    assert_eq!(site.user_after(13 * DAY, "/2/user").await, "7");
}

#[tokio::test]
async fn a_ttl_that_is_given_to_a_field_counts_from_the_change_of_the_field() {
    #[derive(Session)]
    #[session(cookie = "shop", stored)]
    struct Before {
        visits: u32,
        code: u32,
    }

    #[derive(Session)]
    #[session(cookie = "shop", stored)]
    struct After {
        visits: u32,
        #[session(ttl = "30m")]
        code: u32,
    }

    let (store, clock) = (MemoryStore::new(), MovableClock::new());
    let mut app = app(|keys| {
        let code = async |mut session: Session<Before>| session.code = 1;
        let visit = async |mut session: Session<Before>| session.visits += 1;
        let before = SessionLayer::<Before>::stored(another_process(&keys), store.clone());
        let show = async |session: Session<After>| format!("{} {}", session.visits, session.code);
        let after_layer = SessionLayer::<After>::stored(another_process(&keys), store.clone());
        let before = Router::new()
            .route("/code", get(code))
            .route("/visit", get(visit))
            .layer(before.clock(clock.clone()));
        let after = Router::new().route("/show", get(show));
        before.merge(after.layer(after_layer.clock(clock.clone())))
    });
    app.get("/code").await;
    clock.advance(20 * MINUTE);
    app.get("/visit").await;
    clock.advance(9 * MINUTE);
    assert_eq!(app.get("/show").await.body, "1 1");
    clock.advance(MINUTE);
    assert_eq!(app.get("/show").await.body, "1 0");
}
