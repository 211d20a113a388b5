//! The list inside `#[session(…)]`, read to its end whatever is wrong in it.
//!
//! `syn::Attribute::parse_nested_meta` stops at the first mistake, so a user would fix a list of
//! nine one compilation at a time.

use proc_macro2::{Group, TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt as _;
use syn::parse::discouraged::Speculative as _;
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, Error, Expr, Ident, Lit, LitStr, MetaList, Path, Token};

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
    /// `key: value`, `key => value` and `key value`, with the sign that is not `=`, if there is one
    Unassigned(TokenStream, Box<Expr>),
    /// `key =`
    Unfinished(Token![=]),
}

pub(super) fn read(diag: &Diag, place: Place, list: &MetaList) -> Vec<Entry> {
    let mut entries = Vec::new();
    let parsed = list.parse_args_with(|input: ParseStream<'_>| {
        while !input.is_empty() {
            refuse_attributes(diag, input)?;
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

/// Reads over `#[cfg(…)]` and doc comments: the option behind them is read all the same.
fn refuse_attributes(diag: &Diag, input: ParseStream<'_>) -> syn::Result<()> {
    if !input.peek(Token![#]) {
        return Ok(());
    }
    for attribute in input.call(Attribute::parse_outer)? {
        let help = if attribute.path().is_ident("doc") {
            "a comment begins with `//`"
        } else {
            "write `#[cfg_attr(…, session(…))]`"
        };
        let message = format!("an option has no attributes and no doc comments\nhelp: {help}");
        diag.error(attribute, message);
    }
    Ok(())
}

fn read_key(place: Place, input: ParseStream<'_>) -> syn::Result<Ident> {
    if input.peek(Ident::peek_any) && !input.peek2(Token![::]) {
        return input.call(Ident::parse_any);
    }
    if let Ok(path) = input.fork().call(Path::parse_mod_style) {
        let message = format!("a session option is one word, `{}` is a path", code(&path));
        return Err(Error::new_spanned(path, message));
    }
    if let Some(quoted) = read_quoted_key(place, input) {
        let message = format!(
            "an option's name has no quotes\nhelp: write `{}`",
            quoted.value()
        );
        return Err(Error::new_spanned(quoted, message));
    }
    let found: TokenTree = input.parse()?;
    let message = format!(
        "expected an option name such as `{}`, found `{}`",
        place.sample().name,
        code(&found)
    );
    Err(Error::new_spanned(found, message))
}

fn read_quoted_key(place: Place, input: ParseStream<'_>) -> Option<LitStr> {
    let ahead = input.fork();
    let quoted: LitStr = ahead.parse().ok()?;
    place.spec(&quoted.value())?;
    input.parse().ok()
}

fn read_value(input: ParseStream<'_>) -> RawValue {
    if let Ok(group) = Group::parse(&input.fork()) {
        // Only a fork was advanced; a group is one token tree.
        let _ = input.parse::<TokenTree>();
        return RawValue::Called(group);
    }
    if let Some(unassigned) = read_unassigned(input) {
        return unassigned;
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

/// The value behind the signs of other macros and other languages.
fn read_unassigned(input: ParseStream<'_>) -> Option<RawValue> {
    let ahead = input.fork();
    let sign = if ahead.peek(Token![=>]) {
        ahead.parse::<Token![=>]>().ok()?.into_token_stream()
    } else if ahead.peek(Token![==]) {
        ahead.parse::<Token![==]>().ok()?.into_token_stream()
    } else if ahead.peek(Token![:]) {
        let mut sign = ahead.parse::<Token![:]>().ok()?.into_token_stream();
        ahead
            .parse::<Option<Token![=]>>()
            .ok()?
            .to_tokens(&mut sign);
        sign
    } else if ahead.peek(Lit) {
        TokenStream::new()
    } else {
        return None;
    };
    let value = Box::new(ahead.parse().ok()?);
    input.advance_to(&ahead);
    Some(RawValue::Unassigned(sign, value))
}

fn end_entry(diag: &Diag, input: ParseStream<'_>) -> syn::Result<()> {
    if input.is_empty() || input.parse::<Option<Token![,]>>()?.is_some() {
        return Ok(());
    }
    if let Some(semicolon) = input.parse::<Option<Token![;]>>()? {
        diag.error(semicolon, "expected `,`, found `;`");
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
