//! Caches: what carries a session is stored by nobody, and what depends on one is given to nobody
//! else.

use http::header::{CACHE_CONTROL, EXPIRES, VARY};
use http::{HeaderMap, HeaderName, HeaderValue};

/// Returns true if some shared caches obey the header in place of `Cache-Control`.
fn is_targeted(name: &HeaderName) -> bool {
    let name = name.as_str();
    name.ends_with("cdn-cache-control")
        || ["surrogate-control", "edge-control", "x-accel-expires"].contains(&name)
}

/// Returns true if shared caches are to keep the response. A cookie in it would keep them from that.
pub(super) fn is_public(headers: &HeaderMap) -> bool {
    let starts_with = |directive: &[u8], name: &[u8]| {
        let start = directive.get(..name.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(name))
    };
    let is_public = |directive| {
        starts_with(directive, b"public")
            || starts_with(directive, b"s-maxage")
            || starts_with(directive, b"max-age=")
    };
    let expires = headers.contains_key(EXPIRES) && !headers.contains_key(CACHE_CONTROL);
    let targeted = headers.keys().any(is_targeted);
    expires || targeted || (list(headers, &CACHE_CONTROL).any(is_public) && !is_safe(headers))
}

/// A cache must neither keep a session nor hand it to somebody else.
pub(super) fn forbid_storing(headers: &mut HeaderMap) {
    let targeted: Vec<_> = headers
        .keys()
        .filter(|name| is_targeted(name))
        .cloned()
        .collect();
    for name in targeted {
        headers.remove(name);
    }
    if !is_safe(headers) {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
}

/// Marks a response as private, because it was made from a session and is for one visitor. A response
/// that says something about caching itself stays as it is. A shared cache may keep a page that says
/// nothing for as long as it thinks fit. So may a browser, and it shows the page again after a logout.
pub(super) fn keep_private(headers: &mut HeaderMap) {
    let says_something = headers.contains_key(CACHE_CONTROL)
        || headers.contains_key(EXPIRES)
        || headers.keys().any(is_targeted);
    if !says_something {
        let private = HeaderValue::from_static("private, no-cache");
        headers.insert(CACHE_CONTROL, private);
    }
}

fn is_safe(headers: &HeaderMap) -> bool {
    list(headers, &CACHE_CONTROL).any(|directive| {
        directive.eq_ignore_ascii_case(b"no-store") || directive.eq_ignore_ascii_case(b"private")
    })
}

pub(super) fn vary_by_cookie(headers: &mut HeaderMap) {
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
