//! The only paths that generated code names. Not part of the public API.

pub use core::default::Default;
pub use core::marker::{Send, Sized};

pub use crate::data::{Field, FieldAt, SessionDefault, SessionField};
pub use crate::identity::IsIdentity;
