//! One part of a session in one request: as the request brought it along, and as published since.

use std::iter;
use std::sync::Arc;

use bytes::Bytes;

use crate::config::StoredField;
use crate::info::SessionState;
use crate::keys::{KeyId, PartKeys};
use crate::policy::Carried;
use crate::record::{Edit, Record, Records, Tag};
use crate::time::Timestamp;
use crate::token::{Flags, LoginId, Opened};

pub(super) struct PartState {
    cookie: CarriedCookie,
    /// The facts that were sealed beside the records, or the state of a part without a session: no cookie
    /// opened, or the part has started over.
    sealed: Result<Sealed, SessionState>,
    loaded: Records,
    current: Records,
    withholds: bool,
}

/// The cookie that carries a part.
pub(super) struct CarriedCookie {
    /// The keys of when the request came in. They seal too: a session that was opened under a key
    /// which is revoked meanwhile must not come out under a new one.
    pub(super) keys: Arc<PartKeys>,
    /// The number of bytes that the browser has of the part, names and values.
    pub(super) bytes: usize,
}

/// A part that opened, with the records that last.
#[derive(Clone)]
pub(super) struct LoadedPart {
    pub(super) opened: Opened,
    /// It holds records whose sealed time is not over, and that this release drops all the same:
    /// removed fields, and those whose `ttl` it has shortened. They go with the next write.
    pub(super) withholds: bool,
    /// The user who was logged in, as this release stores the user. Only the main part has one.
    pub(super) user: Option<Bytes>,
}

#[derive(Clone, Copy)]
pub(super) struct Sealed {
    pub(super) flags: Flags,
    pub(super) login: Option<LoginId>,
    pub(super) written_at: Option<Timestamp>,
    pub(super) created_at: Timestamp,
    pub(super) renewed_at: Timestamp,
    pub(super) key: KeyId,
}

impl Sealed {
    /// The login of a main part that has none written into it.
    pub(super) fn unwritten_login(self) -> LoginId {
        LoginId::unwritten(self.created_at)
    }
}

impl PartState {
    pub(super) fn new(cookie: CarriedCookie, loaded: Result<LoadedPart, SessionState>) -> Self {
        match loaded {
            Ok(loaded) => Self::of_session(cookie, loaded),
            Err(state) => Self {
                cookie,
                sealed: Err(state),
                loaded: Records::default(),
                current: Records::default(),
                withholds: false,
            },
        }
    }

    fn of_session(cookie: CarriedCookie, loaded: LoadedPart) -> Self {
        let Opened { plaintext, key } = loaded.opened;
        Self {
            cookie,
            sealed: Ok(Sealed {
                flags: plaintext.flags,
                login: plaintext.login,
                written_at: plaintext.written_at,
                created_at: plaintext.created_at,
                renewed_at: plaintext.renewed_at,
                key,
            }),
            current: plaintext.records.clone(),
            loaded: plaintext.records,
            withholds: loaded.withholds,
        }
    }

    pub(super) fn cookie(&self) -> &CarriedCookie {
        &self.cookie
    }

    pub(super) fn sealed(&self) -> Option<Sealed> {
        self.sealed.ok()
    }

    pub(super) fn state(&self) -> SessionState {
        self.sealed
            .map_or_else(|state| state, |_| SessionState::Active)
    }

    /// The records that the request brought along; none if the part has started over.
    pub(super) fn loaded(&self) -> &Records {
        &self.loaded
    }

    /// The records as published.
    pub(super) fn current(&self) -> &Records {
        &self.current
    }

    /// Returns true if the field has a value that is not the one which the request brought along.
    pub(super) fn has_new_value(&self, field: &StoredField) -> bool {
        let loaded = field.record_in(&self.loaded);
        let current = field.record_in(&self.current);
        current.is_some_and(|record| loaded.is_none_or(|loaded| loaded.value != record.value))
    }

    /// See [`LoadedPart::withholds`].
    pub(super) fn withholds(&self) -> bool {
        self.withholds
    }

    /// Returns what the request brought along. A part that has started over has lost the session
    /// that opened, and there is still a cookie to remove.
    pub(super) fn carried(&self) -> Carried {
        match self.sealed {
            Ok(_) => Carried::Session,
            Err(_) if self.cookie.bytes > 0 => Carried::Unusable,
            Err(_) => Carried::Nothing,
        }
    }

    /// The edits that store a field's value. The value that was loaded gets its old deadline back, because an equal
    /// value is no change, unless the field's time is to start again.
    pub(super) fn edits<'a>(
        &self,
        field: &'a StoredField,
        value: Bytes,
        starts_again: bool,
        now: Timestamp,
    ) -> impl Iterator<Item = Edit> + use<'a> {
        let edit = if value == field.default {
            Edit::Remove(field.tag)
        } else {
            let loaded = field.record_in(&self.loaded).filter(|_| !starts_again);
            let unchanged = loaded.filter(|loaded| loaded.value == value);
            Edit::Set(Record {
                tag: field.tag,
                deadline: match unchanged {
                    Some(loaded) => loaded.deadline,
                    None => field.deadline(now),
                },
                value,
            })
        };
        let aliases = field.aliases.iter().map(|alias| Edit::Remove(Tag(*alias)));
        iter::once(edit).chain(aliases)
    }

    pub(super) fn edit(&mut self, edits: Vec<Edit>) {
        self.current.edit(edits);
    }

    /// Starts a field's time again. The field may stand under an alias, and stays there.
    pub(super) fn touch(&mut self, field: &StoredField, now: Timestamp) {
        if let Some(record) = field.record_in(&self.current) {
            let edit = self.current.with_deadline(record, field.deadline(now));
            self.current.edit(vec![edit]);
        }
    }

    /// Undoes what was published.
    pub(super) fn stay_as_loaded(&mut self) {
        self.current = self.loaded.clone();
    }

    /// Nothing of what it held counts any more.
    pub(super) fn start_over(&mut self) {
        self.sealed = Err(SessionState::New);
        self.loaded = Records::default();
        self.current = Records::default();
    }
}
