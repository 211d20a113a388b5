//! The rules of where a field lives: with the login, in the browser, or until the next page.

use std::ptr;

use syn::Type;

use crate::attr::table::{BROWSER, FLASH, IDENTITY, Mark};
use crate::code::code;
use crate::diag::Diag;
use crate::model::{Field, Session};
use crate::ty;

pub(super) fn check(diag: &Diag, session: &Session<'_>) {
    check_one_identity(diag, session);
    for field in &session.fields {
        if session.is_identity(field) {
            check_with_login(diag, field, &FLASH);
            check_with_login(diag, field, &BROWSER);
            check_not_alone(diag, field);
            check_identity_type(diag, field);
            check_starts_as_nobody(diag, field);
        } else {
            check_one_cookie(diag, field);
            check_stays_taken(diag, field);
            check_marked(diag, session, field);
        }
    }
}

/// One field says who is logged in.
fn check_one_identity(diag: &Diag, session: &Session<'_>) {
    let Some(Field { ident, .. }) = session.identity() else {
        return;
    };
    let others = (session.fields.iter()).filter(|field| !session.is_identity(field));
    for key in others.filter_map(|field| field.marks.get(&IDENTITY)) {
        let message = format!("a session has one identity: `{ident}` is already it");
        diag.error(key, message);
    }
}

/// An identity lives with what trusts it, so that neither is there without the other.
fn check_with_login(diag: &Diag, field: &Field<'_>, home: &Mark) {
    if let Some(key) = field.marks.later(&IDENTITY, home) {
        let name = home.spec.name;
        let help = if name == BROWSER.spec.name {
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
    if let Some(key) = field.ttl.key() {
        diag.error(
            key,
            "an identity that expires alone would leave the user's other fields to a stranger\n\
             help: use `idle` or `max` on the struct",
        );
    }
}

/// A field is stored once. For an identity, each of the two is a mistake of its own.
fn check_one_cookie(diag: &Diag, field: &Field<'_>) {
    if let Some(key) = field.marks.later(&FLASH, &BROWSER) {
        diag.error(
            key,
            "a field lives in one cookie: `flash` or `browser`, not both",
        );
    }
}

/// That a page took a value is stored for as long as the value would be. Afterwards the field is at its default.
fn check_stays_taken(diag: &Diag, field: &Field<'_>) {
    let Field { ident, marks, .. } = field;
    let is_flash = marks.has(&FLASH) && !marks.has(&BROWSER);
    if let Some(default) = field.default.as_ref().filter(|_| is_flash) {
        diag.error(
            default,
            format!(
                "`{ident}` would come back after it was shown: once the time of the field is over, it is at its \
                 default again\n\
                 help: remove `default`, so that the field is `None` or empty where nothing is to be shown\n\
                 help: a type that has no `Default` stands in an `Option`"
            ),
        );
    }
}

/// The identity has a type that cannot be assigned, because only a login and a logout change who is
/// logged in. The type is written by its name: of another one that turns out to be none, rustc would say so for each impl.
fn check_identity_type(diag: &Diag, field: &Field<'_>) {
    let ty = field.ty;
    let user = ty::user(ty);
    let inside = ty::argument_of(ty, "Identity");
    let mistake = match inside {
        Some(inside) if ptr::eq(inside, user) => return,
        Some(_) => "an `Identity` reads as an `Option` already",
        None => "an identity is an `Identity<…>`, which only a login and a logout change",
    };
    diag.error(
        ty,
        format!("{mistake}\nhelp: {}", identity_help(field, user)),
    );
}

fn identity_help(field: &Field<'_>, user: &Type) -> String {
    let (ident, written, user) = (field.ident, code(field.ty), code(user));
    if written == user && written.contains('<') {
        return format!("an `Identity<…>` is written by that name, and `{written}` is not");
    }
    let help = format!("write `{ident}: Identity<{user}>`: it reads as `Option<{user}>`");
    if written == user && !ty::is_known(field.ty) {
        format!("{help}\nhelp: if `{user}` is another name for an `Identity<…>`, write that one")
    } else {
        help
    }
}

/// An identity with a default would make every visitor that user.
fn check_starts_as_nobody(diag: &Diag, field: &Field<'_>) {
    if let Some(default) = &field.default {
        diag.error(
            default,
            "an identity has no default: it starts as nobody, or every visitor would be that user\n\
             help: remove the `default`, and call `Session::log_in` in a handler",
        );
    }
}

/// An `Identity` that is not the session's would be a field that nothing can change.
fn check_marked(diag: &Diag, session: &Session<'_>, field: &Field<'_>) {
    if session.misplaces_identity || field.marks.has(&IDENTITY) {
        return;
    }
    let Some(user) = ty::our_identity(field.ty) else {
        return;
    };
    let (ident, user) = (field.ident, code(user));
    let help = match session.identity() {
        Some(identity) => format!(
            "`{}` is it already: write `{ident}: Option<{user}>`",
            identity.ident
        ),
        None => format!("mark it `#[session(identity)]`, or write `{ident}: Option<{user}>`"),
    };
    diag.error(
        field.ty,
        format!(
            "only the field that says who is logged in is an `Identity`\n\
             help: {help}\n\
             help: a type of your own with that name is written with its path"
        ),
    );
}
