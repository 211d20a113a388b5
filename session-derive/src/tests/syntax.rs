use super::{assert_mistakes, assert_on_field, assert_on_struct};

#[test]
fn options_stand_in_parentheses() {
    assert_on_struct(
        "",
        &["1:3-1:10 expected options, such as `#[session(cookie = \"shop\")]`"],
    );
    assert_on_struct(
        " = \"x\"",
        &["1:11-1:16 expected options in parentheses, such as `#[session(cookie = \"shop\")]`"],
    );
    assert_on_struct(
        "()",
        &["1:10-1:12 empty `#[session()]`: remove it or add an option"],
    );
    assert_on_struct(
        "{cookie = \"x\"}",
        &["1:10-1:24 use parentheses: `#[session(…)]`"],
    );
    assert_on_struct(
        "[cookie = \"\"]",
        &[
            "1:10-1:23 use parentheses: `#[session(…)]`",
            "1:20-1:22 a cookie name cannot be empty",
        ],
    );
    assert_on_field(
        "",
        &["2:3-2:10 expected options, such as `#[session(default = 1)]`"],
    );
}

#[test]
fn an_option_starts_with_its_name() {
    assert_on_struct(
        "(\"sid\")",
        &["1:11-1:16 expected an option name such as `cookie`, found `\"sid\"`"],
    );
    assert_on_field(
        "(7)",
        &["2:11-2:12 expected an option name such as `default`, found `7`"],
    );
    assert_on_struct(
        "(,)",
        &["1:11-1:12 expected an option name such as `cookie`, found `,`"],
    );
}

#[test]
fn an_attribute_that_is_none_ends_the_list() {
    assert_on_struct(
        "(# cookie = \"shop\")",
        &["1:13-1:19 expected square brackets"],
    );
}

#[test]
fn an_option_is_one_word() {
    let message = "a session option is one word, `a::b` is a path";
    assert_on_struct("(a::b = 1)", &[&format!("1:11-1:15 {message}")]);
    assert_on_struct(
        "(::a = 1)",
        &["1:11-1:14 a session option is one word, `::a` is a path"],
    );
}

#[test]
fn options_are_separated_by_commas() {
    assert_on_struct(
        "(cookie = \"a\" crate = ::b)",
        &["1:24-1:29 expected `,` before `crate`"],
    );
    assert_on_struct(
        "(cookie = \"a\" \"b\", kokie)",
        &[
            "1:24-1:27 expected `,` before `\"b\"`",
            "1:29-1:34 unknown session option `kokie`\nhelp: a similar option exists: `cookie`",
        ],
    );
    assert_on_struct("(cookie = \"a\",)", &[]);
}

#[test]
fn an_option_needs_its_value() {
    assert_on_struct(
        "(cookie)",
        &["1:11-1:17 `cookie` needs a value: `cookie = \"shop\"`"],
    );
    assert_on_struct(
        "(crate)",
        &["1:11-1:16 `crate` needs a value: `crate = ::my_facade::session`"],
    );
    assert_on_field(
        "(default)",
        &["2:11-2:18 `default` needs a value: every field already starts as `Default::default()`"],
    );
}

#[test]
fn a_value_follows_the_equals_sign() {
    assert_on_struct(
        "(cookie =)",
        &["1:18-1:19 expected a string after `cookie =`"],
    );
    assert_on_struct(
        "(crate =, cookie = \"a\")",
        &["1:17-1:18 expected a path after `crate =`"],
    );
    assert_on_field(
        "(default =)",
        &["2:19-2:20 expected an expression after `default =`"],
    );
    assert_on_field(
        "(default = 1 +)",
        &["2:24-2:25 unexpected end of input, expected an expression"],
    );
    assert_on_field(
        "(default = 1 +, defalt = 1)",
        &[
            "2:24-2:25 expected an expression",
            "2:26-2:32 unknown field option `defalt`\nhelp: a similar option exists: `default`",
        ],
    );
}

#[test]
fn a_value_is_assigned() {
    assert_on_struct(
        "(cookie(\"shop\"))",
        &["1:17-1:25 write `cookie = \"shop\"`"],
    );
    assert_on_struct(
        "(cookie(name = \"sid\"))",
        &["1:17-1:31 write `cookie = \"sid\"`"],
    );
    assert_on_struct("(cookie())", &["1:17-1:19 write `cookie = \"shop\"`"]);
    assert_on_struct("(crate(a::b))", &["1:16-1:22 write `crate = a::b`"]);
    assert_on_field(
        "(default(vec![1, 2]))",
        &["2:18-2:30 write `default = vec![1, 2]`"],
    );
}

#[test]
fn a_value_follows_no_other_sign() {
    for (sign, end) in [(":", 18), (":=", 19), ("=>", 19), ("==", 19)] {
        let message = format!("expected `=`, found `{sign}`\nhelp: write `cookie = \"shop\"`");
        assert_on_struct(
            &format!("(cookie{sign} \"shop\")"),
            &[&format!("1:17-1:{end} {message}")],
        );
    }
    assert_on_struct(
        "(cookie: \"sid\", idle: 3600, crate: ::a)",
        &[
            "1:17-1:18 expected `=`, found `:`\nhelp: write `cookie = \"sid\"`",
            "1:30-1:31 expected `=`, found `:`\nhelp: write `idle = \"1h\"`",
            "1:43-1:44 expected `=`, found `:`\nhelp: write `crate = ::a`",
        ],
    );
    assert_on_field(
        "(ttl \"10 min\", default 1)",
        &[
            "2:15-2:23 expected `=` before `\"10 min\"`\nhelp: write `ttl = \"10m\"`",
            "2:33-2:34 expected `=` before `1`\nhelp: write `default = 1`",
        ],
    );
    assert_on_field(
        "(flash: true)",
        &["2:16-2:22 `flash` takes no value: write `flash`"],
    );
    assert_on_struct(
        "(removed: \"old\")",
        &["1:18-1:25 `removed` takes a list of strings: `removed(\"old\")`"],
    );
}

#[test]
fn a_name_has_no_quotes() {
    assert_on_struct(
        "(\"cookie\": \"sid\", \"sid\" = 1)",
        &[
            "1:11-1:19 an option's name has no quotes\nhelp: write `cookie`",
            "1:28-1:33 expected an option name such as `cookie`, found `\"sid\"`",
        ],
    );
}

#[test]
fn an_option_has_no_attributes() {
    let message = "an option has no attributes and no doc comments\nhelp: ";
    assert_on_struct(
        "(/// The name.\ncookie = \"a.b\", #[cfg(test)] remember)",
        &[
            &format!("1:11-1:24 {message}a comment begins with `//`"),
            "2:10-2:15 a `.` separates our own suffixes",
            &format!("2:17-2:29 {message}write `#[cfg_attr(…, session(…))]`"),
        ],
    );
}

#[test]
fn a_semicolon_is_no_comma() {
    assert_on_struct(
        "(cookie = \"a\"; idle = 3)",
        &[
            "1:23-1:24 expected `,`, found `;`",
            "1:32-1:33 `idle` takes a string\nhelp: for seconds write `idle = \"3s\"`",
        ],
    );
}

#[test]
fn an_expression_may_hold_commas() {
    assert_on_field("(default = f::<A, B>(1, 2))", &[]);
    assert_on_field("(default = |a, b| a)", &[]);
    assert_mistakes("struct S { #[doc = \"x\"] visits: u32 }", &[]);
}
