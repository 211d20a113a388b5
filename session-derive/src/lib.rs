//! The derive macro of `session-runtime`. Depend on that crate: it re-exports the macro, and the
//! code generated here names paths in it.

mod attr;
mod check;
mod code;
mod derive;
mod diag;
mod emit;
mod lit;
mod model;
mod tag;
#[cfg(test)]
mod tests;
mod ty;
mod wording;

#[doc = include_str!("session.md")]
#[proc_macro_derive(Session, attributes(session))]
pub fn derive_session(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    derive::derive(input.into()).into()
}
