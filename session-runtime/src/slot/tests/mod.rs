//! What a slot seals and opens, byte by byte. What it does for a request is tested through the router, in the
//! package `tests`.

mod flags;
mod vectors;
