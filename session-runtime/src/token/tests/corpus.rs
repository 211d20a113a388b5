//! The inputs that the fuzzer found, read once more: they reach every way in which a plaintext can
//! be malformed and all flags that are read, and a session has one spelling in all of them.

use std::collections::BTreeMap;
use std::fs;

use crate::record::Malformed;
use crate::token::*;

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
                let mut records = session.records.iter();
                read(again[0], records.any(|record| record.deadline.is_some()))
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
    for flags in (0..0x20).filter(|flags| flags & 0x04 == 0) {
        expected.extend([false, true].map(|has_deadline| read(flags, has_deadline)));
    }
    expected.sort();
    let reached: Vec<_> = outcomes.keys().cloned().collect();
    assert_eq!(reached, expected, "{outcomes:?}");
}

fn read(flags: u8, has_deadline: bool) -> String {
    format!("read, flags {flags:#04x}, has a deadline: {has_deadline}")
}
