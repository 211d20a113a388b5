//! The mistakes of one derive: every one in a single pass, in source order.

use std::cell::RefCell;
use std::fmt::Display;

use proc_macro2::Span;
use quote::ToTokens;
use syn::Error;

/// Collects errors, so that a reader can go on after a mistake.
pub(crate) struct Diag {
    errors: RefCell<Vec<Error>>,
}

impl Diag {
    /// Runs `work` and hands back its errors beside its result: there is no way to forget them.
    pub(crate) fn collect<T>(work: impl FnOnce(&Self) -> T) -> (T, Option<Error>) {
        let diag = Self {
            errors: RefCell::default(),
        };
        let result = work(&diag);
        (result, in_source_order(diag.errors.into_inner()))
    }

    /// An error that underlines all of `tokens`.
    pub(crate) fn error(&self, tokens: impl ToTokens, message: impl Display) {
        self.push(Error::new_spanned(tokens, message));
    }

    /// An error at a span that is one token, or one delimited group.
    pub(crate) fn error_at(&self, span: Span, message: impl Display) {
        self.push(Error::new(span, message));
    }

    pub(crate) fn push(&self, error: Error) {
        self.errors.borrow_mut().push(error);
    }
}

fn in_source_order(mut errors: Vec<Error>) -> Option<Error> {
    errors.sort_by_key(|error| {
        let start = error.span().start();
        (start.line, start.column)
    });
    errors.into_iter().reduce(|mut all, error| {
        all.combine(error);
        all
    })
}

/// The candidate that `name` is most likely a misspelling of.
pub(crate) fn similar<'a>(
    name: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    candidates
        .into_iter()
        .map(|candidate| (distance(name, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= candidate.len().max(3) / 3)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Levenshtein's distance, one row of the matrix at a time.
fn distance(from: &str, to: &str) -> usize {
    let mut row: Vec<usize> = (0..=to.chars().count()).collect();
    for (above, a) in from.chars().enumerate() {
        let mut left = above + 1;
        let mut diagonal = above;
        for (cell, b) in row.iter_mut().skip(1).zip(to.chars()) {
            let substituted = diagonal + usize::from(a != b);
            diagonal = *cell;
            left = substituted.min(diagonal + 1).min(left + 1);
            *cell = left;
        }
    }
    row.last().copied().unwrap_or_default()
}

/// Names as a sentence lists them: `` `a`, `b` and `c` ``.
pub(crate) fn listed<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let mut names: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    match names.pop() {
        Some(last) if names.is_empty() => last,
        Some(last) => format!("{} and {last}", names.join(", ")),
        None => String::new(),
    }
}
