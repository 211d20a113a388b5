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
