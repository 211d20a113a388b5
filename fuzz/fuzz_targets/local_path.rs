//! Any text as `next`: what is a path of this site leads a browser to this site.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use session_runtime::local_path;
use url::Url;

static PAGE: LazyLock<Url> = LazyLock::new(|| "https://shop.example/login?x=1".parse().unwrap());

fuzz_target!(|text: &str| {
    if let Some(path) = local_path(text) {
        assert_eq!(path, text);
        let target = PAGE.join(path).expect("a browser understands it");
        assert_eq!(target.origin(), PAGE.origin(), "{path}");
        assert!(axum::http::HeaderValue::from_str(path).is_ok());
    } else if let Some(rest) = text.strip_prefix('/') {
        // Nothing is refused that an application writes by itself.
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/?&=%-_.~".contains(&byte);
        assert!(rest.starts_with('/') || !rest.bytes().all(plain), "{text}");
    }
});
