//! The way of a request to the service, and of its response back, until a response is no redirect.

use std::fmt::Debug;
use std::future::poll_fn;
use std::panic::Location;
use std::pin::pin;

use axum_core::body::Body;
use bytes::{BufMut, Bytes, BytesMut};
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, COOKIE, TRANSFER_ENCODING};
use http::request::Parts;
use http::{Request, Response};
use tower_service::Service;

use super::redirect::{Redirect, redirect};
use super::{Browser, Page};

/// As many as browsers follow.
const MAX_REDIRECTS: usize = 20;

impl<S, B> Browser<S>
where
    S: Service<Request<Body>, Response = Response<B>>,
    S::Error: Debug,
    B: http_body::Body,
    B::Error: Debug,
{
    #[expect(clippy::panic, reason = "the router sends the browser in circles")]
    pub(super) async fn follow(&mut self, request: Request<Body>, sender: &Location<'_>) -> Page {
        let (mut head, body) = request.into_parts();
        let mut body = expect(read(body).await, "the request's body failed", sender);
        for _ in 0..=MAX_REDIRECTS {
            let response = self.exchange(head.clone(), body.clone(), sender).await;
            let redirect = redirect(&head.method, &head.uri, &response);
            let Some(redirect) = redirect.filter(|_| self.follows_redirects) else {
                let (response, body) = response.into_parts();
                return Page {
                    uri: head.uri,
                    head: response,
                    body,
                };
            };
            turn_to(&mut head, &mut body, redirect);
        }
        panic!(
            "more than {MAX_REDIRECTS} redirects, the last one to `{}`, for the request sent at \
             {sender}",
            head.uri
        )
    }

    /// One request and its response.
    async fn exchange(
        &mut self,
        mut head: Parts,
        body: Bytes,
        sender: &Location<'_>,
    ) -> Response<Bytes> {
        let path = head.uri.path().to_owned();
        if !head.headers.contains_key(COOKIE)
            && let Some(cookies) = self.cookie_header(&path)
        {
            head.headers.insert(COOKIE, cookies);
        }
        let request = Request::from_parts(head, Body::from(body));
        let ready = poll_fn(|context| self.service.poll_ready(context)).await;
        expect(ready, "the service failed", sender);
        let response = self.service.call(request).await;
        let (head, body) = expect(response, "the service failed", sender).into_parts();
        self.keep_cookies(&path, &head.headers);
        let body = expect(read(body).await, "the response's body failed", sender);
        Response::from_parts(head, body)
    }
}

fn turn_to(head: &mut Parts, body: &mut Bytes, redirect: Redirect) {
    head.method = redirect.method;
    head.uri = redirect.uri;
    if !redirect.keeps_body {
        *body = Bytes::new();
        for name in [CONTENT_TYPE, CONTENT_LENGTH, TRANSFER_ENCODING] {
            head.headers.remove(name);
        }
    }
}

/// An async function has no caller for `#[track_caller]`, so the message names it.
#[expect(
    clippy::panic,
    reason = "a test whose router fails has nothing to look at"
)]
fn expect<T>(result: Result<T, impl Debug>, failure: &str, sender: &Location<'_>) -> T {
    match result {
        Ok(value) => value,
        Err(error) => panic!("{failure} for the request sent at {sender}: {error:?}"),
    }
}

async fn read<B: http_body::Body>(body: B) -> Result<Bytes, B::Error> {
    let mut body = pin!(body);
    let mut bytes = BytesMut::new();
    while let Some(frame) = poll_fn(|context| body.as_mut().poll_frame(context)).await {
        if let Ok(data) = frame?.into_data() {
            bytes.put(data);
        }
    }
    Ok(bytes.freeze())
}
