//! The vectors of the format: made here, compared with the committed file, and each of them read.
//! `BLESS_VECTORS=1 cargo test -p session-runtime vectors` writes the file anew.

use std::fmt::Write as _;
use std::sync::Arc;

use serde_json::{Value, json};

use super::engine::Engine as _;
use super::*;
use crate::keys::{Key, Keyring, key};
use crate::lifetime::{Age, Lifetime};
use crate::record::{Record, Records, Tag};
use crate::time::Timestamp;
use crate::value;

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../vectors/format-1.json");
const NOW: u64 = 1_800_000_000;
const NAME: &str = "__Host-shop";

/// No key here is a secret: each is refused as weak or published.
fn roots() -> [[u8; 32]; 3] {
    let counter = std::array::from_fn(|at| u8::try_from(at).unwrap());
    [counter, counter.map(|byte| 255 - byte), [0x5a; 32]]
}

fn part_keys(roots: &[[u8; 32]], cookie_name: &str) -> PartKeys {
    let keys = roots.iter().map(|root| Key::unchecked(*root));
    let derived = Keyring::new(keys).unwrap().derive(cookie_name, "main");
    let keys = Arc::clone(&derived.load());
    drop(derived);
    Arc::into_inner(keys).unwrap()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

/// A token and what is asked of it; each vector changes something about it.
#[derive(Clone)]
struct Case {
    name: String,
    roots: Vec<[u8; 32]>,
    cookie_name: &'static str,
    idle: u64,
    max: u64,
    now: u64,
    token: String,
}

impl Case {
    fn of(name: &str, token: String) -> Self {
        Self {
            name: name.to_owned(),
            roots: vec![roots()[0]],
            cookie_name: NAME,
            idle: 3600,
            max: 86_400,
            now: NOW,
            token,
        }
    }

    fn json(&self) -> Value {
        json!({
            "name": self.name,
            "keys": self.roots.iter().map(|root| hex(root)).collect::<Vec<_>>(),
            "cookie_name": self.cookie_name,
            "part": "main",
            "idle": self.idle,
            "max": self.max,
            "now": self.now,
            "token": self.token,
        })
    }

    fn opens(&self, session: &Plaintext) -> Value {
        let mut entry = self.json();
        entry["opens"] = contents(session);
        entry
    }

    fn refused(&self, reason: &str) -> Value {
        let mut entry = self.json();
        entry["refused"] = json!(reason);
        entry
    }
}

fn contents(session: &Plaintext) -> Value {
    let seconds = |time: Timestamp| {
        time.to_bytes()
            .iter()
            .fold(0, |n, byte| n << 8 | u64::from(*byte))
    };
    let record = |record: &Record| {
        json!({
            "tag": hex(&record.tag.0),
            "deadline": record.deadline.map(seconds),
            "value": hex(&record.value),
        })
    };
    json!({
        "flags": 0,
        "created_at": seconds(session.created_at),
        "renewed_at": seconds(session.renewed_at),
        "records": session.records.iter().map(record).collect::<Vec<_>>(),
    })
}

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_seconds(seconds)
}

fn record(tag: [u8; 3], deadline: Option<u64>, value: &[u8]) -> Record {
    Record {
        tag: Tag(tag),
        deadline: deadline.map(at),
        value: value.to_vec().into(),
    }
}

fn session(times: (u64, u64), records: impl IntoIterator<Item = Record>) -> Plaintext {
    let mut all = Records::default();
    records.into_iter().for_each(|record| all.set(record));
    Plaintext {
        created_at: at(times.0),
        renewed_at: at(times.1),
        records: all,
    }
}

fn usual() -> Plaintext {
    let visits = record([0xd3, 0x12, 0x2f], None, &[17]);
    session((NOW - 100, NOW - 10), [visits])
}

fn nonce(number: u8) -> Nonce {
    std::array::from_fn(|at| u8::try_from(at).unwrap().wrapping_mul(7) ^ number)
}

