//! Recipe: static files and a CDN beside sessions.
//!
//! ```text
//! cargo run -p examples --bin static_files
//! ```
//!
//! A page that asks for the session is never kept by a cache that visitors share: the layer says `private` or `no-store`.
//! Files ask for no session, so a CDN may keep them. A page that is the same for all visitors asks for none either.

use std::error::Error;

use axum::Router;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{Html, IntoResponse};
use axum::routing::get;
use examples::{keys, serve};
use session_runtime::{Session, SessionLayer};

#[derive(Session)]
#[session(cookie = "static-files")]
struct Shop {
    visits: u32,
}

async fn index(mut session: Session<Shop>) -> Html<String> {
    session.visits += 1;
    Html(format!(
        "<link rel=stylesheet href=/site.css>Visit number: {}",
        session.visits
    ))
}

/// The same for all, so it takes no session. The route may stand inside of the layer: what asks for no session has no cookie.
async fn about() -> impl IntoResponse {
    (
        [(CACHE_CONTROL, "public, max-age=600")],
        Html("<p>A shop since 1907.</p>"),
    )
}

/// A name with a version in it may be kept for a year: `tower_http::services::ServeDir` serves a folder of such files.
async fn css() -> impl IntoResponse {
    let headers = [
        (CONTENT_TYPE, "text/css"),
        (CACHE_CONTROL, "public, max-age=31536000, immutable"),
    ];
    (headers, "body { font-family: sans-serif }")
}

fn app(layer: SessionLayer<Shop>) -> Router {
    Router::new()
        .route("/", get(index))
        .route("/about", get(about))
        .layer(layer)
        .route("/site.css", get(css))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt::init();
    Ok(serve(
        "static_files",
        app(SessionLayer::new(keys("static_files")?)),
    )
    .await?)
}

#[cfg(test)]
mod tests {
    use session_runtime::Keyring;
    use session_runtime::test_kit::Browser;

    use super::*;

    #[tokio::test]
    async fn a_cache_keeps_files_and_common_pages_and_no_page_of_a_visitor() {
        let mut browser = Browser::new(app(SessionLayer::new(Keyring::ephemeral())));
        browser.get("/").await;
        for path in ["/about", "/site.css"] {
            let page = browser.get(path).await;
            assert!(
                page.header("cache-control").unwrap().starts_with("public"),
                "{path}"
            );
            assert!(page.header("set-cookie").is_none(), "{path}");
        }
        assert_eq!(
            browser.get("/").await.header("cache-control"),
            Some("no-store")
        );
    }
}
