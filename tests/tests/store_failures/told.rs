//! Every failure, by a store that fails when it is told to.

use std::time::Duration;

use axum::http::StatusCode;
use session_runtime::store::{MemoryStore, Store as _, StoreErrorKind};
use session_runtime::test_kit::{Fault, FaultyStore, Operation};
use session_runtime::{Keyring, SessionLayer};
use tests::App;
use tokio::time::Instant;

use crate::shop::{
    Errors, SECOND, Shop, assert_one_error, assert_removed, assert_unavailable, shop, shop_with,
};

const KINDS: [StoreErrorKind; 6] = [
    StoreErrorKind::Unreachable,
    StoreErrorKind::Timeout,
    StoreErrorKind::Full,
    StoreErrorKind::ReadOnly,
    StoreErrorKind::NotSetUp,
    StoreErrorKind::Other,
];

type Faulty = FaultyStore<MemoryStore>;

/// Every way in which an operation that is not done can fail, with what the log says of it.
fn faults() -> impl Iterator<Item = (Fault, &'static str)> {
    let errors = KINDS
        .into_iter()
        .map(|kind| (Fault::error(kind), "a fault that the test has set"));
    errors.chain([(Fault::silence(), "no answer within")])
}

fn faulty() -> (Faulty, App) {
    let store = FaultyStore::new(MemoryStore::new());
    let app = shop(store.clone());
    (store, app)
}

#[tokio::test(start_paused = true)]
async fn a_session_that_is_not_loaded_is_a_503_and_one_error_and_never_an_empty_session() {
    let (store, mut app) = faulty();
    app.get("/log-in/7").await;
    app.get("/visit").await;
    let writes = store.asked(Operation::Commit);
    let mut errors = Errors::new();
    for (fault, cause) in faults() {
        let what = format!("{fault:?}");
        store.fail(fault);
        for path in ["/show", "/visit", "/log-out", "/log-in/8", "/orders"] {
            let answer = app.get(path).await;
            assert_unavailable(&answer, &what);
            assert!(answer.set_cookies().is_empty(), "{what}");
            let said = ["Shop", "is not loaded", cause];
            assert_one_error(&errors.since(&app), &said, &what);
        }
        store.heal();
        assert_eq!(app.get("/show").await.body, "7 1 0 Active", "{what}");
    }
    assert_eq!(store.asked(Operation::Commit), writes);
    assert_eq!(store.asked(Operation::End), 0);
}

#[tokio::test(start_paused = true)]
async fn a_page_may_do_without_a_session_that_is_not_loaded() {
    let (store, mut app) = faulty();
    app.get("/log-in/7").await;
    let mut errors = Errors::new();
    for (fault, cause) in faults() {
        let what = format!("{fault:?}");
        store.fail(fault);
        let untouched = app.get("/untouched").await;
        assert_eq!(untouched.body, "untouched", "{what}");
        assert!(errors.since(&app).is_empty(), "{what}");
        let without = app.get("/without").await;
        assert_eq!(without.body, "without", "{what}");
        assert_one_error(&errors.since(&app), &[cause], &what);
        let told = app.get("/told").await;
        assert_one_error(&errors.since(&app), &[cause], &what);
        assert!(told.body.contains("shop::Shop` is not loaded"), "{told:?}");
        assert!(told.body.contains(cause), "{told:?}");
        for answer in [untouched, without, told] {
            assert_eq!(answer.status, StatusCode::OK, "{what}");
            assert!(answer.set_cookies().is_empty(), "{what}");
        }
        store.heal();
        assert_eq!(app.get("/without").await.body, "with", "{what}");
    }
}

#[tokio::test]
async fn the_error_says_what_failed_and_what_to_do() {
    let (store, mut app) = faulty();
    app.get("/visit").await;
    let expected = [
        "the store cannot be reached: a fault that the test has set; \
         check that it runs, and that this process can reach it",
        "the store did not answer in time: a fault that the test has set; \
         look for what keeps it busy, or holds a lock in it",
        "the store has no room: a fault that the test has set; make room where it keeps its data",
        "the store takes no writes: a fault that the test has set; \
         give this process the right to write, or connect it to the primary server",
        "the store is not set up: a fault that the test has set",
        "the store failed: a fault that the test has set",
    ];
    for (kind, expected) in KINDS.into_iter().zip(expected) {
        store.fail(Fault::error(kind));
        let told = app.get("/told").await.body;
        let (session, error) = told.split_once(": ").unwrap();
        assert!(session.ends_with("shop::Shop` is not loaded"), "{session}");
        assert_eq!(error, expected);
    }
}

#[tokio::test]
async fn an_application_starts_without_its_store_and_a_probe_says_what_is_wrong() {
    for kind in KINDS {
        let store = FaultyStore::new(MemoryStore::new());
        store.fail(Fault::error(kind));
        let mut app = shop(store.clone());
        assert_eq!(app.get("/untouched").await.status, StatusCode::OK);
        // A visitor who has no cookie asks the store for nothing.
        assert_eq!(app.get("/show").await.body, "- 0 0 New");
        assert_eq!(store.check().await.unwrap_err().kind(), kind);
        store.heal();
        assert!(store.check().await.is_ok());
        app.get("/visit").await;
        assert_eq!(app.get("/show").await.body, "- 1 0 Active");
    }
}

