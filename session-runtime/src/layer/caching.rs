//! The directives of a response to caches.

use http::HeaderName;

/// The directives of `Cache-Control`, from all of its lines.
#[derive(Clone, Copy, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "a list of facts that do not depend on each other"
)]
pub(super) struct CacheControl {
    /// It says something about caching. `no-transform` does not.
    pub(super) says_something: bool,
    /// It keeps the response from shared caches.
    pub(super) is_safe: bool,
    has_public: bool,
    has_no_cache: bool,
    /// `Some(true)` if the response is fresh for some time, in browsers and in shared caches.
    max_age: Option<bool>,
    s_maxage: Option<bool>,
}

impl CacheControl {
    pub(super) fn note(&mut self, line: &[u8]) {
        self.says_something |= is_quoted(line) || list(line).any(is_about_caching);
        for directive in list(line) {
            self.is_safe |= is_one_of(directive, &["no-store", "private"]);
            self.has_public |= is_one_of(directive, &["public"]);
            self.has_no_cache |= is_one_of(directive, &["no-cache"]);
            self.max_age = lasts(directive, "max-age").or(self.max_age);
            self.s_maxage = lasts(directive, "s-maxage").or(self.s_maxage);
        }
    }

    /// Returns true if it invites shared caches. One that must ask for the page each time is not invited: a `Set-Cookie`
    /// takes nothing from it.
    pub(super) fn is_public(self) -> bool {
        let lasts = self.s_maxage.or(self.max_age).unwrap_or(self.has_public);
        lasts && !self.is_safe && !self.has_no_cache
    }
}

/// Returns true if some shared caches obey the header in place of `Cache-Control`.
pub(super) fn is_targeted(name: &HeaderName) -> bool {
    const OTHERS: [&str; 4] = [
        "surrogate-control",
        "edge-control",
        "x-accel-expires",
        "x-litespeed-cache-control",
    ];
    let name = name.as_str();
    name.ends_with("cdn-cache-control") || OTHERS.contains(&name)
}

/// Returns true if such a header does not keep its caches from storing the response. `X-Accel-Expires` has a number alone.
pub(super) fn is_kept_by_targeted(value: &[u8]) -> bool {
    let forbids = |directive: &[u8]| {
        is_one_of(directive, &["no-store", "private", "no-cache", "0"])
            || lasts(directive, "max-age") == Some(false)
            || lasts(directive, "s-maxage") == Some(false)
    };
    !list(value).any(forbids)
}

/// The members of a line's comma separated list. A line with a quoted string has none: what looks like a member may
/// stand inside the quotes.
pub(super) fn list(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    let line = Some(line).filter(|line| !is_quoted(line));
    let members = line
        .into_iter()
        .flat_map(|line| line.split(|byte| *byte == b','));
    members.map(<[u8]>::trim_ascii)
}

fn is_quoted(line: &[u8]) -> bool {
    line.contains(&b'"')
}

fn is_about_caching(directive: &[u8]) -> bool {
    !is_one_of(directive, &["", "no-transform"])
}

fn is_one_of(directive: &[u8], names: &[&str]) -> bool {
    names
        .iter()
        .any(|name| directive.eq_ignore_ascii_case(name.as_bytes()))
}

/// Returns `Some(true)` if a directive of this name gives the response a time in which it is fresh, and `Some(false)` if its
/// value is zero or no number of seconds. It is `None` for another directive.
fn lasts(directive: &[u8], name: &str) -> Option<bool> {
    let (is, value) = directive.split_at_checked(name.len())?;
    let seconds = value.strip_prefix(b"=")?;
    let starts_with_digit = seconds.first().is_some_and(u8::is_ascii_digit);
    let is_zero = seconds.iter().all(|byte| *byte == b'0');
    is.eq_ignore_ascii_case(name.as_bytes())
        .then_some(starts_with_digit && !is_zero)
}
