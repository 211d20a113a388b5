//! A browser over a router.

use std::collections::BTreeMap;

use axum::Router;
use axum::body::Body;
use axum::http::header::{COOKIE, HOST, SET_COOKIE};
use axum::http::{HeaderValue, Request};
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;

#[derive(Clone)]
pub struct Visitor {
    site: Router,
    cookies: BTreeMap<String, String>,
    /// The lines that set a cookie in the last answer.
    set: Vec<String>,
    garbage: bool,
}

impl Visitor {
    pub fn new(site: Router) -> Self {
        Self {
            site,
            cookies: BTreeMap::new(),
            set: Vec::new(),
            garbage: false,
        }
    }

    /// The text of the page, or the status of an error of the server.
    pub async fn get(&mut self, path: &str) -> String {
        let request = Request::get(path).header(HOST, "shop.example");
        let request = request
            .header(COOKIE, self.cookie_header())
            .body(Body::empty());
        let answer = self.site.clone().oneshot(request.unwrap()).await.unwrap();
        let lines = answer.headers().get_all(SET_COOKIE).iter();
        self.set = lines
            .map(|line| line.to_str().unwrap().to_owned())
            .collect();
        for line in self.set.clone() {
            self.take(&line);
        }
        if answer.status().is_server_error() {
            return answer.status().as_u16().to_string();
        }
        let body = answer.into_body().collect().await.unwrap().to_bytes();
        String::from_utf8(body.to_vec()).unwrap()
    }

    fn cookie_header(&self) -> HeaderValue {
        let mut pairs = Vec::new();
        for (name, value) in &self.cookies {
            pairs.extend(self.garbage.then(|| format!("{name}=garbage")));
            pairs.push(format!("{name}={value}"));
        }
        HeaderValue::from_str(&pairs.join("; ")).unwrap()
    }

    fn take(&mut self, line: &str) {
        let (cookie, attributes) = line.split_once(';').unwrap_or((line, ""));
        let (name, value) = cookie.split_once('=').unwrap();
        if attributes.contains("Max-Age=0") || value.is_empty() {
            self.cookies.remove(name);
        } else {
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
    }

    pub fn has_set(&self) -> String {
        if self.set.is_empty() { "no" } else { "yes" }.to_owned()
    }

    pub fn attributes(&self) -> String {
        let line = self.set.first().map_or("", String::as_str);
        let mut parts = line.split(';').map(str::trim);
        let name = parts.next().and_then(|cookie| cookie.split('=').next());
        let mut attributes: Vec<_> = parts.filter(|part| !part.starts_with("Expires")).collect();
        attributes.sort_unstable();
        format!("`{}`: {}", name.unwrap_or_default(), attributes.join(", "))
    }

    pub fn put_garbage_before(&mut self) {
        self.garbage = true;
    }

    /// A browser keeps no cookie of more than 4,096 bytes.
    pub fn drop_what_browsers_drop(&mut self) {
        self.cookies
            .retain(|name, value| name.len() + value.len() <= 4096);
    }

    /// In clear, or in base64.
    pub fn can_read(&self, text: &str) -> bool {
        self.cookies.values().any(|value| {
            value.contains(text)
                || decoded(value)
                    .windows(text.len())
                    .any(|window| window == text.as_bytes())
        })
    }
}

fn decoded(value: &str) -> Vec<u8> {
    let (mut bits, mut count, mut bytes) = (0_u32, 0, Vec::new());
    for byte in value.bytes() {
        let digit = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'-' | b'+' => 62,
            b'_' | b'/' => 63,
            _ => continue,
        };
        bits = bits << 6 | u32::from(digit);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count & 0xff) as u8);
        }
    }
    bytes
}
