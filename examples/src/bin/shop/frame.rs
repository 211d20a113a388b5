//! The head and the foot of each page.

use askama::Template;
use axum::response::{Html, IntoResponse, Response};
use session_runtime::store::Why;
use session_runtime::{Session, SessionInfo, SessionState};

use crate::error::Error;
use crate::session::{Shop, Theme};

/// The head and the foot of a page.
pub(crate) struct Frame {
    pub(crate) theme: &'static str,
    /// The name of the user; empty for a visitor who is not logged in.
    pub(crate) name: String,
    pub(crate) items: u32,
    pub(crate) notice: Option<String>,
}

impl Frame {
    /// Takes the notice out of the session, so it is shown once. A session that has ended says why.
    pub(crate) fn take(session: &mut Session<Shop>) -> Self {
        let ended = why_ended(&Session::info(session)).map(str::to_owned);
        Self {
            theme: match session.theme {
                Theme::Auto => "light dark",
                Theme::Light => "light",
                Theme::Dark => "dark",
            },
            name: session.name.clone(),
            items: session.cart.iter().map(|line| line.quantity).sum(),
            notice: session.notice.take().or(ended),
        }
    }
}

fn why_ended(info: &SessionInfo) -> Option<&'static str> {
    match (info.state(), info.why_ended()) {
        (SessionState::Expired, _) => Some("Your session has expired. Please log in again."),
        (SessionState::Ended, Some(Why::ByApplication)) => {
            Some("You were logged out on another device, or your password was changed.")
        }
        _ => None,
    }
}

/// A template as a response.
pub(crate) struct Page<T>(pub(crate) T);

impl<T: Template> IntoResponse for Page<T> {
    fn into_response(self) -> Response {
        match self.0.render() {
            Ok(html) => Html(html).into_response(),
            Err(error) => Error::from(error).into_response(),
        }
    }
}
