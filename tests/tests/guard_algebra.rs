//! Two guards of one request, and everything they can do to one session: each with each, whoever
//! acts first, whoever is dropped first, and whether or not the response fails. What became of the
//! session is asked for with the next request, through the real cookies.
//!
//! `guard_algebra.txt` says it for every case; `BLESS_ALGEBRA=1 cargo test -p tests --test
//! guard_algebra` writes it anew. What must hold whatever the file says is checked beside it, and
//! what the log says.

#[path = "guard_algebra/history.rs"]
mod history;
#[path = "guard_algebra/runs.rs"]
mod runs;
#[path = "guard_algebra/said.rs"]
mod said;
#[path = "guard_algebra/shop.rs"]
mod shop;

use std::collections::BTreeSet;

use self::history::{Ending, History};
use self::runs::{Case, ORDERS, Order, Outcome, RUNS, Run, STARTS};
use self::said::{Said, What};
use self::shop::OPERATIONS;

// The table.

const TABLE: &str = include_str!("guard_algebra.txt");

#[test]
fn two_guards_end_as_the_table_says() {
    let rows = rows();
    if std::env::var_os("BLESS_ALGEBRA").is_some() {
        let header = TABLE.lines().filter(|line| line.starts_with('#'));
        let lines: Vec<_> = header.chain(rows.iter().map(String::as_str)).collect();
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/guard_algebra.txt");
        std::fs::write(path, lines.join("\n") + "\n").unwrap();
        return;
    }
    let lines = TABLE.lines().filter(|line| !line.starts_with('#'));
    let lines: Vec<_> = lines.collect();
    if lines != rows {
        let expected = lines
            .iter()
            .filter(|line| !rows.iter().any(|row| row == *line));
        let happened = rows.iter().filter(|row| !lines.contains(&row.as_str()));
        let expected = expected.map(|line| format!("table {line}"));
        let mut differences: Vec<_> = expected.collect();
        differences.extend(happened.map(|row| format!("  now {row}")));
        differences.sort_by(|one, other| one[6..].cmp(&other[6..]));
        let count = differences.len();
        differences.truncate(20);
        panic!("{count} lines differ\n{}", differences.join("\n"));
    }
}

/// One for each start, pair of operations and order, in which orders that come to the same are one.
/// The guards are alike, so that each pair stands there once.
fn rows() -> Vec<String> {
    let mut rows = Vec::new();
    for start in STARTS {
        for (at, a) in OPERATIONS.into_iter().enumerate() {
            for b in &OPERATIONS[at..] {
                rows.extend(rows_of(start, a, b));
            }
        }
    }
    rows
}

fn rows_of(start: char, a: &'static str, b: &'static str) -> Vec<String> {
    let end = |acts, drops| {
        let case = |fails| Case {
            start,
            a,
            b,
            acts,
            drops,
            fails,
        };
        let [saved, failed] = [false, true].map(|fails| RUNS[&case(fails)].outcome);
        format!("{saved}   {failed}")
    };
    let row = |acts: &str, drops: &str, end: &str| {
        format!("  {start}  {a:<23}  {b:<23}  {acts:<4} {drops:<5}  {end}")
    };
    let ends = ORDERS.map(|acts| ORDERS.map(|drops| end(acts, drops)));
    let [by_ab, by_ba] = &ends;
    if by_ab == by_ba {
        return rows_of_drops("any", by_ab, row);
    }
    let both = [
        rows_of_drops("ab", by_ab, row),
        rows_of_drops("ba", by_ba, row),
    ];
    both.concat()
}

fn rows_of_drops(
    acts: &str,
    [ab, ba]: &[String; 2],
    row: impl Fn(&str, &str, &str) -> String,
) -> Vec<String> {
    if ab == ba {
        vec![row(acts, "any", ab)]
    } else {
        vec![row(acts, "ab", ab), row(acts, "ba", ba)]
    }
}

// The rules that hold in every case of the table.

#[test]
fn the_user_is_who_was_logged_in_last() {
    for (case, Run { outcome, seen, .. }) in RUNS.iter().filter(|(case, _)| !case.fails) {
        let history = History::of(*case);
        assert_eq!(outcome.user, history.user, "{case:?} {outcome}");
        let guards = case.guards().zip(seen);
        for ((mark, _), seen) in guards.filter(|((_, it), _)| !shows_nothing_of_it(it)) {
            assert!(seen.starts_with(history.shows(mark)), "{case:?} {seen}");
        }
    }
}

