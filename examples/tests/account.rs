//! The account page as a user meets it: two processes on one file, two browsers, and a job without a request.

#![expect(clippy::unwrap_used, reason = "this is a test")]

mod server;

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use reqwest::Client;
use reqwest::header::{ACCEPT, CONTENT_TYPE, USER_AGENT};
use session_runtime::Key;

use self::server::Server;

struct Site {
    keys: String,
    file: String,
}

impl Site {
    /// With a file that is not there.
    fn new(name: &str) -> Self {
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.db"));
        let file = path.to_str().unwrap().to_owned();
        for end in ["", "-wal", "-shm"] {
            let _ = fs::remove_file(format!("{file}{end}"));
        }
        let keys = Key::generate().reveal();
        Self { keys, file }
    }

    fn environment(&self) -> [(&str, &str); 2] {
        [("SESSION_KEYS", &self.keys), ("STORE", &self.file)]
    }

    fn start(&self) -> Server {
        Server::start(env!("CARGO_BIN_EXE_account"), &[], &self.environment())
    }

    /// What an administrator is told.
    fn end(&self, user: &str) -> String {
        let mut command = Command::new(env!("CARGO_BIN_EXE_account"));
        let output = command
            .envs(self.environment())
            .args(["end", user])
            .output();
        String::from_utf8(output.unwrap().stderr).unwrap()
    }
}

struct Visitor<'a> {
    client: Client,
    agent: &'static str,
    server: &'a Server,
}

impl<'a> Visitor<'a> {
    async fn new(server: &'a Server, agent: &'static str, form: &'static str) -> Self {
        let client = Client::builder().cookie_store(true).build().unwrap();
        let visitor = Self {
            client,
            agent,
            server,
        };
        visitor.post("login", form).await;
        visitor
    }

    async fn get(&self) -> String {
        let request = self
            .client
            .get(&self.server.url)
            .header(ACCEPT, "text/html");
        request.send().await.unwrap().text().await.unwrap()
    }

    async fn post(&self, path: &str, form: &str) -> String {
        let request = self.client.post(format!("{}{path}", self.server.url));
        let request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        let request = request
            .header(ACCEPT, "text/html")
            .header(USER_AGENT, self.agent);
        let response = request.body(form.to_owned()).send().await.unwrap();
        response.text().await.unwrap()
    }
}

#[tokio::test]
async fn a_device_is_logged_out_through_another_process_and_then_all_of_them_by_a_job() {
    let site = Site::new("account");
    let (first, second) = (site.start(), site.start());
    let desk = Visitor::new(&first, "Firefox Linux", "user=Ann").await;
    let phone = Visitor::new(&second, "Chrome Android", "user=Ann").await;
    let bob = Visitor::new(&second, "Safari Mac OS", "user=Bob").await;
    let page = desk.get().await;
    assert!(page.contains("Firefox on Linux"), "{page}");
    assert!(page.contains("Chrome on Android"), "{page}");
    assert!(!page.contains("Safari on Mac OS"), "{page}");

    let (_, rest) = page.split_once("name=device value=").unwrap();
    let handle = rest.split_once('>').unwrap().0;
    let page = desk
        .post("log-out-device", &format!("device={handle}"))
        .await;
    assert!(page.contains("The device is logged out."), "{page}");
    let page = phone.get().await;
    assert!(
        page.contains("You were logged out on another device."),
        "{page}"
    );

    phone.post("login", "user=Ann").await;
    assert_eq!(site.end("Ann"), "Sessions of Ann that are over: 2\n");
    for visitor in [&desk, &phone] {
        let page = visitor.get().await;
        assert!(
            page.contains("You were logged out on another device."),
            "{page}"
        );
    }
    assert!(bob.get().await.contains("The account of Bob"));
    assert_eq!(site.end("Ann"), "Sessions of Ann that are over: 0\n");
}
