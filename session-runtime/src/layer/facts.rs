//! The facts about a response's headers, read in one pass. They keep caches from storing a response that carries a
//! session, and from handing one that depends on a session to another visitor.

use http::header::{CACHE_CONTROL, CONTENT_TYPE, EXPIRES, SET_COOKIE, VARY};
use http::{HeaderMap, HeaderName, HeaderValue};

use super::caching::{CacheControl, is_kept_by_targeted, is_targeted, list};
use crate::cookie;
use crate::time::{Timestamp, read_http_date};

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
    cache_control: CacheControl,
    has_expires: bool,
    /// The time until which caches keep the response that has no `Cache-Control`. One that is no date is past.
    expires: Option<Timestamp>,
    /// A header is there that some shared caches obey in place of `Cache-Control`.
    has_targeted: bool,
    /// One of those does not keep them from storing.
    is_kept_by_targeted: bool,
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
            self.cache_control.note(value);
        } else if name == EXPIRES {
            self.has_expires = true;
            self.expires = read_http_date(value);
        } else if name == SET_COOKIE {
            self.names_our_cookie |= cookie::value_of(value, cookie_name).is_some();
        } else if name == VARY {
            self.varies_by_cookie |= list(value).any(covers_cookies);
        } else if is_targeted(name) {
            self.has_targeted = true;
            self.is_kept_by_targeted |= is_kept_by_targeted(value);
        }
    }

    /// Returns true if shared caches are to keep the response. A cookie in it would keep them from that.
    ///
    /// A page that forbids it must not count as one that invites it: the use of its session would not be written down,
    /// and an active visitor would be logged out.
    pub(super) fn is_public(self, now: impl FnOnce() -> Timestamp) -> bool {
        let lasts = |expires: Timestamp| expires > now();
        self.is_kept_by_targeted
            || self.cache_control.is_public()
            || (!self.cache_control.says_something && self.expires.is_some_and(lasts))
    }

    /// A cache must neither keep a session nor hand it to somebody else.
    pub(super) fn forbid_storing(self, headers: &mut HeaderMap) {
        if self.has_targeted {
            let targeted = headers.keys().filter(|name| is_targeted(name));
            for name in targeted.cloned().collect::<Vec<_>>() {
                headers.remove(name);
            }
        }
        if !self.cache_control.is_safe {
            headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        }
    }

    /// Marks a response as private, because it was made from a session and is for one visitor. A response
    /// that says something about caching itself stays as it is. A shared cache may keep a page that says
    /// nothing for as long as it thinks fit. So may a browser, and it shows the page again after a logout.
    pub(super) fn keep_private(self, headers: &mut HeaderMap) {
        if !(self.cache_control.says_something || self.has_expires || self.has_targeted) {
            let private = HeaderValue::from_static("private, no-cache");
            // A line beside it, because `no-transform` says nothing about caching, and stays.
            headers.append(CACHE_CONTROL, private);
        }
    }

    pub(super) fn vary_by_cookie(self, headers: &mut HeaderMap) {
        if !self.varies_by_cookie {
            headers.append(VARY, HeaderValue::from_static("cookie"));
        }
    }
}

fn covers_cookies(member: &[u8]) -> bool {
    member == b"*" || member.eq_ignore_ascii_case(b"cookie")
}

#[cfg(test)]
mod tests {
    use super::*;

    const TARGETED: HeaderName = HeaderName::from_static("cdn-cache-control");

    /// The first second of 2027.
    const NOW: Timestamp = Timestamp::from_seconds(1_798_761_600);