#[tokio::test(start_paused = true)]
async fn a_change_that_is_not_saved_is_a_503_and_row_and_cookies_are_as_they_were() {
    let (store, mut app) = faulty();
    app.get("/everything").await;
    let mut errors = Errors::new();
    for (fault, cause) in faults() {
        let what = format!("{fault:?}");
        let cookies = app.copy_cookies();
        store.fail(fault.on([Operation::Commit]));
        for path in ["/visit", "/everything", "/log-in/7"] {
            let answer = app.get(path).await;
            assert_unavailable(&answer, &what);
            assert!(answer.set_cookies().is_empty(), "{what}");
            let said = ["Shop", "is not saved", cause];
            assert_one_error(&errors.since(&app), &said, &what);
        }
        assert_eq!(app.get("/show").await.body, "- 1 1 Active", "{what}");
        store.heal();
        assert_eq!(app.copy_cookies(), cookies, "{what}");
        assert_eq!(app.get("/show").await.body, "- 1 1 Active", "{what}");
    }
    app.get("/visit").await;
    assert_eq!(app.get("/show").await.body, "- 2 1 Active");
}

#[tokio::test(start_paused = true)]
async fn a_visitor_whose_first_change_is_not_saved_gets_a_503_and_no_cookie() {
    for (fault, cause) in faults() {
        let what = format!("{fault:?}");
        let (store, mut app) = faulty();
        let mut errors = Errors::new();
        store.fail(fault);
        let answer = app.get("/everything").await;
        assert_unavailable(&answer, &what);
        assert!(answer.set_cookies().is_empty(), "{what}");
        assert_one_error(&errors.since(&app), &["is not saved", cause], &what);
        store.heal();
        app.get("/everything").await;
        assert_eq!(app.get("/show").await.body, "- 1 1 Active", "{what}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_ending_that_the_store_refuses_is_a_503_that_removes_the_cookie() {
    for path in ["/log-out", "/clear", "/destroy"] {
        for (fault, cause) in faults() {
            let what = format!("{path}, {fault:?}");
            let (store, mut app) = faulty();
            let mut errors = Errors::new();
            app.get("/log-in/7").await;
            let copied = app.copy_cookies();
            store.fail(fault.on([Operation::End]));
            let answer = app.get(path).await;
            assert_unavailable(&answer, &what);
            assert_removed(&answer, &what);
            assert_one_error(&errors.since(&app), &["is not saved", cause], &what);
            store.heal();
            assert_eq!(app.get("/show").await.body, "- 0 0 New", "{what}");
            // The 503 said that the session may not have ended: a copy of its cookie still works.
            assert_eq!(app.get_with("/orders", &copied).await.body, "7", "{what}");
            assert_eq!(app.get_with(path, &copied).await.status, StatusCode::OK);
            let shown = app.get_with("/show", &copied).await.body;
            assert_eq!(shown, "- 0 0 Ended", "{what}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_login_over_another_user_that_is_not_saved_leaves_the_first() {
    for (fault, _) in faults() {
        for operation in [Operation::Create, Operation::End] {
            let what = format!("{operation:?}, {fault:?}");
            let (store, mut app) = faulty();
            app.get("/log-in/7").await;
            store.fail(fault.clone().on([operation]));
            let answer = app.get("/log-in/8").await;
            assert_unavailable(&answer, &what);
            assert!(answer.set_cookies().is_empty(), "{what}");
            store.heal();
            assert_eq!(app.get("/orders").await.body, "7", "{what}");
        }
    }
}

/// What the guide says of it: the store is as it was, unless it did what it was asked and only the answer was lost.
#[tokio::test(start_paused = true)]
async fn an_answer_that_is_lost_is_a_503_although_the_store_did_what_it_was_asked() {
    for fault in [Fault::error(StoreErrorKind::Timeout), Fault::silence()] {
        let what = format!("{fault:?}");
        let (store, mut app) = faulty();
        app.get("/visit").await;
        store.fail(fault.answer_lost());
        assert_unavailable(&app.get("/show").await, &what);
        store.heal();
        let lost = || Fault::error(StoreErrorKind::Timeout).answer_lost();
        store.fail(lost().on([Operation::Commit]));
        assert_unavailable(&app.get("/visit").await, &what);
        assert_eq!(app.get("/show").await.body, "- 2 0 Active", "{what}");
        let copied = app.copy_cookies();
        store.fail(lost().on([Operation::End]));
        let answer = app.get("/clear").await;
        assert_unavailable(&answer, &what);
        assert_removed(&answer, &what);
        let shown = app.get_with("/show", &copied).await.body;
        assert_eq!(shown, "- 0 0 Ended", "{what}");
    }
}

#[tokio::test]
async fn a_store_that_cannot_be_reached_once_is_asked_again_and_no_visitor_sees_it() {
    let hiccup = Fault::error(StoreErrorKind::Unreachable).times(1);
    for fault in [hiccup.clone(), hiccup.answer_lost()] {
        let what = format!("{fault:?}");
        let (store, mut app) = faulty();
        let mut errors = Errors::new();
        let mut ask = async |operation, path| {
            store.fail(fault.clone().on([operation]));
            let asked = store.asked(operation);
            let answer = app.get(path).await;
            assert_eq!(answer.status, StatusCode::OK, "{path} {what}");
            assert_eq!(store.asked(operation) - asked, 2, "{path} {what}");
            assert!(errors.since(&app).is_empty(), "{path} {what}");
            answer.body
        };
        ask(Operation::Create, "/visit").await;
        ask(Operation::Commit, "/visit").await;
        ask(Operation::Commit, "/log-in/7").await;
        assert_eq!(ask(Operation::Load, "/show").await, "7 2 0 Active");
        ask(Operation::End, "/log-out").await;
    }
}

#[tokio::test]
async fn any_other_failure_is_not_tried_again() {
    for kind in KINDS
        .into_iter()
        .filter(|kind| *kind != StoreErrorKind::Unreachable)
    {
        let (store, mut app) = faulty();
        app.get("/visit").await;
        store.fail(Fault::error(kind).times(1));
        assert_unavailable(&app.get("/show").await, &format!("{kind:?}"));
        assert_eq!(store.asked(Operation::Load), 1, "{kind:?}");
    }
}

/// The time after which each answer comes, while the store is silent.
async fn waits(store: &Faulty, app: &mut App) -> [Duration; 3] {
    app.get("/visit").await;
    let mut waits = [Duration::ZERO; 3];
    let asked = [
        (Operation::Load, "/show"),
        (Operation::Commit, "/visit"),
        (Operation::End, "/clear"),
    ];
    for ((operation, path), wait) in asked.into_iter().zip(&mut waits) {
        store.fail(Fault::silence().on([operation]));
        let start = Instant::now();
        assert_unavailable(&app.get(path).await, path);
        *wait = start.elapsed();
        store.heal();
    }
    waits
}

/// The clock of tokio has milliseconds.
fn assert_waits(waits: [Duration; 3], expected: [Duration; 3]) {
    for (wait, expected) in waits.into_iter().zip(expected) {
        let late = wait.checked_sub(expected);
        assert!(
            late.is_some_and(|late| late <= Duration::from_millis(1)),
            "{waits:?} {expected:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_silent_store_is_waited_for_one_second_for_a_load_and_two_for_a_write() {
    let (store, mut app) = faulty();
    let waits = waits(&store, &mut app).await;
    assert_waits(waits, [SECOND, 2 * SECOND, 2 * SECOND]);
}

#[tokio::test(start_paused = true)]
async fn a_silent_store_is_waited_for_as_long_as_the_layer_says_whichever_option_comes_after_it() {
    let store = FaultyStore::new(MemoryStore::new());
    let time = Duration::from_millis(300);
    let mut app = shop_with(store.clone(), |layer| {
        layer.store_timeout(time).save_on_server_errors()
    });
    let waits = waits(&store, &mut app).await;
    assert_waits(waits, [time, 2 * time, 2 * time]);
}

#[tokio::test(start_paused = true)]
async fn the_second_try_is_within_the_time_too() {
    let unreachable = FaultyStore::new(MemoryStore::new());
    let silent = FaultyStore::new(unreachable.clone());
    let mut app = shop(silent.clone());
    app.get("/visit").await;
    unreachable.fail(Fault::error(StoreErrorKind::Unreachable));
    silent.fail(Fault::silence());
    let first_try = silent.clone();
    tokio::spawn(async move {
        tokio::time::sleep(SECOND * 6 / 10).await;
        first_try.heal();
        first_try.fail(Fault::silence());
    });
    let start = Instant::now();
    assert_unavailable(&app.get("/show").await, "the second try");
    assert_eq!(silent.asked(Operation::Load), 2);
    assert!(start.elapsed() <= SECOND + Duration::from_millis(1));
}

#[test]
#[should_panic(expected = "a store has no time to answer, so every request would be a 503\nhelp: ")]
fn a_layer_refuses_a_store_that_has_no_time() {
    let _ = SessionLayer::<Shop>::stored(Keyring::ephemeral(), MemoryStore::new())
        .store_timeout(Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn what_a_silence_keeps_waiting_is_done_when_the_store_is_healed() {
    let (store, mut app) = faulty();
    app.get("/visit").await;
    store.fail(Fault::silence());
    let later = store.clone();
    tokio::spawn(async move {
        tokio::time::sleep(SECOND / 2).await;
        later.heal();
    });
    let start = Instant::now();
    assert_eq!(app.get("/show").await.body, "- 1 0 Active");
    assert!(start.elapsed() >= SECOND / 2);
}
