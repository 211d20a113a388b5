//! From a request's cookies to a session.

use bytes::Bytes;
use http::HeaderValue;

use super::opening::{Notices, carried_len, open_part};
use super::part_state::{CarriedCookie, LoadedPart, PartState, Sealed};
#[cfg(feature = "stored")]
use super::row::{self, RowState};
use crate::config::Config;
use crate::cookie::{Candidates, candidates};
use crate::info::SessionState;
use crate::part::{Part, Parts};
#[cfg(feature = "stored")]
use crate::policy::Standing;
use crate::time::Timestamp;
use crate::token::LoginId;

/// The session that a request brings along.
pub(super) struct Found {
    pub(super) parts: Parts<PartState>,
    /// The user who is logged in, as this release stores the user.
    pub(super) user: Option<Bytes>,
    pub(super) login: Option<LoginId>,
    /// The row of the store that the request named; `None` if it named none.
    #[cfg(feature = "stored")]
    pub(super) row: Option<Box<RowState>>,
}

impl Found {
    #[cfg(feature = "stored")]
    pub(super) fn is_ended_by_application(&self) -> bool {
        let row = self.row.as_ref();
        row.is_some_and(|row| row.standing == Standing::EndedByApplication)
    }

    #[cfg(not(feature = "stored"))]
    #[expect(clippy::unused_self, reason = "as with a store")]
    pub(super) fn is_ended_by_application(&self) -> bool {
        false
    }
}

/// The main part that a request brings along.
pub(super) struct FoundMain {
    pub(super) cookie: CarriedCookie,
    pub(super) loaded: Result<LoadedPart, SessionState>,
    #[cfg(feature = "stored")]
    pub(super) row: Option<Box<RowState>>,
}

/// Loads the session that a request brings along, part by part.
pub(super) async fn load(config: &Config, cookies: &[HeaderValue]) -> Result<Found, LoadError> {
    load_parts(config, cookies, |main, login| {
        // A release without an identity cannot tell whether the session is somebody's.
        let unwritten = main.sealed().map(Sealed::unwritten_login);
        let unwritten = unwritten.filter(|_| config.schema.identity.is_none());
        Notices::Of(login.or(unwritten))
    })
    .await
}

/// Loads each of these cookies for itself. The cookies of a response may be only a part of a session.
#[cfg(feature = "test-kit")]
pub(super) async fn load_alone(
    config: &Config,
    cookies: &[HeaderValue],
) -> Result<Found, LoadError> {
    load_parts(config, cookies, |_, _| Notices::All).await
}

async fn load_parts(
    config: &Config,
    cookies: &[HeaderValue],
    notices: impl FnOnce(&PartState, Option<LoginId>) -> Notices,
) -> Result<Found, LoadError> {
    let now = config.now();
    let found = candidates(cookies, config.cookie_name());
    let main = load_main(config, &found.main, now).await?;
    let user = main.loaded.as_ref().ok().and_then(|main| main.user.clone());
    #[cfg(feature = "stored")]
    let row = main.row;
    let main = PartState::new(main.cookie, main.loaded);
    let login = login(&main, user.is_some());
    let notices = notices(&main, login);
    let other = |part: Part| {
        let cookies = found.get(part);
        if config.schema.has(part) {
            let (cookie, loaded) = open_part(config, part, cookies, notices, now);
            Some(PartState::new(cookie, loaded))
        } else {
            Some(of_another_release(config, part, cookies?))
        }
    };
    Ok(Found {
        parts: Parts::new(main, other),
        user,
        login,
        #[cfg(feature = "stored")]
        row,
    })
}

/// The main part is in its cookie, or in a row of the store that its cookie names. Nothing waits for a type
/// without a store.
#[cfg_attr(
    not(feature = "stored"),
    expect(clippy::unused_async, reason = "a store is waited for")
)]
async fn load_main(
    config: &Config,
    found: &Candidates<'_>,
    now: Timestamp,
) -> Result<FoundMain, LoadError> {
    #[cfg(feature = "stored")]
    if let Some(rows) = &config.rows {
        // Boxed, so that what a session in its cookie awaits has no room for it.
        return Box::pin(row::load(config, rows, found, now)).await;
    }
    let (cookie, loaded) = open_part(config, Part::Main, Some(found), Notices::All, now);
    Ok(FoundMain {
        cookie,
        loaded,
        #[cfg(feature = "stored")]
        row: None,
    })
}

/// The reason why it is not known which session a request has.
#[cfg(feature = "stored")]
pub(crate) type LoadError = crate::store::StoreError;

/// Without stores it is always known which session a request has.
#[cfg(not(feature = "stored"))]
pub(crate) type LoadError = std::convert::Infallible;

/// Returns the login that the session is in. A release that had no identity yet wrote the user and
/// no login. Such a session has a login of its own all the same.
fn login(main: &PartState, is_somebodys: bool) -> Option<LoginId> {
    let sealed = main.sealed()?;
    let unwritten = is_somebodys.then(|| sealed.unwritten_login());
    sealed.login.or(unwritten)
}

/// A cookie that only another release has a use for: left alone, unless the session ends or a change
/// needs its room.
fn of_another_release(config: &Config, part: Part, found: &Candidates<'_>) -> PartState {
    let cookie = CarriedCookie {
        keys: config.part(part).keys.load(),
        bytes: carried_len(config, part, found),
    };
    PartState::new(cookie, Err(SessionState::Unreadable))
}
