//! The payloads as session types.

use harness::{Line, Theme};
use session_runtime::{Identity, Session};

use crate::Ours;

#[derive(Session)]
#[session(cookie = "small")]
pub struct Small {
    visits: u32,
}

ours!(Small = harness::Small { visits });

#[derive(Session)]
#[session(cookie = "shop")]
pub struct Standard {
    #[session(identity)]
    user: Identity<u64>,
    visits: u32,
    theme: Theme,
    csrf: [u8; 16],
    cart: Vec<Line>,
    name: String,
    logged_in_at: u64,
}

ours!(Standard = harness::Standard { visits, theme, csrf, cart, name, logged_in_at } with user);

#[derive(Session)]
#[session(cookie = "shop")]
pub struct Large {
    #[session(identity)]
    user: Identity<u64>,
    visits: u32,
    theme: Theme,
    csrf: [u8; 16],
    cart: Vec<Line>,
    name: String,
    logged_in_at: u64,
    note: String,
}

ours!(Large = harness::Large { visits, theme, csrf, cart, name, logged_in_at, note } with user);

#[derive(Session)]
#[session(cookie = "note")]
pub struct Note {
    visits: u32,
    note: String,
}

ours!(Note = harness::Note { visits, note });

include!(concat!(env!("OUT_DIR"), "/fields.rs"));

/// Session types that differ by their cookie alone.
macro_rules! more {
    ($($name:ident, $cookie:literal;)*) => {
        $(
            #[derive(Session)]
            #[session(cookie = $cookie)]
            pub struct $name {
                visits: u32,
            }
        )*
    };
}

more! {
    More1, "more-1";
    More2, "more-2";
    More3, "more-3";
    More4, "more-4";
    More5, "more-5";
    More6, "more-6";
    More7, "more-7";
}
