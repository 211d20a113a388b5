use super::assert_mistakes;

#[test]
fn a_field_owns_its_value() {
    let lost = "and a decrypted cookie leaves nothing to borrow from";
    assert_mistakes(
        "struct S { n: &'static str }",
        &[&format!(
            "1:15-1:27 `n` is a reference, {lost}\nhelp: use `String` or `Cow<'static, str>`"
        )],
    );
    assert_mistakes(
        "struct S { n: &'static [u8], m: Option<(u8, [&'static Line; 2])> }",
        &[
            &format!("1:15-1:28 `n` is a reference, {lost}\nhelp: use `Vec<u8>`"),
            &format!("1:46-1:59 `m` holds a reference, {lost}\nhelp: use `Line`"),
        ],
    );
    assert_mistakes(
        "struct S { n: Cow<'static, str>, m: PhantomData<fn(&u8)> }",
        &[],
    );
}

#[test]
fn a_field_changes_through_the_session_alone() {
    let unnoticed = "and a session does not notice what changes inside of one";
    let through = "and change it through the session";
    for (ty, place, words, value) in [
        ("Mutex<u32>", "1:15-1:25", "is a `Mutex`", "u32"),
        ("std::cell::Cell<u8>", "1:15-1:34", "is a `Cell`", "u8"),
        ("RefCell<Vec<u8>>", "1:15-1:31", "is a `RefCell`", "Vec<u8>"),
        (
            "std::sync::RwLock<String>",
            "1:15-1:40",
            "is a `RwLock`",
            "String",
        ),
        ("OnceLock<u8>", "1:15-1:27", "is a `OnceLock`", "u8"),
        ("AtomicU64", "1:15-1:24", "is a `AtomicU64`", "u64"),
        (
            "atomic::AtomicBool",
            "1:15-1:33",
            "is a `AtomicBool`",
            "bool",
        ),
        (
            "Option<[Mutex<u32>; 2]>",
            "1:23-1:33",
            "holds a `Mutex`",
            "u32",
        ),
        (
            "(u8, Vec<AtomicUsize>)",
            "1:24-1:35",
            "holds a `AtomicUsize`",
            "usize",
        ),
    ] {
        let words = words.replace("a `Atomic", "an `Atomic");
        assert_mistakes(
            &format!("struct S {{ n: {ty} }}"),
            &[&format!(
                "{place} `n` {words}, {unnoticed}\nhelp: use `{value}`, {through}: `session.n = …`"
            )],
        );
    }
    // Types of one's own.
    for ty in [
        "Vec<Cell>",
        "board::Cell<u8>",
        "my::Mutex<u8>",
        "AtomicBomb",
        "my::AtomicU8",
    ] {
        assert_mistakes(&format!("struct S {{ n: {ty} }}"), &[]);
    }
}

#[test]
fn generated_names_are_reserved() {
    assert_mistakes(
        "struct S { __session_key: u8, r#__sessions: u8, session: u8 }",
        &[
            "1:12-1:25 names starting with `__session` are reserved",
            "1:31-1:43 names starting with `__session` are reserved",
        ],
    );
}

#[test]
fn two_fields_never_share_a_tag() {
    assert_mistakes(
        "struct S { theme_sort: u8, visits: u8, total_begin: u8 }",
        &[
            "1:40-1:51 `theme_sort` and `total_begin` would share the tag 0x95d0c3\n\
           help: give one of them `rename = \"…\"`",
        ],
    );
    // rustc itself reports a name that is there twice.
    assert_mistakes("struct S { same: u8, same: u8 }", &[]);
}
