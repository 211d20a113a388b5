//! The cookies of one session type. Most types have one; a user never meets the word.

/// One cookie of a session, sealed for itself under a key of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// The cookie of the fields that live and end with the session.
    Main,
    /// The cookie of the fields that belong to the browser, no matter who is logged in.
    Browser,
    /// The cookie of the fields that wait for the page that shows them.
    Flash,
}

impl Part {
    pub(crate) const ALL: [Self; 3] = [Self::Main, Self::Browser, Self::Flash];

    /// The name in the derivation of its key.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Main => "main",
            Self::Browser => "browser",
            Self::Flash => "flash",
        }
    }

    /// The text that the cookie's name has behind the name of the session. No base name has a dot.
    pub(crate) const fn suffix(self) -> &'static str {
        match self {
            Self::Main => "",
            Self::Browser => ".browser",
            Self::Flash => ".flash",
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
    pub(crate) fn zip<'a, U>(&'a self, other: &'a Parts<U>) -> Parts<(&'a T, &'a U)> {
        Parts {
            main: (&self.main, &other.main),
            browser: self.browser.as_ref().zip(other.browser.as_ref()),
            flash: self.flash.as_ref().zip(other.flash.as_ref()),
        }
    }

    pub(crate) fn map<U>(&self, mut map: impl FnMut(Part, &T) -> U) -> Parts<U> {
        Parts {
            main: map(Part::Main, &self.main),
            browser: self.browser.as_ref().map(|value| map(Part::Browser, value)),
            flash: self.flash.as_ref().map(|value| map(Part::Flash, value)),
        }
    }
}
