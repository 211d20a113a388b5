//! The form of our cookies in a response.

use std::net::Ipv4Addr;

use super::line::CookieLines;
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
        let prefix = match (self.secure, &self.domain, self.path.as_str()) {
            (false, ..) => "",
            (true, None, "/") => "__Host-",
            (true, ..) => "__Secure-",
        };
        [prefix, self.base_name, part.suffix()].concat()
    }

    /// The lines that set and remove the cookie of a part.
    pub(crate) fn lines(&self, part: Part) -> CookieLines {
        let mut scope = format!("; Path={}", self.path);
        if let Some(domain) = &self.domain {
            scope.push_str("; Domain=");
            scope.push_str(domain);
        }
        let mut guards = format!("; HttpOnly; SameSite={}", self.same_site.as_str());
        if self.secure {
            guards.push_str("; Secure");
        }
        if self.partitioned {
            guards.push_str("; Partitioned");
        }
        CookieLines {
            name: self.full_name(part) + "=",
            scope,
            guards,
        }
    }

    /// Panics when a browser would throw the cookie away, while somebody looks at the program.
    #[track_caller]
    pub(crate) fn expect_browsers_accept(&self) {
        let cookie = self.base_name;
        let path = &self.path;
        assert!(
            path.starts_with('/') && path.len() <= 1024 && path.bytes().all(is_path_byte),
            "the path {path:?} of the session cookie `{cookie}` must start with `/` and hold at \
             most 1024 bytes of visible ASCII without `;`, `?` and `#`"
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

    /// Panics when browsers take the cookie, and never send it where it is meant to work. Its options come one by one, so
    /// this is asked when the router is made.
    pub(crate) fn expect_browsers_send(&self) {
        let (cookie, same_site) = (self.base_name, self.same_site.as_str());
        assert!(
            !self.partitioned || self.same_site == SameSite::None,
            "a partitioned cookie is for frames in other sites, and browsers send no cookie with `SameSite={same_site}` \
             there: the session cookie `{cookie}` has `partitioned()` alone\n\
             help: write `.same_site(SameSite::None).partitioned()`, or leave `partitioned()` out"
        );
    }
}

/// Browsers compare the path with that of an address, which ends before its query and its fragment.
fn is_path_byte(byte: u8) -> bool {
    byte.is_ascii_graphic() && !b";?#".contains(&byte)
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
    use crate::token::Sealed;

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
            spec(|_| {}).lines(Part::Main).set(&Sealed::of(b"v"), None),
            "__Host-shop=dg; Path=/; HttpOnly; SameSite=Lax; Secure"
        );
    }

    #[test]
    fn a_part_has_a_name_of_its_own_and_may_outlive_the_browser() {
        assert_eq!(
            spec(|_| {})
                .lines(Part::Flash)
                .set(&Sealed::of(b"v"), Some(300)),
            "__Host-shop.flash=dg; Path=/; Max-Age=300; HttpOnly; SameSite=Lax; Secure"
        );
    }

    #[test]
    fn a_removal_mirrors_every_attribute_of_the_cookie() {
        let spec = spec(everything);
        let lines = spec.lines(Part::Main);
        let (set, removal) = (lines.set(&Sealed::of(b""), None), lines.removal());
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
    fn a_domain_is_a_name_of_labels() {
        let long = "a".repeat(63);
        for good in [
            "a.b",
            "a-b.example.com",
            &format!("{long}.com"),
            "1.example.com",
        ] {
            assert!(is_domain(good), "{good}");
        }
        let longer = format!("a{long}.com");
        for bad in [
            "-a.com", "a-.com", "a..com", "a.com.", "com", "a_b.com", "10.0.0.1", &longer,
        ] {
            assert!(!is_domain(bad), "{bad}");
        }
    }

    #[test]
    fn what_browsers_refuse_panics_with_a_sentence() {
        type Change = fn(&mut CookieSpec);
        let cases: [(Change, &str); 14] = [
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
            (|spec| spec.path = "/a?b".to_owned(), "`?`"),
            (|spec| spec.path = "/a#b".to_owned(), "`#`"),
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
