//! A thief who has a copy of a ticket that is still the good one.

use std::sync::Arc;

use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use session_runtime::store::MemoryStore;
use session_runtime::test_kit::FaultyStore;
use session_runtime::{Keyring, Session, Sessions};
use tokio::sync::Semaphore;

use super::site::{Guard, Shop, copied, site, site_on, text};
use super::waits;

/// Longer than a ticket of before reads what it did.
const GRACE: u64 = 121;

#[tokio::test]
async fn a_login_takes_the_ticket_from_a_thief_who_renewed_the_session_before() {
    for waits in [0, GRACE] {
        let site = site();
        let mut desk = site.logged_in(7, "desk").await;
        let mut thief = site.browser();
        thief.set_cookie(copied(&desk));
        text(&mut desk, "/visit").await;
        text(&mut thief, "/renew").await;
        site.clock.advance(waits);
        assert_eq!(text(&mut desk, "/show").await, "- 0", "shut out");

        text(&mut desk, "/log-in-here-only/7").await;
        assert_eq!(text(&mut desk, "/show").await, "7 1", "after {waits} s");
        assert_eq!(text(&mut thief, "/show").await, "- 0", "after {waits} s");
        text(&mut thief, "/visit").await;
        assert_eq!(text(&mut desk, "/show").await, "7 1", "after {waits} s");
    }
}

#[tokio::test]
async fn a_login_takes_the_ticket_from_a_thief_who_renews_the_session_beside_it() {
    let gate = Arc::new(Semaphore::new(0));
    let site = site_on(
        FaultyStore::new(MemoryStore::new()),
        Keyring::ephemeral(),
        &slow_login(&gate),
    );
    let mut desk = site.logged_in(7, "desk").await;
    let mut thief = site.browser();
    thief.set_cookie(copied(&desk));
    // Another renewal lost its answer, so this browser has no user and joins the row.
    let mut lost = site.browser();
    lost.set_cookie(copied(&desk));
    text(&mut lost, "/renew").await;
    thief.set_cookie(copied(&lost));
    {
        let mut way = Box::pin(desk.get("/slow-login"));
        assert!(waits(way.as_mut()).await);
        text(&mut thief, "/renew").await;
        gate.add_permits(1);
        way.await;
    }
    assert_eq!(text(&mut desk, "/show").await, "7 0");
    assert_eq!(text(&mut thief, "/show").await, "- 0");
}

fn slow_login(gate: &Arc<Semaphore>) -> Router<Sessions<Shop>> {
    let gate = gate.clone();
    let log_in = async move |mut session: Guard| {
        Session::log_in(&mut session, 7);
        gate.acquire().await.unwrap().forget();
    };
    Router::new().route("/slow-login", get(log_in))
}

#[tokio::test]
async fn two_logins_of_one_user_at_once_leave_both_tickets_good() {
    let gate = Arc::new(Semaphore::new(0));
    let site = site_on(
        FaultyStore::new(MemoryStore::new()),
        Keyring::ephemeral(),
        &slow_login(&gate),
    );
    let mut desk = site.browser();
    text(&mut desk, "/visit").await;
    let mut other = site.browser();
    other.set_cookie(copied(&desk));
    {
        let mut first = Box::pin(desk.get("/slow-login"));
        let mut second = Box::pin(other.get("/slow-login"));
        assert!(waits(first.as_mut()).await);
        assert!(waits(second.as_mut()).await);
        gate.add_permits(2);
        first.await;
        second.await;
    }
    assert_eq!(text(&mut desk, "/show").await, "7 1");
    assert_eq!(text(&mut other, "/show").await, "7 1");
    assert_eq!(site.sessions.of(&7).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_renewal_that_a_thief_was_quicker_with_is_no_success() {
    let gate = Arc::new(Semaphore::new(0));
    let waiting = gate.clone();
    let renew = async move |mut session: Guard| {
        Session::renew(&mut session);
        waiting.acquire().await.unwrap().forget();
        "A copied cookie is worthless now."
    };
    let site = site_on(
        FaultyStore::new(MemoryStore::new()),
        Keyring::ephemeral(),
        &Router::new().route("/slow-renew", get(renew)),
    );
    let mut desk = site.logged_in(7, "desk").await;
    let mut thief = site.browser();
    thief.set_cookie(copied(&desk));
    {
        let mut way = Box::pin(desk.get("/slow-renew"));
        assert!(waits(way.as_mut()).await);
        text(&mut thief, "/renew").await;
        gate.add_permits(1);
        assert_eq!(way.await.status(), StatusCode::SERVICE_UNAVAILABLE);
    }
    assert_eq!(site.log.lines_with("the session is not renewed").len(), 1);
    assert_eq!(text(&mut desk, "/show").await, "- 0");
    text(&mut desk, "/log-in/7/desk").await;
    assert_eq!(text(&mut thief, "/show").await, "- 0");
}

#[tokio::test]
async fn a_login_in_the_second_of_the_login_before_gives_another_ticket_too() {
    let site = site();
    let mut desk = site.logged_in(7, "desk").await;
    let mut thief = site.browser();
    thief.set_cookie(copied(&desk));
    text(&mut desk, "/log-in/7/desk").await;
    assert_ne!(copied(&desk), copied(&thief));
    text(&mut thief, "/visit").await;
    assert_eq!(text(&mut desk, "/show").await, "7 0");
}

#[tokio::test]
async fn a_repeated_login_leaves_a_copied_ticket_the_user_for_two_minutes_and_a_renewal_beside_it_leaves_nothing()
 {
    let log_in_again = async |mut session: Guard| {
        Session::log_in(&mut session, 7);
    };
    let and_renew = async |mut session: Guard| {
        Session::log_in(&mut session, 7);
        Session::renew(&mut session);
    };
    let renew_first = async |mut session: Guard| {
        Session::renew(&mut session);
        Session::log_in(&mut session, 7);
    };
    let site = site_on(
        FaultyStore::new(MemoryStore::new()),
        Keyring::ephemeral(),
        &Router::new()
            .route("/again", get(log_in_again))
            .route("/again-and-renew", get(and_renew))
            .route("/renew-and-again", get(renew_first)),
    );
    for (path, read_by_thief) in [
        ("/again", "7 0"),
        ("/again-and-renew", "- 0"),
        ("/renew-and-again", "- 0"),
    ] {
        let mut desk = site.logged_in(7, "desk").await;
        let mut thief = site.browser();
        thief.set_cookie(copied(&desk));
        text(&mut desk, path).await;
        assert_eq!(text(&mut thief, "/show").await, read_by_thief, "{path}");
        site.clock.advance(GRACE);
        assert_eq!(text(&mut thief, "/show").await, "- 0", "{path}");
        assert_eq!(text(&mut desk, "/show").await, "7 0", "{path}");
    }
}
