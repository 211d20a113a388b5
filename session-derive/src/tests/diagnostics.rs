use quote::quote;

use crate::code::code;
use crate::diag::{Diag, listed, similar};

#[test]
fn a_similar_name_is_few_edits_away() {
    let names = ["cookie", "crate", "idle"];
    for (name, found) in [
        ("cokie", Some("cookie")),
        ("cookies", Some("cookie")),
        ("creat", None),
        ("crat", Some("crate")),
        ("idel", None),
        ("idl", Some("idle")),
        ("", None),
        ("something_else", None),
    ] {
        assert_eq!(similar(name, names), found, "{name}");
    }
}

#[test]
fn names_are_listed_as_in_a_sentence() {
    assert_eq!(listed([]), "");
    assert_eq!(listed(["a"]), "`a`");
    assert_eq!(listed(["a", "b"]), "`a` and `b`");
    assert_eq!(listed(["a", "b", "c"]), "`a`, `b` and `c`");
}

#[test]
fn code_is_shown_as_it_is_written() {
    for (tokens, text) in [
        (quote!(Vec<&'a mut str>), "Vec<&'a mut str>"),
        (quote!([u8; 3]), "[u8; 3]"),
        (quote!((A, B)), "(A, B)"),
        (quote!(a::b::<C>(1, "x")), "a::b::<C>(1, \"x\")"),
        (quote!(dyn A + 'static), "dyn A + 'static"),
    ] {
        assert_eq!(code(tokens), text);
    }
}

#[test]
fn no_mistakes_are_no_error() {
    let (result, errors) = Diag::collect(|_| 1);
    assert_eq!(result, 1);
    assert!(errors.is_none());
}
