//! The rules of what a session is: a struct whose named fields can be borrowed.

use syn::punctuated::Punctuated;
use syn::{Attribute, Data, Fields, FieldsUnnamed, Ident, Meta, Token};

use crate::code::code;
use crate::diag::Diag;
use crate::model::Session;

pub(super) fn check(diag: &Diag, session: &Session<'_>) {
    check_struct(diag, session);
    check_not_packed(diag, session);
}

/// A session is a struct with named fields: the names are what a cookie stores.
fn check_struct(diag: &Diag, session: &Session<'_>) {
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
