//! Lists of keys: which key seals and which opens at a time, or why the list is refused.

use super::*;
use crate::KeyringError;

/// The time of the `from=` in these lists, and a later one.
const FIRST: &str = "from=2027-01-15T08:00:00Z";
const SECOND: &str = "from=2027-01-15T09:00:00Z";
/// A second before each of them, and that second.
const TIMES: [u64; 4] = [NOW - 1, NOW, NOW + 3599, NOW + 3600];

pub(super) fn key_lists() -> Vec<Value> {
    let entry = |(name, text): (&str, String)| {
        answered(json!({ "name": name, "text": text, "times": TIMES }))
    };
    let cases = [accepted(), not_lists(), do_not_go_together()].concat();
    of_section("3.2", cases.into_iter().map(entry).collect())
}

fn texts() -> [String; 3] {
    roots().map(|root| Key::unchecked(root).reveal())
}

type KeyList = (&'static str, String);

fn accepted() -> Vec<KeyList> {
    let [a, b, c] = texts();
    vec![
        ("one key", a.clone()),
        ("two keys", format!("{a},{b}")),
        (
            "three keys in white space",
            format!("\n{a} ,\t{b}\r\n, {c} \n"),
        ),
        ("the first is revoked", format!("{a} revoked,{b}")),
        ("the last is revoked", format!("{a},{b} revoked")),
        (
            "all but the last are revoked",
            format!("{a} revoked,{b} revoked,{c}"),
        ),
        ("the first waits", format!("{a} {FIRST},{b}")),
        (
            "two wait, the later first",
            format!("{a} {SECOND},{b} {FIRST},{c}"),
        ),
        (
            "two wait, the earlier first",
            format!("{a} {FIRST},{b} {SECOND},{c}"),
        ),
        (
            "the first waits, the second is revoked",
            format!("{a} {FIRST},{b} revoked,{c}"),
        ),
        (
            "the first waits and is revoked",
            format!("{a} {FIRST} revoked,{b}"),
        ),
        (
            "a revoked key that waits, behind one that seals",
            format!("{a},{b} revoked {FIRST}"),
        ),
    ]
}

/// Lists of which a key cannot be read.
fn not_lists() -> Vec<KeyList> {
    let [a, b, _] = texts();
    vec![
        ("nothing", String::new()),
        ("white space", " \t\r\n".to_owned()),
        ("a comma", ",".to_owned()),
        ("a comma behind", format!("{a},")),
        ("a comma before", format!(",{a}")),
        ("two commas between", format!("{a},,{b}")),
        ("a semicolon between", format!("{a};{b}")),
        ("a space between", format!("{a} {b}")),
        ("a key that is cut", format!("{a},{}", &b[..40])),
        (
            "a key with another checksum, behind one that is cut",
            format!("{},{}AAAA", &a[..40], &b[..49]),
        ),
        (
            "a key with another checksum, before one that is cut",
            format!("{}AAAA,{}", &b[..49], &a[..40]),
        ),
        ("a word without a meaning", format!("{a} later,{b}")),
        ("a time that is none", format!("{a},{b} from=tomorrow")),
    ]
}

/// Lists of keys that do not go together.
fn do_not_go_together() -> Vec<KeyList> {
    let [a, b, c] = texts();
    vec![
        ("a key twice", format!("{a},{b},{a}")),
        ("a key twice, once revoked", format!("{a},{a} revoked")),
        (
            "a key twice, and nothing seals",
            format!("{a} revoked,{a} revoked"),
        ),
        (
            "a key waits behind one that seals",
            format!("{a},{b} {FIRST}"),
        ),
        (
            "a key waits behind a revoked one behind one that seals",
            format!("{a},{b} revoked,{c} {FIRST}"),
        ),
        ("all are revoked", format!("{a} revoked,{b} revoked")),
        ("all wait", format!("{a} {SECOND},{b} {FIRST}")),
        (
            "one waits and one is revoked",
            format!("{a} {FIRST},{b} revoked"),
        ),
        (
            "a key twice and one that cannot be read",
            format!("{a},{a},x"),
        ),
    ]
}

/// The entry with the roles of its keys.
pub(super) fn answered(entry: Value) -> Value {
    let times = entry["times"].as_array().unwrap().iter();
    let times: Vec<_> = times.map(|time| time.as_u64().unwrap()).collect();
    let found = roles(entry["text"].as_str().unwrap(), &times);
    with_outcome(entry, found)
}

/// The role of each key at each of the times.
fn roles(text: &str, times: &[u64]) -> Result<Value, &'static str> {
    let ring = Keyring::unchecked(text).map_err(|error| list_reason(&error))?;
    let ring = ring.derive(NAME, Part::Main.name()).load();
    let keys = text.split(',').map(|text| {
        let (root, _) = key::read(text).unwrap();
        let alone = part_keys(&[*root], NAME, Part::Main);
        let id = alone.sealing(at(0)).id;
        let token = seal(&alone, at(0), &nonce(0), &usual()).to_text();
        let else_it = match open(&ring, token.as_bytes()) {
            Ok(_) => "opens",
            Err(error) => error.reason(),
        };
        let role = |seconds: &u64| {
            let seals = ring.sealing(at(*seconds)).id == id;
            if seals { "seals" } else { else_it }
        };
        json!({ "id": format!("{id:?}"), "roles": times.iter().map(role).collect::<Vec<_>>() })
    });
    Ok(json!({ "keys": keys.collect::<Vec<_>>() }))
}

/// The reason in the words of the format.
fn list_reason(error: &KeyringError) -> &'static str {
    match error {
        KeyringError::Empty => "empty",
        KeyringError::Key { error, .. } => reason(*error),
        KeyringError::NeverSeals { .. } => "never-seals",
        KeyringError::NothingSeals => "nothing-seals",
        KeyringError::Repeated { .. } => "repeated",
        KeyringError::NotUnicode { .. }
        | KeyringError::Unset { .. }
        | KeyringError::Variable { .. } => panic!("no variable is read here"),
    }
}
