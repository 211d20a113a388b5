//! A request and its response without HTTP, through the layer's own slot and commit: what the kit
//! seals and opens is sealed and opened by the code that serves requests.

use std::sync::Arc;

use http::header::{COOKIE, SET_COOKIE};
use http::{Extensions, HeaderMap, HeaderValue, StatusCode};

use super::Outcome;
use crate::config::Config;
use crate::data::SessionData;
use crate::encoded::Encoded;
use crate::layer;
use crate::policy::Ending;
use crate::session::{self, Session};
use crate::slot::{Entered, Slot};
use crate::status::State;

pub(super) struct Exchange {
    pub(super) config: Arc<Config>,
    headers: HeaderMap,
    slot: Arc<Slot>,
}

impl Exchange {
    /// A request with these cookies.
    pub(super) fn new(config: &Arc<Config>, cookies: Option<HeaderValue>) -> Self {
        let headers = cookies.map(|cookies| (COOKIE, cookies));
        let Entered::New(slot) = Slot::enter(&mut Extensions::new(), config) else {
            unreachable!("no layer stands around this one")
        };
        Self {
            config: config.clone(),
            headers: headers.into_iter().collect(),
            slot,
        }
    }

    /// A request that carries `value`.
    #[track_caller]
    pub(super) fn carrying<T: SessionData>(config: &Arc<Config>, value: &T) -> Self {
        let cookie = seal(config, value).and_then(|line| pair(&line));
        Self::new(config, cookie)
    }

    pub(super) fn guard<T: SessionData>(&self) -> Session<T> {
        session::take(self.slot.clone(), &self.headers)
    }

    /// The session as published so far.
    pub(super) fn value<T: SessionData>(&self) -> T {
        let snapshot = self.slot.snapshot(&self.headers);
        session::decode(&self.config, &snapshot.records)
    }

    pub(super) fn state(&self) -> State {
        self.slot.snapshot(&self.headers).status.state()
    }

    pub(super) fn ending(&self) -> Ending {
        self.slot.ending()
    }

    /// The headers of a response with this status, and the next request of the same browser.
    #[track_caller]
    pub(super) fn respond(&mut self, status: StatusCode) -> HeaderMap {
        let response = layer::respond(&self.slot, status);
        assert!(
            response.status() == status,
            "the session `{}` cannot be saved: a field refuses to be serialized, or it does not \
             fit into a cookie; the log names the field",
            self.config.schema.type_name
        );
        let cookies = match set_cookie(&self.config, response.headers()) {
            None => self.headers.remove(COOKIE),
            Some(line) => pair(line),
        };
        *self = Self::new(&self.config, cookies);
        response.into_parts().0.headers
    }

    fn write<T: SessionData>(&self, value: &T) {
        let seen = self.slot.snapshot(&self.headers).seen;
        let changes = Encoded::of(value).changes_since(&Encoded::of(&T::fresh()));
        self.slot.publish(&changes, seen);
    }
}

/// The `Set-Cookie` of a response that gives a browser `value`; `None` for a session that has no
/// cookie because all of it is at its default.
#[track_caller]
pub(super) fn seal<T: SessionData>(config: &Arc<Config>, value: &T) -> Option<HeaderValue> {
    let mut exchange = Exchange::new(config, None);
    exchange.write(value);
    let headers = exchange.respond(StatusCode::OK);
    headers.get(SET_COOKIE).cloned()
}

/// The session that a request with these cookies carries, if the layer takes it.
pub(super) fn carried<T: SessionData>(config: &Arc<Config>, cookies: HeaderValue) -> Option<T> {
    let exchange = Exchange::new(config, Some(cookies));
    (exchange.state() == State::Active).then(|| exchange.value())
}

/// What response headers do about the session.
#[track_caller]
pub(super) fn open<T: SessionData>(config: &Arc<Config>, headers: &HeaderMap) -> Outcome<T> {
    let Some(line) = set_cookie(config, headers) else {
        return Outcome::Untouched;
    };
    let Some(cookie) = pair(line) else {
        return Outcome::Removed;
    };
    let exchange = Exchange::new(config, Some(cookie));
    let state = exchange.state();
    assert!(
        state == State::Active,
        "the response sets `{}` to a value that this layer does not take: {state:?}\n\
         help: make the kit from the very layer that the router has, after its last option",
        config.cookie_name
    );
    Outcome::Set(exchange.value())
}

/// The line that counts: the last one for our cookie.
fn set_cookie<'a>(config: &Config, headers: &'a HeaderMap) -> Option<&'a HeaderValue> {
    let lines = headers.get_all(SET_COOKIE).into_iter();
    let mut ours = lines.filter(|line| {
        let value = line.as_bytes().strip_prefix(config.cookie_name.as_bytes());
        value.is_some_and(|value| value.starts_with(b"="))
    });
    ours.next_back()
}

/// `name=value` of a `Set-Cookie`, as a `Cookie` header has it; `None` for a removal.
pub(super) fn pair(line: &HeaderValue) -> Option<HeaderValue> {
    let pair = line.as_bytes().split(|byte| *byte == b';').next()?;
    if pair.ends_with(b"=") {
        return None;
    }
    let mut pair = HeaderValue::from_bytes(pair).ok()?;
    pair.set_sensitive(true);
    Some(pair)
}
