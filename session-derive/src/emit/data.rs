//! The impls of `SessionData` and `Default`.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::ext::IdentExt as _;
use syn::{Generics, Ident};

use super::access::marker;
use super::identity;
use crate::attr::table::{BROWSER, FLASH};
use crate::lit::duration::Duration;
use crate::model::{Field, Session, StoredName};

/// The parts of the impl. The real impl and the fallback fill in the same signatures.
struct Body {
    cookie: String,
    idle: u64,
    max: u64,
    remember: bool,
    fields: TokenStream,
    removed: TokenStream,
    default: TokenStream,
}

pub(super) fn emit(session: &Session<'_>, generics: &Generics) -> TokenStream {
    let body = Body {
        cookie: session.cookie_name(),
        idle: session.idle_seconds(),
        max: session.max_seconds(),
        remember: session.remember,
        fields: fields(session),
        removed: tags(&session.removed),
        default: default(session),
    };
    body.emit(&session.input.ident, generics)
}

pub(super) fn fallback(session: &Session<'_>, generics: &Generics) -> TokenStream {
    let body = Body {
        cookie: session.cookie_name(),
        idle: session.idle_seconds(),
        max: session.max_seconds(),
        remember: session.remember,
        fields: TokenStream::new(),
        removed: TokenStream::new(),
        // Nothing runs of a program that does not compile, and `loop` needs no path.
        default: quote!(loop {}),
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
    /// }
    /// impl Default for Shop {
    ///     fn default() -> Self { … }
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
            default,
        } = self;
        let (impl_generics, ty_generics, where_clause) = generics.split_for_impl();
        quote! {
            #[automatically_derived]
            impl #impl_generics __session_runtime::SessionData for #name #ty_generics #where_clause {
                const COOKIE: &'static __session_runtime::__private::str = #cookie;
                const FIELDS: &'static [__session_runtime::__private::Field<Self>] = &[#fields];
                const IDLE: __session_runtime::__private::u64 = #idle;
                const MAX: __session_runtime::__private::u64 = #max;
                const REMEMBER: __session_runtime::__private::bool = #remember;
                const REMOVED: &'static [[__session_runtime::__private::u8; 3]] = &[#removed];
            }
            #[automatically_derived]
            impl #impl_generics __session_runtime::__private::Default for #name #ty_generics
            #where_clause {
                fn default() -> Self { #default }
            }
        }
    }
}

/// ```text
/// Field::of::<__SessionField0, u32>("visits", [0x1a, 0x2b, 0x3c], &[]),
/// Field::of::<__SessionField1, Otp>("otp", [0x4d, 0x5e, 0x6f], &[]).ttl(600u64),
/// Field::of::<__SessionField2, Theme>("theme", [0x7a, 0x8b, 0x9c], &[]).browser(),
/// Field::identity_of::<__SessionField3, Identity<UserId>>("user", [0x7a, 0x8b, 0x9c], &[]),
/// ```
fn fields(session: &Session<'_>) -> TokenStream {
    (session.fields.iter().enumerate())
        .map(|(index, field)| {
            let of = if session.is_identity(field) {
                identity_of(field, &marker(index))
            } else {
                of(field, &marker(index))
            };
            let options = field_options(field);
            quote!(#of #options,)
        })
        .collect()
}

/// rustc points at the type there when it cannot be stored.
fn of(field: &Field<'_>, marker: &Ident) -> TokenStream {
    let ty = field.ty;
    let names = names(field);
    quote!(__session_runtime::__private::Field::of::<#marker, #ty>(#names))
}

/// All of the call has the place of the type: that it is no `Identity` is said of both.
fn identity_of(field: &Field<'_>, marker: &Ident) -> TokenStream {
    let ty = field.ty;
    let (first, last) = identity::ends(ty);
    let names = names(field);
    let function =
        quote_spanned!(first=> __session_runtime::__private::Field::identity_of::<#marker,);
    let arguments = quote_spanned!(last=> >(#names));
    quote!(#function #ty #arguments)
}

fn names(field: &Field<'_>) -> TokenStream {
    let (name, tag) = (field.ident.unraw().to_string(), field.name.tag);
    let aliases = tags(&field.aliases);
    quote!(#name, #tag, &[#aliases])
}

/// ```text
/// .ttl(600u64).flash()
/// ```
fn field_options(field: &Field<'_>) -> TokenStream {
    let ttl = (field.ttl.as_written()).map(|Duration { seconds, .. }| quote!(.ttl(#seconds)));
    let browser = field.marks.has(&BROWSER).then(|| quote!(.browser()));
    let flash = field.marks.has(&FLASH).then(|| quote!(.flash()));
    quote!(#ttl #browser #flash)
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
