use super::{assert_mistakes, mistakes};

#[test]
fn an_enum_or_a_union_is_no_session() {
    assert_mistakes(
        "enum E { A }",
        &[
            "1:1-1:5 `#[derive(Session)]` needs a struct with named fields, not an enum\n\
           help: put the enum in a field of a session struct",
        ],
    );
    assert_mistakes(
        "union U { a: u8 }",
        &["1:1-1:6 `#[derive(Session)]` needs a struct with named fields, not a union"],
    );
}

#[test]
fn a_field_needs_a_name() {
    assert_mistakes(
        "struct S(u32);",
        &[
            "1:9-1:14 a session field needs a name, it is the key in the cookie\n\
           help: write `struct S { value: u32 }`",
        ],
    );
    assert_mistakes(
        "struct S(Vec<Box<u32>>, u8);",
        &[
            "1:9-1:28 a session field needs a name, it is the key in the cookie\n\
           help: write `struct S { value: Vec<Box<u32>>, … }`",
        ],
    );
}

#[test]
fn a_session_needs_a_field() {
    for source in ["struct Shop;", "struct Shop {}", "struct Shop();"] {
        assert_mistakes(source, &["1:8-1:12 a session needs at least one field"]);
    }
}

#[test]
fn a_session_borrows_nothing() {
    assert_mistakes(
        "struct S<'a> { n: &'a str, m: &'a [u8] }",
        &[
            "1:10-1:12 a session owns its data, so it cannot have the lifetime `'a`\n\
           help: use `String` instead of `&'a str`",
        ],
    );
    assert_mistakes(
        "struct S<'a> { n: Option<&'a [u8]> }",
        &[
            "1:10-1:12 a session owns its data, so it cannot have the lifetime `'a`\n\
           help: use `Vec<u8>` instead of `&'a [u8]`",
        ],
    );
    assert_mistakes(
        "struct S<'a, 'b> { n: Cow<'a, str> }",
        &[
            "1:10-1:12 a session owns its data, so it cannot have the lifetime `'a`\n\
             help: use `Cow<'static, str>` instead of `Cow<'a, str>`",
            "1:14-1:16 a session owns its data, so it cannot have the lifetime `'b`",
        ],
    );
}

#[test]
fn a_lifetime_is_not_mistaken_for_a_type() {
    assert_mistakes(
        "struct S<'str> { n: Cow<'str, str> }",
        &[
            "1:10-1:14 a session owns its data, so it cannot have the lifetime `'str`\n\
           help: use `Cow<'static, str>` instead of `Cow<'str, str>`",
        ],
    );
}

#[test]
fn a_packed_struct_is_no_session() {
    for repr in ["packed", "C, packed", "packed(2)"] {
        let found = mistakes(&format!("#[repr({repr})]\nstruct S {{ visits: u32 }}"));
        let [only] = &*found else { panic!("{found:?}") };
        let text = "a session cannot be `repr(packed)`: its fields are borrowed while encoding";
        assert!(only.ends_with(text), "{only}");
    }
    assert_mistakes(
        "#[repr(C, packed)] struct S { visits: u32 }",
        &["1:11-1:17 a session cannot be `repr(packed)`: its fields are borrowed while encoding"],
    );
    assert_mistakes("#[repr(C, align(8))] struct S { visits: u32 }", &[]);
}

#[test]
fn a_parameter_has_no_options() {
    assert_mistakes(
        "struct S<#[session(cookie = \"x\")] T, #[session] const N: usize> { value: T }",
        &[
            "1:10-1:34 options belong on the struct or on a field",
            "1:38-1:48 options belong on the struct or on a field",
        ],
    );
}
