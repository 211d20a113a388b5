//! The only paths that generated code names. Not part of the public API.

pub use core::default::Default;
pub use core::marker::Send;

pub use crate::data::{Field, FieldAt, Schema, SessionDefault, SessionField};
pub use crate::identity::IsIdentity;
pub use crate::merge::{IntegerField, ListField, Merge, SetField};
