//! The rule of the cookie's name.

use syn::ext::IdentExt as _;

use crate::attr::Given;
use crate::diag::Diag;
use crate::lit::cookie_name;
use crate::model::Session;

/// The cookie's name is one that browsers keep and that leaves room for prefix and suffix.
pub(super) fn check(diag: &Diag, session: &Session<'_>) {
    let ident = &session.input.ident;
    match &session.cookie {
        Given::Unset => {
            if let Err(reason) = cookie_name::check(&session.cookie_name()) {
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
        Given::Unreadable(_) => {}
        Given::Written(_, name) => {
            if let Err(reason) = cookie_name::check(&name.value()) {
                diag.error(name, reason);
            }
        }
    }
}
