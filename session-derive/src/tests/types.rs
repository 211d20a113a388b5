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
    assert_type("Path", &format!("{message}`PathBuf`"));
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
    assert_sound("[u8; 32]");
    assert_sound("[u8; LENGTH]");
}

#[test]
fn a_value_means_something_to_the_next_request() {
    for (ty, message) in [
        (
            "Instant",
            "`values` is an `Instant`, and an `Instant` means nothing to another process\n\
             help: use `SystemTime`",
        ),
        (
            "std::time::Instant",
            "`values` is a `std::time::Instant`, and an `Instant` means nothing to another process\n\
             help: use `SystemTime`",
        ),
        (
            "*const u8",
            "`values` is a `*const u8`, and an address means nothing to the next request\nhelp: use `u8`",
        ),
        (
            "fn(u8) -> u8",
            "`values` is a `fn(u8) -> u8`, and a function cannot be stored\n\
             help: keep what chooses the function, such as an enum",
        ),
        (
            "Sender<u8>",
            "`values` is a `Sender<u8>`, and a channel ends with its process\n\
             help: keep it in the state of the application, and an id here",
        ),
        (
            "tokio::task::JoinHandle<()>",
            "`values` is a `tokio::task::JoinHandle<()>`, and a task ends with its process\n\
             help: keep the task in the state of the application, and its id here",
        ),
        (
            "Session<Shop>",
            "`values` is a `Session<Shop>`, and a session is not kept inside of another one\n\
             help: name its type alone, if it can be stored, or take two sessions in the handler",
        ),
    ] {
        assert_type(ty, message);
    }
    assert_mistakes(
        "struct S { values: Vec<Box<dyn Item>> }",
        &[
            "1:28-1:36 `values` holds a `dyn Item`, and a session reads a value back by its type, \
           which this one does not name\n\
           help: use an enum of the types that there are",
        ],
    );
    for ty in [
        "my::Instant",
        "Instant<u8>",
        "Sender",
        "my::Session<u8>",
        "PhantomData<fn()>",
    ] {
        assert_sound(ty);
    }
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
