//! Sessions in PostgreSQL as a user meets them: two processes on one server, and a client that keeps cookies.

#![expect(clippy::unwrap_used, reason = "this is a test")]

#[allow(dead_code, reason = "a part of what tests share")]
mod server;

use std::process::Command;

use reqwest::{Client, StatusCode};
use session_runtime::Key;
use store_tests::postgres;

use self::server::Server;

fn start(keys: &str) -> Server {
    let mut command = Command::new(env!("CARGO_BIN_EXE_postgres"));
    command.env("SESSION_KEYS", keys);
    command.arg(postgres::url(postgres::shared_postgres()));
    Server::run(command)
}

/// The program answers plain http, whose cookie has another name for each way to ask: the address is the same.
async fn ask(client: &Client, server: &Server, path: &str) -> (StatusCode, String) {
    let response = client.get(format!("{}{path}", server.url)).send().await;
    let response = response.unwrap();
    (response.status(), response.text().await.unwrap())
}

async fn text(client: &Client, server: &Server, path: &str) -> String {
    ask(client, server, path).await.1
}

#[tokio::test]
async fn two_processes_share_sessions_and_a_logout_in_one_is_one_in_the_other() {
    if !postgres::is_installed() {
        return;
    }
    let keys = Key::generate().reveal();
    let client = Client::builder().cookie_store(true).build().unwrap();
    let (first, second) = (start(&keys), start(&keys));
    assert_eq!(text(&client, &second, "ready").await, "ready\n");
    text(&client, &first, "log-in/ann").await;
    assert_eq!(text(&client, &first, "").await, "Visit number: 1, ann\n");
    drop(first);
    let third = start(&keys);
    assert_eq!(text(&client, &third, "").await, "Visit number: 2, ann\n");
    assert_eq!(text(&client, &second, "").await, "Visit number: 3, ann\n");
    text(&client, &third, "log-out").await;
    let (status, _) = ask(&client, &second, "account").await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
}

#[test]
fn without_an_address_the_program_says_what_it_needs() {
    let output = Command::new(env!("CARGO_BIN_EXE_postgres")).output();
    let message = String::from_utf8(output.unwrap().stderr).unwrap();
    assert!(message.contains("the first argument is the address of the database"));
}
