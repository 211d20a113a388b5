//! Readers of the tokens behind an option's name, one for each type of value.

use proc_macro2::Group;
use quote::{ToTokens, quote};
use syn::parse::Parser as _;
use syn::punctuated::Punctuated;
use syn::{Error, Expr, ExprLit, ExprPath, Lit, LitStr, Path, Token};

use super::list::{Entry, RawValue};
use super::table::OptionSpec;
use crate::code::code;
use crate::diag::Diag;
use crate::lit::duration::Duration;
use crate::lit::merging::Merging;

pub(super) fn duration(spec: &OptionSpec, entry: Entry) -> syn::Result<Duration> {
    let value = assigned(spec, "a duration", entry)?;
    to_duration(spec, ungroup(value))
}

pub(super) fn expr(spec: &OptionSpec, entry: Entry) -> syn::Result<Expr> {
    assigned(spec, "an expression", entry)
}

/// A path that means the same wherever the derive stands: no `self`, no `super`.
pub(super) fn path(spec: &OptionSpec, entry: Entry) -> syn::Result<Path> {
    let message = format!(
        "`{}` takes a path such as `::my_facade::session` or `crate::session`",
        spec.name
    );
    let value = ungroup(assigned(spec, "a path", entry)?);
    let Expr::Path(ExprPath {
        qself: None, path, ..
    }) = value
    else {
        return Err(error(value, message));
    };
    if path
        .segments
        .iter()
        .any(|segment| !segment.arguments.is_none())
    {
        return Err(error(path, message));
    }
    match path.segments.first() {
        Some(first) if first.ident == "self" || first.ident == "super" => {
            Err(error(first, message))
        }
        _ => Ok(path),
    }
}

pub(super) fn merging(spec: &OptionSpec, entry: Entry) -> syn::Result<Merging> {
    let value = assigned(spec, "a way to merge", entry)?;
    Merging::read(&ungroup(value))
}

pub(super) fn text(spec: &OptionSpec, entry: Entry) -> syn::Result<LitStr> {
    let value = assigned(spec, "a string", entry)?;
    to_text(spec, "name", ungroup(value))
}

/// A list of strings in parentheses, behind no `=`.
pub(super) fn texts(spec: &OptionSpec, entry: Entry) -> syn::Result<Vec<LitStr>> {
    let Entry { key, value } = entry;
    let OptionSpec { name, example, .. } = spec;
    let message = || format!("`{name}` takes a list of strings: `{example}`");
    let parser = Punctuated::<LitStr, Token![,]>::parse_terminated;
    match value {
        RawValue::Called(group) => match parser.parse2(group.stream()) {
            Ok(texts) if !texts.is_empty() => Ok(texts.into_iter().collect()),
            _ => Err(error(group, message())),
        },
        RawValue::Alone => Err(error(key, message())),
        RawValue::Assigned(eq, value) => Err(error(quote!(#eq #value), message())),
        RawValue::Broken(_, error) => Err(error),
        RawValue::Unfinished(eq) => Err(error(eq, message())),
    }
}

/// Returns `true` if the mark is meant. A value that should not be there is reported, and says enough to
/// judge the mark by: `= false` means that the field or the struct is not marked.
pub(super) fn is_marked(diag: &Diag, spec: &OptionSpec, value: RawValue) -> bool {
    let (at, value) = match value {
        RawValue::Alone => return true,
        RawValue::Assigned(eq, value) => (quote!(#eq #value), Some(ungroup(*value))),
        RawValue::Broken(eq, _) | RawValue::Unfinished(eq) => (eq.into_token_stream(), None),
        RawValue::Called(group) => {
            let value = inside(&group);
            (group.into_token_stream(), value)
        }
    };
    let wanted = !value.as_ref().is_some_and(is_false);
    let instead = if wanted {
        without_value(spec, value)
    } else {
        ": remove it".to_owned()
    };
    diag.error(at, format!("`{}` takes no value{instead}", spec.name));
    wanted
}

/// The value in `("5m")` and in `(ttl = "5m")`.
fn inside(group: &Group) -> Option<Expr> {
    match syn::parse2(group.stream()).ok()? {
        Expr::Assign(assignment) => Some(*assignment.right),
        value => Some(value),
    }
}

fn is_false(value: &Expr) -> bool {
    matches!(value, Expr::Lit(ExprLit { lit: Lit::Bool(bool), .. }) if !bool.value)
}

fn without_value(spec: &OptionSpec, value: Option<Expr>) -> String {
    let duration = value.and_then(|value| to_duration(spec, value).ok());
    match (spec.hint_if_lasting, duration) {
        (Some(hint), Some(duration)) => {
            format!("\nhelp: {}", hint.replace("{D}", &duration.text()))
        }
        _ => format!(": write `{}`", spec.name),
    }
}

/// The expression behind the `=`, which is to be `expected`.
fn assigned(spec: &OptionSpec, expected: &str, entry: Entry) -> syn::Result<Expr> {
    let Entry { key, value } = entry;
    let OptionSpec { name, example, .. } = spec;
    match value {
        RawValue::Alone => {
            let hint = spec.hint_if_bare.map(str::to_owned);
            let hint = hint.unwrap_or_else(|| format!("`{example}`"));
            Err(error(key, format!("`{name}` needs a value: {hint}")))
        }
        RawValue::Assigned(_, value) => Ok(*value),
        RawValue::Broken(_, error) => Err(error),
        RawValue::Called(group) => {
            let assignment = match syn::parse2::<Expr>(group.stream()) {
                Ok(value) => format!("{name} = {}", code(value)),
                Err(_) => (*example).to_owned(),
            };
            Err(error(group, format!("write `{assignment}`")))
        }
        RawValue::Unfinished(eq) => Err(error(eq, format!("expected {expected} after `{name} =`"))),
    }
}

fn to_duration(spec: &OptionSpec, value: Expr) -> syn::Result<Duration> {
    let literal = to_text(spec, "duration", value)?;
    match Duration::read(&literal) {
        Ok(Duration { seconds: 0, .. }) => Err(error(
            literal,
            format!("`{}` must be longer than zero", spec.name),
        )),
        Ok(duration) => Ok(duration),
        Err(reason) => Err(error(literal, reason)),
    }
}

/// The string literal in `value`, which is to be a `kind`.
fn to_text(spec: &OptionSpec, kind: &str, value: Expr) -> syn::Result<LitStr> {
    let OptionSpec { name, example, .. } = spec;
    match value {
        Expr::Lit(ExprLit {
            lit: Lit::Str(text),
            ..
        }) if text.suffix().is_empty() => Ok(text),
        Expr::Lit(ExprLit {
            lit: Lit::Str(text),
            ..
        }) => {
            let message = format!("unexpected suffix `{}`", text.suffix());
            Err(error(text, message))
        }
        Expr::Macro(_) | Expr::Path(_) => Err(error(
            value,
            format!("`{name}` must be a string literal: the {kind} is checked at compile time"),
        )),
        other => Err(error(
            other,
            format!("`{name}` takes a string, such as `{example}`"),
        )),
    }
}

/// `macro_rules` hands an expression over in an invisible group.
fn ungroup(mut value: Expr) -> Expr {
    while let Expr::Group(group) = value {
        value = *group.expr;
    }
    value
}

fn error(at: impl ToTokens, message: String) -> Error {
    Error::new_spanned(at, message)
}
