//! Rows that another release of the application wrote.

use axum::Router;
use axum::routing::get;
use session_runtime::store::MemoryStore;
use session_runtime::test_kit::Browser;
use session_runtime::{Identity, Keyring, Session, SessionLayer};
use tests::another_process;

use super::site::{copied, text};

mod without_identity {
    use session_runtime::Session;

    #[derive(Session)]
    #[session(cookie = "shop", stored)]
    pub(crate) struct Shop {
        pub(crate) user: Option<u64>,
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
