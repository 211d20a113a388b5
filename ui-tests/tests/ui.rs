//! Compiles the files beside it. To accept new output: `TRYBUILD=overwrite cargo test -p ui-tests`.

mod files;

use std::{fs, io};

use self::files::files;

#[test]
fn mistakes_are_answered() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("ours/*/*.rs");
    cases.compile_fail("rustc/*/*.rs");
}

/// An expectation outlives its case unless a test looks for it.
#[test]
fn every_expectation_has_its_case() -> io::Result<()> {
    for folder in ["ours", "rustc"] {
        for expectation in files(folder, "stderr")? {
            let case = expectation.with_extension("rs");
            assert!(case.exists(), "{} has no case", expectation.display());
        }
    }
    Ok(())
}

/// `.stderr` files of the rustc tier must not depend on an installed `rust-src`.
#[test]
fn no_expectation_quotes_the_standard_library() -> io::Result<()> {
    for folder in ["ours", "rustc"] {
        for expectation in files(folder, "stderr")? {
            let text = fs::read_to_string(&expectation)?;
            assert!(
                !text.contains("$RUST"),
                "{} quotes std",
                expectation.display()
            );
        }
    }
    Ok(())
}

/// A file in `pass` is a target of its own, see `Cargo.toml`.
#[test]
fn every_sound_session_is_compiled() -> io::Result<()> {
    let manifest = include_str!("../Cargo.toml");
    for case in files("pass", "rs")? {
        let name = case.file_stem().unwrap_or_default().to_string_lossy();
        let target = format!("path = \"pass/{name}.rs\"");
        assert!(manifest.contains(&target), "{name} is no target");
    }
    Ok(())
}
