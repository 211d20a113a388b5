//! The next request after a response that redirects the browser, by the rules of the Fetch standard.

use http::header::LOCATION;
use http::{Method, Response, StatusCode, Uri};
use url::{Position, Url};

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
    let page = address(base)?;
    let target = page.join(location).ok()?;
    if !target.has_host() || target.authority() != page.authority() {
        return None;
    }
    let start = match base.authority() {
        Some(_) => Position::BeforeScheme,
        None => Position::BeforePath,
    };
    target[start..Position::AfterQuery].parse().ok()
}

/// The address of a page. A router's pages seldom have a host, so that one stands in for it.
fn address(uri: &Uri) -> Option<Url> {
    let address = match uri.authority() {
        Some(_) => uri.to_string(),
        None => format!("http://router.invalid{uri}"),
    };
    Url::parse(&address).ok()
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
            ("/a/b", "x y", "/a/x%20y"),
            ("//a/b", "x", "//a/x"),
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
        for location in [
            "https://other.test/x",
            "//other.test/x",
            "/\\other.test/x",
            "mailto:ann@shop.test",
        ] {
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
