//! Any text as the struct that the derive is put on: the derive does not panic, and answers with Rust.
#![no_main]

use libfuzzer_sys::fuzz_target;
use proc_macro2::TokenStream;
use syn::visit::{self, Visit};

// A procedural macro has no functions for others, so its sources stand here once more.
#[path = "../../session-derive/src/attr/mod.rs"]
mod attr;
#[path = "../../session-derive/src/check/mod.rs"]
mod check;
#[path = "../../session-derive/src/code.rs"]
mod code;
#[path = "../../session-derive/src/derive.rs"]
mod derive;
#[path = "../../session-derive/src/diag.rs"]
mod diag;
#[path = "../../session-derive/src/emit/mod.rs"]
mod emit;
#[path = "../../session-derive/src/lit/mod.rs"]
mod lit;
#[path = "../../session-derive/src/model.rs"]
mod model;
#[path = "../../session-derive/src/tag.rs"]
mod tag;
#[path = "../../session-derive/src/ty.rs"]
mod ty;
#[path = "../../session-derive/src/wording.rs"]
mod wording;

fuzz_target!(|text: &str| {
    if let Ok(input) = text.parse::<TokenStream>() {
        let expansion = derive::derive(input.clone());
        let read = syn::parse2::<syn::File>(expansion.clone());
        let is_rust = || !has_bare_trait_object(input);
        assert!(read.is_ok() || !is_rust(), "not Rust: {expansion}");
    }
    // Otherwise every text that was ever parsed is kept.
    proc_macro2::extra::invalidate_current_thread_spans();
});

/// `syn` reads `u32 +` as the type of a field, which this edition has not, and does not read what it then writes.
fn has_bare_trait_object(input: TokenStream) -> bool {
    #[derive(Default)]
    struct Found(bool);

    impl Visit<'_> for Found {
        fn visit_type_trait_object(&mut self, object: &syn::TypeTraitObject) {
            self.0 |= object.dyn_token.is_none();
            visit::visit_type_trait_object(self, object);
        }
    }

    let mut found = Found::default();
    if let Ok(input) = syn::parse2(input) {
        found.visit_derive_input(&input);
    }
    found.0
}
