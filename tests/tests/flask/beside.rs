//! The same questions to an application in Flask and to one of ours, over HTTP, and a table of the answers.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use axum::response::Redirect;
use axum::routing::get;
use axum::{Router, extract, http::StatusCode};
use reqwest::header::{COOKIE, HOST, SET_COOKIE};
use session_redis::{RedisStore, SharedConnection};
use session_runtime::{Keyring, Session, SessionLayer};
use store_tests::redis as server;
use tokio::net::TcpListener;
use tokio::time::sleep;

use super::page;

/// An application that answers on a port of its own.
struct Site {
    url: String,
    /// The process; none for ours, which runs in the test.
    _flask: Option<Flask>,
}

/// The same application twice, with two keys.
struct Sites {
    site: Site,
    with_another_key: Site,
}

/// A process that ends with the test.
struct Flask(Child);

impl Drop for Flask {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// `None` if Flask is not installed here.
fn flask(environment: &[(&str, &str)]) -> Option<Site> {
    let python = Path::new(page::ROOT).join("target/flask/bin/python");
    if !python.exists() {
        let is_required = std::env::var("SESSION_SERVERS").is_ok_and(|value| value == "required");
        assert!(!is_required, "there is no Flask");
        eprintln!("not tested: there is no Flask; `.ci/servers` installs it");
        return None;
    }
    let mut command = Command::new(python);
    command.arg(Path::new(page::ROOT).join("tests/flask/app.py"));
    command.envs(environment.iter().copied());
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let mut process = command.spawn().unwrap();
    let stdout = process.stdout.take().unwrap();
    let mut port = String::new();
    BufReader::new(stdout).read_line(&mut port).unwrap();
    Some(Site {
        url: format!("http://127.0.0.1:{}", port.trim()),
        _flask: Some(Flask(process)),
    })
}

/// The application of `tests/flask/app.py`, in our words.
macro_rules! ours {
    ($module:ident, [$($stored:ident)?], [$($merge:ident = $add:ident)?], ($keys:ident, $address:ident) => $layer:expr) => {
        mod $module {
            use super::*;

            #[derive(Session)]
            #[session(cookie = "shop" $(, $stored)?)]
            pub(super) struct Shop {
                username: Option<String>,
                $(#[session($merge = $add)])?
                visits: u32,
                cart: Vec<String>,
                big: String,
                #[session(flash)]
                notices: Vec<String>,
            }

            async fn count_slowly(mut shop: Session<Shop>) -> String {
                sleep(Duration::from_millis(300)).await;
                shop.visits += 1;
                shop.visits.to_string()
            }

            async fn set(extract::Path(name): extract::Path<String>, mut shop: Session<Shop>) {
                shop.username = Some(name);
            }

            async fn name(shop: Session<Shop>) -> String {
                shop.username.clone().unwrap_or_else(|| "nobody".to_owned())
            }

            async fn say(mut shop: Session<Shop>) -> Redirect {
                shop.notices.push("Saved.".to_owned());
                Redirect::to("/shown")
            }

            async fn shown(mut shop: Session<Shop>) -> String {
                let notices = std::mem::take(&mut shop.notices).join(" ");
                if notices.is_empty() { "nothing".to_owned() } else { notices }
            }

            async fn fail(mut shop: Session<Shop>) -> StatusCode {
                shop.username = Some("mallory".to_owned());
                StatusCode::INTERNAL_SERVER_ERROR
            }

            async fn slow_change(mut shop: Session<Shop>) {
                sleep(Duration::from_millis(400)).await;
                shop.visits = 7;
            }

            pub(super) async fn sites(address: &str) -> Sites {
                Sites {
                    site: site(Keyring::ephemeral(), address).await,
                    with_another_key: site(Keyring::ephemeral(), address).await,
                }
            }

            async fn site($keys: Keyring, $address: &str) -> Site {
                let app = Router::new()
                    .route("/count", get(async |mut shop: Session<Shop>| {
                        shop.visits += 1;
                        shop.visits.to_string()
                    }))
                    .route("/count-slowly", get(count_slowly))
                    .route("/set/{name}", get(set))
                    .route("/get", get(name))
                    .route("/same", get(async |mut shop: Session<Shop>| {
                        shop.username = shop.username.clone();
                    }))
                    .route("/cart", get(async |shop: Session<Shop>| shop.cart.len().to_string()))
                    .route("/cart/begin", get(async |mut shop: Session<Shop>| {
                        shop.cart = vec!["tea".to_owned()];
                    }))
                    .route("/cart/push", get(async |mut shop: Session<Shop>| {
                        shop.cart.push("biscuits".to_owned());
                    }))
                    .route("/clear", get(async |mut shop: Session<Shop>| Session::clear(&mut shop)))
                    .route("/permanent", get(async |mut shop: Session<Shop>| {
                        shop.username = Some("alice".to_owned());
                        Session::remember(&mut shop, true);
                    }))
                    .route("/big", get(async |mut shop: Session<Shop>| {
                        shop.big = "x".repeat(8000);
                    }))
                    .route("/big/length", get(async |shop: Session<Shop>| shop.big.len().to_string()))
                    .route("/flash", get(say))
                    .route("/shown", get(shown))
                    .route("/fail", get(fail))
                    .route("/slow-change", get(slow_change))
                    .layer($layer);
                serve(app).await
            }
        }
    };
}

ours!(in_cookie, [], [], (keys, _address) => SessionLayer::<Shop>::new(keys));
ours!(in_redis, [stored], [merge = add], (keys, address) => {
    let client = redis::Client::open(address).unwrap();
    let store = RedisStore::new(SharedConnection::new(client).unwrap());
    SessionLayer::<Shop>::stored(keys, store)
});

async fn serve(app: Router) -> Site {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    Site { url, _flask: None }
}

/// A browser that takes every cookie, as long as one likes.
#[derive(Clone, Default)]
struct Visitor {
    cookies: BTreeMap<String, String>,
    /// The attributes of the last cookie that was set.
    attributes: String,
    has_set: bool,
}

impl Visitor {
    async fn get(&mut self, site: &Site, path: &str) -> String {
        let cookies: Vec<_> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        self.send(site, path, &cookies.join("; ")).await
    }

    async fn send(&mut self, site: &Site, path: &str, cookies: &str) -> String {
        let client = reqwest::Client::builder();
        let client = client
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        // As a proxy passes requests on, so that no cookie is one for a developer's machine.
        let request = client
            .get(format!("{}{path}", site.url))
            .header(HOST, "shop.example");
        let answer = request.header(COOKIE, cookies).send().await.unwrap();
        self.has_set = false;
        for line in answer.headers().get_all(SET_COOKIE) {
            self.take(line.to_str().unwrap());
        }
        if answer.status().is_server_error() {
            return answer.status().as_u16().to_string();
        }
        answer.text().await.unwrap()
    }

    fn take(&mut self, line: &str) {
        let (cookie, attributes) = line.split_once("; ").unwrap();
        let (name, value) = cookie.split_once('=').unwrap();
        if attributes.contains("Max-Age=0") {
            self.cookies.remove(name);
        } else {
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        self.has_set = true;
        attributes.clone_into(&mut self.attributes);
    }
}

/// A question, and how a site answers it.
struct Scene {
    asked: &'static str,
    answer: for<'a> fn(&'a Site) -> Answer<'a>,
}

type Answer<'a> = std::pin::Pin<Box<dyn Future<Output = String> + 'a>>;

macro_rules! scenes {
    ($($asked:literal, |$site:ident| $answer:block;)*) => {
        const SCENES: &[Scene] = &[$(Scene {
            asked: $asked,
            answer: |$site| Box::pin(async move $answer),
        }),*];
    };
}

scenes! {
    "The counter of the tutorial, six times", |site| {
        let mut visitor = Visitor::default();
        let mut shown = Vec::new();
        for _ in 0..6 {
            shown.push(visitor.get(site, "/count").await);
        }
        shown.join(" ")
    };
    "`username = alice`, and the next page", |site| {
        let mut visitor = Visitor::default();
        visitor.get(site, "/set/alice").await;
        visitor.get(site, "/get").await
    };
    "Another visitor", |site| {
        Visitor::default().get(site, "/get").await
    };
    "What the visitor can read in the cookie", |site| {
        let mut visitor = Visitor::default();
        visitor.get(site, "/set/alice").await;
        let value = visitor.cookies.values().next().unwrap();
        let is_read = decoded(value).windows(5).any(|window| window == b"alice");
        if is_read { "alice" } else { "nothing" }.to_owned()
    };
    "The attributes of the cookie behind https", |site| {
        let mut visitor = Visitor::default();
        visitor.get(site, "/set/alice").await;
        let name = visitor.cookies.keys().next().unwrap();
        let mut attributes: Vec<_> = visitor.attributes.split("; ").collect();
        attributes.sort_unstable();
        format!("`{name}`, `{}`", attributes.join("`, `"))
    };
    "A cookie with one character changed", |site| {
        let mut visitor = Visitor::default();
        visitor.get(site, "/set/alice").await;
        let value = visitor.cookies.values_mut().next().unwrap();
        let middle = value.len() / 2;
        let changed = if value.as_bytes()[middle] == b'A' { "B" } else { "A" };
        value.replace_range(middle..=middle, changed);
        visitor.get(site, "/get").await
    };
    "Garbage under the same name before the cookie", |site| {
        let mut visitor = Visitor::default();
        visitor.get(site, "/set/alice").await;
        let (name, value) = visitor.cookies.iter().next().unwrap();
        let both = format!("{name}=garbage; {name}={value}");
        visitor.send(site, "/get", &both).await
    };
    "A page that only reads sets a cookie", |site| {
        let mut visitor = Visitor::default();
        visitor.get(site, "/set/alice").await;
        visitor.get(site, "/get").await;
        yes_or_no(visitor.has_set)
    };
    "Setting the value that is there sets a cookie", |site| {
        let mut visitor = Visitor::default();
        visitor.get(site, "/set/alice").await;
        visitor.get(site, "/same").await;
        yes_or_no(visitor.has_set)
    };
    "A list of one item after a `push`", |site| {
        let mut visitor = Visitor::default();
        visitor.get(site, "/cart/begin").await;
        visitor.get(site, "/cart/push").await;
        visitor.get(site, "/cart").await
    };
    "After `clear`", |site| {
        let mut visitor = Visitor::default();
        visitor.get(site, "/set/alice").await;
        visitor.get(site, "/clear").await;
        format!("{}, {} cookies", visitor.get(site, "/get").await, visitor.cookies.len())
    };
    "A copy of the cookie after the visitor's `clear`", |site| {
        let mut visitor = Visitor::default();
        visitor.get(site, "/set/alice").await;
        let mut copy = visitor.clone();
        visitor.get(site, "/clear").await;
        copy.get(site, "/get").await
    };
    "A slow page that was asked for before `clear`, and answers after it", |site| {
        let mut visitor = Visitor::default();
        visitor.get(site, "/set/alice").await;
        let mut slow = visitor.clone();
        let clear = async {
            sleep(Duration::from_millis(150)).await;
            visitor.get(site, "/clear").await;
            visitor
        };
        let (_, mut visitor) = tokio::join!(slow.get(site, "/slow-change"), clear);
        visitor.cookies.extend(slow.cookies); // the answer that came last has the browser
        visitor.get(site, "/get").await
    };
    "Two requests at once that count, and the count after them", |site| {
        let mut visitor = Visitor::default();
        visitor.get(site, "/count").await;
        let (mut one, mut two) = (visitor.clone(), visitor.clone());
        tokio::join!(one.get(site, "/count-slowly"), two.get(site, "/count-slowly"));
        visitor.cookies.extend(two.cookies);
        let next: u32 = visitor.get(site, "/count").await.parse().unwrap();
        (next - 1).to_string()
    };
    "A permanent session has an end in its cookie, and another one has none", |site| {
        let mut ends = Vec::new();
        for path in ["/permanent", "/set/alice"] {
            let mut visitor = Visitor::default();
            visitor.get(site, path).await;
            let attributes = &visitor.attributes;
            ends.push(yes_or_no(attributes.contains("Expires") || attributes.contains("Max-Age")));
        }
        ends.join(", ")
    };
    "A notice over a redirect, and the page after it", |site| {
        let mut visitor = Visitor::default();
        visitor.get(site, "/flash").await;
        let first = visitor.get(site, "/shown").await;
        format!("{first} {}", visitor.get(site, "/shown").await)
    };
    "8,000 characters: the answer, the cookies, and what the next page has", |site| {
        let mut visitor = Visitor::default();
        let answer = visitor.get(site, "/big").await;
        let answer = if answer == "500" { "an error" } else { "no error" };
        let bytes: usize = visitor.cookies.iter().map(|(name, value)| name.len() + value.len()).sum();
        // Browsers drop a cookie of more than 4,096 bytes.
        if bytes > 4096 {
            visitor.cookies.clear();
        }
        format!("{answer}, {}", visitor.get(site, "/big/length").await)
    };
    "A page that fails after it has changed the session", |site| {
        let mut visitor = Visitor::default();
        visitor.get(site, "/set/alice").await;
        visitor.get(site, "/fail").await;
        visitor.get(site, "/get").await
    };
}

fn yes_or_no(is_so: bool) -> String {
    if is_so { "yes" } else { "no" }.to_owned()
}

/// The bytes that anyone reads in a cookie without a key.
pub(super) fn decoded(value: &str) -> Vec<u8> {
    let mut bits = (0_u32, 0);
    let mut bytes = Vec::new();
    for byte in value.bytes() {
        let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let Some(digit) = alphabet.iter().position(|digit| *digit == byte) else {
            bits = (0, 0);
            continue;
        };
        bits = (bits.0 << 6 | u32::try_from(digit).unwrap(), bits.1 + 6);
        if bits.1 >= 8 {
            bits.1 -= 8;
            bytes.push((bits.0 >> bits.1 & 0xff) as u8);
        }
    }
    bytes
}

fn flask_twice(environment: &[(&str, &str)]) -> Option<Sites> {
    let with_key = |key| {
        let keys = [("KEY", key)].into_iter();
        flask(&keys.chain(environment.iter().copied()).collect::<Vec<_>>())
    };
    Some(Sites {
        site: with_key("a key of the test")?,
        with_another_key: with_key("another key of the test")?,
    })
}

/// The table of all answers; `None` if Flask or Redis is not here.
async fn table() -> Option<String> {
    if !server::is_installed() {
        return None;
    }
    let mut redis = server::redis(&[]);
    let address = format!("redis://{}/", redis.address());
    let all = [
        flask_twice(&[])?,
        in_cookie::sites(&address).await,
        flask_twice(&[("REDIS", &address)])?,
        in_redis::sites(&address).await,
    ];
    let mut table = String::from(
        "| | Flask 3.1.3 | here, in the cookie | Flask-Session 0.8.0 in Redis | here, in Redis |\n\
         |---|---|---|---|---|\n",
    );
    for scene in SCENES {
        let mut answers = Vec::new();
        for Sites { site, .. } in &all {
            answers.push((scene.answer)(site).await);
        }
        write_row(&mut table, scene.asked, &answers);
    }
    write_row(
        &mut table,
        "A cookie that another key made",
        &after_another_key(&all).await,
    );
    let answers = without_a_key().await?;
    write_row(&mut table, "No secret key: a read, and a write", &answers);
    let mut visitors = Vec::new();
    for Sites { site, .. } in &all {
        let mut visitor = Visitor::default();
        visitor.get(site, "/set/alice").await;
        visitors.push(visitor);
    }
    redis.crash();
    let mut answers = Vec::new();
    for (Sites { site, .. }, mut visitor) in all.iter().zip(visitors) {
        answers.push(visitor.get(site, "/get").await);
    }
    write_row(&mut table, "`username` while the store is down", &answers);
    Some(table)
}

fn write_row(table: &mut String, asked: &str, answers: &[String]) {
    writeln!(table, "| {asked} | {} |", answers.join(" | ")).unwrap();
}

async fn after_another_key(all: &[Sites]) -> Vec<String> {
    let mut answers = Vec::new();
    for Sites {
        site,
        with_another_key,
    } in all
    {
        let mut visitor = Visitor::default();
        visitor.get(with_another_key, "/set/alice").await;
        answers.push(visitor.get(site, "/get").await);
    }
    answers
}

/// Flask answers until the first write. Ours is an error of `main`.
async fn without_a_key() -> Option<Vec<String>> {
    let flask = flask(&[])?;
    let mut visitor = Visitor::default();
    let [read, write] = ["/get", "/set/alice"];
    let flask = format!(
        "{}, {}",
        visitor.get(&flask, read).await,
        visitor.get(&flask, write).await
    );
    let ours = Keyring::from_env("NO_SUCH_VARIABLE").map_or("does not start", |_| "starts");
    Some(vec![flask.clone(), ours.to_owned(), flask, ours.to_owned()])
}

#[tokio::test(flavor = "multi_thread")]
async fn flask_and_this_crate_answer_as_the_guide_says() {
    let Some(table) = table().await else {
        return;
    };
    page::assert_section("What both answered", &table);
}
