//! Generated values: each is read as it was written, and an edit does to it what it does to JSON.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use super::{bytes, decode};

/// One variant per kind of value that serde knows, in each other to a few levels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Value {
    Unit,
    Bool(bool),
    Signed(i8, i16, i32, i64),
    Unsigned(u8, u16, u32, u64),
    Wide(u128, i128),
    Float { single: f32, double: f64 },
    Char(char),
    Text(String),
    Bytes(ByteBuf),
    Numbers(Vec<u8>),
    Option(Option<Box<Value>>),
    Pair(Box<(Value, Value)>),
    Seq(Vec<Value>),
    Map(BTreeMap<String, Value>),
    Numbered(BTreeMap<i64, Value>),
    Keyed(BTreeMap<(u8, char), Value>),
    Struct(Box<Fields>),
    Inside(Box<Buffered>),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Fields {
    value: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    skipped: Option<u8>,
    wrapped: (Wrapped, ()),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Wrapped(Value);

/// The values that serde reads into a buffer before it knows the type.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind")]
enum Buffered {
    Unit,
    Plain { plain: Plain, more: Option<Plain> },
    Flat(Flat),
    Raw { bytes: ByteBuf, numbers: Vec<u8> },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Flat {
    first: Plain,
    #[serde(flatten)]
    rest: BTreeMap<String, Plain>,
}

/// Told apart by nothing but their kind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum Plain {
    Bool(bool),
    Unsigned(u64),
    Signed(i64),
    Float(f64),
    Text(String),
}

fn plain() -> impl Strategy<Value = Plain> {
    prop_oneof![
        any::<bool>().prop_map(Plain::Bool),
        any::<u64>().prop_map(Plain::Unsigned),
        (i64::MIN..0).prop_map(Plain::Signed),
        any::<f64>().prop_map(Plain::Float),
        any::<String>().prop_map(Plain::Text),
    ]
}

fn buffered() -> impl Strategy<Value = Buffered> {
    let rest = prop::collection::btree_map("x[a-z]{1,3}", plain(), 0..4);
    prop_oneof![
        Just(Buffered::Unit),
        (plain(), prop::option::of(plain()))
            .prop_map(|(plain, more)| Buffered::Plain { plain, more }),
        (plain(), rest).prop_map(|(first, rest)| Buffered::Flat(Flat { first, rest })),
        any::<(Vec<u8>, Vec<u8>)>().prop_map(|(bytes, numbers)| Buffered::Raw {
            bytes: ByteBuf::from(bytes),
            numbers,
        }),
    ]
}

fn leaf() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Unit),
        any::<bool>().prop_map(Value::Bool),
        any::<(i8, i16, i32, i64)>().prop_map(|(a, b, c, d)| Value::Signed(a, b, c, d)),
        any::<(u8, u16, u32, u64)>().prop_map(|(a, b, c, d)| Value::Unsigned(a, b, c, d)),
        any::<(u128, i128)>().prop_map(|(a, b)| Value::Wide(a, b)),
        any::<(f32, f64)>().prop_map(|(single, double)| Value::Float { single, double }),
        any::<char>().prop_map(Value::Char),
        any::<String>().prop_map(Value::Text),
        any::<Vec<u8>>().prop_map(|bytes| Value::Bytes(ByteBuf::from(bytes))),
        any::<Vec<u8>>().prop_map(Value::Numbers),
        buffered().prop_map(|buffered| Value::Inside(Box::new(buffered))),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    leaf().prop_recursive(6, 64, 4, |inner| {
        let values = || prop::collection::vec(inner.clone(), 0..4);
        prop_oneof![
            inner
                .clone()
                .prop_map(|inner| Value::Option(Some(Box::new(inner)))),
            (inner.clone(), inner.clone()).prop_map(|pair| Value::Pair(Box::new(pair))),
            values().prop_map(Value::Seq),
            prop::collection::btree_map(any::<String>(), inner.clone(), 0..4).prop_map(Value::Map),
            prop::collection::btree_map(any::<i64>(), inner.clone(), 0..4)
                .prop_map(Value::Numbered),
            prop::collection::btree_map(any::<(u8, char)>(), inner.clone(), 0..4)
                .prop_map(Value::Keyed),
            (inner.clone(), any::<Option<u8>>(), inner).prop_map(|(value, skipped, wrapped)| {
                let wrapped = (Wrapped(wrapped), ());
                Value::Struct(Box::new(Fields {
                    value,
                    skipped,
                    wrapped,
                }))
            }),
        ]
    })
}

/// As it was released first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Cart {
    owner: String,
    lines: Vec<Line>,
    coupon: Option<String>,
    total: u32,
    paid: Paid,
    removed: BTreeMap<String, i64>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Line {
    sku: u32,
    amount: u16,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Paid {
    No,
    Card(String),
    Cash { given: u32, back: u32 },
}

/// After every edit at once that keeps what was stored.
#[derive(Debug, PartialEq, Deserialize)]
struct EditedCart {
    #[serde(default)]
    added: u8,
    paid: EditedPaid,
    #[expect(
        clippy::option_option,
        reason = "wrapping once more is one of the edits"
    )]
    coupon: Option<Option<String>>,
    #[serde(alias = "lines")]
    rows: Vec<EditedLine>,
    owner: Option<String>,
    total: u64,
}

