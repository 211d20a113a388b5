//! Any bytes in place of a field's value, for a type that the first byte chooses: what is read is written, and written
//! as itself when it is read again.
#![no_main]

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::IpAddr;
use std::time::{Duration, SystemTime};

use libfuzzer_sys::fuzz_target;
use serde::Serialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use session_fuzz::{Adjacent, Bytes, External, Flat, Internal, Newtype, Tree, Untagged, Value};
use session_runtime::fuzzing::{decode, encode, is_value};

fuzz_target!(|bytes: &[u8]| {
    let Some((kind, bytes)) = bytes.split_first() else {
        return;
    };
    assert!(is_value(bytes) || decode::<IgnoredAny>(bytes).is_none());
    KINDS[usize::from(*kind) % KINDS.len()](bytes);
});

const KINDS: [fn(&[u8]); 24] = [
    read::<Value>,
    read::<Tree>,
    read::<External>,
    read::<Internal>,
    read::<Adjacent>,
    read::<Untagged>,
    read::<Flat>,
    read::<Newtype>,
    read::<Bytes>,
    read::<serde_json::Value>,
    read::<u64>,
    read::<i128>,
    read::<f32>,
    read::<f64>,
    read::<char>,
    read::<String>,
    read::<Cow<'static, [u8]>>,
    read::<Option<Option<()>>>,
    read::<BTreeMap<String, Vec<u8>>>,
    read::<BTreeMap<u32, BTreeSet<i16>>>,
    read::<VecDeque<(u8, String, [u16; 3])>>,
    read::<IpAddr>,
    read::<(SystemTime, Duration)>,
    read::<Result<Box<str>, std::ops::Range<u8>>>,
];

fn read<V: Serialize + DeserializeOwned>(bytes: &[u8]) {
    let Some(value) = decode::<V>(bytes) else {
        return;
    };
    let written = encode(&value).expect("what was read can be written");
    let again: V = decode(&written).expect("what was written can be read");
    assert_eq!(
        encode(&again),
        Some(written),
        "a value is written as it was"
    );
}
