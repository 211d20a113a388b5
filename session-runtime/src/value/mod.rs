//! A field's value as bytes: `MessagePack` with names, so that a value survives every edit of the
//! types inside it. Both directions say that the format is human-readable, as JSON does: types
//! that choose by it (`IpAddr`, `Uuid`) then also work inside `flatten`, `tag` and `untagged`.

mod parts;
mod reading;
mod shape;
mod writing;

use std::fmt;

use serde::de::DeserializeOwned;
use serde::{Serialize, de, ser};

pub(crate) use self::parts::{items, number, write_items, write_number};

/// Appends `value` to `out`, in a shape that [`decode`] takes, or nothing if it fails. Whether its
/// type reads back what it wrote is up to the type.
pub(crate) fn encode<T: Serialize>(value: &T, out: &mut Vec<u8>) -> Result<(), EncodeError> {
    writing::serialize(value, out)
}

/// Reads the one value that fills `bytes`.
pub(crate) fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, DecodeError> {
    reading::deserialize(bytes)
}

/// Returns true if `bytes` are one value within the limits.
#[cfg(any(test, fuzzing))]
pub(crate) fn is_whole(bytes: &[u8]) -> bool {
    shape::check(bytes).is_ok()
}

/// The reason why a value has no bytes. The text of an error of a type's own `Serialize` is left
/// out, because it may quote the value and this reaches logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EncodeError {
    /// Its `Serialize` failed, or wrote something else than it announced.
    Refused,
    /// It is nested more than [`shape::MAX_DEPTH`] deep.
    TooDeep,
    /// It is a user, and what it writes is read as nobody.
    NobodyComesBack,
}

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused => f.write_str("its `Serialize` failed"),
            Self::NobodyComesBack => {
                f.write_str("it is a user who is read back as no user, or not at all")
            }
            Self::TooDeep => write!(f, "it is nested more than {} levels deep", shape::MAX_DEPTH),
        }
    }
}

impl std::error::Error for EncodeError {}

impl ser::Error for EncodeError {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self::Refused
    }
}

/// The bytes are not a value of the asked type. Why is left out, as it may quote the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct DecodeError;

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the bytes are not a value of the expected type")
    }
}

impl std::error::Error for DecodeError {}

impl de::Error for DecodeError {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

#[cfg(test)]
mod tests;
