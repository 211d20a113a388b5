//! The counter as a user meets it: a process, a port, and clients that keep cookies.

#![expect(clippy::unwrap_used, reason = "this is a test")]

mod server;

use std::process::Command;

use reqwest::Client;

use self::server::Server;

fn start(keys: Option<&str>) -> Server {
    let environment = keys.map(|keys| ("SESSION_KEYS", keys));
    Server::start(env!("CARGO_BIN_EXE_counter"), &[], environment.as_slice())
}

fn browser() -> Client {
    Client::builder().cookie_store(true).build().unwrap()
}

async fn visit(browser: &Client, url: &str) -> String {
    browser.get(url).send().await.unwrap().text().await.unwrap()
}

fn keygen() -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_keygen")).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.trim().to_owned()
}

#[tokio::test]
async fn each_browser_has_its_own_count() {
    let counter = start(None);
    let (first, second) = (browser(), browser());
    for number in 1..=6 {
        assert_eq!(
            visit(&first, &counter.url).await,
            format!("Visit number: {number}\n")
        );
    }
    assert_eq!(visit(&second, &counter.url).await, "Visit number: 1\n");
}

#[tokio::test]
async fn without_keys_one_line_says_that_the_key_is_ephemeral() {
    let counter = start(None);
    assert_eq!(counter.greeting.len(), 1);
    assert!(counter.greeting[0].contains("SESSION_KEYS is not set"));
    assert!(counter.greeting[0].contains("ephemeral"));
}

#[tokio::test]
async fn with_keys_the_count_survives_a_restart_and_a_rotation() {
    let (old, new) = (keygen(), keygen());
    let browser = browser();
    let counter = start(Some(&old));
    assert_eq!(counter.greeting, Vec::<String>::new());
    let set_cookie = browser.get(&counter.url).send().await.unwrap();
    let cookie = set_cookie.headers()["set-cookie"].to_str().unwrap();
    let cookie = cookie.split(';').next().unwrap().to_owned();
    drop(counter);

    let counter = start(Some(&format!("{new},{old}")));
    let response = browser.get(&counter.url).header("cookie", cookie);
    let body = response.send().await.unwrap().text().await.unwrap();
    assert_eq!(body, "Visit number: 2\n");
}

#[test]
fn a_bad_key_stops_the_program_with_the_fix() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_counter"));
    let output = command
        .env("SESSION_KEYS", "hunter2")
        .env("PORT", "0")
        .output();
    let output = output.unwrap();
    assert!(!output.status.success());
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(message.contains("`SESSION_KEYS`: session key 1 of 1: a session key starts with"));
    assert!(message.contains("cargo run -p examples --bin keygen"));
    assert!(!message.contains("hunter2"), "{message}");
}
