//! The form of our cookies in a response. One value writes both the line that sets a cookie and the
//! line that removes it, so that a removal carries every attribute of the cookie that it removes. A
//! browser ignores a removal that does not.

use std::net::Ipv4Addr;

use http::HeaderValue;

use crate::part::Part;

/// The requests of other sites with which a browser sends the session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum SameSite {
    /// With links that are followed to this site, and with nothing else from other sites.
    #[default]
    Lax,
    /// With every request, also from frames and forms of other sites. They can then act in the
    /// visitor's name. Such an application needs its own defence against request forgery.
    None,
    /// With none of them. A visitor who follows a link from another site arrives without a session.
    Strict,
}

impl SameSite {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Lax => "Lax",
            Self::None => "None",
            Self::Strict => "Strict",
        }
    }
}

/// The attributes of a session's cookies, and through them the name's prefix.
#[derive(Clone, Debug)]
pub(crate) struct CookieSpec {
    /// The name without its prefix.
    pub(crate) base_name: &'static str,
    pub(crate) same_site: SameSite,
    pub(crate) path: String,
    pub(crate) domain: Option<String>,
    pub(crate) partitioned: bool,
    pub(crate) secure: bool,
}

impl CookieSpec {
    pub(crate) fn new(base_name: &'static str) -> Self {
        Self {
            base_name,
            same_site: SameSite::default(),
            path: "/".to_owned(),
            domain: None,
            partitioned: false,
            secure: true,
        }
    }

    /// The same cookie, as every browser takes it over plain http from a loopback address; `None` where
    /// this one is so already, or has an attribute that asks for `Secure`. One with a path or a domain of
    /// its own has none: without its prefix it would have the name of one that has neither.
    pub(crate) fn on_loopback(&self) -> Option<Self> {
        let needs_secure = self.partitioned || self.same_site == SameSite::None;
        let is_of_host = self.domain.is_none() && self.path == "/";
        (self.secure && is_of_host && !needs_secure).then(|| Self {
            secure: false,
            ..self.clone()
        })
    }

    /// The name as it is sent. Its prefix makes browsers refuse the cookie from anybody who could
    /// not have set it with these attributes.
    pub(crate) fn full_name(&self, part: Part) -> String {
        let mut name = String::new();
        self.write_name(part, &mut name);
        name
    }

    fn write_name(&self, part: Part, out: &mut String) {
        out.push_str(match (self.secure, &self.domain, self.path.as_str()) {
            (false, ..) => "",
            (true, None, "/") => "__Host-",
            (true, ..) => "__Secure-",
        });
        out.push_str(self.base_name);
        out.push_str(part.suffix());
    }

    /// A `Set-Cookie` that gives the browser `value`, to be kept for so many seconds, or until it is
    /// closed.
    pub(crate) fn set(&self, part: Part, value: &str, seconds: Option<u64>) -> HeaderValue {
        match seconds {
            Some(seconds) => self.header(part, value, &format!("; Max-Age={seconds}")),
            None => self.header(part, value, ""),
        }
    }

    /// A `Set-Cookie` that makes the browser forget the cookie.
    pub(crate) fn removal(&self, part: Part) -> HeaderValue {
        self.header(
            part,
            "",
            "; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
        )
    }

    #[expect(
        clippy::expect_used,
        reason = "`expect_browsers_accept` lets only visible ASCII into the attributes, the derive \
                  checks the name, and a token is base64url"
    )]
    fn header(&self, part: Part, value: &str, lifetime: &str) -> HeaderValue {
        // Room for the usual attributes, so that a token is written once.
        let mut line = String::with_capacity(value.len() + 192);
        self.write_name(part, &mut line);
        line.push('=');
        line.push_str(value);
        line.push_str("; Path=");
        line.push_str(&self.path);
        if let Some(domain) = &self.domain {
            line.push_str("; Domain=");
            line.push_str(domain);
        }
        line.push_str(lifetime);
        line.push_str("; HttpOnly; SameSite=");
        line.push_str(self.same_site.as_str());
        if self.secure {
            line.push_str("; Secure");
        }
        if self.partitioned {
            line.push_str("; Partitioned");
        }
        let mut line = HeaderValue::try_from(line).expect("visible ASCII and spaces");
        // Hides it from the `Debug` of the headers.
        line.set_sensitive(true);
        line
    }

    /// Panics when a browser would throw the cookie away, while somebody looks at the program.
    #[track_caller]
    pub(crate) fn expect_browsers_accept(&self) {
        let cookie = self.base_name;
        let path = &self.path;
        assert!(
            path.starts_with('/') && path.len() <= 1024 && path.bytes().all(is_attribute_byte),
            "the path {path:?} of the session cookie `{cookie}` must start with `/` and hold at \
             most 1024 bytes of visible ASCII without `;`"
        );
        if let Some(domain) = &self.domain {
            assert!(
                is_domain(domain),
                "the domain {domain:?} of the session cookie `{cookie}` must be a host name such \
                 as `example.com`"
            );
        }
        assert!(
            self.secure || self.same_site != SameSite::None,
            "browsers refuse a cookie with `SameSite=None` that is not `Secure`: the session \
             cookie `{cookie}` cannot have both `same_site(SameSite::None)` and `insecure_http()`"
        );
        assert!(
            self.secure || !self.partitioned,
            "browsers refuse a partitioned cookie that is not `Secure`: the session cookie \
             `{cookie}` cannot have both `partitioned()` and `insecure_http()`"
        );
    }
}