fn sealed(session: &Plaintext, number: u8) -> String {
    seal(
        &part_keys(&roots()[..1], NAME),
        at(NOW),
        &nonce(number),
        session,
    )
}

/// Seals what no session writes.
fn sealed_bytes(plaintext: &[u8]) -> String {
    let keys = part_keys(&roots()[..1], NAME);
    let key = keys.sealing(at(NOW));
    let header = header(key.id);
    let mut message = plaintext.to_vec();
    let tag = XChaCha20Poly1305.seal(&key.secret, &nonce(9), &header, &mut message);
    URL_SAFE_NO_PAD.encode([&header[..], &nonce(9), &message, &tag].concat())
}

fn opening_tokens() -> Vec<Value> {
    let mut entries = Vec::new();
    let mut opens = |name: String, session: &Plaintext| {
        let number = u8::try_from(entries.len()).unwrap();
        entries.push(Case::of(&name, sealed(session, number)).opens(session));
    };
    opens("a session".to_owned(), &usual());
    opens("without records".to_owned(), &session((NOW, NOW), []));
    for length in [
        0, 1, 2, 3, 15, 16, 17, 62, 63, 64, 65, 127, 128, 255, 256, 1000, 3000,
    ] {
        let value: Vec<u8> = (0..length).map(|at: usize| at.to_be_bytes()[7]).collect();
        let record = record([1, 2, 3], None, &value);
        opens(
            format!("a value of {length} bytes"),
            &session((NOW, NOW), [record]),
        );
    }
    for (name, created_at, renewed_at) in [
        ("of a clock that is a minute ahead", NOW + 60, NOW + 60),
        ("begun after it was renewed", NOW, NOW - 5),
        ("a second before idle is over", NOW - 3599, NOW - 3599),
        ("a second before max is over", NOW - 86_399, NOW),
    ] {
        opens(name.to_owned(), &session((created_at, renewed_at), []));
    }
    for count in [2, 3, 10, 50] {
        let records = (0..count).map(|tag: u8| record([tag, 255 - tag, 0], None, &[tag; 4]));
        opens(format!("{count} records"), &session((NOW, NOW), records));
    }
    for (name, deadline) in [
        ("in a second", NOW + 1),
        ("at the end of time", (1 << 40) - 1),
    ] {
        let records = [record([5, 5, 5], Some(deadline), b"\xa5later")];
        opens(
            format!("a record that ends {name}"),
            &session((NOW, NOW), records),
        );
    }
    let edges = [[0, 0, 0], [0, 0, 1], [0, 1, 0], [1, 0, 0], [255, 255, 255]];
    let records = edges.map(|tag| record(tag, None, &[1]));
    opens(
        "tags in the order of their bytes".to_owned(),
        &session((NOW, NOW), records),
    );
    entries.extend(expiring_records());
    entries.extend(other_homes());
    entries
}

/// Records whose time is over are not there, whatever their neighbours do.
fn expiring_records() -> Vec<Value> {
    let expired = |deadline| {
        let lasting = record([1, 1, 1], None, &[1]);
        let ending = record([2, 2, 2], Some(deadline), &[2]);
        let sealed_with = session((NOW - 100, NOW - 10), [lasting.clone(), ending]);
        let left = session((NOW - 100, NOW - 10), [lasting]);
        (sealed_with, left)
    };
    let entries = [NOW, NOW - 1, 0].map(|deadline| {
        let (sealed_with, left) = expired(deadline);
        let name = format!("without the record that ended at {deadline}");
        Case::of(&name, sealed(&sealed_with, 80)).opens(&left)
    });
    entries.into()
}

/// Other keys, key lists and cookie names.
fn other_homes() -> Vec<Value> {
    let mut entries = Vec::new();
    for (number, root) in roots().into_iter().enumerate() {
        for cookie_name in [NAME, "__Secure-shop", "shop", "__Host-a"] {
            let token = seal(
                &part_keys(&[root], cookie_name),
                at(NOW),
                &nonce(90),
                &usual(),
            );
            let case = Case {
                roots: vec![root],
                cookie_name,
                ..Case::of(&format!("under key {number} for {cookie_name}"), token)
            };
            entries.push(case.opens(&usual()));
        }
        let token = seal(&part_keys(&[root], NAME), at(NOW), &nonce(91), &usual());
        let case = Case {
            roots: roots().into(),
            ..Case::of(&format!("under key {number} of three"), token)
        };
        entries.push(case.opens(&usual()));
    }
    entries
}

