use super::{assert_mistakes, assert_on, assert_on_field, assert_on_identity, assert_on_struct};

/// Each mark of a field, with a field that may have it.
const MARKS: [(&str, &str); 3] = [
    ("browser", "theme: u32"),
    ("flash", "notice: u32"),
    ("identity", "user: Identity<u32>"),
];

#[test]
fn a_mark_is_a_word_alone() {
    for (mark, field) in MARKS {
        assert_on(field, &format!("({mark})"), &[]);
        assert_on(field, &format!("(rename = \"x\", {mark},)"), &[]);
    }
    assert_on_struct("(remember)", &[]);
    assert_on_struct("(remember, max = \"90d\")", &[]);
}

/// `value` behind each mark of a field, and what is said about it and where.
#[track_caller]
fn assert_behind(value: &str, message: impl Fn(&str) -> String) {
    for (mark, field) in MARKS {
        let start = 11 + mark.len() + usize::from(value.starts_with('='));
        let end = start + value.chars().count();
        let space = if value.starts_with('=') { " " } else { "" };
        assert_on(
            field,
            &format!("({mark}{space}{value})"),
            &[&format!("2:{start}-2:{end} {}", message(mark))],
        );
    }
}

#[test]
fn a_mark_takes_no_value() {
    for value in [
        "= true",
        "= 1",
        "= \"x\"",
        "= \"1y\"",
        "= \"0s\"",
        "= \"30d\"x",
        "= DAYS",
        "=",
        "()",
        "(true)",
        "(1 + $)",
        "{ x }",
    ] {
        assert_behind(value, |mark| {
            format!("`{mark}` takes no value: write `{mark}`")
        });
    }
    for (mark, end) in [("browser", 26), ("flash", 24), ("identity", 27)] {
        assert_on_field(
            &format!("({mark} = false)"),
            &[&format!(
                "2:{}-2:{end} `{mark}` takes no value: remove it",
                end - 7
            )],
        );
    }
    assert_on_struct(
        "(remember = true)",
        &["1:20-1:26 `remember` takes no value: write `remember`"],
    );
    assert_on_struct(
        "(remember = false)",
        &["1:20-1:27 `remember` takes no value: remove it"],
    );
}

#[test]
fn a_duration_is_no_value_of_a_mark() {
    for duration in ["30d", "10m", "012h"] {
        for mark in ["browser", "flash"] {
            let start = 11 + mark.len() + 1;
            let end = start + 2 + duration.len() + 2;
            assert_on_field(
                &format!("({mark} = \"{duration}\")"),
                &[&format!(
                    "2:{start}-2:{end} `{mark}` takes no value\n\
                     help: write `{mark}, ttl = \"{duration}\"`"
                )],
            );
        }
    }
    for mark in ["browser", "flash"] {
        for written in ["(\"30d\")", "(ttl = \"30d\")"] {
            let start = 11 + mark.len();
            let end = start + written.len();
            assert_on_field(
                &format!("({mark}{written})"),
                &[&format!(
                    "2:{start}-2:{end} `{mark}` takes no value\n\
                     help: write `{mark}, ttl = \"30d\"`"
                )],
            );
        }
    }
    assert_on_field(
        "(flash(false))",
        &["2:16-2:23 `flash` takes no value: remove it"],
    );
    assert_on_identity(
        "(identity = \"30d\")",
        &["2:20-2:27 `identity` takes no value: write `identity`"],
    );
    assert_on_struct(
        "(remember = \"30d\")",
        &["1:20-1:27 `remember` takes no value\n\
           help: write `remember, idle = \"30d\"`, or `max` for a time from the beginning on"],
    );
    assert_on_struct(
        "(remember = \"30 days\")",
        &["1:20-1:31 `remember` takes no value: write `remember`"],
    );
    for written in ["remember(\"30d\")", "remember(ttl = \"30d\")"] {
        let end = 11 + written.len();
        assert_on_struct(
            &format!("({written})"),
            &[&format!(
                "1:19-1:{end} `remember` takes no value\n\
                 help: write `remember, idle = \"30d\"`, or `max` for a time from the beginning on"
            )],
        );
    }
}

