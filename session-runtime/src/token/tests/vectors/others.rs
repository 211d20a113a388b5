//! Keys as text, tags and the shape of values.

use super::*;

pub(super) fn keys() -> Vec<Value> {
    let entry = |name: &str, text: &str, outcome| {
        with_outcome(json!({ "name": name, "text": text }), outcome)
    };
    let mut entries = Vec::new();
    for (number, root) in roots().into_iter().enumerate() {
        let key = Key::unchecked(root);
        let (text, id) = (key.reveal(), id_of(&key));
        for (name, text) in [
            ("a key", text.clone()),
            ("in white space", format!(" \t{text}\r\n")),
            ("revoked", format!("{text} revoked")),
            ("that waits", format!("{text}\tfrom=2027-01-15T00:00:00Z")),
            (
                "that waits and is revoked",
                format!("{text} revoked from=2027-01-15T00:00:00Z"),
            ),
        ] {
            let name = format!("{number}: {name}");
            let read = json!({ "root": hex(&root), "id": id });
            entries.push(entry(&name, &text, Ok(read)));
        }
        for (name, text, reason) in [
            (
                "without its last character",
                text[..52].to_owned(),
                "length",
            ),
            ("with a character more", format!("{text}A"), "length"),
            ("with padding", format!("{text}="), "length"),
            (
                "with another prefix",
                text.replacen("srk1", "srk2", 1),
                "prefix",
            ),
            ("in upper case", text.to_uppercase(), "prefix"),
            (
                "with a changed character",
                text.replacen(&text[20..21], "*", 1),
                "alphabet",
            ),
            (
                "with another checksum",
                format!("{}AAAA", &text[..49]),
                "checksum",
            ),
            ("with a word", format!("{text} later"), "word"),
            ("revoked twice", format!("{text} revoked revoked"), "word"),
            (
                "with a no-break space",
                format!("{text} revoked\u{a0}revoked"),
                "word",
            ),
            ("in a no-break space", format!("\u{a0}{text}"), "prefix"),
            (
                "that waits for no day",
                format!("{text} from=2027-02-30T00:00:00Z"),
                "time",
            ),
            (
                "that waits for no time",
                format!("{text} from=2027-01-15"),
                "time",
            ),
            ("two with a comma", format!("{text},{text}"), "length"),
        ] {
            let name = format!("{number}: {name}");
            entries.push(entry(&name, &text, Err(reason)));
        }
    }
    entries.push(entry("nothing", "", Err("empty")));
    of_section("3.1", entries)
}

/// Computed by hand and with the derive, which a test of `session-derive` pins.
pub(super) fn tags() -> Vec<Value> {
    let tags = [
        ("a", "0c29c8"),
        ("visits", "d3122f"),
        ("theme_sort", "95d0c3"),
        ("total_begin", "95d0c3"),
    ];
    let entry = |(name, tag)| with_outcome(json!({ "name": name }), Ok(json!({ "tag": tag })));
    of_section("4", tags.map(entry).into())
}

pub(super) fn shapes() -> Vec<Value> {
    let deep =
        |levels: usize, start: &[u8], end: u8| [&start.repeat(levels - 1), &[end][..]].concat();
    let cases: Vec<(String, Vec<u8>, bool)> = [
        ("nil", b"\xc0".to_vec(), true),
        ("a small number", b"\x07".to_vec(), true),
        (
            "a number in a longer format than needed",
            b"\xcd\x00\x01".to_vec(),
            true,
        ),
        ("a text", b"\xa3abc".to_vec(), true),
        ("a text that is not UTF-8", b"\xa1\xff".to_vec(), true),
        (
            "a map whose keys repeat",
            b"\x82\x01\x01\x01\x01".to_vec(),
            true,
        ),
        ("an extension", b"\xd4\x01\x01".to_vec(), true),
        ("an extension of any size", b"\xc7\x02\x01ab".to_vec(), true),
        ("bytes with 0xc1 inside", b"\xc4\x01\xc1".to_vec(), true),
        ("64 arrays", deep(64, b"\x91", 0x90), true),
        ("64 maps", deep(64, b"\x81\x01", 0x80), true),
        ("nothing", Vec::new(), false),
        ("0xc1", b"\xc1".to_vec(), false),
        ("0xc1 in an array", b"\x91\xc1".to_vec(), false),
        ("a text that is cut", b"\xa3ab".to_vec(), false),
        ("a number that is cut", b"\xcd\x00".to_vec(), false),
        ("a byte behind", b"\x07\x07".to_vec(), false),
        ("an array without its values", b"\x92\x01".to_vec(), false),
        ("a map without a value", b"\x81\x01".to_vec(), false),
        (
            "an array of four thousand million",
            b"\xdd\xff\xff\xff\xff\x01".to_vec(),
            false,
        ),
        (
            "a map of four thousand million",
            b"\xdf\xff\xff\xff\xff\x01".to_vec(),
            false,
        ),
        (
            "bytes of four thousand million",
            b"\xc6\xff\xff\xff\xff\x01".to_vec(),
            false,
        ),
        ("65 arrays", deep(65, b"\x91", 0x90), false),
        ("65 maps", deep(65, b"\x81\x01", 0x80), false),
    ]
    .map(|(name, bytes, whole)| (name.to_owned(), bytes, whole))
    .into();
    let entry = |(name, bytes, is_whole): &(String, Vec<u8>, bool)| {
        let outcome = is_whole.then(|| json!({})).ok_or("malformed");
        with_outcome(json!({ "name": name, "bytes": hex(bytes) }), outcome)
    };
    of_section("6.1", cases.iter().map(entry).collect())
}
