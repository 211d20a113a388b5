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
        /// The number of characters that were found.
        found: usize,
    },
    /// The bytes follow a pattern.
    LowVariety,
    /// The text does not start with `srk1_`.
    Prefix,
    /// The key is printed in the documentation or in the vectors of the format, so every reader has it.
    Published,
    /// The bytes are readable text.
    Text,
    /// The time behind the key cannot be read.
    Time,
    /// A word behind the key that has no meaning.
    Word,
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Alphabet => write!(
                f,
                "a session key has only letters, digits, `-` and `_` after `{PREFIX}`, and this one has \
                 another character"
            ),
            Self::Checksum => {
                f.write_str("the checksum of the key does not fit, so a character is wrong")
            }
            Self::Empty => {
                f.write_str("the key is empty\nhelp: remove a comma that has no key beside it")
            }
            Self::Length { found } => write!(
                f,
                "a session key has 48 characters after `{PREFIX}`, and this one has {found}"
            ),
            Self::LowVariety => {
                f.write_str("the bytes of the key follow a pattern, so they can be guessed")
            }
            Self::Prefix => write!(
                f,
                "a session key starts with `{PREFIX}`, and this text does not"
            ),
            Self::Published => {
                f.write_str("the key is published with the library, so every reader has it")
            }
            Self::Text => f.write_str("the key is readable text, not random bytes"),
            Self::Time => {
                return f.write_str(
                    "the time behind the key cannot be read\nhelp: write it as `from=2027-01-15T00:00:00Z`",
                );
            }
            Self::Word => {
                return f.write_str(
                    "only `revoked` and a time such as `from=2027-01-15T00:00:00Z` may stand behind a \
                     key, each of them once\n\
                     help: put a comma between two keys",
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
        /// The number of keys in the list.
        of: usize,
        /// The reason why it is refused.
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
        /// The reason why its value is refused.
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
                 always seals\nhelp: move it before that key"
            ),
            Self::NothingSeals => f.write_str(
                "no session key can seal: each one is revoked or waits for its time\n\
                 help: add a key that is neither",
            ),
            Self::NotUnicode { variable } => write!(
                f,
                "`{variable}` is not valid Unicode, so it is not a list of session keys\n\
                 {HOW_TO_MEND_ONE}"
            ),
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
