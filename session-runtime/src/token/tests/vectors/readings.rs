//! Bytes that are read as values of a type.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use super::*;

/// The struct of the vectors.
#[derive(Serialize, Deserialize)]
struct Line {
    sku: u32,
    note: Option<String>,
}

/// The enum of the vectors.
#[derive(Serialize, Deserialize)]
enum Kind {
    Red,
    Gray(u8),
    Maybe(Option<u8>),
    Pair(u8, u8),
    Mixed { red: u8 },
}

pub(super) fn readings() -> Vec<Value> {
    let all = [NUMBERS, TEXTS, CONTAINERS, STRUCTS, ENUMS].concat();
    let entry = |(of_type, name, bytes): (&str, &str, &[u8])| {
        let name = format!("{of_type}: {name}");
        answered(json!({ "name": name, "type": of_type, "bytes": hex(bytes) }))
    };
    of_section("6.2", all.into_iter().map(entry).collect())
}

/// The entry with what its bytes are as a value of its type.
pub(super) fn answered(entry: Value) -> Value {
    let found = read_as(entry["type"].as_str().unwrap(), &bytes(&entry["bytes"]));
    with_outcome(entry, found)
}

/// The bytes that the value is written as.
fn read_as(of_type: &str, bytes: &[u8]) -> Result<Value, &'static str> {
    let read = match of_type {
        "bool" => written_again::<bool>,
        "u8" => written_again::<u8>,
        "u64" => written_again::<u64>,
        "u128" => written_again::<u128>,
        "i8" => written_again::<i8>,
        "i64" => written_again::<i64>,
        "i128" => written_again::<i128>,
        "f32" => written_again::<f32>,
        "f64" => written_again::<f64>,
        "char" => written_again::<char>,
        "string" => written_again::<String>,
        "bytes" => written_again::<ByteBuf>,
        "unit" => written_again::<()>,
        "option of u8" => written_again::<Option<u8>>,
        "sequence of u8" => written_again::<Vec<u8>>,
        "tuple of u8 and bool" => written_again::<(u8, bool)>,
        "map from string to u8" => written_again::<BTreeMap<String, u8>>,
        "Line" => written_again::<Line>,
        "Kind" => written_again::<Kind>,
        other => panic!("the type {other}"),
    };
    if !value::is_whole(bytes) {
        return Err("malformed");
    }
    let written = read(bytes).ok_or("another-type")?;
    Ok(json!({ "bytes": hex(&written) }))
}

fn written_again<T: Serialize + DeserializeOwned>(bytes: &[u8]) -> Option<Vec<u8>> {
    let value: T = value::decode(bytes).ok()?;
    let mut written = Vec::new();
    value::encode(&value, &mut written).unwrap();
    Some(written)
}

