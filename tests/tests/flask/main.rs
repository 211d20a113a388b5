//! Flask, feature by feature: what it does, and what is here.

mod beside;
mod cookie;
mod keys;
mod kit;
mod mistakes;
mod page;
mod rows;
mod stores;