#[test]
fn nothing_of_user_1_is_visible_after_user_1s_session_ended() {
    for (case, Run { outcome, .. }) in RUNS.iter().filter(|(case, _)| case.start == '1') {
        let history = History::of(*case);
        if !case.ends(&history) {
            continue;
        }
        let writes_anew =
            |(mark, it): (char, _)| has(it, "same") && has_at_once(it) && !history.is_stale(mark);
        let is_written_anew = !case.fails && case.guards().any(writes_anew);
        let rewritten = [outcome.cart, outcome.notice];
        assert!(
            is_written_anew || !rewritten.contains(&'1'),
            "{case:?} {outcome}"
        );
        assert_ne!(outcome.name, '1', "{case:?} {outcome}");
        let is_logged_in_anew = !case.fails && case.does("logout+login1");
        assert!(
            is_logged_in_anew || outcome.user != '1',
            "{case:?} {outcome}"
        );
        assert_ne!(outcome.main.age, 'o', "{case:?} {outcome}");
        let is_remembered = outcome.main.kept == 'p';
        assert!(!is_remembered || case.has("keep"), "{case:?} {outcome}");
        let [main, flash, _] = outcome.cookies;
        assert!(main != '.' && flash != '.', "{case:?} {outcome}");
    }
}

#[test]
fn a_guard_that_goes_on_after_an_ending_sees_nothing_of_the_session_before() {
    for (case, Run { seen, .. }) in &*RUNS {
        let history = History::of(*case);
        let guards = case.guards().zip(seen);
        for ((mark, operation), seen) in guards.filter(|((_, it), _)| !shows_nothing_of_it(it)) {
            let fields: Vec<_> = seen.chars().skip(1).take(3).collect();
            let is_anew = history.is_anew(mark) && !has(operation, "same");
            assert!(
                !(is_anew && fields.contains(&case.start)),
                "{mark}: {case:?} {seen}"
            );
        }
    }
}

#[test]
fn on_an_error_endings_hold_and_nothing_else_does() {
    for (case, Run { outcome, .. }) in RUNS.iter().filter(|(case, _)| case.fails) {
        let start = case.start;
        let expected = match History::of(*case).ending {
            Ending::Destroyed => "----- -- XXX".to_owned(),
            Ending::Cleared => format!("----{start} -- XX."),
            Ending::Replaced | Ending::None => as_it_was(start).to_owned(),
        };
        assert_eq!(outcome.to_string(), expected, "{case:?}");
    }
}

fn as_it_was(start: char) -> &'static str {
    if start == 'v' {
        "-vvvv so ..."
    } else {
        "11111 po ..."
    }
}

#[test]
fn nothing_survives_destroy() {
    let destroyed = RUNS.iter().filter(|(case, _)| case.has("destroy"));
    for (case, Run { outcome, .. }) in destroyed {
        assert_eq!(outcome.to_string(), "----- -- XXX", "{case:?}");
    }
}

/// The exception is an assignment of the whole session while no user is logged in: it sets the field back.
#[test]
fn what_the_browser_keeps_survives_everything_but_destroy() {
    let others = RUNS.iter().filter(|(case, _)| !case.has("destroy"));
    for (case, Run { outcome, .. }) in others {
        let written = |(mark, it)| match it {
            "assign" => (case.start == 'v').then_some('-'),
            it => has(it, "theme").then_some(mark),
        };
        let written: Vec<_> = case.guards().filter_map(written).collect();
        let expected = if case.fails || written.is_empty() {
            vec![(case.start, '.')]
        } else {
            let cookie = |mark| if mark == '-' { 'X' } else { 'S' };
            written.iter().map(|mark| (*mark, cookie(*mark))).collect()
        };
        let happened = (outcome.theme, outcome.cookies[2]);
        assert!(expected.contains(&happened), "{case:?} {outcome}");
    }
}

#[test]
fn of_a_guard_whose_session_another_one_ended_nothing_else_is_visible() {
    for (case, Run { outcome, .. }) in &*RUNS {
        let history = History::of(*case);
        let fields = [outcome.cart, outcome.name, outcome.notice];
        for (mark, _) in case.guards().filter(|(mark, _)| history.is_stale(*mark)) {
            assert!(!fields.contains(&mark), "{mark}: {case:?} {outcome}");
        }
    }
}