fn refused_tokens() -> Vec<Value> {
    let mut entries = Vec::new();
    entries.extend(refused_texts());
    entries.extend(refused_bytes());
    entries.extend(refused_plaintexts());
    entries.extend(refused_times());
    let elsewhere = |name: &str, roots: Vec<[u8; 32]>, cookie_name, reason| {
        let token = sealed(&usual(), 40);
        let case = Case {
            roots,
            cookie_name,
            ..Case::of(name, token)
        };
        case.refused(reason)
    };
    let [first, second, third] = roots();
    entries.push(elsewhere("another key", vec![second], NAME, "unknown-key"));
    entries.push(elsewhere(
        "two other keys",
        vec![second, third],
        NAME,
        "unknown-key",
    ));
    for cookie_name in ["__Secure-shop", "shop", "__Host-shop2", "__Host-Shop", ""] {
        let name = format!("as the cookie {cookie_name:?}");
        entries.push(elsewhere(&name, vec![first], cookie_name, "forged"));
    }
    entries
}

fn refused_texts() -> Vec<Value> {
    let token = sealed(&usual(), 41);
    let cases = [
        ("the empty token", String::new(), "length"),
        ("one character", "A".to_owned(), "alphabet"),
        ("two characters", "AQ".to_owned(), "length"),
        ("44 bytes", "A".repeat(59), "length"),
        ("4097 characters", "A".repeat(4097), "length"),
        (
            "4097 characters that are none of base64url",
            "*".repeat(4097),
            "length",
        ),
        (
            "4096 bytes that are not base64url",
            "é".repeat(2048),
            "alphabet",
        ),
        ("with padding", format!("{token}="), "alphabet"),
        ("with a space behind", format!("{token} "), "alphabet"),
        ("with a space before", format!(" {token}"), "alphabet"),
        ("in quotes", format!("\"{token}\""), "alphabet"),
        ("with a line feed", format!("{token}\n"), "alphabet"),
        ("with a plus", token.replacen('A', "+", 1), "alphabet"),
        ("with a slash", token.replacen('A', "/", 1), "alphabet"),
        (
            "with a percent sign",
            token.replacen('A', "%41", 1),
            "alphabet",
        ),
        ("with an unused bit", with_unused_bit(&token), "alphabet"),
        ("with a character more", format!("{token}A"), "forged"),
    ];
    cases
        .map(|(name, token, reason)| Case::of(name, token).refused(reason))
        .into()
}

/// The last character of `token` with one of the bits that no byte takes.
fn with_unused_bit(token: &str) -> String {
    const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    assert_eq!(token.len() % 4, 2, "four unused bits");
    let (start, last) = token.split_at(token.len() - 1);
    let at = ALPHABET.find(last).unwrap();
    format!("{start}{}", &ALPHABET[at + 1..at + 2])
}

fn refused_bytes() -> Vec<Value> {
    let token = URL_SAFE_NO_PAD.decode(sealed(&usual(), 42)).unwrap();
    let mut entries = Vec::new();
    let mut changed = |name: &str, at: usize, byte: u8, reason: &str| {
        let mut token = token.clone();
        token[at] = byte;
        let token = URL_SAFE_NO_PAD.encode(token);
        entries.push(Case::of(name, token).refused(reason));
    };
    for version in [0, 2, 3, 0x81, 255] {
        changed(&format!("version {version}"), 0, version, "version");
    }
    for (at, byte) in token.iter().enumerate().take(5).skip(1) {
        changed(
            &format!("key id changed at {at}"),
            at,
            byte ^ 1,
            "unknown-key",
        );
    }
    for at in [
        5,
        28,
        29,
        35,
        token.len() - 17,
        token.len() - 16,
        token.len() - 1,
    ] {
        changed(&format!("bit 0 of byte {at}"), at, token[at] ^ 1, "forged");
        changed(
            &format!("bit 7 of byte {at}"),
            at,
            token[at] ^ 128,
            "forged",
        );
    }
    let cut = URL_SAFE_NO_PAD.encode(&token[..token.len() - 1]);
    entries.push(Case::of("without its last byte", cut).refused("forged"));
    let longer = URL_SAFE_NO_PAD.encode([&token[..], &[0]].concat());
    entries.push(Case::of("with a byte more", longer).refused("forged"));
    entries
}