#[derive(Debug, PartialEq, Deserialize)]
struct EditedLine {
    amount: Option<i64>,
    #[serde(default)]
    note: String,
    sku: u32,
}

#[derive(Debug, PartialEq, Deserialize)]
enum EditedPaid {
    Voucher,
    Cash {
        given: u32,
    },
    #[serde(rename = "Card")]
    CreditCard(String),
    No,
}

/// After edits that some of what was stored does not survive.
#[derive(Debug, PartialEq, Deserialize)]
struct NarrowedCart {
    owner: String,
    lines: Vec<NarrowedLine>,
    #[serde(default)]
    coupon: String,
    total: u16,
}

#[derive(Debug, PartialEq, Deserialize)]
struct NarrowedLine {
    amount: u8,
    sku: i32,
}

fn cart() -> impl Strategy<Value = Cart> {
    let line = any::<(u32, u16)>().prop_map(|(sku, amount)| Line { sku, amount });
    let paid = prop_oneof![
        Just(Paid::No),
        any::<String>().prop_map(Paid::Card),
        any::<(u32, u32)>().prop_map(|(given, back)| Paid::Cash { given, back }),
    ];
    let small_or_any = prop_oneof![0..100_u32, any::<u32>()];
    let lines = prop::collection::vec(line, 0..4);
    (
        any::<(String, Option<String>)>(),
        lines,
        small_or_any,
        paid,
        any::<BTreeMap<String, i64>>(),
    )
        .prop_map(|((owner, coupon), lines, total, paid, removed)| Cart {
            owner,
            lines,
            coupon,
            total,
            paid,
            removed,
        })
}

/// Another writer of the format. It differs on unit structs, and on 128-bit integers that 64 bits
/// hold. None of either is generated: a random one has 128 bits.
fn bytes_of_rmp<T: Serialize>(value: &T) -> Vec<u8> {
    let mut out = Vec::new();
    let serializer = rmp_serde::Serializer::new(&mut out);
    let mut serializer = serializer.with_struct_map().with_human_readable();
    value.serialize(&mut serializer).unwrap();
    out
}

#[test]
fn every_format_begins_and_ends_where_another_writer_says() {
    for bits in 0..64 {
        for number in (1_u64 << bits).saturating_sub(2)..=(1 << bits) + 1 {
            assert_eq!(bytes(&number), bytes_of_rmp(&number));
            let negative = number.cast_signed().wrapping_neg();
            assert_eq!(bytes(&negative), bytes_of_rmp(&negative));
        }
    }
    for len in [0, 1, 15, 16, 31, 32, 255, 256, 65_535, 65_536] {
        assert_lengths(len);
    }
}

fn assert_lengths(len: usize) {
    let text = "x".repeat(len);
    assert!(bytes(&text) == bytes_of_rmp(&text), "text of {len}");
    let raw = ByteBuf::from(vec![7; len]);
    assert!(bytes(&raw) == bytes_of_rmp(&raw), "bytes of {len}");
    let list = vec![(); len];
    assert!(bytes(&list) == bytes_of_rmp(&list), "list of {len}");
    let map: BTreeMap<_, _> = (0..len).map(|key| (key.to_string(), true)).collect();
    assert!(bytes(&map) == bytes_of_rmp(&map), "map of {len}");
    let unannounced = Unannounced { map };
    assert!(
        bytes(&unannounced) == bytes_of_rmp(&unannounced),
        "unannounced map of {len}"
    );
}

/// Serde announces no length for it.
#[derive(Serialize)]
struct Unannounced {
    #[serde(flatten)]
    map: BTreeMap<String, bool>,
}

proptest! {
    #[test]
    fn every_value_is_written_as_another_writer_does(value in value()) {
        prop_assert_eq!(bytes(&value), bytes_of_rmp(&value));
    }

    #[test]
    fn every_value_is_read_as_it_was_written(value in value()) {
        prop_assert_eq!(decode(&bytes(&value)), Ok(value));
    }

    #[test]
    fn an_edited_struct_reads_what_it_reads_from_json(cart in cart()) {
        let json = serde_json::to_string(&cart).unwrap();
        let edited: EditedCart = serde_json::from_str(&json).unwrap();
        prop_assert_eq!(decode(&bytes(&cart)), Ok(edited));
    }

    #[test]
    fn a_narrowed_struct_reads_or_refuses_what_it_does_from_json(cart in cart()) {
        let json = serde_json::to_string(&cart).unwrap();
        let narrowed = serde_json::from_str::<NarrowedCart>(&json).ok();
        prop_assert_eq!(decode(&bytes(&cart)).ok(), narrowed);
    }
}