#[test]
fn while_nothing_ends_everything_stays() {
    for (case, Run { outcome, .. }) in RUNS.iter().filter(|(case, _)| !case.fails) {
        if History::of(*case).ending != Ending::None || case.has("assign") {
            continue;
        }
        let kept = [outcome.cart, outcome.name, outcome.theme];
        assert!(!kept.contains(&'-'), "{case:?} {outcome}");
        let is_shown = outcome.notice != '-';
        assert!(is_shown || case.has("take"), "{case:?} {outcome}");
    }
}

#[test]
fn the_session_is_as_old_as_its_login_and_kept_as_was_said_last() {
    for (case, Run { outcome, .. }) in RUNS.iter().filter(|(case, _)| !case.fails) {
        let history = History::of(*case);
        if outcome.main.age == '-' {
            assert_eq!(outcome.main.kept, '-', "{case:?} {outcome}");
            continue;
        }
        let is_new = history.begins || history.ending != Ending::None;
        let age = if is_new { 'n' } else { 'o' };
        let kept = if history.is_remembered { 'p' } else { 's' };
        assert_eq!(
            (outcome.main.age, outcome.main.kept),
            (age, kept),
            "{case:?} {outcome}"
        );
    }
}

#[test]
fn a_renewal_is_a_use_that_starts_the_session_s_time_again() {
    for (case, Run { outcome, .. }) in RUNS.iter().filter(|(case, _)| renews(case)) {
        let [a, b] = [case.a, case.b].map(|operation| match operation {
            "login1" => "read",
            "login1+cart" => "sync+cart",
            "cart+login1" => "cart+sync",
            other => other,
        });
        let mut expected = RUNS[&Case { a, b, ..*case }].outcome;
        expected.main.age = 'n';
        expected.cookies[0] = 'S';
        assert_eq!(*outcome, expected, "{case:?} {outcome}");
    }
}

fn renews(case: &Case) -> bool {
    let renews = case.start == '1' && !case.fails && case.has("login1");
    renews && History::of(*case).ending == Ending::None
}

#[test]
fn a_guard_cannot_renew_what_another_one_has_ended() {
    for (case, Run { outcome, said, .. }) in RUNS.iter().filter(|(case, _)| case.start == '1') {
        for [(mark, ender), (renewer, operation)] in case.both_ways() {
            let user = user_after(ender);
            let begins_with_1 = ["login1", "login1+cart", "cart+login1"].contains(&operation);
            if !begins_with_1 || user == Some('1') || case.acts.first() != mark {
                continue;
            }
            let reason = if has(ender, "destroy") {
                "destroyed"
            } else {
                "ended"
            };
            assert!(
                said.contains(&Said::of(What::Refused, reason)),
                "{case:?} {said:?}"
            );
            if !case.fails {
                assert_eq!(outcome.user, user.unwrap_or('-'), "{case:?} {outcome}");
            }
            assert_ne!(outcome.cart, renewer, "{case:?} {outcome}");
        }
    }
}

/// The user after one guard did this at once in the session of user 1.
fn user_after(operation: &str) -> Option<char> {
    let said = steps(operation).filter_map(|step| match step {
        "logout" | "clear" | "destroy" => Some(None),
        _ => step.strip_prefix("login").map(first),
    });
    said.last().unwrap_or(Some('1'))
}

#[test]
fn the_log_says_what_the_rules_say() {
    for (case, Run { said, .. }) in &*RUNS {
        let expected = History::of(*case).said;
        let missing: Vec<_> = expected.difference(said).collect();
        let unexpected: Vec<_> = said.difference(&expected).collect();
        assert!(
            missing.is_empty() && unexpected.is_empty(),
            "{case:?} missing {missing:?} unexpected {unexpected:?}"
        );
    }
}

