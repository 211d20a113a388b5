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
        takes_upkeep: if !has_body {
            TakesUpkeep::No
        } else if headers.is_public(|| slot.config.now()) {
            TakesUpkeep::BesideACookie
        } else {
            TakesUpkeep::Yes
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
        send(response.headers_mut(), row.set_cookie);
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
        report_other_line(slot, !set_cookies.is_empty());
    }
    if set_cookies.is_empty() && request.leftovers.is_empty() {
        headers.keep_private(response.headers_mut());
    } else {
        request.connection.report(&slot.config);
        headers.forbid_storing(response.headers_mut());
    }
    let leftovers = request.leftovers.iter().cloned();
    send(response.headers_mut(), leftovers.chain(set_cookies));
    headers.vary_by_cookie(response.headers_mut());
    response
}

/// Warns of a line for our cookie that was there before. One of a layer further in only matters if ours follows it.
fn report_other_line(slot: &Slot, is_overwritten: bool) {
    if !slot.has_another_inside() {
        event::foreign_cookie(&slot.config);
    } else if is_overwritten {
        event::overwritten_by_outer_layer(&slot.config);
    }
}

/// Puts lines behind those that are there, and what sets a cookie before removals: some clients take a removal back when
/// another line follows it (curl 7.88).
fn send(headers: &mut HeaderMap, set_cookies: impl IntoIterator<Item = HeaderValue>) {
    for line in set_cookies {
        let removals = if is_removal(&line) {
            Vec::new()
        } else {
            take_removals_before(&line, headers)
        };
        for line in [line].into_iter().chain(removals) {
            headers.append(SET_COOKIE, line);
        }
    }
}

/// Takes the removals at the end that are of other cookies than the line. One of its own cookie is left, because the last line
/// counts.
fn take_removals_before(line: &HeaderValue, headers: &mut HeaderMap) -> Vec<HeaderValue> {
    let moves = |other: &&HeaderValue| is_removal(other) && name_of(other) != name_of(line);
    let lines = headers.get_all(SET_COOKIE);
    let count = lines.iter().rev().take_while(moves).count();
    if count == 0 {
        return Vec::new();
    }
    let mut lines: Vec<HeaderValue> = lines.iter().cloned().collect();
    let removals = lines.split_off(lines.len() - count);
    headers.remove(SET_COOKIE);
    for line in lines {
        headers.append(SET_COOKIE, line);
    }
    removals
}

/// A removal as we write it, and others too. Most lines are none, and are told by the first byte of their value.
fn is_removal(line: &HeaderValue) -> bool {
    let line = line.as_bytes();
    let value = line.iter().position(|byte| *byte == b'=').map(|at| at + 1);
    let is_empty = value.is_some_and(|value| line.get(value) == Some(&b';'));
    is_empty
        && line
            .split(|byte| *byte == b';')
            .any(|attribute| attribute.trim_ascii() == b"Max-Age=0")
}

fn name_of(line: &HeaderValue) -> Option<&[u8]> {
    line.as_bytes().split(|byte| *byte == b'=').next()
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
