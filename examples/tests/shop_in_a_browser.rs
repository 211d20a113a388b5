//! The shop as customers meet it: a process, a real browser, and each home that sessions can have.

#![expect(clippy::unwrap_used, reason = "this is a test")]

mod browser;
#[allow(dead_code, reason = "a part of what tests share")]
mod server;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use session_runtime::Key;
use store_tests::{postgres, redis};

use self::browser::{Browser, Driver};
use self::server::Server;

/// The shop, with what outlives its process.
struct Shop {
    server: Server,
    folder: PathBuf,
    keys: String,
    /// The argument behind `--store`.
    store: Option<String>,
}

impl Shop {
    fn new(store: Option<String>) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let folder = format!("shop-{}-{number}", std::process::id());
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(folder);
        fs::create_dir(&folder).unwrap();
        let keys = Key::generate().reveal();
        let program = Command::new(env!("CARGO_BIN_EXE_shop"));
        Self {
            server: Self::start(program, &folder, &keys, store.as_deref()),
            folder,
            keys,
            store,
        }
    }

    fn start(mut program: Command, folder: &Path, keys: &str, store: Option<&str>) -> Server {
        program.current_dir(folder).env("SESSION_KEYS", keys);
        if let Some(store) = store {
            program.args(["--store", store]);
        }
        Server::run(program)
    }

    /// Restarts the shop on a machine whose clock is ahead. Cookies do not ask for the port.
    fn restart_after_days(&mut self, days: u32) {
        let mut later = Command::new("faketime");
        later.env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
        later.args(["-f", &format!("+{days}d"), env!("CARGO_BIN_EXE_shop")]);
        self.server = Self::start(later, &self.folder, &self.keys, self.store.as_deref());
    }

    fn page(&self, path: &str) -> String {
        format!("{}{path}", self.server.url.trim_end_matches('/'))
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.folder).unwrap();
    }
}

async fn register(shop: &Shop, browser: &Browser, name: &str) {
    browser.open(&shop.page("/register")).await;
    browser.type_into("name", name).await;
    browser.type_into("password", "correct horse").await;
    browser.click("Register").await;
}

async fn log_in(shop: &Shop, browser: &Browser, name: &str, password: &str) {
    browser.open(&shop.page("/login")).await;
    give_password(browser, name, password).await;
}

async fn give_password(browser: &Browser, name: &str, password: &str) {
    browser.type_into("name", name).await;
    browser.type_into("password", password).await;
    browser.submit().await;
}

/// A customer fills a cart, logs in with a wrong password and with the right one, orders and pays.
async fn buys(shop: &Shop, browser: &Browser) {
    browser.open(&shop.page("/products/1")).await;
    browser.click("Put into the cart").await;
    assert!(browser.shows("Sencha is in your cart.").await);
    browser.reload().await;
    assert!(
        !browser.shows("Sencha is in your cart.").await,
        "a notice is shown once"
    );
    browser.click("Order").await;
    assert_eq!(browser.path().await, "/login");
    browser.click("Register.").await;
    browser.type_into("name", "Ann").await;
    browser.type_into("password", "correct horse").await;
    browser.click("Register").await;
    assert!(browser.shows("Welcome, Ann.").await);

    browser.open(&shop.page("/cart")).await;
    assert!(browser.shows("Sencha").await, "the cart survives the login");
    browser.click("Order").await;
    assert!(browser.shows("Thank you for your order.").await);
    browser.click("Pay").await;
    assert!(
        browser.url().await.starts_with("http://localhost:"),
        "another site"
    );
    browser.click("Pay").await;
    browser.click("Back to the shop").await;
    assert_eq!(browser.path().await, "/orders/1");
    assert!(
        browser.shows("Paid.").await,
        "and the user is logged in still"
    );

    browser.open(&shop.page("/products/2")).await;
    browser.click("Put into the cart").await;
    browser.click("Log out").await;
    browser.open(&shop.page("/cart")).await;
    assert!(
        browser.shows("It is empty.").await,
        "the cart is gone after the logout"
    );
}

async fn is_led_back_after_a_wrong_password(shop: &Shop, browser: &Browser) {
    browser.open(&shop.page("/orders")).await;
    assert_eq!(browser.path().await, "/login?next=/orders");
    give_password(browser, "Ann", "wrong horse").await;
    assert!(browser.shows("The name or the password is wrong.").await);
    give_password(browser, "Ann", "correct horse").await;
    assert_eq!(browser.path().await, "/orders");
}

async fn keeps_the_theme_and_is_remembered_when_asked(
    driver: &Driver,
    shop: &Shop,
    browser: &mut Browser,
) {
    browser.click("Dark").await;
    assert_eq!(browser.path().await, "/orders", "the page of the button");
    assert_eq!(browser.style("body", "background-color").await, DARK);
    driver.restart(browser).await;
    browser.open(&shop.page("/orders")).await;
    assert_eq!(browser.path().await, "/login?next=/orders");
    assert_eq!(browser.style("body", "background-color").await, DARK);

    browser.tick("remember").await;
    give_password(browser, "Ann", "correct horse").await;
    driver.restart(browser).await;
    browser.open(&shop.page("/orders")).await;
    assert_eq!(browser.path().await, "/orders");
}

