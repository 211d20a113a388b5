//! Every promise on the pages names a test that holds it, and every event is on its page.

use std::fs;
use std::path::Path;

/// The pages that name the tests.
const PAGES: [&str; 2] = ["docs/PROMISES.md", "SECURITY.md"];

fn read(path: &str) -> String {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    fs::read_to_string(root.join(path)).unwrap()
}

/// The words in backticks that look like a test's name: four words at least, or listed here.
fn tests_named_in(text: &str) -> Vec<String> {
    let quoted = text.split('`').skip(1).step_by(2);
    let is_test = |word: &&str| {
        let is_name = word
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
        let is_short = ["alias_first", "rename_next"].contains(word);
        is_name && (is_short || word.matches('_').count() >= 3)
    };
    quoted.filter(is_test).map(str::to_owned).collect()
}

/// Every file of Rust that may have tests.
fn sources() -> String {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    let crates = [
        "examples",
        "session-derive",
        "session-postgres",
        "session-redis",
        "session-runtime",
        "session-sqlite",
        "store-tests",
        "tests",
    ];
    crates.map(|name| sources_below(&root.join(name))).concat()
}

fn sources_below(folder: &Path) -> String {
    let entries = fs::read_dir(folder).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    paths
        .filter(|path| path.is_dir() || path.extension().is_some_and(|end| end == "rs"))
        .map(|path| {
            if path.is_dir() {
                sources_below(&path)
            } else {
                fs::read_to_string(path).unwrap()
            }
        })
        .collect()
}

/// Returns true if `sources` have a test of this name: the attribute stands a line or a few before it.
fn has_test(sources: &str, name: &str) -> bool {
    let Some((before, _)) = sources.split_once(&format!("fn {name}(")) else {
        return false;
    };
    let mut lines = before.lines().rev().take(4);
    lines.any(|line| line.trim() == "#[test]" || line.trim().starts_with("#[tokio::test"))
}

#[test]
fn every_test_that_a_page_names_exists() {
    let sources = sources();
    for page in PAGES {
        let tests = tests_named_in(&read(page));
        assert!(tests.len() >= 5, "{page}: {tests:?}");
        for name in tests {
            assert!(has_test(&sources, &name), "{page}: no test {name}");
        }
    }
}

/// The rows of a page's tables, without their heads.
fn rows(page: &str) -> Vec<String> {
    let lines: Vec<_> = page.lines().collect();
    let is_rule = |line: &&str| line.starts_with("|--");
    let rows = lines.iter().enumerate().filter(|(at, line)| {
        let is_head = lines.get(at + 1).is_some_and(is_rule);
        line.starts_with("| ") && !is_head
    });
    rows.map(|(_, line)| (*line).to_owned()).collect()
}

/// The rows that promise something. A standard asks of applications what no test of ours holds.
#[test]
fn every_row_names_a_test() {
    for page in PAGES {
        let page_text = read(page);
        let promises = page_text.split("## Standards").next().unwrap_or_default();
        for row in rows(promises) {
            assert!(!tests_named_in(&row).is_empty(), "{page}: {row}");
        }
    }
}

/// The string literals of `source`, as far as their first line break.
fn messages(source: &str) -> Vec<String> {
    let quoted = source.split('"').skip(1).step_by(2);
    let first_lines = quoted.map(|text| text.split(['\\', ';', ':', ',']).next().unwrap().trim());
    first_lines
        .filter(|text| text.contains(' '))
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_event_is_in_the_table_of_events() {
    let page = read("session-runtime/src/guide/events.md").replace('`', "");
    let source = read("session-runtime/src/event.rs");
    let messages = messages(&source);
    assert!(messages.len() >= 20, "{messages:?}");
    for message in messages {
        let known = ["a field of another release", "{name} ({bytes} bytes)"];
        let is_no_event = known.contains(&&*message);
        assert!(
            is_no_event || page.contains(&message.replace('`', "")),
            "{message}"
        );
    }
}

#[test]
fn every_reason_is_in_the_table_of_events() {
    let page = read("session-runtime/src/guide/events.md");
    for file in [
        "slot/plan.rs",
        "slot/opening.rs",
        "slot/outcome.rs",
        "token/mod.rs",
        "policy.txt",
    ] {
        let source = read(&format!("session-runtime/src/{file}"));
        let reasons: Vec<String> = if file == "policy.txt" {
            let lines = source.lines();
            let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
            let last = |line: &str| line.split_whitespace().last().unwrap().to_owned();
            lines.map(last).collect()
        } else {
            let arms = source
                .lines()
                .filter(|line| line.trim().starts_with("Self::") && line.contains("=> \""));
            arms.map(|line| line.split('"').nth(1).unwrap().to_owned())
                .collect()
        };
        assert!(!reasons.is_empty(), "{file}");
        for reason in reasons {
            assert!(page.contains(&format!("`{reason}`")), "{file}: {reason}");
        }
    }
}

#[test]
fn the_gate_runs_what_the_readme_says() {
    let readme = read("README.md");
    let gate = read(".ci/run");
    let commands: Vec<_> = readme
        .lines()
        .filter(|line| line.starts_with("cargo test"))
        .collect();
    assert_eq!(commands.len(), 1, "{commands:?}");
    let step = format!("step {}", commands[0]);
    assert!(gate.lines().any(|line| line == step), "{step}");
}
