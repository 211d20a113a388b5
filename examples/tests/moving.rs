//! Sessions that move from their cookies into a store, as a user meets them: processes of two releases, and a client that
//! keeps cookies.

#![expect(clippy::unwrap_used, reason = "this is a test")]

mod server;

use std::fs;
use std::path::PathBuf;

use reqwest::Client;
use session_runtime::Key;

use self::server::Server;

#[tokio::test]
async fn a_user_stays_logged_in_from_release_to_release_and_a_logout_ends_the_copies() {
    let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("moving.db");
    let file = file.to_str().unwrap();
    for end in ["", "-wal", "-shm"] {
        let _ = fs::remove_file(format!("{file}{end}"));
    }
    let keys = Key::generate().reveal();
    let start = |release: &str| {
        let environment = [("SESSION_KEYS", &*keys), ("STORE", file)];
        Server::start(env!("CARGO_BIN_EXE_moving"), &[release], &environment)
    };
    let client = Client::builder().cookie_store(true).build().unwrap();
    let text = async |server: &Server, path: &str| {
        let response = client.get(format!("{}{path}", server.url)).send().await;
        response.unwrap().text().await.unwrap()
    };
    let [one, two, three] = ["1", "2", "3"].map(start);
    text(&one, "log-in/ann").await;
    let mut visits = 0;
    for server in [&one, &one, &two, &one, &two, &three] {
        visits += 1;
        let page = text(server, "").await;
        assert_eq!(page, format!("Visit number: {visits}, ann\n"));
    }
    text(&one, "log-out").await;
    for server in [&one, &two, &three] {
        assert!(text(server, "").await.ends_with("a stranger\n"));
    }
}
