//! Ending sessions from outside of their requests: the list of a user's sessions, what is ended, and what the browser
//! that was logged out finds.

mod disturbed;
mod labels;
mod releases;
mod site;
mod thieves;

use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, RETRY_AFTER};
use axum::routing::get;
use session_runtime::store::{MemoryStore, StoreErrorKind};
use session_runtime::test_kit::{Fault, FaultyStore, Operation};
use session_runtime::{
    Key, Keyring, ListedSession, Session, SessionHandle, SessionLayer, Sessions,
};
use tokio::sync::Semaphore;

use self::disturbed::Disturbed;
use self::labels::{with_labels_of_each_other, with_rows_of_others, without_labels};
use self::site::{Guard, Shop, copied, site, site_on, text};

const HOUR: u64 = 60 * 60;

#[tokio::test]
async fn a_list_has_the_values_and_the_times_of_every_session_of_the_user_and_of_no_other() {
    let site = site();
    let mut desk = site.logged_in(7, "desk").await;
    let began = site.now();
    let mut phone = site.other_browser();
    text(&mut phone, "/log-in/7/phone").await;
    site.logged_in(8, "of-another").await;
    text(&mut site.browser(), "/visit").await;
    text(&mut phone, "/visit").await;

    site.clock.advance(HOUR);
    text(&mut phone, "/show").await;
    // The desk's own use is written down with the answer.
    assert_eq!(text(&mut desk, "/devices").await, "phone desk*");
    site.clock.advance(60);
    let listed = site.sessions.of(&7).await.unwrap();
    let [first, second] = &*listed else {
        panic!("{} sessions", listed.len())
    };
    for listed in [first, second] {
        assert_eq!(listed.began(), Some(began));
        assert_eq!(listed.last_used(), began + Duration::from_secs(HOUR));
        assert_eq!(listed.ends(), began + Duration::from_secs(3 * HOUR));
        assert_eq!(listed.session().unwrap().user, Some(7));
    }
    let visits = |listed: &ListedSession<Shop>| listed.session().unwrap().visits;
    assert_eq!(visits(first) + visits(second), 1, "the phone's");

    site.clock.advance(1000);
    text(&mut desk, "/visit").await;
    let newest = &site.sessions.of(&7).await.unwrap()[0];
    assert_eq!(
        newest.session().unwrap().device,
        "desk",
        "last used comes first"
    );
    assert!(!format!("{newest:?} {:?}", newest.handle()).contains("desk"));
}

#[tokio::test]
async fn of_very_many_sessions_the_thousand_that_end_last_are_listed_and_all_are_ended() {
    let site = site();
    site.logged_in(7, "oldest").await;
    site.clock.advance(60);
    let most = Sessions::<Shop>::MOST_LISTED;
    for _ in 0..most {
        site.logged_in(7, "desk").await;
    }
    let listed = site.sessions.of(&7).await.unwrap();
    assert_eq!(listed.len(), most);
    let devices = listed
        .iter()
        .map(|listed| &listed.session().unwrap().device);
    assert!(devices.into_iter().all(|device| device == "desk"));
    let ended = site.sessions.end_all(&7).await.unwrap();
    assert_eq!(ended, 1001);
}

#[tokio::test]
async fn a_field_whose_time_is_over_and_one_that_the_browser_has_are_listed_at_their_defaults() {
    let site = site();
    let mut desk = site.logged_in(7, "desk").await;
    text(&mut desk, "/code").await;
    let code = async || {
        let listed = site.sessions.of(&7).await.unwrap();
        let session = listed[0].session().unwrap();
        (session.code, session.theme)
    };
    assert_eq!(code().await, (1234, 0));
    site.clock.advance(600);
    assert_eq!(code().await, (0, 0));
}

#[tokio::test]
async fn one_device_is_logged_out_by_its_handle_on_every_instance_and_the_others_stay() {
    let site = site();
    let mut desk = site.logged_in(7, "desk").await;
    let mut phone = site.other_browser();
    text(&mut phone, "/log-in/7/phone").await;
    let handle = site.handle_of(7, "phone").await.to_string();
    let form = [("device", &*handle)];
    assert_eq!(desk.post("/end", &form).await.text(), "true");
    assert_eq!(text(&mut phone, "/show").await, "- 0");
    assert_eq!(text(&mut desk, "/devices").await, "desk*");
    assert_eq!(
        desk.post("/end", &form).await.text(),
        "false",
        "over before"
    );
}