    fn facts(lines: &[(HeaderName, &'static str)]) -> HeaderFacts {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(name, HeaderValue::from_static(value));
        }
        HeaderFacts::of(&headers, "__Host-shop")
    }

    fn is_public(lines: &[(HeaderName, &'static str)]) -> bool {
        facts(lines).is_public(|| NOW)
    }

    /// A `Cache-Control`, and whether shared caches are to keep the response.
    const CACHE_CONTROLS: &[(&str, bool)] = &[
        ("public", true),
        ("PUBLIC", true),
        ("max-age=60", true),
        ("Max-Age=60, must-revalidate", true),
        ("s-maxage=60", true),
        ("max-age=0, s-maxage=60", true),
        ("public, immutable, max-age=600", true),
        ("no-transform, max-age=60", true),
        ("", false),
        ("no-transform", false),
        ("must-revalidate", false),
        ("private", false),
        ("private, max-age=60", false),
        ("no-store", false),
        ("no-store, max-age=60", false),
        ("no-cache", false),
        ("no-cache, max-age=0", false),
        ("public, no-cache", false),
        ("max-age=60, No-Cache", false),
        ("max-age=0", false),
        ("max-age=00", false),
        ("max-age=0, must-revalidate", false),
        ("public, max-age=0, must-revalidate", false),
        ("s-maxage=0", false),
        ("public, s-maxage=0", false),
        ("s-maxage=0, max-age=600", false),
        ("max-age=", false),
        ("max-age=soon", false),
        ("max-age=-1", false),
    ];

    #[test]
    fn caches_are_to_keep_what_invites_them_and_nothing_that_forbids_it() {
        for (line, expected) in CACHE_CONTROLS {
            assert_eq!(is_public(&[(CACHE_CONTROL, line)]), *expected, "{line:?}");
        }
    }

    #[test]
    fn a_date_counts_if_it_is_in_the_future_and_nothing_else_is_said() {
        for (date, expected) in [
            ("Fri, 01 Jan 2027 00:00:01 GMT", true),
            ("Fri, 01 Jan 2027 00:00:00 GMT", false),
            ("Thu, 01 Jan 1970 00:00:00 GMT", false),
            ("Thu, 19 Nov 1981 08:52:00 GMT", false),
            ("0", false),
            ("-1", false),
            ("", false),
        ] {
            assert_eq!(is_public(&[(EXPIRES, date)]), expected, "{date:?}");
        }
        let later = (EXPIRES, "Sat, 01 Jan 2028 00:00:00 GMT");
        assert!(!is_public(&[later.clone(), (CACHE_CONTROL, "no-cache")]));
        assert!(is_public(&[later, (CACHE_CONTROL, "no-transform")]));
    }

    #[test]
    fn a_targeted_header_counts_unless_it_forbids_storing() {
        for (name, value, expected) in [
            ("cdn-cache-control", "max-age=60", true),
            ("surrogate-control", "max-age=60+600", true),
            ("surrogate-control", "content=\"ESI/1.0\"", true),
            ("x-accel-expires", "60", true),
            ("x-accel-expires", "@1830000000", true),
            ("x-litespeed-cache-control", "public,max-age=60", true),
            ("cdn-cache-control", "no-store", false),
            ("cdn-cache-control", "max-age=60, private", false),
            ("cdn-cache-control", "No-Cache", false),
            ("surrogate-control", "max-age=0", false),
            ("surrogate-control", "s-maxage=0", false),
            ("x-accel-expires", "0", false),
            ("x-litespeed-cache-control", "no-cache", false),
        ] {
            let line = (HeaderName::from_static(name), value);
            for cache in ["no-store", "private, no-store", "no-cache"] {
                let lines = [line.clone(), (CACHE_CONTROL, cache)];
                assert_eq!(is_public(&lines), expected, "{name}: {value}, {cache}");
            }
        }
        let both = [
            (TARGETED, "no-store"),
            (HeaderName::from_static("edge-control"), "max-age=60"),
        ];
        assert!(is_public(&both), "the other one counts");
        assert!(is_public(&[
            (TARGETED, "no-store"),
            (CACHE_CONTROL, "max-age=60")
        ]));
    }

    #[test]
    fn what_one_line_says_is_not_forgotten_for_the_next() {
        let safe = [(CACHE_CONTROL, "private"), (CACHE_CONTROL, "max-age=60")];
        assert!(!is_public(&safe));
        let shared = [
            (CACHE_CONTROL, "max-age=60"),
            (CACHE_CONTROL, "no-transform"),
        ];
        assert!(is_public(&shared));
        assert!(facts(&[(VARY, "cookie"), (VARY, "accept")]).varies_by_cookie);
        let ours = [
            (SET_COOKIE, "__Host-shop=1; Path=/"),
            (SET_COOKIE, "other=2"),
        ];
        assert!(facts(&ours).names_our_cookie);
        assert!(is_public(&[(TARGETED, "public"), (VARY, "accept")]));
    }

    #[test]
    fn a_line_says_only_what_it_is_for() {
        let lines = [
            (VARY, "accept"),
            (SET_COOKIE, "other=2"),
            (CACHE_CONTROL, "x=\"public\""),
        ];
        let nothing = facts(&lines);
        assert!(!is_public(&lines) && !nothing.names_our_cookie && !nothing.varies_by_cookie);
        assert!(!nothing.is_page && nothing.cache_control.says_something);
        assert!(facts(&[(CONTENT_TYPE, "text/html; charset=utf-8")]).is_page);
    }
}
