//! The cases in which we do not do what JSON does. A new row here needs a reason that a user would
//! accept. `WRONG` marks a case in which we read a value that was never written.

/// Rows that differ for one reason.
pub(super) struct Difference {
    pub(super) why: &'static str,
    pub(super) rows: &'static [Differing],
}

/// The number of rows, their name, the outcome in JSON and our outcome. `*` stands for any text.
pub(super) type Differing = (usize, &'static str, &'static str, &'static str);

/// The first that fits a row explains it.
pub(super) const DIFFERENCES: &[Difference] = &[
    Difference {
        why: "WRONG: a number that 64 bits do not hold is 16 bytes, which what asks for bytes reads",
        rows: &[
            (1, "u128, as ByteBuf", "error", "[*]"),
            (1, "u128, as Raw", "error", "Raw([*])"),
            (1, "u128, as Vec<u8>", "error", "[*]"),
        ],
    },
    Difference {
        why: "WRONG: 16 bytes do not say whether their first bit is a sign",
        rows: &[
            (
                1,
                "i128::MIN, as u128",
                "error",
                "170141183460469231731687303715884105728",
            ),
            (
                1,
                "1_u128 << 127, as i128",
                "error",
                "-170141183460469231731687303715884105728",
            ),
        ],
    },
    Difference {
        why: "a number that 64 bits do not hold is 16 bytes, which no float reads",
        rows: &[(1, "u128, as f64", "3.402823669209385e38", "error")],
    },
    Difference {
        why: "WRONG: where serde buffers a value, it lets a number be the place of a field",
        rows: &[(
            1,
            "*(map([(0_u32, text(\"a\"))])), as Buffered<Lenient>",
            "*first: \"\"*",
            "*first: \"a\"*",
        )],
    },
    Difference {
        why: "a number is no name of a field, in JSON it is a text and the name of none",
        rows: &[
            (
                2,
                "map with *number key*, as Lenient",
                "*first: \"\"*",
                "error",
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
        why: "a type that reads nothing but bytes cannot read its own JSON, an array of numbers",
        rows: &[
            (24, "own bytes in *", "error", "*Raw([1, 255])*"),
            (5, "*bytes*, as Raw", "error", "Raw([*])"),
        ],
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

/// The values that change when they are read as the type that they were written as.
pub(super) const LOST: &[(&str, &str)] = &[
    ("Some(None) in *", "`Some(None)` is `None`, as in JSON"),
    (
        "own bytes in flatten",
        "serde buffers bytes as numbers, as in JSON",
    ),
    (
        "own bytes in tag",
        "serde buffers bytes as numbers, as in JSON",
    ),
    (
        "own bytes in untagged",
        "serde buffers bytes as numbers, as in JSON",
    ),
    ("u128 in flatten", "serde buffers no 128 bits, as in JSON"),
    ("u128 in tag", "serde buffers no 128 bits, as in JSON"),
    ("u128 in untagged", "serde buffers no 128 bits, as in JSON"),
];
