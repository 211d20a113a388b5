//! The only paths that generated code names. Not part of the public API.

pub use core::default::Default;
pub use core::marker::{Send, Sized};
pub use core::option::Option;

pub use crate::data::{
    Codec, Field, FieldAt, Schema, SessionDefault, SessionField, StoredValue, UserCodec,
};
pub use crate::explained::{Derived, options};
pub use crate::identity::IsIdentity;
pub use crate::merge::{IntegerField, ListField, Merge, SetField};
