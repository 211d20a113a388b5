//! Reads `#[session(…)]` into options.

pub(crate) mod elsewhere;
mod given;
mod list;
mod marks;
mod meant;
pub(crate) mod table;
mod unknown;
mod value;

use quote::ToTokens as _;
use syn::{Attribute, Ident, MacroDelimiter, Meta, MetaList};

pub(crate) use self::given::Given;
use self::list::{Entry, RawValue};
pub(crate) use self::marks::Marks;
use self::table::{Opt, OptionSpec, Place};
use crate::diag::Diag;

/// The options of one struct or field. Each is taken once, so each mistake is reported once.
pub(crate) struct Options<'a> {
    diag: &'a Diag,
    entries: Vec<(&'static OptionSpec, Entry)>,
}

impl<'a> Options<'a> {
    /// The options in `attrs`, which stand at `place` in the struct `session`.
    pub(crate) fn read(diag: &'a Diag, place: Place, session: &Ident, attrs: &[Attribute]) -> Self {
        let mut options = Self {
            diag,
            entries: Vec::new(),
        };
        for attr in attrs.iter().filter(|attr| is_session(attr)) {
            for entry in read_entries(diag, place, attr) {
                options.add(place, session, entry);
            }
        }
        options
    }

    fn add(&mut self, place: Place, session: &Ident, entry: Entry) {
        let Entry { key, .. } = &entry;
        let name = key.to_string();
        let Some(spec) = place.spec(&name) else {
            let message = unknown::message(place, session, &entry);
            self.diag.error(key, message);
            if !meant::is_refusal(&entry.value) {
                self.add_meant(place, key);
            }
            return;
        };
        if !spec.repeats && self.entries.iter().any(|(_, earlier)| earlier.key == *key) {
            self.diag.error(key, format!("`{key}` is set twice"));
        }
        self.entries.push((spec, entry));
    }

    /// Adds the mark that a mistaken word stands for. It counts as one that is there, so that it is no mistake of its own.
    fn add_meant(&mut self, place: Place, key: &Ident) {
        if let Some(spec) = unknown::mark(place, &key.to_string()) {
            let (value, key) = (RawValue::Alone, Ident::new(spec.name, key.span()));
            self.entries.push((spec, Entry { key, value }));
        }
    }

    /// The value of `option`: the first one, if the option is set twice.
    pub(crate) fn take<T>(&mut self, option: &Opt<T>) -> Given<T> {
        let given = self.take_each(option).into_iter().next();
        given.unwrap_or(Given::Unset)
    }

    /// Every readable value of `option`, in the order in which they are written.
    pub(crate) fn take_all<T>(&mut self, option: &Opt<T>) -> Vec<T> {
        let each = self.take_each(option).into_iter();
        each.filter_map(Given::into_written).collect()
    }

    /// The marks. One that is `= false` is not among them.
    pub(crate) fn take_marks(&mut self) -> Marks {
        let marks = self.entries.extract_if(.., |(spec, _)| spec.is_mark);
        let meant = marks.filter_map(|(spec, Entry { key, value })| {
            value::is_marked(self.diag, spec, value).then_some(key)
        });
        Marks(meant.collect())
    }

    fn take_each<T>(&mut self, option: &Opt<T>) -> Vec<Given<T>> {
        let name = option.spec.name;
        let entries = self.entries.extract_if(.., |(spec, _)| spec.name == name);
        let read = entries.map(|(spec, entry)| {
            let key = entry.key.clone();
            if meant::is_refused_by_rustc(&entry.value) {
                return Given::Unreadable(key);
            }
            match (option.read)(spec, entry) {
                Ok(value) => Given::Written(key, value),
                Err(error) => {
                    self.diag.push(error);
                    Given::Unreadable(key)
                }
            }
        });
        read.collect()
    }
}

pub(crate) fn is_session(attr: &Attribute) -> bool {
    attr.path().is_ident("session")
}

fn read_entries(diag: &Diag, place: Place, attr: &Attribute) -> Vec<Entry> {
    match &attr.meta {
        Meta::Path(path) => diag.error(
            path,
            format!(
                "expected options, such as `#[session({})]`",
                place.sample().example
            ),
        ),
        Meta::NameValue(pair) => {
            let mut assignment = pair.eq_token.to_token_stream();
            pair.value.to_tokens(&mut assignment);
            diag.error(
                assignment,
                format!(
                    "expected options in parentheses, such as `#[session({})]`",
                    place.sample().example
                ),
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