fn refused_plaintexts() -> Vec<Value> {
    let mut usual_bytes = Vec::new();
    session((NOW, NOW), []).write(&mut usual_bytes);
    let with = |records: &[u8]| [&usual_bytes, records].concat();
    let flagged = |flags: u8| {
        let mut bytes = usual_bytes.clone();
        bytes[0] = flags;
        bytes
    };
    let cases = [
        ("nothing sealed", Vec::new()),
        ("ten bytes sealed", usual_bytes[..10].to_vec()),
        ("flag 0x01", flagged(0x01)),
        ("flag 0x02", flagged(0x02)),
        ("flag 0x04", flagged(0x04)),
        ("flag 0x80", flagged(0x80)),
        ("all flags", flagged(0xff)),
        ("a tag that is cut", with(&[1, 2])),
        ("no size", with(&[1, 2, 3])),
        ("a size that is cut", with(&[1, 2, 3, 0x80])),
        ("a size with a needless byte", with(&[1, 2, 3, 0x82, 0, 7])),
        (
            "a size with two needless bytes",
            with(&[1, 2, 3, 0x82, 0x80, 0, 7]),
        ),
        (
            "a size of four bytes",
            with(&[1, 2, 3, 0x80, 0x80, 0x80, 1]),
        ),
        ("a deadline that is cut", with(&[1, 2, 3, 1, 0, 0, 0, 0])),
        ("a value that is cut", with(&[1, 2, 3, 4, 7])),
        (
            "a value that is longer than any cookie",
            with(&[1, 2, 3, 0xff, 0xff, 0x7f]),
        ),
        ("a tag twice", with(&[1, 2, 3, 2, 7, 1, 2, 3, 2, 7])),
        ("tags that descend", with(&[1, 2, 3, 2, 7, 1, 2, 2, 2, 7])),
    ];
    cases
        .map(|(name, plaintext)| Case::of(name, sealed_bytes(&plaintext)).refused("malformed"))
        .into()
}

fn refused_times() -> Vec<Value> {
    let last = (1 << 40) - 1;
    let cases = [
        ("begun 61 seconds ahead", NOW + 61, NOW, "future"),
        ("renewed 61 seconds ahead", NOW, NOW + 61, "future"),
        ("from the end of time", last, last, "future"),
        ("when idle is over", NOW - 3600, NOW - 3600, "expired"),
        ("when max is over", NOW - 86_400, NOW, "expired"),
        ("of 1970", 0, 0, "expired"),
    ];
    cases
        .map(|(name, created_at, renewed_at, reason)| {
            let session = session((created_at, renewed_at), []);
            Case::of(name, sealed(&session, 43)).refused(reason)
        })
        .into()
}

