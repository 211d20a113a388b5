//! Entries, in their place in a row and out of it.

use super::*;
use crate::merge::{History, Name};

/// An entry, and what is asked of it.
#[derive(Clone)]
struct EntryCase {
    name: String,
    keys: String,
    cookie_name: &'static str,
    id: [u8; 16],
    tag: [u8; 3],
    role: u8,
    sealed: Vec<u8>,
}

impl EntryCase {
    fn of(name: &str, sealed: impl Into<Vec<u8>>) -> Self {
        Self {
            name: name.to_owned(),
            keys: key_text(0),
            cookie_name: NAME,
            id: ID,
            tag: TAG,
            role: 0,
            sealed: sealed.into(),
        }
    }

    fn entry(self, outcome: Result<Value, &str>) -> Value {
        let entry = json!({
            "name": self.name,
            "keys": self.keys,
            "cookie_name": self.cookie_name,
            "session_id": hex(&self.id),
            "tag": hex(&self.tag),
            "role": self.role,
            "sealed": hex(&self.sealed),
        });
        with_outcome(entry, outcome)
    }

    fn opens(self, value: &EntryValue) -> Value {
        self.entry(Ok(entry_contents(value)))
    }

    fn refused(self, reason: &str) -> Value {
        self.entry(Err(reason))
    }
}

fn entry_contents(entry: &EntryValue) -> Value {
    let seconds = |time: Timestamp| time.to_seconds();
    json!({
        "written_at": seconds(entry.written_at),
        "deadline": entry.deadline.map(seconds),
        "history": history_contents(&entry.history),
        "value": hex(&entry.value),
    })
}

fn history_contents(history: &History) -> Value {
    if history.is_empty() {
        return Value::Null;
    }
    let taken = history
        .taken
        .iter()
        .map(|(name, taken_at)| json!({ "name": hex(&name.0), "taken_at": taken_at.to_seconds() }));
    json!({ "highest": history.highest, "taken": taken.collect::<Vec<_>>() })
}

fn value(value: &[u8], deadline: Option<u64>) -> EntryValue {
    EntryValue {
        written_at: at(NOW - 10),
        deadline: deadline.map(at),
        history: History::default(),
        value: value.to_vec().into(),
    }
}

/// The ciphers of rows. `row` is another one than that of the id only where an attacker moved an entry.
pub(super) fn cipher(keys: &str, cookie_name: &str, id: [u8; 16], row: RowKey) -> EntryCipher {
    let keys = keys_of(keys, cookie_name, "row");
    let (_, secret) = SessionId::from_bytes(id).row(cookie_name);
    EntryCipher::new(keys, secret, row, at(NOW))
}

fn usual_cipher() -> EntryCipher {
    let row = SessionId::from_bytes(ID).row_key(NAME);
    cipher(&key_text(0), NAME, ID, row)
}

fn seal_entry(cipher: &mut EntryCipher, value: &EntryValue) -> Vec<u8> {
    let tag = EntryTag::from_bytes(TAG);
    cipher.seal(tag, Role::Base, value, &nonce(70)).into()
}

fn usual_entry() -> Vec<u8> {
    seal_entry(&mut usual_cipher(), &value(&[17], None))
}

pub(super) fn entries() -> Vec<Value> {
    [
        entries_that_open(),
        entries_of_rings(),
        entries_elsewhere(),
        entries_that_are_none(),
    ]
    .concat()
}

fn entries_that_open() -> Vec<Value> {
    let long: Vec<u8> = (0..5000).map(|at: usize| at.to_be_bytes()[7]).collect();
    let cases = [
        ("an entry", value(&[17], None)),
        ("with a deadline", value(&[17], Some(NOW + 600))),
        (
            "with a deadline that is over",
            value(&[17], Some(NOW - 600)),
        ),
        (
            "a deadline at the end of time",
            value(&[17], Some((1 << 40) - 1)),
        ),
        ("an empty value", value(b"", None)),
        (
            "an empty value with a deadline",
            value(b"", Some(NOW + 600)),
        ),
        ("a value that is no object", value(&[0xc1], None)),
        ("a value of four bytes", value(b"\xa3abc", None)),
        ("a value that is larger than a cookie", value(&long, None)),
    ];
    let entries = cases.iter().map(|(name, value)| {
        let sealed = seal_entry(&mut usual_cipher(), value);
        EntryCase::of(name, sealed).opens(value)
    });
    let mut entries: Vec<_> = entries.collect();
    entries.extend(entries_of_merged_fields());
    let stepped = value(b"\xa2hi", Some(NOW + 600));
    let sealed = seal_entry(&mut usual_cipher(), &stepped);
    let mut entry = EntryCase::of("an entry, step by step", sealed.clone()).opens(&stepped);
    entry["steps"] = entry_steps(&sealed, &stepped);
    entries.push(entry);
    entries
}

