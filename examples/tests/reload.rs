//! Keys that are replaced while the server runs, as an operator does it.

#![expect(clippy::unwrap_used, reason = "this is a test")]

mod server;

use std::fs;
use std::process::Command;
use std::time::Duration;

use reqwest::Client;

use self::server::Server;

fn keygen() -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_keygen")).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// The body, and the first characters of the token, which name its key.
async fn visit(browser: &Client, url: &str) -> (String, String) {
    let response = browser.get(url).send().await.unwrap();
    let cookie = response.headers()["set-cookie"].to_str().unwrap();
    let (_, token) = cookie.split_once('=').unwrap();
    let key = token[..6].to_owned();
    (response.text().await.unwrap(), key)
}

#[tokio::test]
async fn a_changed_file_rotates_the_keys_and_no_visit_is_lost() {
    let file = std::env::temp_dir().join(format!("session-keys-{}", std::process::id()));
    let (old, new) = (keygen(), keygen());
    fs::write(&file, &old).unwrap();
    let path = file.to_str().unwrap();
    let server = Server::start(
        env!("CARGO_BIN_EXE_reload"),
        &[],
        &[("SESSION_KEY_FILE", path)],
    );
    let browser = Client::builder().cookie_store(true).build().unwrap();

    let mut visits = 0;
    let (_, under_old) = visit(&browser, &server.url).await;
    visits += 1;
    fs::write(&file, format!("{new},{old}\n")).unwrap();
    let under_new = loop {
        tokio::time::sleep(Duration::from_millis(100)).await;
        visits += 1;
        let (body, key) = visit(&browser, &server.url).await;
        assert_eq!(body, format!("Visit number: {visits}\n"));
        assert!(visits < 100, "the file is not followed");
        if key != under_old {
            break key;
        }
    };
    // A file that holds no ring changes nothing, and the next one is followed again.
    fs::write(&file, "no key at all").unwrap();
    tokio::time::sleep(Duration::from_millis(1500)).await;
    visits += 1;
    let (body, key) = visit(&browser, &server.url).await;
    assert_eq!(
        (body, &key),
        (format!("Visit number: {visits}\n"), &under_new)
    );
    let newest = keygen();
    fs::write(&file, format!("{newest},{new}\n")).unwrap();
    loop {
        tokio::time::sleep(Duration::from_millis(100)).await;
        visits += 1;
        let (body, key) = visit(&browser, &server.url).await;
        assert_eq!(body, format!("Visit number: {visits}\n"));
        assert!(visits < 200, "the file is not followed any more");
        if key != under_new {
            break;
        }
    }
    fs::remove_file(&file).unwrap();
}
