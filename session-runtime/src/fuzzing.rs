//! The functions that the fuzzer drives: whatever reads bytes of a browser or of a store, also behind the cipher, as an
//! attacker with a known key reaches it.

use std::sync::{Arc, LazyLock};

use bytes::Bytes;
use http::header::COOKIE;
use http::{HeaderMap, HeaderValue};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::cookie::{Lines, candidates};
use crate::data::SessionData;
use crate::keys::PartKeys;
use crate::part::Part;
use crate::record::{Record, Records};
use crate::time::Timestamp;
use crate::token::{self, Flags, LoginId, Plaintext};
use crate::value;
use crate::{Key, Keyring};

/// It stands in the documentation, so no application takes it.
const PUBLISHED_KEY: &str = "srk1_a-IMkV_XOKQT-oZJLbB-xVgB75Q6zWIfuXAu1YtE9pwcmsUv";

const NAME: &str = "__Host-shop";

/// A ring that is the same in every run, so that what was found once is found again.
///
/// # Panics
///
/// When the key is not one.
#[expect(clippy::expect_used, reason = "the key is ours")]
pub fn keyring() -> Keyring {
    Keyring::unchecked(PUBLISHED_KEY).expect("a key")
}

static KEYS: LazyLock<Arc<PartKeys>> = LazyLock::new(|| keyring().derive(NAME, "main").load());

/// The plaintexts of a session, one for each part.
///
/// # Panics
///
/// When a field cannot be stored.
pub fn write_session<T: SessionData>(session: &T) -> Vec<Vec<u8>> {
    Part::ALL.map(|part| write_part(session, part)).into()
}

#[expect(clippy::expect_used, reason = "the seeds are ours")]
fn write_part<T: SessionData>(session: &T, part: Part) -> Vec<u8> {
    let now = Timestamp::from_seconds(1_800_000_000);
    let mut records = Records::default();
    for field in T::SCHEMA.fields.iter().filter(|field| field.part == part) {
        let mut value = Vec::new();
        (field.encode)(session, &mut value).expect("a value that can be stored");
        records.set(Record {
            tag: field.tag,
            deadline: part.ttl(None).map(|seconds| now.plus(seconds)),
            value: value.into(),
        });
    }
    let is_main = part == Part::Main;
    let plaintext = Plaintext {
        flags: Flags {
            remembered: is_main && T::SCHEMA.remember,
            ..Flags::default()
        },
        created_at: now,
        renewed_at: now,
        login: (is_main && T::SCHEMA.fields.iter().any(|field| field.is_identity()))
            .then_some(LoginId([1, 2, 3, 4])),
        written_at: None,
        records,
    };
    let mut bytes = Vec::new();
    plaintext.write(&mut bytes);
    bytes
}

/// Reads a plaintext into a session as a request does, and writes it again. Nothing inside says which
/// part it is, so it is read as all of them.
///
/// # Panics
///
/// When a promise of the format is broken.
#[expect(clippy::expect_used, reason = "the fuzzer looks for panics")]
pub fn read_session<T: SessionData>(bytes: &[u8]) {
    let bytes = Bytes::copy_from_slice(bytes);
    token::fuzzing::read_message(&bytes);
    let Ok(plaintext) = Plaintext::read(bytes) else {
        return;
    };
    let mut session = T::default();
    for field in T::SCHEMA.fields {
        let record = plaintext.records.get(field.tag);
        if record.is_some_and(|record| (field.decode)(&mut session, record.value).is_ok()) {
            let mut value = Vec::new();
            (field.encode)(&session, &mut value).expect("what was decoded can be encoded");
            (field.decode)(&mut session, &value).expect("what was encoded can be decoded");
        }
    }
}

/// The text of a token with this plaintext, which [`read_token`] reads without its cipher.
pub fn write_token(plaintext: &[u8]) -> Vec<u8> {
    token::fuzzing::unsealed(&KEYS, plaintext)
}

