//! Without a server: the router, browsers that keep cookies, and a clock that moves. Each test runs twice, with sessions in
//! their cookies and in a store.

use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use serde_json::{Value, json};
use session_runtime::store::MemoryStore;
use session_runtime::test_kit::{Browser, MovableClock};
use session_runtime::{Keyring, SessionLayer};
use tokio::sync::mpsc::UnboundedReceiver;

use super::{Database, Home, Layers, Mail, Provider, site};
use crate::mail::Letter;
use crate::payment;

const ANN: [(&str, &str); 2] = [("name", "Ann"), ("password", "correct horse")];

struct Test {
    site: Router,
    browser: Browser<Router>,
    clock: MovableClock,
    letters: UnboundedReceiver<Letter>,
}

async fn test(layers: Layers) -> Test {
    let clock = MovableClock::new();
    let layers = Layers {
        shop: layers.shop.clock(clock.clone()),
        half_login: layers.half_login.clock(clock.clone()),
        payment: layers.payment.clock(clock.clone()),
    };
    let (mail, letters) = Mail::new();
    let database = Database::open(":memory:").await.unwrap();
    let site = site(layers, database, mail, Provider::at(3000));
    Test {
        browser: Browser::new(site.clone()).clock(clock.clone()),
        site,
        clock,
        letters,
    }
}

fn in_cookies() -> Layers {
    Home::cookies().layers(&Keyring::ephemeral())
}

fn in_store() -> Layers {
    let (keys, store) = (Keyring::ephemeral(), MemoryStore::new());
    Layers {
        shop: SessionLayer::stored(keys.clone(), store.clone()),
        half_login: SessionLayer::stored(keys.clone(), store),
        payment: payment::layer(keys),
    }
}

impl Test {
    fn another_browser(&self) -> Browser<Router> {
        Browser::new(self.site.clone()).clock(self.clock.clone())
    }

    fn wait(&self, minutes: u64) {
        self.clock.advance(Duration::from_secs(60 * minutes));
    }

    /// Posts a form, and returns the address and the text of the page that comes of it.
    async fn post(&mut self, path: &str, form: &[(&str, &str)]) -> (String, String) {
        let page = self.browser.post(path, form).await;
        (page.uri().to_string(), page.text().into_owned())
    }

    async fn text(&mut self, path: &str) -> String {
        self.browser.get(path).await.text().into_owned()
    }

    async fn register(&mut self) {
        let (address, _) = self.post("/register", &ANN).await;
        assert_eq!(address, "/");
    }

    /// The code of the last letter.
    fn code(&mut self) -> String {
        let letter = self.letters.try_recv().unwrap();
        let code = letter.text.split(' ').nth(3).unwrap();
        code.trim_end_matches('.').to_owned()
    }
}

