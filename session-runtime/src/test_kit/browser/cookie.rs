//! The cookies of a browser, by RFC 6265 as far as one host goes.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::lifetime::BROWSERS_KEEP;

/// A cookie that a [`Browser`](super::Browser) keeps.
///
/// ```
/// use axum::Router;
/// use session_runtime::test_kit::Browser;
///
/// let mut browser = Browser::new(Router::<()>::new());
/// browser.set_cookie("theme=dark; Path=/; Max-Age=60");
/// let cookie = browser.cookie("theme").unwrap();
/// assert_eq!(cookie.value(), "dark");
/// assert!(cookie.expires().is_some());
/// ```
#[derive(Clone)]
pub struct Cookie {
    name: String,
    value: String,
    path: String,
    expires: Option<SystemTime>,
}

impl Cookie {
    /// Its name, with a prefix such as `__Host-`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its value as it was sent.
    pub fn value(&self) -> &str {
        &self.value
    }

    /// It is sent with requests for this path and those below.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The time when the browser forgets the cookie. It is `None` for a session cookie, which is forgotten
    /// when the browser is closed.
    pub fn expires(&self) -> Option<SystemTime> {
        self.expires
    }

    /// Returns the cookie that a `Set-Cookie` line gives a browser at the time `now`, in a
    /// response for `request_path`.
    fn parse(line: &str, request_path: &str, now: SystemTime) -> Option<Self> {
        let (pair, attributes) = line.split_once(';').unwrap_or((line, ""));
        let (name, value) = pair.split_once('=')?;
        let mut path = default_path(request_path).to_owned();
        let (mut max_age, mut expires) = (None, None);
        for attribute in attributes.split(';') {
            let (key, value) = attribute.split_once('=').unwrap_or((attribute, ""));
            let value = value.trim();
            match key.trim().to_ascii_lowercase().as_str() {
                "path" if value.starts_with('/') => value.clone_into(&mut path),
                "max-age" => max_age = read_max_age(value, now).or(max_age),
                "expires" => expires = read_date(value).or(expires),
                _ => {}
            }
        }
        Some(Self {
            name: name.trim().to_owned(),
            value: value.trim().to_owned(),
            path,
            expires: max_age.or(expires),
        })
    }

    fn is_expired(&self, now: SystemTime) -> bool {
        self.expires.is_some_and(|expires| expires <= now)
    }

    fn is_sent_to(&self, path: &str) -> bool {
        path.strip_prefix(self.path.as_str()).is_some_and(|rest| {
            rest.is_empty() || self.path.ends_with('/') || rest.starts_with('/')
        })
    }
}

/// Without its value.
impl fmt::Debug for Cookie {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, bytes) = (&self.name, self.value.len());
        write!(f, "{name} ({bytes} bytes, path {})", self.path)
    }
}

#[derive(Clone, Debug, Default)]
pub(super) struct Jar(Vec<Cookie>);

impl Jar {
    /// Keeps the cookie of a `Set-Cookie` line in place of the one with its name and path.
    pub(super) fn set(&mut self, line: &str, request_path: &str, now: SystemTime) {
        let Some(cookie) = Cookie::parse(line, request_path, now) else {
            return;
        };
        let same = |other: &Cookie| other.name == cookie.name && other.path == cookie.path;
        match self.0.iter().position(same) {
            // Its place says how old it is, and a new value does not make it younger.
            Some(at) => self.0.splice(at..=at, [cookie]).for_each(drop),
            None => self.0.push(cookie),
        }
        self.0.retain(|cookie| !cookie.is_expired(now));
    }

    pub(super) fn iter(&self, now: SystemTime) -> impl Iterator<Item = &Cookie> {
        self.0.iter().filter(move |cookie| !cookie.is_expired(now))
    }

    pub(super) fn drop_session_cookies(&mut self) {
        self.0.retain(|cookie| cookie.expires.is_some());
    }

    /// The `Cookie` header for a request: longer paths first, then older cookies.
    pub(super) fn header(&self, path: &str, now: SystemTime) -> Option<String> {
        let mut sent: Vec<_> = self.iter(now).collect();
        sent.retain(|cookie| cookie.is_sent_to(path));
        sent.sort_by_key(|cookie| std::cmp::Reverse(cookie.path.len()));
        let pairs = sent.iter().map(|cookie| {
            let Cookie { name, value, .. } = cookie;
            format!("{name}={value}")
        });
        (!sent.is_empty()).then(|| pairs.collect::<Vec<_>>().join("; "))
    }
}

