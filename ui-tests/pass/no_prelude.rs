//! Generated code takes nothing from the prelude.
#![deny(
    warnings,
    clippy::pedantic,
    missing_docs,
    unused_qualifications,
    clippy::absolute_paths
)]
#![forbid(unsafe_code)]
#![no_implicit_prelude]

use ::session_runtime::{Identity, Session};
use ::std::assert_eq;
use ::std::default::Default as StdDefault;
use ::std::option::Option::{self, None};
use ::std::string::String;

/// All that is used.
#[derive(::std::fmt::Debug, Session)]
pub struct Shop {
    #[session(default = 3)]
    visits: u32,
    name: String,
    #[session(identity)]
    user: Identity<u64>,
    #[session(browser)]
    theme: String,
    #[session(flash, ttl = "1m")]
    notice: Option<String>,
}

/// With a parameter.
#[derive(::std::fmt::Debug, Session)]
pub struct Generic<T> {
    value: T,
}

fn main() {
    let shop = <Shop as StdDefault>::default();
    let generic = <Generic<u8> as StdDefault>::default();
    assert_eq!(shop.visits, 3);
    assert_eq!(shop.name, "");
    assert_eq!(shop.user, None);
    assert_eq!(shop.theme, "");
    assert_eq!(shop.notice, None);
    assert_eq!(generic.value, 0);
}
