//! The vectors of the format. Two files are made here and compared with the committed ones: one, and one of stored
//! sessions. The third, of edge cases, was collected from readers that were wrong. The tokens and tickets of all are
//! opened as a request opens its cookies, in a module of their own, and their other entries are read here.
//! `BLESS_VECTORS=1 cargo test -p session-runtime --all-features vectors` writes the files anew.

mod key_lists;
mod opening;
mod others;
mod parts;
mod readings;
mod refused;
mod requests;
mod serving;
#[cfg(feature = "stored")]
pub(crate) mod stored;
mod values;
mod writing;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::Arc;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::keys::{Key, KeyError, Keyring, key};
use crate::part::Part;
use crate::record::{Record, RecordRef, Records, Tag};
use crate::time::Timestamp;
use crate::token::engine::Engine as _;
use crate::token::*;
use crate::value;

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../vectors/format-1.json");
const EDGES: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../vectors/format-1-edges.json"
);
const STORED: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../vectors/format-1-stored.json"
);
const NOW: u64 = 1_800_000_000;
const NAME: &str = "__Host-shop";
const NIL: &[u8] = &[0xc0];
const USER: [u8; 3] = [7, 7, 7];

/// A cookie by its full name, and as which part it is opened.
type Home = (&'static str, Part);

/// The cookie of each part.
const HOMES: [Home; 3] = [
    ("__Host-shop", Part::Main),
    ("__Host-shop.browser", Part::Browser),
    ("__Host-shop.flash", Part::Flash),
];

/// No key here is a secret: anybody can make them from the texts.
fn roots() -> [[u8; 32]; 3] {
    [0, 1, 2].map(|number| {
        let text = format!("session-runtime vectors, root key {number}");
        Sha256::digest(text).into()
    })
}

pub(crate) fn part_keys(roots: &[[u8; 32]], cookie_name: &str, part: Part) -> PartKeys {
    let keys = roots.iter().map(|root| Key::unchecked(*root));
    let derived = Keyring::new(keys).unwrap();
    let derived = derived.derive(cookie_name, part.name());
    let keys = derived.load();
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
    part: Part,
    idle: u64,
    max: u64,
    now: u64,
    lifetimes: Vec<([u8; 3], u64)>,
    identity: Option<[u8; 3]>,
    token: String,
}

impl Case {
    fn of(name: &str, token: String) -> Self {
        Self {
            name: name.to_owned(),
            roots: vec![roots()[0]],
            cookie_name: NAME,
            part: Part::Main,
            idle: 3600,
            max: 86_400,
            now: NOW,
            lifetimes: Vec::new(),
            identity: None,
            token,
        }
    }

    fn in_cookie(self, (cookie_name, part): Home) -> Self {
        Self {
            cookie_name,
            part,
            ..self
        }
    }

    fn json(&self) -> Value {
        let mut entry = json!({
            "name": self.name,
            "keys": self.roots.iter().map(|root| hex(root)).collect::<Vec<_>>(),
            "cookie_name": self.cookie_name,
            "part": self.part.name(),
            "idle": self.idle,
            "max": self.max,
            "now": self.now,
            "token": self.token,
        });
        if !self.lifetimes.is_empty() {
            let lifetimes = self.lifetimes.iter();
            let lifetimes = lifetimes.map(|(tag, seconds)| (hex(tag), json!(seconds)));
            entry["lifetimes"] = lifetimes.collect();
        }
        if let Some(tag) = self.identity {
            entry["identity"] = json!(hex(&tag));
        }
        entry
    }

    fn opens(&self, session: &Plaintext) -> Value {
        with_outcome(self.json(), Ok(contents(session)))
    }

    fn refused(&self, reason: &str) -> Value {
        with_outcome(self.json(), Err(reason))
    }
}

/// The outcome of an entry, in the one shape that all lists have.
pub(crate) fn outcome(outcome: Result<Value, &str>) -> Value {
    match outcome {
        Ok(found) => json!({ "accepted": found }),
        Err(reason) => json!({ "refused": reason }),
    }
}

fn with_outcome(mut entry: Value, expected: Result<Value, &str>) -> Value {
    entry["outcome"] = outcome(expected);
    entry
}

/// These entries, each of which tests this section of `docs/FORMAT.md`.
fn of_section(section: &str, mut entries: Vec<Value>) -> Vec<Value> {
    for entry in &mut entries {
        entry["section"] = json!(section);
    }
    entries
}

pub(crate) fn contents(session: &Plaintext) -> Value {
    let seconds = |time: Timestamp| {
        time.to_bytes()
            .iter()
            .fold(0, |n, byte| n << 8 | u64::from(*byte))
    };
    let record = |record: RecordRef<'_>| {
        json!({
            "tag": hex(&record.tag.0),
            "deadline": record.deadline.map(seconds),
            "value": hex(record.value),
        })
    };
    json!({
        "flags": byte(session),
        "created_at": seconds(session.created_at),
        "renewed_at": seconds(session.renewed_at),
        "login": session.login.map(|login| hex(&login.0)),
        "written_at": session.written_at.map(seconds),
        "records": session.records.iter().map(record).collect::<Vec<_>>(),
    })
}

