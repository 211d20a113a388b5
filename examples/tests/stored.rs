//! Stored sessions as a user meets them: two processes on one file, and a client that keeps cookies.

#![expect(clippy::unwrap_used, reason = "this is a test")]

mod server;

use std::fs;
use std::path::PathBuf;

use reqwest::{Client, StatusCode};
use session_runtime::Key;

use self::server::Server;

/// The name of a file that is not there.
fn new_file(name: &str) -> String {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.db"));
    let path = path.to_str().unwrap().to_owned();
    for end in ["", "-wal", "-shm"] {
        let _ = fs::remove_file(format!("{path}{end}"));
    }
    path
}

fn start(keys: &str, file: &str) -> Server {
    let environment = [("SESSION_KEYS", keys), ("STORE", file)];
    Server::start(env!("CARGO_BIN_EXE_stored"), &[], &environment)
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
async fn a_session_survives_a_restart_and_two_processes_share_it() {
    let (keys, file) = (Key::generate().reveal(), new_file("restart"));
    let client = Client::builder().cookie_store(true).build().unwrap();
    let first = start(&keys, &file);
    text(&client, &first, "log-in/ann").await;
    assert_eq!(text(&client, &first, "").await, "Visit number: 1, ann\n");
    drop(first);
    let (second, third) = (start(&keys, &file), start(&keys, &file));
    assert_eq!(text(&client, &second, "").await, "Visit number: 2, ann\n");
    assert_eq!(text(&client, &third, "").await, "Visit number: 3, ann\n");
    text(&client, &third, "log-out").await;
    let (status, _) = ask(&client, &second, "account").await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn an_older_cookie_gives_no_attempts_back_and_a_copied_one_ends_with_the_logout() {
    let server = start(&Key::generate().reveal(), &new_file("attempts"));
    let client = Client::builder().build().unwrap();
    let get = async |path: &str, cookie: &str| {
        let request = client.get(format!("{}{path}", server.url));
        request.header("Cookie", cookie).send().await.unwrap()
    };
    let set = get("log-in/ann", "").await.headers()["set-cookie"].clone();
    let cookie = set.to_str().unwrap().split(';').next().unwrap().to_owned();
    for _ in 0..3 {
        assert_eq!(
            get("enter/0000", &cookie).await.status(),
            StatusCode::FORBIDDEN
        );
    }
    let none_left = get("enter/1234", &cookie).await.status();
    assert_eq!(none_left, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(get("account", &cookie).await.status(), StatusCode::OK);
    get("log-out", &cookie).await;
    assert_eq!(
        get("account", &cookie).await.status(),
        StatusCode::UNAUTHORIZED
    );
}
