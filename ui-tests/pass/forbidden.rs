//! A crate may forbid the lints that the sessions of other crates set off, and give its items any name.
#![deny(warnings, clippy::pedantic, missing_docs)]
#![allow(non_upper_case_globals)]
#![forbid(
    unsafe_code,
    deprecated,
    unused_qualifications,
    clippy::absolute_paths,
    clippy::trait_duplication_in_bounds
)]

use session_runtime::{Identity, Session, SessionData};

static session: u32 = 1;
const value: u32 = 2;

/// Every impl of the derive, beside what it is about.
#[derive(Debug, Session)]
pub struct Shop {
    #[session(identity)]
    user: Identity<u64>,
    #[session(ttl = "5m", default = 3)]
    visits: u32,
    #[session(browser)]
    theme: Option<String>,
}

fn main() {
    let shop = Shop::default();
    assert_eq!(shop.visits, session + value);
    assert_eq!((*shop.user, shop.theme), (None, None));
    assert_eq!(Shop::COOKIE, "shop");
}
