//! Sessions in Redis as a user meets them: two processes, and a server that goes away.

#![expect(clippy::unwrap_used, reason = "this is a test")]

mod server;

use reqwest::{Client, StatusCode};
use session_runtime::Key;

use self::server::Server;

async fn ask(client: &Client, server: &Server, path: &str) -> (StatusCode, String) {
    let response = client.get(format!("{}{path}", server.url)).send().await;
    let response = response.unwrap();
    (response.status(), response.text().await.unwrap())
}

#[tokio::test]
async fn two_processes_share_a_session_and_say_when_the_server_is_gone() {
    if !store_tests::redis::is_installed() {
        eprintln!("not tested: there is no redis-server");
        return;
    }
    let mut redis = store_tests::redis::redis(&[]);
    let url = format!("redis://{}/", redis.address());
    let keys = Key::generate().reveal();
    let start = || {
        let environment = [("SESSION_KEYS", &*keys)];
        Server::start(env!("CARGO_BIN_EXE_redis"), &[&url], &environment)
    };
    let (first, second) = (start(), start());
    let client = Client::builder().cookie_store(true).build().unwrap();
    let visit = |number: u32| (StatusCode::OK, format!("Visit number: {number}\n"));
    assert_eq!(ask(&client, &first, "").await, visit(1));
    assert_eq!(ask(&client, &second, "").await, visit(2));
    assert_eq!(ask(&client, &first, "ready").await.0, StatusCode::OK);
    redis.crash();
    let unready = (StatusCode::SERVICE_UNAVAILABLE, "unready\n".to_owned());
    assert_eq!(ask(&client, &first, "ready").await, unready);
    assert_eq!(
        ask(&client, &second, "").await.0,
        StatusCode::SERVICE_UNAVAILABLE
    );
    store_tests::redis::run(&mut redis);
    assert_eq!(ask(&client, &first, "ready").await.0, StatusCode::OK);
    // The server kept nothing, so this visitor is a new one.
    assert_eq!(ask(&client, &second, "").await, visit(1));
}
