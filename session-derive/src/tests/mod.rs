//! Runs the pipeline on source text: every rule has a mistake here, with its exact place.

mod cookie_names;
mod dependencies;
mod diagnostics;
mod durations;
mod elsewhere;
mod expansion;
mod fields;
mod homes;
mod identities;
mod many;
mod marks;
mod merges;
mod names;
mod reference;
mod serde;
mod shape;
mod snapshots;
mod stored_names;
mod stores;
mod syntax;
mod tags;
mod types;
mod values;
mod wording;

use syn::DeriveInput;

use crate::check::Runtime;

/// The mistakes in `source`, each as `line:column-line:column message`, counted from one.
#[track_caller]
fn mistakes(source: &str) -> Vec<String> {
    mistakes_for(Runtime::WithStores, source)
}

#[track_caller]
fn mistakes_for(runtime: Runtime, source: &str) -> Vec<String> {
    let input: DeriveInput = syn::parse_str(source).expect("the source is a type");
    let (_, errors) = crate::derive::read(&input, runtime);
    errors
        .into_iter()
        .flatten()
        .map(|error| display(&error))
        .collect()
}

fn display(error: &syn::Error) -> String {
    let (start, end) = (error.span().start(), error.span().end());
    format!(
        "{}:{}-{}:{} {error}",
        start.line,
        start.column + 1,
        end.line,
        end.column + 1
    )
}

#[track_caller]
fn assert_mistakes(source: &str, expected: &[&str]) {
    assert_eq!(mistakes(source), expected, "in {source}");
}

/// Options on a struct, its first line, whose second line is sound.
#[track_caller]
fn assert_on_struct(options: &str, expected: &[&str]) {
    assert_mistakes(
        &format!("#[session{options}]\nstruct S {{ visits: u32 }}"),
        expected,
    );
}

/// Options on a field, on a line of their own.
#[track_caller]
fn assert_on_field(options: &str, expected: &[&str]) {
    assert_on("visits: u32", options, expected);
}

/// Options on an identity, on a line of their own.
#[track_caller]
fn assert_on_identity(options: &str, expected: &[&str]) {
    assert_on("user: Identity<u32>", options, expected);
}

#[track_caller]
fn assert_on(field: &str, options: &str, expected: &[&str]) {
    assert_mistakes(
        &format!("struct S {{\n#[session{options}]\n{field} }}"),
        expected,
    );
}
