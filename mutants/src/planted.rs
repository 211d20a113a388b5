//! Mistakes that are planted by hand, one at a time: those that other session libraries had.
//!
//! ```text
//! ### The title of the mistake
//! caught by program name_of_the_test
//! session-runtime/src/path.rs
//! -the lines as they are
//! +the lines with the mistake, behind `PLANTED`, which is true while it is on
//! ```
//!
//! A mistake may change several places.

use crate::Failure;

pub(crate) struct Mistake {
    title: String,
    /// A test that fails, by its program and its name.
    pub(crate) caught_by: String,
    pub(crate) changes: Vec<Change>,
}

#[derive(Clone)]
pub(crate) struct Change {
    pub(crate) file: String,
    before: String,
    after: String,
}

impl Mistake {
    /// The file of its first change.
    pub(crate) fn file(&self) -> &str {
        self.changes.first().map_or("", |change| &change.file)
    }

    pub(crate) fn name(&self) -> String {
        format!("{} {}", self.file(), self.change())
    }

    pub(crate) fn change(&self) -> String {
        format!("planted: {}", self.title)
    }
}

pub(crate) fn read(text: &str) -> Result<Vec<Mistake>, Failure> {
    let mistakes = text.split("\n### ").skip(1);
    mistakes.map(mistake).collect()
}

fn mistake(text: &str) -> Result<Mistake, Failure> {
    let (title, rest) = text.split_once('\n').unwrap_or((text, ""));
    let (mut changes, mut caught_by) = (Vec::<Change>::new(), "");
    for line in rest.lines() {
        let last = changes.last_mut();
        match (line.split_at_checked(1), last) {
            (Some(("-", line)), Some(change)) if change.after.is_empty() => {
                change.before += &format!("{line}\n")
            }
            (Some(("+", line)), Some(change)) => change.after += &format!("{line}\n"),
            (Some(("-", line)), Some(change)) => {
                let file = change.file.clone();
                changes.push(Change {
                    file,
                    before: format!("{line}\n"),
                    after: String::new(),
                });
            }
            _ if line.ends_with(".rs") => changes.push(Change {
                file: line.to_owned(),
                before: String::new(),
                after: String::new(),
            }),
            _ if line.starts_with("caught by ") => {
                caught_by = line.trim_start_matches("caught by ")
            }
            _ if line.is_empty() => {}
            _ => return Err(format!("planted.txt, `{title}`: {line}").into()),
        }
    }
    Ok(Mistake {
        title: title.to_owned(),
        caught_by: caught_by.to_owned(),
        changes,
    })
}

impl Change {
    /// The source with the mistake behind the switch of this number.
    pub(crate) fn plant(&self, source: &str, number: u32) -> Result<String, Failure> {
        if source.matches(&self.before).count() != 1 {
            return Err(format!("{}: not there once:\n{}", self.file, self.before).into());
        }
        let after = self
            .after
            .replace("PLANTED", &format!("crate::mutants::on({number}u32)"));
        Ok(source.replace(&self.before, &after))
    }
}
