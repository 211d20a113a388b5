//! The counter on hyper as a user meets it: a process, a port, and a client that keeps cookies.

#![expect(clippy::unwrap_used, reason = "this is a test")]

#[allow(dead_code, reason = "a part of what tests share")]
mod server;

use reqwest::Client;

use self::server::Server;

#[tokio::test]
async fn a_service_of_hyper_counts_the_visits_of_each_visitor() {
    let server = Server::start(env!("CARGO_BIN_EXE_without_axum"), &[], &[]);
    let client = || Client::builder().cookie_store(true).build().unwrap();
    let [ann, bob] = [client(), client()];
    let visit = async |client: &Client| {
        let page = client.get(&server.url).send().await.unwrap();
        page.text().await.unwrap()
    };
    assert_eq!(visit(&ann).await, "Visit number: 1");
    assert_eq!(visit(&ann).await, "Visit number: 2");
    assert_eq!(visit(&bob).await, "Visit number: 1");
}
