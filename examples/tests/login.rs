//! The login as a user meets it: a process, a port, and a client that keeps cookies.

#![expect(clippy::unwrap_used, reason = "this is a test")]

mod server;

use reqwest::header::{ACCEPT, CONTENT_TYPE};
use reqwest::{Client, Response};

use self::server::Server;

struct Visitor {
    client: Client,
    server: Server,
}

impl Visitor {
    fn new() -> Self {
        Self {
            client: Client::builder().cookie_store(true).build().unwrap(),
            server: Server::start(env!("CARGO_BIN_EXE_login"), &[], &[]),
        }
    }

    async fn get(&self, path: &str) -> Page {
        let url = format!("{}{path}", self.server.url);
        let request = self.client.get(url).header(ACCEPT, "text/html");
        Page::of(request.send().await.unwrap()).await
    }

    async fn post(&self, path: &str, form: &'static str) -> Page {
        let request = self.client.post(format!("{}{path}", self.server.url));
        let request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        let request = request.header(ACCEPT, "text/html");
        Page::of(request.body(form).send().await.unwrap()).await
    }
}

struct Page {
    path: String,
    text: String,
}

impl Page {
    async fn of(response: Response) -> Self {
        assert_eq!(response.status(), 200);
        Self {
            path: response.url().path().to_owned(),
            text: response.text().await.unwrap(),
        }
    }
}

#[tokio::test]
async fn a_visitor_logs_in_stays_logged_in_and_logs_out() {
    let visitor = Visitor::new();
    let page = visitor.get("").await;
    assert_eq!(page.path, "/login");
    assert!(page.text.contains("Please log in."), "{}", page.text);

    let page = visitor.post("login", "user=Ann+%3C3").await;
    assert_eq!(page.path, "/");
    assert!(page.text.contains("Hello, Ann &lt;3!"), "{}", page.text);
    assert_eq!(visitor.get("").await.path, "/");

    let page = visitor.post("logout", "").await;
    assert_eq!(page.path, "/login");
    assert!(page.text.contains("You are logged out."), "{}", page.text);
    let page = visitor.get("").await;
    assert_eq!(page.path, "/login");
    assert!(page.text.contains("Please log in."), "{}", page.text);
}
