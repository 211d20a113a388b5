//! Edits that are none of a single field's: of names, of attributes, of what nests in what.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::marker::PhantomData;
use std::ops::Range;

use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use super::shapes::*;
use super::{Row, Written};

/// `edit! { name: struct Old … value => struct New … }`
macro_rules! edit {
    ($name:literal: $old:item $value:expr => $new:item) => {{
        #[derive(Debug, Serialize)]
        $old
        #[derive(Debug, PartialEq, Deserialize)]
        $new
        Written::new("struct", &$value).read_as::<New>($name)
    }};
}

/// `retyped! { value => type, … }`
macro_rules! retyped {
    ($($value:expr => $new:ty,)*) => {
        vec![$({
            let edit = concat!("as ", stringify!($new));
            Written::new(stringify!($value), &$value).read_as::<$new>(edit)
        }),*]
    };
}

pub(super) fn rows() -> Vec<Row> {
    let rows = [names(), attributes(), nesting(), buffered(), collections()];
    rows.into_iter().flatten().collect()
}

fn names() -> Vec<Row> {
    vec![
        edit! { "renamed without an alias":
        struct Old { a: u8 } Old { a: 1 } => struct New { b: u8 } },
        edit! { "renamed without an alias, Option":
        struct Old { a: u8 } Old { a: 1 } => struct New { b: Option<u8> } },
        edit! { "two swap names and types":
        struct Old { a: u8, b: u8 } Old { a: 1, b: 2 } => struct New { b: u8, a: u8 } },
        edit! { "renamed back by rename":
        struct Old { a: u8 } Old { a: 1 } => struct New { #[serde(rename = "a")] b: u8 } },
        edit! { "rename_all":
        struct Old { one_two: u8 } Old { one_two: 1 }
        => #[serde(rename_all = "camelCase")] struct New { one_two: Option<u8> } },
        edit! { "field and alias both there":
        struct Old { a: u8, b: u8 } Old { a: 1, b: 2 }
        => struct New { #[serde(alias = "a")] b: u8 } },
        edit! { "name of many characters":
        #[serde(rename_all = "SCREAMING-KEBAB-CASE")]
        struct Old { a_name_that_takes_more_than_31_bytes: u8 }
            Old { a_name_that_takes_more_than_31_bytes: 1 }
        => struct New { #[serde(rename = "A-NAME-THAT-TAKES-MORE-THAN-31-BYTES")] a: u8 } },
    ]
}

fn attributes() -> Vec<Row> {
    vec![
        edit! { "container default":
        struct Old { first: String } Old { first: text("a") }
        => #[derive(Default)] #[serde(default)] struct New { second: String, first: String } },
        edit! { "unknown field denied":
        struct Old { a: u8, b: u8 } Old { a: 1, b: 2 }
        => #[serde(deny_unknown_fields)] struct New { a: u8 } },
        edit! { "field skipped":
        struct Old { a: u8, b: u8 } Old { a: 1, b: 2 }
        => struct New { #[serde(skip)] a: u8, b: u8 } },
        edit! { "field no longer skipped when empty":
        struct Old { #[serde(skip_serializing_if = "Vec::is_empty")] a: Vec<u8>, b: u8 }
            Old { a: vec![], b: 2 }
        => struct New { a: Vec<u8>, b: u8 } },
        edit! { "field skipped when empty, read with a default":
        struct Old { #[serde(skip_serializing_if = "Vec::is_empty")] a: Vec<u8>, b: u8 }
            Old { a: vec![], b: 2 }
        => struct New { #[serde(default)] a: Vec<u8>, b: u8 } },
        edit! { "made transparent":
        #[serde(transparent)] struct Old { a: u8 } Old { a: 1 }
        => #[serde(transparent)] struct New { renamed: u8 } },
        edit! { "transparent removed":
        #[serde(transparent)] struct Old { a: u8 } Old { a: 1 } => struct New { a: u8 } },
        edit! { "bytes by with":
        struct Old { #[serde(with = "serde_bytes")] a: Vec<u8> } Old { a: vec![1, 255] }
        => struct New { a: Vec<u8> } },
        edit! { "numbers made bytes by with":
        struct Old { a: Vec<u8> } Old { a: vec![1, 255] }
        => struct New { #[serde(with = "serde_bytes")] a: Vec<u8> } },
        edit! { "marker added":
        struct Old { a: u8 } Old { a: 1 }
        => struct New { a: u8, #[serde(default)] marker: PhantomData<u8> } },
        edit! { "marker retyped":
        struct Old { marker: PhantomData<u8> } Old { marker: PhantomData }
        => struct New { marker: PhantomData<String> } },
    ]
}

fn nesting() -> Vec<Row> {
    vec![
        edit! { "struct flattened away":
        struct Old { id: u8, line: Line } Old { id: 1, line: line() }
        => struct New { id: u8, #[serde(flatten)] line: Option<Line> } },
        edit! { "fields moved into a flattened struct":
        struct Old { id: u8, sku: u32, note: Option<String> }
            Old { id: 1, sku: 7, note: None }
        => struct New { id: u8, #[serde(flatten)] line: Line } },
        edit! { "unknown fields collected by number":
        struct Old { id: u8, sku: u32 } Old { id: 1, sku: 7 }
        => struct New { id: u8, #[serde(flatten)] rest: BTreeMap<String, u64> } },
        edit! { "map with number keys flattened":
        struct Old { id: u8, #[serde(flatten)] rest: BTreeMap<u32, u8> }
            Old { id: 1, rest: map([(2, 3)]) }
        => struct New { #[serde(flatten)] rest: BTreeMap<u32, u8> } },
        edit! { "map with number keys flattened, then beside a field":
        struct Old { id: u8, #[serde(flatten)] rest: BTreeMap<u32, u8> }
            Old { id: 1, rest: map([(0, 3)]) }
        => struct New { id: u8 } },
        edit! { "field shadowed by flatten":
        struct Old { sku: u8, #[serde(flatten)] line: Line } Old { sku: 1, line: line() }
        => struct New { #[serde(flatten)] line: Line } },
        edit! { "enum flattened":
        struct Old { id: u8, #[serde(flatten)] kind: Internal }
            Old { id: 1, kind: Internal::Newtype(line()) }
        => struct New { #[serde(flatten)] kind: Internal, id: u8, more: Option<u8> } },
        edit! { "external enum flattened":
        struct Old { id: u8, #[serde(flatten)] kind: External }
            Old { id: 1, kind: External::Tuple(1, text("a")) }
        => struct New { #[serde(flatten)] kind: External, id: u8 } },
        edit! { "tuple struct grown":
        struct Old(u8); Old(1) => struct New(u8); },
        edit! { "newtype made a tuple struct":
        struct Old(u8); Old(1) => struct New(u8, #[serde(default)] u8); },
        edit! { "tuple struct grown by a default":
        struct Old(u8, u8); Old(1, 2) => struct New(u8, u8, #[serde(default)] u8); },
        edit! { "tuple struct shrunk":
        struct Old(u8, u8); Old(1, 2) => struct New(u8); },
        edit! { "tuple struct named":
        struct Old(u8, u8); Old(1, 2) => struct New { a: u8, b: u8 } },
        edit! { "struct made a tuple struct":
        struct Old { a: u8, b: u8 } Old { a: 1, b: 2 } => struct New(u8, u8); },
    ]
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Nested(Vec<Nested>);

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum Buffered<T> {
    Value(T),
}

/// In JSON the two never look alike.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum TextOrBytes {
    Text(String),
    Bytes(ByteBuf),
}

/// Retyped where serde buffers a value before it knows the type.
fn buffered() -> Vec<Row> {
    retyped! {
        Buffered::Value(ByteBuf::from([1, 2])) => Buffered<Vec<u8>>,
        Buffered::Value(ByteBuf::from([1, 2])) => Buffered<[u8; 2]>,
        Buffered::Value(vec![1_u8, 2]) => Buffered<ByteBuf>,
        Buffered::Value(ByteBuf::from(*b"ab")) => Buffered<String>,
        TextOrBytes::Bytes(ByteBuf::from(*b"ab")) => TextOrBytes,
        TextOrBytes::Bytes(ByteBuf::from([1, 255])) => TextOrBytes,
        Buffered::Value(7_u128) => Buffered<u64>,
        Buffered::Value(7_u64) => Buffered<u128>,
        Buffered::Value(-7_i64) => Buffered<u128>,
        Buffered::Value(7_u64) => Buffered<i8>,
        Buffered::Value(0.1_f32) => Buffered<f64>,
        Buffered::Value(7_u8) => Buffered<f32>,
        Buffered::Value(1_u8) => Buffered<Status>,
        Buffered::Value(Unit) => Buffered<Unit>,
        Buffered::Value(Unit) => Buffered<()>,
        Buffered::Value(()) => Buffered<Unit>,
        Buffered::Value(PhantomData::<u8>) => Buffered<PhantomData<u8>>,
        Buffered::Value(map([(1_u32, 2_u8)])) => Buffered<BTreeMap<String, u8>>,
        Buffered::Value(map([(0_u32, text("a"))])) => Buffered<Lenient>,
        Buffered::Value(line()) => Buffered<BTreeMap<String, Untagged>>,
    }
}

fn collections() -> Vec<Row> {
    retyped! {
        vec![2_u8, 1, 2] => BTreeSet<u8>,
        vec![2_u8, 1] => VecDeque<u64>,
        BTreeSet::from([1_u8, 2]) => [u8; 2],
        (1_u8, 2_u8) => Vec<u8>,
        (1_u8, 2_u8, 3_u8) => (u8, u8),
        vec![line()] => Vec<Lenient>,
        line() => BTreeMap<String, Untagged>,
        map([(Status::Open, 1_u8)]) => BTreeMap<String, u8>,
        map([(text("Open"), 1_u8)]) => BTreeMap<Status, u8>,
        map([(text("7"), 1_u8)]) => BTreeMap<u32, u8>,
        map([(7_u32, 1_u8)]) => BTreeMap<i64, u8>,
        map([(true, 1_u8)]) => BTreeMap<bool, u8>,
        map([(true, 1_u8)]) => BTreeMap<String, u8>,
        map([(Newtype32(7), 1_u8)]) => BTreeMap<u32, u8>,
        map([((1_u8, 2_u8), 3_u8)]) => Vec<((u8, u8), u8)>,
        Some(line()) => Line,
        Some(Some(Some(7_u8))) => Option<u8>,
        Ok::<u8, String>(7) => Result<u64, Line>,
        1_u8..3 => Range<u64>,
        i128::MIN => i128,
        i128::MIN => u128,
        1_u128 << 127 => u128,
        1_u128 << 127 => i128,
        u128::MAX => i128,
        (0..100).fold(Nested(vec![]), |inner, _| Nested(vec![inner])) => Nested,
    }
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
struct Newtype32(u32);