/// The path up to its last slash, without it.
fn default_path(request_path: &str) -> &str {
    match request_path.rsplit_once('/') {
        None | Some(("", _)) => "/",
        Some((directory, _)) => directory,
    }
}

fn read_max_age(value: &str, now: SystemTime) -> Option<SystemTime> {
    let digits = value.strip_prefix('-').unwrap_or(value);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    if digits != value {
        return Some(UNIX_EPOCH);
    }
    let seconds = digits.parse().unwrap_or(u64::MAX);
    now.checked_add(Duration::from_secs(seconds.min(BROWSERS_KEEP)))
}

/// `Sun, 06 Nov 1994 08:49:37 GMT`, and with dashes in place of the spaces, as old servers write it.
fn read_date(text: &str) -> Option<SystemTime> {
    let read = |text: &str| httpdate::parse_http_date(text).ok();
    read(text).or_else(|| read(&text.replace('-', " ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(seconds)
    }

    fn expires(attributes: &str) -> Option<SystemTime> {
        let line = format!("a=1; {attributes}");
        Cookie::parse(&line, "/", at(1000)).unwrap().expires
    }

    #[test]
    fn dates_are_read() {
        let cases = [
            ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
            ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777),
            ("Sun, 06-Nov-1994 08:49:37 GMT", 784_111_777),
            ("Sunday, 06-Nov-94 08:49:37 GMT", 784_111_777),
            ("Tue, 29 Feb 2000 23:59:59 GMT", 951_868_799),
            ("Wed, 01 Mar 2000 00:00:00 GMT", 951_868_800),
            ("Fri, 31 Dec 2100 12:00:00 GMT", 4_133_937_600),
        ];
        for (text, seconds) in cases {
            assert_eq!(read_date(text), Some(at(seconds)), "{text}");
        }
        for text in ["", "0", "tomorrow", "Sun, 06 Foo 1994 08:49:37 GMT"] {
            assert_eq!(read_date(text), None, "{text}");
        }
    }

    #[test]
    fn max_age_wins_over_expires_and_is_capped() {
        let date = "Expires=Sun, 06 Nov 1994 08:49:37 GMT";
        assert_eq!(expires("HttpOnly; Secure"), None);
        assert_eq!(expires(date), Some(at(784_111_777)));
        assert_eq!(expires(&format!("Max-Age=5; {date}")), Some(at(1005)));
        assert_eq!(expires(&format!("{date}; max-age = 5")), Some(at(1005)));
        assert_eq!(expires("Max-Age=soon"), None);
        assert_eq!(expires("Max-Age=-5"), Some(at(0)));
        let capped = Some(at(1000 + 400 * 86_400));
        assert_eq!(expires("Max-Age=99999999999999999999999"), capped);
    }

    #[test]
    fn a_cookie_is_kept_by_name_and_path_and_sent_below_its_path() {
        let mut jar = Jar::default();
        let now = at(1000);
        for line in ["a=1", "a=2; Path=/shop", "b=3; Path=/", "a=4; Path=/"] {
            jar.set(line, "/login", now);
        }
        let header = |path| jar.header(path, now);
        assert_eq!(header("/").as_deref(), Some("a=4; b=3"));
        assert_eq!(header("/shop").as_deref(), Some("a=2; a=4; b=3"));
        assert_eq!(header("/shop/x").as_deref(), Some("a=2; a=4; b=3"));
        assert_eq!(header("/shopping").as_deref(), Some("a=4; b=3"));
    }

    #[test]
    fn the_default_path_is_the_directory_of_the_request() {
        let path = |request| Cookie::parse("a=1", request, at(0)).unwrap().path;
        assert_eq!(path("/"), "/");
        assert_eq!(path("/login"), "/");
        assert_eq!(path("/shop/cart"), "/shop");
    }

    #[test]
    fn a_cookie_is_gone_in_the_second_in_which_it_expires() {
        let mut jar = Jar::default();
        jar.set("a=1; Max-Age=5", "/", at(1000));
        assert_eq!(jar.iter(at(1004)).count(), 1);
        assert_eq!(jar.iter(at(1005)).count(), 0);
        assert_eq!(jar.header("/", at(1005)), None);
        jar.set("a=; Max-Age=0", "/", at(1001));
        assert_eq!(jar.iter(at(1001)).count(), 0);
    }
}
