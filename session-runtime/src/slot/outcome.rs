//! The outcomes of what guards do, and what the log says of them. An outcome is reported when the slot's lock
//! is open again, because the log runs code of the application.

use crate::config::Config;
use crate::data::FieldId;
use crate::event::{self, REMEMBER};

/// The outcome of publishing a guard's changes, as lists of fields.
#[derive(Default)]
pub(super) struct Published {
    /// Another guard's change is lost by this one.
    pub(super) overwritten: Vec<FieldId>,
    /// The list is full, and lost an item that the change brought.
    pub(super) without_new_item: Vec<FieldId>,
    /// Not taken, because the session ended after the guard was taken.
    pub(super) stale: Vec<FieldId>,
    /// [`Session::remember`](crate::Session::remember) came too late, for the same reason.
    pub(super) stale_remember: bool,
}

/// The outcome of a login.
#[derive(Default)]
pub(super) struct LoggedIn {
    pub(super) refused: Option<Refused>,
    pub(super) published: Published,
    /// Fields that the guard had changed or the request had published, and that are lost because another user was
    /// logged in.
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

/// The outcome of a logout or of a new start.
pub(super) struct StartedOver {
    pub(super) published: Published,
    /// Fields that the guard had changed, or had published and were to count, and that are lost.
    pub(super) lost: Vec<FieldId>,
    /// Fields that the request had published, and that are gone with the session.
    pub(super) dropped: Vec<FieldId>,
}

/// The choice whether a logout or a new start names the changes of its guard that are lost.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Naming {
    Loud,
    Silent,
}

impl Refused {
    const fn reason(self) -> &'static str {
        match self {
            Self::Ended => "ended",
            Self::Destroyed => "destroyed",
        }
    }
}

impl Published {
    pub(super) fn report(&self, config: &Config) {
        for field in &self.overwritten {
            event::overwritten(config, config.schema[*field].name);
        }
        for field in &self.without_new_item {
            event::new_item_dropped(config, config.schema[*field].name);
        }
        for field in &self.stale {
            event::stale(config, config.schema[*field].name);
        }
        if self.stale_remember {
            event::stale(config, REMEMBER);
        }
    }
}

impl LoggedIn {
    pub(super) fn report(&self, config: &Config) {
        self.published.report(config);
        if let Some(refused) = self.refused {
            event::login_refused(config, refused.reason());
        }
        for field in &self.lost {
            event::lost_by_login(config, config.schema[*field].name);
        }
        for field in &self.kept {
            event::kept_by_chance(config, config.schema[*field].name);
        }
        report_dropped(config, &without(&self.dropped, &self.lost));
    }
}

impl StartedOver {
    pub(super) fn report(&self, config: &Config, naming: Naming) {
        self.published.report(config);
        if naming == Naming::Silent {
            return report_dropped(config, &self.dropped);
        }
        for field in &self.lost {
            event::lost_by_logout(config, config.schema[*field].name);
        }
        report_dropped(config, &without(&self.dropped, &self.lost));
    }
}

fn without(fields: &[FieldId], named: &[FieldId]) -> Vec<FieldId> {
    let rest = fields.iter().filter(|field| !named.contains(field));
    rest.copied().collect()
}

pub(super) fn report_dropped(config: &Config, dropped: &[FieldId]) {
    for field in dropped {
        event::dropped_by_start(config, config.schema[*field].name);
    }
}
