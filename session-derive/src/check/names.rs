//! The rules of stored names. Every name that the type has ever written is known here, so two that
//! could be mistaken for one another never compile.

use proc_macro2::TokenStream;

use crate::diag::Diag;
use crate::model::{Field, Session, StoredName};

pub(super) fn check(diag: &Diag, session: &Session<'_>) {
    check_not_empty(diag, session);
    check_removed_once(diag, session);
    for (field, name, earlier) in each_with_earlier(session) {
        check_stored_once(diag, field, name, &earlier);
        check_own_tag(diag, name, &earlier, &session.removed);
        check_not_removed(diag, name, &session.removed);
    }
}

/// A name with its field, and those before it.
type Named<'a> = (&'a Field<'a>, &'a StoredName);

/// Every stored name of a field, with all that stand before it.
fn each_with_earlier<'a>(
    session: &'a Session<'a>,
) -> impl Iterator<Item = (&'a Field<'a>, &'a StoredName, Vec<Named<'a>>)> {
    let fields = session.fields.iter();
    let all: Vec<Named<'_>> = fields
        .flat_map(|field| field.names().map(move |name| (field, name)))
        .collect();
    (0..all.len()).filter_map(move |at| {
        let (field, name) = *all.get(at)?;
        Some((field, name, all.iter().take(at).copied().collect()))
    })
}

/// The empty name is a mistake wherever it stands.
fn check_not_empty(diag: &Diag, session: &Session<'_>) {
    let names = session.fields.iter().flat_map(Field::names);
    for name in names.chain(&session.removed) {
        if name.text.is_empty() {
            diag.error(&name.at, "a stored name cannot be empty");
        }
    }
}

fn check_removed_once(diag: &Diag, session: &Session<'_>) {
    for (at, name) in session.removed.iter().enumerate() {
        let mut earlier = session.removed.iter().take(at);
        if earlier.any(|earlier| earlier.text == name.text) {
            diag.error(&name.at, format!("`{}` is listed twice", name.text));
        }
    }
}

/// A stored name belongs to one field. That a struct has two fields of one name, rustc says.
fn check_stored_once(diag: &Diag, field: &Field<'_>, name: &StoredName, earlier: &[Named<'_>]) {
    let Some((other, _)) = earlier.iter().find(|(_, other)| other.text == name.text) else {
        return;
    };
    let (ident, text) = (field.ident, &name.text);
    if std::ptr::eq(*other, field) {
        diag.error(&name.at, format!("`{ident}` is already stored as `{text}`"));
    } else if other.ident != ident {
        let other = other.ident;
        let message = format!("`{other}` and `{ident}` are both stored as `{text}`");
        diag.error(&name.at, message);
    }
}

/// Two names never share a tag: a record could not tell them apart.
fn check_own_tag(diag: &Diag, name: &StoredName, earlier: &[Named<'_>], removed: &[StoredName]) {
    let earlier = earlier.iter().map(|(_, other)| *other).chain(removed);
    let shares_tag = |other: &&StoredName| other.tag == name.tag && other.text != name.text;
    if let Some(other) = earlier.into_iter().find(shares_tag) {
        let (other, text, tag) = (&other.text, &name.text, name.tag);
        let message = format!("`{other}` and `{text}` would share the tag {tag}");
        diag.error(&name.at, format!("{message}\n{}", help(&name.at)));
    }
}

fn help(at: &TokenStream) -> &'static str {
    let is_literal = at.to_string().starts_with('"');
    if is_literal {
        "help: choose another name"
    } else {
        "help: give one of them `rename = \"…\"`"
    }
}

/// A field must not use a removed name. A value that is stored under such a name is dropped when it
/// is read, so the field would lose its value, or meet a value of another type.
fn check_not_removed(diag: &Diag, name: &StoredName, removed: &[StoredName]) {
    if removed.iter().any(|removed| removed.text == name.text) {
        let text = &name.text;
        diag.error(
            &name.at,
            format!("`{text}` is listed in `removed`: its stored name cannot be used again"),
        );
    }
}
