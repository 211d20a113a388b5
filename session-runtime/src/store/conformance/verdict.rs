//! The outcome of a test: the sentence holds, or an answer breaks it.

use std::fmt::{self, Debug};
use std::panic::Location;

use crate::store::{Entry, Loaded, Row, StoreError};

pub(super) type Verdict = Result<(), Broken>;

/// The answer that breaks a sentence, and the line that asked for it.
#[derive(Debug)]
pub(in crate::store) struct Broken {
    said: String,
    at: &'static Location<'static>,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n({})", self.said, self.at)
    }
}

impl Broken {
    #[track_caller]
    pub(super) fn new(said: impl Into<String>) -> Self {
        Self {
            said: said.into(),
            at: Location::caller(),
        }
    }
}

/// An operation that fails breaks every sentence.
impl From<StoreError> for Broken {
    #[track_caller]
    fn from(error: StoreError) -> Self {
        Self::new(format!("an operation failed: {error}"))
    }
}

/// The answer of an operation.
pub(super) trait Answer: PartialEq + Debug + Sized {
    #[track_caller]
    fn is(self, should_be: Self) -> Verdict {
        if self == should_be {
            return Ok(());
        }
        Err(Broken::new(format!(
            "an answer should be {should_be:?}, and is {self:?}"
        )))
    }
}

impl<T: PartialEq + Debug> Answer for T {}

#[track_caller]
pub(super) fn is_one_of<T: PartialEq + Debug>(answer: &T, allowed: &[T]) -> Verdict {
    holds(
        allowed.contains(answer),
        format!("an answer should be one of {allowed:?}, and is {answer:?}"),
    )
}

impl Loaded {
    #[track_caller]
    pub(super) fn alive(self) -> Result<Row, Broken> {
        match self {
            Self::Alive(row) => Ok(row),
            other => Err(Broken::new(format!(
                "the row should be alive, and is {other:?}"
            ))),
        }
    }
}

/// Entries are the same in any order.
#[track_caller]
pub(super) fn same_entries(are: &[Entry], should_be: &[Entry]) -> Verdict {
    let (are, should_be) = (sorted(are), sorted(should_be));
    let same = are == should_be;
    let (are, should_be) = (texts(&are), texts(&should_be));
    holds(
        same,
        format!("the entries\n  should be [{should_be}],\n  and are   [{are}]"),
    )
}

#[track_caller]
pub(super) fn holds(holds: bool, otherwise: impl Into<String>) -> Verdict {
    if holds {
        Ok(())
    } else {
        Err(Broken::new(otherwise))
    }
}

fn sorted(entries: &[Entry]) -> Vec<&Entry> {
    let mut entries: Vec<_> = entries.iter().collect();
    entries.sort_by_key(|entry| (entry.tag, entry.role, &entry.sealed));
    entries
}

fn texts(entries: &[&Entry]) -> String {
    let texts: Vec<_> = entries.iter().map(|entry| text(entry)).collect();
    texts.join(", ")
}

/// The entries of tests hold no secrets, and are told apart by their first bytes.
fn text(entry: &Entry) -> String {
    let shown = entry.sealed.get(..29).unwrap_or(&entry.sealed);
    let shown = shown.trim_ascii_end().escape_ascii();
    let [.., field] = entry.tag.to_bytes();
    let (role, length) = (entry.role, entry.sealed.len());
    format!("field {field}: {role:?} \"{shown}\", {length} bytes")
}
