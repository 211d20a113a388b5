//! What the compiler says about session types, and the examples of the derive's reference.
#![doc = include_str!("../../session-derive/src/session.md")]
