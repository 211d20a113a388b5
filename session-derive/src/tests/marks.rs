use super::{assert_mistakes, assert_on_field, assert_on_struct};

const MARKS: [&str; 3] = ["flash", "identity", "remember"];

#[test]
fn a_mark_is_a_word_alone() {
    for mark in MARKS {
        assert_on_field(&format!("({mark})"), &[]);
        assert_on_field(&format!("(default = 1, {mark},)"), &[]);
    }
    assert_on_struct("(remember)", &[]);
    assert_on_struct("(remember, max = \"90d\")", &[]);
}

/// `value` behind each mark of a field, and what is said about it and where.
#[track_caller]
fn assert_behind(value: &str, message: impl Fn(&str) -> String) {
    for mark in MARKS {
        let start = 11 + mark.len() + usize::from(value.starts_with('='));
        let end = start + value.chars().count();
        let space = if value.starts_with('=') { " " } else { "" };
        assert_on_field(
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
    assert_behind("= false", |mark| {
        format!("`{mark}` takes no value: remove it")
    });
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
        for mark in ["flash", "remember"] {
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
    for mark in ["flash", "remember"] {
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
    assert_on_field(
        "(identity = \"30d\")",
        &["2:20-2:27 `identity` takes no value: write `identity`"],
    );
    assert_on_struct(
        "(remember = \"30d\")",
        &["1:20-1:27 `remember` takes no value\n\
           help: for how long is set with `idle` and `max`"],
    );
    assert_on_struct(
        "(remember = \"30 days\")",
        &["1:20-1:31 `remember` takes no value: write `remember`"],
    );
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
    for mark in MARKS {
        let (start, end) = (11 + mark.len() + 2, 11 + mark.len() + 2 + mark.len());
        let twice = format!("2:{start}-2:{end} `{mark}` is set twice");
        assert_on_field(&format!("({mark}, {mark})"), &[&twice]);
    }
    assert_on_struct(
        "(remember)]\n#[session(remember)",
        &["2:11-2:19 `remember` is set twice"],
    );
    assert_mistakes(
        "#[session(remember)]\nstruct S {\n#[session(remember)]\nvisits: u32 }",
        &[],
    );
}

#[test]
fn a_mark_may_be_misspelt() {
    assert_on_field(
        "(remembr, Flash)",
        &[
            "2:11-2:18 unknown field option `remembr`\nhelp: a similar option exists: `remember`",
            "2:20-2:25 unknown field option `Flash`\nhelp: options are lower case: `flash`",
        ],
    );
    assert_on_struct(
        "(remembered)",
        &[
            "1:11-1:21 unknown session option `remembered`\nhelp: a similar option exists: `remember`",
        ],
    );
}
