//! Every shape read as every other type.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use chrono::{DateTime, NaiveDate, Utc};
use jiff::Timestamp;
use rust_decimal::Decimal;
use serde_bytes::ByteBuf;
use uuid::Uuid;

use super::shapes::*;
use super::{Row, Written};

macro_rules! written {
    ($($name:literal: $value:expr,)*) => { [$(Written::new($name, &$value)),*] };
}

macro_rules! read_as_every {
    ($written:expr => $($type:ty,)*) => {
        vec![$($written.read_as::<$type>(concat!("as ", stringify!($type)))),*]
    };
}

pub(super) fn rows() -> Vec<Row> {
    let sources = numbers().into_iter().chain(texts()).chain(compounds());
    sources.flat_map(|written| every_type(&written)).collect()
}

fn every_type(written: &Written) -> Vec<Row> {
    read_as_every! { written =>
        bool, u8, i32, u64, i64, u128, i128, f32, f64,
        char, String, Cow<'static, str>, ByteBuf, Raw, Vec<u8>, [u8; 2], Vec<String>,
        (), Unit, Option<u8>, Option<u64>, Option<Unit>, Option<String>, Option<Option<u64>>,
        (u8, u8), Newtype, Pair, Line, Lenient, Flat,
        Status, External, Internal, Adjacent, Untagged,
        BTreeMap<String, u8>, BTreeMap<String, String>, BTreeMap<u32, String>,
        BTreeMap<Status, String>, Vec<(u32, String)>,
        IpAddr, Uuid, Timestamp, DateTime<Utc>, NaiveDate, Decimal, Duration,
    }
}

fn numbers() -> impl IntoIterator<Item = Written> {
    written! {
        "bool": true,
        "u8": 1_u8,
        "u64": u64::MAX,
        "i64 below zero": -1_i64,
        "i64": i64::MIN,
        "u128 that fits u64": 7_u128,
        "u128": u128::MAX,
        "i128 below zero": -1_i128,
        "f32": 0.1_f32,
        "f64": 0.1_f64,
        "whole f64": 2.0_f64,
        "NaN": f64::NAN,
    }
}

fn texts() -> impl IntoIterator<Item = Written> {
    written! {
        "char": 'ß',
        "String": text("text"),
        "digits": text("7"),
        "Cow": cow("Open"),
        "bytes": ByteBuf::from([1, 2, 3]),
        "two bytes": ByteBuf::from([1, 255]),
        "no bytes": ByteBuf::new(),
        "bytes of text": ByteBuf::from(*b"Open"),
        "own bytes": Raw(vec![1, 255]),
        "IpAddr": parsed::<IpAddr>("::1"),
        "Uuid": Uuid::from_u128(7),
        "Timestamp": parsed::<Timestamp>("2026-01-02T03:04:05.678Z"),
        "DateTime": parsed::<DateTime<Utc>>("2026-01-02T03:04:05.678Z"),
        "NaiveDate": parsed::<NaiveDate>("2026-01-02"),
        "Decimal": parsed::<Decimal>("1.50"),
        "whole Decimal": Decimal::ONE,
    }
}

fn compounds() -> impl IntoIterator<Item = Written> {
    written! {
        "Vec<u8>": vec![1_u8, 2, 3],
        "[u8; 2]": [1_u8, 255],
        "Vec<String>": vec![text("a"), text("b")],
        "one String": vec![text("Open")],
        "()": (),
        "unit struct": Unit,
        "None": None::<u8>,
        "Some": Some(7_u8),
        "Some(Some)": Some(Some(7_u8)),
        "Some(None)": Some(None::<u8>),
        "Some(unit struct)": Some(Unit),
        "tuple": (1_u8, text("a")),
        "newtype": Newtype(7),
        "tuple struct": Pair(1, text("a")),
        "struct": line(),
        "struct with flatten": flat(),
        "unit variant": Status::Closed,
        "map": map([(text("sku"), 1_u8), (text("first"), 2)]),
        "map of one": map([(text("Newtype"), line())]),
        "map with number keys": map([(0_u32, text("a")), (1, text("b"))]),
        "map with one number key": map([(4_u32, text("a"))]),
        "map with tuple keys": map([((1_u8, 2_u8), text("a"))]),
        "map with enum keys": map([(Status::Open, text("a"))]),
        "pairs": vec![(1_u32, text("a"))],
        "Duration": Duration::from_millis(1500),
    }
}