#[test]
fn what_is_no_expression_is_no_value_either() {
    assert_on_field(
        "(flash = 1 +, defalt = 1)",
        &[
            "2:17-2:18 `flash` takes no value: write `flash`",
            "2:24-2:30 unknown field option `defalt`\nhelp: a similar option exists: `default`",
        ],
    );
}

#[test]
fn a_mark_is_made_once() {
    for (mark, field) in MARKS {
        let (start, end) = (11 + mark.len() + 2, 11 + mark.len() + 2 + mark.len());
        let twice = format!("2:{start}-2:{end} `{mark}` is set twice");
        assert_on(field, &format!("({mark}, {mark})"), &[&twice]);
    }
    assert_on_struct(
        "(remember)]\n#[session(remember)",
        &["2:11-2:19 `remember` is set twice"],
    );
    assert_mistakes(
        "#[session(remember)]\nstruct S {\n#[session(browser)]\nvisits: u32 }",
        &[],
    );
}

#[test]
fn a_mark_may_be_misspelt() {
    assert_on_field(
        "(browsr, Flash)",
        &[
            "2:11-2:17 unknown field option `browsr`\nhelp: a similar option exists: `browser`",
            "2:19-2:24 unknown field option `Flash`\nhelp: options are lower case: `flash`",
            "2:19-2:24 a field lives in one cookie: `flash` or `browser`, not both",
        ],
    );
    assert_on_struct(
        "(remembered)",
        &[
            "1:11-1:21 unknown session option `remembered`\nhelp: a similar option exists: `remember`",
        ],
    );
}

const MOVED: &str = "`remember` belongs on the struct, not on a field\n\
                     help: a field that stays in this browser, whoever is logged in, is marked `browser`";

/// The word of earlier releases.
#[test]
fn remember_on_a_field_is_answered_with_browser() {
    assert_on_field("(remember)", &[&format!("2:11-2:19 {MOVED}")]);
    for value in [
        " = true",
        " = false",
        " = \"30d\"",
        " =",
        " = $",
        "()",
        "(\"30d\")",
    ] {
        assert_on_field(
            &format!("(remember{value})"),
            &[&format!("2:11-2:19 {MOVED}")],
        );
    }
    assert_on_field(
        "(remember, remember)",
        &[&format!("2:11-2:19 {MOVED}"), &format!("2:21-2:29 {MOVED}")],
    );
    assert_on_identity("(identity, remember)", &[&format!("2:21-2:29 {MOVED}")]);
}

/// It had a `ttl` longer than a session then.
#[test]
fn a_ttl_beside_remember_on_a_field_is_judged_as_beside_browser() {
    assert_on_field(
        "(remember, ttl = \"400d\")",
        &[&format!("2:11-2:19 {MOVED}")],
    );
    assert_on_field(
        "(ttl = \"500d\", remember)",
        &[
            "2:17-2:23 `ttl` on `visits` (500d) is longer than 400 days, the most that browsers keep a cookie\n\
             help: write `ttl = \"400d\"`",
            &format!("2:25-2:33 {MOVED}"),
        ],
    );
}

#[test]
fn a_misspelt_word_of_the_other_place_is_recognised() {
    for word in ["remembr", "remembered", "Remember"] {
        let end = 11 + word.len();
        assert_on_field(
            &format!("({word})"),
            &[&format!(
                "2:11-2:{end} unknown field option `{word}`\nhelp: {MOVED}"
            )],
        );
    }
    assert_on_field(
        "(cokie = \"x\")",
        &["2:11-2:16 unknown field option `cokie`\n\
           help: `cookie` belongs on the struct, not on a field"],
    );
    assert_on_struct(
        "(defualt = 1)",
        &["1:11-1:18 unknown session option `defualt`\nhelp: `default` belongs on a field"],
    );
}

#[test]
fn browser_on_a_struct_is_answered_with_remember() {
    let moved = "`browser` belongs on a field\n\
                 help: a session that survives the browser being closed is marked `remember`";
    for value in ["", " = true", " = \"30d\""] {
        assert_on_struct(
            &format!("(browser{value})"),
            &[&format!("1:11-1:18 {moved}")],
        );
    }
    assert_on_struct(
        "(browsr)",
        &[&format!(
            "1:11-1:17 unknown session option `browsr`\nhelp: {moved}"
        )],
    );
}
