use syn::{DeriveInput, LitStr};

use super::{assert_mistakes, assert_on_field, assert_on_struct, mistakes};
use crate::lit::duration::Duration;

const HELP: &str =
    "help: write a whole number and one of `s`, `m`, `h`, `d`, `w`, such as `30m`, `12h` or `7d`";

fn seconds(text: &str) -> Option<u64> {
    let literal = LitStr::new(text, proc_macro2::Span::call_site());
    Duration::read(&literal)
        .ok()
        .map(|duration| duration.seconds)
}

/// `text` in each of the three options, and what is said about it.
#[track_caller]
fn assert_each(text: &str, message: impl Fn(&str) -> String) {
    for option in ["idle", "max"] {
        let start = 11 + option.len() + 3;
        let end = start + text.chars().count() + 2;
        assert_on_struct(
            &format!("({option} = \"{text}\")"),
            &[&format!("1:{start}-1:{end} {}", message(option))],
        );
    }
    let end = 17 + text.chars().count() + 2;
    assert_on_field(
        &format!("(ttl = \"{text}\")"),
        &[&format!("2:17-2:{end} {}", message("ttl"))],
    );
}

#[test]
fn a_duration_is_a_number_and_a_unit() {
    for (text, expected) in [
        ("45s", 45),
        ("10m", 600),
        ("12h", 43_200),
        ("14d", 1_209_600),
        ("2w", 1_209_600),
        ("0s", 0),
        ("05m", 300),
        ("000000000000000000000005m", 300),
        ("18446744073709551615s", u64::MAX),
        ("30500568904943w", 18_446_744_073_709_526_400),
    ] {
        assert_eq!(seconds(text), Some(expected), "{text}");
    }
}

#[test]
fn anything_else_is_no_duration() {
    for text in [
        "500ms",
        "1500ms",
        "m",
        "+5m",
        "-5m",
        "1_000s",
        "0x10s",
        "١٢h",
        "5µs",
        "P1M",
        "P1Y",
        "PT",
        "M",
        "month",
        "y",
        "`",
        "٣M",
        "01:30",
        "1:2:3:4",
        "h 5",
        "1h 30",
        "1.5.2h",
        "soon",
        "0.0001s",
        "every day",
    ] {
        assert_each(text, |_| format!("`{text}` is not a duration\n{HELP}"));
    }
    assert_each("", |_| format!("an empty string is not a duration\n{HELP}"));
    assert_on_struct(
        r#"(idle = "1\nx")"#,
        &[&format!("1:18-1:24 `1\\nx` is not a duration\n{HELP}")],
    );
}

/// Other libraries write durations in other ways: the answer is the same time in ours.
#[test]
fn a_duration_in_another_notation_is_translated() {
    for (text, ours) in [
        ("30 mins", "30m"),
        ("30min", "30m"),
        ("1.5h", "90m"),
        ("0.5 days", "12h"),
        ("1h 30m", "90m"),
        ("1h30m", "90m"),
        ("1 hour, 30 minutes and 10 seconds", "5410s"),
        ("5 m", "5m"),
        (" 5m", "5m"),
        ("5m ", "5m"),
        ("5D", "5d"),
        ("5H", "5h"),
        ("90 Seconds", "90s"),
        ("90 MIN", "90m"),
        ("120000ms", "2m"),
        ("2 weeks", "14d"),
        ("P1D", "1d"),
        ("P2W", "14d"),
        ("PT30M", "30m"),
        ("pt1h30m", "90m"),
        ("P1DT12H", "36h"),
        ("00:20:00", "20m"),
        ("01:30:10", "5410s"),
        ("7.00:00:00", "7d"),
    ] {
        assert_each(text, |_| {
            format!("`{text}` is not a duration\nhelp: write `{ours}`")
        });
    }
    assert_each("30", |_| {
        "`30` is not a duration\nhelp: for seconds write `30s`, for minutes `30m`".to_owned()
    });
}

#[test]
fn a_session_always_ends() {
    let message = "a session always ends\n\
                   help: a long time is `max = \"400d\"`, for which browsers keep a cookie at most";
    for text in ["never", "forever", "None", "unlimited"] {
        assert_each(text, |_| message.to_owned());
    }
    assert_on_struct("(max = None)", &[&format!("1:17-1:21 {message}")]);
    assert_on_struct("(max = Duration::MAX)", &[&format!("1:17-1:30 {message}")]);
}

