//! The pages for users say what the tests hold.

use std::fs;
use std::path::Path;

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// The words in backticks that look like a test's name.
fn tests_named_in(page: &str) -> Vec<String> {
    let quoted = page.split('`').skip(1).step_by(2);
    let is_test = |word: &&str| {
        let mut bytes = word.bytes();
        word.matches('_').count() >= 1
            && bytes.all(|byte| byte.is_ascii_lowercase() || byte == b'_')
    };
    quoted.filter(is_test).map(str::to_owned).collect()
}

fn sources() -> String {
    let folders = ["tests/tests", "session-derive/src/tests"];
    let files = folders.map(|folder| fs::read_dir(root().join(folder)).unwrap());
    let paths = files
        .into_iter()
        .flatten()
        .map(|entry| entry.unwrap().path());
    paths
        .map(|path| fs::read_to_string(path).unwrap())
        .collect()
}

#[test]
fn every_test_that_a_page_names_exists() {
    let sources = sources();
    let page = fs::read_to_string(root().join("CHANGING_A_SESSION.md")).unwrap();
    let mut tests = tests_named_in(&page);
    // An option of the layer, not a test.
    tests.retain(|name| name != "insecure_http");
    assert!(tests.len() >= 15, "{tests:?}");
    for name in tests {
        assert!(
            sources.contains(&format!("fn {name}()")),
            "no test is named {name}"
        );
    }
}

#[test]
fn every_row_of_a_page_names_a_test() {
    let page = fs::read_to_string(root().join("CHANGING_A_SESSION.md")).unwrap();
    let rows = page
        .lines()
        .filter(|line| line.starts_with("| ") && !line.starts_with("| change"));
    for row in rows {
        assert!(!tests_named_in(row).is_empty(), "{row}");
    }
}