fn keys() -> Vec<Value> {
    let mut entries = Vec::new();
    for (number, root) in roots().into_iter().enumerate() {
        let key = Key::unchecked(root);
        let (text, id) = (key.reveal(), format!("{key:?}"));
        let id = id
            .trim_start_matches("Key(")
            .trim_end_matches(')')
            .to_owned();
        for (name, text) in [
            ("a key", text.clone()),
            ("in white space", format!(" \t{text}\r\n")),
            ("revoked", format!("{text} revoked")),
            ("that waits", format!("{text}\tfrom=2027-01-15T00:00:00Z")),
            (
                "that waits and is revoked",
                format!("{text} revoked from=2027-01-15T00:00:00Z"),
            ),
        ] {
            let name = format!("{number}: {name}");
            entries.push(json!({ "name": name, "text": text, "root": hex(&root), "id": id }));
        }
        for (name, text) in [
            ("without its last character", text[..52].to_owned()),
            ("with a character more", format!("{text}A")),
            ("with padding", format!("{text}=")),
            ("with another prefix", text.replacen("srk1", "srk2", 1)),
            ("in upper case", text.to_uppercase()),
            (
                "with a changed character",
                text.replacen(&text[20..21], "*", 1),
            ),
            ("with another checksum", format!("{}AAAA", &text[..49])),
            ("with a word", format!("{text} later")),
            (
                "that waits for no day",
                format!("{text} from=2027-02-30T00:00:00Z"),
            ),
            ("that waits for no time", format!("{text} from=2027-01-15")),
            ("two with a comma", format!("{text},{text}")),
        ] {
            let name = format!("{number}: {name}");
            entries.push(json!({ "name": name, "text": text, "refused": true }));
        }
    }
    entries.push(json!({ "name": "nothing", "text": "", "refused": true }));
    entries
}

/// Computed by hand and with the derive, which a test of `session-derive` pins.
fn tags() -> Vec<Value> {
    let tags = [
        ("a", "0c29c8"),
        ("visits", "d3122f"),
        ("theme_sort", "95d0c3"),
        ("total_begin", "95d0c3"),
    ];
    tags.map(|(name, tag)| json!({ "name": name, "tag": tag }))
        .into()
}

fn values() -> Vec<Value> {
    let deep =
        |levels: usize, start: &[u8], end: u8| [&start.repeat(levels - 1), &[end][..]].concat();
    let cases: Vec<(String, Vec<u8>, bool)> = [
        ("nil", b"\xc0".to_vec(), true),
        ("a small number", b"\x07".to_vec(), true),
        (
            "a number in a longer format than needed",
            b"\xcd\x00\x01".to_vec(),
            true,
        ),
        ("a text", b"\xa3abc".to_vec(), true),
        ("a text that is not UTF-8", b"\xa1\xff".to_vec(), true),
        (
            "a map whose keys repeat",
            b"\x82\x01\x01\x01\x01".to_vec(),
            true,
        ),
        ("an extension", b"\xd4\x01\x01".to_vec(), true),
        ("an extension of any size", b"\xc7\x02\x01ab".to_vec(), true),
        ("bytes with 0xc1 inside", b"\xc4\x01\xc1".to_vec(), true),
        ("64 arrays", deep(64, b"\x91", 0x90), true),
        ("64 maps", deep(64, b"\x81\x01", 0x80), true),
        ("nothing", Vec::new(), false),
        ("0xc1", b"\xc1".to_vec(), false),
        ("0xc1 in an array", b"\x91\xc1".to_vec(), false),
        ("a text that is cut", b"\xa3ab".to_vec(), false),
        ("a number that is cut", b"\xcd\x00".to_vec(), false),
        ("a byte behind", b"\x07\x07".to_vec(), false),
        ("an array without its values", b"\x92\x01".to_vec(), false),
        ("a map without a value", b"\x81\x01".to_vec(), false),
        (
            "an array of four thousand million",
            b"\xdd\xff\xff\xff\xff\x01".to_vec(),
            false,
        ),
        (
            "a map of four thousand million",
            b"\xdf\xff\xff\xff\xff\x01".to_vec(),
            false,
        ),
        (
            "bytes of four thousand million",
            b"\xc6\xff\xff\xff\xff\x01".to_vec(),
            false,
        ),
        ("65 arrays", deep(65, b"\x91", 0x90), false),
        ("65 maps", deep(65, b"\x81\x01", 0x80), false),
    ]
    .map(|(name, bytes, whole)| (name.to_owned(), bytes, whole))
    .into();
    let entry = |(name, bytes, whole): &(String, Vec<u8>, bool)| json!({ "name": name, "bytes": hex(bytes), "whole": whole });
    cases.iter().map(entry).collect()
}

