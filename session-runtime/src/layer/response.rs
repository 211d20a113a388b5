//! The changes that a session makes to a response.

use http::header::{CACHE_CONTROL, RETRY_AFTER, SET_COOKIE, VARY};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};

use super::facts::HeaderFacts;
use super::plain_http::Connection;
use crate::event;
use crate::slot::{Commit, ResponseFacts, RowOutcome, RowWork, Slot, TakesUpkeep};

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
    let headers = HeaderFacts::of(response.headers(), slot.config.cookie_name());
    let status = handler_status(&response);
    let has_body = status != StatusCode::NOT_MODIFIED;
    let mut commit = session.commit(ResponseFacts {
        status,
        takes_upkeep: if has_body && !headers.is_public(|| slot.config.now()) {
            TakesUpkeep::Yes
        } else {
            TakesUpkeep::BesideACookie
        },
        // Also where a neighbour made a 500 of a page that its handler was content with.
        is_seen: has_body && !request.is_head && response.status().as_u16() < 500,
        is_page: headers.is_page,
    });
    match commit.row.take() {
        None => Committed::Done(finish(response, headers, commit, slot, request)),
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
    let headers = HeaderFacts::of(response.headers(), slot.config.cookie_name());
    finish(response, headers, commit, slot, request)
}

/// Puts what the session decided into its response.
fn finish<B: Default>(
    mut response: Response<B>,
    mut headers: HeaderFacts,
    commit: Commit,
    slot: &Slot,
    request: &RequestFacts,
) -> Response<B> {
    let Commit {
        set_cookies, fails, ..
    } = commit;
    if fails {
        response = failed(response, StatusCode::INTERNAL_SERVER_ERROR);
        headers = HeaderFacts::of(response.headers(), slot.config.cookie_name());
    }
    if headers.names_our_cookie {
        event::foreign_cookie(&slot.config);
    }
    if set_cookies.is_empty() && request.leftovers.is_empty() {
        headers.keep_private(response.headers_mut());
    } else {
        request.connection.report(&slot.config);
        headers.forbid_storing(response.headers_mut());
    }
    let leftovers = request.leftovers.iter().cloned();
    append(response.headers_mut(), leftovers.chain(set_cookies));
    headers.vary_by_cookie(response.headers_mut());
    response
}

fn append(headers: &mut HeaderMap, set_cookies: impl IntoIterator<Item = HeaderValue>) {
    for line in set_cookies {
        headers.append(SET_COOKIE, line);
    }
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
    let no_store = HeaderValue::from_static("no-store");
    response.headers_mut().insert(CACHE_CONTROL, no_store);
    response
}

/// The response of a request whose session the store did not save. The visitor may try again a moment later.
fn unavailable<B: Default>(original: Response<B>) -> Response<B> {
    let mut response = failed(original, StatusCode::SERVICE_UNAVAILABLE);
    let headers = response.headers_mut();
    headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
    response
}
