//! A request and its response without HTTP, through the layer's own slot and commit: what the kit
//! seals and opens is sealed and opened by the code that serves requests.

use std::sync::Arc;

use http::header::{COOKIE, SET_COOKIE};
use http::{Extensions, HeaderMap, HeaderValue, StatusCode};

use super::Outcome;
use crate::config::Config;
use crate::cookie::{self, Lines};
use crate::data::SessionData;
use crate::encoded::{Change, Changes, Encoded};
use crate::ending::Ending;
use crate::info::SessionState;
use crate::layer;
use crate::part::{Part, Parts};
use crate::record::Records;
use crate::session::{self, Session};
use crate::slot::{Entered, LoadError, Login, Slot, Snapshot};

pub(super) struct Exchange {
    pub(super) config: Arc<Config>,
    headers: HeaderMap,
    slot: Arc<Slot>,
}

impl Exchange {
    /// A request with these cookies.
    pub(super) fn new(
        config: &Arc<Config>,
        cookies: impl IntoIterator<Item = HeaderValue>,
    ) -> Self {
        let mut headers = HeaderMap::new();
        for line in cookies {
            headers.append(COOKIE, line);
        }
        let lines = Lines::of(&headers);
        let Entered::New(slot) = Slot::enter(&mut Extensions::new(), lines, config) else {
            unreachable!("no layer stands around this one")
        };
        Self {
            config: config.clone(),
            headers,
            slot,
        }
    }

    /// A request that carries `value`.
    #[track_caller]
    pub(super) fn carrying<T: SessionData>(config: &Arc<Config>, value: &T) -> Self {
        Self::new(config, cookies(config, value))
    }

    pub(super) fn guard<T: SessionData>(&self) -> Session<T> {
        session::take(self.slot.clone(), self.snapshot())
    }

    /// The session as published so far.
    pub(super) fn value<T: SessionData>(&self) -> T {
        session::decode(&self.config, &self.snapshot().records)
    }

    #[track_caller]
    fn snapshot(&self) -> Snapshot {
        let loaded = layer::wait_for(self.slot.snapshot(&self.headers));
        self.expect_loaded(loaded)
    }

    #[track_caller]
    #[expect(clippy::panic, reason = "a failed assertion")]
    fn expect_loaded<L>(&self, loaded: Result<L, LoadError>) -> L {
        loaded.unwrap_or_else(|error| {
            let session = self.config.schema.type_name;
            panic!("the session `{session}` is not loaded: {error}")
        })
    }

    pub(super) fn ending(&self) -> Ending {
        self.slot.ending()
    }

    /// Returns what a response with this status does about the session. From here on `self` is the
    /// next request of the same browser.
    #[track_caller]
    pub(super) fn answer<T: SessionData>(&mut self, status: StatusCode) -> Outcome<T> {
        let before = self.in_store();
        let headers = self.respond(status);
        match Effect::of(&self.config, &headers) {
            Effect::None if self.in_store() == before => Outcome::Untouched,
            Effect::Removed { main } if main || self.headers.is_empty() => Outcome::Removed,
            Effect::None | Effect::Removed { .. } | Effect::Set => Outcome::Set(self.value()),
        }
    }

    /// The records of a stored session as its store has them, whatever this request has changed. `None` for a session
    /// in its cookies.
    #[track_caller]
    fn in_store(&self) -> Option<Parts<Records>> {
        let cookies = self.headers.get_all(COOKIE).iter().cloned();
        let other = || Self::new(&self.config, cookies);
        self.config.is_stored().then(|| other().snapshot().records)
    }

    /// The headers of a response with this status, and the next request of the same browser.
    #[track_caller]
    fn respond(&mut self, status: StatusCode) -> HeaderMap {
        let response = layer::respond(&self.slot, status);
        self.expect_saved(response.status(), status);
        let headers = response.into_parts().0.headers;
        let kept = Part::ALL.into_iter().filter_map(|part| {
            match last_line(&self.config, part, &headers) {
                Some(line) => pair(line),
                None => self.carried(part).cloned(),
            }
        });
        *self = Self::new(&self.config, kept);
        headers
    }

    #[track_caller]
    fn expect_saved(&self, status: StatusCode, expected: StatusCode) {
        let session = self.config.schema.type_name;
        let (reason, help) = if status == StatusCode::SERVICE_UNAVAILABLE {
            ("its store failed", "the log has the error")
        } else if self.config.is_stored() {
            (
                "a field cannot be serialized, or the session is larger than a stored session may be",
                "the log names the field",
            )
        } else {
            (
                "a field cannot be serialized, or the session is larger than browsers keep",
                "the log names the field",
            )
        };
        assert!(
            status == expected,
            "the session `{session}` cannot be saved: {reason}\nhelp: {help}"
        );
    }

    fn carried(&self, part: Part) -> Option<&HeaderValue> {
        let mut lines = self.headers.get_all(COOKIE).into_iter();
        lines.find(|line| is_of(&self.config, part, line))
    }

    /// Returns the state that the layer finds for each cookie that the request carries.
    fn states(&self) -> impl Iterator<Item = SessionState> {
        self.snapshot();
        let states = self.slot.states().into_iter();
        states.filter(|state| *state != SessionState::New)
    }

    fn write<T: SessionData>(&self, value: &T) {
        let seen = self.snapshot().seen;
        let fields = Encoded::of(value).changes_since(&Encoded::of(&T::default()));
        let identity = self.config.schema.identity.map(|identity| identity.field);
        let is_identity = |change: &Change| Some(change.field) == identity;
        let (users, fields): (Vec<_>, Vec<_>) = fields.into_iter().partition(is_identity);
        for Change { value: user, .. } in users {
            let login = Login { user, shown: None };
            self.slot.log_in(&login, &Changes::default(), seen);
        }
        let changes = Changes {
            fields,
            ..Changes::default()
        };
        self.slot.publish(&changes, seen);
    }
}