/// But for what is pending in a guard that starts over without a word about it.
#[test]
fn no_change_is_lost_in_silence() {
    for (case, Run { outcome, said, .. }) in RUNS.iter().filter(|(case, _)| !case.fails) {
        let history = History::of(*case);
        for [(mark, operation), (_, other)] in case.both_ways() {
            let is_named = |field: &str| {
                let mut said = said.iter().filter(|said| said.what != What::KeptByChance);
                let assigns = operation == "assign";
                said.any(|said| said.name == field || assigns && said.what == What::Assigned)
            };
            let is_anew = history.is_anew(mark);
            for (field, value) in written(operation, mark, case.start, is_anew) {
                let is_lost = outcome.get(field) != value;
                let is_meant = is_dropped_on_purpose(operation, field)
                    || overwrites_knowingly(other, field) && case.acts.first() == mark;
                assert!(
                    !is_lost || is_meant || is_named(field),
                    "{mark}.{field}: {case:?} {outcome} {said:?}"
                );
            }
            let user = logs_in(operation).filter(|user| *user != outcome.user);
            let is_renewal = user == Some(case.start) && !has(operation, "logout");
            let mut refused = said.iter().filter(|said| said.what == What::Refused);
            let is_refused = case.acts.first() != mark && refused.next().is_some();
            assert!(
                user.is_none() || is_renewal || is_refused || is_named("user"),
                "{case:?} {outcome} {said:?}"
            );
        }
    }
}

/// The values that a guard leaves in the fields that it writes.
fn written(
    operation: &'static str,
    mark: char,
    start: char,
    is_anew: bool,
) -> Vec<(&'static str, char)> {
    let written = steps(operation).flat_map(|step| match step {
        "cart" | "name" | "notice" | "theme" => vec![(step, mark)],
        "same" if is_anew => vec![("cart", start), ("notice", start)],
        "take" => vec![("notice", '-')],
        "assign" => ["cart", "name", "notice", "theme"]
            .map(|field| (field, '-'))
            .into(),
        _ => vec![],
    });
    written.collect()
}

/// True if the field is pending in the guard that clears or destroys the session.
fn is_dropped_on_purpose(operation: &str, field: &str) -> bool {
    let pending = steps(operation).skip_while(|step| *step != field).skip(1);
    let next = pending.into_iter().find(|step| AT_ONCE.contains(step));
    next == Some("clear") && field != "theme" || next == Some("destroy")
}

/// True if a guard writes a field after it has seen what another one published.
fn overwrites_knowingly(operation: &'static str, field: &str) -> bool {
    let after = steps(operation).skip_while(|step| !is_at_once(step));
    let mut written = after.flat_map(|step| written(step, ' ', ' ', true));
    written.any(|(it, _)| it == field)
}

#[test]
fn two_guards_that_change_one_field_are_named_whatever_the_values() {
    for (case, Run { said, .. }) in &*RUNS {
        let history = History::of(*case);
        if case.guards().any(|(mark, _)| history.is_stale(mark)) {
            continue;
        }
        let [a, b] = ['a', 'b'].map(|mark| {
            let operation = if mark == 'a' { case.a } else { case.b };
            let mut fields = changed_at_drop(operation, case.start);
            fields.remove("kept");
            if has(operation, "same") && !history.is_anew(mark) {
                fields.clear();
            }
            fields
        });
        for field in a.intersection(&b) {
            let said = said.contains(&Said::of(What::Overwritten, field));
            assert!(said, "{field}: {case:?}");
        }
    }
}

#[test]
fn a_new_start_is_a_logout() {
    for (case, run) in RUNS.iter().filter(|(case, _)| case.does("clear")) {
        let [a, b] = [case.a, case.b].map(|operation| {
            if operation == "clear" {
                "logout"
            } else {
                operation
            }
        });
        let other = &RUNS[&Case { a, b, ..*case }];
        assert_eq!(run.outcome, other.outcome, "{case:?}");
        assert_eq!(run.seen, other.seen, "{case:?}");
        assert_eq!(run.said, other.said, "{case:?}");
    }
}

#[test]
fn two_guards_are_alike() {
    for (case, Run { outcome, said, .. }) in &*RUNS {
        let other = &RUNS[&case.mirrored()];
        assert_eq!(outcome, &other.outcome.mirrored(), "{case:?}");
        assert_eq!(said, &other.said, "{case:?}");
    }
}

#[test]
fn who_acts_first_matters_only_where_both_do_something_at_once() {
    let is_late = |case: &Case| !has_at_once(case.a) || !has_at_once(case.b);
    for (case, Run { outcome, said, .. }) in RUNS.iter().filter(|(case, _)| is_late(case)) {
        let acts = case.acts.other();
        let other = &RUNS[&Case { acts, ..*case }];
        assert_eq!(outcome, &other.outcome, "{case:?}");
        assert_eq!(said, &other.said, "{case:?}");
    }
}

