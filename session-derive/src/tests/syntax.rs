use super::{assert_mistakes, assert_on_field, assert_on_struct};

#[test]
fn options_stand_in_parentheses() {
    assert_on_struct("", &["1:3-1:10 expected options: `#[session(…)]`"]);
    assert_on_struct(
        " = \"x\"",
        &["1:11-1:16 expected options in parentheses: `#[session(…)]`"],
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
    assert_on_field("", &["2:3-2:10 expected options: `#[session(…)]`"]);
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
    assert_on_struct("(cookie())", &["1:17-1:19 write `cookie = \"shop\"`"]);
    assert_on_struct("(crate(a::b))", &["1:16-1:22 write `crate = a::b`"]);
    assert_on_field(
        "(default(vec![1, 2]))",
        &["2:18-2:30 write `default = vec![1, 2]`"],
    );
}

#[test]
fn an_expression_may_hold_commas() {
    assert_on_field("(default = f::<A, B>(1, 2))", &[]);
    assert_on_field("(default = |a, b| a)", &[]);
    assert_mistakes("struct S { #[doc = \"x\"] visits: u32 }", &[]);
}
