//! The inputs that the fuzzer found, read once more: they reach every way in which a plaintext can
//! be malformed, and a session has one spelling in all of them.

use std::collections::BTreeMap;
use std::fs;

use super::*;
use crate::record::Malformed;

#[test]
fn the_corpus_reaches_every_arm_of_the_decoder() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../fuzz/corpus/plaintext");
    let mut outcomes = BTreeMap::<String, usize>::new();
    for file in fs::read_dir(folder).unwrap() {
        let bytes = fs::read(file.unwrap().path()).unwrap();
        let outcome = match Plaintext::read(Bytes::from(bytes.clone())) {
            Ok(session) => {
                let mut again = Vec::new();
                session.write(&mut again);
                assert_eq!(again, bytes);
                let deadlines = session
                    .records
                    .iter()
                    .any(|record| record.deadline.is_some());
                format!("read, deadlines: {deadlines}")
            }
            Err(reason) => format!("{reason:?}"),
        };
        *outcomes.entry(outcome).or_default() += 1;
    }
    let arms = [
        Malformed::Deadline,
        Malformed::Flags,
        Malformed::Head,
        Malformed::Length,
        Malformed::LengthPadded,
        Malformed::LengthTooLong,
        Malformed::Order,
        Malformed::Tag,
        Malformed::Value,
    ];
    let mut expected: Vec<_> = arms.map(|arm| format!("{arm:?}")).into();
    expected.extend(["read, deadlines: false", "read, deadlines: true"].map(str::to_owned));
    let reached: Vec<_> = outcomes.keys().cloned().collect();
    assert_eq!(reached, expected, "{outcomes:?}");
}