/// One entry a line, so that a change of one is a change of one line.
fn file() -> String {
    let tokens = [opening_tokens(), refused_tokens()].concat();
    let lists = [
        ("tokens", tokens),
        ("keys", keys()),
        ("tags", tags()),
        ("values", values()),
    ];
    let lists = lists.map(|(name, entries)| {
        let entries: Vec<_> = entries.iter().map(|entry| format!("    {entry}")).collect();
        format!("  \"{name}\": [\n{}\n  ]", entries.join(",\n"))
    });
    format!("{{\n{}\n}}\n", lists.join(",\n"))
}

#[test]
fn the_committed_vectors_are_those_that_are_made_here() {
    if std::env::var_os("BLESS_VECTORS").is_some() {
        std::fs::write(PATH, file()).unwrap();
    }
    let committed = std::fs::read_to_string(PATH).unwrap();
    assert!(committed == file(), "the format or the vectors changed");
}

fn committed() -> Value {
    serde_json::from_str(&std::fs::read_to_string(PATH).unwrap()).unwrap()
}

fn bytes(hex: &Value) -> Vec<u8> {
    let digits = hex.as_str().unwrap().as_bytes().chunks(2);
    let byte = |digits| u8::from_str_radix(std::str::from_utf8(digits).unwrap(), 16).unwrap();
    digits.map(byte).collect()
}

/// Opens a token of the file as a request does.
fn verdict(entry: &Value) -> Result<Plaintext, &'static str> {
    let roots = entry["keys"].as_array().unwrap().iter();
    let roots: Vec<_> = roots.map(|root| bytes(root).try_into().unwrap()).collect();
    let keys = part_keys(&roots, entry["cookie_name"].as_str().unwrap());
    let token = entry["token"].as_str().unwrap();
    let opened = open(&keys, token.as_bytes()).map_err(OpenError::reason)?;
    let mut session = opened.plaintext;
    let number = |name: &str| entry[name].as_u64().unwrap();
    let (idle, max) = (number("idle"), number("max"));
    let now = at(number("now"));
    match (Lifetime { idle, max }).age(session.created_at, session.renewed_at, now) {
        Age::Alive => {}
        Age::Expired => return Err("expired"),
        Age::Future => return Err("future"),
    }
    let lasts = |record: &mut Record| record.deadline.is_none_or(|deadline| now < deadline);
    session.records.retain(lasts);
    Ok(session)
}

#[test]
fn every_token_opens_or_is_refused_as_the_vectors_say() {
    let vectors = committed();
    let tokens = vectors["tokens"].as_array().unwrap();
    let refused = tokens
        .iter()
        .filter(|entry| entry["refused"].is_string())
        .count();
    assert!(
        tokens.len() >= 120 && 2 * refused >= tokens.len(),
        "{refused} of {}",
        tokens.len()
    );
    for entry in tokens {
        match verdict(entry) {
            Ok(session) => assert_eq!(contents(&session), entry["opens"], "{}", entry["name"]),
            Err(reason) => assert_eq!(reason, entry["refused"], "{}", entry["name"]),
        }
    }
}

#[test]
fn every_key_and_value_is_read_or_refused_as_the_vectors_say() {
    let vectors = committed();
    for entry in vectors["keys"].as_array().unwrap() {
        let read = key::read(entry["text"].as_str().unwrap()).ok();
        let root = read.map(|(root, _)| hex(root.as_slice()));
        assert_eq!(root.as_deref(), entry["root"].as_str(), "{}", entry["name"]);
        assert_eq!(entry["refused"].is_boolean(), root.is_none());
        let key = entry["text"].as_str().unwrap().parse::<Key>();
        assert!(key.is_err(), "a key that everybody can read is refused");
    }
    for entry in vectors["values"].as_array().unwrap() {
        let whole = value::is_whole(&bytes(&entry["bytes"]));
        assert_eq!(Some(whole), entry["whole"].as_bool(), "{}", entry["name"]);
    }
}
