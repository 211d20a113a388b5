//! The shop as scripts, scanners and operators meet it: a process, a port, and a client that keeps cookies.

#![expect(clippy::unwrap_used, reason = "this is a test")]

#[allow(dead_code, reason = "a part of what tests share")]
mod server;

use std::process::Command;

use reqwest::header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE, ORIGIN, SET_COOKIE};
use reqwest::{Client, RequestBuilder, StatusCode};
use session_runtime::Key;
use store_tests::redis;

use self::server::Server;

/// The shop with a database that ends with it.
fn shop(arguments: &[&str]) -> Server {
    let keys = Key::generate().reveal();
    let environment = [("DATABASE", ":memory:"), ("SESSION_KEYS", &keys)];
    Server::start(env!("CARGO_BIN_EXE_shop"), arguments, &environment)
}

fn client() -> Client {
    Client::builder().cookie_store(true).build().unwrap()
}

fn put_into_cart(client: &Client, shop: &Server) -> RequestBuilder {
    let post = client.post(format!("{}api/cart", shop.url));
    let post = post.header(CONTENT_TYPE, "application/json");
    post.body(r#"{ "product": 2, "quantity": 3 }"#)
}

#[tokio::test]
async fn a_script_puts_into_the_cart_and_reads_it() {
    let (client, shop) = (client(), shop(&[]));
    let put = put_into_cart(&client, &shop).send().await.unwrap();
    assert_eq!(put.status(), StatusCode::OK);
    let cart = client.get(format!("{}api/cart", shop.url)).send();
    let cart = cart.await.unwrap().text().await.unwrap();
    assert!(
        cart.contains("\"quantity\":3") && cart.contains("\"price\":2670"),
        "{cart}"
    );
}

#[tokio::test]
async fn a_script_of_another_site_puts_nothing_into_the_cart() {
    let (client, shop) = (client(), shop(&[]));
    let put = put_into_cart(&client, &shop).header(ORIGIN, "https://evil.example");
    let put = put.send().await.unwrap();
    assert_eq!(put.status(), StatusCode::FORBIDDEN);
    assert!(put.headers().get(SET_COOKIE).is_none());
}

#[tokio::test]
async fn a_stream_of_events_begins_and_is_no_use_of_the_session() {
    let (client, shop) = (client(), shop(&[]));
    put_into_cart(&client, &shop).send().await.unwrap();
    let stream = client.get(format!("{}cart/stock", shop.url)).send();
    let mut stream = stream.await.unwrap();
    assert_eq!(stream.headers()[CONTENT_TYPE], "text/event-stream");
    assert!(stream.headers().get(SET_COOKIE).is_none());
    let first = stream.chunk().await.unwrap().unwrap();
    assert_eq!(first, "data: {\"product\":2,\"stock\":20}\n\n");
}

#[tokio::test]
async fn files_have_no_session_and_are_cached() {
    let (client, shop) = (client(), shop(&[]));
    let css = client.get(format!("{}shop.css", shop.url)).send().await;
    let css = css.unwrap();
    assert_eq!(css.headers()[CACHE_CONTROL], "max-age=3600");
    assert!(css.headers().get(SET_COOKIE).is_none());
}

#[tokio::test]
async fn a_store_that_is_down_is_a_page_that_says_so() {
    if !redis::is_installed() {
        return;
    }
    let mut redis = redis::redis(&[]);
    let address = format!("redis://{}/", redis.address());
    let (client, shop) = (client(), shop(&["--store", &address]));
    put_into_cart(&client, &shop).send().await.unwrap();
    redis.crash();
    let page = client.get(format!("{}cart", shop.url));
    let page = page.header(ACCEPT, "text/html").send().await.unwrap();
    assert_eq!(page.status(), StatusCode::SERVICE_UNAVAILABLE);
    let text = page.text().await.unwrap();
    assert!(
        text.contains("The shop cannot reach your session."),
        "{text}"
    );
}

#[test]
fn a_wrong_argument_is_an_error_that_says_what_is_right() {
    for arguments in [
        &["--store", "mysql://127.0.0.1/"][..],
        &["--help"],
        &["--store"],
    ] {
        let shop = Command::new(env!("CARGO_BIN_EXE_shop"))
            .args(arguments)
            .output();
        let said = String::from_utf8(shop.unwrap().stderr).unwrap();
        assert!(said.contains("--store"), "{said}");
    }
}
