//! What a session changes about a response.

use http::header::{CACHE_CONTROL, SET_COOKIE, VARY};
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};

use crate::slot::{Answer, Commit, Slot};

/// The status that the handler answered with, beside a 500 that a session layer made of it. Other
/// sessions of the request are saved by what the handler did, not by what a neighbour could not.
#[derive(Clone, Copy)]
struct HandlerStatus(StatusCode);

pub(super) fn commit<B: Default>(mut response: Response<B>, slot: &Slot) -> Response<B> {
    let status = handler_status(&response);
    let Commit::Asked { set_cookie, fails } = slot.commit(Answer {
        fails: status.is_server_error() || status == StatusCode::REQUEST_TIMEOUT,
        takes_upkeep: status != StatusCode::NOT_MODIFIED && !is_public(response.headers()),
    }) else {
        return response;
    };
    if fails {
        response = failed(response);
        response.extensions_mut().insert(HandlerStatus(status));
    }
    if let Some(line) = set_cookie {
        response.headers_mut().append(SET_COOKIE, line);
        forbid_storing(response.headers_mut());
    }
    vary_by_cookie(response.headers_mut());
    response
}

/// Whether shared caches are to keep the response: a cookie would keep them from it.
fn is_public(headers: &HeaderMap) -> bool {
    let starts_with = |directive: &[u8], name: &[u8]| {
        let start = directive.get(..name.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(name))
    };
    let is_public = |directive| {
        starts_with(directive, b"public")
            || starts_with(directive, b"s-maxage")
            || starts_with(directive, b"max-age=")
    };
    let is_targeted = TARGETED.iter().any(|name| headers.contains_key(*name));
    is_targeted || (list(headers, &CACHE_CONTROL).any(is_public) && !is_safe(headers))
}

fn handler_status<B>(response: &Response<B>) -> StatusCode {
    match (response.extensions().get(), response.status()) {
        // If it is another status by now, somebody in between has decided anew.
        (Some(HandlerStatus(status)), StatusCode::INTERNAL_SERVER_ERROR) => *status,
        (_, status) => status,
    }
}

pub(super) fn internal_server_error<B: Default>() -> Response<B> {
    let mut response = Response::default();
    *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    response
}

/// The response in place of one whose session cannot be saved. Cookies of others stay; no cache
/// keeps it, whatever it was to keep of the original.
fn failed<B: Default>(mut original: Response<B>) -> Response<B> {
    let mut response = internal_server_error::<B>();
    for name in [SET_COOKIE, VARY] {
        for value in original.headers().get_all(&name) {
            response.headers_mut().append(&name, value.clone());
        }
    }
    std::mem::swap(response.extensions_mut(), original.extensions_mut());
    forbid_storing(response.headers_mut());
    response
}

/// Headers that some shared caches obey in place of `Cache-Control`.
const TARGETED: [&str; 2] = ["cdn-cache-control", "surrogate-control"];

/// A cache must neither keep a session nor hand it to somebody else.
fn forbid_storing(headers: &mut HeaderMap) {
    for name in TARGETED {
        headers.remove(name);
    }
    if !is_safe(headers) {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
}

fn is_safe(headers: &HeaderMap) -> bool {
    list(headers, &CACHE_CONTROL).any(|directive| {
        directive.eq_ignore_ascii_case(b"no-store") || directive.eq_ignore_ascii_case(b"private")
    })
}

fn vary_by_cookie(headers: &mut HeaderMap) {
    let covers = |name: &[u8]| name == b"*" || name.eq_ignore_ascii_case(b"cookie");
    if !list(headers, &VARY).any(covers) {
        headers.append(VARY, HeaderValue::from_static("cookie"));
    }
}

/// The members of a header's comma separated list, over all its lines. A line with a quoted string
/// has none: what looks like a member may stand inside the quotes.
fn list<'a>(headers: &'a HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'a [u8]> {
    let lines = headers.get_all(name).into_iter();
    lines
        .filter(|line| !line.as_bytes().contains(&b'"'))
        .flat_map(|line| line.as_bytes().split(|byte| *byte == b','))
        .map(<[u8]>::trim_ascii)
}
