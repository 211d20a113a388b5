//! Where we do not do what JSON does. A new row here needs a reason that a user would accept.
//! `WRONG` is said where we read a value that nobody wrote.

/// Rows that differ for one reason.
pub(super) struct Difference {
    pub(super) why: &'static str,
    pub(super) rows: &'static [Differing],
}

/// How many rows it is, then their name, what JSON gives and what we give; `*` is any text.
pub(super) type Differing = (usize, &'static str, &'static str, &'static str);

/// The first that fits a row explains it.
pub(super) const DIFFERENCES: &[Difference] = &[
    Difference {
        why: "WRONG: rmp-serde reads 128 bits without a look at the sign",
        rows: &[
            (
                1,
                "i64 below zero, as u128",
                "error",
                "340282366920938463463374607431768211455",
            ),
            (
                1,
                "i64, as u128",
                "error",
                "340282366920938463454151235394913435648",
            ),
            (
                1,
                "i128 below zero, as u128",
                "error",
                "340282366920938463463374607431768211455",
            ),
            (1, "u128, as i128", "error", "-1"),
        ],
    },
    Difference {
        why: "WRONG: serde's names of variants and fields may also be numbers, meaning their \
              place, and rmp-serde lets a number be one",
        rows: &[
            (1, "u8, as Status", "error", "Closed"),
            (
                1,
                "map with number keys, as BTreeMap<Status, String>",
                "error",
                "{Open: \"a\", Closed: \"b\"}",
            ),
            (
                1,
                "map with number keys, as Lenient",
                "*second: \"\" }",
                "*second: \"b\" }",
            ),
            (
                1,
                "*(map([(0_u32, text(\"a\"))])), as Buffered<Lenient>",
                "*first: \"\"*",
                "*first: \"a\"*",
            ),
            (
                1,
                "struct, map with number keys flattened, then beside a field",
                "New { id: 1 }",
                "error",
            ),
        ],
    },
    Difference {
        why: "WRONG: a number that 64 bits do not hold is 16 bytes",
        rows: &[
            (1, "u128, as Duration", "error", "255.000000255s"),
            (1, "u128, as Uuid", "error", "*-*"),
            (1, "u128, as ByteBuf", "error", "[*]"),
            (1, "u128, as Raw", "error", "Raw([*])"),
            (1, "u128, as Vec<u8>", "error", "[*]"),
            (1, "u128, as [u8; 2]", "error", "[*]"),
            (1, "u128, as (u8, u8)", "error", "(*)"),
        ],
    },
    Difference {
        why: "a number that 64 bits do not hold is 16 bytes, which no float reads",
        rows: &[(1, "u128, as f64", "3.402823669209385e38", "error")],
    },
    Difference {
        why: "WRONG: rmp-serde reads bytes as a tuple or a struct without a look at what is left",
        rows: &[
            (1, "bytes, as [u8; 2]", "error", "[1, 2]"),
            (1, "bytes, as (u8, u8)", "error", "(1, 2)"),
            (1, "bytes, as Duration", "error", "1.000000002s"),
            (1, "bytes of text, as [u8; 2]", "error", "[79, 112]"),
            (1, "bytes of text, as (u8, u8)", "error", "(79, 112)"),
            (1, "bytes of text, as Duration", "error", "79.000000112s"),
        ],
    },
    Difference {
        why: "bytes that are text can be read as text; JSON has an array of numbers",
        rows: &[
            (3, "bytes, as *", "error", "*\"\\u{1}\\u{2}\\u{3}\"*"),
            (3, "no bytes, as *", "error", "*\"\"*"),
            (3, "bytes of text, as *", "error", "*\"Open\"*"),
            (1, "bytes of text, as Status", "error", "Open"),
            (
                1,
                "Buffered::Value(ByteBuf::from(*b\"ab\")), as Buffered<String>",
                "error",
                "Value(\"ab\")",
            ),
        ],
    },
    Difference {
        why: "WRONG, with no edit at all: bytes that are text are read as the text variant before",
        rows: &[(
            1,
            "TextOrBytes::Bytes(ByteBuf::from(*b\"ab\")), as TextOrBytes",
            "Bytes([97, 98])",
            "Text(\"ab\")",
        )],
    },
    Difference {
        why: "serde keeps buffered bytes as bytes, which an array of numbers does not read",
        rows: &[
            (
                1,
                "Buffered::Value(ByteBuf::from([1, 2])), as Buffered<Vec<u8>>",
                "Value([1, 2])",
                "error",
            ),
            (
                1,
                "Buffered::Value(ByteBuf::from([1, 2])), as Buffered<[u8; 2]>",
                "Value([1, 2])",
                "error",
            ),
        ],
    },
    Difference {
        why: "a type that reads nothing but bytes cannot read its own JSON, an array of numbers",
        rows: &[
            (46, "own bytes in *", "error", "*Raw([1, 255])*"),
            (5, "*bytes*, as Raw", "error", "Raw([*])"),
        ],
    },
    Difference {
        why: "JSON lends text to a type that asks for bytes",
        rows: &[(12, "*, as Raw", "Raw([*])", "error")],
    },
    Difference {
        why: "a key is a value of its type, in JSON a text: it is kept, but is not another's text",
        rows: &[
            (
                1,
                "map with number keys, as BTreeMap<String, String>",
                "{\"0\": \"a\", \"1\": \"b\"}",
                "error",
            ),
            (
                1,
                "map with one number key, as BTreeMap<String, String>",
                "{\"4\": \"a\"}",
                "error",
            ),
            (
                1,
                "map([(text(\"7\"), 1_u8)]), as BTreeMap<u32, u8>",
                "{7: 1}",
                "error",
            ),
            (
                1,
                "map([(true, 1_u8)]), as BTreeMap<String, u8>",
                "{\"true\": 1}",
                "error",
            ),
            (
                1,
                "*(map([(1_u32, 2_u8)])), as Buffered<BTreeMap<String, u8>>",
                "Value({\"1\": 2})",
                "error",
            ),
        ],
    },
    Difference {
        why: "JSON turns keys into text and cannot turn buffered text into keys again",
        rows: &[(22, "map with number keys in *", "error", "*{1: 2, 3: 4}*")],
    },
    Difference {
        why: "JSON has no keys that are tuples",
        rows: &[(52, "map with tuple keys in *", "error", "*")],
    },
    Difference {
        why: "JSON has no NaN: it writes null",
        rows: &[
            (2, "NaN, as f*", "error", "NaN"),
            (8, "NaN, as *", "*", "error"),
        ],
    },
    Difference {
        why: "an f32 keeps its bits, in JSON its shortest text: as f64 it is the same number",
        rows: &[
            (2, "f32, as *", "0.1", "0.10000000149011612"),
            (
                1,
                "Buffered::Value(0.1_f32), as *",
                "Value(0.1)",
                "Value(0.10000000149011612)",
            ),
        ],
    },
    Difference {
        why: "we allow 64 levels, serde_json 128",
        rows: &[(1, "(0..100).fold(*), as Nested", "Nested(*)", "error")],
    },
];

/// What is not the value it was when it is read as the type it was written as.
pub(super) const LOST: &[(&str, &str)] = &[
    ("Some(None) in *", "`Some(None)` is `None`, as in JSON"),
    ("u128 in flatten", "serde buffers no 128 bits, as in JSON"),
    ("u128 in tag", "serde buffers no 128 bits, as in JSON"),
    ("u128 in untagged", "serde buffers no 128 bits, as in JSON"),
];
