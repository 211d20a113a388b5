use crate::wording::{listed, similar};

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
