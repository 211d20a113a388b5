//! A cookie is named after its type, or as the struct says.
#![deny(
    warnings,
    clippy::pedantic,
    missing_docs,
    unused_qualifications,
    clippy::absolute_paths
)]
#![forbid(unsafe_code)]

use session_runtime::{Session, SessionData};

macro_rules! names {
    ($($ty:ident = $name:literal),* $(,)?) => {
        $(
            /// Named after itself.
            #[derive(Debug, Session)]
            pub struct $ty {
                visits: u32,
            }
        )*

        fn main() {
            $(
                assert_eq!($ty::COOKIE, $name);
                assert_eq!($ty::default().visits, 0);
            )*
            assert_eq!(Written::COOKIE, "my-shop_2");
            assert_eq!(Written::default().visits, 0);
        }
    };
}

/// Named by hand.
#[derive(Debug, Session)]
#[session(cookie = "my-shop_2")]
pub struct Written {
    visits: u32,
}

names! {
    Shop = "shop",
    ShopSession = "shop-session",
    HTTPSession = "http-session",
    Shop2 = "shop2",
    Shop2Cart = "shop2-cart",
    V = "v",
    ABTest = "ab-test",
}
