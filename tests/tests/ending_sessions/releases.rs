//! Rows that another release of the application wrote.

use axum::Router;
use axum::routing::get;
use session_runtime::store::MemoryStore;
use session_runtime::test_kit::Browser;
use session_runtime::{Identity, Keyring, Session, SessionLayer};
use tests::{Log, another_process};

use super::site::{copied, text};

mod without_identity {
    use session_runtime::Session;

    #[derive(Session)]
    #[session(cookie = "shop", stored)]
    pub(crate) struct Shop {
        pub(crate) user: Option<u64>,
    }
}

mod of_users {
    use session_runtime::{Identity, Session};

    #[derive(serde::Serialize, serde::Deserialize, Clone, PartialEq)]
    pub(crate) struct User {
        pub(crate) id: u64,
    }

    #[derive(Session)]
    #[session(cookie = "shop", stored)]
    pub(crate) struct Shop {
        #[session(identity)]
        pub(crate) user: Identity<User>,
    }
}

mod of_tenants {
    use session_runtime::{Identity, Session};

    #[derive(serde::Serialize, serde::Deserialize, Clone, PartialEq)]
    pub(crate) struct User {
        pub(crate) id: u64,
        #[serde(default)]
        pub(crate) tenant: u64,
    }

    #[derive(Session)]
    #[session(cookie = "shop", stored)]
    pub(crate) struct Shop {
        #[session(identity)]
        pub(crate) user: Identity<User>,
    }
}

#[derive(Session)]
#[session(cookie = "shop", stored)]
struct Shop {
    #[session(identity)]
    user: Identity<u64>,
}

#[tokio::test]
async fn a_user_whom_a_release_without_an_identity_wrote_can_log_out() {
    let (keys, store) = (Keyring::ephemeral(), MemoryStore::new());
    let log_in = async |mut session: Session<without_identity::Shop>| session.user = Some(7);
    let show = async |session: Session<Shop>| format!("{:?}", session.user);
    let log_out = async |mut session: Session<Shop>| Session::log_out(&mut session);
    let old = SessionLayer::<without_identity::Shop>::stored(another_process(&keys), store.clone());
    let old = Router::new().route("/log-in", get(log_in)).layer(old);
    let new = Router::new()
        .route("/show", get(show))
        .route("/log-out", get(log_out))
        .layer(SessionLayer::<Shop>::stored(keys, store));

    let mut before = Browser::new(old);
    text(&mut before, "/log-in").await;
    let ticket = copied(&before);
    let mut browser = Browser::new(new);
    browser.set_cookie(&ticket);
    assert_eq!(text(&mut browser, "/show").await, "Some(7)");
    text(&mut browser, "/log-out").await;
    browser.set_cookie(&ticket);
    assert_eq!(text(&mut browser, "/show").await, "None");
}

#[tokio::test]
async fn a_user_whom_this_release_stores_in_another_way_is_not_found_before_the_next_login_and_the_log_says_so()
 {
    let log = Log::capture();
    let (keys, store) = (Keyring::ephemeral(), MemoryStore::new());
    let ann = of_tenants::User { id: 7, tenant: 0 };
    let log_in = async |mut session: Session<of_users::Shop>| {
        Session::log_in(&mut session, of_users::User { id: 7 });
    };
    let log_in_again = async |mut session: Session<of_tenants::Shop>| {
        Session::log_in(&mut session, of_tenants::User { id: 7, tenant: 0 });
    };
    let show = async |session: Session<of_tenants::Shop>| {
        format!("{:?}", session.user.as_ref().map(|user| user.id))
    };
    let old = SessionLayer::<of_users::Shop>::stored(another_process(&keys), store.clone());
    let old = Router::new().route("/log-in", get(log_in)).layer(old);
    let new = SessionLayer::<of_tenants::Shop>::stored(keys, store);
    let sessions = new.sessions();
    let new = Router::new()
        .route("/show", get(show))
        .route("/log-in", get(log_in_again))
        .layer(new);
    let warnings = || log.lines_with("`Sessions` does not find the session").len();

    let mut before = Browser::new(old);
    text(&mut before, "/log-in").await;
    assert_eq!(warnings(), 0);
    let mut browser = Browser::new(new);
    browser.set_cookie(copied(&before));
    assert_eq!(text(&mut browser, "/show").await, "Some(7)");
    assert_eq!(warnings(), 1);
    assert_eq!(sessions.of(&ann).await.unwrap().len(), 0);

    text(&mut browser, "/log-in").await;
    assert_eq!(warnings(), 2);
    assert_eq!(text(&mut browser, "/show").await, "Some(7)");
    assert_eq!(warnings(), 2);
    assert_eq!(sessions.end_all(&ann).await.unwrap(), 1);
    assert_eq!(text(&mut browser, "/show").await, "None");
}
