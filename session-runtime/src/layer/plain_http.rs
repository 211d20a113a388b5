//! The most common reason why a session does not stick: browsers throw a `Secure` cookie away that
//! comes over plain http from another host than their own machine. Debug builds say so once.

use http::header::{FORWARDED, HOST};
use http::{HeaderMap, HeaderName, Request, Uri};

use crate::config::Config;
use crate::event;

const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// The host that a request went to, if over plain http and not on the same machine. Nothing in
/// release builds.
pub(super) struct Host(Option<Box<str>>);

impl Host {
    pub(super) fn of<B>(request: &Request<B>) -> Self {
        if cfg!(debug_assertions) && !is_https(request.uri(), request.headers()) {
            let host = host(request.uri(), request.headers());
            Self(host.filter(|host| !is_loopback(host)).map(Into::into))
        } else {
            Self(None)
        }
    }

    pub(super) fn warn_of_plain_http(&self, config: &Config) {
        if let Some(host) = &self.0
            && config.options.cookie.secure
        {
            config
                .plain_http
                .call_once(|| event::plain_http(config, host));
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
}

fn host<'a>(uri: &'a Uri, headers: &'a HeaderMap) -> Option<&'a str> {
    let authority = match uri.authority() {
        Some(authority) => authority.as_str(),
        None => headers.get(HOST)?.to_str().ok()?,
    };
    let without_port = authority.rsplit_once(':').map(|(host, _)| host);
    // The colons of `[::1]` are no port's.
    Some(match without_port {
        Some(host) if !authority.ends_with(']') => host,
        _ => authority,
    })
}

fn is_loopback(host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    host == "localhost"
        || host.ends_with(".localhost")
        || host.starts_with("127.")
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
        Host::of(&request.body(()).unwrap()).0.map(Into::into)
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
        assert_eq!(warned_host("https://shop.lan/", &[]), None);
        assert_eq!(warned_host("/", &[]), None);
        assert!(warned_host("/", &[host, ("x-forwarded-proto", "http")]).is_some());
    }
}
