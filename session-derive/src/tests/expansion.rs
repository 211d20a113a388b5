use proc_macro2::{TokenStream, TokenTree};

use crate::check::Runtime;
use crate::derive::derive;
use crate::emit::editor::Reader;

fn expand(source: &str) -> TokenStream {
    derive(source.parse().expect("the source is made of tokens"))
}

fn words(tokens: TokenStream) -> Vec<String> {
    tokens
        .into_iter()
        .flat_map(|token| match token {
            TokenTree::Group(group) => words(group.stream()),
            other => vec![other.to_string()],
        })
        .collect()
}

fn count(source: &str, word: &str) -> usize {
    words(expand(source))
        .iter()
        .filter(|found| *found == word)
        .count()
}

/// rustc names a wrong type once for every mention.
#[test]
fn a_field_type_is_mentioned_as_seldom_as_possible() {
    assert_eq!(count("struct S { a: Mine }", "Mine"), 3);
    let with_default = "struct S { #[session(default = 1)] a: Mine }";
    assert_eq!(count(with_default, "Mine"), 2);
    let identity = "struct S { #[session(identity)] a: Identity<Mine> }";
    assert_eq!(count(identity, "Mine"), 7);
}

#[test]
fn only_a_session_with_an_identity_says_who_is_logged_in() {
    assert_eq!(count("struct S { a: u8 }", "HasIdentity"), 0);
    let sound = "struct S { #[session(identity)] a: Identity<u8> }";
    assert_eq!(count(sound, "HasIdentity"), 2);
    let mistaken = "struct S { #[session(identity)] a: Option<u8> }";
    assert_eq!(count(mistaken, "HasIdentity"), 1);
}

/// An error of rustc about calls is about the calls, so the derive's own mistakes are not there twice.
#[test]
fn a_mistaken_identity_has_the_user_that_it_will_have() {
    for ty in [
        "u8",
        "Option<u8>",
        "Identity<Option<u8>>",
        "Option<Identity<u8>>",
    ] {
        let source = format!("struct S {{ #[session(identity)] a: {ty} }}");
        assert_eq!(count(&source, "compile_error"), 1, "{ty}");
        let words = words(expand(&source)).concat();
        assert!(words.contains("typeId=u8;"), "{words}");
    }
}

/// Whoever uses the session is not told that it has no identity.
#[test]
fn an_identity_without_its_mark_is_one_in_a_session_with_mistakes() {
    let source = "#[session(identity)] struct S { user: Identity<u8>, b: u8 }";
    assert_eq!(count(source, "HasIdentity"), 1);
    let sound = "struct S { user: my::Identity<u8>, b: u8 }";
    assert_eq!(count(sound, "HasIdentity"), 0);
}

/// A type of the user's may be called `str`.
#[test]
fn no_primitive_type_is_named() {
    let sound = r#"#[session(remember, removed("b"))] struct S { #[session(ttl = "1m")] a: Mine }"#;
    for source in [sound, "enum S { A }"] {
        for primitive in ["bool", "str", "u8", "u64"] {
            assert_eq!(count(source, primitive), 0, "{primitive} in {source}");
        }
    }
}

#[test]
fn a_session_has_one_default_of_the_derive() {
    for source in ["struct S { a: u8 }", "enum S { A }"] {
        assert_eq!(count(source, "default"), 1, "{source}");
    }
}

#[test]
fn a_mistake_still_leaves_an_impl() {
    for source in [
        "enum S { A }",
        "struct S(u8);",
        "struct S<'a> { a: &'a u8 }",
    ] {
        assert_eq!(count(source, "compile_error"), 1, "{source}");
        assert_eq!(count(source, "SessionData"), 1, "{source}");
    }
    assert_eq!(count("struct S { a: u8 }", "compile_error"), 0);
}

/// rustc says it once, and would repeat it for each impl.
#[test]
fn what_rustc_refuses_has_the_impls_of_a_mistake() {
    for source in [
        "struct S { a: u8, a: u16 }",
        "struct S { a: _ }",
        "struct S { a: u8, b: Vec<_> }",
    ] {
        assert_eq!(count(source, "FieldAt"), 0, "{source}");
        assert_eq!(count(source, "SessionData"), 1, "{source}");
        assert_eq!(count(source, "compile_error"), 0, "{source}");
    }
}

/// A `static` or a `const` of the user's may have any name that is not reserved.
#[test]
fn a_parameter_has_a_name_that_is_reserved() {
    for source in [
        "struct S { a: u8 }",
        "struct S { #[session(identity)] a: Identity<u8> }",
    ] {
        for word in ["session", "value"] {
            assert_eq!(count(source, word), 0, "{word} in {source}");
        }
    }
}

