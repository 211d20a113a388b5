//! Logging in and out. Both act at once: what is written afterwards is relative to the session that
//! they leave.

use bytes::Bytes;

use super::Contents;
use super::contents::{Published, Seen, new_login};
use crate::config::Config;
use crate::data::FieldId;
use crate::encoded::{Change, Changes};
use crate::ending::Ending;
use crate::value::EncodeError;

/// A user who is to be logged in by a guard.
pub(crate) struct Login {
    /// As this release stores the user.
    pub(crate) user: Result<Bytes, EncodeError>,
    /// Whom the guard shows.
    pub(crate) shown: Option<Bytes>,
    /// The fields that the guard itself published before, to something other than their default.
    pub(crate) published: Vec<FieldId>,
}

/// The outcome of a login.
pub(super) struct LoginOutcome {
    pub(super) refused: Option<Refused>,
    pub(super) published: Published,
    /// Fields that the guard had changed, and that are lost because another user was logged in.
    pub(super) lost: Vec<FieldId>,
    /// Fields that the guard had changed, and that are kept only because nobody was logged in.
    pub(super) kept: Vec<FieldId>,
    /// Fields that the request had published, and that ended with the other user's session.
    pub(super) dropped: Vec<FieldId>,
}

/// The reason why a login does not count. The reasons are a closed set, and they are the words of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// The guard renews a login that another guard has ended.
    Ended,
    /// The session was destroyed in this request.
    Destroyed,
}

impl Refused {
    pub(super) const fn reason(self) -> &'static str {
        match self {
            Self::Ended => "ended",
            Self::Destroyed => "destroyed",
        }
    }
}

/// The outcome of a logout or of a new start.
pub(super) struct StartedOver {
    pub(super) published: Published,
    /// Fields that the guard had changed, and that are lost.
    pub(super) lost: Vec<FieldId>,
    /// Fields that the request had published, and that are lost too.
    pub(super) dropped: Vec<FieldId>,
}

impl Contents {
    /// Logs a user in, with what the guard changed that has `seen` so much.
    pub(super) fn log_in(
        &mut self,
        config: &Config,
        login: &Login,
        changes: &Changes,
        seen: Seen,
    ) -> LoginOutcome {
        if let Some(refused) = self.refuses(login) {
            return LoginOutcome::refused(refused, self.publish(config, changes, seen));
        }
        match (&self.parts.main.user, &login.user) {
            (Some(is), Ok(user)) if is != user => self.replace_user(config, login, changes, seen),
            _ => self.admit_user(config, login, changes, seen),
        }
    }

    fn refuses(&self, login: &Login) -> Option<Refused> {
        let renews = |user: &Bytes| login.shown.as_ref() == Some(user);
        let is_over = |user: &Bytes| self.parts.main.user.as_ref() != Some(user);
        if self.ending == Ending::Destroyed {
            return Some(Refused::Destroyed);
        }
        let user = login.user.as_ref().ok()?;
        (renews(user) && is_over(user)).then_some(Refused::Ended)
    }

    /// A login of nobody, or a renewal: everything stays, and `max` starts again.
    fn admit_user(
        &mut self,
        config: &Config,
        login: &Login,
        changes: &Changes,
        seen: Seen,
    ) -> LoginOutcome {
        let was_nobody = self.parts.main.user.is_none();
        let kept = if was_nobody && !self.is_stale(seen) {
            ending_with(config, changes, Ending::Replaced)
        } else {
            Vec::new()
        };
        let published = self.publish(config, &changes.without_remember(), seen);
        // The value that a stale guard was told counts too, because it is said of this login.
        if let Some(remember) = changes.remember {
            self.remember(remember);
        } else if was_nobody {
            // A login that failed may have asked for it, of another person.
            self.remembered = self.says_remember.unwrap_or(config.schema.remember);
        }
        self.set_user(config, login);
        LoginOutcome {
            kept,
            ..LoginOutcome::counted(published)
        }
    }

    /// The other user's session ends at once. Of what the guard changed in it only what the browser
    /// keeps counts, and whether the session is to be remembered, which is said of this login.
    fn replace_user(
        &mut self,
        config: &Config,
        login: &Login,
        changes: &Changes,
        seen: Seen,
    ) -> LoginOutcome {
        let outlive = changes.outliving(Ending::Replaced, config);
        let published = self.publish(config, &outlive, seen);
        let dropped = self.start_over(config, Ending::Replaced);
        let is_own = |field: &FieldId| login.published.contains(field);
        let (own, dropped): (Vec<_>, Vec<_>) = dropped.into_iter().partition(is_own);
        let lost = [own, ending_with(config, changes, Ending::Replaced)].concat();
        if let Some(remember) = changes.remember {
            self.remember(remember);
        }
        self.set_user(config, login);
        LoginOutcome {
            lost,
            dropped,
            ..LoginOutcome::counted(published)
        }
    }

    /// A stored identity that reads as this user stays as it is: a newer release may have written more
    /// into it than this one knows.
    fn set_user(&mut self, config: &Config, login: &Login) {
        let Some(identity) = config.schema.identity else {
            return;
        };
        let is_set =
            login.user.is_ok() && login.user.as_ref().ok() == self.parts.main.user.as_ref();
        if !is_set {
            self.store(
                config,
                &Change {
                    field: identity.field,
                    value: login.user.clone(),
                },
            );
        }
        if let Ok(user) = &login.user {
            if !is_set {
                self.login = Some(new_login());
            }
            self.parts.main.user = Some(user.clone());
            self.begins = true;
            self.forget_expiry();
        }
    }

    /// Starts the session over, after what the guard changed that the browser keeps. From any guard,
    /// and again each time.
    pub(super) fn clear(&mut self, config: &Config, changes: &Changes, seen: Seen) -> StartedOver {
        let outlive = changes.outliving(Ending::Cleared, config);
        StartedOver {
            published: self.publish(config, &outlive, seen),
            lost: ending_with(config, changes, Ending::Cleared),
            dropped: self.start_over(config, Ending::Cleared),
        }
    }

    pub(super) fn destroy(&mut self, config: &Config) -> Vec<FieldId> {
        self.start_over(config, Ending::Destroyed)
    }
}

impl LoginOutcome {
    fn counted(published: Published) -> Self {
        Self {
            refused: None,
            published,
            lost: Vec::new(),
            kept: Vec::new(),
            dropped: Vec::new(),
        }
    }

    fn refused(refused: Refused, published: Published) -> Self {
        Self {
            refused: Some(refused),
            ..Self::counted(published)
        }
    }
}

/// The fields among `changes` that end with `ending` and have a value to lose. One that was taken, or
/// set back, loses nothing.
fn ending_with(config: &Config, changes: &Changes, ending: Ending) -> Vec<FieldId> {
    let is_lost = |change: &&Change| {
        config.schema[change.field].part.is_ended_by(ending) && config.schema.has_value(change)
    };
    let lost = changes.fields.iter().filter(is_lost);
    lost.map(|change| change.field).collect()
}

impl Changes {
    fn without_remember(&self) -> Self {
        Self {
            remember: None,
            ..self.clone()
        }
    }

    /// Those of them that count after `ending`. What was said of remembering is said of what comes then.
    pub(super) fn outliving(&self, ending: Ending, config: &Config) -> Self {
        let outlives = |field: FieldId| !config.schema[field].part.is_ended_by(ending);
        let touched = self.touched.iter().copied();
        Self {
            fields: self
                .fields
                .iter()
                .filter(|change| outlives(change.field))
                .cloned()
                .collect(),
            touched: touched.filter(|field| outlives(*field)).collect(),
            remember: None,
        }
    }
}
