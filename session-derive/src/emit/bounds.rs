//! The generics of the impls.

use syn::{GenericParam, Generics, parse_quote};

use super::data::kind;
use crate::model::{Field, Session};
use crate::ty;

/// The bounds that a session with type parameters needs. Only a field that mentions a parameter
/// gets a bound. On any other field, rustc's own error at the field is the better one.
pub(super) fn required(session: &Session<'_>) -> Generics {
    let mut generics = owned_parameters(session);
    let fields: Vec<&Field<'_>> = session
        .fields
        .iter()
        .filter(|field| {
            let mut parameters = session.input.generics.type_params();
            parameters.any(|parameter| ty::mentions(field.ty, &parameter.ident.to_string()))
        })
        .collect();
    if fields.is_empty() {
        return generics;
    }
    let clause = generics.make_where_clause();
    for field in fields {
        let Field { ty, default, .. } = field;
        if session.is_identity(field) {
            let id = ty::user(ty);
            clause.predicates.push(parse_quote! {
                #id: __session_runtime::__private::SessionField + __session_runtime::__private::Send
            });
            continue;
        }
        // `Send` of the field itself: it may be `T::Item`, of which `T: Send` says nothing.
        clause.predicates.push(parse_quote! {
            #ty: __session_runtime::__private::SessionField + __session_runtime::__private::Send
        });
        if let Some(merging) = field.merge.as_written() {
            let kind = kind(*merging);
            clause.predicates.push(parse_quote!(#ty: #kind));
        }
        if default.is_none() {
            clause
                .predicates
                .push(parse_quote!(#ty: __session_runtime::__private::SessionDefault));
        }
    }
    generics
}

/// The bounds that make a fallback impl hold for all fields. rustc refuses a bound without
/// parameters where it is false, and believes it under a `for<…>`
/// (<https://github.com/rust-lang/rust/issues/48214>).
pub(super) fn assumed(session: &Session<'_>) -> Generics {
    let mut generics = owned_parameters(session);
    let lifetimes: Vec<_> = generics
        .lifetimes()
        .map(|each| each.lifetime.clone())
        .collect();
    let clause = generics.make_where_clause();
    for lifetime in lifetimes {
        clause.predicates.push(parse_quote!(#lifetime: 'static));
    }
    if session
        .fields
        .iter()
        .any(|field| ty::owner(field.ty).is_some())
    {
        clause.predicates.push(parse_quote! {
            for<'__session> Self: __session_runtime::__private::Sized
        });
    }
    generics
}

/// `generics` with the claim that the session is `Send`. Of a field that is not, rustc speaks at the field, and does not
/// repeat it for each impl.
pub(super) fn sent(generics: &Generics) -> Generics {
    let mut generics = generics.clone();
    generics.make_where_clause().predicates.push(parse_quote! {
        for<'__session> Self: __session_runtime::__private::Send
    });
    generics
}

fn owned_parameters(session: &Session<'_>) -> Generics {
    let mut generics = session.input.generics.clone();
    for parameter in &mut generics.params {
        match parameter {
            GenericParam::Lifetime(parameter) => parameter.attrs.clear(),
            GenericParam::Const(parameter) => parameter.attrs.clear(),
            GenericParam::Type(parameter) => {
                parameter.attrs.clear();
                parameter
                    .bounds
                    .push(parse_quote!(__session_runtime::__private::Send));
                parameter.bounds.push(parse_quote!('static));
            }
        }
    }
    generics
}
