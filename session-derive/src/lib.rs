//! The derive macro of `session-runtime`.
use proc_macro::TokenStream;

/// Makes a struct a session.
#[proc_macro_derive(Session, attributes(session))]
pub fn derive_session(_input: TokenStream) -> TokenStream {
    TokenStream::new()
}
