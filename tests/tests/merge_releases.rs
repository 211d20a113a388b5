//! Releases of one application that disagree about a field with `merge`, side by side over one store.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::Path;
use axum::http::header::COOKIE;
use axum::http::{Request, StatusCode};
use axum::routing::get;
use session_runtime::store::MemoryStore;
use session_runtime::{KeptInStore, Keyring, Session, SessionData, SessionLayer};
use tests::{App, MovableClock, another_process, app};
use tokio::sync::Notify;
use tower::ServiceExt as _;

/// A release that answers `/get` with what its session holds and does what `/set/…` says.
trait Release: SessionData + KeptInStore {
    fn show(&self) -> String;
    fn set(&mut self, what: &str);
}

/// The point where a late request waits, after it has loaded the session.
#[derive(Clone, Default)]
struct Gate {
    arrived: Arc<Notify>,
    opened: Arc<Notify>,
}

struct Shared<'a> {
    keys: &'a Keyring,
    store: MemoryStore,
    clock: MovableClock,
    gate: Gate,
}

fn release<T: Release>(shared: &Shared<'_>) -> Router {
    let gate = shared.gate.clone();
    let set_late = move |Path(what): Path<String>, mut session: Session<T>| {
        let gate = gate.clone();
        async move {
            gate.arrived.notify_one();
            gate.opened.notified().await;
            session.set(&what);
        }
    };
    let set = |Path(what): Path<String>, mut session: Session<T>| async move { session.set(&what) };
    let layer = SessionLayer::<T>::stored(another_process(shared.keys), shared.store.clone());
    Router::new()
        .route(
            "/get",
            get(|session: Session<T>| async move { session.show() }),
        )
        .route("/set/{what}", get(set))
        .route("/late/{what}", get(set_late))
        .layer(layer.clock(shared.clock.clone()))
}

struct Site {
    app: App,
    clock: MovableClock,
    gate: Gate,
}

/// Two releases behind one address: `/1/…` and `/2/…`.
fn side_by_side<A: Release, B: Release>() -> Site {
    let (clock, gate) = (MovableClock::new(), Gate::default());
    let app = app(|keys| {
        let shared = Shared {
            keys: &keys,
            store: MemoryStore::new(),
            clock: clock.clone(),
            gate: gate.clone(),
        };
        Router::new()
            .nest("/1", release::<A>(&shared))
            .nest("/2", release::<B>(&shared))
    });
    Site { app, clock, gate }
}

impl Site {
    async fn get(&mut self, release: u8) -> String {
        self.app.get(&format!("/{release}/get")).await.body
    }

    async fn set(&mut self, release: u8, whats: &[&str]) {
        for what in whats {
            let answer = self.app.get(&format!("/{release}/set/{what}")).await;
            assert_eq!(answer.status, StatusCode::OK, "{what}");
        }
    }

    /// The first release loads the session, and writes after the second one.
    async fn late(&mut self, what: &str, meanwhile: &[&str]) {
        let request =
            Request::get(format!("/1/late/{what}")).header(COOKIE, self.app.copy_cookies());
        let router = self.app.router();
        let late = router.oneshot(request.body(Body::empty()).unwrap());
        let late = tokio::spawn(late);
        self.gate.arrived.notified().await;
        self.set(2, meanwhile).await;
        self.gate.opened.notify_one();
        assert_eq!(late.await.unwrap().unwrap().status(), StatusCode::OK);
    }

    fn warnings(&self) -> Vec<String> {
        self.app.log().lines_with("WARN")
    }
}