/// `#161b18` of the style sheet.
const DARK: &str = "rgba(22, 27, 24, 1)";

async fn works_in_two_tabs(shop: &Shop, browser: &Browser) {
    let first = browser.tab().await;
    let second = browser.new_tab().await;
    browser.open(&shop.page("/products/3")).await;
    browser.click("Put into the cart").await;
    browser.to_tab(first).await;
    browser.open(&shop.page("/cart")).await;
    assert!(browser.shows("Camomile").await);
    browser.click("Log out").await;
    browser.to_tab(second).await;
    browser.click("Order").await;
    assert_eq!(
        browser.path().await,
        "/login",
        "logged out in the other tab"
    );
    browser.close_tab().await;
}

async fn gives_a_second_factor(shop: &mut Shop, browser: &Browser) {
    log_in(shop, browser, "Ann", "correct horse").await;
    browser.open(&shop.page("/account")).await;
    browser.click("Ask for a code at each login").await;
    browser.click("Log out").await;
    log_in(shop, browser, "Ann", "correct horse").await;
    let mail = shop.server.line_with("Your code is");
    let (_, code) = mail.split_once("Your code is ").unwrap();
    browser.type_into("code", "no").await;
    browser.submit().await;
    assert!(browser.shows("The code is wrong.").await);
    browser.type_into("code", &code[..6]).await;
    browser.submit().await;
    assert!(browser.shows("Welcome, Ann.").await);
    browser.open(&shop.page("/account")).await;
    browser.click("Log in without a code").await;
}

async fn sees_the_stock_change(driver: &Driver, shop: &Shop) {
    let [watcher, buyer] = [driver.browser().await, driver.browser().await];
    for browser in [&watcher, &buyer] {
        browser.open(&shop.page("/products/6")).await;
        browser.click("Put into the cart").await;
    }
    watcher.wait_for("[data-product='6']", "12").await;
    buyer.click("Order").await;
    buyer.click("Register.").await;
    register(shop, &buyer, "Bob").await;
    buyer.open(&shop.page("/cart")).await;
    buyer.click("Order").await;
    watcher.wait_for("[data-product='6']", "11").await;
}

async fn is_told_that_a_session_has_expired(shop: &mut Shop, browser: &Browser) {
    browser.open(&shop.page("/orders")).await;
    assert_eq!(browser.path().await, "/orders");
    shop.restart_after_days(15);
    browser.open(&shop.page("/orders")).await;
    assert!(
        browser.shows("Your session has expired.").await,
        "{}",
        browser.text().await
    );
    browser.reload().await;
    assert!(
        !browser.shows("Your session has expired.").await,
        "said once"
    );
}

/// With sessions in a store, a user logs out everywhere.
async fn logs_out_everywhere(driver: &Driver, shop: &Shop, browser: &Browser) {
    let phone = driver.browser().await;
    for browser in [browser, &phone] {
        log_in(shop, browser, "Ann", "correct horse").await;
    }
    browser.open(&shop.page("/account")).await;
    assert!(browser.shows("this device").await);
    browser.click("Log out all others").await;
    assert!(browser.shows("Other devices that are logged out:").await);
    phone.reload().await;
    assert!(phone.shows("You were logged out on another device").await);
    log_in(shop, &phone, "Ann", "correct horse").await;
    browser.open(&shop.page("/account")).await;
    browser.click("Log out everywhere").await;
    for browser in [browser, &phone] {
        browser.open(&shop.page("/orders")).await;
        assert_eq!(browser.path().await, "/login?next=/orders");
    }
    log_in(shop, browser, "Ann", "correct horse").await;
}

async fn a_customer(store: Option<String>) {
    let Some(driver) = Driver::start() else {
        return;
    };
    let has_devices = store.is_some();
    let mut shop = Shop::new(store);
    let mut browser = driver.browser().await;
    buys(&shop, &browser).await;
    is_led_back_after_a_wrong_password(&shop, &browser).await;
    keeps_the_theme_and_is_remembered_when_asked(&driver, &shop, &mut browser).await;
    works_in_two_tabs(&shop, &browser).await;
    gives_a_second_factor(&mut shop, &browser).await;
    sees_the_stock_change(&driver, &shop).await;
    if has_devices {
        logs_out_everywhere(&driver, &shop, &browser).await;
    }
    is_told_that_a_session_has_expired(&mut shop, &browser).await;
}

#[tokio::test]
async fn a_customer_is_served_with_sessions_in_cookies() {
    a_customer(None).await;
}

#[tokio::test]
async fn a_customer_is_served_with_sessions_in_sqlite() {
    a_customer(Some("sqlite:sessions.db".to_owned())).await;
}

#[tokio::test]
async fn a_customer_is_served_with_sessions_in_redis() {
    if redis::is_installed() {
        let address = redis::shared_redis().address();
        a_customer(Some(format!("redis://{address}/"))).await;
    }
}

#[tokio::test]
async fn a_customer_is_served_with_sessions_in_postgres() {
    if postgres::is_installed() {
        a_customer(Some(postgres::url(postgres::shared_postgres()))).await;
    }
}