#[tokio::test]
async fn the_handle_of_another_user_and_a_text_that_is_none_end_nothing() {
    let site = site();
    let mut ann = site.logged_in(7, "desk").await;
    let mut bob = site.logged_in(8, "laptop").await;
    let handle = site.handle_of(7, "desk").await.to_string();
    let longer = format!("{handle}A");
    for text in [&*handle, "", "x", &longer, "<script>", "%00"] {
        let page = bob.post("/end", &[("device", text)]).await;
        assert_eq!(page.text(), "false", "{text}");
    }
    assert_eq!(text(&mut ann, "/devices").await, "desk*");
    assert_eq!(
        site.log
            .lines_with("the handle of a session is refused")
            .len(),
        6
    );
    assert_eq!(site.log.lines_with("reason=\"forged\"").len(), 1);
    assert!(!site.log.text().contains(&handle));
}

#[test]
fn a_handle_breaks_out_of_no_attribute_whatever_it_is() {
    let hostile = SessionHandle::from("\"><script>'`\u{2028}a-_Z9".to_owned());
    assert_eq!(hostile.to_string(), "scripta-_Z9");
}

#[tokio::test]
async fn a_background_job_ends_every_session_of_a_user_and_of_no_other() {
    let site = site();
    let mut browsers = Vec::new();
    for device in ["desk", "phone", "tablet"] {
        browsers.push(site.logged_in(7, device).await);
    }
    let mut bob = site.logged_in(8, "laptop").await;
    let sessions = site.sessions.clone();
    let job = tokio::spawn(async move { sessions.end_all(&7).await });
    assert_eq!(job.await.unwrap().unwrap(), 3);
    for browser in &mut browsers {
        assert_eq!(text(browser, "/show").await, "- 0");
    }
    assert_eq!(text(&mut bob, "/show").await, "8 0");
    assert_eq!(site.sessions.end_all(&7).await.unwrap(), 0);
    assert!(site.sessions.of(&7).await.unwrap().is_empty());
    let ended = site
        .log
        .lines_with("sessions of a user are ended by the application");
    assert_eq!(ended.len(), 1);
    assert!(ended[0].contains("count=3"), "{ended:?}");
}

#[tokio::test]
async fn a_changed_password_ends_the_others_and_leaves_a_copied_ticket_nothing_to_change() {
    let site = site();
    let mut desk = site.logged_in(7, "desk").await;
    text(&mut desk, "/visit").await;
    let mut phone = site.logged_in(7, "phone").await;
    let stolen = copied(&desk);
    assert_eq!(text(&mut desk, "/change-password").await, "1");
    assert_eq!(text(&mut phone, "/show").await, "- 0");
    assert_eq!(text(&mut desk, "/show").await, "7 1");

    let mut thief = site.browser();
    thief.set_cookie(&stolen);
    assert_eq!(text(&mut thief, "/show").await, "- 0", "at once");
    assert_eq!(text(&mut thief, "/end-others").await, "0");
    text(&mut thief, "/visit").await;
    text(&mut thief, "/renew").await;
    assert_eq!(copied(&thief), stolen, "no answer gives it another ticket");
    site.clock.advance(121);
    assert_eq!(text(&mut thief, "/show").await, "- 0");
    assert_eq!(text(&mut desk, "/show").await, "7 1");
}

#[tokio::test]
async fn the_others_of_nobody_are_nobodys() {
    let site = site();
    site.logged_in(7, "desk").await;
    let mut visitor = site.browser();
    text(&mut visitor, "/visit").await;
    assert_eq!(text(&mut visitor, "/end-others").await, "0");
    assert_eq!(site.sessions.of(&7).await.unwrap().len(), 1);
}