macro_rules! release {
    ($name:ident { $(#[$option:meta])* $field:ident: $ty:ty }, $show:expr, $set:expr) => {
        #[derive(Session)]
        #[session(cookie = "shop", stored)]
        struct $name {
            $(#[$option])*
            $field: $ty,
            other: u32,
        }

        impl Release for $name {
            fn show(&self) -> String {
                let show: fn(&$ty) -> String = $show;
                show(&self.$field)
            }

            fn set(&mut self, what: &str) {
                let set: fn(&mut $ty, &str) = $set;
                if let Some(other) = what.strip_prefix("other-") {
                    self.other = other.parse().unwrap();
                } else {
                    set(&mut self.$field, what);
                }
            }
        }
    };
}

fn number(number: &mut u32, what: &str) {
    if what == "+" {
        *number += 1;
    } else {
        *number = what.parse().unwrap();
    }
}

release!(
    Adds {
        #[session(merge = add)]
        visits: u32
    },
    ToString::to_string,
    number
);

#[tokio::test]
async fn a_release_without_the_option_reads_and_replaces_what_was_added() {
    release!(Plain { visits: u32 }, ToString::to_string, number);
    let mut site = side_by_side::<Adds, Plain>();
    site.set(1, &["+", "+", "+"]).await;
    assert_eq!(site.get(2).await, "3");
    site.set(2, &["+"]).await;
    assert_eq!(site.get(1).await, "4");
    site.set(1, &["+"; 12]).await;
    assert_eq!(
        (site.get(1).await, site.get(2).await),
        ("16".into(), "16".into())
    );
    site.late("+", &["100"]).await;
    assert_eq!(
        (site.get(1).await, site.get(2).await),
        ("101".into(), "101".into())
    );
    site.late("+", &["0"]).await;
    assert_eq!(
        (site.get(1).await, site.get(2).await),
        ("1".into(), "1".into())
    );
    assert_eq!(site.warnings(), [""; 0]);
}

#[tokio::test]
async fn a_release_that_merges_in_another_way_reads_each_difference_as_what_it_is() {
    release!(
        Max {
            #[session(merge = max)]
            visits: u32
        },
        ToString::to_string,
        number
    );
    let mut site = side_by_side::<Adds, Max>();
    site.set(2, &["other-1"]).await;
    site.set(1, &["+", "+"]).await;
    site.late("+", &["9"]).await;
    let either: [String; 2] = ["9".into(), "10".into()];
    let shown = site.get(1).await;
    assert!(either.contains(&shown), "one comes before the other");
    assert_eq!(site.get(2).await, shown);
    site.set(2, &["20"]).await;
    site.set(1, &["+"]).await;
    assert_eq!(site.get(2).await, "21");
}

#[tokio::test]
async fn a_narrower_number_stops_where_the_type_of_its_writer_stops() {
    release!(
        Small {
            #[session(merge = add)]
            visits: u8
        },
        ToString::to_string,
        |visits, _| *visits += 1
    );
    let mut site = side_by_side::<Adds, Small>();
    site.set(1, &["254"]).await;
    site.set(2, &["+"]).await;
    assert_eq!(
        (site.get(1).await, site.get(2).await),
        ("255".into(), "255".into())
    );
    site.set(1, &["+"]).await;
    assert_eq!(site.get(1).await, "256");
    assert_eq!(site.get(2).await, "0", "it cannot be read there");
    site.set(2, &["+"]).await;
    assert_eq!(
        site.get(1).await,
        "1",
        "a new value, because the other was none"
    );
}

#[tokio::test]
async fn a_difference_that_fits_to_the_type_of_another_release_no_more_is_left_out_and_named() {
    release!(Text { visits: String }, Clone::clone, |text, what| *text =
        what.into());
    let mut site = side_by_side::<Adds, Text>();
    site.set(1, &["+", "+"]).await;
    site.late("+", &["text"]).await;
    assert_eq!(site.get(2).await, "text");
    let warnings = site.warnings();
    let said = warnings
        .iter()
        .any(|line| line.contains("is left out") && line.contains("visits"));
    assert!(said, "{warnings:?}");
    site.set(1, &["+"]).await;
    assert_eq!(site.get(1).await, "1");
}

#[tokio::test]
async fn a_release_without_the_field_leaves_what_was_added() {
    release!(Without { cart: u32 }, ToString::to_string, number);
    let mut site = side_by_side::<Adds, Without>();
    site.set(2, &["other-1"]).await;
    site.set(1, &["+"; 12]).await;
    site.set(2, &["+", "other-2"]).await;
    site.set(1, &["+"]).await;
    assert_eq!(
        (site.get(1).await, site.get(2).await),
        ("13".into(), "1".into())
    );
    assert_eq!(site.warnings(), [""; 0]);
}

#[tokio::test]
async fn a_field_that_is_renamed_takes_along_what_was_added_under_the_old_name() {
    release!(
        Renamed {
            #[session(merge = add, alias = "visits")]
            hits: u32
        },
        ToString::to_string,
        number
    );
    let mut site = side_by_side::<Adds, Renamed>();
    site.set(2, &["other-1"]).await;
    site.set(1, &["+"; 3]).await;
    assert_eq!(site.get(2).await, "3");
    site.late("+", &["+"]).await;
    assert_eq!(
        site.get(2).await,
        "4",
        "what comes late under the old name counts for nothing"
    );
    site.set(2, &["+", "+"]).await;
    assert_eq!(site.get(2).await, "6");
    assert_eq!(site.warnings(), [""; 0]);
}

#[tokio::test]
async fn what_comes_late_under_a_fields_own_name_does_not_hide_its_value_under_another() {
    release!(
        First {
            #[session(merge = add, alias = "hits")]
            visits: u32
        },
        ToString::to_string,
        number
    );
    release!(
        Second {
            #[session(merge = add, alias = "visits")]
            hits: u32
        },
        ToString::to_string,
        number
    );
    let mut site = side_by_side::<First, Second>();
    site.set(1, &["+"; 3]).await;
    site.late("+", &["+"]).await;
    assert_eq!(
        (site.get(1).await, site.get(2).await),
        ("4".into(), "4".into())
    );
    site.set(1, &["+"]).await;
    assert_eq!(
        (site.get(1).await, site.get(2).await),
        ("5".into(), "5".into())
    );
}

#[tokio::test]
async fn a_list_with_a_smaller_cap_loses_its_oldest_items_with_the_next_change() {
    fn push(list: &mut Vec<u32>, what: &str) {
        list.push(what.parse().unwrap());
    }
    release!(Many { #[session(merge = append(5))] list: Vec<u32> }, |list| format!("{list:?}"), push);
    release!(Few { #[session(merge = append(2))] list: Vec<u32> }, |list| format!("{list:?}"), push);
    let mut site = side_by_side::<Many, Few>();
    site.set(1, &["1", "2", "3", "4"]).await;
    assert_eq!(site.get(2).await, "[1, 2, 3, 4]");
    site.set(2, &["5"]).await;
    assert_eq!(site.get(2).await, "[4, 5]");
    site.set(1, &["6", "7"]).await;
    assert_eq!(
        (site.get(1).await, site.get(2).await),
        ("[4, 5, 6, 7]".into(), "[4, 5, 6, 7]".into())
    );
}

#[tokio::test]
async fn a_ttl_of_one_release_counts_for_its_own_changes_and_its_own_eyes() {
    release!(
        Timed {
            #[session(merge = add, ttl = "10m")]
            visits: u32
        },
        ToString::to_string,
        number
    );
    let mut site = side_by_side::<Adds, Timed>();
    site.set(1, &["other-1", "+", "+"]).await;
    site.clock.advance(599);
    assert_eq!(site.get(2).await, "2");
    site.clock.advance(1);
    assert_eq!(
        (site.get(1).await, site.get(2).await),
        ("2".into(), "0".into())
    );
    site.set(2, &["+"]).await;
    assert_eq!(site.get(2).await, "1");
}

#[tokio::test]
async fn what_was_added_counts_from_the_default_of_the_release_that_reads() {
    fn count(number: &mut u32, what: &str) {
        *number -= what.parse::<u32>().unwrap();
    }
    release!(
        Three {
            #[session(merge = add, default = 3)]
            tries: u32
        },
        ToString::to_string,
        count
    );
    release!(
        Ten {
            #[session(merge = add, default = 10)]
            tries: u32
        },
        ToString::to_string,
        count
    );
    let mut site = side_by_side::<Three, Ten>();
    site.set(1, &["other-1", "2"]).await;
    assert_eq!(
        (site.get(1).await, site.get(2).await),
        ("1".into(), "8".into())
    );
}

#[tokio::test]
async fn a_new_field_takes_the_new_default_and_leaves_the_old_value_alone() {
    release!(
        Three {
            #[session(merge = add, default = 3)]
            tries: u32
        },
        ToString::to_string,
        number
    );
    release!(
        Ten {
            #[session(merge = add, default = 10)]
            attempts: u32
        },
        ToString::to_string,
        number
    );
    let mut site = side_by_side::<Three, Ten>();
    site.set(1, &["other-1", "+"]).await;
    site.set(2, &["+"]).await;
    assert_eq!(
        (site.get(1).await, site.get(2).await),
        ("4".into(), "11".into())
    );
}

#[tokio::test]
async fn what_was_written_before_there_was_a_row_counts_from_no_default() {
    release!(
        Three {
            #[session(merge = add, default = 3)]
            tries: u32
        },
        ToString::to_string,
        number
    );
    release!(
        Ten {
            #[session(merge = add, default = 10)]
            tries: u32
        },
        ToString::to_string,
        number
    );
    let mut site = side_by_side::<Three, Ten>();
    site.set(1, &["+"]).await;
    assert_eq!(
        (site.get(1).await, site.get(2).await),
        ("4".into(), "4".into())
    );
}
