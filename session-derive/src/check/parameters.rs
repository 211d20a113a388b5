//! The rules of the struct's own parameters.

use syn::{GenericParam, LifetimeParam};

use crate::attr::is_session;
use crate::code::code;
use crate::diag::Diag;
use crate::model::Session;
use crate::ty;

/// Type and const parameters are welcome, lifetimes are not, and none of them has options.
pub(super) fn check(diag: &Diag, session: &Session<'_>) {
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
