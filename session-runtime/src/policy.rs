//! What a response does with a session's cookie: one pure function over what is known.

/// What the request brought along.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Carried {
    /// No cookie of our name.
    Nothing,
    /// A cookie that did not open. It may be another release's or another key's: it is left alone
    /// unless this request writes or ends the session.
    Unreadable,
    /// A session.
    Session,
}

/// What the decision depends on.
#[expect(
    clippy::struct_excessive_bools,
    reason = "the columns of a truth table, which the test lists whole"
)]
#[derive(Clone, Copy, Debug)]
pub(crate) struct Facts {
    pub(crate) carried: Carried,
    /// A guard was destroyed.
    pub(crate) destroyed: bool,
    /// The response's status lets changes through.
    pub(crate) saves: bool,
    /// The records differ from those that were loaded.
    pub(crate) changed: bool,
    /// No record is left.
    pub(crate) empty: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    Nothing,
    Remove,
    Set,
}

pub(crate) fn decide(facts: Facts) -> Decision {
    let had_cookie = facts.carried != Carried::Nothing;
    if facts.destroyed {
        // An ending is honoured whatever the status: a logout must not be lost to an error.
        return if had_cookie {
            Decision::Remove
        } else {
            Decision::Nothing
        };
    }
    match facts {
        Facts { saves: false, .. } | Facts { changed: false, .. } => Decision::Nothing,
        Facts { empty: false, .. } => Decision::Set,
        Facts { empty: true, .. } if had_cookie => Decision::Remove,
        Facts { empty: true, .. } => Decision::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::too_many_lines, reason = "one line each")]
    fn every_combination_has_its_decision() {
        // carried, destroyed, saves, changed, empty
        let table = [
            (
                "nothing    -         -     -       -     ",
                Decision::Nothing,
            ),
            (
                "nothing    -         -     -       empty ",
                Decision::Nothing,
            ),
            (
                "nothing    -         -     changed -     ",
                Decision::Nothing,
            ),
            (
                "nothing    -         -     changed empty ",
                Decision::Nothing,
            ),
            (
                "nothing    -         saves -       -     ",
                Decision::Nothing,
            ),
            (
                "nothing    -         saves -       empty ",
                Decision::Nothing,
            ),
            ("nothing    -         saves changed -     ", Decision::Set),
            (
                "nothing    -         saves changed empty ",
                Decision::Nothing,
            ),
            (
                "nothing    destroyed -     -       -     ",
                Decision::Nothing,
            ),
            (
                "nothing    destroyed -     -       empty ",
                Decision::Nothing,
            ),
            (
                "nothing    destroyed -     changed -     ",
                Decision::Nothing,
            ),
            (
                "nothing    destroyed -     changed empty ",
                Decision::Nothing,
            ),
            (
                "nothing    destroyed saves -       -     ",
                Decision::Nothing,
            ),
            (
                "nothing    destroyed saves -       empty ",
                Decision::Nothing,
            ),
            (
                "nothing    destroyed saves changed -     ",
                Decision::Nothing,
            ),
            (
                "nothing    destroyed saves changed empty ",
                Decision::Nothing,
            ),
            (
                "unreadable -         -     -       -     ",
                Decision::Nothing,
            ),
            (
                "unreadable -         -     -       empty ",
                Decision::Nothing,
            ),
            (
                "unreadable -         -     changed -     ",
                Decision::Nothing,
            ),
            (
                "unreadable -         -     changed empty ",
                Decision::Nothing,
            ),
            (
                "unreadable -         saves -       -     ",
                Decision::Nothing,
            ),
            (
                "unreadable -         saves -       empty ",
                Decision::Nothing,
            ),
            ("unreadable -         saves changed -     ", Decision::Set),
            (
                "unreadable -         saves changed empty ",
                Decision::Remove,
            ),
            (
                "unreadable destroyed -     -       -     ",
                Decision::Remove,
            ),
            (
                "unreadable destroyed -     -       empty ",
                Decision::Remove,
            ),
            (
                "unreadable destroyed -     changed -     ",
                Decision::Remove,
            ),
            (
                "unreadable destroyed -     changed empty ",
                Decision::Remove,
            ),
            (
                "unreadable destroyed saves -       -     ",
                Decision::Remove,
            ),
            (
                "unreadable destroyed saves -       empty ",
                Decision::Remove,
            ),
            (
                "unreadable destroyed saves changed -     ",
                Decision::Remove,
            ),
            (
                "unreadable destroyed saves changed empty ",
                Decision::Remove,
            ),
            (
                "session    -         -     -       -     ",
                Decision::Nothing,
            ),
            (
                "session    -         -     -       empty ",
                Decision::Nothing,
            ),
            (
                "session    -         -     changed -     ",
                Decision::Nothing,
            ),
            (
                "session    -         -     changed empty ",
                Decision::Nothing,
            ),
            (
                "session    -         saves -       -     ",
                Decision::Nothing,
            ),
            (
                "session    -         saves -       empty ",
                Decision::Nothing,
            ),
            ("session    -         saves changed -     ", Decision::Set),
            (
                "session    -         saves changed empty ",
                Decision::Remove,
            ),
            (
                "session    destroyed -     -       -     ",
                Decision::Remove,
            ),
            (
                "session    destroyed -     -       empty ",
                Decision::Remove,
            ),
            (
                "session    destroyed -     changed -     ",
                Decision::Remove,
            ),
            (
                "session    destroyed -     changed empty ",
                Decision::Remove,
            ),
            (
                "session    destroyed saves -       -     ",
                Decision::Remove,
            ),
            (
                "session    destroyed saves -       empty ",
                Decision::Remove,
            ),
            (
                "session    destroyed saves changed -     ",
                Decision::Remove,
            ),
            (
                "session    destroyed saves changed empty ",
                Decision::Remove,
            ),
        ];
        for (row, decision) in table {
            assert_eq!(decide(facts(row)), decision, "{row}");
        }
    }

    fn facts(row: &str) -> Facts {
        let words: Vec<_> = row.split_whitespace().collect();
        let carried = match words[0] {
            "nothing" => Carried::Nothing,
            "unreadable" => Carried::Unreadable,
            _ => Carried::Session,
        };
        Facts {
            carried,
            destroyed: words[1] == "destroyed",
            saves: words[2] == "saves",
            changed: words[3] == "changed",
            empty: words[4] == "empty",
        }
    }
}
