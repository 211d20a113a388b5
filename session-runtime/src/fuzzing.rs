//! The functions that the fuzzer drives: everything behind the AEAD, as an attacker with a known key reaches it.

use bytes::Bytes;

use crate::data::SessionData;
use crate::part::Part;
use crate::record::{Record, Records};
use crate::time::Timestamp;
use crate::token::{Flags, LoginId, Plaintext};

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
    let Ok(plaintext) = Plaintext::read(Bytes::copy_from_slice(bytes)) else {
        return;
    };
    let mut again = Vec::new();
    plaintext.write(&mut again);
    assert_eq!(again, bytes, "a session has one spelling");

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
