//! The impl of `HasIdentity`.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{Generics, Ident, Type};

use crate::model::Session;
use crate::ty;

pub(super) fn emit(session: &Session<'_>, generics: &Generics) -> Option<TokenStream> {
    let id = id(session.identity()?.ty);
    let (open, close) = ends(&id);
    let before = quote_spanned!(open=> <);
    let codec = quote_spanned!(close=> as __session_runtime::__private::SessionField>::USER);
    Some(has_identity(
        session,
        generics,
        &id,
        &quote!(#before #id #codec),
    ))
}

/// The identity of a session with mistakes may have another type than it will, and one that cannot
/// be stored.
pub(super) fn fallback(session: &Session<'_>, generics: &Generics) -> Option<TokenStream> {
    let id = ty::user(session.identity()?.ty);
    // Nothing runs of a program that does not compile, and `loop` needs no path.
    let codec = quote!(loop {});
    Some(has_identity(
        session,
        generics,
        &id.to_token_stream(),
        &codec,
    ))
}

/// ```text
/// impl HasIdentity for Shop {
///     type Id = UserId;
///     const USER: UserCodec<UserId> = <UserId as SessionField>::USER;
/// }
/// ```
///
/// rustc points at the user's type there.
fn has_identity(
    session: &Session<'_>,
    generics: &Generics,
    id: &TokenStream,
    codec: &TokenStream,
) -> TokenStream {
    let name = &session.input.ident;
    let (impl_generics, ty_generics, where_clause) = generics.split_for_impl();
    let (open, close) = ends(id);
    let key = quote_spanned!(open=> type Id =);
    let end = quote_spanned!(close=> ;);
    quote! {
        #[automatically_derived]
        impl #impl_generics __session_runtime::HasIdentity for #name #ty_generics #where_clause {
            #key #id #end
            const USER: __session_runtime::__private::UserCodec<
                <Self as __session_runtime::HasIdentity>::Id
            > = #codec;
        }
    }
}

/// The type of the user that an identity of type `ty` holds while a user is logged in.
pub(super) fn id(ty: &Type) -> TokenStream {
    match ty::argument_of(ty, "Identity") {
        Some(user) => user.to_token_stream(),
        None => id_of_alias(ty),
    }
}

fn id_of_alias(ty: &Type) -> TokenStream {
    item(ty, "Id")
}

/// An item of the identity. Of a name that is no `Identity` rustc complains once if all mentions of it have one place.
pub(super) fn item(ty: &Type, name: &str) -> TokenStream {
    let (open, close) = ends(ty);
    let open = quote_spanned!(open=> <);
    let name = Ident::new(name, close);
    let close = quote_spanned!(close=> as __session_runtime::__private::IsIdentity>::#name);
    quote!(#open #ty #close)
}

/// The spans of the first token and of the last.
pub(super) fn ends(tokens: impl ToTokens) -> (Span, Span) {
    let tokens = tokens.into_token_stream().into_iter();
    let mut spans = tokens.map(|token| token.span());
    let first = spans.next().unwrap_or_else(Span::call_site);
    (first, spans.last().unwrap_or(first))
}
