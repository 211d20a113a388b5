//! The sessions of the shop. Each struct has a cookie of its own.

use serde::{Deserialize, Serialize};
use session_runtime::{Identity, Session};

use crate::database::{OrderId, ProductId, UserId};

/// The session of a visitor. The word `stored` is what `--store` needs: without it, the struct is for cookies alone.
#[derive(Session)]
#[session(cookie = "shop", stored, idle = "14d", max = "90d")]
pub(crate) struct Shop {
    #[session(identity)] // reads as `Option<UserId>`; a login and a logout change it
    pub(crate) user: Identity<UserId>,
    /// The name of the user, so that no page asks the database for it.
    pub(crate) name: String,
    /// The cart survives a login, and is gone after a logout.
    pub(crate) cart: Vec<Line>,
    /// The name of this session on the account page.
    pub(crate) device: String,
    /// The user gave the password a moment ago. Ten minutes later it is `false` again.
    #[session(ttl = "10m")]
    pub(crate) confirmed: bool,
    #[session(flash)] // shown once, on the next page
    pub(crate) notice: Option<String>,
    /// The name of a login that failed, so that it need not be typed again.
    #[session(flash)]
    pub(crate) name_tried: Option<String>,
    #[session(browser)] // stays in this browser, whoever is logged in
    pub(crate) theme: Theme,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Line {
    pub(crate) product: ProductId,
    pub(crate) quantity: u32,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Theme {
    /// Light or dark, as the browser says.
    #[default]
    Auto,
    Light,
    Dark,
}

/// A login whose code is still owed. It is stored also while other sessions are in cookies: when the code was right, no copy
/// of the cookie is good for a second login.
#[derive(Session)]
#[session(cookie = "shop-login", stored, max = "10m")]
pub(crate) struct HalfLogin {
    pub(crate) owed: Option<Owed>,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Owed {
    pub(crate) user: UserId,
    pub(crate) remember: bool,
}

/// The order that a visitor pays at the provider. Browsers send this cookie with the form that the provider posts back, and
/// the cookie of [`Shop`] they do not send with it.
#[derive(Session)]
#[session(cookie = "shop-payment", max = "1h")]
pub(crate) struct Payment {
    pub(crate) order: Option<OrderId>,
}
