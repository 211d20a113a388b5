//! A value of every shape that serde knows, in each other, as the fuzzer makes them.

use std::collections::BTreeMap;

use arbitrary::Arbitrary;
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

/// Whatever a field may hold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Arbitrary)]
pub enum Value {
    Unit,
    Bool(bool),
    Signed(i8, i16, i32, i64),
    Unsigned(u8, u16, u32, u64),
    Wide(u128, i128),
    Float { single: Single, double: Double },
    Char(char),
    Text(String),
    Bytes(#[arbitrary(with = bytes)] ByteBuf),
    Numbers(Vec<u8>),
    Option(Option<Box<Value>>),
    Pair(Box<(Value, Value)>),
    Seq(Vec<Value>),
    Map(BTreeMap<String, Value>),
    Numbered(BTreeMap<i64, Value>),
    Lettered(BTreeMap<char, Value>),
    Named(BTreeMap<Name, u8>),
    Struct(Box<Fields>),
    Internal(Internal),
    Adjacent(Box<Adjacent>),
    Flat(Flat),
    Untagged(Vec<Untagged>),
}

/// A map's key of a type of its own.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Arbitrary)]
pub enum Name {
    First,
    #[serde(rename = "2")]
    Second,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Arbitrary)]
pub struct Fields {
    value: Value,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    skipped: Option<u8>,
    wrapped: (Wrapped, ()),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Arbitrary)]
pub struct Wrapped(Value);

/// A value that serde reads into a buffer before it knows the type.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Arbitrary)]
#[serde(tag = "kind")]
pub enum Internal {
    Unit,
    Plain {
        plain: Untagged,
        more: Option<Untagged>,
    },
    Newtype(Flat),
    Raw {
        numbers: Vec<u8>,
        letter: char,
    },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Arbitrary)]
#[serde(tag = "t", content = "c")]
pub enum Adjacent {
    Empty,
    Pair(u8, char),
    Deep(Value),
    Named { inner: Box<Adjacent> },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Arbitrary)]
pub struct Flat {
    first: Untagged,
    #[serde(flatten)]
    rest: BTreeMap<String, Untagged>,
}

/// Told apart by nothing but its kind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Arbitrary)]
#[serde(untagged)]
pub enum Untagged {
    Bool(bool),
    Unsigned(u64),
    Signed(i64),
    Text(String),
    List(Vec<Untagged>),
}

/// A float that is equal to itself.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, Arbitrary)]
pub struct Single(f32);

/// A float that is equal to itself.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, Arbitrary)]
pub struct Double(f64);

impl PartialEq for Single {
    fn eq(&self, other: &Self) -> bool {
        self.0.to_bits() == other.0.to_bits()
    }
}

impl PartialEq for Double {
    fn eq(&self, other: &Self) -> bool {
        self.0.to_bits() == other.0.to_bits()
    }
}

fn bytes(input: &mut arbitrary::Unstructured<'_>) -> arbitrary::Result<ByteBuf> {
    Vec::arbitrary(input).map(ByteBuf::from)
}
