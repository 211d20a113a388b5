//! Every shape in every place where serde treats a field differently, times every edit of what is
//! around it.

use std::fmt::Debug;
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, SystemTime};

use chrono::{DateTime, NaiveDate, Utc};
use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;
use uuid::Uuid;

use super::shapes::*;
use super::{Row, UNCHANGED, Written};

trait Shape: Clone + Debug + PartialEq + Serialize + DeserializeOwned {}

impl<T: Clone + Debug + PartialEq + Serialize + DeserializeOwned> Shape for T {}

macro_rules! in_every_place {
    ($($name:literal: $value:expr,)*) => { vec![$(every_place($name, &$value)),*] };
}

pub(super) fn rows() -> Vec<Row> {
    let shapes = [of_serde(), of_other_crates()];
    shapes.into_iter().flatten().flatten().collect()
}

fn every_place<T: Shape>(shape: &str, value: &T) -> Vec<Row> {
    let places = [
        plain::rows(shape, value),
        flatten::rows(shape, value),
        external::rows(shape, value),
        tag::rows(shape, value),
        tag_and_content::rows(shape, value),
        untagged::rows(shape, value),
    ];
    places.into_iter().flatten().collect()
}

fn of_serde() -> Vec<Vec<Row>> {
    in_every_place! {
        "scalars": (true, i64::MIN, u64::MAX, 0.1_f32, f64::MAX, 'ß', text("\u{0}😀"), cow("c")),
        "u128": 7_u128,
        "bytes": ByteBuf::from([1, 255]),
        "own bytes": Raw(vec![1, 255]),
        "()": (),
        "unit struct": Unit,
        "None": None::<u8>,
        "Some(Some)": Some(Some(7_u8)),
        "Some(None)": Some(None::<u8>),
        "tuples": (1_u8, [2_u8; 2], Newtype(7), Pair(1, text("a"))),
        "structs": (line(), flat()),
        "external": [External::Unit, External::Newtype(line()), External::Tuple(1, text("a"))],
        "tag": [Internal::Unit, Internal::Newtype(line()), Internal::Empty {}],
        "tag and content": [Adjacent::Unit, Adjacent::Newtype(line()), Adjacent::Scalar(7)],
        "untagged": [Untagged::Unit, Untagged::Newtype(line()), Untagged::Tuple(1, text("a"))],
        "map": map([(text("k"), vec![1_u8])]),
        "map with number keys": map([(1_u32, 2_u8), (3, 4)]),
        "map with enum keys": map([(Status::Open, map([('ß', 1_u8)]))]),
        "map with tuple keys": map([((1_u8, 2_u8), 3_u8)]),
    }
}

fn of_other_crates() -> Vec<Vec<Row>> {
    let moment = "2026-01-02T03:04:05.678Z";
    let duration = Duration::from_millis(1500);
    in_every_place! {
        "addresses": (parsed::<IpAddr>("10.0.0.1"), parsed::<SocketAddr>("[::1]:80")),
        "map with IpAddr keys": map([(parsed::<IpAddr>("::1"), 1_u8)]),
        "Uuid": Uuid::from_u128(7),
        "jiff": (parsed::<Timestamp>(moment), parsed::<Date>("2026-01-02")),
        "chrono": (parsed::<DateTime<Utc>>(moment), parsed::<NaiveDate>("2026-01-02")),
        "Decimal": parsed::<Decimal>("-1.50"),
        "std::time": (duration, SystemTime::UNIX_EPOCH + duration),
    }
}

/// The code that is the same for every place. It names the edits and reads each of them.
macro_rules! rows {
    ($place:literal, $old:path; $($edit:literal: $new:ty,)*) => {
        pub(super) fn rows<T: Shape>(shape: &str, value: &T) -> Vec<Row> {
            let name = format!("{shape} in {}", $place);
            let old = Written::new(&name, &$old(value.clone()));
            let some = Written::new(&name, &$old(Some(value.clone())));
            vec![
                old.read_as::<Old<T>>(UNCHANGED),
                old.read_as::<Old<Option<T>>>("value wrapped in Option"),
                some.read_as::<Old<T>>("value taken out of Option"),
                $(old.read_as::<$new>($edit),)*
            ]
        }
    };
}

mod plain {
    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Old<T> {
        id: u32,
        value: T,
        note: String,
    }

    fn old<T>(value: T) -> Old<T> {
        Old {
            id: 7,
            value,
            note: text("n"),
        }
    }

