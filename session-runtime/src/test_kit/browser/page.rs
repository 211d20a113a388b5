use std::borrow::Cow;
use std::fmt;

use bytes::Bytes;
use http::response::Parts;
use http::{HeaderMap, HeaderName, StatusCode, Uri};

/// A response that a [`Browser`](super::Browser) has read to its end.
///
/// ```
/// use axum::{Router, http::StatusCode, routing::get};
/// use session_runtime::test_kit::Browser;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let app = Router::new().route("/", get(async || [("x-lang", "en")].into_response()));
/// # use axum::response::IntoResponse;
/// let page = Browser::new(app).get("/").await;
/// assert_eq!(page.status(), StatusCode::OK);
/// assert_eq!(page.header("x-lang"), Some("en"));
/// assert_eq!(page.text(), "");
/// # }
/// ```
#[derive(Clone)]
pub struct Page {
    pub(super) uri: Uri,
    pub(super) head: Parts,
    pub(super) body: Bytes,
}

impl Page {
    /// The address of the page, after redirects.
    pub fn uri(&self) -> &Uri {
        &self.uri
    }

    /// The response's status.
    pub fn status(&self) -> StatusCode {
        self.head.status
    }

    /// The response's headers: after redirects those of the last response.
    pub fn headers(&self) -> &HeaderMap {
        &self.head.headers
    }

    /// The first line of one header; `None` if there is none, or it is not visible ASCII.
    pub fn header(&self, name: impl TryInto<HeaderName>) -> Option<&str> {
        let name = name.try_into().ok()?;
        self.headers().get(name)?.to_str().ok()
    }

    /// The body as text; what is not UTF-8 shows as `�`.
    pub fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.body)
    }

    /// The body.
    pub fn bytes(&self) -> &Bytes {
        &self.body
    }
}

/// Without the body, which may show a session, and without values of cookies.
impl fmt::Debug for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Page")
            .field("uri", &self.uri)
            .field("status", &self.head.status)
            .field("headers", &self.head.headers)
            .field("bytes", &self.body.len())
            .finish()
    }
}
