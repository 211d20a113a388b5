//! The only paths that generated code names. Not part of the public API.

pub use core::default::Default;
pub use core::marker::Send;

pub use crate::needs_stores;

pub use crate::data::{Field, FieldAt, Schema, SessionDefault, SessionField};
pub use crate::identity::IsIdentity;
pub use crate::merge::{IntegerField, ListField, Merge, SetField};

/// Nothing, in a runtime that was built with stores.
#[doc(hidden)]
#[cfg(feature = "stored")]
#[macro_export]
macro_rules! needs_stores {
    () => {};
}

/// The error of a stored session in a runtime that was built without stores.
#[doc(hidden)]
#[cfg(not(feature = "stored"))]
#[macro_export]
macro_rules! needs_stores {
    () => {
        compile_error!(
            "a stored session needs the feature `stored` of `session-runtime`\nhelp: write `session-runtime = { \
             version = \"…\", features = [\"stored\"] }` in Cargo.toml"
        );
    };
}