fn is_attribute_byte(byte: u8) -> bool {
    byte.is_ascii_graphic() && byte != b';'
}

/// A name of several labels: browsers take neither an address nor a whole top-level domain.
fn is_domain(domain: &str) -> bool {
    let is_label = |label: &str| {
        let mut bytes = label.bytes();
        let in_bounds = (1..=63).contains(&label.len());
        let has_edge = label.starts_with('-') || label.ends_with('-');
        in_bounds && !has_edge && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    let is_address = domain.parse::<Ipv4Addr>().is_ok();
    !is_address && domain.contains('.') && domain.split('.').all(is_label)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(change: impl FnOnce(&mut CookieSpec)) -> CookieSpec {
        let mut spec = CookieSpec::new("shop");
        change(&mut spec);
        spec.expect_browsers_accept();
        spec
    }

    fn everything(spec: &mut CookieSpec) {
        spec.path = "/app".to_owned();
        spec.domain = Some("example.com".to_owned());
        spec.same_site = SameSite::None;
        spec.partitioned = true;
    }

    #[test]
    fn the_scope_chooses_the_prefix() {
        assert_eq!(spec(|_| {}).full_name(Part::Main), "__Host-shop");
        assert_eq!(
            spec(|spec| spec.secure = false).full_name(Part::Main),
            "shop"
        );
        let path = spec(|spec| spec.path = "/app".to_owned());
        assert_eq!(path.full_name(Part::Main), "__Secure-shop");
        let domain = spec(|spec| spec.domain = Some("example.com".to_owned()));
        assert_eq!(domain.full_name(Part::Main), "__Secure-shop");
    }

    #[test]
    fn the_default_cookie_is_locked_down() {
        assert_eq!(
            spec(|_| {}).set(Part::Main, "v", None),
            "__Host-shop=v; Path=/; HttpOnly; SameSite=Lax; Secure"
        );
    }

    #[test]
    fn a_part_has_a_name_of_its_own_and_may_outlive_the_browser() {
        assert_eq!(
            spec(|_| {}).set(Part::Flash, "v", Some(300)),
            "__Host-shop.flash=v; Path=/; Max-Age=300; HttpOnly; SameSite=Lax; Secure"
        );
    }

    #[test]
    fn a_removal_mirrors_every_attribute_of_the_cookie() {
        let spec = spec(everything);
        let (set, removal) = (spec.set(Part::Main, "", None), spec.removal(Part::Main));
        let (set, removal) = (set.to_str().unwrap(), removal.to_str().unwrap());
        let mut left: Vec<_> = removal.split("; ").collect();
        for attribute in set.split("; ") {
            assert_eq!(left.iter().filter(|other| **other == attribute).count(), 1);
            left.retain(|other| *other != attribute);
        }
        assert_eq!(left, ["Max-Age=0", "Expires=Thu, 01 Jan 1970 00:00:00 GMT"]);
        assert!(set.contains("Domain=example.com") && set.contains("Partitioned"));
    }

    #[test]
    fn what_browsers_refuse_panics_with_a_sentence() {
        type Change = fn(&mut CookieSpec);
        let cases: [(Change, &str); 12] = [
            (|spec| spec.path = format!("/{}", "a".repeat(1024)), "1024"),
            (|spec| spec.domain = Some("com".to_owned()), "host name"),
            (
                |spec| spec.domain = Some("127.0.0.1".to_owned()),
                "host name",
            ),
            (|spec| spec.domain = Some("a-.com".to_owned()), "host name"),
            (|spec| spec.path = String::new(), "must start with `/`"),
            (|spec| spec.path = "app".to_owned(), "must start with `/`"),
            (|spec| spec.path = "/a; Domain=x".to_owned(), "without `;`"),
            (
                |spec| spec.domain = Some(".example.com".to_owned()),
                "host name",
            ),
            (
                |spec| spec.domain = Some("a.com; Secure".to_owned()),
                "host name",
            ),
            (|spec| spec.domain = Some(String::new()), "host name"),
            (
                |spec| {
                    spec.secure = false;
                    spec.same_site = SameSite::None;
                },
                "`SameSite=None`",
            ),
            (
                |spec| {
                    spec.secure = false;
                    spec.partitioned = true;
                },
                "partitioned",
            ),
        ];
        for (change, sentence) in cases {
            let panic = std::panic::catch_unwind(|| spec(change)).unwrap_err();
            let message = panic.downcast_ref::<String>().unwrap();
            assert!(message.contains(sentence), "{message}");
        }
    }
}
