//! One request into a router, and its response.

use axum::Router;
use axum::body::Body;
use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::{HeaderValue, Request, StatusCode};
use axum::response::Response;
use http_body_util::BodyExt as _;
use tower::Service as _;

/// Everything of a response that counts.
pub struct Answer {
    pub status: StatusCode,
    pub body: String,
    /// The lines of `Set-Cookie`.
    pub set: Vec<String>,
}

impl Answer {
    /// The cookies that it sets, as the next request sends them.
    pub fn cookies(&self) -> Option<HeaderValue> {
        let pairs: Vec<_> = self.set.iter().map(|line| pair(line)).collect();
        (!pairs.is_empty()).then(|| pairs.join("; ").parse().expect("cookies"))
    }

    /// The characters of the values in its cookies.
    pub fn value_len(&self) -> usize {
        let values = self
            .set
            .iter()
            .filter_map(|line| pair(line).split_once('='));
        values.map(|(_, value)| value.len()).sum()
    }

    /// The characters that it sends to set its cookies.
    pub fn set_len(&self) -> usize {
        self.set.iter().map(String::len).sum()
    }
}

fn pair(line: &str) -> &str {
    line.split(';').next().unwrap_or_default()
}

pub async fn send(router: &mut Router, path: &'static str, cookie: Option<&HeaderValue>) -> Answer {
    let response = exchange(router, path, cookie).await;
    let status = response.status();
    let set = response.headers().get_all(SET_COOKIE).iter();
    let set = set.map(|line| line.to_str().expect("text").to_owned());
    let set = set.collect();
    let body = response.into_body().collect().await.expect("a body");
    let body = String::from_utf8(body.to_bytes().into()).expect("text");
    Answer { status, body, set }
}

pub async fn exchange(
    router: &mut Router,
    path: &'static str,
    cookie: Option<&HeaderValue>,
) -> Response {
    let mut request = Request::get(path);
    if let Some(cookie) = cookie {
        request = request.header(COOKIE, cookie);
    }
    let request = request.body(Body::empty()).expect("a request");
    let Ok(response) = router.call(request).await;
    response
}
