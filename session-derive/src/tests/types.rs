use super::{assert_mistakes, mistakes};

#[track_caller]
fn assert_type(ty: &str, message: &str) {
    let end = 15 + ty.chars().count();
    assert_mistakes(
        &format!("struct S {{ a: u8, \nvalues:       {ty} }}"),
        &[&format!("2:15-2:{end} {message}")],
    );
}

#[track_caller]
fn assert_sound(ty: &str) {
    assert_mistakes(&format!("struct S {{ values: {ty} }}"), &[]);
}

#[test]
fn a_value_has_a_size_of_its_own() {
    let message = "`values` has no size of its own\nhelp: use ";
    assert_type("str", &format!("{message}`String`"));
    assert_type("[u32]", &format!("{message}`Vec<u32>`"));
    assert_sound("Box<str>");
    assert_sound("Box<[u32]>");
    assert_sound("[u32; 2]");
}

#[test]
fn an_array_is_as_long_as_serde_stores_it() {
    assert_type(
        "[u8; 64]",
        "`values` is a `[u8; 64]`, and serde stores arrays of at most 32 items\nhelp: use `Vec<u8>`",
    );
    assert_mistakes(
        "struct S { values: Option<[Item; 33]> }",
        &[
            "1:27-1:37 `values` holds a `[Item; 33]`, and serde stores arrays of at most 32 items\n\
           help: use `Vec<Item>`",
        ],
    );
    assert_mistakes(
        "struct S { values: [(u8, [u8; 33]); 2] }",
        &[
            "1:26-1:34 `values` holds a `[u8; 33]`, and serde stores arrays of at most 32 items\nhelp: use `Vec<u8>`",
        ],
    );
    assert_sound("Hash<[u8; 64]>");
    assert_sound("[u8; 32]");
    assert_sound("[u8; LENGTH]");
}

#[test]
fn a_value_means_something_to_the_next_request() {
    for (ty, message) in [
        ("Instant", INSTANT),
        ("std::time::Instant", INSTANT),
        ("time::Instant", INSTANT),
        (
            "*const u8",
            "an address means nothing to the next request\nhelp: keep the value itself",
        ),
        (
            "fn(u8) -> u8",
            "a function cannot be stored\nhelp: keep what chooses the function, such as an enum",
        ),
    ] {
        let article = if ty == "Instant" { "an" } else { "a" };
        assert_type(ty, &format!("`values` is {article} `{ty}`, and {message}"));
    }
    for container in [
        "Option",
        "Vec",
        "VecDeque",
        "Box",
        "std::collections::BTreeSet",
    ] {
        let start = 20 + container.len() + 1;
        assert_mistakes(
            &format!("struct S {{ values: {container}<Instant> }}"),
            &[&format!(
                "1:{start}-1:{} `values` holds an `Instant`, and {INSTANT}",
                start + 7
            )],
        );
    }
}

const INSTANT: &str = "an `Instant` means nothing to another process\n\
                       help: use `Option<SystemTime>`\n\
                       help: a type of your own with that name is written with its path";

/// A type of one's own stores of its arguments what it likes, and its name may be another's.
#[test]
fn a_type_that_is_not_known_is_left_to_rustc() {
    for ty in [
        "my::Instant",
        "crate::time::Instant",
        "Instant<u8>",
        "Sender<u8>",
        "JoinHandle<u8>",
        "Session<u8>",
        "Path",
        "Option<Box<dyn Shape>>",
        "Id<dyn Animal>",
        "Id<fn() -> User>",
        "Id<*const User>",
        "PhantomData<fn()>",
    ] {
        assert_sound(ty);
    }
    assert_mistakes("struct S<Path> { by: Path }", &[]);
}

/// rustc says it once, so the derive says nothing.
#[test]
fn what_rustc_refuses_is_no_mistake_of_ours() {
    assert!(mistakes("struct S { a: u8, a: u16 }").is_empty());
    assert!(mistakes("struct S { a: _, b: Vec<_> }").is_empty());
}

#[test]
fn a_default_stands_alone() {
    let message = "a default stands alone: it has no `self`, no `.await` and no `?`\n\
                   help: set what depends on the request in a handler";
    for default in [
        "self.a",
        "load().await",
        "load()?",
        "read(\"a\")?.len()",
        "f(self)",
        "vec(self.a)[0]",
        "[1, self.a]",
        "(self.a, 1)",
        "1 + self.a",
        "-self.a",
        "&self.a",
        "self.a as u8",
        "Page { at: self.a }",
        "Page { at: self.a, of: 1 }",
        "(self.a)",
        "f(1, self.a)",
        "x.map(1, self.b)",
        "a[self.b]",
        "x.map(self.b)",
    ] {
        let end = 11 + 10 + default.len();
        assert_mistakes(
            &format!("struct S {{\n#[session(default = {default})] a: Mine }}"),
            &[&format!("2:21-2:{end} {message}")],
        );
    }
    for default in [
        "(|a| a?)",
        "Self::FIRST",
        "selfish",
        "self::first()",
        "vec![self::FIRST]",
        "{ use self::first; first() }",
        "pick!(self)",
        "(|| self_made())()",
        "{ async { a().await }; 1 }",
    ] {
        assert_mistakes(
            &format!("struct S {{ #[session(default = {default})] a: Mine }}"),
            &[],
        );
    }
}

#[test]
fn a_default_is_no_name_of_a_function() {
    let message =
        "`default` takes an expression, not the name of a function\nhelp: write `default = ";
    for (name, ty) in [
        ("first_page", "u32"),
        ("my::list", "Vec<u8>"),
        ("none", "Option<String>"),
        ("list", "std::collections::VecDeque<u8>"),
    ] {
        let end = 11 + 10 + name.len() + 2;
        assert_mistakes(
            &format!("struct S {{\n#[session(default = \"{name}\")] a: {ty} }}"),
            &[&format!("2:21-2:{end} {message}{name}()`")],
        );
    }
    for (value, ty) in [
        ("guest", "String"),
        ("guest", "&'static str"),
        ("guest", "Mine"),
        ("no name", "u8"),
    ] {
        let source = format!("struct S {{ #[session(default = \"{value}\")] a: {ty} }}");
        let found = mistakes(&source).concat();
        assert!(!found.contains("name of a function"), "{source}: {found}");
    }
}
