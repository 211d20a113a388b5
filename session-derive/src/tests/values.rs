use super::{assert_mistakes, assert_on_field, assert_on_struct};

#[test]
fn a_cookie_name_is_a_string_literal() {
    assert_on_struct(
        "(cookie = 3)",
        &["1:20-1:21 `cookie` takes a string, such as `cookie = \"shop\"`"],
    );
    for value in [
        "String::from(\"sid\")",
        "\"sid\".into()",
        "&\"sid\"",
        "b\"sid\"",
        "c\"sid\"",
    ] {
        let end = 20 + value.len();
        assert_on_struct(
            &format!("(cookie = {value})"),
            &[&format!(
                "1:20-1:{end} `cookie` takes a string, such as `cookie = \"sid\"`"
            )],
        );
    }
    assert_on_struct("(cookie = \"shop\"x)", &["1:20-1:27 unexpected suffix `x`"]);
    assert_on_struct(
        "(cookie = concat!(\"a\", \"b\"))",
        &[
            "1:20-1:37 `cookie` must be a string literal: the name is checked at compile time\n\
           help: write `cookie = \"shop\"`",
        ],
    );
    assert_on_struct(
        "(cookie = names::SHOP)",
        &[
            "1:20-1:31 `cookie` must be a string literal: the name is checked at compile time\n\
           help: write `cookie = \"shop\"`",
        ],
    );
}

#[test]
fn an_option_that_repeats_is_written_several_times() {
    assert_on_field(
        "(alias = [\"a\", \"b\".into()])",
        &["2:19-2:36 `alias` takes a string, such as `alias = \"a\", alias = \"b\"`"],
    );
}

#[test]
fn a_cookie_name_is_a_token() {
    let long = "x".repeat(70);
    for (name, message) in [
        ("", "a cookie name cannot be empty"),
        (
            "my sid",
            "a cookie name cannot contain a space (RFC 6265 token)",
        ),
        ("a=b", "a cookie name cannot contain `=` (RFC 6265 token)"),
        ("a;b", "a cookie name cannot contain `;` (RFC 6265 token)"),
        ("größe", "a cookie name cannot contain `ö` (RFC 6265 token)"),
        (
            "a\tb",
            "a cookie name cannot contain `\\t` (RFC 6265 token)",
        ),
        (
            "__Host-cart",
            "the prefix is added by the layer\nhelp: write `cookie = \"cart\"`",
        ),
        (
            "__secure-x",
            "the prefix is added by the layer\nhelp: write `cookie = \"x\"`",
        ),
        (
            "__Host-",
            "the prefix is added by the layer\nhelp: write `cookie = \"shop\"`",
        ),
        ("a.b", "a `.` separates our own suffixes"),
        (&*long, "a cookie name is at most 64 bytes, this one is 70"),
    ] {
        let end = 22 + name.chars().count();
        assert_on_struct(
            &format!("(cookie = \"{name}\")"),
            &[&format!("1:20-1:{end} {message}")],
        );
    }
    assert_on_struct(&format!("(cookie = \"{}\")", "x".repeat(64)), &[]);
}

#[test]
fn a_type_name_may_be_no_cookie_name() {
    assert_mistakes(
        "struct Größe { visits: u32 }",
        &["1:8-1:13 the cookie cannot be named after `Größe`: \
           a cookie name cannot contain `ö` (RFC 6265 token)\n\
           help: write `#[session(cookie = \"…\")]`"],
    );
    assert_mistakes(
        "struct __ { visits: u32 }",
        &[
            "1:8-1:10 the cookie cannot be named after `__`: a cookie name cannot be empty\n\
           help: write `#[session(cookie = \"…\")]`",
        ],
    );
    assert_mistakes(
        "#[session(cookie = \"size\")] struct Größe { visits: u32 }",
        &[],
    );
}

#[test]
fn an_unreadable_cookie_name_is_one_mistake() {
    assert_mistakes(
        "#[session(cookie = 3)] struct Größe { visits: u32 }",
        &["1:20-1:21 `cookie` takes a string, such as `cookie = \"shop\"`"],
    );
}

#[test]
fn the_runtime_is_named_by_a_path() {
    let message = "`crate` takes a path such as `::my_facade::session` or `crate::session`";
    assert_on_struct("(crate = self::x)", &[&format!("1:19-1:23 {message}")]);
    assert_on_struct("(crate = super::x)", &[&format!("1:19-1:24 {message}")]);
    assert_on_struct("(crate = \"no path\")", &[&format!("1:19-1:28 {message}")]);
    assert_on_struct(
        "(crate = \"::x::y\")",
        &["1:19-1:27 `crate` takes a path\nhelp: write `crate = ::x::y`"],
    );
    assert_on_struct("(crate = x::<y>::z)", &[&format!("1:19-1:28 {message}")]);
    for path in ["::my_facade::session", "crate::session", "crate", "session"] {
        assert_on_struct(&format!("(crate = {path})"), &[]);
    }
}
