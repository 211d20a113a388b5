//! The name by which a crate depends on `session-runtime`, if it chose another one in its `Cargo.toml`.

use std::path::Path;
use std::{env, fs};

use proc_macro2::Span;
use syn::Ident;

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

/// The name in `sr = { package = "session-runtime" }`, or in the table `[dependencies.sr]`.
pub(crate) fn renamed(manifest: &str) -> Option<String> {
    let mut table = "";
    let mut name = None;
    for line in manifest.lines().map(str::trim) {
        if line.starts_with('[') {
            table = line.trim_matches(['[', ']']);
            continue;
        }
        let (key, value) = line.split_once('=').unwrap_or((line, ""));
        let key = key.trim();
        let (of_table, dependency) = table.rsplit_once('.').unwrap_or((table, ""));
        let is_entry = table.ends_with("dependencies");
        if is_entry && is_ours(key) || of_table.ends_with("dependencies") && is_ours(dependency) {
            return None;
        }
        if is_entry && !key.starts_with('#') && names_package(value) {
            name = Some(key);
        } else if of_table.ends_with("dependencies") && key == "package" && is_ours(unquoted(value))
        {
            name = Some(dependency);
        }
    }
    name.map(|name| unquoted(name).replace('-', "_"))
}

/// Returns `true` for `session-runtime`, also with the rest of a dotted key behind it.
fn is_ours(name: &str) -> bool {
    let name = name.split_once('.').map_or(name, |(name, _)| name);
    unquoted(name) == "session-runtime"
}

fn names_package(value: &str) -> bool {
    let rest = value
        .split_once("package")
        .map(|(_, rest)| rest.trim_start());
    let value = rest.and_then(|rest| rest.strip_prefix('='));
    value.is_some_and(|value| value.trim_start().starts_with("\"session-runtime\""))
}

fn unquoted(text: &str) -> &str {
    text.trim().trim_matches('"')
}