/// Runs a test in both homes.
macro_rules! in_both_homes {
    ($($(#[$about:meta])* async fn $name:ident($test:ident: Test) $body:block)*) => {
        $(
            $(#[$about])*
            #[tokio::test]
            async fn $name() {
                for layers in [in_cookies(), in_store()] {
                    #[allow(unused_mut, reason = "not every test changes it")]
                    let mut $test = test(layers).await;
                    $body
                }
            }
        )*
    };
}

const SENCHA: [(&str, &str); 2] = [("product", "1"), ("quantity", "2")];

in_both_homes! {
    async fn a_cart_survives_a_login_and_is_gone_after_a_logout(test: Test) {
        test.post("/cart", &SENCHA).await;
        test.register().await;
        assert!(test.text("/cart").await.contains("€ 25.00"));
        test.post("/logout", &[]).await;
        assert!(test.text("/cart").await.contains("It is empty."));
    }

    async fn a_cart_holds_no_more_than_twenty_of_a_product(test: Test) {
        for _ in 0..20 {
            test.post("/cart", &SENCHA).await;
        }
        let cart: Value = serde_json::from_str(&test.text("/api/cart").await).unwrap();
        assert_eq!(cart["items"][0]["quantity"], 20);
        test.post("/cart/1/remove", &[]).await;
        let cart: Value = serde_json::from_str(&test.text("/api/cart").await).unwrap();
        assert_eq!(cart, json!({ "items": [], "price": 0 }));
    }

    async fn a_notice_is_shown_once(test: Test) {
        let (_, page) = test.post("/cart", &SENCHA).await;
        assert!(page.contains("Sencha is in your cart."));
        assert!(!test.text("/cart").await.contains("Sencha is in your cart."));
    }

    async fn orders_are_for_users_and_the_login_leads_back_to_them(test: Test) {
        let page = test.browser.get("/orders").await;
        assert_eq!(page.uri(), "/login?next=/orders");
        let page = test.browser.get_as_script("/orders").await;
        assert_eq!(page.status(), StatusCode::UNAUTHORIZED);
        let (address, _) = test.post("/register?next=/orders", &ANN).await;
        assert_eq!(address, "/orders");
        let (address, _) = test.post("/login?next=https://evil.example", &ANN).await;
        assert_eq!(address, "/");
    }

    async fn a_wrong_password_and_a_wrong_name_get_the_same_answer(test: Test) {
        test.register().await;
        test.post("/logout", &[]).await;
        for name in ["Ann", "Bob"] {
            let wrong = [("name", name), ("password", "wrong horse")];
            let (address, page) = test.post("/login?next=/orders", &wrong).await;
            assert_eq!(address, "/login?next=/orders");
            assert!(page.contains("The name or the password is wrong."));
            assert!(page.contains(&format!("value=\"{name}\"")), "it need not be typed again");
        }
        let (address, _) = test.post("/login?next=/orders", &ANN).await;
        assert_eq!(address, "/orders");
    }

    async fn a_name_is_taken_once(test: Test) {
        test.register().await;
        let mut other = test.another_browser();
        let page = other.post("/register", &ANN).await;
        assert!(page.text().contains("This name is taken."));
    }

    async fn an_order_empties_the_cart_and_takes_from_the_stock(test: Test) {
        test.post("/cart", &SENCHA).await;
        test.register().await;
        let (address, page) = test.post("/orders", &[]).await;
        assert_eq!(address, "/orders/1");
        assert!(page.contains("Thank you") && page.contains("€ 25.00"));
        assert!(test.text("/products/1").await.contains("18 in stock"));
        assert!(test.text("/cart").await.contains("It is empty."));
    }

    async fn an_order_that_the_stock_cannot_fill_takes_nothing(test: Test) {
        test.register().await;
        test.post("/cart", &SENCHA).await;
        test.post("/cart", &[("product", "4"), ("quantity", "5")]).await;
        let (address, page) = test.post("/orders", &[]).await;
        assert_eq!(address, "/cart");
        assert!(page.contains("too little of something"));
        assert!(test.text("/products/1").await.contains("20 in stock"));
    }

    async fn another_users_order_is_not_found(test: Test) {
        test.post("/cart", &SENCHA).await;
        test.register().await;
        test.post("/orders", &[]).await;
        let mut other = test.another_browser();
        other.post("/register", &[("name", "Bob"), ("password", "correct horse")]).await;
        assert_eq!(other.get("/orders/1").await.status(), StatusCode::NOT_FOUND);
    }

    async fn a_second_factor_takes_the_code_of_the_mail(test: Test) {
        test.register().await;
        test.post("/account/code", &[("needs_code", "true")]).await;
        test.post("/logout", &[]).await;
        let (address, _) = test.post("/login?next=/orders", &ANN).await;
        assert_eq!(address, "/login/code?next=/orders");
        assert_eq!(test.browser.get("/orders").await.uri(), "/login?next=/orders");
        let code = test.code();
        let (_, page) = test.post("/login/code?next=/orders", &[("code", "no")]).await;
        assert!(page.contains("The code is wrong."));
        let (address, _) = test.post("/login/code?next=/orders", &[("code", &code)]).await;
        assert_eq!(address, "/orders");
        let (address, _) = test.post("/login/code", &[("code", &code)]).await;
        assert_eq!(address, "/login", "a code is good for one login");
    }

    /// Neither an older cookie nor another code brings an attempt back.
    async fn five_attempts_at_a_code_are_all_there_are(test: Test) {
        test.register().await;
        test.post("/account/code", &[("needs_code", "true")]).await;
        test.post("/logout", &[]).await;
        test.post("/login", &ANN).await;
        let code = test.code();
        let old = test.browser.clone();
        for _ in 0..5 {
            test.post("/login/code", &[("code", "no")]).await;
        }
        for mut browser in [test.browser.clone(), old] {
            let page = browser.post("/login/code", &[("code", &code)]).await;
            assert_eq!(page.uri(), "/login");
        }
        test.post("/login", &ANN).await;
        let code = test.code();
        let (address, _) = test.post("/login/code", &[("code", &code)]).await;
        assert_eq!(address, "/login", "another code brings no attempts");
    }

    async fn the_account_asks_for_the_password_again_after_ten_minutes(test: Test) {
        test.register().await;
        let change = [("password", "better horse")];
        test.wait(11);
        assert!(!test.text("/account").await.contains("New password"));
        let (_, page) = test.post("/account/password", &change).await;
        assert!(page.contains("Please confirm your password first."));
        test.post("/account/confirm", &[("password", "correct horse")]).await;
        assert!(test.text("/account").await.contains("New password"));
        let (_, page) = test.post("/account/password", &change).await;
        assert!(page.contains("Your password is changed"));
        test.post("/logout", &[]).await;
        let (_, page) = test.post("/login", &[("name", "Ann"), ("password", "better horse")]).await;
        assert!(page.contains("Welcome, Ann."));
    }

    async fn the_theme_stays_in_the_browser_after_a_logout(test: Test) {
        test.register().await;
        test.post("/theme", &[("theme", "Dark")]).await;
        test.post("/logout", &[]).await;
        assert!(test.text("/").await.contains("content=\"dark\""));
    }

    async fn a_session_that_is_not_used_for_two_weeks_says_that_it_has_expired(test: Test) {
        test.register().await;
        test.wait(14 * 24 * 60);
        assert!(test.text("/").await.contains("Your session has expired."));
        assert!(!test.text("/").await.contains("Your session has expired."), "said once");
    }

    async fn a_browser_that_is_closed_forgets_the_user_unless_it_was_asked_to_remember(test: Test) {
        test.register().await;
        test.browser.restart();
        assert_eq!(test.browser.get("/orders").await.uri(), "/login?next=/orders");
        let [name, password] = ANN;
        test.post("/login", &[name, password, ("remember", "true")]).await;
        test.browser.restart();
        assert_eq!(test.browser.get("/orders").await.uri(), "/orders");
    }

    async fn a_form_of_another_site_changes_nothing(test: Test) {
        let mut other_site = test.another_browser().header("sec-fetch-site", "cross-site");
        let page = other_site.post("/cart", &SENCHA).await;
        assert_eq!(page.status(), StatusCode::FORBIDDEN);
        assert!(page.text().contains("This form was sent by another site"));
    }

    async fn a_page_that_is_not_there_is_a_page(test: Test) {
        let page = test.browser.get("/products/99").await;
        assert_eq!(page.status(), StatusCode::NOT_FOUND);
        assert!(page.text().contains("There is no such page in this shop."));
    }

    async fn a_payment_comes_back_from_another_site_and_leaves_the_user_logged_in(test: Test) {
        test.post("/cart", &SENCHA).await;
        test.register().await;
        test.post("/orders", &[]).await;
        let page = test.browser.post("/orders/1/pay", &[]).await;
        let provider = "http://localhost:3000/provider?order=1&price=2500";
        assert_eq!(page.header("location"), Some(provider));
        let mut provider = test.another_browser();
        provider.post("/provider", &[("order", "1"), ("price", "2500")]).await;
        let (address, page) = test.post("/payment/done", &[]).await;
        assert_eq!(address, "/orders/1");
        assert!(page.contains("Paid."));
    }

    /// A browser that says so proves nothing.
    async fn an_order_is_not_paid_because_a_browser_says_so(test: Test) {
        test.post("/cart", &SENCHA).await;
        test.register().await;
        test.post("/orders", &[]).await;
        test.post("/orders/1/pay", &[]).await;
        let (_, page) = test.post("/payment/done", &[]).await;
        assert!(!page.contains("Paid."));
    }
}

#[tokio::test]
async fn log_out_everywhere_ends_the_other_device_and_says_why() {
    let mut test = test(in_store()).await;
    test.register().await;
    let mut phone = test
        .another_browser()
        .header("user-agent", "Firefox on Android");
    phone.post("/login", &ANN).await;
    assert!(test.text("/account").await.contains("Firefox on Android"));
    test.post("/account/devices/end-all", &[]).await;
    assert_eq!(phone.get("/orders").await.uri(), "/login?next=/orders");
    assert_eq!(
        test.browser.get("/orders").await.uri(),
        "/login?next=/orders"
    );
}

#[tokio::test]
async fn a_new_password_logs_the_other_devices_out_and_not_this_one() {
    let mut test = test(in_store()).await;
    test.register().await;
    let mut phone = test.another_browser();
    phone.post("/login", &ANN).await;
    test.post("/account/password", &[("password", "better horse")])
        .await;
    let page = phone.get("/").await;
    assert!(
        page.text()
            .contains("You were logged out on another device")
    );
    assert_eq!(test.browser.get("/orders").await.uri(), "/orders");
}

#[tokio::test]
async fn a_device_is_logged_out_by_itself() {
    let mut test = test(in_store()).await;
    test.register().await;
    let mut phone = test.another_browser();
    phone.post("/login", &ANN).await;
    let page = test.text("/account").await;
    let (_, handle) = page.split_once("name=\"device\" value=\"").unwrap();
    let (handle, _) = handle.split_once('"').unwrap();
    let (_, page) = test
        .post("/account/devices/end", &[("device", handle)])
        .await;
    assert!(page.contains("The device is logged out."));
    assert_eq!(phone.get("/orders").await.uri(), "/login?next=/orders");
}

#[tokio::test]
async fn a_cart_is_json_for_a_script() {
    let mut test = test(in_cookies()).await;
    let choice = json!({ "product": 2, "quantity": 1 });
    let page = test.browser.post_json("/api/cart", &choice).await;
    let cart: Value = serde_json::from_str(&page.text()).unwrap();
    assert_eq!(cart["price"], 890);
    assert_eq!(cart["items"][0]["product"]["name"], "Assam");
}
