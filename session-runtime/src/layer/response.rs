//! The changes that a session makes to a response.

use http::header::{CONTENT_TYPE, RETRY_AFTER, SET_COOKIE, VARY};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};

use super::caching::{forbid_storing, is_public, keep_private, vary_by_cookie};
use super::plain_http::Connection;
use crate::cookie;
use crate::event;
use crate::slot::{Commit, ResponseFacts, RowOutcome, RowWork, Slot};

/// The status that the handler answered with, beside the failure that a session layer made of it. Other
/// sessions of the request are saved by what the handler did, not by what a neighbour could not.
#[derive(Clone, Copy)]
struct HandlerStatus {
    handler: StatusCode,
    failure: StatusCode,
}

/// The facts about a request that are needed when its response is made.
pub(super) struct RequestFacts {
    is_head: bool,
    pub(super) connection: Connection,
    /// Removals of cookies beside the session's own, see [`Connection::leftovers`].
    pub(super) leftovers: Vec<HeaderValue>,
}

impl RequestFacts {
    pub(super) fn new<B>(request: &Request<B>) -> Self {
        Self {
            is_head: request.method() == Method::HEAD,
            connection: Connection::of(request),
            leftovers: Vec::new(),
        }
    }
}

/// A response, as far as it is made.
pub(super) enum Committed<B> {
    Done(Response<B>),
    /// The row of a stored session comes first.
    Waiting {
        response: Response<B>,
        commit: Commit,
        row: Box<RowWork>,
    },
}

/// Decides what a response does about the session of `slot`.
pub(super) fn commit<B: Default>(
    response: Response<B>,
    slot: &Slot,
    request: &RequestFacts,
) -> Committed<B> {
    let Some(session) = slot.close() else {
        return Committed::Done(response);
    };
    let status = handler_status(&response);
    let has_body = status != StatusCode::NOT_MODIFIED;
    let mut commit = session.commit(ResponseFacts {
        status,
        takes_upkeep: has_body && !is_public(response.headers()),
        // Also where a neighbour made a 500 of a page that its handler was content with.
        is_seen: has_body && !request.is_head && response.status().as_u16() < 500,
        is_page: is_page(response.headers()),
    });
    match commit.row.take() {
        None => Committed::Done(finish(response, commit, slot, request)),
        Some(row) => Committed::Waiting {
            response,
            commit,
            row,
        },
    }
}

/// Puts what became of the row of a stored session into its response.
pub(super) fn finish_with_row<B: Default>(
    response: Response<B>,
    mut commit: Commit,
    row: RowOutcome,
    slot: &Slot,
    request: &RequestFacts,
) -> Response<B> {
    if row.fails {
        let mut response = unavailable(response);
        append(response.headers_mut(), row.set_cookie);
        return response;
    }
    commit.set_cookies.extend(row.set_cookie);
    finish(response, commit, slot, request)
}

/// Puts what the session decided into its response.
fn finish<B: Default>(
    mut response: Response<B>,
    commit: Commit,
    slot: &Slot,
    request: &RequestFacts,
) -> Response<B> {
    let Commit {
        set_cookies, fails, ..
    } = commit;
    if fails {
        response = failed(response, StatusCode::INTERNAL_SERVER_ERROR);
    }
    if names_our_cookie(response.headers(), slot.config.cookie_name()) {
        event::foreign_cookie(&slot.config);
    }
    if !(set_cookies.is_empty() && request.leftovers.is_empty()) {
        request.connection.report(&slot.config);
        forbid_storing(response.headers_mut());
    }
    let leftovers = request.leftovers.iter().cloned();
    append(response.headers_mut(), leftovers.chain(set_cookies));
    keep_private(response.headers_mut());
    vary_by_cookie(response.headers_mut());
    response
}

fn append(headers: &mut HeaderMap, set_cookies: impl IntoIterator<Item = HeaderValue>) {
    for line in set_cookies {
        headers.append(SET_COOKIE, line);
    }
}

fn is_page(headers: &HeaderMap) -> bool {
    let media_type = headers.get(CONTENT_TYPE).map(HeaderValue::as_bytes);
    media_type.is_some_and(|media_type| media_type.starts_with(b"text/html"))
}

/// Returns true if the application itself writes to one of our cookies. The line of the application
/// is left, and our lines follow it.
fn names_our_cookie(headers: &HeaderMap, name: &str) -> bool {
    let lines = headers.get_all(SET_COOKIE).into_iter();
    lines
        .map(HeaderValue::as_bytes)
        .any(|line| cookie::value_of(line, name).is_some())
}

fn handler_status<B>(response: &Response<B>) -> StatusCode {
    match response.extensions().get::<HandlerStatus>() {
        // Another status by now means that a service in between has decided anew.
        Some(status) if status.failure == response.status() => status.handler,
        _ => response.status(),
    }
}

pub(super) fn internal_server_error<B: Default>() -> Response<B> {
    let mut response = Response::default();
    *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    response
}

/// The response in place of one whose session cannot be saved. Cookies of others stay; no cache
/// keeps it, whatever it was to keep of the original.
fn failed<B: Default>(mut original: Response<B>, failure: StatusCode) -> Response<B> {
    let handler = handler_status(&original);
    let mut response = Response::<B>::default();
    *response.status_mut() = failure;
    for name in [SET_COOKIE, VARY] {
        for value in original.headers().get_all(&name) {
            response.headers_mut().append(&name, value.clone());
        }
    }
    std::mem::swap(response.extensions_mut(), original.extensions_mut());
    let status = HandlerStatus { handler, failure };
    response.extensions_mut().insert(status);
    forbid_storing(response.headers_mut());
    response
}

/// The response of a request whose session the store did not save. The visitor may try again a moment later.
fn unavailable<B: Default>(original: Response<B>) -> Response<B> {
    let mut response = failed(original, StatusCode::SERVICE_UNAVAILABLE);
    let headers = response.headers_mut();
    headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
    response
}
