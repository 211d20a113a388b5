//! Labels of rows, and handles of sessions.

use super::*;
use crate::token::listing;

const USER_7: &[u8] = &[7];

fn label() -> Label {
    let (_, secret) = SessionId::from_bytes(ID).row(NAME);
    Label {
        began: at(NOW - 60),
        secret,
    }
}

fn row() -> RowKey {
    SessionId::from_bytes(ID).row_key(NAME)
}

fn seal_label(keys: &str, cookie_name: &str) -> Vec<u8> {
    let keys = keys_of(keys, cookie_name, "label");
    label().seal(&keys, at(NOW), &nonce(90), row())
}

fn label_of(plaintext: &[u8]) -> Vec<u8> {
    let keys = keys_of(&key_text(0), NAME, "label");
    listing::seal(&keys, at(NOW), &nonce(91), &row().to_bytes(), plaintext)
}

pub(super) fn labels() -> Vec<Value> {
    let [a, b, c] = [0, 1, 2].map(key_text);
    let usual = seal_label(&a, NAME);
    let plaintext = [&label().began.to_bytes()[..], &row_secret(NAME, ID)].concat();
    let mut another_version = usual.clone();
    another_version[0] = 2;
    let mut altered = usual.clone();
    altered[40] ^= 1;
    let keys = keys_of(&a, NAME, "row");
    let of_a_row = listing::seal(&keys, at(NOW), &nonce(92), &row().to_bytes(), &plaintext);
    let cases: [(&str, &str, [u8; 16], Vec<u8>); 13] = [
        ("a label", &a, ID, usual.clone()),
        (
            "under the second of three keys",
            &format!("{b},{a},{c}"),
            ID,
            usual.clone(),
        ),
        ("of another row", &a, OTHER_ID, usual.clone()),
        ("of another cookie", &a, ID, seal_label(&a, "__Secure-shop")),
        ("under another ring", &b, ID, usual.clone()),
        (
            "under a revoked key",
            &format!("{b},{a} revoked"),
            ID,
            usual.clone(),
        ),
        ("of 44 bytes", &a, ID, usual[..44].to_vec()),
        ("of another version", &a, ID, another_version),
        ("that was altered", &a, ID, altered),
        ("under the key of entries", &a, ID, of_a_row),
        ("with a byte too few", &a, ID, label_of(&plaintext[..20])),
        (
            "with a byte too many",
            &a,
            ID,
            label_of(&[&plaintext[..], &[0]].concat()),
        ),
        ("without anything", &a, ID, label_of(&[])),
    ];
    let entry = |(name, keys, id, label): (&str, &str, [u8; 16], Vec<u8>)| {
        label_answered(json!({
            "name": name,
            "keys": keys,
            "cookie_name": NAME,
            "session_id": hex(&id),
            "label": hex(&label),
        }))
    };
    cases.map(entry).into()
}

fn row_secret(cookie_name: &str, id: [u8; 16]) -> [u8; 16] {
    SessionId::from_bytes(id).row(cookie_name).1.to_bytes()
}

fn label_answered(entry: Value) -> Value {
    let text = |member: &str| entry[member].as_str().unwrap();
    let id: [u8; 16] = bytes(&entry["session_id"]).try_into().unwrap();
    let row = SessionId::from_bytes(id).row_key(text("cookie_name"));
    let keys = keys_of(text("keys"), text("cookie_name"), "label");
    let opened = Label::open(&keys, row, &bytes(&entry["label"]));
    let found = opened.map(|label| {
        json!({ "began": label.began.to_seconds(), "row_secret": hex(&label.secret.to_bytes()) })
    });
    with_outcome(entry, found.map_err(OpenError::reason))
}

fn seal_usual(keys: &str, cookie_name: &str) -> String {
    let keys = keys_of(keys, cookie_name, "handle");
    seal_handle(&keys, at(NOW), &nonce(93), USER_7, row())
}

fn handle_of(plaintext: &[u8]) -> String {
    let keys = keys_of(&key_text(0), NAME, "handle");
    URL_SAFE_NO_PAD.encode(listing::seal(&keys, at(NOW), &nonce(94), USER_7, plaintext))
}

pub(super) fn handles() -> Vec<Value> {
    let [a, b, c] = [0, 1, 2].map(key_text);
    let usual = seal_usual(&a, NAME);
    let mut last = usual.clone().into_bytes();
    *last.last_mut().unwrap() ^= 1;
    let another_end = String::from_utf8(last).unwrap();
    let cases: [(&str, &str, &[u8], String); 12] = [
        ("a handle", &a, USER_7, usual.clone()),
        (
            "under the second of three keys",
            &format!("{b},{a},{c}"),
            USER_7,
            usual.clone(),
        ),
        ("of another user", &a, &[8], usual.clone()),
        ("of a user with more behind", &a, &[7, 7], usual.clone()),
        (
            "of another cookie",
            &a,
            USER_7,
            seal_usual(&a, "__Secure-shop"),
        ),
        ("under another ring", &b, USER_7, usual.clone()),
        (
            "under a revoked key",
            &format!("{b},{a} revoked"),
            USER_7,
            usual.clone(),
        ),
        ("with a character too many", &a, USER_7, format!("{usual}A")),
        (
            "in another alphabet",
            &a,
            USER_7,
            usual.replacen(|_| true, "+", 1),
        ),
        ("with another end", &a, USER_7, another_end),
        ("of a shorter row key", &a, USER_7, handle_of(&[1; 15])),
        ("without anything", &a, USER_7, String::new()),
    ];
    let entry = |(name, keys, user, handle): (&str, &str, &[u8], String)| {
        handle_answered(json!({
            "name": name,
            "keys": keys,
            "cookie_name": NAME,
            "user": hex(user),
            "handle": handle,
        }))
    };
    cases.map(entry).into()
}

fn handle_answered(entry: Value) -> Value {
    let text = |member: &str| entry[member].as_str().unwrap();
    let keys = keys_of(text("keys"), text("cookie_name"), "handle");
    let opened = open_handle(&keys, &bytes(&entry["user"]), text("handle"));
    let found = opened.map(|row| json!({ "row_key": hex(&row.to_bytes()) }));
    with_outcome(entry, found.map_err(OpenError::reason))
}

#[test]
fn every_label_and_handle_opens_or_is_refused_as_the_vectors_say() {
    for entry in committed("labels") {
        assert_eq!(
            label_answered(entry.clone())["outcome"],
            entry["outcome"],
            "{}",
            entry["id"]
        );
    }
    for entry in committed("handles") {
        assert_eq!(
            handle_answered(entry.clone())["outcome"],
            entry["outcome"],
            "{}",
            entry["id"]
        );
    }
}
