//! The compiler's messages about session types, and the examples of the derive's reference.
#![doc = include_str!("../../session-derive/src/session.md")]
