//! Typed, encrypted sessions for axum.
#![forbid(unsafe_code)]
// Generated code names this crate by its path, also inside it.
extern crate self as session_runtime;

mod data;
mod value;

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;

pub use session_derive::Session;

pub use self::data::{SessionData, SessionDefault, SessionField};

/// placeholder guard until the next commit
#[derive(Debug)]
pub struct Session<T: SessionData>(T);
