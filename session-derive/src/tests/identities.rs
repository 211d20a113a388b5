use super::{assert_mistakes, assert_on, assert_on_identity};

const NO_IDENTITY: &str = "an identity is an `Identity<…>`, which only a login and a logout change";
const NO_OPTION: &str = "an `Identity` reads as an `Option` already";
const NO_DEFAULT: &str = "an identity has no default: it starts as nobody, or every visitor would be that user\n\
                          help: remove the `default`, and call `Session::log_in` in a handler";

/// `ty` as the type of an identity, and how it is answered: what is wrong, and the user in it.
#[track_caller]
fn assert_of_type(ty: &str, mistake: &str, user: &str) {
    let end = 7 + ty.chars().count();
    assert_on(
        &format!("user: {ty}"),
        "(identity)",
        &[&format!(
            "3:7-3:{end} {mistake}\n\
             help: write `user: Identity<{user}>`: it reads as `Option<{user}>`"
        )],
    );
}

#[test]
fn an_identity_has_a_type_of_that_name() {
    for ty in [
        "Identity<u64>",
        "Identity<String>",
        "Identity<(u32, u64)>",
        "Identity<a::UserId>",
        "session_runtime::Identity<User>",
        "::session_runtime::Identity<User>",
        "facade::Identity<User>",
        "(Identity<User>)",
    ] {
        assert_on(&format!("user: {ty}"), "(identity)", &[]);
    }
}

#[test]
fn an_option_is_no_identity() {
    assert_of_type("Option<UserId>", NO_IDENTITY, "UserId");
    assert_of_type("Option<Vec<u8>>", NO_IDENTITY, "Vec<u8>");
    assert_of_type("std::option::Option<u64>", NO_IDENTITY, "u64");
    assert_of_type("Option<Option<u64>>", NO_IDENTITY, "u64");
    assert_of_type("Option<Identity<u64>>", NO_IDENTITY, "u64");
}

#[test]
fn a_type_of_the_language_is_no_identity() {
    for ty in ["u64", "i32", "u128", "bool", "char", "String", "[u8; 16]"] {
        assert_of_type(ty, NO_IDENTITY, ty);
    }
    assert_of_type("(u32, u64)", NO_IDENTITY, "(u32, u64)");
    assert_of_type("(Tenant, UserId)", NO_IDENTITY, "(Tenant, UserId)");
}

#[test]
fn an_identity_holds_no_option() {
    assert_of_type("Identity<Option<UserId>>", NO_OPTION, "UserId");
    assert_of_type("session_runtime::Identity<Option<u64>>", NO_OPTION, "u64");
    assert_of_type("Identity<Option<Option<u64>>>", NO_OPTION, "u64");
    assert_of_type("Identity<Identity<u64>>", NO_OPTION, "u64");
}

/// Of a name that turned out to be none, rustc would say so once for each impl.
#[test]
fn an_identity_is_written_by_its_name() {
    assert_on(
        "user: Maybe<UserId>",
        "(identity)",
        &[&format!(
            "3:7-3:20 {NO_IDENTITY}\nhelp: an `Identity<…>` is written by that name, and `Maybe<UserId>` is not"
        )],
    );
    for ty in ["UserId", "auth::LoggedIn", "T", "T::User"] {
        let end = 7 + ty.len();
        assert_on(
            &format!("user: {ty}"),
            "(identity)",
            &[&format!(
                "3:7-3:{end} {NO_IDENTITY}\nhelp: write `user: Identity<{ty}>`: it reads as `Option<{ty}>`\n\
                 help: if `{ty}` is another name for an `Identity<…>`, write that one"
            )],
        );
    }
}

/// It has one mistake, whatever its name is.
#[test]
fn an_identity_by_the_name_of_a_keyword_is_answered_with_that_name() {
    assert_on(
        "r#type: Option<u64>",
        "(identity)",
        &[&format!(
            "3:9-3:20 {NO_IDENTITY}\n\
             help: write `r#type: Identity<u64>`: it reads as `Option<u64>`"
        )],
    );
}

/// `macro_rules` hands a type over in an invisible group.
#[test]
fn an_identity_that_a_macro_passes_on_is_the_same() {
    for (ty, found) in [("Identity<u8>", 0), ("Option<u8>", 1), ("u8", 1)] {
        let tokens = ty.parse().expect("it is made of tokens");
        let group = proc_macro2::Group::new(proc_macro2::Delimiter::None, tokens);
        let input = syn::parse_quote!(struct S { #[session(identity)] user: #group });
        let (_, errors) = crate::derive::read(&input, crate::check::Runtime::WithStores);
        assert_eq!(errors.into_iter().flatten().count(), found, "{ty}");
    }
}

#[test]
fn an_identity_is_marked() {
    let unmarked = "only the field that says who is logged in is an `Identity`\n\
                    help: mark it `#[session(identity)]`, or write `user: Option<UserId>`\n\
                    help: a type of your own with that name is written with its path";
    for ty in [
        "Identity<UserId>",
        "session_runtime::Identity<UserId>",
        "::session_runtime::Identity<UserId>",
    ] {
        let end = 7 + ty.len();
        assert_mistakes(
            &format!("struct S {{\nuser: {ty} }}"),
            &[&format!("2:7-2:{end} {unmarked}")],
        );
        assert_on(
            &format!("user: {ty}"),
            "(flash)",
            &[&format!("3:7-3:{end} {unmarked}")],
        );
    }
}

#[test]
fn beside_an_identity_no_other_is_marked() {
    assert_mistakes(
        "struct S {\n#[session(identity)]\nuser: Identity<UserId>,\nacting: Identity<UserId> }",
        &[
            "4:9-4:25 only the field that says who is logged in is an `Identity`\n\
           help: `user` is it already: write `acting: Option<UserId>`\n\
           help: a type of your own with that name is written with its path",
        ],
    );
}

#[test]
fn another_type_of_that_name_needs_no_mark() {
    for ty in [
        "other::Identity<UserId>",
        "crate::auth::Identity<UserId>",
        "session_runtime::other::Identity<UserId>",
        "Identity",
        "Identity<A, B>",
        "Identity<'static>",
        "[Identity; 2]",
    ] {
        assert_mistakes(&format!("struct S {{ user: {ty} }}"), &[]);
    }
}

#[test]
fn an_identity_starts_as_nobody() {
    assert_on_identity(
        "(identity, default = 7)",
        &[&format!("2:31-2:32 {NO_DEFAULT}")],
    );
    assert_on_identity(
        "(default = f(1, 2))]\n#[session(identity)",
        &[&format!("2:21-2:28 {NO_DEFAULT}")],
    );
    assert_on_identity(
        "(identity, default = None)",
        &[&format!("2:31-2:35 {NO_DEFAULT}")],
    );
    assert_on(
        "user: Option<u8>",
        "(identity, default = None)",
        &[
            &format!("2:31-2:35 {NO_DEFAULT}"),
            &format!(
                "3:7-3:17 {NO_IDENTITY}\nhelp: write `user: Identity<u8>`: it reads as `Option<u8>`"
            ),
        ],
    );
}
