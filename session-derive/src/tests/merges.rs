use super::assert_mistakes;

/// Options on the field of a stored session, on a line of their own.
#[track_caller]
fn assert_on_stored(options: &str, expected: &[&str]) {
    assert_mistakes(
        &format!("#[session(stored)] struct S {{\n#[session({options})]\nvisits: u32 }}"),
        expected,
    );
}

#[test]
fn there_are_five_ways_to_merge() {
    for way in [
        "add",
        "union",
        "append(1)",
        "append(4294967295)",
        "max",
        "min",
    ] {
        assert_on_stored(&format!("merge = {way}"), &[]);
        assert_on_stored(&format!("ttl = \"5m\", merge = {way}"), &[]);
    }
}

#[test]
fn another_way_is_answered_with_one_of_them() {
    let all = "help: there is `add`, `max` or `min` for an integer, `union` for a set, `append(100)` for a list";
    for (written, end, help) in [
        ("sum", 22, all),
        ("last", 23, all),
        ("5", 20, all),
        ("a + b", 24, all),
        ("std::add", 27, all),
        ("\"sum\"", 24, all),
        ("ad", 21, "help: write `merge = add`"),
        ("Union", 24, "help: write `merge = union`"),
        ("apend", 24, "help: write `merge = append(100)`"),
    ] {
        let message = format!("2:19-2:{end} `{written}` is no way to merge\n{help}");
        assert_on_stored(&format!("merge = {written}"), &[&message]);
    }
    assert_on_stored(
        "merge = apend(5)",
        &["2:19-2:27 `apend` is no way to merge\nhelp: write `merge = append(100)`"],
    );
    assert_on_stored(
        "merge = \"add\"",
        &["2:19-2:24 write `merge = add`, without quotes"],
    );
    assert_on_stored(
        "merge = \"append\"",
        &["2:19-2:27 write `merge = append(100)`, without quotes"],
    );
}

#[test]
fn a_list_keeps_some_number_of_items() {
    let no_cap =
        "`append` needs the number of items that the list keeps: write `merge = append(100)`";
    for (written, end) in [
        ("append", 25),
        ("append()", 27),
        ("append(n)", 28),
        ("append(-1)", 29),
        ("append(1, 2)", 31),
        ("append(\"5\")", 30),
        ("append(5u32)", 31),
    ] {
        let message = format!("2:19-2:{end} {no_cap}");
        assert_on_stored(&format!("merge = {written}"), &[&message]);
    }
    assert_on_stored(
        "merge = append(0)",
        &[
            "2:26-2:27 `append(0)` would keep no item: write how many are kept, such as `append(100)`",
        ],
    );
    assert_on_stored(
        "merge = append(4294967296)",
        &["2:26-2:36 a list has at most 4294967295 items"],
    );
    assert_on_stored(
        "merge = add(5)",
        &["2:19-2:25 `add` takes nothing in parentheses: write `merge = add`"],
    );
}

#[test]
fn a_merge_has_one_value() {
    let needs = "`merge` needs a value: `merge = add`, or `union`, `append(100)`, `max` or `min`";
    assert_on_stored("merge", &[&format!("2:11-2:16 {needs}")]);
    assert_on_stored(
        "merge =",
        &["2:17-2:18 expected a way to merge after `merge =`"],
    );
    assert_on_stored("merge(add)", &["2:16-2:21 write `merge = add`"]);
    assert_on_stored(
        "merge = add, merge = max",
        &["2:24-2:29 `merge` is set twice"],
    );
}

#[test]
fn only_a_stored_session_is_merged() {
    assert_mistakes(
        "struct Shop {\n#[session(merge = add)]\nvisits: u32 }",
        &[
            "2:11-2:16 `Shop` is kept in its cookie, where the later of two answers wins, so changes cannot be merged\n\
           help: write `#[session(stored)]` on `Shop`, or remove `merge`",
        ],
    );
    assert_mistakes(
        "#[session(merge = add)] struct Shop { visits: u32 }",
        &["1:11-1:16 `merge` belongs on a field\nhelp: each field is merged in a way of its own"],
    );
}

#[test]
fn what_is_not_in_the_store_is_not_merged() {
    for home in ["browser", "flash"] {
        let message = format!(
            "2:11-2:16 a `{home}` field is kept in a cookie, where the later of two answers wins, so its changes \
             cannot be merged\nhelp: remove `merge`, or `{home}`"
        );
        assert_on_stored(&format!("merge = add, {home}"), &[&message]);
        assert_mistakes(
            &format!("struct S {{\n#[session(merge = add, {home})]\nvisits: u32 }}"),
            &[&message],
        );
    }
    assert_mistakes(
        "#[session(stored)] struct S {\n#[session(identity, merge = max)]\nuser: Identity<u32> }",
        &[
            "2:21-2:26 an identity is not merged, because only a login and a logout change it\n\
           help: remove `merge`",
        ],
    );
}
