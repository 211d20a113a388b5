//! The answer to the question for an option.

use syn::Ident;

/// The value of an option, as far as the option is there.
pub(crate) enum Given<T> {
    Unset,
    /// The option has this name, and a value that could not be read. Its mistake is reported.
    Unreadable(Ident),
    Written(Ident, T),
}

impl<T> Given<T> {
    /// The option's name as it is written, if the option is there.
    pub(crate) fn key(&self) -> Option<&Ident> {
        match self {
            Self::Unset => None,
            Self::Unreadable(key) | Self::Written(key, _) => Some(key),
        }
    }

    pub(crate) fn as_written(&self) -> Option<&T> {
        match self {
            Self::Unset | Self::Unreadable(_) => None,
            Self::Written(_, value) => Some(value),
        }
    }

    pub(crate) fn into_written(self) -> Option<T> {
        match self {
            Self::Unset | Self::Unreadable(_) => None,
            Self::Written(_, value) => Some(value),
        }
    }
}
