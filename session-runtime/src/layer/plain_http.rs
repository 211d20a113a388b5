//! Plain http while an application is developed. Browsers throw a `Secure` cookie away that comes over
//! plain http from another machine, and Safari also one that comes from the same machine. Debug builds
//! give a loopback address the cookie that all browsers take, and warn of everything else once.

use std::net::Ipv4Addr;
use std::sync::Arc;

use http::header::{FORWARDED, HOST};
use http::uri::Authority;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Uri};

use crate::config::Config;
use crate::cookie;
use crate::event;

const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// The way in which a request came, as far as it can be seen here. Release builds do not look.
pub(super) enum Connection {
    /// By https, or there is no telling.
    NotPlain,
    /// By plain http, from a browser on this machine.
    Loopback,
    /// By plain http, to this host.
    Plain(Box<str>),
}

impl Connection {
    pub(super) fn of<B>(request: &Request<B>) -> Self {
        if !cfg!(debug_assertions) || is_https(request.uri(), request.headers()) {
            return Self::NotPlain;
        }
        match host(request.uri(), request.headers()) {
            None => Self::NotPlain,
            Some(host) if is_loopback(&host) => Self::Loopback,
            Some(host) => Self::Plain(host),
        }
    }

    /// The configuration that serves such a request.
    pub(super) fn config<'a>(
        &self,
        config: &'a Arc<Config>,
        cookies: &[HeaderValue],
    ) -> &'a Arc<Config> {
        match self {
            Self::Loopback => config.for_loopback(cookies),
            Self::NotPlain | Self::Plain(_) => config,
        }
    }

    /// Removes the cookies that a debug build has set, where `config`, which serves the request, is that
    /// of https: a logout would end its cookie alone, and the session in the other would come back.
    pub(super) fn leftovers(&self, config: &Config, cookies: &[HeaderValue]) -> Vec<HeaderValue> {
        match (self, &config.on_loopback) {
            // A configuration for loopback addresses has none beside it.
            (Self::Loopback, Some(on_loopback)) => {
                let left = cookie::parts_among(cookies, on_loopback.cookie_name());
                let removals = left.into_iter();
                removals
                    .map(|part| on_loopback.part(part).lines.removal())
                    .collect()
            }
            _ => Vec::new(),
        }
    }

    /// Says what becomes of the cookie that a response sets, once for each layer.
    pub(super) fn report(&self, config: &Config) {
        match self {
            Self::Plain(host) if config.options.cookie.secure => {
                config
                    .plain_http
                    .call_once(|| event::plain_http(config, host));
            }
            Self::Loopback if config.is_on_loopback => {
                config.plain_http.call_once(|| event::loopback(config));
            }
            _ => {}
        }
    }
}

/// A server behind a proxy sees plain http, and a server that speaks TLS itself may not tell us.
fn is_https(uri: &Uri, headers: &HeaderMap) -> bool {
    let says = |name: &HeaderName, words: &[u8]| {
        let mut lines = headers.get_all(name).into_iter();
        lines.any(|line| {
            let line = line.as_bytes().to_ascii_lowercase();
            line.windows(words.len()).any(|window| window == words)
        })
    };
    uri.scheme_str() == Some("https")
        || says(&X_FORWARDED_PROTO, b"https")
        || says(&FORWARDED, b"proto=https")
        || says(&FORWARDED, b"proto=\"https\"")
}

fn host(uri: &Uri, headers: &HeaderMap) -> Option<Box<str>> {
    let asked = headers.get(HOST).map(HeaderValue::as_bytes);
    let asked = asked.and_then(|host| Authority::try_from(host).ok());
    let authority = uri.authority().or(asked.as_ref())?;
    Some(authority.host().into())
}

/// `127.0.0.1.example.com` is a name that anybody can register.
fn is_loopback(host: &str) -> bool {
    let name = host.to_ascii_lowercase();
    let address = host.parse::<Ipv4Addr>();
    name == "localhost"
        || name.ends_with(".localhost")
        || address.is_ok_and(|address| address.is_loopback())
        || host == "[::1]"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn warned_host(uri: &str, headers: &[(&str, &str)]) -> Option<String> {
        let mut request = Request::builder().uri(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        match Connection::of(&request.body(()).unwrap()) {
            Connection::Plain(host) => Some(host.into()),
            Connection::NotPlain | Connection::Loopback => None,
        }
    }

    #[test]
    fn plain_http_to_another_machine_is_noticed() {
        for (host, name) in [
            ("shop.lan", "shop.lan"),
            ("shop.lan:3000", "shop.lan"),
            ("192.168.0.7:3000", "192.168.0.7"),
            ("[fe80::1]:3000", "[fe80::1]"),
            ("[fe80::1]", "[fe80::1]"),
            ("notlocalhost", "notlocalhost"),
            ("127.0.0.1.example.com", "127.0.0.1.example.com"),
            ("127.example.com:80", "127.example.com"),
            ("128.0.0.1", "128.0.0.1"),
            ("localhost:80@example.com", "example.com"),
        ] {
            let warned = warned_host("/", &[("host", host)]);
            assert_eq!(warned.as_deref(), Some(name));
        }
        assert_eq!(
            warned_host("http://shop.lan/", &[]).as_deref(),
            Some("shop.lan")
        );
    }

    #[test]
    fn the_same_machine_and_https_are_not() {
        for host in [
            "localhost",
            "LOCALHOST:3000",
            "a.localhost",
            "127.0.0.1:80",
            "[::1]:3000",
            "[::1]",
        ] {
            assert_eq!(warned_host("/", &[("host", host)]), None, "{host}");
        }
        let host = ("host", "shop.lan");
        assert_eq!(
            warned_host("/", &[host, ("x-forwarded-proto", "HTTPS")]),
            None
        );
        assert_eq!(
            warned_host("/", &[host, ("forwarded", "for=1; proto=https;by=2")]),
            None
        );
        assert_eq!(
            warned_host("/", &[host, ("forwarded", "proto=\"https\"")]),
            None
        );
        assert_eq!(warned_host("https://shop.lan/", &[]), None);
        assert_eq!(warned_host("/", &[]), None);
        assert!(warned_host("/", &[host, ("x-forwarded-proto", "http")]).is_some());
    }
}
