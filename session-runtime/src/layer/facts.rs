//! The facts about a response's headers, read in one pass. They keep caches from storing a response that carries a
//! session, and from handing one that depends on a session to another visitor.

use http::header::{CACHE_CONTROL, CONTENT_TYPE, EXPIRES, SET_COOKIE, VARY};
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::cookie;

/// The facts about a response's headers that a session asks for.
#[derive(Clone, Copy, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "a list of facts that do not depend on each other"
)]
pub(super) struct HeaderFacts {
    /// The response is HTML.
    pub(super) is_page: bool,
    /// The application itself writes to one of our cookies. The line of the application is left, and ours follow it.
    pub(super) names_our_cookie: bool,
    has_cache_control: bool,
    has_expires: bool,
    /// A header is there that some shared caches obey in place of `Cache-Control`.
    has_targeted: bool,
    /// `Cache-Control` keeps the response from shared caches.
    is_safe: bool,
    /// `Cache-Control` invites shared caches.
    is_shared: bool,
    varies_by_cookie: bool,
}

impl HeaderFacts {
    /// The facts for the session with this cookie.
    pub(super) fn of(headers: &HeaderMap, cookie_name: &str) -> Self {
        let mut facts = Self::default();
        for (name, value) in headers {
            facts.note(name, value.as_bytes(), cookie_name);
        }
        facts
    }

    fn note(&mut self, name: &HeaderName, value: &[u8], cookie_name: &str) {
        if name == CONTENT_TYPE {
            self.is_page |= value.starts_with(b"text/html");
        } else if name == CACHE_CONTROL {
            self.has_cache_control = true;
            self.is_safe |= list(value).any(is_safe);
            self.is_shared |= list(value).any(is_shared);
        } else if name == EXPIRES {
            self.has_expires = true;
        } else if name == SET_COOKIE {
            self.names_our_cookie |= cookie::value_of(value, cookie_name).is_some();
        } else if name == VARY {
            self.varies_by_cookie |= list(value).any(covers_cookies);
        } else {
            self.has_targeted |= is_targeted(name);
        }
    }

    /// Returns true if shared caches are to keep the response. A cookie in it would keep them from that.
    pub(super) fn is_public(self) -> bool {
        let expires = self.has_expires && !self.has_cache_control;
        expires || self.has_targeted || (self.is_shared && !self.is_safe)
    }

    /// A cache must neither keep a session nor hand it to somebody else.
    pub(super) fn forbid_storing(self, headers: &mut HeaderMap) {
        if self.has_targeted {
            let targeted = headers.keys().filter(|name| is_targeted(name));
            for name in targeted.cloned().collect::<Vec<_>>() {
                headers.remove(name);
            }
        }
        if !self.is_safe {
            headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        }
    }

    /// Marks a response as private, because it was made from a session and is for one visitor. A response
    /// that says something about caching itself stays as it is. A shared cache may keep a page that says
    /// nothing for as long as it thinks fit. So may a browser, and it shows the page again after a logout.
    pub(super) fn keep_private(self, headers: &mut HeaderMap) {
        if !(self.has_cache_control || self.has_expires || self.has_targeted) {
            let private = HeaderValue::from_static("private, no-cache");
            headers.insert(CACHE_CONTROL, private);
        }
    }

    pub(super) fn vary_by_cookie(self, headers: &mut HeaderMap) {
        if !self.varies_by_cookie {
            headers.append(VARY, HeaderValue::from_static("cookie"));
        }
    }
}

/// Returns true if some shared caches obey the header in place of `Cache-Control`.
fn is_targeted(name: &HeaderName) -> bool {
    let name = name.as_str();
    name.ends_with("cdn-cache-control")
        || ["surrogate-control", "edge-control", "x-accel-expires"].contains(&name)
}

fn is_safe(directive: &[u8]) -> bool {
    directive.eq_ignore_ascii_case(b"no-store") || directive.eq_ignore_ascii_case(b"private")
}

fn is_shared(directive: &[u8]) -> bool {
    let starts_with = |name: &[u8]| {
        let start = directive.get(..name.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(name))
    };
    starts_with(b"public") || starts_with(b"s-maxage") || starts_with(b"max-age=")
}

fn covers_cookies(member: &[u8]) -> bool {
    member == b"*" || member.eq_ignore_ascii_case(b"cookie")
}

/// The members of a line's comma separated list. A line with a quoted string has none: what looks like a member may
/// stand inside the quotes.
fn list(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    let line = Some(line).filter(|line| !line.contains(&b'"'));
    let members = line
        .into_iter()
        .flat_map(|line| line.split(|byte| *byte == b','));
    members.map(<[u8]>::trim_ascii)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(lines: &[(HeaderName, &'static str)]) -> HeaderFacts {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(name, HeaderValue::from_static(value));
        }
        HeaderFacts::of(&headers, "__Host-shop")
    }

    #[test]
    fn what_one_line_says_is_not_forgotten_for_the_next() {
        let safe = facts(&[(CACHE_CONTROL, "private"), (CACHE_CONTROL, "max-age=60")]);
        assert!(safe.is_safe && safe.is_shared && !safe.is_public());
        let shared = facts(&[
            (CACHE_CONTROL, "max-age=60"),
            (CACHE_CONTROL, "no-transform"),
        ]);
        assert!(shared.is_public());
        assert!(facts(&[(VARY, "cookie"), (VARY, "accept")]).varies_by_cookie);
        let ours = [
            (SET_COOKIE, "__Host-shop=1; Path=/"),
            (SET_COOKIE, "other=2"),
        ];
        assert!(facts(&ours).names_our_cookie);
        let targeted = HeaderName::from_static("cdn-cache-control");
        assert!(facts(&[(targeted, "public"), (VARY, "accept")]).is_public());
    }

    #[test]
    fn a_line_says_only_what_it_is_for() {
        let nothing = facts(&[
            (VARY, "accept"),
            (SET_COOKIE, "other=2"),
            (CACHE_CONTROL, "x=\"public\""),
        ]);
        assert!(!nothing.is_public() && !nothing.names_our_cookie && !nothing.varies_by_cookie);
        assert!(!nothing.is_page && !nothing.is_safe && nothing.has_cache_control);
        assert!(facts(&[(EXPIRES, "0")]).is_public());
        assert!(!facts(&[(EXPIRES, "0"), (CACHE_CONTROL, "no-cache")]).is_public());
        assert!(facts(&[(CONTENT_TYPE, "text/html; charset=utf-8")]).is_page);
    }
}
