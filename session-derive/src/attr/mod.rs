//! Reads `#[session(…)]` into options.

mod list;
pub(crate) mod table;
mod unknown;
mod value;

use std::slice;

use quote::ToTokens as _;
use syn::{Attribute, Expr, Ident, LitStr, MacroDelimiter, Meta, MetaList, Path};

use self::list::Entry;
use self::table::{Place, Row, Takes};
use self::value::Value;
use crate::diag::Diag;
use crate::lit::duration::Duration;

/// The options of one struct or field. What could not be read is reported, and known to be there.
pub(crate) struct Options {
    set: Vec<Set>,
}

struct Set {
    key: Ident,
    value: Option<Value>,
}

impl Options {
    /// The options in `attrs`, which stand at `place` in the struct `session`.
    pub(crate) fn read(diag: &Diag, place: Place, session: &Ident, attrs: &[Attribute]) -> Self {
        let mut options = Self { set: Vec::new() };
        for attr in attrs.iter().filter(|attr| is_session(attr)) {
            for entry in read_entries(diag, place, attr) {
                options.add(diag, place, session, entry);
            }
        }
        options
    }

    fn add(&mut self, diag: &Diag, place: Place, session: &Ident, entry: Entry) {
        let Entry { key, written } = entry;
        let name = key.to_string();
        let Some(row) = place.row(&name) else {
            diag.error(&key, unknown::message(place, session, &name));
            self.add_misplaced(place, key);
            return;
        };
        if self.has(row) && !row.repeats {
            diag.error(&key, format!("`{key}` is set twice"));
        }
        let value = value::read(diag, row, &key, written);
        self.set.push(Set { key, value });
    }

    /// A mark of the other place is known to be there: what it stands for is no mistake of its own.
    fn add_misplaced(&mut self, place: Place, key: Ident) {
        let row = place.other().row(&key.to_string());
        if row.is_some_and(|row| matches!(row.takes, Takes::Nothing { .. })) {
            let value = Some(Value::Flag(true));
            self.set.push(Set { key, value });
        }
    }

    /// Returns `true` if the option is there, readable or not.
    pub(crate) fn has(&self, row: &Row) -> bool {
        self.key(row).is_some()
    }

    /// The option's name as it is written, whether its value is readable or not.
    pub(crate) fn key(&self, row: &Row) -> Option<&Ident> {
        self.set
            .iter()
            .map(|set| &set.key)
            .find(|key| *key == row.name)
    }

    /// The names of the options without a value, in the order in which they are written. An option
    /// that is `= false` is not among them.
    pub(crate) fn flags(&self) -> impl Iterator<Item = &Ident> {
        let wanted = |set: &&Set| matches!(set.value, Some(Value::Flag(true)));
        self.set.iter().filter(wanted).map(|set| &set.key)
    }

    pub(crate) fn text(&self, row: &Row) -> Option<&LitStr> {
        match self.value(row) {
            Some(Value::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// Every string of an option that takes several, in the order they are written.
    pub(crate) fn texts(&self, row: &Row) -> impl Iterator<Item = &LitStr> {
        let values = self.set.iter().filter(|set| set.key == row.name);
        values.flat_map(|set| match &set.value {
            Some(Value::Text(text)) => slice::from_ref(text),
            Some(Value::Texts(texts)) => texts,
            _ => &[],
        })
    }

    pub(crate) fn duration(&self, row: &Row) -> Option<&Duration> {
        match self.value(row) {
            Some(Value::Duration(duration)) => Some(duration),
            _ => None,
        }
    }

    pub(crate) fn path(&self, row: &Row) -> Option<&Path> {
        match self.value(row) {
            Some(Value::Path(path)) => Some(path),
            _ => None,
        }
    }

    pub(crate) fn expr(&self, row: &Row) -> Option<&Expr> {
        match self.value(row) {
            Some(Value::Expr(expr)) => Some(expr),
            _ => None,
        }
    }

    fn value(&self, row: &Row) -> Option<&Value> {
        let set = self.set.iter().find(|set| set.key == row.name)?;
        set.value.as_ref()
    }
}

pub(crate) fn is_session(attr: &Attribute) -> bool {
    attr.path().is_ident("session")
}

fn read_entries(diag: &Diag, place: Place, attr: &Attribute) -> Vec<Entry> {
    match &attr.meta {
        Meta::Path(path) => diag.error(path, "expected options: `#[session(…)]`"),
        Meta::NameValue(pair) => {
            let mut assignment = pair.eq_token.to_token_stream();
            pair.value.to_tokens(&mut assignment);
            diag.error(
                assignment,
                "expected options in parentheses: `#[session(…)]`",
            );
        }
        Meta::List(list) => return read_list(diag, place, list),
    }
    Vec::new()
}

fn read_list(diag: &Diag, place: Place, list: &MetaList) -> Vec<Entry> {
    let span = list.delimiter.span().join();
    if list.tokens.is_empty() {
        diag.error_at(span, "empty `#[session()]`: remove it or add an option");
    } else if !matches!(list.delimiter, MacroDelimiter::Paren(_)) {
        diag.error_at(span, "use parentheses: `#[session(…)]`");
    }
    list::read(diag, place, list)
}
