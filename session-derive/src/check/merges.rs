//! The rules of fields whose parallel changes are merged.

use crate::attr::table::{BROWSER, FLASH, Mark};
use crate::diag::Diag;
use crate::model::{Field, Session};

pub(super) fn check(diag: &Diag, session: &Session<'_>) {
    for field in &session.fields {
        if session.is_identity(field) {
            check_no_identity(diag, field);
        } else if let Some(home) = [&BROWSER, &FLASH]
            .into_iter()
            .find(|home| field.marks.has(home))
        {
            check_not_in_cookie(diag, field, home);
        } else {
            check_stored(diag, session, field);
        }
    }
}

/// Who is logged in is no sum of what two requests say.
fn check_no_identity(diag: &Diag, field: &Field<'_>) {
    if let Some(key) = field.merge.key() {
        diag.error(
            key,
            "an identity is not merged, because only a login and a logout change it\n\
             help: remove `merge`",
        );
    }
}

/// Only a store sees the changes of two requests.
fn check_not_in_cookie(diag: &Diag, field: &Field<'_>, home: &Mark) {
    if let Some(key) = field.merge.key() {
        let name = home.spec.name;
        diag.error(
            key,
            format!(
                "a `{name}` field is kept in a cookie, where the later of two answers wins, so its changes cannot be \
                 merged\n\
                 help: remove `merge`, or `{name}`"
            ),
        );
    }
}

fn check_stored(diag: &Diag, session: &Session<'_>, field: &Field<'_>) {
    let Some(key) = field.merge.key().filter(|_| session.stored.is_none()) else {
        return;
    };
    let ident = &session.input.ident;
    diag.error(
        key,
        format!(
            "`{ident}` is kept in its cookie, where the later of two answers wins, so changes cannot be merged\n\
             help: write `#[session(stored)]` on `{ident}`, or remove `merge`"
        ),
    );
}
