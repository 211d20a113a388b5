//! The only paths that generated code names. Not part of the public API.

pub use core::default::Default;
pub use core::marker::Send;
// A type of the user's may have such a name too.
pub use core::primitive::{bool, str, u8, u64};

pub use crate::data::{Field, FieldAt, SessionDefault, SessionField};
pub use crate::identity::IsIdentity;
