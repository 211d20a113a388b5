//! The code a session type becomes, one file per piece.

mod access;
mod bounds;
mod data;
pub(crate) mod dependency;
pub(crate) mod editor;
mod identity;

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;

use self::editor::Reader;
use crate::model::Session;

/// The impls of a session without a mistake.
pub(crate) fn session(session: &Session<'_>, reader: Reader) -> TokenStream {
    let generics = bounds::required(session);
    let access = access::emit(session, &generics);
    let data = data::emit(session, &generics);
    let identity = identity::emit(session, &generics);
    in_const(session, reader, &quote!(#access #data #identity))
}

/// The impl of a session with mistakes: whoever uses the type is told nothing new.
pub(crate) fn fallback(session: &Session<'_>, reader: Reader) -> TokenStream {
    let generics = bounds::assumed(session);
    let data = data::fallback(session, &generics);
    let identity = identity::fallback(session, &generics);
    in_const(session, reader, &quote!(#data #identity))
}

/// ```text
/// #[allow(…)]
/// const _: () = {
///     use ::session_runtime as __session_runtime;
///     …
/// };
/// ```
///
/// The alias makes a runtime that is not found one error, at the user's own path. The lints are
/// those that a deprecated struct, a type written as a long path, and a parameter that is `Send`
/// already set off.
fn in_const(session: &Session<'_>, reader: Reader, items: &TokenStream) -> TokenStream {
    let path = session.runtime.as_ref().map(ToTokens::to_token_stream);
    let runtime = path.unwrap_or_else(|| {
        let name = dependency::name();
        quote!(::#name)
    });
    let editor = editor::emit(session, reader);
    // An import is underlined at the user's path only if all of it has spans of the user's.
    let span = session
        .runtime
        .as_ref()
        .map_or_else(Span::call_site, Spanned::span);
    let import = quote_spanned!(span=> use #runtime as __session_runtime;);
    quote! {
        #[allow(
            deprecated,
            unused_qualifications,
            clippy::absolute_paths,
            clippy::trait_duplication_in_bounds
        )]
        const _: () = {
            #import
            #editor
            #items
        };
    }
}