/// A base that took differences, and a difference.
fn entries_of_merged_fields() -> Vec<Value> {
    let names = |count: u8| (0..count).map(|n| (Name([n; 8]), at(NOW - 10 + u64::from(n))));
    let taken = |highest, count| History {
        highest,
        taken: names(count).collect(),
    };
    let with = |history, deadline| EntryValue {
        history,
        ..value(&[17], deadline)
    };
    let bases = [
        ("with a history", with(taken(7, 2), None)),
        (
            "with a deadline and a history",
            with(taken(7, 1), Some(NOW + 600)),
        ),
        (
            "with a history without names",
            with(taken(u32::MAX, 0), None),
        ),
        ("with a history whose highest is 0", with(taken(0, 1), None)),
    ];
    let opened = bases.map(|(name, value)| {
        EntryCase::of(name, seal_entry(&mut usual_cipher(), &value)).opens(&value)
    });
    let difference = value(&[0, 0, 0, 1, 0x92, 4, 9], None);
    let tag = EntryTag::from_bytes(TAG);
    let sealed = usual_cipher().seal(tag, Role::Added, &difference, &nonce(72));
    let case = EntryCase {
        role: 1,
        ..EntryCase::of("a difference", sealed.clone())
    };
    let in_the_role_of_a_base = EntryCase::of("a difference in the role of a base", sealed);
    let mut entries = Vec::from(opened);
    entries.push(case.opens(&difference));
    entries.push(in_the_role_of_a_base.refused("forged"));
    entries
}

fn entry_steps(sealed: &[u8], value: &EntryValue) -> Value {
    let row = SessionId::from_bytes(ID).row_key(NAME).to_bytes();
    let keys = keys_of(&key_text(0), NAME, "row");
    let key = keys.sealing(at(NOW));
    let mut plaintext = Vec::new();
    value.write(&mut plaintext);
    json!({
        "row_key": hex(&row),
        "row_part_key": hex(key.secret.as_slice()),
        "entry_key": hex(usual_cipher().expand(key.id, &key.secret).as_slice()),
        "associated_data": hex(&[&sealed[..5], &row, &TAG, &[0]].concat()),
        "nonce": hex(&sealed[5..29]),
        "plaintext": hex(&plaintext),
    })
}

fn entries_of_rings() -> Vec<Value> {
    let [a, b, c] = [0, 1, 2].map(key_text);
    let row = SessionId::from_bytes(ID).row_key(NAME);
    let entry = value(&[17], None);
    let opens = |name: &str, sealed_with: &str, keys: String| {
        let sealed = seal_entry(&mut cipher(sealed_with, NAME, ID, row), &entry);
        let case = EntryCase::of(name, sealed);
        EntryCase { keys, ..case }.opens(&entry)
    };
    let refused = |name: &str, keys: String, reason| {
        let case = EntryCase::of(name, usual_entry());
        EntryCase { keys, ..case }.refused(reason)
    };
    vec![
        opens("under the second of three keys", &b, format!("{a},{b},{c}")),
        opens("under the last of three keys", &c, format!("{a},{b},{c}")),
        refused("another ring", b.clone(), "unknown-key"),
        refused(
            "a ring of two other keys",
            format!("{b},{c}"),
            "unknown-key",
        ),
        refused("a revoked key", format!("{b},{a} revoked"), "revoked-key"),
    ]
}

/// Entries that stand where they were not sealed for.
fn entries_elsewhere() -> Vec<Value> {
    let case = |name| EntryCase::of(name, usual_entry());
    let other_row = SessionId::from_bytes(OTHER_ID).row_key(NAME);
    let moved = seal_entry(
        &mut cipher(&key_text(0), NAME, ID, other_row),
        &value(&[17], None),
    );
    let named = seal_entry(
        &mut cipher(
            &key_text(0),
            "__Secure-shop",
            ID,
            SessionId::from_bytes(ID).row_key(NAME),
        ),
        &value(&[17], None),
    );
    let elsewhere = [
        EntryCase {
            id: OTHER_ID,
            ..case("in another session")
        },
        EntryCase {
            tag: [0xd3, 0x12, 0x30],
            ..case("in another field")
        },
        EntryCase {
            role: 1,
            ..case("in another role")
        },
        EntryCase {
            cookie_name: "__Secure-shop",
            ..case("of another cookie")
        },
        EntryCase::of("sealed under this id for another row", moved),
        EntryCase::of("sealed for this row under another cookie's key", named),
    ];
    let refused = elsewhere.map(|case| case.refused("forged"));
    refused.into()
}

