use super::{assert_mistakes, assert_on_field, assert_on_struct, mistakes};

#[test]
fn a_stored_name_belongs_to_one_field() {
    assert_mistakes(
        "struct S { uid: u8,\n#[session(rename = \"uid\")]\nuser: u8 }",
        &["2:20-2:25 `uid` and `user` are both stored as `uid`"],
    );
    assert_mistakes(
        "struct S {\n#[session(rename = \"u\")]\nuid: u8,\n#[session(alias = \"u\")]\nuser: u8 }",
        &["4:19-4:22 `uid` and `user` are both stored as `u`"],
    );
    assert_mistakes(
        "struct S {\n#[session(alias = \"user\")]\nuid: u8,\nuser: u8 }",
        &["4:1-4:5 `uid` and `user` are both stored as `user`"],
    );
    assert_mistakes(
        "struct S { r#type: u8,\n#[session(alias = \"type\")]\nkind: u8 }",
        &["2:19-2:25 `r#type` and `kind` are both stored as `type`"],
    );
}

#[test]
fn an_alias_adds_a_name() {
    assert_on_field(
        r#"(alias = "visits")"#,
        &["2:19-2:27 `visits` is already stored as `visits`"],
    );
    assert_on_field(
        r#"(alias = "a", alias = "b", alias = "a")"#,
        &["2:45-2:48 `visits` is already stored as `a`"],
    );
    assert_on_field(r#"(rename = "v", alias = "visits")"#, &[]);
}

#[test]
fn a_rename_is_written_once() {
    assert_on_field(
        r#"(rename = "a", rename = "b")"#,
        &["2:25-2:31 `rename` is set twice"],
    );
    assert_on_field(
        "(rename)",
        &["2:11-2:17 `rename` needs a value: `rename = \"wire\"`"],
    );
}

#[test]
fn no_name_is_empty() {
    let empty = "a stored name cannot be empty";
    assert_on_field(r#"(rename = "")"#, &[&format!("2:20-2:22 {empty}")]);
    assert_on_field(r#"(alias = "")"#, &[&format!("2:19-2:21 {empty}")]);
    assert_on_struct(r#"(removed("a", ""))"#, &[&format!("1:24-1:26 {empty}")]);
}

#[test]
fn a_removed_name_never_comes_back() {
    let gone = "is listed in `removed`: its stored name cannot be used again";
    assert_on_struct(
        r#"(removed("old", "visits"))"#,
        &[&format!("2:12-2:18 `visits` {gone}")],
    );
    assert_mistakes(
        "#[session(removed(\"a\", \"b\"))]\nstruct S {\n#[session(rename = \"a\", alias = \"b\")]\nx: u8 }",
        &[
            &format!("3:20-3:23 `a` {gone}"),
            &format!("3:33-3:36 `b` {gone}"),
        ],
    );
    assert_on_struct(
        r#"(removed("a", "b", "a"))"#,
        &["1:29-1:32 `a` is listed twice"],
    );
}

#[test]
fn no_two_names_share_a_tag_whatever_they_stand_for() {
    let shared = "`theme_sort` and `total_begin` would share the tag 0x95d0c3";
    assert_mistakes(
        "struct S { theme_sort: u8,\n#[session(alias = \"total_begin\")]\nx: u8 }",
        &[&format!("2:19-2:32 {shared}\nhelp: choose another name")],
    );
    assert_mistakes(
        "#[session(removed(\"theme_sort\"))]\nstruct S { total_begin: u8 }",
        &[&format!(
            "2:12-2:23 {shared}\nhelp: give one of them `rename = \"…\"`"
        )],
    );
}

#[test]
fn removed_takes_a_list_of_strings() {
    let list = "`removed` takes a list of strings: `removed(\"old\")`";
    assert_on_struct("(removed)", &[&format!("1:11-1:18 {list}")]);
    assert_on_struct("(removed = \"old\")", &[&format!("1:19-1:26 {list}")]);
    assert_on_struct("(removed())", &[&format!("1:18-1:20 {list}")]);
    assert_on_struct("(removed(old))", &[&format!("1:18-1:23 {list}")]);
    assert_on_struct("(removed(\"a\" \"b\"))", &[&format!("1:18-1:27 {list}")]);
    assert_on_struct("(removed =)", &[&format!("1:19-1:20 {list}")]);
    assert_on_struct("(removed(\"a\", \"b\",))", &[]);
    let twice = mistakes("#[session(removed(\"a\"), removed(\"b\"))]\nstruct S { x: u8 }");
    assert_eq!(twice, ["1:25-1:32 `removed` is set twice"]);
}
