//! Two guards of one request, and everything they can do to one session: each with each, whoever
//! acts first, whoever is dropped first, and whether or not the response fails. What became of the
//! session is asked for with the next request, through the real cookies.
//!
//! `guard_algebra.txt` says it for every case; `BLESS_ALGEBRA=1 cargo test -p tests --test
//! guard_algebra` writes it anew. What must hold whatever the file says is checked beside it.

#[path = "guard_algebra/runs.rs"]
mod runs;
#[path = "guard_algebra/shop.rs"]
mod shop;

use std::collections::BTreeSet;

use self::runs::{Case, ORDERS, Order, Outcome, RUNS, Run, STARTS};
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
    let row = |acts: &str, drops: &str, end: String| {
        format!("  {start}  {a:<23}  {b:<23}  {acts:<4} {drops:<5}  {end}")
    };
    let [[ab_ab, ab_ba], [ba_ab, ba_ba]] = ORDERS.map(|acts| ORDERS.map(|drops| end(acts, drops)));
    if ab_ab == ab_ba && ba_ab == ba_ba && ab_ab == ba_ab {
        vec![row("any", "any", ab_ab)]
    } else if ab_ab == ab_ba && ba_ab == ba_ba {
        vec![row("ab", "any", ab_ab), row("ba", "any", ba_ab)]
    } else if ab_ab == ba_ab && ab_ba == ba_ba {
        vec![row("any", "ab", ab_ab), row("any", "ba", ab_ba)]
    } else {
        vec![
            row("ab", "ab", ab_ab),
            row("ab", "ba", ab_ba),
            row("ba", "ab", ba_ab),
            row("ba", "ba", ba_ba),
        ]
    }
}

// What holds whatever the table says.

