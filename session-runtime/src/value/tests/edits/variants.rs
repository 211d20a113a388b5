//! Edits inside the variants of an enum, and of the representation of the enum itself.

use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};

use super::shapes::*;
use super::{Row, UNCHANGED, Written};

#[derive(Debug, PartialEq, Deserialize)]
struct Both {
    right: String,
    left: u8,
}

#[derive(Debug, PartialEq, Deserialize)]
struct LineWithMore {
    #[serde(default)]
    more: u8,
    sku: u64,
}

macro_rules! edited {
    ($($place:ident $(#[$representation:meta])* { $($tuple:tt)* })*) => {
        $(mod $place {
            use super::*;

            edited_enums! { $(#[$representation])*; $($tuple)* }
        })*
    };
}

/// Each edits every variant at once: a value meets the edit of its own variant.
macro_rules! edited_enums {
    ($(#[$representation:meta])*; $($wider:ident($($wide:ty),*) or ($type:ty),)*) => {
        #[derive(Debug, PartialEq, Deserialize)]
        $(#[$representation])*
        pub(super) enum Wider {
            Unit { #[serde(default)] added: u8 },
            Newtype(LineWithMore),
            Struct { right: Option<String>, left: u64, added: Option<u8> },
            $($wider($($wide),*),)*
        }

        #[derive(Debug, PartialEq, Deserialize)]
        $(#[$representation])*
        pub(super) enum Other {
            Unit(Option<u8>),
            Newtype { sku: u32, note: Option<String> },
            Struct(Both),
            $($wider($type),)*
        }

        #[derive(Debug, PartialEq, Deserialize)]
        $(#[$representation])*
        pub(super) enum Emptied {
            Struct,
            Newtype,
            Scalar,
            Tuple,
            Unit(()),
        }
    };
}

edited! {
    external { Scalar(Option<u64>) or (f64), Tuple(u64, Option<String>) or (u8), }
    tag #[serde(tag = "kind")] {}
    tag_and_content #[serde(tag = "kind", content = "data")] {
        Scalar(Option<u64>) or (f64), Tuple(u64, Option<String>) or (u8),
    }
    untagged #[serde(untagged)] {
        Scalar(Option<u64>) or (f64), Tuple(u64, Option<String>) or (u8),
    }
}

#[derive(Debug, PartialEq, Deserialize)]
enum Moved {
    Struct {
        left: u8,
        right: String,
    },
    Tuple(
        #[serde(default)] u8,
        #[serde(default)] String,
        #[serde(default)] u8,
    ),
    #[serde(alias = "Unit")]
    Renamed,
    #[serde(untagged)]
    Rest(IgnoredValue),
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(tag = "kind")]
enum Caught {
    Struct {
        right: String,
    },
    #[serde(other)]
    Rest,
}

/// Takes anything.
#[derive(Debug, PartialEq)]
struct IgnoredValue;

impl<'de> Deserialize<'de> for IgnoredValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        IgnoredAny::deserialize(deserializer).map(|_| Self)
    }
}

macro_rules! edits {
    ($written:expr; $($edit:literal: $new:ty,)*) => { [$($written.read_as::<$new>($edit)),*] };
}

macro_rules! variants {
    ($name:literal: $enum:ident { $($variant:expr,)* }) => {
        vec![$({
            let value = $variant;
            let written = Written::new(format!("{value:?} with {}", $name), &value);
            let mut rows = vec![written.read_as::<$enum>(UNCHANGED)];
            rows.extend(edits_of(&written));
            rows
        }),*]
    };
}

fn edits_of(written: &Written) -> impl IntoIterator<Item = Row> {
    edits! { written;
        "made external": External,
        "made tag": Internal,
        "made tag and content": Adjacent,
        "made untagged": Untagged,
        "made external, wider": external::Wider,
        "made external, of other kinds": external::Other,
        "made external, emptied": external::Emptied,
        "made external, moved": Moved,
        "made tag, wider": tag::Wider,
        "made tag, of other kinds": tag::Other,
        "made tag, emptied": tag::Emptied,
        "made tag, moved": Caught,
        "made tag and content, wider": tag_and_content::Wider,
        "made tag and content, of other kinds": tag_and_content::Other,
        "made tag and content, emptied": tag_and_content::Emptied,
        "made untagged, wider": untagged::Wider,
        "made untagged, of other kinds": untagged::Other,
        "made untagged, emptied": untagged::Emptied,
    }
}

pub(super) fn rows() -> Vec<Row> {
    let (left, right) = (1, text("r"));
    let external = variants! { "external": External {
        External::Unit,
        External::Newtype(line()),
        External::Struct { left, right: right.clone() },
        External::Scalar(7),
        External::Tuple(1, text("a")),
    } };
    let internal = variants! { "tag": Internal {
        Internal::Unit,
        Internal::Newtype(line()),
        Internal::Struct { left, right: right.clone() },
        Internal::Empty {},
    } };
    let adjacent = variants! { "tag and content": Adjacent {
        Adjacent::Unit,
        Adjacent::Newtype(line()),
        Adjacent::Struct { left, right: right.clone() },
        Adjacent::Scalar(7),
        Adjacent::Tuple(1, text("a")),
    } };
    let untagged = variants! { "untagged": Untagged {
        Untagged::Unit,
        Untagged::Newtype(line()),
        Untagged::Struct { left, right },
        Untagged::Scalar(7),
        Untagged::Tuple(1, text("a")),
    } };
    [external, internal, adjacent, untagged]
        .into_iter()
        .flatten()
        .flatten()
        .collect()
}
