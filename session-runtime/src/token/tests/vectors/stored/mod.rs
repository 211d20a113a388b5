//! The vectors of stored sessions: tickets, the names of rows and owners, entries, and rows. They are in a file of their
//! own, because only the feature `stored` makes them.

mod entries;
pub(crate) mod in_cookies;
mod listing;
mod rows;
mod tickets;

pub(crate) use self::tickets::ticket_contents;
use super::requests::key_text;
use super::*;
use crate::config;
use crate::store::{EntryTag, Role, RowKey};

const ID: [u8; 16] = *b"0123456789abcdef";
const OTHER_ID: [u8; 16] = *b"0123456789abcdeg";
const MARK: [u8; 8] = *b"the mark";
const TAG: [u8; 3] = [0xd3, 0x12, 0x2f];

fn file() -> String {
    let types = json!({ "stored-shop": rows::described_shop() });
    file_of(
        STORED,
        &types,
        [
            (
                "tokens",
                "stored-token",
                of_section("9.1", tickets::tickets_as_tokens()),
            ),
            ("tickets", "ticket", of_section("9.1", tickets::tickets())),
            ("row_keys", "row-key", of_section("9.2", row_keys())),
            ("owners", "owner", of_section("9.2", owners())),
            ("entries", "entry", of_section("9.3", entries::entries())),
            ("rows", "row", rows::rows()),
            ("labels", "label", of_section("9.6", listing::labels())),
            ("handles", "handle", of_section("9.6", listing::handles())),
            (
                "sessions_in_cookies",
                "session-in-cookie",
                of_section("9.7", in_cookies::sessions()),
            ),
        ],
    )
}

#[test]
fn the_committed_vectors_of_stored_sessions_are_those_that_are_made_here() {
    bless_or_compare(STORED, file);
}

/// The second of `NOW`.
const LATER: &str = "2027-01-15T08:00:00Z";

fn row_keys() -> Vec<Value> {
    let cases = [
        ("a row", NAME, ID),
        ("another id", NAME, OTHER_ID),
        ("another cookie", "__Secure-shop", ID),
        ("another name", "__Host-shop2", ID),
        ("a name of one byte", "a", ID),
        ("an id of zeros", NAME, [0; 16]),
        ("an id of ones", NAME, [0xff; 16]),
    ];
    let entry = |(name, cookie_name, id): (&str, &str, [u8; 16])| {
        let row_key = SessionId::from_bytes(id).row_key(cookie_name);
        let entry = json!({ "name": name, "cookie_name": cookie_name, "session_id": hex(&id) });
        with_outcome(entry, Ok(json!({ "row_key": hex(&row_key.to_bytes()) })))
    };
    cases.map(entry).into()
}

fn owners() -> Vec<Value> {
    let [a, b, c] = [0, 1, 2].map(key_text);
    let later = format!("from={LATER},");
    let cases: [(&str, &str, String, u64, &[u8]); 9] = [
        ("a user", NAME, a.clone(), NOW, &[7]),
        ("another user", NAME, a.clone(), NOW, &[8]),
        ("a user of two bytes", NAME, a.clone(), NOW, &[0xcc, 0x87]),
        ("a user with a name", NAME, a.clone(), NOW, b"\xa5alice"),
        ("in another cookie", "__Secure-shop", a.clone(), NOW, &[7]),
        ("under three keys", NAME, format!("{b},{a},{c}"), NOW, &[7]),
        (
            "under a revoked key",
            NAME,
            format!("{a} revoked,{b}"),
            NOW,
            &[7],
        ),
        (
            "before a key seals",
            NAME,
            format!("{b} {later}{a}"),
            NOW - 1,
            &[7],
        ),
        (
            "when a key seals",
            NAME,
            format!("{b} {later}{a}"),
            NOW,
            &[7],
        ),
    ];
    let entry = |(name, cookie_name, keys, now, user): (&str, &str, String, u64, &[u8])| {
        let entry = json!({
            "name": name,
            "cookie_name": cookie_name,
            "keys": keys,
            "now": now,
            "user": hex(user),
        });
        owner_answered(entry)
    };
    cases.map(entry).into()
}

/// The entry with the owner that is written, and all that are the user's.
fn owner_answered(entry: Value) -> Value {
    let text = |member: &str| entry[member].as_str().unwrap();
    let keys = keys_of(text("keys"), text("cookie_name"), "owner");
    let user = bytes(&entry["user"]);
    let now = at(entry["now"].as_u64().unwrap());
    let shown = |key: &[u8; 32]| json!(hex(&config::owner(key, &user).to_bytes()));
    let found = json!({
        "written": shown(&keys.sealing(now).secret),
        "all": keys.iter().map(|key| shown(&key.secret)).collect::<Vec<_>>(),
    });
    with_outcome(entry, Ok(found))
}

fn keys_of(keys: &str, cookie_name: &str, part: &'static str) -> Arc<PartKeys> {
    let ring = Keyring::unchecked(keys).unwrap();
    ring.derive(cookie_name, part).load()
}

#[test]
fn every_row_and_owner_has_the_name_that_the_vectors_say() {
    for entry in committed("row_keys") {
        let id: [u8; 16] = bytes(&entry["session_id"]).try_into().unwrap();
        let row_key = SessionId::from_bytes(id).row_key(entry["cookie_name"].as_str().unwrap());
        let found = json!({ "row_key": hex(&row_key.to_bytes()) });
        assert_eq!(outcome(Ok(found)), entry["outcome"], "{}", entry["id"]);
    }
    for entry in committed("owners") {
        assert_eq!(owner_answered(entry.clone()), entry, "{}", entry["id"]);
    }
}
