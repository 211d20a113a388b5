//! One cookie of a session in one request: as loaded, and as published since.

use std::sync::Arc;

use bytes::Bytes;

use crate::info::SessionState;
use crate::keys::{KeyId, PartKeys};
use crate::policy::Carried;
use crate::record::Records;
use crate::time::Timestamp;
use crate::token::{Flags, LoginId, Opened};

pub(super) struct Held {
    /// The keys of when the request came in. They seal too: a session that was opened under a key
    /// which is revoked meanwhile must not come out under a new one.
    pub(super) keys: Arc<PartKeys>,
    /// The number of bytes that the browser has of the part, names and values.
    pub(super) bytes: usize,
    pub(super) state: SessionState,
    /// The facts that were sealed beside the records, and the key. `None` if no cookie opened, or
    /// if the part has started over.
    pub(super) sealed: Option<Sealed>,
    /// The user who is logged in, as this release stores the user. Only the main part has one.
    pub(super) user: Option<Bytes>,
    pub(super) loaded: Records,
    pub(super) current: Records,
    /// It holds records whose sealed time is not over, and that this release drops all the same:
    /// removed fields, and those whose `ttl` it has shortened. They go with the next write.
    pub(super) withholds: bool,
}

/// A part that opened, with the records that last.
#[derive(Clone)]
pub(super) struct Loaded {
    pub(super) opened: Opened,
    /// See [`Held::withholds`].
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
        let [_, login @ ..] = self.created_at.to_bytes();
        LoginId(login)
    }
}

impl Held {
    /// A part of which the request brought nothing along.
    pub(super) fn new(keys: Arc<PartKeys>) -> Self {
        let records = Records::default();
        Self {
            keys,
            bytes: 0,
            state: SessionState::New,
            sealed: None,
            user: None,
            loaded: records.clone(),
            current: records,
            withholds: false,
        }
    }

    /// Cookies of which none is this part of a session now.
    pub(super) fn unusable(keys: Arc<PartKeys>, state: SessionState, bytes: usize) -> Self {
        Self {
            bytes,
            state,
            ..Self::new(keys)
        }
    }

    pub(super) fn of_session(keys: Arc<PartKeys>, loaded: Loaded, bytes: usize) -> Self {
        let Opened { plaintext, key } = loaded.opened;
        let sealed = Sealed {
            flags: plaintext.flags,
            login: plaintext.login,
            written_at: plaintext.written_at,
            created_at: plaintext.created_at,
            renewed_at: plaintext.renewed_at,
            key,
        };
        Self {
            keys,
            bytes,
            state: if sealed.flags.untold {
                SessionState::Expired
            } else {
                SessionState::Active
            },
            sealed: Some(sealed),
            user: loaded.user,
            current: plaintext.records.clone(),
            loaded: plaintext.records,
            withholds: loaded.withholds,
        }
    }

    /// Returns what the request brought along. A part that has started over has lost the session
    /// that opened, and there is still a cookie to remove.
    pub(super) fn carried(&self) -> Carried {
        match self.sealed {
            Some(_) => Carried::Session,
            None if self.bytes > 0 => Carried::Unusable,
            None => Carried::Nothing,
        }
    }

    /// Returns the login that the part is in. A release that had no identity yet wrote the user and
    /// no login. Such a session has a login of its own all the same.
    pub(super) fn login(&self) -> Option<LoginId> {
        let sealed = self.sealed?;
        let unwritten = self.user.as_ref().map(|_| sealed.unwritten_login());
        sealed.login.or(unwritten)
    }

    /// Nothing of what it held counts any more.
    pub(super) fn start_over(&mut self) {
        self.state = SessionState::New;
        self.sealed = None;
        self.user = None;
        self.loaded = Records::default();
        self.current = Records::default();
    }
}