/// The name of a type, what the bytes are, and the bytes.
type Reading = (&'static str, &'static str, &'static [u8]);

const NUMBERS: &[Reading] = &[
    ("bool", "true", b"\xc3"),
    ("bool", "a number", b"\x01"),
    ("bool", "nil", b"\xc0"),
    ("u8", "a number", b"\x07"),
    ("u8", "the greatest", b"\xcc\xff"),
    ("u8", "one more", b"\xcd\x01\x00"),
    ("u8", "a longer format", b"\xcf\0\0\0\0\0\0\0\x07"),
    ("u8", "a signed format", b"\xd0\x05"),
    ("u8", "below zero", b"\xff"),
    ("u8", "a float", b"\xca\x40\xe0\0\0"),
    ("u8", "a str", b"\xa17"),
    ("u8", "true", b"\xc3"),
    ("u8", "nil", b"\xc0"),
    ("u8", "an extension", b"\xd4\x01\x07"),
    ("u8", "an array", b"\x91\x07"),
    ("u8", "two numbers", b"\x07\x07"),
    ("u8", "nothing", b""),
    ("i8", "below zero", b"\xff"),
    (
        "i8",
        "a longer format",
        b"\xd3\xff\xff\xff\xff\xff\xff\xff\x80",
    ),
    ("i8", "one less than the least", b"\xd1\xff\x7f"),
    ("i8", "one more than the greatest", b"\xcc\x80"),
    (
        "u64",
        "the greatest",
        b"\xcf\xff\xff\xff\xff\xff\xff\xff\xff",
    ),
    ("u64", "below zero", b"\xd0\x80"),
    ("i64", "the least", b"\xd3\x80\0\0\0\0\0\0\0"),
    (
        "i64",
        "one more than the greatest",
        b"\xcf\x80\0\0\0\0\0\0\0",
    ),
    ("u128", "a number", b"\x07"),
    (
        "u128",
        "a bin of 16 bytes",
        &[
            0xc4, 16, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 0,
        ],
    ),
    (
        "u128",
        "a bin of 15 bytes",
        &[
            0xc4, 15, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0,
        ],
    ),
    ("u128", "below zero", b"\xff"),
    ("i128", "a number", b"\xff"),
    (
        "i128",
        "a bin of 16 bytes",
        &[
            0xc4, 16, 0xff, 0xff, 0xff, 0xfe, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        ],
    ),
    (
        "i128",
        "a bin of 17 bytes",
        &[
            0xc4, 17, 0xff, 0xff, 0xff, 0xfe, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        ],
    ),
    ("f32", "a float", b"\xca\x3f\xc0\0\0"),
    ("f32", "a float 64", b"\xcb\x3f\xf8\0\0\0\0\0\0"),
    (
        "f32",
        "a float 64 between two of 32",
        b"\xcb\x3f\xb9\x99\x99\x99\x99\x99\x9a",
    ),
    ("f32", "a number", b"\x07"),
    ("f32", "a str", b"\xa31.5"),
    ("f64", "a float 32", b"\xca\x3f\xc0\0\0"),
    ("f64", "a number below zero", b"\xff"),
    ("f64", "nil", b"\xc0"),
];

const TEXTS: &[Reading] = &[
    ("char", "one byte", b"\xa1a"),
    ("char", "two bytes", b"\xa2\xc3\x9f"),
    ("char", "two characters", b"\xa2ab"),
    ("char", "no character", b"\xa0"),
    ("char", "a number", b"\x61"),
    ("char", "no UTF-8", b"\xa1\xff"),
    ("string", "a str", b"\xa3abc"),
    ("string", "a longer format", b"\xdb\0\0\0\x01a"),
    ("string", "no UTF-8", b"\xa2a\xff"),
    ("string", "a bin", b"\xc4\x01a"),
    ("string", "a number", b"\x07"),
    ("string", "nil", b"\xc0"),
    ("bytes", "a bin", b"\xc4\x02\x01\xff"),
    ("bytes", "a longer format", b"\xc5\0\x01\x07"),
    ("bytes", "a str", b"\xa1a"),
    ("bytes", "an array", b"\x92\x01\xcc\xff"),
    (
        "bytes",
        "an array with a number that is too large",
        b"\x91\xcd\x01\0",
    ),
    ("bytes", "a number", b"\x07"),
    ("unit", "nil", b"\xc0"),
    ("unit", "an empty array", b"\x90"),
];

const CONTAINERS: &[Reading] = &[
    ("option of u8", "nil", b"\xc0"),
    ("option of u8", "a number", b"\x07"),
    ("option of u8", "a str", b"\xa0"),
    ("sequence of u8", "an array", b"\x92\x01\x02"),
    ("sequence of u8", "a longer format", b"\xdd\0\0\0\x01\x07"),
    ("sequence of u8", "a bin", b"\xc4\x02\x01\xff"),
    (
        "sequence of u8",
        "an array of another type",
        b"\x92\x01\xa0",
    ),
    ("sequence of u8", "a map", b"\x80"),
    ("sequence of u8", "a str", b"\xa1a"),
    ("sequence of u8", "an array that is cut", b"\x92\x01"),
    ("tuple of u8 and bool", "an array", b"\x92\x01\xc3"),
    ("tuple of u8 and bool", "one too few", b"\x91\x01"),
    ("tuple of u8 and bool", "one too many", b"\x93\x01\xc3\xc3"),
    (
        "tuple of u8 and bool",
        "the other way about",
        b"\x92\xc3\x01",
    ),
    ("map from string to u8", "a map", b"\x82\xa1a\x01\xa1b\x02"),
    (
        "map from string to u8",
        "a longer format",
        b"\xde\0\x01\xa1a\x01",
    ),
    (
        "map from string to u8",
        "a key twice",
        b"\x82\xa1a\x01\xa1a\x02",
    ),
    (
        "map from string to u8",
        "a key that is a number",
        b"\x81\x01\x01",
    ),
    ("map from string to u8", "an array", b"\x90"),
];

const STRUCTS: &[Reading] = &[
    ("Line", "a map", b"\x82\xa3sku\x07\xa4note\xa1x"),
    ("Line", "in another order", b"\x82\xa4note\xc0\xa3sku\x07"),
    ("Line", "without an option", b"\x81\xa3sku\x07"),
    ("Line", "without another field", b"\x81\xa4note\xc0"),
    (
        "Line",
        "with a name that is not known",
        b"\x82\xa3sku\x07\xa1x\x91\x01",
    ),
    ("Line", "a name in upper case", b"\x81\xa3SKU\x07"),
    ("Line", "a field twice", b"\x82\xa3sku\x07\xa3sku\x07"),
    (
        "Line",
        "a name that is a number",
        b"\x82\xa3sku\x07\x01\xc0",
    ),
    ("Line", "an array", b"\x92\x07\xc0"),
    ("Line", "an array that is too short", b"\x91\x07"),
    ("Line", "a field of another type", b"\x81\xa3sku\xa17"),
    ("Line", "nil", b"\xc0"),
];

const ENUMS: &[Reading] = &[
    ("Kind", "a unit variant", b"\xa3Red"),
    ("Kind", "a unit variant as a map", b"\x81\xa3Red\xc0"),
    (
        "Kind",
        "a unit variant that holds something",
        b"\x81\xa3Red\x07",
    ),
    ("Kind", "a newtype variant", b"\x81\xa4Gray\x07"),
    ("Kind", "a newtype variant that holds nothing", b"\xa4Gray"),
    (
        "Kind",
        "a newtype variant of an option",
        b"\x81\xa5Maybe\xc0",
    ),
    (
        "Kind",
        "a newtype variant of an option that holds nothing",
        b"\xa5Maybe",
    ),
    ("Kind", "a tuple variant", b"\x81\xa4Pair\x92\x01\x02"),
    (
        "Kind",
        "a tuple variant that is too short",
        b"\x81\xa4Pair\x91\x01",
    ),
    ("Kind", "a struct variant", b"\x81\xa5Mixed\x81\xa3red\x01"),
    (
        "Kind",
        "a struct variant as an array",
        b"\x81\xa5Mixed\x91\x01",
    ),
    ("Kind", "a name that is not known", b"\xa4Blue"),
    ("Kind", "a name that is a number", b"\x00"),
    ("Kind", "two names", b"\x82\xa3Red\xc0\xa4Gray\x07"),
    ("Kind", "no name", b"\x80"),
];
