//! The code by which the runtime reaches each field.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned as _;
use syn::{Generics, Ident};

use crate::model::{Field, Session};
use crate::ty;

/// The private type that stands for the field at `index`. It also keeps a private field type
/// out of the public interface, where E0446 would refuse it.
pub(super) fn marker(index: usize) -> Ident {
    format_ident!("__SessionField{index}")
}

pub(super) fn emit(session: &Session<'_>, generics: &Generics) -> TokenStream {
    (session.fields.iter().enumerate())
        .map(|(index, field)| emit_field(session, generics, &marker(index), field))
        .collect()
}

fn emit_field(
    session: &Session<'_>,
    generics: &Generics,
    marker: &Ident,
    field: &Field<'_>,
) -> TokenStream {
    let (impl_generics, ty_generics, where_clause) = generics.split_for_impl();
    let (name, access) = (&session.input.ident, access(marker));
    let items = if session.is_identity(field) {
        of_identity(field, &access)
    } else {
        of_value(field, &access)
    };
    quote! {
        enum #marker {}
        #[automatically_derived]
        impl #impl_generics #access for #name #ty_generics #where_clause {
            #items
        }
    }
}

/// The parameters have names that are reserved: a `static` or a `const` of the user's would be meant by any other one.
///
/// ```text
/// type Value = u32;
/// const REF: fn(&Self) -> &<Self as FieldAt<__SessionField0>>::Value = |__session| &__session.visits;
/// const SET: fn(&mut Self, <Self as …>::Value) = |__session, __session_value| __session.visits = __session_value;
/// const CODEC: Codec<<Self as …>::Value> = <u32 as StoredValue>::CODEC;
/// ```
fn of_value(field: &Field<'_>, access: &TokenStream) -> TokenStream {
    let Field { ident, ty, .. } = field;
    // All of it has the place of the type, where rustc then says what is wrong with the type.
    let codec = quote_spanned! {ty.span()=>
        const CODEC: __session_runtime::__private::Codec<<Self as #access>::Value> =
            <#ty as __session_runtime::__private::StoredValue>::CODEC;
    };
    quote! {
        type Value = #ty;
        const REF: fn(&Self) -> &<Self as #access>::Value = |__session| &__session.#ident;
        const SET: fn(&mut Self, <Self as #access>::Value) =
            |__session, __session_value| __session.#ident = __session_value;
        #codec
    }
}

/// ```text
/// type Value = Option<UserId>;
/// const REF: fn(&Self) -> &<Self as …>::Value = |__session| <Identity<UserId> as IsIdentity>::READ(&__session.user);
/// const SET: fn(&mut Self, <Self as …>::Value) =
///     |__session, __session_value| __session.user = <Identity<UserId> as IsIdentity>::MAKE(__session_value);
/// const CODEC: Codec<<Self as …>::Value> = <Self as HasIdentity>::USER.or_nobody;
/// ```
fn of_identity(field: &Field<'_>, access: &TokenStream) -> TokenStream {
    let Field { ident, ty, .. } = field;
    let user = ty::user(ty);
    let identity = quote!(<#ty as __session_runtime::__private::IsIdentity>);
    quote! {
        type Value = __session_runtime::__private::Option<#user>;
        const REF: fn(&Self) -> &<Self as #access>::Value = |__session| (#identity::READ)(&__session.#ident);
        const SET: fn(&mut Self, <Self as #access>::Value) =
            |__session, __session_value| __session.#ident = (#identity::MAKE)(__session_value);
        const CODEC: __session_runtime::__private::Codec<<Self as #access>::Value> =
            <Self as __session_runtime::HasIdentity>::USER.or_nobody;
    }
}

fn access(marker: &Ident) -> TokenStream {
    quote!(__session_runtime::__private::FieldAt<#marker>)
}
