//! The events in the log of a request, without their words.

use std::collections::BTreeSet;

/// An event of the log, and the field that it names.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Said {
    pub(super) what: What,
    /// `Session::remember` where that is lost; the reason where a login is refused.
    pub(super) name: String,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum What {
    /// Two guards changed it.
    Overwritten,
    /// The session ended after its guard was taken.
    Stale,
    /// It came before the login of another user.
    LostByLogin,
    /// It came before a login while no user was logged in.
    KeptByChance,
    /// It came before a logout.
    LostByLogout,
    /// It was published, and then the session started over.
    Dropped,
    /// The identity was assigned.
    Assigned,
    /// A login was refused.
    Refused,
    /// The response is an error.
    NotSaved,
}

/// The level of each event, and its first words.
const WORDS: [(What, &str, &str); 9] = [
    (What::Overwritten, "WARN", "two guards of one request"),
    (
        What::Stale,
        "WARN",
        "a change is dropped, because the session ended after its guard was taken",
    ),
    (
        What::LostByLogin,
        "ERROR",
        "a change is dropped, because it came before `Session::log_in`",
    ),
    (
        What::KeptByChance,
        "WARN",
        "a change before `Session::log_in` is kept only because no user was logged in",
    ),
    (
        What::LostByLogout,
        "WARN",
        "a change is dropped, because it came before `Session::log_out`",
    ),
    (
        What::Dropped,
        "DEBUG",
        "an earlier change of this request is dropped, because the session started over",
    ),
    (
        What::Assigned,
        "ERROR",
        "an assignment of the whole session changed its identity",
    ),
    (What::Refused, "ERROR", "a login is refused"),
    (What::NotSaved, "INFO", "changes are not saved"),
];

impl Said {
    pub(super) fn of(what: What, name: &str) -> Self {
        let name = name.to_owned();
        Self { what, name }
    }
}

pub(super) fn said(log: &str) -> BTreeSet<Said> {
    log.lines().flat_map(said_by).collect()
}

fn said_by(line: &str) -> Vec<Said> {
    let Some((head, event)) = line.split_once("session_runtime::event: ") else {
        return Vec::new();
    };
    let Some((what, level, _)) = WORDS
        .into_iter()
        .find(|(_, _, words)| event.starts_with(words))
    else {
        return Vec::new();
    };
    assert_eq!(head.trim(), level, "{line}");
    let names = match what {
        What::Refused => value(event, "reason"),
        What::NotSaved => value(event, "fields"),
        _ => value(event, "field"),
    };
    let names = names.split(", ");
    names.map(|name| Said::of(what, name)).collect()
}

fn value<'a>(event: &'a str, key: &str) -> &'a str {
    let (_, rest) = event.split_once(&format!(" {key}=\"")).expect(key);
    rest.split_once('"').expect(key).0
}
