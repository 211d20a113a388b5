//! What a visitor gets when the store of the sessions fails, and that the first request after it works again.
//!
//! `told` has every failure that a store can have, by a store that fails when it is told to. `sqlite` has the failures
//! of a file, which other connections to it make. A full disk is among the tests of `session-sqlite`.

mod shop;
mod sqlite;
mod told;
