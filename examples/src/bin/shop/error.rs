//! Errors, and the page that shows them.

use askama::Template;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::http::header::{ACCEPT, CONTENT_LENGTH, CONTENT_TYPE, HeaderValue};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use session_runtime::SessionError;

/// The reason why a page is not there.
#[derive(Debug)]
pub(crate) enum Error {
    NotFound,
    Session(SessionError),
    /// A text for the log. The visitor does not see it.
    Internal(String),
}

impl From<SessionError> for Error {
    fn from(error: SessionError) -> Self {
        Self::Session(error)
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        Self::Internal(error.to_string())
    }
}

impl From<askama::Error> for Error {
    fn from(error: askama::Error) -> Self {
        Self::Internal(error.to_string())
    }
}

/// Only the status: [`as_page`] makes a page of it.
impl IntoResponse for Error {
    fn into_response(self) -> Response {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND.into_response(),
            Self::Session(error) => error.into_response(),
            Self::Internal(error) => {
                tracing::error!(error, "a page failed");
                StatusCode::INTERNAL_SERVER_ERROR.into_response()
            }
        }
    }
}

#[derive(Template)]
#[template(path = "shop/error.html")]
struct ErrorPage {
    title: &'static str,
    text: &'static str,
}

/// Middleware around everything, also around the layers of the sessions: an error becomes a page, for those who asked for
/// one. The status stays, and so do the cookies.
pub(crate) async fn as_page(request: Request, next: Next) -> Response {
    let accept = request.headers().get(ACCEPT).map(HeaderValue::as_bytes);
    let is_for_page = accept.is_some_and(|accept| accept.starts_with(b"text/html"));
    let response = next.run(request).await;
    match page_of(response.status()).filter(|_| is_for_page) {
        Some(page) => {
            let (mut head, _) = response.into_parts();
            head.headers.remove(CONTENT_LENGTH);
            let html = HeaderValue::from_static("text/html; charset=utf-8");
            head.headers.insert(CONTENT_TYPE, html);
            Response::from_parts(head, page.into())
        }
        None => response,
    }
}

fn page_of(status: StatusCode) -> Option<String> {
    let (title, text) = match status {
        StatusCode::NOT_FOUND => ("Not found", "There is no such page in this shop."),
        StatusCode::FORBIDDEN => (
            "Not from here",
            "This form was sent by another site, so nothing was changed.",
        ),
        StatusCode::SERVICE_UNAVAILABLE => (
            "One moment, please",
            "The shop cannot reach your session. Nothing is lost: try again in a minute.",
        ),
        status if status.is_server_error() => (
            "Sorry",
            "Something went wrong, and nothing was changed. We have been told.",
        ),
        status if status.is_client_error() => (
            "Not understood",
            "The shop does not understand this request.",
        ),
        _ => return None,
    };
    ErrorPage { title, text }.render().ok()
}
