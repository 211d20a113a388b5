//! The rules of where a field lives: with the login, in the browser, or until the next page.

use crate::attr::table::{FLASH, IDENTITY, REMEMBER, Row};
use crate::diag::Diag;
use crate::model::{Field, Session};

pub(super) fn check(diag: &Diag, session: &Session<'_>) {
    check_one_identity(diag, session);
    for field in &session.fields {
        if session.is_identity(field) {
            check_with_login(diag, field, &FLASH);
            check_with_login(diag, field, &REMEMBER);
            check_not_alone(diag, field);
        } else {
            check_one_cookie(diag, field);
        }
    }
}

/// One field says who is logged in.
fn check_one_identity(diag: &Diag, session: &Session<'_>) {
    let Some(Field { ident, .. }) = session.identity() else {
        return;
    };
    let others = (session.fields.iter()).filter(|field| !session.is_identity(field));
    for key in others.filter_map(|field| field.mark(&IDENTITY)) {
        let message = format!("a session has one identity: `{ident}` is already it");
        diag.error(key, message);
    }
}

/// An identity lives with what trusts it, so that neither is there without the other.
fn check_with_login(diag: &Diag, field: &Field<'_>, home: &Row) {
    if let Some(key) = field.later(&IDENTITY, home) {
        let name = home.name;
        let help = if name == REMEMBER.name {
            "\nhelp: a login that survives the browser being closed is \
             `#[session(remember)]` on the struct, or `Session::remember`"
        } else {
            ""
        };
        let message = format!("`identity` lives with the login, so it cannot be `{name}`{help}");
        diag.error(key, message);
    }
}

/// An identity ends together with the fields of its user.
fn check_not_alone(diag: &Diag, field: &Field<'_>) {
    if let Some(ttl) = &field.ttl {
        diag.error(
            &ttl.key,
            "an identity that expires alone would leave the user's other fields to a stranger\n\
             help: use `idle` or `max` on the struct",
        );
    }
}

/// A field is stored once. For an identity, each of the two is a mistake of its own.
fn check_one_cookie(diag: &Diag, field: &Field<'_>) {
    if let Some(key) = field.later(&FLASH, &REMEMBER) {
        diag.error(
            key,
            "a field lives in one cookie: `flash` or `remember`, not both",
        );
    }
}
