//! The impl of `HasIdentity`.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{Generics, Type};

use crate::model::Session;
use crate::ty;

pub(super) fn emit(session: &Session<'_>, generics: &Generics) -> Option<TokenStream> {
    let user = user(session)?;
    let codec = quote!(<#user as __session_runtime::__private::StoredValue>::USER);
    Some(has_identity(session, generics, user, &codec))
}

/// The identity of a session with mistakes may have another type than it will, one that cannot be stored, and no mark.
pub(super) fn fallback(session: &Session<'_>, generics: &Generics) -> Option<TokenStream> {
    let unmarked = || {
        let mut fields = session.fields.iter();
        fields.find_map(|field| ty::our_identity(field.ty))
    };
    let user = user(session).or_else(unmarked)?;
    // Nothing runs of a program that does not compile, and `loop` needs no path.
    Some(has_identity(session, generics, user, &quote!(loop {})))
}

/// The type of the user that the identity holds while a user is logged in.
pub(super) fn user<'a>(session: &Session<'a>) -> Option<&'a Type> {
    session.identity().map(|identity| ty::user(identity.ty))
}

/// ```text
/// impl HasIdentity for Shop {
///     type Id = UserId;
///     const USER: UserCodec<UserId> = <UserId as StoredValue>::USER;
/// }
/// ```
///
/// rustc points at the user's type there, when it cannot be stored or is less public than the session.
fn has_identity(
    session: &Session<'_>,
    generics: &Generics,
    user: &Type,
    codec: &TokenStream,
) -> TokenStream {
    let name = &session.input.ident;
    let (impl_generics, ty_generics, where_clause) = generics.split_for_impl();
    let (open, close) = ends(user);
    let (id, end) = (quote_spanned!(open=> type Id =), quote_spanned!(close=> ;));
    quote! {
        #[automatically_derived]
        impl #impl_generics __session_runtime::HasIdentity for #name #ty_generics #where_clause {
            #id #user #end
            const USER: __session_runtime::__private::UserCodec<#user> = #codec;
        }
    }
}

/// The spans of the first token and of the last.
fn ends(tokens: impl ToTokens) -> (Span, Span) {
    let mut spans = (tokens.into_token_stream().into_iter()).map(|token| token.span());
    let first = spans.next().unwrap_or_else(Span::call_site);
    (first, spans.last().unwrap_or(first))
}
