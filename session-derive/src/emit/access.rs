//! The code by which the runtime reaches each field.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Generics, Ident};

use crate::model::{Field, Session};

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

/// ```text
/// enum __SessionField0 {}
/// impl FieldAt<__SessionField0> for Shop {
///     type Value = u32;
///     const REF: fn(&Self) -> &<Self as FieldAt<__SessionField0>>::Value = |session| &session.visits;
///     const MUT: fn(&mut Self) -> &mut <Self as …>::Value = |session| &mut session.visits;
/// }
/// ```
fn emit_field(
    session: &Session<'_>,
    generics: &Generics,
    marker: &Ident,
    field: &Field<'_>,
) -> TokenStream {
    let name = &session.input.ident;
    let (impl_generics, ty_generics, where_clause) = generics.split_for_impl();
    let Field { ident, ty, .. } = field;
    let access = quote!(__session_runtime::__private::FieldAt<#marker>);
    let value = quote!(<Self as #access>::Value);
    quote! {
        enum #marker {}
        #[automatically_derived]
        impl #impl_generics #access for #name #ty_generics #where_clause {
            type Value = #ty;
            const REF: fn(&Self) -> &#value = |session| &session.#ident;
            const MUT: fn(&mut Self) -> &mut #value = |session| &mut session.#ident;
        }
    }
}