#[tokio::test]
async fn logins_at_once_that_end_the_others_may_each_stay_until_the_others_are_ended_again() {
    let gate = Arc::new(Semaphore::new(0));
    let waiting = gate.clone();
    let log_in = async move |State(all): State<Sessions<Shop>>, mut session: Guard| {
        Session::log_in(&mut session, 7);
        all.end_others(&session).await.unwrap();
        waiting.acquire().await.unwrap().forget();
    };
    let site = site_on(
        FaultyStore::new(MemoryStore::new()),
        Keyring::ephemeral(),
        &Router::new().route("/slow-log-in-here-only", get(log_in)),
    );
    let (mut desk, mut phone) = (site.browser(), site.browser());
    {
        let mut first = Box::pin(desk.get("/slow-log-in-here-only"));
        let mut second = Box::pin(phone.get("/slow-log-in-here-only"));
        assert!(waits(first.as_mut()).await);
        assert!(waits(second.as_mut()).await);
        gate.add_permits(2);
        first.await;
        second.await;
    }
    assert_eq!(text(&mut desk, "/show").await, "7 0");
    assert_eq!(text(&mut phone, "/show").await, "7 0");
    text(&mut desk, "/log-in-here-only/7").await;
    assert_eq!(text(&mut desk, "/show").await, "7 0");
    assert_eq!(text(&mut phone, "/show").await, "- 0");
}

#[tokio::test]
async fn behind_a_login_the_others_are_those_of_the_user_who_logged_in() {
    let site = site();
    let mut phone = site.logged_in(7, "phone").await;
    let mut new = site.browser();
    assert_eq!(text(&mut new, "/log-in-here-only/7").await, "1");
    assert_eq!(text(&mut phone, "/show").await, "- 0");
    assert_eq!(text(&mut new, "/show").await, "7 0");

    // With a session of nobody, over another user, and by a renewal.
    let mut visitor = site.browser();
    text(&mut visitor, "/visit").await;
    assert_eq!(text(&mut visitor, "/log-in-here-only/7").await, "1");
    assert_eq!(text(&mut visitor, "/show").await, "7 1");
    assert_eq!(text(&mut visitor, "/log-in-here-only/7").await, "0");
    let mut bob = site.logged_in(8, "laptop").await;
    assert_eq!(text(&mut bob, "/log-in-here-only/7").await, "1");
    assert_eq!(text(&mut bob, "/show").await, "7 0");
    assert_eq!(text(&mut visitor, "/show").await, "- 0");
}

#[tokio::test]
async fn a_renewal_keeps_values_times_and_handles_and_gives_another_ticket() {
    let site = site();
    let mut desk = site.logged_in(7, "desk").await;
    text(&mut desk, "/visit").await;
    let (handle, before) = (site.handle_of(7, "desk").await, copied(&desk));
    let began = site.now();
    site.clock.advance(600);
    text(&mut desk, "/renew").await;
    assert_ne!(copied(&desk), before);
    assert_eq!(text(&mut desk, "/show").await, "7 1");
    let listed = &site.sessions.of(&7).await.unwrap()[0];
    assert_eq!(listed.began(), Some(began), "no time starts again");
    assert_eq!(listed.last_used(), site.now());
    assert!(site.sessions.end(&7, &handle).await.unwrap());
}

/// A page of the same browser that was asked for before the new ticket arrived.
#[tokio::test]
async fn a_page_on_its_way_beside_a_renewal_leaves_the_new_ticket_alone() {
    let site = site();
    let mut desk = site.logged_in(7, "desk").await;
    let before = copied(&desk);
    text(&mut desk, "/renew").await;
    let renewed = copied(&desk);
    for path in ["/show", "/state", "/visit"] {
        desk.set_cookie(&before);
        text(&mut desk, path).await;
        assert_eq!(
            copied(&desk),
            before,
            "{path}: its answer sets and removes nothing"
        );
    }
    desk.set_cookie(&renewed);
    assert_eq!(text(&mut desk, "/show").await, "7 0");
    // A login with the ticket of before joins the session, and gets the ticket that is good.
    desk.set_cookie(&before);
    text(&mut desk, "/log-in/7/desk").await;
    assert_eq!(text(&mut desk, "/devices").await, "desk*");
}

#[tokio::test]
async fn a_renewal_of_nobody_is_left_to_the_login() {
    let site = site();
    let mut visitor = site.browser();
    text(&mut visitor, "/renew").await;
    assert_eq!(visitor.cookies().count(), 0);
    text(&mut visitor, "/visit").await;
    let (ticket, commits) = (copied(&visitor), site.store.asked(Operation::Commit));
    text(&mut visitor, "/renew").await;
    assert_eq!(copied(&visitor), ticket);
    assert_eq!(site.store.asked(Operation::Commit), commits);
}

