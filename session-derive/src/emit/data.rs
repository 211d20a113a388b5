//! The impl of `SessionData`.

use proc_macro2::TokenStream;
use quote::quote;
use syn::ext::IdentExt as _;
use syn::{Generics, Ident};

use super::access::marker;
use crate::attr::table::{FLASH, IDENTITY, REMEMBER};
use crate::lit::duration::Duration;
use crate::model::{Cookie, Field, Session, StoredName};

/// What the impl is made of; the real one and the fallback fill in the same signatures.
struct Body {
    cookie: String,
    idle: u64,
    max: u64,
    remember: bool,
    fields: TokenStream,
    removed: TokenStream,
    fresh: TokenStream,
}

pub(super) fn emit(session: &Session<'_>, generics: &Generics) -> TokenStream {
    let body = Body {
        cookie: cookie(session),
        idle: session.idle_seconds(),
        max: session.max_seconds(),
        remember: session.remember,
        fields: fields(session),
        removed: tags(&session.removed),
        fresh: fresh(session),
    };
    body.emit(&session.input.ident, generics)
}

pub(super) fn fallback(session: &Session<'_>, generics: &Generics) -> TokenStream {
    let body = Body {
        cookie: cookie(session),
        idle: session.idle_seconds(),
        max: session.max_seconds(),
        remember: session.remember,
        fields: TokenStream::new(),
        removed: TokenStream::new(),
        // Nothing runs of a program that does not compile, and `loop` needs no path.
        fresh: quote!(loop {}),
    };
    body.emit(&session.input.ident, generics)
}

impl Body {
    /// ```text
    /// impl SessionData for Shop {
    ///     const COOKIE: &'static str = "shop";
    ///     const FIELDS: &'static [Field<Self>] = &[…];
    ///     const IDLE: u64 = 1209600u64;
    ///     const MAX: u64 = 7776000u64;
    ///     const REMEMBER: bool = false;
    ///     const REMOVED: &'static [[u8; 3]] = &[[0x1a, 0x2b, 0x3c]];
    ///     fn fresh() -> Self { … }
    /// }
    /// ```
    fn emit(self, name: &Ident, generics: &Generics) -> TokenStream {
        let Self {
            cookie,
            idle,
            max,
            remember,
            fields,
            removed,
            fresh,
        } = self;
        let (impl_generics, ty_generics, where_clause) = generics.split_for_impl();
        quote! {
            #[automatically_derived]
            impl #impl_generics __session_runtime::SessionData for #name #ty_generics #where_clause {
                const COOKIE: &'static str = #cookie;
                const FIELDS: &'static [__session_runtime::__private::Field<Self>] = &[#fields];
                const IDLE: u64 = #idle;
                const MAX: u64 = #max;
                const REMEMBER: bool = #remember;
                const REMOVED: &'static [[u8; 3]] = &[#removed];
                fn fresh() -> Self { #fresh }
            }
        }
    }
}

fn cookie(session: &Session<'_>) -> String {
    match &session.cookie {
        Cookie::OfType(name) => name.clone(),
        Cookie::Unreadable => String::new(),
        Cookie::Written(name) => name.value(),
    }
}

/// ```text
/// Field::of::<__SessionField0, u32>("visits", [0x1a, 0x2b, 0x3c], &[]),
/// Field::of::<__SessionField1, Otp>("otp", [0x4d, 0x5e, 0x6f], &[]).ttl(600u64),
/// Field::of::<__SessionField2, Theme>("theme", [0x7a, 0x8b, 0x9c], &[]).remember(),
/// ```
///
/// rustc points at the type there when it cannot be stored.
fn fields(session: &Session<'_>) -> TokenStream {
    (session.fields.iter().enumerate())
        .map(|(index, field)| {
            let Field { ident, ty, .. } = field;
            let (name, tag) = (ident.unraw().to_string(), field.name.tag);
            let aliases = tags(&field.aliases);
            let marker = marker(index);
            let options = field_options(field);
            quote! {
                __session_runtime::__private::Field::of::<#marker, #ty>(#name, #tag, &[#aliases])
                    #options,
            }
        })
        .collect()
}

/// ```text
/// .ttl(600u64).flash()
/// ```
fn field_options(field: &Field<'_>) -> TokenStream {
    let ttl = (field.ttl.as_ref())
        .and_then(|ttl| ttl.duration.as_ref())
        .map(|Duration { seconds, .. }| quote!(.ttl(#seconds)));
    let remember = field.is(&REMEMBER).then(|| quote!(.remember()));
    let flash = field.is(&FLASH).then(|| quote!(.flash()));
    let identity = field.is(&IDENTITY).then(|| quote!(.identity()));
    quote!(#ttl #remember #flash #identity)
}

fn tags(names: &[StoredName]) -> TokenStream {
    let tags = names.iter().map(|name| name.tag);
    quote!(#(#tags),*)
}

/// ```text
/// Self { theme: Theme::System, visits: <u32 as SessionDefault>::session_default() }
/// ```
///
/// A default stands where its value is used, so that a wrong one is a type error at the default.
fn fresh(session: &Session<'_>) -> TokenStream {
    let values = session.fields.iter().map(|Field { ident, ty, default, .. }| match default {
        Some(default) => quote!(#ident: #default),
        None => {
            quote!(#ident: <#ty as __session_runtime::__private::SessionDefault>::session_default())
        }
    });
    quote!(Self { #(#values),* })
}
