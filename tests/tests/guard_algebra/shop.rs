//! The application: two guards that do what they are told, and a page that shows what came of it.

use std::collections::BTreeMap;
use std::iter;
use std::time::{SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::routing::get;
use session_runtime::{Identity, Session, SessionLayer};
use tests::{App, CANARY, MovableClock, app};

#[derive(Session)]
#[session(cookie = "shop")]
struct Shop {
    #[session(identity)]
    user: Identity<u32>,
    cart: Option<String>,
    name: Option<String>,
    #[session(flash)]
    notice: Option<String>,
    #[session(browser)]
    theme: Option<String>,
}

type Guard = Session<Shop>;

pub(super) fn shop(clock: MovableClock) -> App {
    app(|keys| {
        Router::new()
            .route("/begin/{start}", get(begin))
            .route("/both/{start}/{a}/{b}/{acts}/{drops}/{status}", get(both))
            .route("/show", get(show))
            .layer(SessionLayer::<Shop>::new(keys).clock(clock))
    })
}

/// The operations: steps of one guard, one after the other.
pub(super) const OPERATIONS: [&str; 38] = [
    "read",
    "same",
    "cart",
    "name",
    "notice",
    "take",
    "theme",
    "keep",
    "forget",
    "assign",
    "cart+sync",
    "sync+cart",
    "login1",
    "login1+cart",
    "cart+login1",
    "login2",
    "login3",
    "cart+login2",
    "take+theme+login2",
    "keep+login2",
    "keep+sync+login2",
    "cart+sync+login2",
    "login2+cart",
    "login2+same",
    "login2+keep",
    "login2+logout",
    "logout",
    "logout+notice",
    "notice+logout",
    "notice+sync+logout",
    "logout+same",
    "logout+cart+theme",
    "logout+login1",
    "logout+login2",
    "clear",
    "cart+theme+clear",
    "destroy",
    "cart+theme+sync+destroy",
];

/// One step of a guard that leaves its `mark` on what it writes, in a session that `came` with
/// marks of its own. `None` if the guard is no more.
fn step(name: &str, mut guard: Guard, mark: char, came: char) -> Option<Guard> {
    match name {
        "read" => drop(guard.cart.clone()),
        "same" => {
            write(&mut guard.cart, came);
            write(&mut guard.notice, came);
        }
        "cart" => write(&mut guard.cart, mark),
        "name" => write(&mut guard.name, mark),
        "notice" => write(&mut guard.notice, mark),
        "take" => drop(guard.notice.take()),
        "theme" => write(&mut guard.theme, mark),
        "assign" => *guard = Shop::default(),
        "keep" => Session::remember(&mut guard, true),
        "forget" => Session::remember(&mut guard, false),
        "sync" => Session::sync(&mut guard),
        "login1" => Session::log_in(&mut guard, 1),
        "login2" => Session::log_in(&mut guard, 2),
        "login3" => Session::log_in(&mut guard, 3),
        "logout" => Session::log_out(&mut guard),
        "clear" => Session::clear(&mut guard),
        "destroy" => {
            Session::destroy(guard);
            return None;
        }
        _ => panic!("no step: {name}"),
    }
    Some(guard)
}

fn write(field: &mut Option<String>, mark: char) {
    *field = Some(format!("{CANARY} {mark}"));
}

fn mark_of(value: Option<&String>) -> char {
    value.and_then(|value| value.chars().last()).unwrap_or('-')
}

/// Both guards act, both are dropped, and the response has the status that was asked for. Its body
/// is what each guard saw when both had acted.
async fn both(
    Path((start, a, b, acts, drops, status)): Path<(char, String, String, String, String, u16)>,
    first: Guard,
    second: Guard,
) -> (StatusCode, String) {
    let mut guards = BTreeMap::from([('a', first), ('b', second)]);
    for mark in acts.chars() {
        let operation = if mark == 'a' { &a } else { &b };
        let guard = guards.remove(&mark);
        let acted = operation.split('+').fold(guard, |guard, name| {
            step(name, guard.expect("a guard"), mark, start)
        });
        guards.extend(acted.map(|guard| (mark, guard)));
    }
    let seen = ['a', 'b'].map(|mark| guards.get(&mark).map_or(String::new(), fields));
    for mark in drops.chars() {
        drop(guards.remove(&mark));
    }
    let status = StatusCode::from_u16(status).unwrap();
    (status, seen.join(" "))
}

/// Makes the session that a case starts with: every field has a value.
async fn begin(Path(start): Path<char>, mut guard: Guard) {
    if let Some(user) = start.to_digit(10) {
        Session::log_in(&mut guard, user);
    }
    write(&mut guard.cart, start);
    write(&mut guard.name, start);
    write(&mut guard.notice, start);
    write(&mut guard.theme, start);
    Session::remember(&mut guard, start != 'v');
}

/// The session that the next request sees, and the time since which there is one.
async fn show(guard: Guard) -> String {
    let began = Session::info(&guard).began().map(seconds);
    format!("{} {}", fields(&guard), began.unwrap_or(0))
}

/// A character for each field.
fn fields(guard: &Guard) -> String {
    let user = guard.user.and_then(|user| char::from_digit(user, 10));
    let others = [&guard.cart, &guard.name, &guard.notice, &guard.theme];
    let others = others.map(|field| mark_of(field.as_ref()));
    iter::once(user.unwrap_or('-')).chain(others).collect()
}

pub(super) fn seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).unwrap().as_secs()
}
