//! Without a server: two browsers, and two instances of the application on one file.

use std::fs;
use std::path::PathBuf;

use axum::Router;
use session_runtime::store::{MemoryStore, Store, StoreErrorKind};
use session_runtime::test_kit::{Browser, Fault, FaultyStore, Operation};
use session_runtime::{Key, Keyring, SessionLayer};
use session_sqlite::SqliteStore;

use super::app;

/// Instances of the application on one store, each with a ring of its own, as processes have them.
fn instances(store: &(impl Store + Clone)) -> [Router; 2] {
    let key = Key::generate();
    [(); 2].map(|()| {
        let keys = Keyring::new([key.clone()]).unwrap();
        app(SessionLayer::stored(keys, store.clone()))
    })
}

/// The name of a file that is not there.
fn new_file(name: &str) -> PathBuf {
    let file = std::env::temp_dir().join(format!("{name}-{}.db", std::process::id()));
    for end in ["", "-wal", "-shm"] {
        let _ = fs::remove_file(format!("{}{end}", file.display()));
    }
    file
}

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0";
const CHROME: &str =
    "Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 Chrome/156.0 Mobile Safari/537.36";

async fn logged_in(instance: &Router, agent: &str, user: &str) -> Browser<Router> {
    let mut browser = Browser::new(instance.clone()).header("user-agent", agent);
    let page = browser.post("/login", &[("user", user)]).await;
    assert_eq!(page.uri(), "/");
    browser
}

async fn page(browser: &mut Browser<Router>) -> String {
    browser.get("/").await.text().into_owned()
}

/// What the button of the one other device sends.
fn handle(page: &str) -> String {
    let (_, rest) = page.split_once("name=device value=").unwrap();
    rest.split_once('>').unwrap().0.to_owned()
}

#[tokio::test]
async fn the_page_lists_the_devices_and_one_of_them_is_logged_out_on_every_instance() {
    let file = new_file("account-devices");
    let [first, second] = instances(&SqliteStore::open(&file).await.unwrap());
    let mut desk = logged_in(&first, FIREFOX, "Ann").await;
    let mut phone = logged_in(&second, CHROME, "Ann").await;
    let devices = page(&mut desk).await;
    assert!(
        devices.contains("Firefox on Linux, used 0 hours ago: this device"),
        "{devices}"
    );
    assert!(
        devices.contains("Chrome on Android, used 0 hours ago: <form"),
        "{devices}"
    );

    let form = [("device", &*handle(&devices))];
    let answer = desk.post("/log-out-device", &form).await;
    assert!(answer.text().contains("The device is logged out."));
    assert!(!answer.text().contains("Chrome on Android"));
    let answer = phone.get("/").await;
    assert_eq!(answer.uri().path(), "/login");
    assert!(
        answer
            .text()
            .contains("You were logged out on another device.")
    );
    let again = phone.get("/login").await;
    assert!(again.text().contains("Please log in."), "it is said once");
    let answer = desk.post("/log-out-device", &form).await;
    assert!(answer.text().contains("That device was logged out before."));
    drop((desk, phone, first, second));
    fs::remove_file(file).unwrap();
}

#[tokio::test]
async fn nobody_logs_out_the_device_of_another_user() {
    let [first, second] = instances(&MemoryStore::new());
    let mut desk = logged_in(&first, FIREFOX, "Ann").await;
    let mut phone = logged_in(&first, CHROME, "Ann").await;
    let mut bob = logged_in(&second, CHROME, "Bob").await;
    let form = [("device", &*handle(&page(&mut desk).await))];
    let answer = bob.post("/log-out-device", &form).await;
    assert!(answer.text().contains("That device was logged out before."));
    assert!(page(&mut phone).await.contains("The account of Ann"));
    let mut nobody = Browser::new(first).without_redirects();
    assert_eq!(nobody.post("/log-out-device", &form).await.status(), 303);
}

#[tokio::test]
async fn all_others_are_logged_out_and_this_device_and_other_users_stay() {
    let [first, second] = instances(&MemoryStore::new());
    let mut desk = logged_in(&first, FIREFOX, "Ann").await;
    let mut phone = logged_in(&second, CHROME, "Ann").await;
    let mut tablet = logged_in(&second, CHROME, "Ann").await;
    let mut bob = logged_in(&second, CHROME, "Bob").await;
    let answer = desk.post("/log-out-others", &[]).await;
    assert!(
        answer
            .text()
            .contains("Other devices that are logged out: 2")
    );
    for browser in [&mut phone, &mut tablet] {
        assert_eq!(browser.get("/").await.uri().path(), "/login");
    }
    assert!(page(&mut bob).await.contains("The account of Bob"));
}

#[tokio::test]
async fn a_new_password_logs_out_the_others_and_whoever_copied_this_cookie() {
    let [first, second] = instances(&MemoryStore::new());
    let mut desk = logged_in(&first, FIREFOX, "Ann").await;
    let mut phone = logged_in(&second, CHROME, "Ann").await;
    let stolen = desk.cookie("__Host-account").unwrap().value().to_owned();
    let answer = desk.post("/password", &[]).await;
    assert!(answer.text().contains("Your password is changed"));
    assert_eq!(phone.get("/").await.uri().path(), "/login");
    assert_ne!(desk.cookie("__Host-account").unwrap().value(), stolen);

    let mut thief = Browser::new(second);
    thief.set_cookie(format!("__Host-account={stolen}; Secure; Path=/"));
    thief.post("/log-out-others", &[]).await;
    assert_eq!(thief.get("/").await.uri().path(), "/login");
    assert_eq!(desk.get("/").await.uri().path(), "/");
    // For two minutes every copy of the old cookie can still log the session out.
    thief.post("/logout", &[]).await;
    assert_eq!(desk.get("/").await.uri().path(), "/login");
}

#[tokio::test]
async fn a_store_that_fails_is_a_503_and_every_device_stays() {
    let store = FaultyStore::new(MemoryStore::new());
    let [first, _] = instances(&store);
    let mut desk = logged_in(&first, FIREFOX, "Ann").await;
    let mut phone = logged_in(&first, CHROME, "Ann").await;
    store.fail(Fault::error(StoreErrorKind::Full).on([Operation::EndAll]));
    assert_eq!(desk.post("/log-out-others", &[]).await.status(), 503);
    assert!(page(&mut phone).await.contains("The account of Ann"));
}
