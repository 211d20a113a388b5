//! Questions about a field's type, answered by its syntax.

use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::punctuated::Punctuated;
use syn::{GenericArgument, PathArguments, Token, Type, TypeReference};

use crate::code::code;

/// The first reference in `ty`, itself included.
pub(crate) fn reference(ty: &Type) -> Option<&TypeReference> {
    match ty {
        Type::Reference(reference) => Some(reference),
        Type::Group(group) => reference(&group.elem),
        Type::Paren(paren) => reference(&paren.elem),
        Type::Array(array) => reference(&array.elem),
        Type::Tuple(tuple) => tuple.elems.iter().find_map(reference),
        Type::Path(path) => (path.path.segments.iter())
            .filter_map(|segment| match &segment.arguments {
                PathArguments::AngleBracketed(arguments) => Some(&arguments.args),
                _ => None,
            })
            .find_map(reference_in_arguments),
        _ => None,
    }
}

fn reference_in_arguments(
    arguments: &Punctuated<GenericArgument, Token![,]>,
) -> Option<&TypeReference> {
    arguments.iter().find_map(|argument| match argument {
        GenericArgument::Type(ty) => reference(ty),
        _ => None,
    })
}

/// Whether the word `name` (a type parameter, or a lifetime without its quote) occurs in `ty`.
pub(crate) fn mentions(ty: impl ToTokens, name: &str) -> bool {
    ty.into_token_stream().into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == name,
        TokenTree::Group(group) => mentions(group.stream(), name),
        _ => false,
    })
}

/// The type that owns what `reference` borrows.
pub(crate) fn owned(reference: &TypeReference) -> String {
    match &*reference.elem {
        Type::Path(path) if path.path.is_ident("str") => "String".to_owned(),
        Type::Slice(slice) => format!("Vec<{}>", code(&slice.elem)),
        other => code(other),
    }
}

/// `ty` with every lifetime `'name` made `'static`.
pub(crate) fn with_static(ty: impl ToTokens, name: &str) -> TokenStream {
    let mut after_quote = false;
    (ty.into_token_stream().into_iter())
        .map(|token| {
            let in_lifetime = std::mem::replace(
                &mut after_quote,
                matches!(&token, TokenTree::Punct(punct) if punct.as_char() == '\''),
            );
            match token {
                TokenTree::Ident(ident) if in_lifetime && ident == name => quote!(static),
                other => other.into_token_stream(),
            }
        })
        .collect()
}
