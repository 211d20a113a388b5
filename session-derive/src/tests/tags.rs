use crate::tag::Tag;

/// The tags are stored: these must never change.
#[test]
fn a_tag_is_folded_fnv_1a() {
    for (name, tag) in [
        ("", "0x1c9d44"),
        ("a", "0x0c29c8"),
        ("visits", "0xd3122f"),
        ("theme_sort", "0x95d0c3"),
        ("total_begin", "0x95d0c3"),
    ] {
        assert_eq!(Tag::new(name).to_string(), tag, "{name}");
    }
}
