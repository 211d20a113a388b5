//! The session types of the vectors, and a router that serves them as it serves any application.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::body::{Body, to_bytes};
use axum::extract::Extension;
use axum::routing::get;
use axum::{Router, response::Response};
use http::header::{COOKIE, SET_COOKIE};
use http::{HeaderValue, Request};
use tower::ServiceExt as _;

use super::*;
use crate::data::{Field, KeptInCookie, SessionData};
use crate::encoded::Encoded;
use crate::{Background, Clock, Identity, Session, SessionLayer, SessionState};

/// The session type `shop` of the vectors.
#[derive(Session)]
#[session(cookie = "shop", idle = "1h", max = "1d")]
pub(super) struct Shop {
    #[session(identity)]
    user: Identity<u32>,
    visits: u32,
    #[session(ttl = "10m")]
    code: u32,
    #[session(browser)]
    theme: u32,
    #[session(browser, ttl = "30d")]
    layout: u32,
    #[session(flash)]
    notice: u32,
}

/// The session type `anonymous`: a release of the same application that has no users yet.
#[derive(Session)]
#[session(cookie = "shop", idle = "1h", max = "1d")]
pub(super) struct Anonymous {
    visits: u32,
    #[session(ttl = "10m")]
    code: u32,
    #[session(browser)]
    theme: u32,
    #[session(browser, ttl = "30d")]
    layout: u32,
    #[session(flash)]
    notice: u32,
}

/// A session type as the handlers here need it.
trait Served: SessionData + KeptInCookie {
    fn log_in(session: &mut Session<Self>, user: u32);
    fn log_out(session: &mut Session<Self>);
}

impl Served for Shop {
    fn log_in(session: &mut Session<Self>, user: u32) {
        Session::log_in(session, user);
    }

    fn log_out(session: &mut Session<Self>) {
        Session::log_out(session);
    }
}

impl Served for Anonymous {
    fn log_in(_: &mut Session<Self>, _: u32) {
        panic!("it has no users");
    }

    fn log_out(_: &mut Session<Self>) {
        panic!("it has no users");
    }
}

/// The session types by their names in the vectors, as a reader has to know them.
pub(super) fn types() -> Value {
    json!({ "shop": described::<Shop>(), "anonymous": described::<Anonymous>() })
}

pub(super) fn described<T: SessionData>() -> Value {
    let start = Encoded::of(&T::default());
    let fields = T::SCHEMA
        .fields
        .iter()
        .zip(start.fields())
        .map(|(field, default)| {
            let mut described =
                json!({ "part": field.part.name(), "default": hex(default.unwrap()) });
            if let Some(seconds) = field.ttl {
                described["lifetime"] = json!(seconds);
            }
            (field.name.to_owned(), described)
        });
    let mut described = json!({
        "cookie_name": format!("__Host-{}", T::COOKIE),
        "idle": T::SCHEMA.idle,
        "max": T::SCHEMA.max,
        "fields": fields.collect::<serde_json::Map<_, _>>(),
    });
    if let Some(identity) = T::SCHEMA.fields.iter().find(|field| field.is_identity()) {
        described["identity"] = json!(identity.name);
    }
    described
}

/// The field tag of a field of `shop`.
pub(super) fn tag_of(name: &str) -> [u8; 3] {
    field_of_shop(name).tag.0
}

pub(super) fn part_of(name: &str) -> Part {
    field_of_shop(name).part
}

fn field_of_shop(name: &str) -> &'static Field<Shop> {
    let mut fields = Shop::SCHEMA.fields.iter();
    fields.find(|field| field.name == name).unwrap()
}

/// The answer to the request of an entry.
pub(super) struct Answer {
    pub(super) body: Value,
    /// The tokens that are set, by their cookies; an empty one removes its cookie.
    pub(super) set: BTreeMap<String, String>,
    log: String,
}

impl Answer {
    /// The values that one member of these events has, in their order, for this cookie.
    pub(super) fn logged(&self, event: &str, cookie_name: &str, member: &str) -> Vec<&str> {
        let cookie = format!(" cookie=\"{cookie_name}\"");
        let of_cookie = self.lines_with(event).filter(|line| line.contains(&cookie));
        of_cookie.map(|line| value_of(line, member)).collect()
    }

    /// The same of events that have no cookie.
    #[cfg(feature = "stored")]
    pub(super) fn logged_of_all(&self, event: &str, member: &str) -> Vec<&str> {
        let lines = self.lines_with(event);
        lines.map(|line| value_of(line, member)).collect()
    }

    fn lines_with(&self, event: &str) -> impl Iterator<Item = &str> {
        self.log.lines().filter(move |line| line.contains(event))
    }
}

/// The text behind the name of a member of an event; nothing if the event does not have it.
fn value_of<'a>(line: &'a str, member: &str) -> &'a str {
    let start = format!(" {member}=");
    let value = line.split_once(&start).map_or("", |(_, rest)| rest);
    let value = value.split(' ').next().unwrap_or_default();
    value.trim_matches('"')
}