/// Every short text is a duration, or it is not, by a rule that is written down twice.
#[test]
fn no_text_slips_through() {
    let alphabet = ["", "0", "7", "s", "m", "w", "M", "y", " ", "+", ".", "٣"];
    for a in alphabet {
        for b in alphabet {
            for c in alphabet {
                for d in alphabet {
                    let text = [a, b, c, d].concat();
                    let digits = text.strip_suffix(['s', 'm', 'w']);
                    let valid = digits.is_some_and(|digits| {
                        !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
                    });
                    assert_eq!(seconds(&text).is_some(), valid, "{text}");
                }
            }
        }
    }
}

#[test]
fn a_month_has_no_fixed_length() {
    for (text, name, write) in [
        ("1month", "month", "`30d`"),
        ("2 months", "month", "`60d`"),
        ("1mo", "month", "`30d`"),
        ("10M", "month", "`300d`, or `10m` for minutes"),
        ("0M", "month", "`30d`"),
        ("1M", "month", "`30d`, or `1m` for minutes"),
        ("1y", "year", "`365d`"),
        ("2 years", "year", "`730d`"),
        ("1Y", "year", "`365d`"),
        ("1yr", "year", "`365d`"),
        ("99999999999999999999year", "year", "`365d`"),
        ("9999999999999999999y", "year", "`365d`"),
    ] {
        assert_each(text, |_| {
            format!("a {name} has no fixed length\nhelp: write {write}")
        });
    }
}

#[test]
fn no_lifetime_is_zero() {
    for text in ["0s", "0m", "0h", "0d", "0w", "000d"] {
        assert_each(text, |option| {
            format!("`{option}` must be longer than zero")
        });
    }
}

#[test]
fn a_lifetime_fits_a_clock() {
    for text in [
        "18446744073709551616s",
        "99999999999999999999s",
        "307445734561825861m",
        "30500568904944w",
        "18446744073709551615d",
    ] {
        assert_each(text, |_| {
            format!("`{text}` is longer than a session can last")
        });
    }
}

#[test]
fn a_duration_is_a_string_literal() {
    for (option, example) in [("idle", "14d"), ("max", "90d")] {
        let at = 11 + option.len();
        let (eq, value) = (at + 1, at + 3);
        for (written, ours) in [
            ("30m", "30m"),
            ("b\"30m\"", "30m"),
            ("Duration::from_secs(90)", "90s"),
            ("Some(\"12h\")", "12h"),
            ("1.5", example),
            ("later()", example),
        ] {
            let end = value + written.len();
            assert_on_struct(
                &format!("({option} = {written})"),
                &[&format!(
                    "1:{value}-1:{end} `{option}` takes a string, such as `{option} = \"{ours}\"`"
                )],
            );
        }
        for (number, ours) in [("3", "3s"), ("3600", "1h"), ("60 * 60 * 24", "1d")] {
            let end = value + number.len();
            assert_on_struct(
                &format!("({option} = {number})"),
                &[&format!(
                    "1:{value}-1:{end} `{option}` takes a string\n\
                     help: for seconds write `{option} = \"{ours}\"`"
                )],
            );
        }
        assert_on_struct(
            &format!("({option} = HOUR)"),
            &[&format!(
                "1:{value}-1:{} `{option}` must be a string literal: \
                 the duration is checked at compile time\n\
                 help: write `{option} = \"{example}\"`",
                value + 4
            )],
        );
        assert_on_struct(
            &format!("({option})"),
            &[&format!(
                "1:11-1:{at} `{option}` needs a value: `{option} = \"{example}\"`"
            )],
        );
        assert_on_struct(
            &format!("({option} =)"),
            &[&format!(
                "1:{eq}-1:{} expected a duration after `{option} =`",
                eq + 1
            )],
        );
    }
    assert_on_field("(ttl = \"10m\"x)", &["2:17-2:23 unexpected suffix `x`"]);
    assert_on_field("(ttl(\"5m\"))", &["2:14-2:20 write `ttl = \"5m\"`"]);
    assert_on_field("(ttl(minutes = 10))", &["2:14-2:28 write `ttl = \"10m\"`"]);
    assert_on_field(
        "(ttl(value = \"10 min\"))",
        &["2:14-2:32 write `ttl = \"10m\"`"],
    );
    assert_on_field("(ttl(3600))", &["2:14-2:20 write `ttl = \"1h\"`"]);
    assert_on_field("(ttl(soon))", &["2:14-2:20 write `ttl = \"10m\"`"]);
    assert_on_field("(ttl)", &["2:11-2:14 `ttl` needs a value: `ttl = \"10m\"`"]);
    assert_on_field(
        "(ttl = \"1h\", ttl = \"2h\")",
        &["2:23-2:26 `ttl` is set twice"],
    );
}

