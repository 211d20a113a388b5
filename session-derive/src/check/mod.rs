//! One function per rule, the rule stated above it.

mod homes;
mod lifetimes;
mod names;
mod serde;

use proc_macro2::Ident;
use syn::ext::IdentExt as _;
use syn::punctuated::Punctuated;
use syn::{
    Attribute, Data, Fields, FieldsUnnamed, GenericParam, LifetimeParam, Meta, Token, Type,
    TypeReference,
};

use crate::attr::is_session;
use crate::code::code;
use crate::diag::Diag;
use crate::lit::cookie_name;
use crate::model::{Cookie, Field, Session};
use crate::ty;

pub(crate) fn session(diag: &Diag, session: &Session<'_>) {
    check_shape(diag, session);
    check_not_packed(diag, session);
    check_parameters(diag, session);
    check_cookie(diag, session);
    lifetimes::check(diag, session);
    homes::check(diag, session);
    for field in &session.fields {
        check_name(diag, field);
        check_owned(diag, session, field);
        serde::check(diag, field);
    }
    names::check(diag, session);
}

/// A session is a struct with named fields: the names are what a cookie stores.
fn check_shape(diag: &Diag, session: &Session<'_>) {
    let ident = &session.input.ident;
    match &session.input.data {
        Data::Enum(data) => diag.error(
            data.enum_token,
            "`#[derive(Session)]` needs a struct with named fields, not an enum\n\
             help: put the enum in a field of a session struct",
        ),
        Data::Union(data) => diag.error(
            data.union_token,
            "`#[derive(Session)]` needs a struct with named fields, not a union",
        ),
        Data::Struct(data) if data.fields.is_empty() => {
            diag.error(ident, "a session needs at least one field");
        }
        Data::Struct(data) => {
            if let Fields::Unnamed(fields) = &data.fields {
                report_tuple(diag, ident, fields);
            }
        }
    }
}

fn report_tuple(diag: &Diag, ident: &Ident, fields: &FieldsUnnamed) {
    let types: Vec<String> = fields.unnamed.iter().map(|field| code(&field.ty)).collect();
    let body = match &*types {
        [ty] => format!("value: {ty}"),
        [first, ..] => format!("value: {first}, …"),
        [] => return,
    };
    diag.error(
        fields,
        format!(
            "a session field needs a name, it is the key in the cookie\n\
             help: write `struct {ident} {{ {body} }}`"
        ),
    );
}

/// A packed struct lends no references to its fields.
fn check_not_packed(diag: &Diag, session: &Session<'_>) {
    for word in session
        .input
        .attrs
        .iter()
        .filter_map(representation)
        .flatten()
    {
        if word.path().is_ident("packed") {
            diag.error(
                word.path(),
                "a session cannot be `repr(packed)`: its fields are borrowed while encoding",
            );
        }
    }
}

fn representation(attr: &Attribute) -> Option<Punctuated<Meta, Token![,]>> {
    if !attr.path().is_ident("repr") {
        return None;
    }
    attr.parse_args_with(Punctuated::parse_terminated).ok()
}

/// Type and const parameters are welcome, lifetimes are not, and none of them has options.
fn check_parameters(diag: &Diag, session: &Session<'_>) {
    for parameter in &session.input.generics.params {
        let attrs = match parameter {
            GenericParam::Lifetime(lifetime) => {
                report_lifetime(diag, session, lifetime);
                &lifetime.attrs
            }
            GenericParam::Type(parameter) => &parameter.attrs,
            GenericParam::Const(parameter) => &parameter.attrs,
        };
        for attr in attrs.iter().filter(|attr| is_session(attr)) {
            diag.error(attr, "options belong on the struct or on a field");
        }
    }
}

fn report_lifetime(diag: &Diag, session: &Session<'_>, parameter: &LifetimeParam) {
    let lifetime = &parameter.lifetime;
    let name = lifetime.ident.to_string();
    let help = (session.fields.iter())
        .find(|field| ty::mentions(field.ty, &name))
        .map(|field| match ty::reference(field.ty) {
            Some(reference) => (ty::owned(reference), code(reference)),
            None => (code(ty::with_static(field.ty, &name)), code(field.ty)),
        })
        .map(|(owned, borrowed)| format!("\nhelp: use `{owned}` instead of `{borrowed}`"))
        .unwrap_or_default();
    diag.error(
        lifetime,
        format!("a session owns its data, so it cannot have the lifetime `{lifetime}`{help}"),
    );
}

/// The cookie's name is one that browsers keep and that leaves room for prefix and suffix.
fn check_cookie(diag: &Diag, session: &Session<'_>) {
    let ident = &session.input.ident;
    match &session.cookie {
        Cookie::OfType(name) => {
            if let Err(reason) = cookie_name::check(name) {
                let ident_name = ident.unraw();
                diag.error(
                    ident,
                    format!(
                        "the cookie cannot be named after `{ident_name}`: {reason}\n\
                         help: write `#[session(cookie = \"…\")]`"
                    ),
                );
            }
        }
        Cookie::Unreadable => {}
        Cookie::Written(name) => {
            if let Err(reason) = cookie_name::check(&name.value()) {
                diag.error(name, reason);
            }
        }
    }
}

/// Names that generated code may use are not the user's.
fn check_name(diag: &Diag, field: &Field<'_>) {
    if field.ident.unraw().to_string().starts_with("__session") {
        diag.error(field.ident, "names starting with `__session` are reserved");
    }
}

/// A field owns its value. A struct's own lifetime is reported once, where it is declared.
fn check_owned(diag: &Diag, session: &Session<'_>, field: &Field<'_>) {
    let Some(reference) = ty::reference(field.ty) else {
        return;
    };
    let declared = session.input.generics.lifetimes();
    if declared
        .into_iter()
        .any(|parameter| Some(&parameter.lifetime) == reference.lifetime.as_ref())
    {
        return;
    }
    let Field { ident, .. } = field;
    let verb = if matches!(field.ty, Type::Reference(_)) {
        "is"
    } else {
        "holds"
    };
    diag.error(
        reference,
        format!(
            "`{ident}` {verb} a reference, and a decrypted cookie leaves nothing to borrow from\n\
             help: use {}",
            owned_choices(reference)
        ),
    );
}

fn owned_choices(reference: &TypeReference) -> String {
    match ty::owned(reference).as_str() {
        "String" => "`String` or `Cow<'static, str>`".to_owned(),
        owned => format!("`{owned}`"),
    }
}
