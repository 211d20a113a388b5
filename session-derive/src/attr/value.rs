//! Readers of the tokens behind an option's name, one for each type of value.

use quote::{ToTokens, quote};
use syn::parse::Parser as _;
use syn::punctuated::Punctuated;
use syn::{Error, Expr, ExprLit, ExprPath, Lit, LitStr, Path, Token};

use super::list::{Entry, RawValue};
use super::meant;
use super::table::OptionSpec;
use crate::code::code;
use crate::diag::Diag;
use crate::lit::duration::{self, Duration};
use crate::lit::foreign_time;
use crate::lit::merging::Merging;

/// The kind of value that an option takes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Duration,
    Expression,
    Merging,
    Name,
    Path,
}

impl Kind {
    fn expected(self) -> &'static str {
        match self {
            Self::Duration => "a duration",
            Self::Expression => "an expression",
            Self::Merging => "a way to merge",
            Self::Name => "a string",
            Self::Path => "a path",
        }
    }

    /// The value as it is to be written, if that is known.
    fn corrected(self, value: &Expr) -> Option<String> {
        match self {
            Self::Duration => meant::as_duration(value).map(|time| format!("\"{time}\"")),
            Self::Name => meant::as_text(value).map(|text| format!("{text:?}")),
            Self::Expression | Self::Merging | Self::Path => Some(code(value)),
        }
    }
}

pub(super) fn duration(spec: &OptionSpec, entry: Entry) -> syn::Result<Duration> {
    let value = assigned(spec, Kind::Duration, entry)?;
    to_duration(spec, ungroup(value))
}

pub(super) fn expr(spec: &OptionSpec, entry: Entry) -> syn::Result<Expr> {
    assigned(spec, Kind::Expression, entry)
}

/// A path that means the same wherever the derive stands: no `self`, no `super`.
pub(super) fn path(spec: &OptionSpec, entry: Entry) -> syn::Result<Path> {
    let message = format!(
        "`{}` takes a path such as `::my_facade::session` or `crate::session`",
        spec.name
    );
    let value = ungroup(assigned(spec, Kind::Path, entry)?);
    if let Expr::Lit(ExprLit {
        lit: Lit::Str(text),
        ..
    }) = &value
        && let Ok(path) = text.parse::<Path>()
    {
        let message = format!(
            "`{}` takes a path\nhelp: write `{} = {}`",
            spec.name,
            spec.name,
            code(path)
        );
        return Err(error(value, message));
    }
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
    let value = assigned(spec, Kind::Merging, entry)?;
    Merging::read(&ungroup(value))
}

pub(super) fn text(spec: &OptionSpec, entry: Entry) -> syn::Result<LitStr> {
    let value = assigned(spec, Kind::Name, entry)?;
    to_text(spec, Kind::Name, ungroup(value))
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
        RawValue::Unassigned(sign, value) => Err(error(quote!(#sign #value), message())),
        RawValue::Unfinished(eq) => Err(error(eq, message())),
    }
}

/// Returns `true` if the mark is meant. A value that should not be there is reported, and says enough to
/// judge the mark by: `= false` means that the field or the struct is not marked.
pub(super) fn is_marked(diag: &Diag, spec: &OptionSpec, value: RawValue) -> bool {
    let (at, value) = match value {
        RawValue::Alone => return true,
        RawValue::Assigned(eq, value) => (quote!(#eq #value), Some(ungroup(*value))),
        RawValue::Unassigned(sign, value) => (quote!(#sign #value), Some(ungroup(*value))),
        RawValue::Broken(eq, _) | RawValue::Unfinished(eq) => (eq.into_token_stream(), None),
        RawValue::Called(group) => {
            let value = meant::inside(&group, false);
            (group.into_token_stream(), value)
        }
    };
    let wanted = !value.as_ref().is_some_and(meant::is_false);
    let instead = if wanted {
        without_value(spec, value)
    } else {
        ": remove it".to_owned()
    };
    diag.error(at, format!("`{}` takes no value{instead}", spec.name));
    wanted
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

/// The expression behind the `=`.
fn assigned(spec: &OptionSpec, kind: Kind, entry: Entry) -> syn::Result<Expr> {
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
            let written = assignment(
                spec,
                kind,
                meant::inside(&group, kind == Kind::Duration).as_ref(),
            );
            Err(error(group, format!("write `{written}`")))
        }
        RawValue::Unassigned(sign, value) => {
            let written = assignment(spec, kind, Some(&value));
            Err(if sign.is_empty() {
                let message = format!("expected `=` before `{}`", code(&value));
                error(value, format!("{message}\nhelp: write `{written}`"))
            } else {
                let message = format!(
                    "expected `=`, found `{}`",
                    sign.to_string().replace(' ', "")
                );
                error(sign, format!("{message}\nhelp: write `{written}`"))
            })
        }
        RawValue::Unfinished(eq) => {
            let expected = kind.expected();
            Err(error(eq, format!("expected {expected} after `{name} =`")))
        }
    }
}

/// The option with this value, or its example if the value says nothing.
fn assignment(spec: &OptionSpec, kind: Kind, value: Option<&Expr>) -> String {
    if let Some(Expr::Array(array)) = value.filter(|_| spec.repeats) {
        let each = array.elems.iter();
        let each: Vec<String> = each
            .map(|item| assignment(spec, kind, Some(item)))
            .collect();
        return each.join(", ");
    }
    match value.and_then(|value| kind.corrected(value)) {
        Some(value) => format!("{} = {value}", spec.name),
        None => spec.example.to_owned(),
    }
}

fn to_duration(spec: &OptionSpec, value: Expr) -> syn::Result<Duration> {
    let literal = to_text(spec, Kind::Duration, value)?;
    match Duration::read(&literal) {
        Ok(Duration { seconds: 0, .. }) => Err(error(
            literal,
            format!("`{}` must be longer than zero", spec.name),
        )),
        Ok(duration) => Ok(duration),
        Err(reason) => Err(error(literal, reason)),
    }
}

/// The string literal in `value`, which is to be a duration or a name.
fn to_text(spec: &OptionSpec, kind: Kind, value: Expr) -> syn::Result<LitStr> {
    let name = spec.name;
    let seconds = foreign_time::of_number(&value).filter(|_| kind == Kind::Duration);
    if let Some(time) = seconds {
        let message =
            format!("`{name}` takes a string\nhelp: for seconds write `{name} = \"{time}\"`");
        return Err(error(value, message));
    }
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
        Expr::Path(path) if kind == Kind::Duration && is_never(&path) => {
            Err(error(path, duration::no_end()))
        }
        Expr::Macro(_) | Expr::Path(_) => {
            let what = match kind {
                Kind::Duration => "duration",
                _ => "name",
            };
            let written = assignment(spec, kind, Some(&value));
            let message = format!(
                "`{name}` must be a string literal: the {what} is checked at compile time\n\
                 help: write `{written}`"
            );
            Err(error(value, message))
        }
        other => {
            let written = assignment(spec, kind, Some(&other));
            Err(error(
                other,
                format!("`{name}` takes a string, such as `{written}`"),
            ))
        }
    }
}

/// `Duration::MAX`, `f64::INFINITY`, `None`.
fn is_never(path: &ExprPath) -> bool {
    let last = path.path.segments.last();
    last.is_some_and(|last| foreign_time::is_never(&last.ident.to_string()))
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
