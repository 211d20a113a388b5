//! The page of the guide that these tests write.

use std::path::Path;
use std::{env, fs};

pub(super) const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
const PAGE: &str = "session-runtime/src/guide/flask.md";

/// Compares a section of the page, and writes it where `BLESS` is set.
pub(super) fn assert_section(heading: &str, text: &str) {
    let path = Path::new(ROOT).join(PAGE);
    let page = fs::read_to_string(&path).unwrap();
    let heading = format!("\n# {heading}\n\n");
    let (before, rest) = page.split_once(&heading).unwrap();
    let (section, after) = match rest.find("\n# ") {
        Some(end) => rest.split_at(end),
        None => (rest, ""),
    };
    if env::var_os("BLESS").is_some() {
        fs::write(&path, format!("{before}{heading}{text}{after}")).unwrap();
    } else {
        assert!(
            section == text,
            "{PAGE} is not as it is now: run this with BLESS=1\n{text}"
        );
    }
}

/// The names of the tests in a folder.
pub(super) fn tests_below(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| {
            if path.is_dir() {
                tests_below(&path)
            } else {
                tests_in(&path)
            }
        })
        .collect()
}

fn tests_in(file: &Path) -> Vec<String> {
    let source = fs::read_to_string(file).unwrap_or_default();
    let lines: Vec<_> = source.lines().map(str::trim).collect();
    let is_attribute =
        |line: &&str| line.starts_with("#[test]") || line.starts_with("#[tokio::test");
    let positions = lines
        .iter()
        .enumerate()
        .filter(|(_, line)| is_attribute(line));
    let names = positions.filter_map(|(at, _)| {
        let mut behind = lines.iter().skip(at).take(4);
        let line = behind.find(|line| line.contains("fn "))?;
        let (_, name) = line.split_once("fn ")?;
        Some(name.split('(').next()?.to_owned())
    });
    names.collect()
}
