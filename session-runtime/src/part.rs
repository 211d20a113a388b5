//! The cookies of one session type. Most types have one; a user never meets the word.

use crate::ending::Ending;
use crate::lifetime::DAY;

const MINUTE: u64 = 60;

/// One cookie of a session, sealed for itself under a key of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Part {
    /// The cookie of the fields that live and end with the session.
    Main,
    /// The cookie of the fields that belong to the browser, no matter who is logged in.
    Browser,
    /// The cookie of the fields that wait for the page that shows them.
    Flash,
}

/// The rules of a part. They stand here once, and everything else asks them.
pub(crate) struct Rules {
    /// The name in the derivation of its key, and in the log.
    pub(crate) name: &'static str,
    /// The text that the cookie's name has behind the name of the session. No base name has a dot.
    pub(crate) suffix: &'static str,
    /// The mildest ending that ends its fields.
    pub(crate) ended_by: Ending,
    pub(crate) lifespan: Lifespan,
    /// True if it is sealed in the login of the session, so that it opens in no other.
    pub(crate) is_of_login: bool,
    /// True if it waits for a page. Where no page is seen, it stays as it was.
    pub(crate) is_for_a_page: bool,
}

/// The clock that ends the fields of a part.
#[derive(Clone, Copy)]
pub(crate) enum Lifespan {
    /// `idle` and `max` of the session type. A request that asks for the session is its use.
    Session,
    /// A `ttl` for each field, this many seconds unless it has its own. It starts again when the field is
    /// used.
    SinceUse(u64),
    /// The same, and it starts again only when the field changes.
    SinceChange(u64),
}

impl Part {
    /// In the order of the enum, the main one first.
    pub(crate) const ALL: [Self; 3] = [Self::Main, Self::Browser, Self::Flash];

    pub(crate) const fn rules(self) -> &'static Rules {
        match self {
            Self::Main => &Rules {
                name: "main",
                suffix: "",
                ended_by: Ending::Replaced,
                lifespan: Lifespan::Session,
                is_of_login: true,
                is_for_a_page: false,
            },
            Self::Browser => &Rules {
                name: "browser",
                suffix: ".browser",
                ended_by: Ending::Destroyed,
                lifespan: Lifespan::SinceUse(365 * DAY),
                is_of_login: false,
                is_for_a_page: false,
            },
            Self::Flash => &Rules {
                name: "flash",
                suffix: ".flash",
                ended_by: Ending::Replaced,
                lifespan: Lifespan::SinceChange(5 * MINUTE),
                is_of_login: true,
                is_for_a_page: true,
            },
        }
    }

    pub(crate) const fn name(self) -> &'static str {
        self.rules().name
    }

    pub(crate) const fn suffix(self) -> &'static str {
        self.rules().suffix
    }

    /// Returns true if this ending ends the fields of the part.
    pub(crate) fn is_ended_by(self, ending: Ending) -> bool {
        ending >= self.rules().ended_by
    }

    /// Returns the number of seconds that a field lasts, of which the session type says `ttl`. `None`
    /// stands for as long as the session.
    pub(crate) fn ttl(self, ttl: Option<u64>) -> Option<u64> {
        match self.rules().lifespan {
            Lifespan::Session => ttl,
            Lifespan::SinceUse(usual) | Lifespan::SinceChange(usual) => Some(ttl.unwrap_or(usual)),
        }
    }
}

/// One thing for each part. The main one is always there, another only where the session type or
/// the request has it, so that a type without such fields pays for one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Parts<T> {
    pub(crate) main: T,
    pub(crate) browser: Option<T>,
    pub(crate) flash: Option<T>,
}

impl<T> Parts<T> {
    /// The main one, and of the others those that there are.
    pub(crate) fn new(main: T, mut other: impl FnMut(Part) -> Option<T>) -> Self {
        Self {
            main,
            browser: other(Part::Browser),
            flash: other(Part::Flash),
        }
    }

    pub(crate) fn get(&self, part: Part) -> Option<&T> {
        match part {
            Part::Main => Some(&self.main),
            Part::Browser => self.browser.as_ref(),
            Part::Flash => self.flash.as_ref(),
        }
    }

    pub(crate) fn get_mut(&mut self, part: Part) -> Option<&mut T> {
        match part {
            Part::Main => Some(&mut self.main),
            Part::Browser => self.browser.as_mut(),
            Part::Flash => self.flash.as_mut(),
        }
    }

    pub(crate) fn get_or_default(&mut self, part: Part) -> &mut T
    where
        T: Default,
    {
        match part {
            Part::Main => &mut self.main,
            Part::Browser => self.browser.get_or_insert_default(),
            Part::Flash => self.flash.get_or_insert_default(),
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (Part, &T)> {
        let all = Part::ALL.into_iter();
        all.filter_map(|part| Some((part, self.get(part)?)))
    }

    /// The parts that both have.
    pub(crate) fn zip<U>(self, other: Parts<U>) -> Parts<(T, U)> {
        Parts {
            main: (self.main, other.main),
            browser: self.browser.zip(other.browser),
            flash: self.flash.zip(other.flash),
        }
    }

    pub(crate) fn as_ref(&self) -> Parts<&T> {
        Parts {
            main: &self.main,
            browser: self.browser.as_ref(),
            flash: self.flash.as_ref(),
        }
    }

    pub(crate) fn into_map<U>(self, mut map: impl FnMut(Part, T) -> U) -> Parts<U> {
        Parts {
            main: map(Part::Main, self.main),
            browser: self.browser.map(|value| map(Part::Browser, value)),
            flash: self.flash.map(|value| map(Part::Flash, value)),
        }
    }

    pub(crate) fn map<U>(&self, map: impl FnMut(Part, &T) -> U) -> Parts<U> {
        self.as_ref().into_map(map)
    }
}
