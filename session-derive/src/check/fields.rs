//! The rules of a field's own name and type.

use syn::ext::IdentExt as _;
use syn::{Type, TypeReference};

use crate::diag::Diag;
use crate::model::{Field, Session};
use crate::ty;

pub(super) fn check(diag: &Diag, session: &Session<'_>) {
    for field in &session.fields {
        check_name(diag, field);
        check_owned(diag, session, field);
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