/// The `Set-Cookie` lines of a response that gives a browser `value`; none for a session that has no
/// cookie because all of it is at its default.
#[track_caller]
pub(super) fn seal<T: SessionData>(config: &Arc<Config>, value: &T) -> HeaderMap {
    let mut exchange = Exchange::new(config, None);
    exchange.write(value);
    exchange.respond(StatusCode::OK)
}

/// The cookies of a browser that has the session `value`.
#[track_caller]
pub(super) fn cookies<T: SessionData>(config: &Arc<Config>, value: &T) -> Vec<HeaderValue> {
    let headers = seal(config, value);
    lines(config, &headers).filter_map(pair).collect()
}

/// One `Cookie` header of several cookies.
pub(super) fn joined(cookies: &[HeaderValue]) -> HeaderValue {
    let bytes: Vec<_> = cookies.iter().map(HeaderValue::as_bytes).collect();
    let joined = HeaderValue::from_bytes(&bytes.join(&b"; "[..]));
    let mut joined = joined.unwrap_or_else(|_| unreachable!("each of them was a header"));
    joined.set_sensitive(true);
    joined
}

/// The session that a request with these cookies carries, if the layer takes it.
pub(super) fn carried<T: SessionData>(config: &Arc<Config>, cookies: HeaderValue) -> Option<T> {
    let cookies = [cookies];
    let exchange = Exchange::new(config.for_loopback(&cookies), cookies.clone());
    let is_there = exchange.states().any(|state| state == SessionState::Active);
    is_there.then(|| exchange.value())
}

/// Returns what response headers do about the session.
#[track_caller]
pub(super) fn open<T: SessionData>(config: &Arc<Config>, headers: &HeaderMap) -> Outcome<T> {
    let config = answering(config, headers);
    match Effect::of(config, headers) {
        Effect::None => {
            expect_told(config);
            return Outcome::Untouched;
        }
        Effect::Removed { main: true } => return Outcome::Removed,
        Effect::Removed { main: false } | Effect::Set => {}
    }
    let exchange = Exchange::new(config, lines(config, headers).filter_map(pair));
    exchange.expect_loaded(layer::wait_for(exchange.slot.open_alone()));
    for state in exchange.states() {
        assert!(
            state == SessionState::Active,
            "the response sets the cookie `{}` to a value that this layer refuses as {state:?}\n\
             help: make the kit from the very layer that the router has, after you set its last option",
            config.cookie_name()
        );
    }
    Outcome::Set(exchange.value())
}

/// A row can change without a cookie.
#[track_caller]
fn expect_told(config: &Config) {
    assert!(
        !config.is_stored(),
        "the response has no cookie of the session `{}`, and a stored session can change without one, so its headers \
         do not tell what it did\n\
         help: send the request with a `Browser`, and ask `session_of` or `assert_session_of` before and after it",
        config.schema.type_name
    );
}

/// The configuration that made these headers: a request over plain http to a loopback address has another
/// cookie in debug builds, see `layer::plain_http`. A response with lines of both drives one cookie out, and the session
/// is in the other.
fn answering<'a>(config: &'a Arc<Config>, headers: &HeaderMap) -> &'a Arc<Config> {
    let on_loopback = config.on_loopback.as_ref();
    let has_own_line = lines(config, headers).next().is_some();
    let answers = |config: &&Arc<Config>| match Effect::of(config, headers) {
        Effect::Set => true,
        Effect::Removed { .. } => !has_own_line,
        Effect::None => false,
    };
    on_loopback.filter(answers).unwrap_or(config)
}

/// The effect of the lines of a response.
enum Effect {
    None,
    /// Cookies are removed, and none is set.
    Removed {
        /// The main one is among them.
        main: bool,
    },
    Set,
}

impl Effect {
    fn of(config: &Config, headers: &HeaderMap) -> Self {
        if lines(config, headers).next().is_none() {
            Self::None
        } else if lines(config, headers).find_map(pair).is_some() {
            Self::Set
        } else {
            let main = last_line(config, Part::Main, headers).is_some();
            Self::Removed { main }
        }
    }
}

fn lines<'a>(config: &Config, headers: &'a HeaderMap) -> impl Iterator<Item = &'a HeaderValue> {
    let lines = Part::ALL.map(|part| last_line(config, part, headers));
    lines.into_iter().flatten()
}

/// The line that counts: the last one for this cookie of ours.
pub(super) fn last_line<'a>(
    config: &Config,
    part: Part,
    headers: &'a HeaderMap,
) -> Option<&'a HeaderValue> {
    let lines = headers.get_all(SET_COOKIE).into_iter();
    let mut ours = lines.filter(|line| is_of(config, part, line));
    ours.next_back()
}

fn is_of(config: &Config, part: Part, line: &HeaderValue) -> bool {
    let found = cookie::value_of(line.as_bytes(), config.cookie_name());
    found.is_some_and(|(of, _)| of == part)
}

/// `name=value` of a `Set-Cookie`, as a `Cookie` header has it; `None` for a removal.
fn pair(line: &HeaderValue) -> Option<HeaderValue> {
    let pair = line.as_bytes().split(|byte| *byte == b';').next()?;
    if pair.ends_with(b"=") {
        return None;
    }
    let mut pair = HeaderValue::from_bytes(pair).ok()?;
    pair.set_sensitive(true);
    Some(pair)
}
