//! A copy of the repository whose sources have switches.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Failure;
use crate::planted::{Change, Mistake};
use crate::switch::{self, Mutant};

/// The crates whose sources get switches.
pub(crate) const CRATES: [&str; 2] = ["session-derive", "session-runtime"];

/// The folders and files for tests and documentation. The conformance tests have planted mistakes of their own.
const LEFT_OUT: [&str; 7] = [
    "/tests",
    "/races/",
    "/guide/",
    "/conformance/",
    "/test_kit/",
    "/explained/",
    "/fuzzing.rs",
];

pub(crate) struct Tree {
    pub(crate) root: PathBuf,
    pub(crate) mutants: Vec<Mutant>,
    /// The changes of planted mistakes, each with the number of its mistake.
    planted: Vec<(u32, Change)>,
}

impl Tree {
    /// Copies what git knows of `repository`, with the mutants that are wanted.
    pub(crate) fn of(
        repository: &Path,
        root: PathBuf,
        mistakes: &[Mistake],
        is_wanted: &dyn Fn(&Mutant) -> bool,
    ) -> Result<Self, Failure> {
        let mut tree = Self {
            root,
            mutants: Vec::new(),
            planted: Vec::new(),
        };
        tree.plant(mistakes, is_wanted);
        for file in files(repository)? {
            let (from, to) = (repository.join(&file), tree.root.join(&file));
            if let Some(folder) = to.parent() {
                fs::create_dir_all(folder)?;
            }
            if has_mutants(&file) {
                let source = fs::read_to_string(&from)?;
                write_if_other(&to, tree.rewritten(&file, &source, is_wanted)?.as_bytes())?;
            } else if from.is_file() {
                write_if_other(&to, &fs::read(&from)?)?;
            }
        }
        for name in CRATES {
            write_if_other(
                &tree.root.join(name).join("src/mutants.rs"),
                SWITCHES.as_bytes(),
            )?;
        }
        Ok(tree)
    }

    fn plant(&mut self, mistakes: &[Mistake], is_wanted: &dyn Fn(&Mutant) -> bool) {
        for mistake in mistakes {
            let number = u32::try_from(self.mutants.len()).unwrap_or(u32::MAX) + 1;
            let mutant = Mutant {
                number,
                file: mistake.file().to_owned(),
                change: mistake.change(),
            };
            if is_wanted(&mutant) {
                self.mutants.push(mutant);
                let changes = mistake.changes.iter().cloned();
                self.planted.extend(changes.map(|change| (number, change)));
            }
        }
    }

    fn rewritten(
        &mut self,
        path: &str,
        source: &str,
        is_wanted: &dyn Fn(&Mutant) -> bool,
    ) -> Result<String, Failure> {
        let mut text = source.to_owned();
        let here = self
            .planted
            .iter()
            .filter(|(_, change)| change.file == path);
        for (number, change) in here {
            text = change.plant(&text, *number)?;
        }
        let has_planted = text != source;
        let mut file = syn::parse_file(&text).map_err(|error| format!("{path}: {error}"))?;
        let before = self.mutants.len();
        switch::rewrite(path, &mut file, &mut self.mutants, is_wanted);
        let is_root = path.ends_with("src/lib.rs");
        if self.mutants.len() == before && !is_root && !has_planted {
            return Ok(source.to_owned());
        }
        let mut text = prettyplease::unparse(&file);
        if is_root {
            text.push_str("mod mutants;\n");
        }
        Ok(text)
    }
}

fn has_mutants(file: &str) -> bool {
    let is_source = CRATES.iter().any(|name| {
        let rest = file.strip_prefix(name);
        rest.is_some_and(|rest| rest.starts_with("/src/") && rest.ends_with(".rs"))
    });
    is_source && !LEFT_OUT.iter().any(|part| file.contains(part))
}

fn files(repository: &Path) -> Result<Vec<String>, Failure> {
    let listed = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(repository)
        .output()?;
    let names = String::from_utf8(listed.stdout)?;
    Ok(names.lines().map(str::to_owned).collect())
}

/// An unchanged file keeps its time, so that cargo builds nothing anew for it.
fn write_if_other(path: &Path, text: &[u8]) -> Result<(), Failure> {
    if fs::read(path).ok().as_deref() != Some(text) {
        fs::write(path, text)?;
    }
    Ok(())
}

/// The module that a crate of the tree gets: which mutant is on, and which were reached.
const SWITCHES: &str = r#"//! Says which mutant is on.
#![allow(dead_code)]

use std::path::PathBuf;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, Ordering};

static ON: LazyLock<u32> = LazyLock::new(|| {
    let number = std::env::var("MUTANT").ok();
    number.and_then(|number| number.parse().ok()).unwrap_or(0)
});

/// The folder that gets a file for each mutant that is reached.
static REACHED: LazyLock<Option<PathBuf>> = LazyLock::new(|| std::env::var_os("MUTANTS_REACHED").map(PathBuf::from));

static SEEN: [AtomicBool; 8192] = [const { AtomicBool::new(false) }; 8192];

#[inline]
pub(crate) fn on(number: u32) -> bool {
    if let Some(folder) = &*REACHED
        && !SEEN[number as usize].swap(true, Ordering::Relaxed)
    {
        let _ = std::fs::write(folder.join(number.to_string()), "");
    }
    *ON == number
}
"#;
