//! A path that came back from a browser, made safe to redirect to.

/// The path of this site that `path` is, or nothing: for a `next` that came back with a form.
///
/// A link can carry any `next`. Whoever redirects to it unchecked sends visitors to another site
/// after they have logged in here, where a copy of the login page may ask for the password once more.
///
/// A path starts with one `/` and consists of visible ASCII without a backslash: browsers read
/// `//host`, `/\host` and `/<tab>/host` as another host. Everything else is a page of this site, whatever comes
/// of it there.
///
/// ```
/// use session_runtime::local_path;
///
/// assert_eq!(local_path("/orders?page=2"), Some("/orders?page=2"));
/// assert_eq!(local_path("https://evil.example/"), None);
/// assert_eq!(local_path("//evil.example"), None);
///
/// let next = Some("/orders".to_owned());
/// let target = next.as_deref().and_then(local_path).unwrap_or("/");
/// assert_eq!(target, "/orders");
/// ```
pub fn local_path(path: &str) -> Option<&str> {
    let is_visible = |byte: u8| byte.is_ascii_graphic() && byte != b'\\';
    let is_local = path.starts_with('/') && !path.starts_with("//");
    (is_local && path.bytes().all(is_visible)).then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_of_this_site_is_one() {
        for path in [
            "/",
            "/orders",
            "/orders/7?page=2&sort=%2Fdate#top",
            "/a//b",
            "/%2F/evil.example",
            "/@evil.example",
            "/:80",
            "/..//evil.example",
            "/?next=https://evil.example",
        ] {
            assert_eq!(local_path(path), Some(path), "{path}");
        }
    }

    #[test]
    fn forty_hostile_texts_are_none() {
        let hostile = [
            "",
            " ",
            "orders",
            "?next=/",
            "#top",
            ".",
            "../orders",
            "//",
            "//evil.example",
            "//evil.example/orders",
            "///evil.example",
            "////evil.example",
            "//evil.example@shop.example",
            "//localhost",
            "/\\",
            "/\\evil.example",
            "\\\\evil.example",
            "\\/evil.example",
            "/orders\\..\\evil",
            "/\t/evil.example",
            "/\n/evil.example",
            "/\r/evil.example",
            "\t//evil.example",
            " //evil.example",
            " /orders",
            "/orders ",
            "/ /evil.example",
            "/orders\r\nSet-Cookie: a=b",
            "/orders\0",
            "/\u{7f}",
            "/\u{a0}/evil.example",
            "/caf\u{e9}",
            "/\u{2044}evil.example",
            "\u{ff0f}evil.example",
            "/\u{202e}",
            "http:evil.example",
            "http://evil.example",
            "https:///evil.example",
            "javascript:alert(1)",
            "JavaScript:alert(1)",
            "data:text/html,x",
            "mailto:a@evil.example",
            "evil.example",
            "C:/orders",
        ];
        assert!(hostile.len() >= 40);
        for path in hostile {
            assert_eq!(local_path(path), None, "{path:?}");
        }
    }
}