#[test]
fn nothing_of_user_1_is_visible_after_user_1s_session_ended() {
    let is_over = |case: &Case| case.start == '1' && case.ends();
    for (case, Run { outcome, .. }) in RUNS.iter().filter(|(case, _)| is_over(case)) {
        let is_written_anew = !case.fails && case.does("clear+same");
        let rewritten = [outcome.cart, outcome.notice];
        assert!(
            is_written_anew || !rewritten.contains(&'1'),
            "{case:?} {outcome}"
        );
        assert!(
            ![outcome.user, outcome.name].contains(&'1'),
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
        let first = case.acts.first();
        let ways = case.both_ways().into_iter().zip(seen);
        for ([(mark, operation), (_, other)], seen) in ways {
            let ended_by_other = first != mark && ends_at_once(other, case.start);
            let is_anew = has(operation, "clear")
                || has(operation, "sync")
                    && (ended_by_other || ends_at_once(operation, case.start));
            if is_anew && operation != "clear+same" {
                assert!(
                    !seen[..4.min(seen.len())].contains(case.start),
                    "{case:?} {seen}"
                );
            }
        }
    }
}

#[test]
fn on_an_error_endings_hold_and_nothing_else_does() {
    for (case, Run { outcome, .. }) in RUNS.iter().filter(|(case, _)| case.fails) {
        let start = case.start;
        let expected = match (case.has("destroy"), case.ends()) {
            (true, _) => "----- -- XXX".to_owned(),
            (_, true) => format!("----{start} -- XX."),
            _ => as_it_was(start).to_owned(),
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

#[test]
fn what_the_browser_keeps_survives_everything_but_destroy() {
    let others = RUNS.iter().filter(|(case, _)| !case.has("destroy"));
    for (case, Run { outcome, .. }) in others {
        let writers = case.guards().filter(|(_, it)| has(it, "theme"));
        let mut writers = writers.map(|(mark, _)| mark).peekable();
        let cookie = outcome.cookies[2];
        if case.fails || writers.peek().is_none() {
            assert_eq!((outcome.theme, cookie), (case.start, '.'), "{case:?}");
        } else {
            assert!(
                writers.any(|mark| mark == outcome.theme),
                "{case:?} {outcome}"
            );
            assert_eq!(cookie, 'S', "{case:?}");
        }
    }
}

#[test]
fn of_a_guard_whose_session_another_one_ended_nothing_else_is_visible() {
    for (case, Run { outcome, .. }) in &*RUNS {
        for [(_, ender), (mark, other)] in case.both_ways() {
            let ended = ends(ender, case.start, case.fails) && !ends(other, case.start, case.fails);
            let goes_on = ends_at_once(ender, case.start) && acts_after_sync(other);
            if ended && !goes_on {
                let fields = [outcome.cart, outcome.name, outcome.notice];
                assert!(!fields.contains(&mark), "{case:?} {outcome}");
                let user = logs_in(ender).filter(|_| !case.fails);
                assert_eq!(outcome.user, user.unwrap_or('-'), "{case:?} {outcome}");
            }
        }
    }
}

#[test]
fn at_a_login_everything_stays() {
    let is_login = |case: &Case| case.start == 'v' && !case.fails && !case.ends();
    for (case, Run { outcome, .. }) in RUNS.iter().filter(|(case, _)| is_login(case)) {
        match [logs_in(case.a), logs_in(case.b)] {
            [None, None] => assert_eq!(outcome.user, '-', "{case:?} {outcome}"),
            [Some(a), Some(b)] if a != b => {}
            [a, b] => {
                assert_eq!(Some(outcome.user), a.or(b), "{case:?} {outcome}");
                assert_eq!(outcome.main.age, 'n', "{case:?} {outcome}");
                assert!(
                    ![outcome.cart, outcome.name].contains(&'-'),
                    "{case:?} {outcome}"
                );
            }
        }
    }
}

/// But for what was published, or is pending in the same guard, when `clear` or `destroy` drop it.
#[test]
fn no_change_is_lost_in_silence() {
    for (case, Run { outcome, named, .. }) in RUNS.iter().filter(|(case, _)| !case.fails) {
        for [(mark, operation), (_, other)] in case.both_ways() {
            let is_dropped = case.has("clear") || case.has("destroy");
            let mut lost = lost(operation, mark, case.start, outcome);
            lost.retain(|field| !is_dropped || changed_at_drop(operation).contains(field));
            for field in lost {
                let is_seen = operation.contains(&format!("{field}+sync"))
                    && other.contains(&format!("sync+{field}"));
                let is_named = named.contains(field);
                assert!(is_seen || is_named, "{field}: {case:?} {outcome}");
            }
        }
    }
}

/// The fields that a guard changed, and that are not as it left them.
fn lost(operation: &str, mark: char, start: char, outcome: &Outcome) -> Vec<&'static str> {
    let fields = [
        ("cart", outcome.cart),
        ("name", outcome.name),
        ("notice", outcome.notice),
        ("theme", outcome.theme),
    ];
    let mut fields = Vec::from(fields);
    fields.retain(|(field, is)| has(operation, field) && *is != mark);
    let user = logs_in(operation).filter(|user| ![start, outcome.user].contains(user));
    let lost = fields.into_iter().map(|(field, _)| field);
    lost.chain(user.map(|_| "user")).collect()
}

#[test]
fn two_guards_are_alike() {
    for (case, Run { outcome, named, .. }) in &*RUNS {
        let other = &RUNS[&case.mirrored()];
        assert_eq!(outcome, &other.outcome.mirrored(), "{case:?}");
        assert_eq!(named, &other.named, "{case:?}");
    }
}

#[test]
fn who_acts_first_matters_only_where_both_do_something_at_once() {
    let at_once = |operation| AT_ONCE.iter().any(|step| has(operation, step));
    let is_late = |case: &Case| !at_once(case.a) || !at_once(case.b);
    for (case, Run { outcome, named, .. }) in RUNS.iter().filter(|(case, _)| is_late(case)) {
        let acts = case.acts.other();
        let other = &RUNS[&Case { acts, ..*case }];
        assert_eq!(outcome, &other.outcome, "{case:?}");
        assert_eq!(named, &other.named, "{case:?}");
    }
}

#[test]
fn who_is_dropped_first_matters_only_where_both_have_changed_the_same() {
    let share = |case: &Case| !changed_at_drop(case.a).is_disjoint(&changed_at_drop(case.b));
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

    /// Whether the session that the request carried is over after it.
    fn ends(self) -> bool {
        [self.a, self.b]
            .iter()
            .any(|it| ends(it, self.start, self.fails))
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
        match self {
            Self::Ab => 'a',
            Self::Ba => 'b',
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

/// The steps that do not wait for the drop.
const AT_ONCE: [&str; 3] = ["sync", "clear", "destroy"];

fn steps(operation: &str) -> impl Iterator<Item = &str> {
    operation.split('+')
}

fn has(operation: &str, step: &str) -> bool {
    steps(operation).any(|it| it == step)
}

/// Whether an operation ends the session: what starts over does, a logout of somebody, and the
/// login of somebody else, but for one that fails.
fn ends(operation: &str, start: char, fails: bool) -> bool {
    steps(operation).any(|step| ends_with(step, start, fails))
}

fn ends_with(step: &str, start: char, fails: bool) -> bool {
    match step {
        "clear" | "destroy" => true,
        "logout" => start == '1',
        "login2" | "login3" => start == '1' && !fails,
        _ => false,
    }
}

/// Whether a guard does something that it has taken over the session for, as it is by then.
fn acts_after_sync(operation: &str) -> bool {
    let after = steps(operation).skip_while(|step| *step != "sync").nth(1);
    after.is_some_and(|step| step != "destroy")
}

/// Whether it does so before it is dropped.
fn ends_at_once(operation: &str, start: char) -> bool {
    let step = steps(operation).find(|step| ends_with(step, start, false));
    step.is_some_and(|step| step == "clear" || step == "destroy" || has(operation, "sync"))
}

/// The user who is logged in by an operation.
fn logs_in(operation: &str) -> Option<char> {
    let user = steps(operation).find_map(|step| step.strip_prefix("login"))?;
    user.chars().next()
}

/// What an operation leaves for the drop of its guard to publish.
fn changed_at_drop(operation: &str) -> BTreeSet<&str> {
    let published = |step: &&str| AT_ONCE.contains(step);
    let left = operation.rsplit('+').take_while(|step| !published(step));
    let changed = left.flat_map(|step| match step {
        "read" => vec![],
        "same" => vec!["cart", "notice"],
        "take" => vec!["notice"],
        "keep" | "forget" => vec!["kept"],
        "login1" | "login2" | "login3" | "logout" => vec!["user"],
        step => vec![step],
    });
    changed.collect()
}
