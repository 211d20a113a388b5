//! The list inside `#[session(…)]`, read to its end whatever is wrong in it.
//!
//! `syn::Attribute::parse_nested_meta` stops at the first mistake, so a user would fix a list of
//! nine one compilation at a time.

use proc_macro2::{Group, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt as _;
use syn::parse::{Parse, ParseStream};
use syn::{Error, Expr, Ident, MetaList, Path, Token};

use super::table::Place;
use crate::code::code;
use crate::diag::Diag;

/// One option as it is written, its value not yet read.
pub(super) struct Entry {
    pub(super) key: Ident,
    pub(super) value: RawValue,
}

/// The tokens that follow an option's name.
pub(super) enum RawValue {
    /// `key`
    Alone,
    /// `key = value`
    Assigned(Token![=], Box<Expr>),
    /// `key = ` and something that is no expression
    Broken(Token![=], Error),
    /// `key(…)`
    Called(Group),
    /// `key =`
    Unfinished(Token![=]),
}

pub(super) fn read(diag: &Diag, place: Place, list: &MetaList) -> Vec<Entry> {
    let mut entries = Vec::new();
    let parsed = list.parse_args_with(|input: ParseStream<'_>| {
        while !input.is_empty() {
            match read_key(place, input) {
                Ok(key) => entries.push(Entry {
                    key,
                    value: read_value(input),
                }),
                Err(error) => {
                    diag.push(error);
                    skip_to_comma(input)?;
                }
            }
            end_entry(diag, input)?;
        }
        Ok(())
    });
    if let Err(error) = parsed {
        diag.push(error);
    }
    entries
}

fn read_key(place: Place, input: ParseStream<'_>) -> syn::Result<Ident> {
    if input.peek(Ident::peek_any) && !input.peek2(Token![::]) {
        return input.call(Ident::parse_any);
    }
    if let Ok(path) = input.fork().call(Path::parse_mod_style) {
        let message = format!("a session option is one word, `{}` is a path", code(&path));
        return Err(Error::new_spanned(path, message));
    }
    let found: TokenTree = input.parse()?;
    let message = format!(
        "expected an option name such as `{}`, found `{}`",
        place.sample(),
        code(&found)
    );
    Err(Error::new_spanned(found, message))
}

fn read_value(input: ParseStream<'_>) -> RawValue {
    if let Ok(group) = Group::parse(&input.fork()) {
        // Only a fork was advanced; a group is one token tree.
        let _ = input.parse::<TokenTree>();
        return RawValue::Called(group);
    }
    let Ok(eq) = input.parse::<Token![=]>() else {
        return RawValue::Alone;
    };
    if input.is_empty() || input.peek(Token![,]) {
        return RawValue::Unfinished(eq);
    }
    match input.parse() {
        Ok(value) => RawValue::Assigned(eq, Box::new(value)),
        Err(error) => {
            // The entry is lost, its neighbours are not.
            let _ = skip_to_comma(input);
            RawValue::Broken(eq, error)
        }
    }
}

fn end_entry(diag: &Diag, input: ParseStream<'_>) -> syn::Result<()> {
    if input.is_empty() || input.parse::<Option<Token![,]>>()?.is_some() {
        return Ok(());
    }
    let found: TokenTree = input.fork().parse()?;
    diag.error(
        &found,
        format!("expected `,` before `{}`", code(found.to_token_stream())),
    );
    if !matches!(found, TokenTree::Ident(_)) {
        skip_to_comma(input)?;
        input.parse::<Option<Token![,]>>()?;
    }
    Ok(())
}

fn skip_to_comma(input: ParseStream<'_>) -> syn::Result<()> {
    while !input.is_empty() && !input.peek(Token![,]) {
        input.parse::<TokenTree>()?;
    }
    Ok(())
}