#[tokio::test]
async fn a_renewal_that_is_stale_or_late_is_dropped_and_the_log_says_so() {
    let routes = Router::new().route(
        "/stale",
        get(async |mut first: Guard, mut second: Guard| {
            Session::log_out(&mut second);
            Session::renew(&mut first);
        }),
    );
    let late = Router::new().route(
        "/late",
        get(async |mut session: Guard| {
            tokio::spawn(async move {
                tokio::task::yield_now().await;
                Session::renew(&mut session);
            });
        }),
    );
    let store = FaultyStore::new(MemoryStore::new());
    let site = site_on(store, Keyring::ephemeral(), &routes.merge(late));
    let mut desk = site.logged_in(7, "desk").await;
    let ticket = copied(&desk);
    text(&mut desk, "/late").await;
    for _ in 0..3 {
        tokio::task::yield_now().await;
    }
    assert_eq!(copied(&desk), ticket);
    text(&mut desk, "/stale").await;
    assert_eq!(desk.cookies().count(), 0);
    assert_eq!(site.log.lines_with("field=\"Session::renew\"").len(), 2);
}

#[tokio::test]
async fn the_browser_that_was_logged_out_is_told_once_and_then_loses_its_cookie() {
    let site = site();
    let mut desk = site.logged_in(7, "desk").await;
    site.sessions.end_all(&7).await.unwrap();
    // A page that does not ask leaves the message to the next one.
    assert_eq!(text(&mut desk, "/show").await, "- 0");
    assert!(desk.cookie("__Host-shop").is_some());
    assert_eq!(text(&mut desk, "/state").await, "Ended Some(ByApplication)");
    assert!(desk.cookie("__Host-shop").is_none());
    assert_eq!(text(&mut desk, "/state").await, "New None");
    assert_eq!(
        site.log.lines_with("reason=\"ended-by-application\"").len(),
        2
    );
}

#[tokio::test]
async fn after_it_was_logged_out_a_browser_can_log_in_again_and_log_out() {
    let site = site();
    let mut desk = site.logged_in(7, "desk").await;
    let mut phone = site.logged_in(7, "phone").await;
    site.sessions.end_all(&7).await.unwrap();
    text(&mut desk, "/log-in/7/desk").await;
    assert_eq!(text(&mut desk, "/devices").await, "desk*");
    text(&mut phone, "/log-out").await;
    assert_eq!(phone.cookies().count(), 0);
    assert_eq!(text(&mut desk, "/devices").await, "desk*");
}

#[tokio::test]
async fn a_visitor_who_logged_out_is_told_so_and_keeps_no_message_for_later() {
    let site = site();
    let mut desk = site.logged_in(7, "desk").await;
    let stolen = copied(&desk);
    text(&mut desk, "/log-out").await;
    let mut thief = site.browser();
    thief.set_cookie(&stolen);
    assert_eq!(text(&mut thief, "/state").await, "Ended Some(ByVisitor)");
}

/// The gate at which a handler waits.
fn slow(gate: &Arc<Semaphore>) -> Router<Sessions<Shop>> {
    let (writing, logging_in) = (gate.clone(), gate.clone());
    let visit = async move |mut session: Guard| {
        session.visits += 100;
        writing.acquire().await.unwrap().forget();
    };
    let log_in = async move |mut session: Guard| {
        Session::log_in(&mut session, 7);
        logging_in.acquire().await.unwrap().forget();
    };
    Router::new()
        .route("/visit-later", get(visit))
        .route("/log-in-later", get(log_in))
}

/// Asks once. Returns true if the answer has to wait.
async fn waits(request: Pin<&mut impl Future>) -> bool {
    let mut request = request;
    std::future::poll_fn(|context| Poll::Ready(request.as_mut().poll(context).is_pending())).await
}

