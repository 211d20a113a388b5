//! Defaults are constant: a layer with one that is not is refused at start-up.

use std::collections::{BTreeMap, HashMap};
use std::panic::catch_unwind;
use std::sync::atomic::{AtomicU32, Ordering};

use serde::{Deserialize, Serialize, Serializer};
use session_runtime::{KeptInCookie, Keyring, Session, SessionData, SessionLayer};

fn random() -> u32 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

fn refusal<T: SessionData + KeptInCookie>() -> String {
    let panic = catch_unwind(|| drop(SessionLayer::<T>::new(Keyring::ephemeral()))).unwrap_err();
    panic.downcast_ref::<String>().unwrap().clone()
}

#[test]
fn a_random_default_is_refused_by_name() {
    #[derive(Session)]
    struct Shop {
        visits: u32,
        #[session(default = random())]
        token: u32,
    }
    let message = refusal::<Shop>();
    assert!(
        message.contains("the default of `token` in `defaults::"),
        "{message}"
    );
    assert!(message.contains("is not constant"), "{message}");
}

#[test]
fn a_hash_map_that_starts_with_entries_is_refused_and_a_b_tree_map_is_suggested() {
    #[derive(Session)]
    struct Shop {
        #[session(default = HashMap::from([("a".to_owned(), 1), ("b".to_owned(), 2)]))]
        prices: HashMap<String, u32>,
    }
    let message = refusal::<Shop>();
    assert!(
        message.contains("`prices`") && message.contains("`BTreeMap`"),
        "{message}"
    );
}

#[test]
fn a_default_that_cannot_be_stored_is_refused() {
    #[derive(Default, Deserialize)]
    struct Never;
    impl Serialize for Never {
        fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            Err(serde::ser::Error::custom("never"))
        }
    }
    #[derive(Session)]
    struct Shop {
        never: Never,
    }
    let message = refusal::<Shop>();
    assert!(
        message.contains("`never`") && message.contains("cannot be stored"),
        "{message}"
    );
}

#[tokio::test]
async fn a_clock_in_a_default_is_reported_by_debug_builds() {
    use axum::Router;
    use axum::routing::get;

    static CLOCK: AtomicU32 = AtomicU32::new(7);

    #[derive(Session)]
    struct Shop {
        #[session(default = CLOCK.load(Ordering::Relaxed))]
        started: u32,
        visits: u32,
    }
    async fn visit(mut session: Session<Shop>) -> String {
        session.visits += 1;
        session.started.to_string()
    }
    let mut app = tests::app(|keys| {
        Router::new()
            .route("/", get(visit))
            .layer(SessionLayer::<Shop>::new(keys))
    });
    app.get("/").await;
    assert!(app.log().lines_with("ERROR").is_empty());
    CLOCK.store(8, Ordering::Relaxed);
    app.get("/").await;
    let errors = app.log().lines_with("ERROR");
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert!(errors[0].contains("field=\"started\""), "{errors:?}");
}

#[test]
fn constant_defaults_are_accepted() {
    #[derive(Session)]
    struct Shop {
        #[session(default = BTreeMap::from([("a".to_owned(), 1), ("b".to_owned(), 2)]))]
        prices: BTreeMap<String, u32>,
        empty: HashMap<String, u32>,
        #[session(default = 7)]
        seven: u32,
    }
    let fresh = Shop::default();
    assert_eq!(
        (fresh.prices.len(), fresh.empty.len(), fresh.seven),
        (2, 0, 7)
    );
    let _layer = SessionLayer::<Shop>::new(Keyring::ephemeral());
}
