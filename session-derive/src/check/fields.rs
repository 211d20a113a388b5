//! The rules of a field's own name and type.

use std::ptr;

use syn::ext::IdentExt as _;
use syn::{Type, TypeReference};

use crate::code::code;
use crate::diag::Diag;
use crate::model::{Field, Session};
use crate::ty::{self, Unnoticed, Unstorable};
use crate::wording::article;

pub(super) fn check(diag: &Diag, session: &Session<'_>) {
    for field in &session.fields {
        check_name(diag, field);
        check_owned(diag, session, field);
        check_noticed(diag, field);
        check_sized(diag, field);
        check_storable(diag, field);
    }
}

/// Returns `true` for a struct of which rustc says all that there is to say: with the usual impls it would say it once
/// for each of them.
pub(crate) fn is_refused_by_rustc(session: &Session<'_>) -> bool {
    let mut fields = session.fields.iter();
    let has_twin = |field: &Field<'_>| {
        let twins = (session.fields.iter()).filter(|other| other.ident == field.ident);
        twins.count() > 1
    };
    fields.any(|field| has_twin(field) || ty::is_left_out(field.ty))
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

/// A session is saved if it was borrowed mutably and a value differs. A change behind a lock is no such borrow: it would
/// compile, and be lost.
fn check_noticed(diag: &Diag, field: &Field<'_>) {
    let Some(Unnoticed { ty, name, value }) = ty::unnoticed(field.ty) else {
        return;
    };
    let (ident, verb) = (field.ident, verb(field, ty));
    let article = article(&name.to_string());
    diag.error(
        ty,
        format!(
            "`{ident}` {verb} {article} `{name}`, and a session does not notice what changes inside of one\n\
             help: use `{value}`, and change it through the session: `session.{ident} = …`"
        ),
    );
}

/// A struct holds a value, and the value of such a type has any size.
fn check_sized(diag: &Diag, field: &Field<'_>) {
    let Some(owner) = ty::owner(field.ty) else {
        return;
    };
    let ident = field.ident;
    diag.error(
        field.ty,
        format!("`{ident}` has no size of its own\nhelp: use `{owner}`"),
    );
}

/// Types of the language and of the standard library of which no feature makes a value that can be kept.
fn check_storable(diag: &Diag, field: &Field<'_>) {
    let Some(Unstorable {
        ty,
        reason,
        instead,
    }) = ty::unstorable(field.ty)
    else {
        return;
    };
    let (ident, verb, written) = (field.ident, verb(field, ty), code(ty));
    let article = article(&written);
    diag.error(
        ty,
        format!("`{ident}` {verb} {article} `{written}`, and {reason}\nhelp: {instead}"),
    );
}

/// A field is of a type, or holds it inside of its own.
fn verb(field: &Field<'_>, ty: &Type) -> &'static str {
    if ptr::eq(ty, field.ty) { "is" } else { "holds" }
}

fn owned_choices(reference: &TypeReference) -> String {
    match ty::owned(reference).as_str() {
        "String" => "`String` or `Cow<'static, str>`".to_owned(),
        owned => format!("`{owned}`"),
    }
}