#[test]
fn idle_is_shorter_than_max() {
    assert_on_struct(
        "(idle = \"24h\", max = \"12h\")",
        &[
            "1:18-1:23 `idle` (24h) is not shorter than `max` (12h), so it would never apply\n\
           help: write `idle = \"12h\", max = \"24h\"`, or remove `idle`",
        ],
    );
    assert_on_struct(
        "(max = \"1d\")]\n#[session(idle = \"024h\")",
        &[
            "2:18-2:24 `idle` (024h) is not shorter than `max` (1d), so it would never apply\n\
           help: remove `idle`",
        ],
    );
    assert_on_struct("(idle = \"11h\", max = \"12h\")", &[]);
    assert_on_struct("(idle = \"200d\", max = \"53w\")", &[]);
}

#[test]
fn idle_alone_is_at_most_90_days() {
    for text in ["180d", "7776001s", "13w"] {
        assert_on_struct(
            &format!("(idle = \"{text}\")"),
            &[&format!(
                "1:18-1:{} `idle` ({text}) is longer than `max`, which is 90d unless you set it",
                18 + text.len() + 2
            )],
        );
    }
    assert_on_struct("(idle = \"90d\")", &[]);
}

#[test]
fn a_field_does_not_outlive_its_session() {
    let help = "help: `browser` keeps a field beyond the session";
    assert_mistakes(
        "#[session(max = \"90d\")]\nstruct S {\n#[session(ttl = \"100d\")]\ncart: u8,\n\
         #[session(ttl = \"2161h\")]\nr#type: u8 }",
        &[
            &format!(
                "3:17-3:23 `ttl` on `cart` (100d) outlives the session (`max` is 90d)\n{help}"
            ),
            &format!(
                "5:17-5:24 `ttl` on `r#type` (2161h) outlives the session (`max` is 90d)\n{help}"
            ),
        ],
    );
    assert_on_field(
        "(ttl = \"7776001s\")",
        &[&format!(
            "2:17-2:27 `ttl` on `visits` (7776001s) outlives the session \
             (`max` is 90d unless you set it)\n{help}"
        )],
    );
    assert_on_field(
        "(flash, ttl = \"91d\")",
        &["2:24-2:29 `ttl` on `visits` (91d) outlives the session \
           (`max` is 90d unless you set it)\n\
           help: a `flash` field waits for the next page: write a shorter `ttl`"],
    );
    assert_on_field("(ttl = \"90d\")", &[]);
    assert_on_field("(flash, ttl = \"90d\")", &[]);
    assert_mistakes(
        "#[session(max = \"12h\")] struct S { #[session(ttl = \"720m\")] a: u8 }",
        &[],
    );
    assert_mistakes(
        "#[session(idle = \"1h\")] struct S { #[session(ttl = \"12h\")] a: u8 }",
        &[],
    );
}

#[test]
fn a_field_of_the_browser_outlives_its_session() {
    assert_on_field("(browser, ttl = \"91d\")", &[]);
    assert_on_field("(ttl = \"400d\", browser)", &[]);
    assert_mistakes(
        "#[session(max = \"1h\")] struct S { #[session(browser, ttl = \"2h\")] a: u8 }",
        &[],
    );
}

#[test]
fn a_browser_keeps_a_cookie_for_400_days() {
    let kept = "is longer than 400 days, the most that browsers keep a cookie";
    for text in ["500d", "401d", "34560001s", "58w"] {
        let end = 26 + text.len() + 2;
        assert_on_field(
            &format!("(browser, ttl = \"{text}\")"),
            &[&format!(
                "2:26-2:{end} `ttl` on `visits` ({text}) {kept}\nhelp: write `ttl = \"400d\"`"
            )],
        );
        let end = 27 + text.len() + 2;
        assert_on_struct(
            &format!("(remember, max = \"{text}\")"),
            &[&format!(
                "1:27-1:{end} `max` ({text}) {kept}\nhelp: write `max = \"400d\"`"
            )],
        );
    }
    for text in ["400d", "34560000s", "57w"] {
        assert_on_field(&format!("(browser, ttl = \"{text}\")"), &[]);
        assert_on_struct(&format!("(remember, max = \"{text}\")"), &[]);
    }
    assert_on_struct("(max = \"500d\")", &[]);
    assert_mistakes(
        "#[session(max = \"500d\")] struct S { #[session(ttl = \"500d\", flash)] a: u8 }",
        &[],
    );
}

