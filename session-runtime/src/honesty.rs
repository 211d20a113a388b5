//! The checks of field types that debug builds make, because no trait bound can ask for these
//! properties: a value is written only through the guard, and it comes back as it was written.

use std::mem;

use crate::config::Config;
use crate::data::{Field, HasIdentity, SessionData};
use crate::encoded::{Change, Encoded};
use crate::event;
use crate::part::Parts;
use crate::record::Records;

/// The fields as a guard was given them; nothing in release builds.
pub(crate) struct Witness(#[cfg(debug_assertions)] Option<Encoded>);

#[cfg(debug_assertions)]
impl Witness {
    pub(crate) fn of<T: SessionData>(config: &Config, value: &T, records: &Parts<Records>) -> Self {
        let given = Encoded::of(value);
        check_defaults(config, &given, records);
        Self(Some(given))
    }

    /// For a guard whose changes nobody wants.
    pub(crate) fn none() -> Self {
        Self(None)
    }

    /// Reports fields that are not as they were although nobody could have borrowed them mutably.
    pub(crate) fn compare(&mut self, config: &Config, untouched: impl FnOnce() -> Encoded) {
        let Some(given) = self.0.take() else { return };
        for change in untouched().changes_since(&given) {
            event::changed_unseen(config, config.schema[change.field].name);
        }
    }
}

#[cfg(not(debug_assertions))]
impl Witness {
    pub(crate) fn of<T: SessionData>(_: &Config, _: &T, _: &Parts<Records>) -> Self {
        Self()
    }

    pub(crate) fn none() -> Self {
        Self()
    }

    #[expect(clippy::unused_self, reason = "as in debug builds")]
    pub(crate) fn compare(&mut self, _: &Config, _: impl FnOnce() -> Encoded) {}
}

/// Reports fields that nobody stored and that are not what they were at start-up, as with a clock in
/// a default.
#[cfg(debug_assertions)]
fn check_defaults(config: &Config, given: &Encoded, records: &Parts<Records>) {
    for (field, value) in config.schema.fields.iter().zip(given.fields()) {
        if field.record(records).is_none() && value != Ok(&*field.default) {
            event::default_not_constant(config, field.name);
        }
    }
}

/// Reports values that do not decode, or that come back with another length. With other bytes only where the field has a
/// time of its own, which an equal value would start again: the entries of a `HashMap` come back in another order.
pub(crate) fn check_changes<T: SessionData>(config: &Config, changes: &[Change]) {
    if !cfg!(debug_assertions) {
        return;
    }
    for change in changes {
        let field = change.field.of(T::SCHEMA.fields);
        let Ok(value) = &change.value else { continue };
        if let Err(reason) = check_value(field, value) {
            event::does_not_survive(config, field.name, reason);
        } else if field.has_time_since_change() && !is_written_alike(field, value) {
            event::starts_again(config, field.name);
        }
    }
}

/// The number of times that a value is written again. The entries of a `HashSet` of two come out in
/// the same order half of the time.
const WRITTEN_AGAIN: usize = 16;

/// Reports a user who is not stored as the same bytes each time: logging in again would be another user. And one of whom
/// an enum makes another user, because it is stored without the names of its variants.
pub(crate) fn check_user<T: HasIdentity>(config: &Config, user: &T::Id, stored: &[u8]) {
    if !cfg!(debug_assertions) {
        return;
    }
    let mut fields = T::SCHEMA.fields.iter();
    let Some(field) = fields.find(|field| field.is_identity()) else {
        return;
    };
    if !is_written_alike(field, stored) {
        event::user_differs(config, field.name);
    }
    // Of a type that is no enum they are equal.
    let variant = mem::discriminant::<T::Id>;
    if let Ok(Some(read)) = T::USER.decode(stored)
        && variant(&read) != variant(user)
    {
        event::another_variant(config, field.name);
    }
}

fn is_written_alike<T: SessionData>(field: &Field<T>, value: &[u8]) -> bool {
    let is_same = |_| field.rewritten(value).is_ok_and(|again| again == value);
    (0..WRITTEN_AGAIN).all(is_same)
}

fn check_value<T: SessionData>(field: &Field<T>, value: &[u8]) -> Result<(), &'static str> {
    if field.rewritten(value)?.len() == value.len() {
        Ok(())
    } else {
        Err("it encodes to another length")
    }
}
