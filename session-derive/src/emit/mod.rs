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
use syn::{Meta, Path};

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
/// const _: () = {
///     use ::session_runtime as __session_runtime;
///     …
/// };
/// ```
///
/// The alias makes a runtime that is not found one error, at the user's own path.
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
    let silenced = silenced(session);
    quote! {
        #silenced
        const _: () = {
            #import
            #editor
            #items
        };
    }
}

/// ```text
/// #[allow(unused_qualifications)]
/// #[allow(deprecated)]
/// ```
///
/// The lints that are silenced where the struct is written, and those that a deprecated struct or field and a parameter
/// that is `Send` already set off. No others: where a crate forbids a lint, rustc refuses to allow it.
fn silenced(session: &Session<'_>) -> TokenStream {
    let fields = session.fields.iter().flat_map(|field| field.attrs);
    let attrs: Vec<_> = session.input.attrs.iter().chain(fields).collect();
    let lints = attrs.iter().filter_map(|attr| match &attr.meta {
        Meta::List(list) if is_silencing(&list.path) => Some(&list.tokens),
        _ => None,
    });
    let mut all = attrs.iter();
    let deprecated =
        (all.any(|attr| attr.path().is_ident("deprecated"))).then(|| quote!(#[allow(deprecated)]));
    let mut parameters = session.input.generics.type_params();
    let bounds = (parameters.next().is_some())
        .then(|| quote!(#[allow(clippy::trait_duplication_in_bounds)]));
    quote!(#(#[allow(#lints)])* #deprecated #bounds)
}

fn is_silencing(path: &Path) -> bool {
    path.is_ident("allow") || path.is_ident("expect")
}
