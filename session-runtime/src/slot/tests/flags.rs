//! The flags of tokens: which one is written in which part, and that one which means nothing in its
//! part changes nothing. `docs/FORMAT.md`, section 4.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::routing::get;
use bytes::Bytes;
use http::header::{COOKIE, SET_COOKIE};
use http::{HeaderMap, Request};
use tower::ServiceExt as _;

use crate::data::SessionData;
use crate::part::Part;
use crate::record::{Record, Records};
use crate::time::Timestamp;
use crate::token::{self, Flags, LoginId, Plaintext};
use crate::{Background, Clock, Identity, Keyring, Session, SessionLayer};

#[derive(Session)]
#[session(cookie = "shop", idle = "1h")]
struct Shop {
    #[session(identity)]
    user: Identity<u32>,
    visits: u32,
    #[session(browser)]
    theme: u32,
    #[session(flash)]
    notice: u32,
}

type Guard = Session<Shop>;

async fn show(session: Guard) -> String {
    let sum = session.visits + session.theme + session.notice;
    sum.to_string()
}

async fn change(mut session: Guard) {
    session.visits += 1;
    session.theme += 1;
    session.notice += 1;
}

async fn log_in(mut session: Guard) {
    Session::log_in(&mut session, 7);
    Session::remember(&mut session, true);
    change(session).await;
}

const NOW: u64 = 1_800_000_000;

struct Fixed;

impl Clock for Fixed {
    fn now(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(NOW)
    }
}

/// Asks for `path` with these cookies, for the body and the cookies that are set.
async fn ask(keys: &Keyring, path: &str, cookies: &str) -> (Bytes, Vec<String>) {
    let background = get(change).layer(Background);
    let router = Router::new()
        .route("/show", get(show))
        .route("/change", get(change))
        .route("/log-in", get(log_in))
        .route("/background", background)
        .layer(SessionLayer::<Shop>::new(keys.clone()).clock(Fixed));
    let request = Request::get(path).header(COOKIE, cookies);
    let response = router.oneshot(request.body(Body::empty()).unwrap()).await;
    let (head, body) = response.unwrap().into_parts();
    (to_bytes(body, 100).await.unwrap(), pairs(&head.headers))
}

fn pairs(headers: &HeaderMap) -> Vec<String> {
    let lines = headers.get_all(SET_COOKIE).into_iter();
    lines
        .map(|line| line.to_str().unwrap().split(';').next().unwrap().to_owned())
        .collect()
}

fn name(part: Part) -> String {
    format!("__Host-shop{}", part.suffix())
}

const SOMEBODY: u8 = 0x01;
const REMEMBERED: u8 = 0x02;
const UNTOLD: u8 = 0x08;
const BACKGROUND: u8 = 0x10;

/// A cookie of one part in which the part's last field is 7, with these flags.
fn cookie(keys: &Keyring, part: Part, flags: u8, created_at: u64) -> String {
    let time = Timestamp::from_seconds(created_at);
    let mut of_part = Shop::SCHEMA
        .fields
        .iter()
        .rev()
        .filter(|field| field.part == part);
    let mut records = Records::default();
    records.set(Record {
        tag: of_part.next().unwrap().tag,
        deadline: None,
        value: Bytes::from_static(&[7]),
    });
    let plaintext = Plaintext {
        flags: Flags {
            remembered: flags & REMEMBERED != 0,
            untold: flags & UNTOLD != 0,
        },
        created_at: time,
        renewed_at: time,
        login: (flags & SOMEBODY != 0).then_some(LoginId([1, 2, 3, 4])),
        written_at: (flags & BACKGROUND != 0).then_some(time),
        records,
    };
    let keys = keys.derive(&name(part), part.name());
    let token = token::seal(&keys.load(), time, &[0; 24], &plaintext).to_text();
    format!("{}={token}", name(part))
}

/// The flags that are sealed in a cookie of `part` among these.
fn flags(keys: &Keyring, part: Part, cookies: &[String]) -> u8 {
    let start = format!("{}=", name(part));
    let mut tokens = cookies.iter().filter_map(|pair| pair.strip_prefix(&start));
    let keys = keys.derive(&name(part), part.name());
    let opened = token::open(&keys.load(), tokens.next().unwrap().as_bytes());
    let mut bytes = Vec::new();
    opened.unwrap().plaintext.write(&mut bytes);
    bytes[0]
}

#[tokio::test]
async fn each_is_written_in_the_parts_that_the_format_names() {
    let keys = Keyring::ephemeral();
    let expired = cookie(&keys, Part::Main, 0, NOW - 3600);
    let of_page = Part::ALL.map(|part| {
        let flags = if part == Part::Main { UNTOLD } else { 0 };
        cookie(&keys, part, flags, NOW - 60)
    });
    for (path, cookies, main, flash) in [
        ("/change", "", 0, 0),
        ("/log-in", "", SOMEBODY | REMEMBERED, SOMEBODY),
        ("/change", &expired, UNTOLD, 0),
        ("/background", &of_page.join("; "), UNTOLD | BACKGROUND, 0),
    ] {
        let (_, set) = ask(&keys, path, cookies).await;
        let written = Part::ALL.map(|part| flags(&keys, part, &set));
        assert_eq!(written, [main, 0, flash], "{path}");
    }
}

/// A request that only reads writes nothing, not even what other writers would leave out.
#[tokio::test]
async fn one_that_means_nothing_in_its_part_sets_no_cookie_anew() {
    let keys = Keyring::ephemeral();
    for part in [Part::Browser, Part::Flash] {
        // In a notice the flag for somebody means something.
        let known = (0..0x20).filter(|flags| flags & 0x04 == 0);
        for flags in known.filter(|flags| part == Part::Browser || flags & SOMEBODY == 0) {
            let cookie = cookie(&keys, part, flags, NOW);
            let (shown, set) = ask(&keys, "/show", &cookie).await;
            assert_eq!(shown, "7", "{part:?} {flags:#04x}");
            assert_eq!(set, [""; 0], "{part:?} {flags:#04x}");
        }
    }
}

#[tokio::test]
async fn one_that_says_what_is_so_sets_no_cookie_anew() {
    let keys = Keyring::ephemeral();
    for flags in (0..0x20).filter(|flags| flags & (SOMEBODY | 0x04) == 0) {
        let cookie = cookie(&keys, Part::Main, flags, NOW);
        let (shown, set) = ask(&keys, "/show", &cookie).await;
        assert_eq!((&*shown, set), (b"7".as_slice(), vec![]), "{flags:#04x}");
    }
}
