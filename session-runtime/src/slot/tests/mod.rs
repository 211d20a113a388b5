//! The bytes that a slot seals and opens. Its work for a request is tested through the router, in the
//! package `tests`.

mod flags;
mod vectors;
