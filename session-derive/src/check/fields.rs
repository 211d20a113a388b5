//! The rules of a field's own name and type.

use std::ptr;

use syn::ext::IdentExt as _;
use syn::{Type, TypeReference};

use crate::diag::Diag;
use crate::model::{Field, Session};
use crate::ty::{self, Unnoticed};

pub(super) fn check(diag: &Diag, session: &Session<'_>) {
    for field in &session.fields {
        check_name(diag, field);
        check_owned(diag, session, field);
        check_noticed(diag, field);
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

/// A session is saved if it was borrowed mutably and a value differs. A change behind a lock is no such borrow: it would
/// compile, and be lost.
fn check_noticed(diag: &Diag, field: &Field<'_>) {
    let Some(Unnoticed { ty, name, value }) = ty::unnoticed(field.ty) else {
        return;
    };
    let verb = if ptr::eq(ty, field.ty) { "is" } else { "holds" };
    let ident = field.ident;
    let article = if name.to_string().starts_with('A') {
        "an"
    } else {
        "a"
    };
    diag.error(
        ty,
        format!(
            "`{ident}` {verb} {article} `{name}`, and a session does not notice what changes inside of one\n\
             help: use `{value}`, and change it through the session: `session.{ident} = …`"
        ),
    );
}

fn owned_choices(reference: &TypeReference) -> String {
    match ty::owned(reference).as_str() {
        "String" => "`String` or `Cow<'static, str>`".to_owned(),
        owned => format!("`{owned}`"),
    }
}
