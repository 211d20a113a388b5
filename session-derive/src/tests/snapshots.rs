//! The expansions of a dozen structs, as one would write them by hand. To write it anew:
//! `BLESS=1 cargo test -p session-derive --lib snapshots`.

use std::path::Path;
use std::{env, fs};

use crate::check::Runtime;
use crate::derive::expand;
use crate::emit::editor::Reader;

const SNAPSHOTS: [(&str, &str); 12] = [
    ("counter", "struct Shop { visits: u32 }"),
    ("default", "struct Shop { #[session(default = first_page())] page: u32 }"),
    (
        "session_options",
        r#"#[session(cookie = "sid", idle = "30m", max = "12h", remember, removed("old"))]
        struct Shop { visits: u32 }"#,
    ),
    (
        "stored_and_merged",
        "#[session(stored)]
        struct Shop { #[session(merge = add)] visits: u32, #[session(merge = append(20))] seen: Vec<u64> }",
    ),
    (
        "parts",
        r#"struct Shop {
            #[session(browser, ttl = "30d")] theme: Theme,
            #[session(flash)] notice: Option<String>,
            #[session(ttl = "10m")] code: Option<u32>,
        }"#,
    ),
    (
        "names",
        r#"struct Shop { #[session(rename = "uid", alias = "user_id", alias = "user")] id: u64 }"#,
    ),
    ("identity", "struct Shop { #[session(identity)] user: Identity<UserId>, cart: Vec<u64> }"),
    ("parameters", "struct Shop<T: Item, const N: usize> where T: Copy { items: [Option<T>; N], all: u32 }"),
    ("facade", "#[session(crate = ::web::session)] struct Shop { visits: u32 }"),
    ("raw_name", "struct Shop { r#type: u32 }"),
    ("one_mistake", r#"#[session(cooky = "sid")] struct Shop { visits: u32 }"#),
    (
        "mistakes_with_an_identity",
        "struct Shop { #[session(user)] user: Option<u64>, #[session(ttl: 10)] name: str }",
    ),
];

#[test]
fn an_expansion_is_code_that_can_be_read() {
    for (name, source) in SNAPSHOTS {
        let path =
            Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("src/tests/snapshots/{name}.rs"));
        let found = format!("{}\n{}", as_comment(source), expanded(source));
        if env::var_os("BLESS").is_some() {
            fs::write(&path, &found).expect("the folder is there");
        }
        let expected = fs::read_to_string(&path).unwrap_or_default();
        assert!(
            found == expected,
            "{name} is expanded in another way: read it, and write it anew with BLESS=1\n{found}"
        );
    }
}

fn as_comment(source: &str) -> String {
    let lines = source.lines().map(|line| format!("// {}\n", line.trim()));
    lines.collect()
}

fn expanded(source: &str) -> String {
    let input = syn::parse_str(source).expect("the source is a struct");
    let tokens = expand(&input, Runtime::WithStores, Reader::Compiler);
    let file = syn::parse2(tokens).expect("the expansion is made of items");
    prettyplease::unparse(&file)
}
