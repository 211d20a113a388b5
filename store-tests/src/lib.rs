//! Servers of the tests' own, and what disturbs them.
//!
//! A server runs on a free port of 127.0.0.1, in a folder of its own, for as long as the test process lives.

pub mod postgres;
mod proxy;
pub mod redis;
mod server;

pub use proxy::{Fault, Proxy};
pub use server::{Program, Server, Signal};
