use std::error::Error;
use std::fmt;

use super::key::PREFIX;

const HOW_TO_MAKE_ONE: &str = "help: make a key with `Key::generate().reveal()`; in the repository of session-runtime: \
     `cargo run -p examples --bin keygen`";

/// A key that was right once is not to be replaced: that would end every session.
const HOW_TO_MEND_ONE: &str =
    "help: copy the key again: all of it, without quotes, and with a comma between two keys";

/// The reason why a text or some bytes are not a [`Key`](crate::Key). The error never shows any of them.
#[derive(Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyError {
    /// A character that is not base64url.
    Alphabet,
    /// The checksum does not fit: a character was changed.
    Checksum,
    /// There is no text.
    Empty,
    /// The wrong number of characters after the prefix.
    Length {
        /// How many there are.
        found: usize,
    },
    /// The bytes follow a pattern.
    LowVariety,
    /// The text does not start with `srk1_`.
    Prefix,
    /// The key is printed in the documentation, so everybody has it.
    Published,
    /// The bytes are readable text.
    Text,
    /// The time behind the key is none.
    Time,
    /// A word behind the key that has no meaning.
    Word,
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Alphabet => write!(f, "a session key is base64url after `{PREFIX}`"),
            Self::Checksum => f.write_str("the checksum does not fit: a character was changed"),
            Self::Empty => {
                f.write_str("the key is empty\nhelp: remove a comma that has no key beside it")
            }
            Self::Length { found } => write!(
                f,
                "a session key has 48 characters after `{PREFIX}`, this one has {found}"
            ),
            Self::LowVariety => f.write_str("the key follows a pattern, so it can be guessed"),
            Self::Prefix => write!(f, "a session key starts with `{PREFIX}`"),
            Self::Published => f.write_str("the key is printed in documentation: anybody has it"),
            Self::Text => f.write_str("the key is readable text, not random bytes"),
            Self::Time => {
                return f.write_str(
                    "the time behind the key is none\nhelp: write it as `from=2027-01-15T00:00:00Z`",
                );
            }
            Self::Word => {
                return f.write_str(
                    "behind a key only `revoked` and `from=2027-01-15T00:00:00Z` may stand, once\n\
                     help: keys have a comma between them",
                );
            }
        }?;
        if let Self::Alphabet | Self::Checksum | Self::Length { .. } | Self::Prefix = self {
            write!(f, "\n{HOW_TO_MEND_ONE}")?;
        }
        write!(f, "\n{HOW_TO_MAKE_ONE}")
    }
}

/// `main` prints the `Debug` of an error that it returns, and a person reads it.
impl fmt::Debug for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Error for KeyError {}

/// The reason why there is no [`Keyring`](crate::Keyring). The error never shows any part of a key.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyringError {
    /// There is no key at all.
    Empty,
    /// One of the keys is refused.
    Key {
        /// Its place in the list, counted from 1.
        position: usize,
        /// How many keys the list has.
        of: usize,
        /// What is wrong with it.
        error: KeyError,
    },
    /// A key waits for its time behind one that seals at any time, so that its time never comes.
    NeverSeals {
        /// Its place in the list, counted from 1.
        position: usize,
    },
    /// Every key is revoked, or waits for its time.
    NothingSeals,
    /// The environment variable is not valid Unicode.
    NotUnicode {
        /// The variable's name.
        variable: String,
    },
    /// Two of the keys are the same, or share a key id.
    Repeated {
        /// The place of the second one, counted from 1.
        position: usize,
    },
    /// The environment variable is not set.
    Unset {
        /// The variable's name.
        variable: String,
    },
    /// The environment variable is set, but not to a list of keys.
    Variable {
        /// The variable's name.
        variable: String,
        /// What is wrong with its value.
        error: Box<KeyringError>,
    },
}

impl fmt::Display for KeyringError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => write!(f, "there is no session key\n{HOW_TO_MAKE_ONE}"),
            Self::Key {
                position,
                of,
                error,
            } => write!(f, "session key {position} of {of}: {error}"),
            Self::NeverSeals { position } => write!(
                f,
                "session key {position} would never seal: it waits for its time behind a key that \
                 always seals\nhelp: put it before that one"
            ),
            Self::NothingSeals => f.write_str(
                "no key seals: each is revoked or waits for its time\n\
                 help: keep one key that is neither",
            ),
            Self::NotUnicode { variable } => write!(f, "`{variable}` is not valid Unicode"),
            Self::Repeated { position } => write!(
                f,
                "session key {position} stands in the list twice\nhelp: remove one of the two"
            ),
            Self::Unset { variable } => write!(
                f,
                "`{variable}` is not set, so there is no key to seal sessions with\n\
                 {HOW_TO_MAKE_ONE}\n\
                 then set `{variable}` to it, and keep it secret"
            ),
            Self::Variable { variable, error } => write!(f, "`{variable}`: {error}"),
        }
    }
}

/// `main` prints the `Debug` of an error that it returns, and a person reads it.
impl fmt::Debug for KeyringError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Error for KeyringError {}