#[test]
fn an_unreadable_mark_decides_what_a_lifetime_is_held_against() {
    for options in [
        "(browser = true, ttl = \"91d\")",
        "(browser = false, ttl = \"90d\")",
    ] {
        let found = mistakes(&format!("struct S {{ #[session{options}] a: u8 }}"));
        assert_eq!(found.len(), 1, "{options}: {found:?}");
    }
    let found = mistakes("#[session(remember = false, max = \"500d\")] struct S { a: u8 }");
    assert_eq!(found.len(), 1, "{found:?}");
    let found = mistakes("#[session(remember = true, max = \"500d\")] struct S { a: u8 }");
    assert_eq!(found.len(), 2, "{found:?}");
}

/// Of a type that is written in another order each time, an equal value looks changed.
#[test]
fn the_time_of_a_map_or_set_without_an_order_might_never_end() {
    for (ty, place, name, instead) in [
        ("HashSet<u8>", "3:9-3:20", "HashSet", "`BTreeSet`"),
        (
            "Vec<BinaryHeap<u8>>",
            "3:13-3:27",
            "BinaryHeap",
            "sorted `Vec`",
        ),
        (
            "Option<HashMap<u8, u8>>",
            "3:16-3:31",
            "HashMap",
            "`BTreeMap`",
        ),
        (
            "BTreeMap<u8, std::collections::HashSet<u8>>",
            "3:22-3:51",
            "HashSet",
            "`BTreeSet`",
        ),
    ] {
        let message = format!(
            "{place} the `ttl` of `scopes` might never end: a `{name}` that is built anew looks changed, \
             because its items stand in no fixed order\nhelp: use a {instead}"
        );
        let field = |options| format!("struct S {{\n#[session({options})]\nscopes: {ty} }}");
        assert_mistakes(&field("ttl = \"5m\""), &[&message]);
        for options in [
            "rename = \"wire\"",
            "flash, ttl = \"5m\"",
            "browser, ttl = \"5m\"",
        ] {
            assert_mistakes(&field(options), &[]);
        }
    }
    for ty in [
        "BTreeSet<u8>",
        "Vec<u8>",
        "Option<BTreeMap<u8, Vec<u8>>>",
        "Scopes",
    ] {
        assert_mistakes(
            &format!("struct S {{ #[session(ttl = \"5m\")] scopes: {ty} }}"),
            &[],
        );
    }
}

#[test]
fn an_unreadable_lifetime_is_one_mistake() {
    for max in ["max", "max = 3", "max = \"1y\"", "max = \"0s\"", "max ="] {
        let found = mistakes(&format!(
            "#[session(idle = \"180d\", {max})] struct S {{ #[session(ttl = \"500d\")] a: u8 }}"
        ));
        assert_eq!(found.len(), 1, "{max}: {found:?}");
    }
    for rest in [
        "(idle = \"0s\", max = \"12h\")] struct S { a: u8 }",
        "(max = \"12h\")] struct S { #[session(ttl = \"13hours\")] a: u8 }",
    ] {
        let found = mistakes(&format!("#[session{rest}"));
        assert_eq!(found.len(), 1, "{rest}: {found:?}");
    }
}

#[test]
fn what_is_not_written_is_known() {
    for (options, idle, max) in [
        ("cookie = \"shop\"", 1_209_600, 7_776_000),
        ("idle = \"30d\"", 2_592_000, 7_776_000),
        ("max = \"53w\"", 1_209_600, 32_054_400),
        ("max = \"12h\"", 43_200, 43_200),
        ("max = \"14d\"", 1_209_600, 1_209_600),
        ("idle = \"1h\", max = \"12h\"", 3_600, 43_200),
    ] {
        let source = format!("#[session({options})] struct S {{ a: u8 }}");
        let input: DeriveInput = syn::parse_str(&source).expect("the source is a type");
        let (session, errors) = crate::derive::read(&input, crate::check::Runtime::WithStores);
        assert!(errors.is_none(), "{options}");
        let lifetimes = (session.idle_seconds(), session.max_seconds());
        assert_eq!(lifetimes, (idle, max), "{options}");
    }
}
