use super::{assert_mistakes, assert_on, assert_on_field, assert_on_identity, mistakes};

const ONE_COOKIE: &str = "a field lives in one cookie: `flash` or `browser`, not both";
const NO_FLASH: &str = "`identity` lives with the login, so it cannot be `flash`";
const NO_BROWSER: &str = "`identity` lives with the login, so it cannot be `browser`\n\
                          help: a login that survives the browser being closed is \
                          `#[session(remember)]` on the struct, or `Session::remember`";
const ALONE: &str = "an identity that expires alone would leave the user's other fields to a stranger\n\
                     help: use `idle` or `max` on the struct";

#[test]
fn a_field_lives_in_one_cookie() {
    assert_on_field("(flash, browser)", &[&format!("2:18-2:25 {ONE_COOKIE}")]);
    assert_on_field("(browser, flash)", &[&format!("2:20-2:25 {ONE_COOKIE}")]);
    assert_on_field(
        "(flash, default = 1)]\n#[session(browser)",
        &[&format!("3:11-3:18 {ONE_COOKIE}")],
    );
    assert_mistakes(
        "struct S { #[session(flash)] a: u8, #[session(browser)] b: u8, #[session(flash)] c: u8 }",
        &[],
    );
}

/// That a page took a notice is not stored for ever.
#[test]
fn a_flash_field_has_no_default_that_comes_back() {
    const COMES_BACK: &str = "`notice` would come back after it was shown: once the time of the field is over, it is \
                              at its default again\n\
                              help: remove `default`, so that the field is `None` or empty where nothing is to be shown\n\
                              help: a type that has no `Default` stands in an `Option`";
    for (options, place) in [
        ("flash, default = Some(1)", "2:28-2:35"),
        ("default = None, flash", "2:21-2:25"),
        ("default = 1)]\n#[session(flash, ttl = \"1m\"", "2:21-2:22"),
    ] {
        assert_on(
            "notice: Option<u8>",
            &format!("({options})"),
            &[&format!("{place} {COMES_BACK}")],
        );
    }
    for options in ["(default = 1)", "(browser, default = 1)", "(flash)"] {
        assert_on_field(options, &[]);
    }
}

#[test]
fn a_remembered_session_may_have_any_field() {
    for field in [
        "#[session(flash)] a: u8",
        "#[session(browser)] a: u8",
        "#[session(identity)] a: Identity<u8>",
    ] {
        assert_mistakes(&format!("#[session(remember)] struct S {{ {field} }}"), &[]);
    }
}

#[test]
fn a_session_has_one_identity() {
    assert_mistakes(
        "struct S {\n#[session(identity)]\nr#user: Identity<u8>,\n#[session(identity)]\nadmin: u8,\n\
         #[session(default = 1, identity)]\nr#type: Identity<u8> }",
        &[
            "4:11-4:19 a session has one identity: `r#user` is already it",
            "6:24-6:32 a session has one identity: `r#user` is already it",
        ],
    );
    assert_mistakes(
        "struct S { a: u8, #[session(identity)] user: Identity<u8>, c: u8 }",
        &[],
    );
}

/// Which is the identity is settled first, and what only an identity must not be is fine elsewhere.
#[test]
fn a_second_identity_is_judged_as_if_it_were_none() {
    let twice = "a session has one identity: `user` is already it";
    let first = "struct S {\n#[session(identity)]\nuser: Identity<u8>,\n";
    for (second, place) in [
        ("identity, flash", "4:11-4:19"),
        ("flash, identity", "4:18-4:26"),
        ("identity, browser", "4:11-4:19"),
        ("identity, ttl = \"1h\"", "4:11-4:19"),
    ] {
        assert_mistakes(
            &format!("{first}#[session({second})]\nadmin: u8 }}"),
            &[&format!("{place} {twice}")],
        );
    }
    assert_mistakes(
        &format!("{first}#[session(identity, flash, browser)]\nadmin: u8 }}"),
        &[
            &format!("4:11-4:19 {twice}"),
            &format!("4:28-4:35 {ONE_COOKIE}"),
        ],
    );
}

