//! What a change of who is logged in does to a session.

use bytes::Bytes;

use super::Contents;
use crate::config::{Config, StoredField};
use crate::encoded::{Change, Changes};
use crate::part::Part;
use crate::policy::Ending;
use crate::token::Flags;

/// What a guard's changes do to who is logged in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    None,
    LogIn,
    LogOut,
    /// From somebody to somebody else.
    Replace,
}

impl Turn {
    pub(super) fn starts_over(self) -> bool {
        matches!(self, Self::LogOut | Self::Replace)
    }
}

impl Contents {
    /// A logout counts from any guard: no other one of the request holds it up. A login does from
    /// one that has seen the session as it is.
    pub(super) fn turn(&self, config: &Config, changes: &Changes, stale: bool) -> Turn {
        let Some(identity) = config.schema.identity else {
            return Turn::None;
        };
        let Some(Ok(becomes)) = changes.value_of(identity.field) else {
            return Turn::None;
        };
        match (
            self.identity(config),
            is_default(config, identity.field, becomes),
        ) {
            (None, true) => Turn::None,
            (Some(_), true) => Turn::LogOut,
            _ if stale => Turn::None,
            (None, false) => Turn::LogIn,
            (Some(is), false) if is == becomes => Turn::None,
            (Some(_), false) => Turn::Replace,
        }
    }

    /// Who is logged in, as stored; `None` is nobody.
    fn identity(&self, config: &Config) -> Option<&Bytes> {
        let field = config.schema.identity_field()?;
        let record = field.record_in(&self.parts.main.current)?;
        Some(&record.value)
    }

    pub(super) fn take_turn(&mut self, config: &Config, turn: Turn) {
        match turn {
            Turn::None => {}
            Turn::LogIn => self.begins = true,
            Turn::LogOut => self.start_over(config, Ending::Cleared),
            Turn::Replace => self.start_over(config, Ending::Replaced),
        }
    }

    /// The fields with values of their own that end with the session, but for the identity.
    pub(super) fn fields_of_the_session(&self, config: &Config) -> Vec<usize> {
        let Some(identity) = config.schema.identity else {
            return Vec::new();
        };
        let fields = config.schema.fields.iter().enumerate();
        let is_there = |&(at, field): &(usize, &StoredField)| {
            let held = self.parts.get(field.part);
            at != identity.field
                && Ending::Replaced.ends(field.part)
                && held.is_some_and(|held| field.record_in(&held.current).is_some())
        };
        fields.filter(is_there).map(|(at, _)| at).collect()
    }

    /// What is sealed beside the fields. A release without an identity keeps what it was told.
    pub(super) fn flags(&self, config: &Config, part: Part) -> Flags {
        Flags {
            somebody: part != Part::Remember && self.is_somebodys(config),
            remembered: part == Part::Main && self.remembered,
        }
    }

    fn is_somebodys(&self, config: &Config) -> bool {
        let main = &self.parts.main;
        if config.schema.identity.is_some() {
            self.identity(config).is_some()
        } else {
            main.sealed.is_some_and(|sealed| sealed.flags.somebody) && !main.current.is_empty()
        }
    }
}

/// Whether a guard's change of the identity is to nobody.
pub(super) fn is_logout(config: &Config, change: &Change) -> bool {
    let is_identity = config.schema.identity.map(|identity| identity.field) == Some(change.field);
    let value = change.value.as_ref();
    is_identity && value.is_ok_and(|value| is_default(config, change.field, value))
}

fn is_default(config: &Config, field: usize, value: &Bytes) -> bool {
    let field = config.schema.fields.get(field);
    field.is_some_and(|field| field.default == value)
}
