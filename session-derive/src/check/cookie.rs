//! The rule of the cookie's name.

use syn::ext::IdentExt as _;

use crate::diag::Diag;
use crate::lit::cookie_name;
use crate::model::{Cookie, Session};

/// The cookie's name is one that browsers keep and that leaves room for prefix and suffix.
pub(super) fn check(diag: &Diag, session: &Session<'_>) {
    let ident = &session.input.ident;
    match &session.cookie {
        Cookie::OfType(name) => {
            if let Err(reason) = cookie_name::check(name) {
                let ident_name = ident.unraw();
                diag.error(
                    ident,
                    format!(
                        "the cookie cannot be named after `{ident_name}`: {reason}\n\
                         help: write `#[session(cookie = \"…\")]`"
                    ),
                );
            }
        }
        Cookie::Unreadable => {}
        Cookie::Written(name) => {
            if let Err(reason) = cookie_name::check(&name.value()) {
                diag.error(name, reason);
            }
        }
    }
}
