//! The name by which a crate depends on `session-runtime`, if it chose another one in its `Cargo.toml`.

use std::path::Path;
use std::{env, fs};

use proc_macro2::Span;
use syn::Ident;

/// The name of the package.
const PACKAGE: &str = "session-runtime";

/// The chosen name as a path names it. Of a manifest that does not say, or cannot be read, it is `session_runtime`.
pub(super) fn name() -> Ident {
    // Read each time: a program that expands the derives of several crates, as an editor's does, has several manifests.
    let name = of_this_crate().and_then(|name| syn::parse_str(&name).ok());
    name.unwrap_or_else(|| Ident::new("session_runtime", Span::call_site()))
}

fn of_this_crate() -> Option<String> {
    let folder = env::var_os("CARGO_MANIFEST_DIR")?;
    renamed(&fs::read_to_string(Path::new(&folder).join("Cargo.toml")).ok()?)
}

/// The name in `sr = { package = "session-runtime" }`, whether that is written as an inline table, as the table
/// `[dependencies.sr]`, or with dotted keys.
pub(crate) fn renamed(manifest: &str) -> Option<String> {
    let mut table = Vec::new();
    let mut name = None;
    for line in manifest.lines().map(without_comment) {
        if line.starts_with('[') {
            table = keys(line.trim_matches(['[', ']']));
            continue;
        }
        for (path, value) in entries(&table, line) {
            match dependency(&path) {
                Some((PACKAGE, _)) => return None,
                Some((other, ["package"])) if unquoted(value) == PACKAGE => name = Some(other),
                _ => {}
            }
        }
    }
    name.map(|name| name.replace('-', "_"))
}

fn without_comment(line: &str) -> &str {
    pieces(line, '#').next().unwrap_or_default()
}

/// The values of a line, each with its whole path. An inline table has several.
fn entries<'a>(table: &[&'a str], line: &'a str) -> Vec<(Vec<&'a str>, &'a str)> {
    let mut sides = pieces(line, '=');
    let (Some(key), Some(value)) = (sides.next(), sides.next()) else {
        return Vec::new();
    };
    let path = [table, &keys(key)].concat();
    match value
        .strip_prefix('{')
        .and_then(|rest| rest.strip_suffix('}'))
    {
        Some(inline) => pieces(inline, ',')
            .flat_map(|entry| entries(&path, entry))
            .collect(),
        None => vec![(path, value)],
    }
}

/// The name of the dependency that a path is about, and what follows the name.
fn dependency<'a, 'b>(path: &'b [&'a str]) -> Option<(&'a str, &'b [&'a str])> {
    let (["target", _, within @ ..] | ["workspace", within @ ..] | within) = path;
    match within {
        [table, name, rest @ ..] if table.ends_with("dependencies") => Some((name, rest)),
        _ => None,
    }
}

/// The names in a dotted key.
fn keys(dotted: &str) -> Vec<&str> {
    pieces(dotted, '.').map(unquoted).collect()
}

/// The pieces between separators that stand in no string, no list and no inline table.
fn pieces(text: &str, separator: char) -> impl Iterator<Item = &str> {
    let mut quote = None;
    let mut depth = 0_usize;
    let is_between = move |found| {
        match (quote, found) {
            (Some(open), _) if open == found => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(found),
            (None, '{' | '[') => depth += 1,
            (None, '}' | ']') => depth = depth.saturating_sub(1),
            (None, _) => return found == separator && depth == 0,
        }
        false
    };
    text.split(is_between).map(str::trim)
}

fn unquoted(text: &str) -> &str {
    text.trim().trim_matches(['"', '\''])
}
