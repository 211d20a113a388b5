//! The name of the table, as it stands in a statement.

use session_runtime::store::{StoreError, StoreErrorKind};

/// PostgreSQL cuts off what is longer.
const LONGEST: usize = 63;

/// A schema and a table. Whatever they are, they stand in a statement as two quoted identifiers.
#[derive(Clone)]
pub(crate) struct Names {
    pub(crate) schema: Option<Name>,
    pub(crate) table: Name,
}

/// A name that is not empty, not cut off, and has no NUL.
#[derive(Clone)]
pub(crate) struct Name(String);

/// The table's indexes have its name and one of these endings.
#[derive(Clone, Copy)]
pub(crate) enum Index {
    Owner,
    Expires,
}

impl Index {
    pub(crate) const fn column(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Expires => "expires",
        }
    }

    pub(crate) const fn ending(self) -> &'static str {
        match self {
            Self::Owner => "_owner",
            Self::Expires => "_expires",
        }
    }
}

impl Name {
    pub(crate) fn of_a_schema(name: &str) -> Result<Self, StoreError> {
        Self::new(name, LONGEST)
    }

    pub(crate) fn of_a_table(name: &str) -> Result<Self, StoreError> {
        Self::new(name, LONGEST - Index::Expires.ending().len())
    }

    fn new(name: &str, longest: usize) -> Result<Self, StoreError> {
        let reason = if name.is_empty() {
            "is empty".to_owned()
        } else if name.contains('\0') {
            "has a NUL".to_owned()
        } else if name.len() > longest {
            format!("is longer than {longest} bytes")
        } else {
            return Ok(Self(name.to_owned()));
        };
        let kind = StoreErrorKind::Other;
        Err(StoreError::new(kind, format!("the name {name:?} {reason}")))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl Names {
    pub(crate) fn table(&self) -> String {
        let table = quoted(self.table.as_str());
        match &self.schema {
            Some(schema) => format!("{}.{table}", quoted(schema.as_str())),
            None => table,
        }
    }

    /// An index is in the schema of its table, and its own name says nothing of it.
    pub(crate) fn index(&self, index: Index) -> String {
        quoted(&format!("{}{}", self.table.as_str(), index.ending()))
    }
}

impl Default for Names {
    fn default() -> Self {
        Self {
            schema: None,
            table: Name("session_rows".to_owned()),
        }
    }
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_identifier_whatever_it_is() {
        let names = |schema, table| Names {
            schema: Some(Name::of_a_schema(schema).unwrap()),
            table: Name::of_a_table(table).unwrap(),
        };
        let hostile = names("a.b", "x\"; DROP TABLE users; --");
        assert_eq!(hostile.table(), r#""a.b"."x""; DROP TABLE users; --""#);
        assert_eq!(
            hostile.index(Index::Owner),
            r#""x""; DROP TABLE users; --_owner""#
        );
    }

    #[test]
    fn a_name_that_postgresql_would_change_is_refused() {
        let refusal = |name: &str| Name::of_a_table(name).err().map(|error| error.to_string());
        assert_eq!(refusal(&"x".repeat(55)), None);
        assert_eq!(
            refusal("").as_deref(),
            Some("the store failed: the name \"\" is empty")
        );
        assert!(refusal("a\0b").unwrap().ends_with("has a NUL"));
        assert!(
            refusal(&"x".repeat(56))
                .unwrap()
                .ends_with("is longer than 55 bytes")
        );
        assert!(Name::of_a_schema(&"x".repeat(63)).is_ok());
        assert!(Name::of_a_schema(&"x".repeat(64)).is_err());
    }
}
