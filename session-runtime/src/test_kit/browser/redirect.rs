//! The next request after a response that redirects the browser, by the rules of the Fetch standard.

use http::header::LOCATION;
use http::{Method, Response, StatusCode, Uri};

/// The next request.
#[derive(Debug, PartialEq)]
pub(super) struct Redirect {
    pub(super) method: Method,
    pub(super) uri: Uri,
    pub(super) keeps_body: bool,
}

/// `None` when the response does not redirect, or to another host than the router's.
pub(super) fn redirect<B>(method: &Method, base: &Uri, response: &Response<B>) -> Option<Redirect> {
    let becomes_get = match response.status() {
        StatusCode::MOVED_PERMANENTLY | StatusCode::FOUND => *method == Method::POST,
        StatusCode::SEE_OTHER => !matches!(*method, Method::GET | Method::HEAD),
        StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT => false,
        _ => return None,
    };
    let location = response.headers().get(LOCATION)?.to_str().ok()?;
    Some(Redirect {
        method: if becomes_get {
            Method::GET
        } else {
            method.clone()
        },
        uri: resolve(base, location)?,
        keeps_body: !becomes_get,
    })
}

/// Resolves `location` on the page `base`. Returns `None` if it is on another host.
fn resolve(base: &Uri, location: &str) -> Option<Uri> {
    let location = location.split('#').next().unwrap_or_default();
    if location.starts_with("//") {
        return None;
    }
    if location.contains("://") {
        let uri: Uri = location.parse().ok()?;
        return (uri.authority() == base.authority()).then_some(uri);
    }
    let path = match location.bytes().next() {
        None => base.path_and_query()?.to_string(),
        Some(b'/') => without_dots(location),
        Some(b'?') => format!("{}{location}", base.path()),
        Some(_) => without_dots(&format!("{}/{location}", directory(base.path()))),
    };
    let mut parts = base.clone().into_parts();
    parts.path_and_query = Some(path.parse().ok()?);
    Uri::from_parts(parts).ok()
}

/// The path up to its last slash, without it.
pub(super) fn directory(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(directory, _)| directory)
}

fn without_dots(location: &str) -> String {
    let (path, query) = match location.split_once('?') {
        Some((path, query)) => (path, format!("?{query}")),
        None => (location, String::new()),
    };
    let mut kept = Vec::new();
    let mut segments = path.split('/').skip(1).peekable();
    while let Some(segment) = segments.next() {
        let is_last = segments.peek().is_none();
        match segment {
            "." => {}
            ".." => _ = kept.pop(),
            segment => {
                kept.push(segment);
                continue;
            }
        }
        if is_last {
            kept.push("");
        }
    }
    format!("/{}{query}", kept.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_location_is_resolved_against_the_page() {
        let cases = [
            ("/a/b?c=1", "/x", "/x"),
            ("/a/b?c=1", "/x?y=/../z#part", "/x?y=/../z"),
            ("/a/b?c=1", "x", "/a/x"),
            ("/a/b/", "x/./y", "/a/b/x/y"),
            ("/a/b", "../x", "/x"),
            ("/a/b", "../../..", "/"),
            ("/a/b/c", ".", "/a/b/"),
            ("/a/b?c=1", "?d=2", "/a/b?d=2"),
            ("/a/b?c=1", "", "/a/b?c=1"),
            ("/a/b?c=1", "#part", "/a/b?c=1"),
            ("https://shop.test/a/b", "x", "https://shop.test/a/x"),
            (
                "https://shop.test/a",
                "https://shop.test/x",
                "https://shop.test/x",
            ),
        ];
        for (base, location, expected) in cases {
            let resolved = resolve(&base.parse().unwrap(), location);
            assert_eq!(resolved.unwrap(), expected, "{location:?} on {base:?}");
        }
    }

    #[test]
    fn another_host_is_not_the_routers() {
        for location in ["https://other.test/x", "//other.test/x"] {
            assert_eq!(resolve(&"/a".parse().unwrap(), location), None);
            let base = "https://shop.test/".parse().unwrap();
            assert_eq!(resolve(&base, location), None);
        }
    }

    #[test]
    fn the_status_chooses_the_method() {
        let cases = [
            (301, "POST", Some("GET")),
            (302, "POST", Some("GET")),
            (303, "POST", Some("GET")),
            (302, "PUT", Some("PUT")),
            (303, "PUT", Some("GET")),
            (303, "HEAD", Some("HEAD")),
            (307, "POST", Some("POST")),
            (308, "POST", Some("POST")),
            (302, "GET", Some("GET")),
            (200, "POST", None),
            (304, "GET", None),
        ];
        for (status, method, expected) in cases {
            let response = Response::builder().status(status).header(LOCATION, "/");
            let response = response.body(()).unwrap();
            let method = method.parse().unwrap();
            let next = redirect(&method, &"/a".parse().unwrap(), &response);
            let found = next.as_ref().map(|next| next.method.as_str());
            assert_eq!(found, expected, "{status} {method}");
            assert!(next.is_none_or(|next| next.keeps_body == (next.method == method)));
        }
    }
}