/// Lets the tasks run that were given up.
async fn settle() {
    for _ in 0..8 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn an_ending_is_carried_out_although_its_client_hangs_up() {
    let site = site_on(
        Disturbed::slow_to_end(),
        Keyring::ephemeral(),
        &Router::new(),
    );
    let left = async || site.sessions.of(&7).await.unwrap().len();
    let mut desk = site.logged_in(7, "desk").await;
    site.logged_in(7, "phone").await;
    site.logged_in(7, "tablet").await;

    let phone = site.handle_of(7, "phone").await;
    assert!(waits(Box::pin(site.sessions.end(&7, &phone)).as_mut()).await);
    settle().await;
    assert_eq!(left().await, 2);

    assert!(waits(Box::pin(desk.get("/end-others")).as_mut()).await);
    settle().await;
    assert_eq!(left().await, 1);

    assert!(waits(Box::pin(site.sessions.end_all(&7)).as_mut()).await);
    settle().await;
    assert_eq!(left().await, 0);
    assert_eq!(site.log.lines_with("are ended by the application").len(), 3);
}

#[tokio::test]
async fn a_login_that_is_ended_on_its_way_is_no_failure_of_the_store() {
    let site = site_on(
        Disturbed::ended_on_its_way(),
        Keyring::ephemeral(),
        &Router::new(),
    );
    let mut desk = site.browser();
    let page = desk.get("/log-in/7/desk").await;
    assert_eq!(page.status(), StatusCode::OK);
    assert_eq!(text(&mut desk, "/show").await, "- 0");
    let told = site.log.lines_with("a login is not saved");
    assert_eq!(told.len(), 1);
    assert_eq!(site.log.lines_with("ERROR"), [""; 0]);
}

#[tokio::test]
async fn a_request_under_way_brings_no_ended_session_back() {
    let gate = Arc::new(Semaphore::new(0));
    let store = FaultyStore::new(MemoryStore::new());
    let site = site_on(store, Keyring::ephemeral(), &slow(&gate));
    for path in ["/visit-later", "/log-in-later"] {
        let mut desk = site.logged_in(7, "desk").await;
        let before = copied(&desk);
        site.clock.advance(1);
        let mut on_its_way = Box::pin(desk.get(path));
        assert!(waits(on_its_way.as_mut()).await, "{path}");
        assert_eq!(site.sessions.end_all(&7).await.unwrap(), 1);
        gate.add_permits(1);
        let page = on_its_way.await;
        assert_eq!(page.status(), StatusCode::OK);
        assert_eq!(copied(&desk), before, "{path}");
        assert_eq!(text(&mut desk, "/show").await, "- 0", "{path}");
        assert!(site.sessions.of(&7).await.unwrap().is_empty(), "{path}");
    }
    assert_eq!(
        site.log.lines_with("changes are not saved, because").len(),
        2
    );
}

/// Two clicks on "log in", and an administrator between them.
#[tokio::test]
async fn a_login_that_would_join_a_session_which_is_ended_meanwhile_is_ended_too() {
    let gate = Arc::new(Semaphore::new(0));
    let store = FaultyStore::new(MemoryStore::new());
    let site = site_on(store, Keyring::ephemeral(), &slow(&gate));
    let mut desk = site.browser();
    text(&mut desk, "/visit").await;
    let mut second_tab = site.browser();
    second_tab.set_cookie(copied(&desk));
    let mut on_its_way = Box::pin(second_tab.get("/log-in-later"));
    assert!(waits(on_its_way.as_mut()).await);
    text(&mut desk, "/log-in/7/desk").await;
    assert_eq!(site.sessions.end_all(&7).await.unwrap(), 1);
    gate.add_permits(1);
    on_its_way.await;
    assert!(site.sessions.of(&7).await.unwrap().is_empty());
    assert_eq!(text(&mut second_tab, "/show").await, "- 0");
    assert_eq!(site.log.lines_with("a login is not saved").len(), 1);
}

#[tokio::test]
async fn sessions_are_found_under_every_key_of_the_ring() {
    let [new, old] = [Key::generate(), Key::generate()];
    let keys = Keyring::new([old.clone()]).unwrap();
    let site = site_on(FaultyStore::new(MemoryStore::new()), keys, &Router::new());
    let mut desk = site.logged_in(7, "desk").await;
    let handle = site.handle_of(7, "desk").await;
    site.keys
        .replace(&Keyring::new([new.clone(), old.clone()]).unwrap());
    site.logged_in(7, "phone").await;
    // The fields of the desk move to the new key, and its login does not.
    text(&mut desk, "/visit").await;
    let devices = text(&mut desk, "/devices").await;
    assert!(
        devices == "desk* phone" || devices == "phone desk*",
        "{devices}"
    );
    assert!(site.sessions.end(&7, &handle).await.unwrap());
    text(&mut desk, "/log-in/7/desk").await;
    let revoked: Keyring = format!("{}, {} revoked", new.reveal(), old.reveal())
        .parse()
        .unwrap();
    let mut laptop = site.browser();
    site.keys.replace(&Keyring::new([old]).unwrap());
    text(&mut laptop, "/log-in/7/laptop").await;
    site.keys.replace(&revoked);
    let listed = site.sessions.of(&7).await.unwrap();
    let unread = listed.iter().filter(|listed| listed.session().is_none());
    assert_eq!(
        (listed.len(), unread.count()),
        (3, 1),
        "the revoked one is listed, and not read"
    );
    let named = site.log.lines_with("the key of its login was revoked");
    assert_eq!(named.len(), 1);
    assert_eq!(site.sessions.end_all(&7).await.unwrap(), 3);
}

/// A release whose rows have no labels.
#[tokio::test]
async fn a_session_that_cannot_be_read_is_listed_and_ended_all_the_same() {
    let site = site_on(without_labels(), Keyring::ephemeral(), &Router::new());
    let mut desk = site.logged_in(7, "desk").await;
    assert_eq!(text(&mut desk, "/devices").await, "?*");
    let listed = &site.sessions.of(&7).await.unwrap()[0];
    assert!(listed.session().is_none() && listed.began().is_none());
    assert_eq!(listed.last_used(), site.now());
    assert!(site.sessions.end(&7, listed.handle()).await.unwrap());
    assert_eq!(text(&mut desk, "/show").await, "- 0");
    assert!(!site.log.text().contains("WARN"), "{}", site.log.text());
}

#[tokio::test]
async fn a_label_that_was_moved_to_another_row_reads_nothing_and_the_log_says_so() {
    let site = site_on(
        with_labels_of_each_other(),
        Keyring::ephemeral(),
        &Router::new(),
    );
    site.logged_in(7, "desk").await;
    site.logged_in(7, "phone").await;
    let listed = site.sessions.of(&7).await.unwrap();
    assert!(listed.iter().all(|listed| listed.session().is_none()));
    assert_eq!(
        site.log
            .lines_with("a session of a user is listed without its values")
            .len(),
        2
    );
}

#[tokio::test]
async fn a_row_that_was_given_to_another_user_shows_that_user_nothing() {
    let site = site_on(with_rows_of_others(), Keyring::ephemeral(), &Router::new());
    let mut desk = site.logged_in(7, "desk").await;
    site.logged_in(8, "laptop").await;
    site.sessions.of(&7).await.unwrap();
    let listed = site.sessions.of(&8).await.unwrap();
    let devices = listed
        .iter()
        .filter_map(|listed| Some(&*listed.session()?.device));
    assert!(listed.len() >= 2, "with a row of user 7");
    assert_eq!(devices.collect::<Vec<_>>(), ["laptop"]);
    for listed in &listed {
        site.sessions.end(&8, listed.handle()).await.unwrap();
    }
    assert_eq!(
        text(&mut desk, "/show").await,
        "7 0",
        "the store compares the owner"
    );
}

#[tokio::test]
async fn behind_end_all_a_login_in_the_same_request_is_refused() {
    let routes = Router::new().route(
        "/everywhere",
        get(
            async |State(sessions): State<Sessions<Shop>>, mut session: Guard| {
                sessions.end_all(&7).await.unwrap();
                Session::log_in(&mut session, 7);
            },
        ),
    );
    let store = FaultyStore::new(MemoryStore::new());
    let site = site_on(store, Keyring::ephemeral(), &routes);
    let mut desk = site.logged_in(7, "desk").await;
    site.clock.advance(1);
    text(&mut desk, "/everywhere").await;
    assert_eq!(text(&mut desk, "/show").await, "- 0");
    assert_eq!(site.log.lines_with("a login is refused").len(), 1);
    // A visitor who was not logged in is, and every other device is not.
    let mut phone = site.browser();
    text(&mut phone, "/everywhere").await;
    assert_eq!(text(&mut phone, "/show").await, "7 0");
}

#[tokio::test]
async fn a_store_that_fails_is_a_503_with_one_error_and_ends_nothing() {
    let site = site();
    let mut desk = site.logged_in(7, "desk").await;
    let mut phone = site.logged_in(7, "phone").await;
    let handle = site.handle_of(7, "phone").await.to_string();
    let full = || Fault::error(StoreErrorKind::Full);
    for (operation, path) in [
        (Operation::List, "/devices"),
        (Operation::EndAll, "/end-others"),
        (Operation::End, "/end"),
    ] {
        let before = site.log.lines_with("ERROR").len();
        site.store.fail(full().on([operation]));
        let page = match path {
            "/end" => desk.post(path, &[("device", &handle)]).await,
            _ => desk.get(path).await,
        };
        assert_eq!(page.status(), StatusCode::SERVICE_UNAVAILABLE, "{path}");
        assert_eq!(page.header(RETRY_AFTER), Some("1"));
        assert_eq!(page.header(CACHE_CONTROL), Some("no-store"));
        let errors = site.log.lines_with("ERROR").split_off(before);
        assert_eq!(errors.len(), 1, "{errors:?}");
        assert!(
            errors[0].contains("make room where it keeps its data"),
            "{errors:?}"
        );
        site.store.heal();
    }
    assert_eq!(text(&mut phone, "/show").await, "7 0");
    site.store.fail(full().on([Operation::List]));
    let error = site.sessions.of(&7).await.unwrap_err().to_string();
    assert!(
        error.contains("of a user are not listed or ended: the store has no room"),
        "{error}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_silent_store_is_waited_for_as_long_as_a_write() {
    let site = site();
    site.store.fail(Fault::silence().on([Operation::EndAll]));
    let start = tokio::time::Instant::now();
    assert!(site.sessions.end_all(&7).await.is_err());
    assert_eq!(start.elapsed(), Duration::from_secs(2));
}

#[tokio::test]
async fn an_ending_whose_answer_is_lost_once_is_asked_again() {
    let site = site();
    site.logged_in(7, "desk").await;
    let handle = site.handle_of(7, "desk").await;
    let lost = Fault::error(StoreErrorKind::Unreachable)
        .answer_lost()
        .times(1);
    site.store.fail(lost.on([Operation::End]));
    assert!(
        site.sessions.end(&7, &handle).await.unwrap(),
        "the first try ended it"
    );
}

/// Debug builds keep the sessions of plain http on a loopback address under another cookie.
#[tokio::test]
async fn a_developers_sessions_on_a_loopback_address_are_listed_and_ended_too() {
    let site = site();
    let mut local = site.browser().header("host", "127.0.0.1:3000");
    text(&mut local, "/log-in/7/local").await;
    let is_debug = cfg!(debug_assertions);
    assert_eq!(local.cookie("shop").is_some(), is_debug);
    site.logged_in(7, "desk").await;
    let listed = text(&mut local, "/devices").await;
    assert!(
        listed == "local* desk" || listed == "desk local*",
        "{listed}"
    );
    let handle = site.handle_of(7, "local").await;
    assert!(site.sessions.end(&7, &handle).await.unwrap());
    text(&mut local, "/log-in/7/local").await;
    assert_eq!(text(&mut local, "/end-others").await, "1");
    assert_eq!(site.sessions.end_all(&7).await.unwrap(), 1);
    assert_eq!(text(&mut local, "/show").await, "- 0");
}

#[test]
#[should_panic(expected = "help: call `sessions()` last")]
fn an_option_of_the_layer_that_comes_too_late_is_refused() {
    let layer = SessionLayer::<Shop>::stored(Keyring::ephemeral(), MemoryStore::new());
    let _sessions = layer.sessions();
    let _layer = layer.path("/shop");
}

#[test]
fn a_handle_is_a_cheap_clone_that_threads_share() {
    fn is_for_state<S: Clone + Send + Sync + 'static>(_: &S) {}
    let layer = SessionLayer::<Shop>::stored(Keyring::ephemeral(), MemoryStore::new());
    let sessions = layer.sessions();
    is_for_state(&sessions);
    assert!(format!("{sessions:?}").starts_with("Sessions(Config { session: "));
}
