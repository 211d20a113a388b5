//! The impls of `SessionData` and `Default`.

use proc_macro2::TokenStream;
use quote::quote;
use syn::Generics;
use syn::ext::IdentExt as _;

use super::access::marker;
use super::bounds;
use crate::attr::table::{BROWSER, FLASH};
use crate::lit::duration::Duration;
use crate::lit::merging::Merging;
use crate::model::{Field, Session, StoredName};

pub(super) fn emit(session: &Session<'_>, generics: &Generics) -> TokenStream {
    impls(session, generics, &fields(session), &default(session))
}

pub(super) fn fallback(session: &Session<'_>, generics: &Generics) -> TokenStream {
    // Nothing runs of a program that does not compile, and `loop` needs no path.
    impls(session, generics, &TokenStream::new(), &quote!(loop {}))
}

/// ```text
/// impl SessionData for Shop where for<'__session> Self: Send {
///     const SCHEMA: Schema<Self> = Schema::new("shop", &[…]).idle(1209600u64).max(7776000u64);
/// }
/// impl Derived for Shop where for<'__session> Self: Send {}
/// impl KeptInCookie for Shop where for<'__session> Self: Send {}
/// impl Default for Shop {
///     fn default() -> Self { … }
/// }
/// ```
fn impls(
    session: &Session<'_>,
    generics: &Generics,
    fields: &TokenStream,
    default: &TokenStream,
) -> TokenStream {
    let name = &session.input.ident;
    let (impl_generics, ty_generics, where_clause) = generics.split_for_impl();
    let schema = quote!(__session_runtime::__private::Schema);
    let (cookie, options) = (session.cookie_name(), session_options(session));
    let home = home(session);
    let sent = bounds::sent(generics);
    let where_sent = &sent.where_clause;
    quote! {
        #[doc(hidden)]
        #[automatically_derived]
        impl #impl_generics __session_runtime::SessionData for #name #ty_generics #where_sent {
            const SCHEMA: #schema<Self> = #schema::new(#cookie, &[#fields]) #options;
        }
        #[doc(hidden)]
        #[automatically_derived]
        impl #impl_generics __session_runtime::__private::Derived for #name #ty_generics #where_sent {}
        #[doc(hidden)]
        #[automatically_derived]
        impl #impl_generics __session_runtime::#home for #name #ty_generics #where_sent {}
        #[automatically_derived]
        impl #impl_generics __session_runtime::__private::Default for #name #ty_generics
        #where_clause {
            fn default() -> Self { #default }
        }
    }
}

/// The trait that says where the session is kept.
fn home(session: &Session<'_>) -> TokenStream {
    if session.stored.is_some() {
        quote!(KeptInStore)
    } else {
        quote!(KeptInCookie)
    }
}

/// ```text
/// .idle(1209600u64).max(7776000u64).remember().removed(&[[0x1a, 0x2b, 0x3c]])
/// ```
fn session_options(session: &Session<'_>) -> TokenStream {
    let (idle, max) = (session.idle_seconds(), session.max_seconds());
    let remember = session.remember.then(|| quote!(.remember()));
    let stored = session.stored.is_some().then(|| quote!(.stored()));
    let removed = tags(&session.removed);
    let removed = (!removed.is_empty()).then(|| quote!(.removed(&[#removed])));
    quote!(.idle(#idle).max(#max) #remember #stored #removed)
}

/// ```text
/// Field::of::<__SessionField0>("visits", [0x1a, 0x2b, 0x3c], &[]),
/// Field::of::<__SessionField1>("otp", [0x4d, 0x5e, 0x6f], &[]).ttl(600u64),
/// Field::of::<__SessionField2>("theme", [0x7a, 0x8b, 0x9c], &[]).browser(),
/// Field::of::<__SessionField3>("user", [0x7a, 0x8b, 0x9c], &[]).identity(),
/// ```
fn fields(session: &Session<'_>) -> TokenStream {
    (session.fields.iter().enumerate())
        .map(|(index, field)| {
            let identity = session.is_identity(field).then(|| quote!(.identity()));
            let (marker, names, options) = (marker(index), names(field), field_options(field));
            quote!(__session_runtime::__private::Field::of::<#marker>(#names) #identity #options,)
        })
        .collect()
}

fn names(field: &Field<'_>) -> TokenStream {
    let (name, tag) = (field.ident.unraw().to_string(), field.name.tag);
    let aliases = tags(&field.aliases);
    quote!(#name, #tag, &[#aliases])
}

/// ```text
/// .ttl(600u64).flash()
/// .merge(<u32 as IntegerField>::ADD)
/// ```
fn field_options(field: &Field<'_>) -> TokenStream {
    let ttl = (field.ttl.as_written()).map(|Duration { seconds, .. }| quote!(.ttl(#seconds)));
    let browser = field.marks.has(&BROWSER).then(|| quote!(.browser()));
    let flash = field.marks.has(&FLASH).then(|| quote!(.flash()));
    let merge = (field.merge.as_written()).map(|merging| merge(field, *merging));
    quote!(#ttl #browser #flash #merge)
}

/// rustc points at the type if it cannot be merged so.
fn merge(field: &Field<'_>, merging: Merging) -> TokenStream {
    let (ty, kind) = (field.ty, kind(merging));
    let way = match merging {
        Merging::Add => quote!(ADD),
        Merging::Union => quote!(UNION),
        Merging::Append(cap) => quote!(APPEND.capped(#cap)),
        Merging::Max => quote!(MAX_OF),
        Merging::Min => quote!(MIN_OF),
    };
    quote!(.merge(<#ty as #kind>::#way))
}

/// The trait of the types that are merged so.
pub(super) fn kind(merging: Merging) -> TokenStream {
    match merging {
        Merging::Add | Merging::Max | Merging::Min => {
            quote!(__session_runtime::__private::IntegerField)
        }
        Merging::Union => quote!(__session_runtime::__private::SetField),
        Merging::Append(_) => quote!(__session_runtime::__private::ListField),
    }
}

fn tags(names: &[StoredName]) -> TokenStream {
    let tags = names.iter().map(|name| name.tag);
    quote!(#(#tags),*)
}

/// ```text
/// Self {
///     user: <Identity<UserId> as IsIdentity>::NOBODY,
///     theme: Theme::System,
///     visits: <u32 as SessionDefault>::session_default(),
/// }
/// ```
///
/// A default stands where its value is used, so that a wrong one is a type error at the default.
fn default(session: &Session<'_>) -> TokenStream {
    let values = session.fields.iter().map(|field| {
        let Field {
            ident, ty, default, ..
        } = field;
        let value = match default {
            _ if session.is_identity(field) => {
                quote!(<#ty as __session_runtime::__private::IsIdentity>::NOBODY)
            }
            Some(default) => quote!(#default),
            None => {
                quote!(<#ty as __session_runtime::__private::SessionDefault>::session_default())
            }
        };
        quote!(#ident: #value)
    });
    quote!(Self { #(#values),* })
}
