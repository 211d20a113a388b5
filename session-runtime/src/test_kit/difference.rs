//! The differences between a session and the expected one, field by field.

use std::any::type_name;
use std::fmt::Write as _;

use super::readable::readable;
use crate::data::SessionData;
use crate::encoded::Encoded;
use crate::value::EncodeError;

/// The choice whether a failed assertion shows the values of fields.
#[derive(Clone, Copy, Debug, Default)]
pub(super) enum Values {
    #[default]
    Shown,
    Hidden,
}

/// Panics unless `found` and `expected` are stored as the same values.
#[track_caller]
pub(super) fn assert_same<T: SessionData>(subject: &str, found: &T, expected: &T, values: Values) {
    let differences = differences(found, expected, values);
    assert!(
        differences.is_empty(),
        "{subject} is not the expected `{}`:{differences}",
        type_name::<T>()
    );
}

/// The fields of `found` that are not at their default, for people.
pub(super) fn described<T: SessionData>(found: &T, values: Values) -> String {
    let mut text = String::new();
    for field in pairs(found, &T::default()).filter(Field::differs) {
        match values {
            Values::Shown => _ = write!(text, "\n  {}: {}", field.name, field.found),
            Values::Hidden => _ = write!(text, "\n  {}: (hidden)", field.name),
        }
    }
    text
}

fn differences<T: SessionData>(found: &T, expected: &T, values: Values) -> String {
    let mut text = String::new();
    for Field {
        name,
        found,
        expected,
    } in pairs(found, expected).filter(Field::differs)
    {
        match values {
            Values::Shown => _ = write!(text, "\n  {name}: found {found}, expected {expected}"),
            Values::Hidden => _ = write!(text, "\n  {name}: found another value (hidden)"),
        }
    }
    text
}

struct Field {
    name: &'static str,
    found: String,
    expected: String,
}

impl Field {
    fn differs(&self) -> bool {
        self.found != self.expected
    }
}

fn pairs<T: SessionData>(found: &T, expected: &T) -> impl Iterator<Item = Field> {
    let texts = |value: &T| -> Vec<String> { Encoded::of(value).fields().map(text).collect() };
    let fields = T::SCHEMA
        .fields
        .iter()
        .zip(texts(found))
        .zip(texts(expected));
    fields.map(|((field, found), expected)| Field {
        name: field.name,
        found,
        expected,
    })
}

fn text(value: Result<&[u8], EncodeError>) -> String {
    match value {
        Ok(bytes) => readable(bytes),
        Err(error) => format!("(cannot be stored: {error})"),
    }
}
