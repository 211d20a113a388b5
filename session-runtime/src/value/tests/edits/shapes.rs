//! The types that the edits are applied to.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Unit;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Newtype(pub(super) u32);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Pair(pub(super) u8, pub(super) String);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Line {
    pub(super) sku: u32,
    pub(super) note: Option<String>,
}

/// Every field may be missing.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Lenient {
    pub(super) first: String,
    pub(super) second: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Flat {
    pub(super) id: u8,
    #[serde(flatten)]
    pub(super) line: Line,
    #[serde(flatten)]
    pub(super) rest: BTreeMap<String, u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) enum Status {
    Open,
    Closed,
}

/// One enum in each representation. `tag` alone has no tuple variants. They come first, as
/// `untagged` reads a tuple as the first struct that it fits.
macro_rules! representations {
    ($($(#[$representation:meta])* $name:ident { $($more:tt)* })*) => {
        $(#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        $(#[$representation])*
        pub(super) enum $name {
            $($more)*
            Unit,
            Newtype(Line),
            Struct { left: u8, right: String },
        })*
    };
}

representations! {
    External { Scalar(u64), Tuple(u8, String), }
    #[serde(tag = "kind")]
    Internal { Empty {}, }
    #[serde(tag = "kind", content = "data")]
    Adjacent { Scalar(u64), Tuple(u8, String), }
    #[serde(untagged)]
    Untagged { Scalar(u64), Tuple(u8, String), }
}

/// Bytes as a type of one's own may hold them: with nothing but `visit_bytes`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Raw(pub(super) Vec<u8>);

impl Serialize for Raw {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct RawVisitor;
        impl Visitor<'_> for RawVisitor {
            type Value = Raw;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("bytes")
            }

            fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<Raw, E> {
                Ok(Raw(bytes.to_vec()))
            }
        }
        deserializer.deserialize_bytes(RawVisitor)
    }
}

pub(super) fn line() -> Line {
    Line {
        sku: 7,
        note: Some("n".to_owned()),
    }
}

pub(super) fn flat() -> Flat {
    Flat {
        id: 1,
        line: line(),
        rest: BTreeMap::from([("more".to_owned(), 2)]),
    }
}

pub(super) fn text(value: &str) -> String {
    value.to_owned()
}

pub(super) fn cow(value: &str) -> Cow<'static, str> {
    Cow::Owned(value.to_owned())
}

pub(super) fn map<K: Ord, V, const N: usize>(entries: [(K, V); N]) -> BTreeMap<K, V> {
    BTreeMap::from(entries)
}

/// A value of a type that has a text form.
pub(super) fn parsed<T: std::str::FromStr<Err: fmt::Debug>>(text: &str) -> T {
    text.parse().unwrap()
}