/// Reads a cookie's value that nobody sealed.
///
/// # Panics
///
/// When it opens, or when without the cipher a promise of the format is broken.
pub fn read_token(text: &[u8]) {
    token::fuzzing::read(&KEYS, text);
}

/// Reads `Cookie` headers, one a line, and compares with a reader that is as simple as can be.
///
/// # Panics
///
/// When the two differ.
pub fn read_cookie_headers(lines: &[u8]) {
    let lines = lines.split(|byte| *byte == b'\n');
    let lines: Vec<_> = lines
        .filter_map(|line| HeaderValue::from_bytes(line).ok())
        .collect();
    let mut headers = HeaderMap::new();
    for line in &lines {
        headers.append(COOKIE, line.clone());
    }
    let of_headers = Lines::of(&headers);
    let found = candidates(&of_headers, NAME);
    for part in Part::ALL {
        let expected = expected_candidates(&lines, part);
        let (values, ignored) = found.get(part).map_or((Vec::new(), 0), |found| {
            (found.values().collect(), found.ignored)
        });
        assert!(
            values.iter().eq(expected.iter().take(4)),
            "the first four count"
        );
        assert_eq!(ignored, expected.len().saturating_sub(4));
    }
}

fn expected_candidates(lines: &[HeaderValue], part: Part) -> Vec<&[u8]> {
    let name = [NAME, part.suffix()].concat();
    let pairs = lines
        .iter()
        .flat_map(|line| line.as_bytes().split(|byte| *byte == b';'));
    let values = pairs.filter_map(|pair| {
        let begin = pair.iter().position(|byte| !b" \t".contains(byte))?;
        let end = pair.iter().rposition(|byte| !b" \t".contains(byte))?;
        let pair = pair.get(begin..=end)?;
        let equals = pair.iter().position(|byte| *byte == b'=')?;
        let (found, value) = pair.split_at(equals);
        (found == name.as_bytes()).then_some(value.get(1..)?)
    });
    values.collect()
}

/// The stored bytes of a value, if it has some.
pub fn encode<V: Serialize>(value: &V) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    value::encode(value, &mut bytes).ok()?;
    Some(bytes)
}

/// The value that these bytes store, if they are one of its type.
pub fn decode<V: DeserializeOwned>(bytes: &[u8]) -> Option<V> {
    value::decode(bytes).ok()
}

/// True for bytes that are one value of any type.
pub fn is_value(bytes: &[u8]) -> bool {
    value::is_whole(bytes)
}

/// A `Cookie` header with the sealed parts of a session.
///
/// # Panics
///
/// When a plaintext is not one.
#[expect(clippy::expect_used, reason = "the seeds are ours")]
pub fn write_cookies(plaintexts: &[Vec<u8>]) -> Vec<u8> {
    let mut header = Vec::new();
    for (part, plaintext) in Part::ALL.into_iter().zip(plaintexts) {
        let plaintext = Plaintext::read(Bytes::copy_from_slice(plaintext)).expect("a plaintext");
        let keys = keyring().derive(NAME, part.name()).load();
        let sealed = token::seal(&keys, plaintext.created_at, &[7; 24], &plaintext);
        header.extend_from_slice([NAME, part.suffix(), "="].concat().as_bytes());
        sealed.write(&mut header);
        header.extend_from_slice(b"; ");
    }
    header
}

/// The stored values of a session's fields.
///
/// # Panics
///
/// When a field cannot be stored.
#[expect(clippy::expect_used, reason = "the seeds are ours")]
pub fn write_values<T: SessionData>(session: &T) -> Vec<Vec<u8>> {
    let values = T::SCHEMA.fields.iter().map(|field| {
        let mut value = Vec::new();
        (field.encode)(session, &mut value).expect("a value that can be stored");
        value
    });
    values.collect()
}

/// The text of a key with these bytes, whatever they are.
pub fn key_text(root: [u8; 32]) -> String {
    Key::unchecked(root).reveal()
}
