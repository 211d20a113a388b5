//! What merging promises: a difference is the change that it was taken from, and whatever the order in which requests
//! load and write, each of them counts once.

mod differences;
#[cfg(feature = "stored")]
mod folding;
#[cfg(feature = "stored")]
mod interleavings;

use std::collections::BTreeSet;

use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Merge;
use crate::value;

fn stored<T: Serialize>(value: T) -> Bytes {
    let mut bytes = Vec::new();
    value::encode(&value, &mut bytes).unwrap();
    bytes.into()
}

fn read<T: DeserializeOwned>(value: &Bytes) -> T {
    value::decode(value).unwrap()
}

const ADD: Merge = <i8 as super::IntegerField>::ADD;
const UNION: Merge = <BTreeSet<u8> as super::SetField>::UNION;
const APPEND: Merge = <Vec<u8> as super::ListField>::APPEND.capped(4);
