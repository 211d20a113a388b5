//! Releases of one application that disagree about the `ttl` of a field, side by side over one store.

use axum::Router;
use axum::extract::Path;
use axum::routing::get;
use session_runtime::store::MemoryStore;
use session_runtime::{KeptInStore, Keyring, Session, SessionData, SessionLayer};
use tests::{App, MovableClock, another_process, app};

trait Release: SessionData + KeptInStore {
    fn show(&self) -> String;
    fn set(&mut self, what: &str);
}

#[derive(Session)]
#[session(cookie = "shop", stored, idle = "10h")]
struct Unlimited {
    visits: u32,
    code: u32,
}

#[derive(Session)]
#[session(cookie = "shop", stored, idle = "10h")]
struct Short {
    visits: u32,
    #[session(ttl = "10m")]
    code: u32,
}

macro_rules! release {
    ($name:ident) => {
        impl Release for $name {
            fn show(&self) -> String {
                format!("{} {}", self.visits, self.code)
            }

            fn set(&mut self, what: &str) {
                match what {
                    "visit" => self.visits += 1,
                    code => self.code = code.parse().unwrap(),
                }
            }
        }
    };
}
release!(Unlimited);
release!(Short);

fn release<T: Release>(keys: &Keyring, store: &MemoryStore, clock: &MovableClock) -> Router {
    let set = |Path(what): Path<String>, mut session: Session<T>| async move { session.set(&what) };
    let show = |session: Session<T>| async move { session.show() };
    let layer = SessionLayer::<T>::stored(another_process(keys), store.clone());
    Router::new()
        .route("/get", get(show))
        .route("/set/{what}", get(set))
        .layer(layer.clock(clock.clone()))
}

/// Two releases behind one address: `/1/…` and `/2/…`.
fn side_by_side<A: Release, B: Release>() -> (App, MovableClock) {
    let clock = MovableClock::new();
    let app = app(|keys| {
        let store = MemoryStore::new();
        Router::new()
            .nest("/1", release::<A>(&keys, &store, &clock))
            .nest("/2", release::<B>(&keys, &store, &clock))
    });
    (app, clock)
}

async fn body(app: &mut App, path: &str) -> String {
    app.get(path).await.body
}

#[tokio::test]
async fn a_ttl_that_is_new_counts_in_a_row_from_the_last_change_of_the_field() {
    let (mut app, clock) = side_by_side::<Unlimited, Short>();
    app.get("/1/set/7").await;
    clock.advance(5 * 60);
    app.get("/1/set/visit").await;
    clock.advance(5 * 60 - 1);
    assert_eq!(body(&mut app, "/2/get").await, "1 7");
    clock.advance(1);
    assert_eq!(body(&mut app, "/2/get").await, "1 0");
    app.get("/2/set/visit").await;
    let back = "it has no deadline for the release that knows none";
    assert_eq!(body(&mut app, "/1/get").await, "2 7", "{back}");
}

#[tokio::test]
async fn a_deadline_in_a_row_counts_also_where_no_ttl_is_known() {
    let (mut app, clock) = side_by_side::<Short, Unlimited>();
    app.get("/1/set/7").await;
    clock.advance(5 * 60);
    app.get("/2/set/visit").await;
    clock.advance(5 * 60 - 1);
    assert_eq!(body(&mut app, "/2/get").await, "1 7");
    clock.advance(1);
    assert_eq!(body(&mut app, "/2/get").await, "1 0");
}