fn entries_that_are_none() -> Vec<Value> {
    let entry = usual_entry();
    let mut entries = Vec::new();
    let mut refused = |name: &str, sealed: Vec<u8>, reason| {
        entries.push(EntryCase::of(name, sealed).refused(reason));
    };
    refused("nothing", Vec::new(), "length");
    refused("44 bytes", entry[..44].to_vec(), "length");
    refused(
        "without its last byte",
        entry[..entry.len() - 1].to_vec(),
        "forged",
    );
    refused("with a byte more", [&entry[..], &[0]].concat(), "forged");
    let changed = |at: usize, byte: u8| {
        let mut entry = entry.clone();
        entry[at] = byte;
        entry
    };
    for version in [0, 2, 0x81] {
        refused(
            &format!("version {version}"),
            changed(0, version),
            "version",
        );
    }
    let of_version_2 = |end: usize| {
        let mut entry = changed(0, 2);
        entry[1] ^= 1;
        entry.truncate(end);
        entry
    };
    refused(
        "version 2 under another key",
        of_version_2(entry.len()),
        "version",
    );
    refused("44 bytes of version 2", of_version_2(44), "length");
    for (at, byte) in entry.iter().enumerate().take(5).skip(1) {
        let name = format!("key id changed at {at}");
        refused(&name, changed(at, byte ^ 1), "unknown-key");
    }
    for at in [5, 28, 29, 34, 35, entry.len() - 16, entry.len() - 1] {
        let name = format!("bit 0 of byte {at}");
        refused(&name, changed(at, entry[at] ^ 1), "forged");
    }
    for (name, plaintext) in [
        ("no plaintext", &[][..]),
        ("a written-at that is cut", &[0, 0, 0, 0, 0]),
        ("a deadline that is cut", &[1, 0, 0, 0, 0, 1, 0, 0, 0, 0]),
        ("no deadline", &[1, 0, 0, 0, 0, 1]),
        ("an unknown flag", &[4, 0, 0, 0, 0, 1, 0, 0, 0, 0, 2, 7]),
        ("every flag", &[255, 0, 0, 0, 0, 1, 0, 0, 0, 0, 2, 7]),
        ("a history that is cut", &[2, 0, 0, 0, 0, 1, 0, 0, 0, 0, 2]),
        ("an empty history", &[2, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 7]),
        (
            "a name in a history that is cut",
            &[
                2, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8, 0, 0,
            ],
        ),
        (
            "a history that announces more names than there are",
            &[
                2, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 2, 1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0, 0, 1, 7,
            ],
        ),
    ] {
        refused(name, sealed_entry_bytes(plaintext), "malformed");
    }
    entries
}

/// Seals what no session writes.
fn sealed_entry_bytes(plaintext: &[u8]) -> Vec<u8> {
    let keys = keys_of(&key_text(0), NAME, "row");
    let key = keys.sealing(at(NOW));
    let mut cipher = usual_cipher();
    let header = header(key.id);
    let associated = cipher.associated(header, EntryTag::from_bytes(TAG), Role::Base);
    let secret = cipher.expand(key.id, &key.secret);
    let mut message = plaintext.to_vec();
    let seal = XChaCha20Poly1305.seal(&secret, &nonce(71), &associated, &mut message);
    [&header[..], &nonce(71), &message, &seal].concat()
}

pub(super) fn role(number: &Value) -> Role {
    match number.as_u64() {
        Some(0) => Role::Base,
        Some(1) => Role::Added,
        role => panic!("the role {role:?}"),
    }
}

fn entry_answered(entry: &Value) -> Result<Value, &'static str> {
    let text = |member: &str| entry[member].as_str().unwrap();
    let id: [u8; 16] = bytes(&entry["session_id"]).try_into().unwrap();
    let row = SessionId::from_bytes(id).row_key(text("cookie_name"));
    let mut cipher = cipher(text("keys"), text("cookie_name"), id, row);
    let tag = EntryTag::from_bytes(bytes(&entry["tag"]).try_into().unwrap());
    let opened = cipher.open(tag, role(&entry["role"]), &bytes(&entry["sealed"]));
    match opened {
        Ok(value) => Ok(entry_contents(&value)),
        Err(error) => Err(error.reason()),
    }
}

#[test]
fn every_entry_opens_or_is_refused_as_the_vectors_say() {
    let entries = committed("entries");
    let refused = entries
        .iter()
        .filter(|it| it["outcome"]["refused"].is_string());
    assert!(2 * refused.count() >= entries.len());
    for entry in entries {
        let found = outcome(entry_answered(&entry));
        assert_eq!(found, entry["outcome"], "{}", entry["id"]);
    }
}