/// Where a crate forbids a lint, rustc refuses to allow it.
#[test]
fn no_lint_is_allowed_that_is_not_silenced_where_the_struct_is_written() {
    for (source, allowed) in [
        ("struct S { a: u8 }", ""),
        ("#[warn(missing_docs)] struct S { a: u8 }", ""),
        ("#[allow(a::b, c)] struct S { a: u8 }", "#allowa::b,c"),
        (
            "struct S { #[expect(a, reason = \"b\")] a: u8 }",
            "#allowa,reason=\"b\"",
        ),
        ("#[deprecated] struct S { a: u8 }", "#allowdeprecated"),
        (
            "struct S { #[deprecated = \"b\"] a: u8 }",
            "#allowdeprecated",
        ),
        (
            "struct S<T> { a: T }",
            "#allowclippy::trait_duplication_in_bounds",
        ),
    ] {
        let words = words(expand(source)).concat();
        let (before, _) = words.split_once("const_:").expect("a constant");
        assert_eq!(before, allowed, "{source}");
    }
}

#[test]
fn every_item_stands_in_one_unnamed_constant() {
    let tokens = expand("struct S { a: u8, b: u8 }").into_iter();
    let braces = tokens.filter(|token| {
        matches!(token, TokenTree::Group(group)
        if group.delimiter() == proc_macro2::Delimiter::Brace)
    });
    assert_eq!(braces.count(), 1);
}

#[test]
fn only_a_field_with_a_ttl_has_one() {
    let source =
        r#"struct S { #[session(ttl = "10m")] a: u8, #[session(ttl = "2h")] b: u8, c: u8 }"#;
    assert_eq!(count(source, "ttl"), 2);
    assert_eq!(count(source, "600u64"), 1);
    assert_eq!(count(source, "7200u64"), 1);
}

#[test]
fn a_field_is_described_by_what_is_written() {
    let source = r#"struct S {
        #[session(browser, ttl = "10m")] a: u8,
        #[session(flash)] b: u8,
        #[session(identity)] c: Identity<u8>,
        d: u8,
    }"#;
    for (method, found) in [
        ("browser", 1),
        ("flash", 1),
        ("identity", 1),
        ("of", 4),
        ("ttl", 1),
    ] {
        assert_eq!(count(source, method), found, "{method}");
    }
    let words = words(expand(source)).concat();
    assert!(words.contains(".ttl600u64.browser,"), "{words}");
    assert_eq!(count(source, "remember"), 0);
}

#[test]
fn a_session_is_described_by_what_is_written() {
    for (options, described) in [
        ("", ".idle1209600u64.max7776000u64;"),
        ("max = \"1d\"", ".idle86400u64.max86400u64;"),
        (
            "idle = \"1h\", remember",
            ".idle3600u64.max7776000u64.remember;",
        ),
        (
            "removed(\"old\")",
            ".idle1209600u64.max7776000u64.removed&43u8,155u8,107u8;",
        ),
    ] {
        let source = format!("#[session({options})] struct S {{ #[session(flash)] a: u8 }}");
        let words = words(expand(&source)).concat();
        assert!(words.contains(described), "{words}");
    }
}

#[test]
fn a_fallback_has_lifetimes_too() {
    let source = r#"#[session(idle = "1h", max = "0s")] struct S { a: u8 }"#;
    assert_eq!(count(source, "compile_error"), 1);
    assert_eq!(count(source, "3600u64"), 1);
    assert_eq!(count(source, "max"), 1);
}

/// rust-analyzer knows the words inside `#[session(…)]` by these paths.
#[test]
fn each_option_is_a_path_for_editors() {
    let source = r#"#[session(cookie = "a", crate = ::b, cookieraCompletionMarker)]
        struct S { #[session(ttl = , flashh, default = f(a, ttl), braCompletionMarker)] a: u8 }"#;
    let input = syn::parse_str(source).expect("the source is a struct");
    let text = crate::derive::expand(&input, Runtime::WithStores, Reader::Editor).to_string();
    let before_items = text.split("impl").next().expect("a text");
    let options = |place: &str| {
        let start = format!("__session_options :: {place} :: ");
        let found = before_items.split(&start).skip(1);
        let words = found.filter_map(|rest| rest.split(' ').next());
        words.collect::<Vec<_>>()
    };
    assert_eq!(
        options("on_struct"),
        ["cookie", "cookieraCompletionMarker", "__end"]
    );
    assert_eq!(
        options("on_field"),
        ["ttl", "default", "braCompletionMarker", "__end"]
    );
    let compiled = crate::derive::expand(&input, Runtime::WithStores, Reader::Compiler).to_string();
    assert!(!compiled.contains("__session_options"), "{compiled}");
    assert!(Reader::of_this_process() == Reader::Compiler);
}

/// A word behind a sign that is no comma is part of a value.
#[test]
fn only_the_first_word_behind_a_comma_is_an_option_for_editors() {
    let source = "#[session(max = idle, idle = max)] struct S { a: u8 }";
    let input = syn::parse_str(source).expect("the source is a struct");
    let text = crate::derive::expand(&input, Runtime::WithStores, Reader::Editor).to_string();
    assert_eq!(text.matches("on_struct :: idle").count(), 1, "{text}");
}