/// Sends the request of an entry to the application that the entry says.
pub(super) fn ask(entry: &Value, path: &str) -> Answer {
    match entry["type"].as_str().unwrap() {
        "shop" => asked::<Shop>(entry, path),
        "anonymous" => asked::<Anonymous>(entry, path),
        other => panic!("the session type {other}"),
    }
}

fn asked<T: Served>(entry: &Value, path: &str) -> Answer {
    answer(router::<T>(entry), request(entry, path))
}

/// Sends a request to an application.
pub(super) fn answer(router: Router, request: Request<Body>) -> Answer {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::DEBUG)
        .with_ansi(false)
        .with_writer({
            let log = log.clone();
            move || log.clone()
        })
        .finish();
    let runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = { runtime }.enable_time().build().unwrap();
    let response =
        tracing::subscriber::with_default(subscriber, || runtime.block_on(router.oneshot(request)));
    let response: Response = response.unwrap();
    let set = response.headers().get_all(SET_COOKIE).iter().map(pair);
    let set = set.collect();
    let body = runtime.block_on(to_bytes(response.into_body(), 10_000));
    Answer {
        body: serde_json::from_slice(&body.unwrap()).unwrap(),
        set,
        log: log.text(),
    }
}

fn router<T: Served>(entry: &Value) -> Router {
    let keys = Keyring::unchecked(entry["keys"].as_str().unwrap()).unwrap();
    let now = entry["now"].as_u64().unwrap();
    Router::new()
        .route("/read", get(read_session::<T>))
        .route("/change", get(change::<T>))
        .route("/background", get(change::<T>).layer(Background))
        .layer(SessionLayer::<T>::new(keys).clock(Fixed(now)))
        .layer(Extension(entry.clone()))
}

pub(super) fn request(entry: &Value, path: &str) -> Request<Body> {
    let mut request = Request::get(path).body(Body::empty()).unwrap();
    for line in lines(entry) {
        request.headers_mut().append(COOKIE, line);
    }
    request
}

/// The `Cookie` headers of an entry, of which each character is one byte.
pub(super) fn lines(entry: &Value) -> Vec<HeaderValue> {
    let lines = entry["cookies"].as_array().unwrap().iter();
    let line = |line: &Value| {
        let characters = line.as_str().unwrap().chars();
        let bytes: Vec<u8> = characters.map(|c| u8::try_from(c).unwrap()).collect();
        HeaderValue::from_bytes(&bytes).unwrap()
    };
    lines.map(line).collect()
}

fn pair(line: &HeaderValue) -> (String, String) {
    let pair = line.to_str().unwrap().split(';').next().unwrap();
    let (name, token) = pair.split_once('=').unwrap();
    (name.to_owned(), token.to_owned())
}

pub(super) async fn read_session<T: SessionData>(session: Session<T>) -> String {
    let state = match Session::info(&session).state() {
        SessionState::Active => "active",
        SessionState::Ended => "ended",
        SessionState::Expired => "expired",
        SessionState::New => "new",
        SessionState::UnknownKey => "unknown-key",
        SessionState::Unreadable => "unreadable",
    };
    json!({ "state": state, "fields": fields(&*session) }).to_string()
}

/// The fields that are not at their defaults.
fn fields<T: SessionData>(session: &T) -> Value {
    let (now, start) = (Encoded::of(session), Encoded::of(&T::default()));
    let pairs = now.fields().zip(start.fields()).zip(T::SCHEMA.fields);
    let changed = pairs.filter(|((now, start), _)| now != start);
    changed
        .map(|((now, _), field)| (field.name.to_owned(), json!(hex(now.unwrap()))))
        .collect()
}

async fn change<T: Served>(Extension(entry): Extension<Value>, mut session: Session<T>) -> String {
    for step in entry["change"].as_array().unwrap() {
        let (step, operand) = step.as_object().unwrap().iter().next().unwrap();
        match step.as_str() {
            "set" => set(&mut *session, operand),
            "log_in" => T::log_in(&mut session, value::decode(&bytes(operand)).unwrap()),
            "log_out" => T::log_out(&mut session),
            "remember" => Session::remember(&mut session, operand.as_bool().unwrap()),
            "tell" => drop(Session::info(&session).state()),
            other => panic!("the step {other}"),
        }
    }
    json!({}).to_string()
}

fn set<T: SessionData>(session: &mut T, values: &Value) {
    for (name, value) in values.as_object().unwrap() {
        let field = T::SCHEMA
            .fields
            .iter()
            .find(|field| field.name == name)
            .unwrap();
        (field.decode)(session, &bytes(value)).unwrap();
    }
}

pub(super) struct Fixed(pub(super) u64);

impl Clock for Fixed {
    fn now(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(self.0)
    }
}

/// The log of one request.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn text(&self) -> String {
        let bytes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8(bytes.clone()).unwrap()
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut text = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        text.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
