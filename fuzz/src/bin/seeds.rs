//! Writes the seeds of the targets that need some.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::{fs, io};

use quote::ToTokens as _;
use session_fuzz::Shapes;
use session_runtime::fuzzing;
use syn::visit::{self, Visit};

const HERE: &str = env!("CARGO_MANIFEST_DIR");

fn main() -> io::Result<()> {
    let sessions: Vec<_> = Shapes::samples()
        .iter()
        .map(fuzzing::write_session)
        .collect();
    let plaintexts = || sessions.iter().flatten();
    write("plaintext", plaintexts().cloned())?;
    write(
        "token",
        plaintexts().map(|plaintext| fuzzing::write_token(plaintext)),
    )?;
    write(
        "cookie_header",
        sessions.iter().map(|parts| fuzzing::write_cookies(parts)),
    )?;
    write("value_reader", values().into_iter())?;
    write("key_text", key_texts().map(String::into_bytes))?;
    write("local_path", paths().map(Vec::from))?;
    write(
        "derive_input",
        structs()?.into_iter().map(String::into_bytes),
    )
}

fn write(target: &str, seeds: impl Iterator<Item = Vec<u8>>) -> io::Result<()> {
    let folder = Path::new(HERE).join("corpus").join(target);
    fs::create_dir_all(&folder)?;
    for (number, seed) in seeds.enumerate() {
        fs::write(folder.join(format!("seed-{number}")), seed)?;
    }
    Ok(())
}

/// Every value of a field, behind each byte that chooses a type.
fn values() -> Vec<Vec<u8>> {
    let samples = Shapes::samples();
    let values: BTreeSet<_> = samples.iter().flat_map(fuzzing::write_values).collect();
    let with = |kind: u8| {
        values
            .iter()
            .map(move |value| [&[kind], &value[..]].concat())
    };
    (0..24).flat_map(with).collect()
}

/// No secrets: each stands here, and the first two are those of the vectors.
fn key_texts() -> impl Iterator<Item = String> {
    let key = |byte: u8| {
        let root =
            std::array::from_fn(|at| byte.wrapping_mul(31).wrapping_add((at * at * 7) as u8));
        fuzzing::key_text(root)
    };
    let words = [
        "",
        " revoked",
        " from=2027-01-15T00:00:00Z",
        " from=2027-01-15 revoked",
    ];
    let alone = words.map(|words| [key(1), words.to_owned()].concat());
    let several = format!(
        "{}, {} from=2027-01-15T00:00:00Z,\n{} revoked",
        key(2),
        key(3),
        key(4)
    );
    alone.into_iter().chain([several])
}

fn paths() -> impl Iterator<Item = &'static str> {
    [
        "/",
        "/orders?page=2#top",
        "//evil.example",
        "/\\evil.example",
        "https://evil.example",
        "/%2F/a",
    ]
    .into_iter()
}

/// The sessions of the programs in the repository, the wrong ones first of all.
fn structs() -> io::Result<BTreeSet<String>> {
    let mut found = Structs::default();
    for folder in ["ui-tests", "examples", "tests"] {
        for file in rust_files(&Path::new(HERE).join("..").join(folder))? {
            if let Ok(file) = syn::parse_file(&fs::read_to_string(file)?) {
                found.visit_file(&file);
            }
        }
    }
    Ok(found.0)
}

fn rust_files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            files.extend(rust_files(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    Ok(files)
}

#[derive(Default)]
struct Structs(BTreeSet<String>);

impl<'ast> Visit<'ast> for Structs {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        let attributes = match item {
            syn::Item::Struct(item) => &item.attrs,
            syn::Item::Enum(item) => &item.attrs,
            syn::Item::Union(item) => &item.attrs,
            _ => return visit::visit_item(self, item),
        };
        let is_ours = |attribute: &syn::Attribute| {
            attribute.path().is_ident("session")
                || attribute.path().is_ident("derive")
                    && attribute
                        .meta
                        .to_token_stream()
                        .to_string()
                        .contains("Session")
        };
        if attributes.iter().any(is_ours) {
            self.0.insert(item.to_token_stream().to_string());
        }
    }
}