    #[derive(Debug, PartialEq, Deserialize)]
    struct Added<T> {
        #[serde(default)]
        extra: u8,
        id: u32,
        value: T,
        note: String,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    struct AddedWithoutDefault<T> {
        id: u32,
        value: T,
        note: String,
        extra: Vec<u8>,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    struct OthersRemoved<T> {
        value: T,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    struct Removed {
        id: u32,
        note: String,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    struct Reordered<T> {
        note: String,
        value: T,
        id: u32,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    struct Renamed<T> {
        id: u32,
        #[serde(alias = "value")]
        moved: T,
        note: String,
    }

    rows! { "a struct", old;
        "field added": Added<T>,
        "field added without a default": AddedWithoutDefault<T>,
        "other fields removed": OthersRemoved<T>,
        "value removed": Removed,
        "fields reordered": Reordered<T>,
        "value renamed with an alias": Renamed<T>,
    }
}

mod flatten {
    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Old<T> {
        id: u32,
        #[serde(flatten)]
        inner: Inner<T>,
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Inner<T> {
        value: T,
        note: String,
    }

    fn old<T>(value: T) -> Old<T> {
        Old {
            id: 7,
            inner: Inner {
                value,
                note: text("n"),
            },
        }
    }

    #[derive(Debug, PartialEq, Deserialize)]
    struct Added<T> {
        id: u32,
        #[serde(default)]
        extra: u8,
        #[serde(flatten)]
        inner: Inner<T>,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    struct Removed {
        id: u32,
        #[serde(flatten)]
        inner: InnerRemoved,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    struct InnerRemoved {
        note: String,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    struct Reordered<T> {
        #[serde(flatten)]
        inner: InnerReordered<T>,
        id: u32,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    struct InnerReordered<T> {
        note: String,
        value: T,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    struct Renamed<T> {
        #[serde(flatten)]
        inner: InnerRenamed<T>,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    struct InnerRenamed<T> {
        #[serde(alias = "value")]
        moved: T,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    struct Unflattened<T> {
        id: u32,
        value: T,
        note: String,
    }

    rows! { "flatten", old;
        "field added": Added<T>,
        "value removed": Removed,
        "fields reordered": Reordered<T>,
        "value renamed with an alias": Renamed<T>,
        "flatten removed": Unflattened<T>,
    }
}

macro_rules! enum_places {
    ($($place:ident $name:literal $(#[$representation:meta])*;)*) => {
        $(mod $place {
            use super::*;

            enum_place! { $name $(#[$representation])* }
        })*
    };
}

macro_rules! enum_place {
    ($name:literal $(#[$representation:meta])*) => {
        #[derive(Debug, PartialEq, Serialize, Deserialize)]
        $(#[$representation])*
        enum Old<T> {
            Other { other: u8 },
            Holds { id: u32, value: T, note: String },
        }

        fn old<T>(value: T) -> Old<T> {
            Old::Holds { id: 7, value, note: text("n") }
        }

        #[derive(Debug, PartialEq, Deserialize)]
        $(#[$representation])*
        enum FieldAdded<T> {
            Holds { id: u32, #[serde(default)] extra: u8, value: T, note: String },
        }

        #[derive(Debug, PartialEq, Deserialize)]
        $(#[$representation])*
        enum FieldRemoved {
            Holds { id: u32, note: String },
        }

        #[derive(Debug, PartialEq, Deserialize)]
        $(#[$representation])*
        enum FieldsReordered<T> {
            Holds { note: String, value: T, id: u32 },
        }

        #[derive(Debug, PartialEq, Deserialize)]
        $(#[$representation])*
        enum FieldRenamed<T> {
            Holds { #[serde(alias = "value")] moved: T },
        }

        #[derive(Debug, PartialEq, Deserialize)]
        $(#[$representation])*
        enum VariantAdded<T> {
            Holds { id: u32, value: T, note: String },
            Added(u8),
            Other { other: u8 },
        }

        #[derive(Debug, PartialEq, Deserialize)]
        $(#[$representation])*
        enum VariantRemoved {
            Other { other: u8 },
        }

        #[derive(Debug, PartialEq, Deserialize)]
        $(#[$representation])*
        enum VariantRenamed<T> {
            #[serde(alias = "Holds")]
            Renamed { id: u32, value: T, note: String },
        }

        rows! { $name, old;
            "field added": FieldAdded<T>,
            "value removed": FieldRemoved,
            "fields reordered": FieldsReordered<T>,
            "value renamed with an alias": FieldRenamed<T>,
            "variant added and variants reordered": VariantAdded<T>,
            "variant removed": VariantRemoved,
            "variant renamed with an alias": VariantRenamed<T>,
        }
    };
}

enum_places! {
    external "a variant";
    tag "tag" #[serde(tag = "kind")];
    tag_and_content "tag and content" #[serde(tag = "kind", content = "data")];
    untagged "untagged" #[serde(untagged)];
}
