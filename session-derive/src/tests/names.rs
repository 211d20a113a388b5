use super::{assert_mistakes, assert_on_field, assert_on_struct};

#[test]
fn a_misspelt_option_is_recognised() {
    assert_on_struct(
        "(cokie = \"x\")",
        &["1:11-1:16 unknown session option `cokie`\nhelp: a similar option exists: `cookie`"],
    );
    assert_on_field(
        "(defualt = 1)",
        &["2:11-2:18 unknown field option `defualt`\nhelp: a similar option exists: `default`"],
    );
}

#[test]
fn an_unknown_option_is_answered_with_all() {
    assert_on_field(
        "(colour = 1)",
        &["2:11-2:17 unknown field option `colour`\n\
             help: field options are `default`, `ttl`, `browser`, `flash`, `identity`, `merge`, `rename` and `alias`"],
    );
    assert_on_struct(
        "(colour)",
        &["1:11-1:17 unknown session option `colour`\n\
           help: session options are `cookie`, `idle`, `max`, `remember`, `stored`, `crate` and `removed`"],
    );
    assert_on_struct(
        "(colour = $$, cookie)",
        &[
            "1:11-1:17 unknown session option `colour`\n\
             help: session options are `cookie`, `idle`, `max`, `remember`, `stored`, `crate` and `removed`",
            "1:24-1:30 `cookie` needs a value: `cookie = \"shop\"`",
        ],
    );
}

#[test]
fn a_misplaced_option_is_sent_to_its_place() {
    assert_on_field(
        "(cookie = \"x\")",
        &["2:11-2:17 `cookie` belongs on the struct, not on a field"],
    );
    assert_on_struct("(default = 1)", &["1:11-1:18 `default` belongs on a field"]);
    assert_on_struct("(flash)", &["1:11-1:16 `flash` belongs on a field"]);
    assert_on_struct(
        "(identity = 1)",
        &["1:11-1:19 `identity` belongs on a field\n\
           help: write `#[session(identity)]` above the field that says who is logged in"],
    );
    assert_mistakes(
        "#[session(identity)] struct S { user: Identity<u64> }",
        &["1:11-1:19 `identity` belongs on a field\n\
           help: write `#[session(identity)]` above the field that says who is logged in"],
    );
    assert_on_struct(
        "(ttl = \"1h\")",
        &["1:11-1:14 `ttl` belongs on a field\n\
           help: for the whole session write `idle`, which counts from its last use on, or `max`, from its beginning on"],
    );
    for option in ["idle", "max"] {
        let end = 11 + option.len();
        assert_on_field(
            &format!("({option} = \"1h\")"),
            &[&format!(
                "2:11-2:{end} `{option}` belongs on the struct, not on a field\n\
                 help: for one field use `ttl`"
            )],
        );
    }
}

#[test]
fn an_option_of_the_struct_has_no_place_on_a_field() {
    assert_on_field(
        "(removed)",
        &[
            "2:11-2:18 `removed` belongs on the struct, not on a field\n\
           help: remove the field, and write `removed(\"its_name\")` on the struct",
        ],
    );
    assert_on_field(
        "(stored)",
        &["2:11-2:17 `stored` belongs on the struct, not on a field\n\
           help: a session is kept in a store as a whole"],
    );
}

#[test]
fn an_option_without_its_value_is_shown_with_one() {
    assert_on_struct(
        "(idle)",
        &["1:11-1:15 `idle` needs a value: `idle = \"14d\"`"],
    );
    assert_on_struct("(max)", &["1:11-1:14 `max` needs a value: `max = \"90d\"`"]);
    assert_on_field(
        "(rename)",
        &["2:11-2:17 `rename` needs a value: `rename = \"wire\"`"],
    );
    assert_on_field(
        "(alias)",
        &["2:11-2:16 `alias` needs a value: `alias = \"old\"`"],
    );
}

#[test]
fn an_option_is_set_once() {
    assert_on_struct(
        "(cookie = \"a\", cookie = \"b\")",
        &["1:25-1:31 `cookie` is set twice"],
    );
    assert_on_struct(
        "(cookie = \"a\")]\n#[session(cookie = \"b\")",
        &["2:11-2:17 `cookie` is set twice"],
    );
    assert_on_struct(
        "(cookie, cookie = \"b\")",
        &[
            "1:11-1:17 `cookie` needs a value: `cookie = \"shop\"`",
            "1:19-1:25 `cookie` is set twice",
        ],
    );
    assert_on_field(
        "(default = a, default = b)",
        &["2:24-2:31 `default` is set twice"],
    );
}

#[test]
fn options_are_lower_case() {
    assert_on_struct(
        "(Cookie = \"a\")",
        &["1:11-1:17 unknown session option `Cookie`\nhelp: options are lower case: `cookie`"],
    );
}