fn byte(session: &Plaintext) -> u8 {
    let Flags { remembered, untold } = session.flags;
    let bits = [
        (session.login.is_some(), 0x01),
        (remembered, 0x02),
        (untold, 0x08),
        (session.written_at.is_some(), 0x10),
    ];
    let set = bits.iter().filter(|(is_set, _)| *is_set);
    set.map(|(_, bit)| bit).sum()
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
        flags: Flags::default(),
        created_at: at(times.0),
        renewed_at: at(times.1),
        login: None,
        written_at: None,
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

fn flagged(flags: u8, session: Plaintext) -> Plaintext {
    let is_set = |bit| flags & bit != 0;
    Plaintext {
        flags: Flags {
            remembered: is_set(0x02),
            untold: is_set(0x08),
        },
        login: is_set(0x01).then_some(LoginId([0xa1, 0xb2, 0xc3, 0xd4])),
        written_at: is_set(0x10).then_some(at(NOW - 5)),
        ..session
    }
}

/// Every byte of flags that a release may write.
fn known_flags() -> impl Iterator<Item = u8> {
    (0..0x20).filter(|flags| flags & 0x04 == 0)
}

fn sealed(session: &Plaintext, number: u8) -> String {
    sealed_at(HOMES[0], session, number)
}

fn sealed_at((cookie_name, part): Home, session: &Plaintext, number: u8) -> String {
    let keys = part_keys(&roots()[..1], cookie_name, part);
    seal(&keys, at(NOW), &nonce(number), session).to_text()
}

/// Seals what no session writes.
fn sealed_bytes((cookie_name, part): Home, plaintext: &[u8]) -> String {
    let keys = part_keys(&roots()[..1], cookie_name, part);
    let key = keys.sealing(at(NOW));
    let header = header(key.id);
    let mut message = plaintext.to_vec();
    let tag = XChaCha20Poly1305.seal(&key.secret, &nonce(9), &header, &mut message);
    URL_SAFE_NO_PAD.encode([&header[..], &nonce(9), &message, &tag].concat())
}

/// The version of the file: one more when an entry that was there has another meaning.
const VERSION_OF_FILE: u64 = 1;

fn file() -> String {
    let tokens = [opening::tokens(), refused::tokens(), parts::tokens()].concat();
    let lists = [
        ("tokens", "token", tokens),
        ("requests", "request", requests::requests()),
        ("writing", "writing", writing::writing()),
        ("keys", "key", others::keys()),
        ("key_lists", "key-list", key_lists::key_lists()),
        ("tags", "tag", others::tags()),
        ("values", "value", values::values()),
        ("readings", "reading", readings::readings()),
        ("shapes", "shape", others::shapes()),
    ];
    file_of(PATH, &serving::types(), lists)
}

/// The names of a list and of the ids in it, and its entries.
type List = (&'static str, &'static str, Vec<Value>);

/// One entry a line, so that a change of one is a change of one line.
fn file_of<const N: usize>(path: &str, types: &Value, lists: [List; N]) -> String {
    let ids = committed_ids(path);
    let lists = lists.map(|(list, kind, entries)| {
        let entries = with_ids(&ids, list, kind, entries);
        let lines: Vec<_> = entries.iter().map(|entry| format!("    {entry}")).collect();
        format!("  \"{list}\": [\n{}\n  ]", lines.join(",\n"))
    });
    let header = format!(
        "  \"format\": {VERSION},\n  \"version\": {VERSION_OF_FILE},\n  \"types\": {types}"
    );
    format!("{{\n{header},\n{}\n}}\n", lists.join(",\n"))
}

/// The ids of the committed entries of one file, by list and name.
fn committed_ids(path: &str) -> BTreeMap<(String, String), String> {
    let mut ids = BTreeMap::new();
    for (list, entry) in entries_of(&read(path)) {
        if let Some(id) = entry["id"].as_str() {
            ids.insert((list.to_owned(), name_of(entry)), id.to_owned());
        }
    }
    ids
}

/// Gives each entry the id that an entry of its name has already, or the next number.
fn with_ids(
    ids: &BTreeMap<(String, String), String>,
    list: &str,
    kind: &str,
    mut entries: Vec<Value>,
) -> Vec<Value> {
    let of_list = ids.iter().filter(|((of, _), _)| of == list);
    let numbers = of_list.map(|(_, id)| id.rsplit('-').next().unwrap().parse::<u32>().unwrap());
    let mut highest = numbers.max().unwrap_or(0);
    for entry in &mut entries {
        let known = ids.get(&(list.to_owned(), name_of(entry)));
        entry["id"] = json!(known.cloned().unwrap_or_else(|| {
            highest += 1;
            format!("{kind}-{highest:03}")
        }));
    }
    entries
}

fn name_of(entry: &Value) -> String {
    entry["name"].as_str().unwrap().to_owned()
}

/// Every entry of one file, with the name of its list.
fn entries_of(file: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let members = file.as_object().unwrap().iter();
    let lists = members.filter_map(|(name, list)| Some((name.as_str(), list.as_array()?)));
    lists.flat_map(|(name, list)| list.iter().map(move |entry| (name, entry)))
}

fn read(path: &str) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn the_committed_vectors_are_those_that_are_made_here() {
    bless_or_compare(PATH, file);
}

fn bless_or_compare(path: &str, file: impl Fn() -> String) {
    if std::env::var_os("BLESS_VECTORS").is_some() {
        std::fs::write(path, file()).unwrap();
    }
    let (committed, made) = (std::fs::read_to_string(path).unwrap(), file());
    for (committed, made) in committed.lines().zip(made.lines()) {
        assert_eq!(committed, made, "the format or the vectors changed");
    }
    assert_eq!(committed, made);
}

/// The entries of one list in all files.
pub(crate) fn committed(list: &str) -> Vec<Value> {
    let of_file = |path| {
        let entries = read(path)[list].as_array().cloned();
        entries.unwrap_or_default()
    };
    [of_file(PATH), of_file(EDGES), of_file(STORED)].concat()
}

pub(crate) fn bytes(hex: &Value) -> Vec<u8> {
    let digits = hex.as_str().unwrap().as_bytes().chunks(2);
    let byte = |digits| u8::from_str_radix(std::str::from_utf8(digits).unwrap(), 16).unwrap();
    digits.map(byte).collect()
}

#[test]
fn every_entry_has_its_own_id_and_a_section_that_exists() {
    let page = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/FORMAT.md"));
    let headings = page.lines().filter_map(|line| line.strip_prefix("##"));
    let numbers = headings.map(|heading| heading.trim_start_matches('#').trim_start());
    let sections: BTreeSet<_> = numbers
        .filter_map(|heading| heading.split(' ').next())
        .map(|number| number.trim_end_matches('.'))
        .collect();
    let mut ids = BTreeSet::new();
    for file in [PATH, EDGES, STORED].map(read) {
        let mut names = BTreeSet::new();
        for (list, entry) in entries_of(&file) {
            let (id, section) = (&entry["id"], &entry["section"]);
            assert!(ids.insert(id.as_str().unwrap().to_owned()), "{id} twice");
            assert!(
                sections.contains(section.as_str().unwrap()),
                "{id}: {section}"
            );
            assert!(names.insert((list, name_of(entry))), "{id}: its name twice");
            let outcome = entry["outcome"].as_object().unwrap();
            assert!(outcome.len() == 1, "{id}: {outcome:?}");
        }
    }
}

#[test]
fn the_vectors_have_every_part_with_all_flags_and_reasons() {
    let outcome = |entry: &Value| match entry["outcome"]["refused"].as_str() {
        Some(reason) => reason.to_owned(),
        None => format!("opens with {}", entry["outcome"]["accepted"]["flags"]),
    };
    let tokens = committed("tokens");
    let of_part = |part: Part| {
        tokens
            .iter()
            .filter(move |entry| entry["part"] == part.name())
    };
    let flags: Vec<_> = known_flags()
        .map(|flags| format!("opens with {flags}"))
        .collect();
    let everywhere = ["expired", "forged", "future", "malformed", "unknown-key"];
    let main = ["alphabet", "identity", "length", "version"];
    for part in Part::ALL {
        let outcomes: BTreeSet<_> = of_part(part).map(outcome).collect();
        let main = main.iter().filter(|_| part == Part::Main);
        let reasons = everywhere.iter().chain(main).map(|it| (*it).to_owned());
        assert_eq!(outcomes, flags.iter().cloned().chain(reasons).collect());
    }
}

/// A list, and the entry with what the library finds about it.
type Answers = (&'static str, fn(Value) -> Value);

/// The lists whose entries the library answers as it would answer an application.
const ANSWERS: [Answers; 5] = [
    ("requests", requests::answered),
    ("writing", writing::answered),
    ("key_lists", key_lists::answered),
    ("values", values::answered),
    ("readings", readings::answered),
];

#[test]
fn every_request_part_key_list_and_value_is_answered_as_the_vectors_say() {
    for (list, answered) in ANSWERS {
        let entries = committed(list);
        assert!(entries.len() >= 30, "{list}");
        for entry in entries {
            assert_eq!(answered(entry.clone()), entry, "{}", entry["id"]);
        }
    }
}

#[test]
fn every_key_is_read_or_refused_as_the_vectors_say() {
    for entry in committed("keys") {
        let found = match key::read(entry["text"].as_str().unwrap()) {
            Ok((root, _)) => {
                let key = Key::unchecked(*root);
                Ok(json!({ "root": hex(root.as_slice()), "id": id_of(&key) }))
            }
            Err(error) => Err(reason(error)),
        };
        assert_eq!(outcome(found), entry["outcome"], "{}", entry["id"]);
    }
}

/// Everybody has them.
#[test]
fn a_key_of_the_vectors_keeps_no_application() {
    let tokens = committed("tokens").into_iter();
    let of_tokens = tokens.flat_map(|entry| entry["keys"].as_array().unwrap().clone());
    let keys = committed("keys").into_iter();
    let read = keys.filter_map(|mut entry| {
        entry["outcome"]["accepted"]
            .get_mut("root")
            .map(Value::take)
    });
    let all: BTreeSet<_> = of_tokens.chain(read).map(|root| bytes(&root)).collect();
    assert!(all.len() >= 3);
    for root in all {
        let key = Key::from_bytes(root.try_into().unwrap());
        assert_eq!(key.unwrap_err(), KeyError::Published);
    }
}

fn id_of(key: &Key) -> String {
    let shown = format!("{key:?}");
    let id = shown
        .strip_prefix("Key(")
        .and_then(|rest| rest.strip_suffix(')'));
    id.unwrap().to_owned()
}

/// The reason in the words of the format.
fn reason(error: KeyError) -> &'static str {
    match error {
        KeyError::Alphabet => "alphabet",
        KeyError::Checksum => "checksum",
        KeyError::Empty => "empty",
        KeyError::Length { .. } => "length",
        KeyError::Prefix => "prefix",
        KeyError::Time => "time",
        KeyError::Word => "word",
        KeyError::LowVariety | KeyError::Published | KeyError::Text => {
            panic!("which keys are weak is no part of the format")
        }
    }
}

#[test]
fn every_shape_is_accepted_or_refused_as_the_vectors_say() {
    for entry in committed("shapes") {
        let is_whole = value::is_whole(&bytes(&entry["bytes"]));
        let found = is_whole.then(|| json!({})).ok_or("malformed");
        assert_eq!(outcome(found), entry["outcome"], "{}", entry["id"]);
    }
}