#[test]
fn an_identity_lives_with_the_login() {
    assert_on_identity("(identity, flash)", &[&format!("2:21-2:26 {NO_FLASH}")]);
    assert_on_identity("(flash, identity)", &[&format!("2:18-2:26 {NO_FLASH}")]);
    assert_on_identity("(identity, browser)", &[&format!("2:21-2:28 {NO_BROWSER}")]);
    assert_on_identity(
        "(browser)]\n#[session(identity)",
        &[&format!("3:11-3:19 {NO_BROWSER}")],
    );
    assert_on_identity(
        "(flash, identity, browser)",
        &[
            &format!("2:18-2:26 {NO_FLASH}"),
            &format!("2:28-2:35 {NO_BROWSER}"),
        ],
    );
}

#[test]
fn an_identity_never_expires_alone() {
    assert_on_identity("(identity, ttl = \"1h\")", &[&format!("2:21-2:24 {ALONE}")]);
    assert_on_identity(
        "(ttl = \"1h\")]\n#[session(identity)",
        &[&format!("2:11-2:14 {ALONE}")],
    );
    // Whatever it says: neither is it too long as well.
    assert_on_identity(
        "(identity, ttl = \"500d\")",
        &[&format!("2:21-2:24 {ALONE}")],
    );
    assert_on_identity(
        "(identity, browser, ttl = \"500d\")",
        &[
            &format!("2:21-2:28 {NO_BROWSER}"),
            &format!("2:30-2:33 {ALONE}"),
        ],
    );
    assert_on_identity(
        "(identity, ttl)",
        &[
            "2:21-2:24 `ttl` needs a value: `ttl = \"10m\"`",
            &format!("2:21-2:24 {ALONE}"),
        ],
    );
}

#[test]
fn a_mark_with_a_value_is_a_mark() {
    assert_on_field(
        "(flash = true, browser)",
        &[
            "2:17-2:23 `flash` takes no value: write `flash`",
            &format!("2:25-2:32 {ONE_COOKIE}"),
        ],
    );
    assert_on_identity(
        "(browser = \"30d\", identity())",
        &[
            "2:19-2:26 `browser` takes no value\nhelp: write `browser, ttl = \"30d\"`",
            &format!("2:28-2:36 {NO_BROWSER}"),
            "2:36-2:38 `identity` takes no value: write `identity`",
        ],
    );
}

#[test]
fn a_mark_that_is_to_be_removed_is_none() {
    for options in [
        "flash = false, browser",
        "browser, flash = false",
        "identity = false, flash",
        "identity = false, ttl = \"1h\"",
        "identity, browser = false",
    ] {
        let ty = if options.contains("identity,") {
            "Identity<u8>"
        } else {
            "u8"
        };
        let found = mistakes(&format!("struct S {{ #[session({options})] a: {ty} }}"));
        let [only] = &*found else { panic!("{found:?}") };
        assert!(only.ends_with("takes no value: remove it"), "{only}");
    }
}

/// Words that a macro passes on have places elsewhere: what counts is their order.
#[test]
fn the_later_of_two_words_is_later_in_the_list() {
    let source = "#[session(flash)]\n#[session(browser)]\na: u8";
    let parser = syn::Field::parse_named;
    let mut field = syn::parse::Parser::parse_str(parser, source).expect("the source is a field");
    field.attrs.reverse();
    let input: syn::DeriveInput = syn::parse_quote!(struct S { #field });
    let (_, errors) = crate::derive::read(&input, crate::check::Runtime::WithStores);
    let found: Vec<_> = errors
        .into_iter()
        .map(|error| super::display(&error))
        .collect();
    assert_eq!(found, [format!("1:11-1:16 {ONE_COOKIE}")]);
}