#[test]
fn who_is_dropped_first_matters_only_where_both_have_changed_the_same() {
    let share = |case: &Case| {
        let [a, b] = [case.a, case.b].map(|it| changed_at_drop(it, case.start));
        !a.is_disjoint(&b)
    };
    for (case, Run { outcome, .. }) in RUNS.iter().filter(|(case, _)| !share(case)) {
        let drops = case.drops.other();
        let other = &RUNS[&Case { drops, ..*case }];
        assert_eq!(outcome, &other.outcome, "{case:?}");
    }
}

impl Case {
    /// Each guard's mark and operation, and the other's.
    fn both_ways(self) -> [[(char, &'static str); 2]; 2] {
        let (a, b) = (('a', self.a), ('b', self.b));
        [[a, b], [b, a]]
    }

    fn guards(self) -> impl Iterator<Item = (char, &'static str)> {
        [('a', self.a), ('b', self.b)].into_iter()
    }

    fn has(self, step: &str) -> bool {
        has(self.a, step) || has(self.b, step)
    }

    fn does(self, operation: &str) -> bool {
        [self.a, self.b].contains(&operation)
    }

    /// True if the session that the request carried is over after it. Another user's login needs a
    /// response that is saved.
    fn ends(self, history: &History) -> bool {
        let least = if self.fails {
            Ending::Cleared
        } else {
            Ending::Replaced
        };
        history.ending >= least
    }

    fn mirrored(self) -> Self {
        Self {
            a: self.b,
            b: self.a,
            acts: self.acts.other(),
            drops: self.drops.other(),
            ..self
        }
    }
}

impl Order {
    fn first(self) -> char {
        self.marks()[0]
    }

    fn marks(self) -> [char; 2] {
        match self {
            Self::Ab => ['a', 'b'],
            Self::Ba => ['b', 'a'],
        }
    }

    fn other(self) -> Self {
        match self {
            Self::Ab => Self::Ba,
            Self::Ba => Self::Ab,
        }
    }
}

impl Outcome {
    fn get(self, field: &str) -> char {
        match field {
            "cart" => self.cart,
            "name" => self.name,
            "notice" => self.notice,
            "theme" => self.theme,
            _ => panic!("no field: {field}"),
        }
    }

    fn mirrored(self) -> Self {
        let mirrored = |mark| match mark {
            'a' => 'b',
            'b' => 'a',
            mark => mark,
        };
        Self {
            cart: mirrored(self.cart),
            name: mirrored(self.name),
            notice: mirrored(self.notice),
            theme: mirrored(self.theme),
            ..self
        }
    }
}

/// The steps that do not wait for the drop, beside logins.
const AT_ONCE: [&str; 4] = ["sync", "logout", "clear", "destroy"];

fn is_at_once(step: &str) -> bool {
    AT_ONCE.contains(&step) || step.starts_with("login")
}

fn has_at_once(operation: &str) -> bool {
    steps(operation).any(is_at_once)
}

/// True if at the end a guard shows something that the session does not hold, or is gone.
fn shows_nothing_of_it(operation: &str) -> bool {
    operation == "assign" || has(operation, "destroy")
}

fn steps(operation: &str) -> impl Iterator<Item = &str> {
    operation.split('+')
}

fn has(operation: &str, step: &str) -> bool {
    steps(operation).any(|it| it == step)
}

fn first(text: &str) -> Option<char> {
    text.chars().next()
}

/// The user who is logged in by an operation, and stays so as far as that goes.
fn logs_in(operation: &str) -> Option<char> {
    let (_, last) = operation.rsplit_once("login")?;
    first(last)
}

/// The fields that an operation leaves for the drop of its guard to publish.
fn changed_at_drop(operation: &'static str, start: char) -> BTreeSet<&'static str> {
    let left = operation.rsplit('+').take_while(|step| !is_at_once(step));
    let changed = left.flat_map(|step| match step {
        "read" => vec![],
        "same" => vec!["cart", "notice"],
        "take" => vec!["notice"],
        "keep" | "forget" => vec!["kept"],
        // If a user was logged in, it drops what its guard changed.
        "assign" if start != 'v' => vec![],
        "assign" => vec!["cart", "name", "notice", "theme"],
        step => vec![step],
    });
    changed.collect()
}
