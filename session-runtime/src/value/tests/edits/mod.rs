//! A value written as one type and read as another, by `serde_json` and by us. Rust programmers
//! know what an edit does to their JSON; whatever it does there, it does here, but for the one
//! table in [`differences`].

mod differences;
mod placed;
mod retyped;
mod shapes;
mod structs;
mod variants;

use std::collections::BTreeSet;
use std::fmt::Debug;

use serde::Serialize;
use serde::de::DeserializeOwned;

use self::differences::{DIFFERENCES, Differing, LOST};
use super::{decode, encode};

/// A value in both formats, `None` in the one that refuses it.
struct Written {
    name: String,
    original: String,
    json: Option<String>,
    ours: Option<Vec<u8>>,
}

impl Written {
    fn new<T: Serialize + Debug>(name: impl Into<String>, value: &T) -> Self {
        let mut bytes = Vec::new();
        Self {
            name: name.into(),
            original: format!("{value:?}"),
            json: serde_json::to_string(value).ok(),
            ours: encode(value, &mut bytes).is_ok().then_some(bytes),
        }
    }

    fn read_as<T: DeserializeOwned + Debug + PartialEq>(&self, edit: &str) -> Row {
        let json = self.json.as_deref();
        let json = json.and_then(|text| serde_json::from_str::<T>(text).ok());
        let ours = self.ours.as_deref();
        let ours = ours.and_then(|bytes| decode::<T>(bytes).ok());
        Row {
            name: format!("{}, {edit}", self.name),
            original: self.original.clone(),
            agree: json == ours,
            json: outcome(json),
            ours: outcome(ours),
        }
    }
}

const UNCHANGED: &str = "unchanged";

fn outcome<T: Debug>(value: Option<T>) -> String {
    value.map_or_else(|| "error".to_owned(), |value| format!("{value:?}"))
}

/// One edit of one value, and what either format makes of it.
struct Row {
    name: String,
    original: String,
    json: String,
    ours: String,
    agree: bool,
}

fn rows() -> Vec<Row> {
    let rows = [
        retyped::rows(),
        placed::rows(),
        variants::rows(),
        structs::rows(),
    ];
    rows.into_iter().flatten().collect()
}

/// Returns true if `text` matches `pattern`, in which `*` stands for any text.
fn fits(pattern: &str, text: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else {
        return pattern == text;
    };
    let Some(text) = text.strip_prefix(start) else {
        return false;
    };
    (0..=text.len()).any(|at| text.get(at..).is_some_and(|text| fits(rest, text)))
}

fn explains((_, name, json, ours): &Differing, row: &Row) -> bool {
    fits(name, &row.name) && fits(json, &row.json) && fits(ours, &row.ours)
}

#[test]
fn an_edit_does_what_it_does_to_json_but_for_the_listed_differences() {
    let rows = rows();
    assert!(rows.len() > 4000, "{} rows", rows.len());
    let listed: Vec<_> = DIFFERENCES.iter().flat_map(|listed| listed.rows).collect();
    let mut found = vec![0; listed.len()];
    let mut problems = Vec::new();
    for row in rows.iter().filter(|row| !row.agree) {
        match listed.iter().position(|listed| explains(listed, row)) {
            Some(position) => found[position] += 1,
            None => problems.push(format!(
                "not listed: {} | {} | {}",
                row.name, row.json, row.ours
            )),
        }
    }
    for ((count, name, json, ours), found) in listed.into_iter().zip(found) {
        if *count != found {
            problems.push(format!(
                "listed {count} times, found {found}: {name} | {json} | {ours}"
            ));
        }
    }
    assert!(problems.is_empty(), "\n{}", problems.join("\n"));
}

#[test]
fn every_difference_has_its_own_reason() {
    let reasons: BTreeSet<_> = DIFFERENCES.iter().map(|listed| listed.why).collect();
    assert_eq!(reasons.len(), DIFFERENCES.len());
}

#[test]
fn what_is_read_as_it_was_written_is_what_it_was_but_for_the_listed() {
    let mut lost = BTreeSet::new();
    for row in rows() {
        let Some((name, UNCHANGED)) = row.name.rsplit_once(", ") else {
            continue;
        };
        let listed = LOST.iter().position(|(pattern, _)| fits(pattern, name));
        lost.extend(listed);
        let kept = row.ours == row.original;
        assert_ne!(
            kept,
            listed.is_some(),
            "{name}: {} is read as {}",
            row.original,
            row.ours
        );
    }
    assert_eq!(lost.len(), LOST.len());
}
