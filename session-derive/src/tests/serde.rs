use super::assert_mistakes;

const RENAME: &str = "the stored name is set with `#[session(rename = \"…\")]`";
const ALIAS: &str = "another name to read is set with `#[session(alias = \"…\")]`";
const DEFAULT: &str = "what a field starts as is set with `#[session(default = …)]`";
const SKIP: &str = "every field is stored: to show some of them elsewhere, as in a template, \
                    copy those into a struct of its own";
const OTHER: &str = "a field is stored as its type is: put the attribute on a type of your own";

/// `written` on a line of its own, with the help for each of its words and where each stands.
#[track_caller]
fn assert_attribute(written: &str, expected: &[(&str, &str, &str)]) {
    let expected: Vec<_> = expected
        .iter()
        .map(|(place, word, help)| {
            format!(
                "{place} a session does not read `#[serde({word})]` on its fields\nhelp: {help}"
            )
        })
        .collect();
    let expected: Vec<_> = expected.iter().map(String::as_str).collect();
    assert_mistakes(
        &format!("struct S {{\n{written}\nvisits: u32 }}"),
        &expected,
    );
}

#[test]
fn each_word_is_answered_with_what_a_session_has_for_it() {
    for (word, value, help) in [
        ("rename", " = \"v\"", RENAME),
        ("rename", "(serialize = \"v\")", RENAME),
        ("alias", " = \"v\"", ALIAS),
        ("default", "", DEFAULT),
        ("default", " = \"one\"", DEFAULT),
        ("skip", "", SKIP),
        ("skip_serializing", "", SKIP),
        ("skip_deserializing", "", SKIP),
        (
            "skip_serializing_if",
            " = \"is_zero\"",
            "a field at its default is not stored: remove it",
        ),
        ("with", " = \"module\"", OTHER),
        ("serialize_with", " = \"module\"", OTHER),
        ("deserialize_with", " = \"module\"", OTHER),
        ("flatten", "", OTHER),
        ("borrow", "", OTHER),
        ("bound", "(serialize = \"\")", OTHER),
        ("getter", " = \"f\"", OTHER),
        ("renam", " = \"v\"", OTHER),
    ] {
        let place = format!("2:9-2:{}", 9 + word.len());
        assert_attribute(
            &format!("#[serde({word}{value})]"),
            &[(&*place, word, help)],
        );
    }
}

#[test]
fn every_word_of_every_attribute_is_answered() {
    assert_attribute(
        "#[serde(rename = \"v\", default, flatten,)] #[doc = \"x\"] #[serde(skip)]",
        &[
            ("2:9-2:15", "rename", RENAME),
            ("2:23-2:30", "default", DEFAULT),
            ("2:32-2:39", "flatten", OTHER),
            ("2:64-2:68", "skip", SKIP),
        ],
    );
}

#[test]
fn an_attribute_without_a_word_is_answered_too() {
    let help = "put it on a type of your own, inside the field";
    for written in [
        "#[serde]",
        "#[serde()]",
        "#[serde = \"x\"]",
        "#[serde(1)]",
        "#[serde($)]",
    ] {
        assert_attribute(written, &[("2:3-2:8", "…", help)]);
    }
}

#[test]
fn what_serde_is_told_about_the_whole_struct_is_for_others() {
    assert_mistakes(
        "#[serde(rename_all = \"camelCase\")] struct S { #[other::serde(skip)] a: u8 }",
        &[],
    );
}
