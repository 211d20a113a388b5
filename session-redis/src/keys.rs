//! The names of the keys in Redis.
//!
//! Each has the version of its layout. A release with another layout finds nothing of this one, and changes none of it.

use std::fmt::Write as _;

use session_runtime::store::{Owner, RowKey};

const DEFAULT_PREFIX: &str = "session:";
const LONGEST_PREFIX: usize = 64;

/// What every key of a store begins with.
#[derive(Clone)]
pub(crate) struct Prefix(String);

impl Default for Prefix {
    fn default() -> Self {
        Self(DEFAULT_PREFIX.to_owned())
    }
}

impl Prefix {
    /// Braces would put every key into one slot of a cluster. The other characters have a meaning in the patterns of
    /// `SCAN` and of access lists.
    pub(crate) fn new(prefix: &str) -> Option<Self> {
        let is_allowed = |byte: u8| byte.is_ascii_graphic() && !br#"{}*?[]\"'"#.contains(&byte);
        let is_prefix =
            !prefix.is_empty() && prefix.len() <= LONGEST_PREFIX && prefix.bytes().all(is_allowed);
        is_prefix.then(|| Self(prefix.to_owned()))
    }

    pub(crate) fn row(&self, key: RowKey) -> String {
        self.name("v1:row:", key.to_bytes())
    }

    /// The key of the set that has the rows of an owner.
    pub(crate) fn owner(&self, owner: Owner) -> String {
        self.name("v1:owner:", owner.to_bytes())
    }

    /// In hexadecimal digits, so that an operator can type a key.
    fn name(&self, kind: &str, bytes: [u8; 16]) -> String {
        let Self(prefix) = self;
        let mut name = String::with_capacity(prefix.len() + kind.len() + 32);
        name.push_str(prefix);
        name.push_str(kind);
        for byte in bytes {
            // A string takes all that is written.
            let _ = write!(name, "{byte:02x}");
        }
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_readable_and_have_the_prefix_and_the_version() {
        let prefix = Prefix::new("shop:").unwrap();
        let (row, owner) = (
            RowKey::from_bytes([0x0f; 16]),
            Owner::from_bytes([0xa0; 16]),
        );
        let (digits, other) = ("0f".repeat(16), "a0".repeat(16));
        assert_eq!(prefix.row(row), format!("shop:v1:row:{digits}"));
        assert_eq!(prefix.owner(owner), format!("shop:v1:owner:{other}"));
        assert!(Prefix::default().row(row).starts_with("session:v1:row:"));
    }

    #[test]
    fn a_prefix_is_short_and_plain() {
        for good in ["a", "shop:", "shop/eu-1.sessions_", &"a".repeat(64)] {
            assert!(Prefix::new(good).is_some(), "{good}");
        }
        let too_long = "a".repeat(65);
        for bad in [
            "", "a b", "{a}", "a*", "a?", "[a", "a]", "a\\", "a\n", "ä", "a'", "a\"", &too_long,
        ] {
            assert!(Prefix::new(bad).is_none(), "{bad}");
        }
    }
}
