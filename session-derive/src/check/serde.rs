//! Refuses serde's attributes on fields. They say nothing to a session, which stores each field by
//! itself. Beside `derive(Serialize)`, which templates want, such an attribute compiles and does nothing.

use quote::ToTokens as _;
use syn::parse::Parser as _;
use syn::punctuated::Punctuated;
use syn::{Attribute, Meta, Token};

use crate::diag::Diag;
use crate::model::Session;

pub(super) fn check(diag: &Diag, session: &Session<'_>) {
    let attrs = session.fields.iter().flat_map(|field| field.attrs);
    for attr in attrs.filter(|attr| attr.path().is_ident("serde")) {
        report(diag, attr);
    }
}

fn report(diag: &Diag, attr: &Attribute) {
    let words = words(attr);
    if words.is_empty() {
        let help = "put it on a type of your own, inside the field";
        diag.error(attr.path(), message("serde(…)", help));
    }
    for word in words {
        let name = word.path().to_token_stream().to_string();
        diag.error(word.path(), message(&format!("serde({name})"), help(&name)));
    }
}

fn words(attr: &Attribute) -> Vec<Meta> {
    let Meta::List(list) = &attr.meta else {
        return Vec::new();
    };
    let parser = Punctuated::<Meta, Token![,]>::parse_terminated;
    let words = parser.parse2(list.tokens.clone());
    words.into_iter().flatten().collect()
}

fn message(written: &str, help: &str) -> String {
    format!("a session does not read `#[{written}]` on its fields\nhelp: {help}")
}

fn help(word: &str) -> &'static str {
    match word {
        "rename" => "the stored name is set with `#[session(rename = \"…\")]`",
        "alias" => "another name to read is set with `#[session(alias = \"…\")]`",
        "default" => "what a field starts as is set with `#[session(default = …)]`",
        "skip_serializing_if" => "a field at its default is not stored: remove it",
        "skip" | "skip_serializing" | "skip_deserializing" => {
            "every field is stored: to show some of them elsewhere, as in a template, copy those \
             into a struct of its own"
        }
        _ => "a field is stored as its type is: put the attribute on a type of your own",
    }
}
