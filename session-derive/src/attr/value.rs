//! Reads the tokens behind an option's name as the kind of value that its row asks for.

use proc_macro2::Group;
use quote::{ToTokens, quote};
use syn::parse::Parser as _;
use syn::punctuated::Punctuated;
use syn::{Error, Expr, ExprLit, ExprPath, Ident, Lit, LitStr, Path, Token};

use super::list::Written;
use super::table::{Kind, Row, Takes};
use crate::code::code;
use crate::diag::Diag;
use crate::lit::duration::Duration;

pub(super) enum Value {
    Duration(Duration),
    Expr(Expr),
    /// An option without a value. It is `false` if the option is written `= false`, and `true` otherwise.
    Flag(bool),
    Path(Path),
    Text(LitStr),
    Texts(Vec<LitStr>),
}

pub(super) fn read(diag: &Diag, row: &Row, key: &Ident, written: Written) -> Option<Value> {
    let value = match row.takes {
        Takes::Nothing { lasting } => return Some(read_flag(diag, row, lasting, written)),
        Takes::Texts => read_texts(row, key, written).map(Value::Texts),
        Takes::One(kind) => read_one(row, kind, key, written),
    };
    value.map_err(|error| diag.push(error)).ok()
}

/// A value that should not be there says enough to judge the option by.
fn read_flag(diag: &Diag, row: &Row, lasting: Option<&str>, written: Written) -> Value {
    let (at, value) = match written {
        Written::Alone => return Value::Flag(true),
        Written::Assigned(eq, value) => (quote!(#eq #value), Some(ungroup(*value))),
        Written::Broken(eq, _) | Written::Unfinished(eq) => (eq.into_token_stream(), None),
        Written::Called(group) => {
            let value = inside(&group);
            (group.into_token_stream(), value)
        }
    };
    let wanted = !value.as_ref().is_some_and(is_false);
    let instead = if wanted {
        without_value(row, lasting, value)
    } else {
        ": remove it".to_owned()
    };
    diag.error(at, format!("`{}` takes no value{instead}", row.name));
    Value::Flag(wanted)
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

fn without_value(row: &Row, lasting: Option<&str>, value: Option<Expr>) -> String {
    let duration = value.and_then(|value| read_duration(row, value).ok());
    match (lasting, duration) {
        (Some(lasting), Some(duration)) => {
            format!("\nhelp: {}", lasting.replace("{D}", &duration.text()))
        }
        _ => format!(": write `{}`", row.name),
    }
}

fn read_one(row: &Row, kind: Kind, key: &Ident, written: Written) -> syn::Result<Value> {
    let Row { name, example, .. } = row;
    match written {
        Written::Alone => {
            let missing = row.missing.map(str::to_owned);
            let missing = missing.unwrap_or_else(|| format!("`{example}`"));
            Err(error(key, format!("`{name}` needs a value: {missing}")))
        }
        Written::Assigned(_, value) => read_assigned(row, kind, *value),
        Written::Broken(_, error) => Err(error),
        Written::Called(group) => {
            let assignment = match syn::parse2::<Expr>(group.stream()) {
                Ok(value) => format!("{name} = {}", code(value)),
                Err(_) => (*example).to_owned(),
            };
            Err(error(group, format!("write `{assignment}`")))
        }
        Written::Unfinished(eq) => {
            let kind = kind.described();
            Err(error(eq, format!("expected {kind} after `{name} =`")))
        }
    }
}

fn read_assigned(row: &Row, kind: Kind, value: Expr) -> syn::Result<Value> {
    match kind {
        Kind::Duration => read_duration(row, ungroup(value)).map(Value::Duration),
        Kind::Expr => Ok(Value::Expr(value)),
        Kind::Path => read_path(row, ungroup(value)).map(Value::Path),
        Kind::Text => read_text(row, ungroup(value)).map(Value::Text),
    }
}

fn read_texts(row: &Row, key: &Ident, written: Written) -> syn::Result<Vec<LitStr>> {
    let Row { name, example, .. } = row;
    let message = || format!("`{name}` takes a list of strings: `{example}`");
    let parser = Punctuated::<LitStr, Token![,]>::parse_terminated;
    match written {
        Written::Called(group) => match parser.parse2(group.stream()) {
            Ok(texts) if !texts.is_empty() => Ok(texts.into_iter().collect()),
            _ => Err(error(group, message())),
        },
        Written::Alone => Err(error(key, message())),
        Written::Assigned(eq, value) => Err(error(quote!(#eq #value), message())),
        Written::Broken(_, error) => Err(error),
        Written::Unfinished(eq) => Err(error(eq, message())),
    }
}

fn read_duration(row: &Row, value: Expr) -> syn::Result<Duration> {
    let literal = read_text(row, value)?;
    match Duration::read(&literal) {
        Ok(Duration { seconds: 0, .. }) => Err(error(
            literal,
            format!("`{}` must be longer than zero", row.name),
        )),
        Ok(duration) => Ok(duration),
        Err(reason) => Err(error(literal, reason)),
    }
}

fn read_text(row: &Row, value: Expr) -> syn::Result<LitStr> {
    let Row { name, example, .. } = row;
    let checked = match row.takes {
        Takes::One(Kind::Duration) => "duration",
        _ => "name",
    };
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
            format!("`{name}` must be a string literal: the {checked} is checked at compile time"),
        )),
        other => Err(error(
            other,
            format!("`{name}` takes a string, such as `{example}`"),
        )),
    }
}

/// A path that means the same wherever the derive stands: no `self`, no `super`.
fn read_path(row: &Row, value: Expr) -> syn::Result<Path> {
    let message = format!(
        "`{}` takes a path such as `::my_facade::session` or `crate::session`",
        row.name
    );
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

/// `macro_rules` hands an expression over in an invisible group.
fn ungroup(mut value: Expr) -> Expr {
    while let Expr::Group(group) = value {
        value = *group.expr;
    }
    value
}

impl Kind {
    fn described(self) -> &'static str {
        match self {
            Self::Duration => "a duration",
            Self::Expr => "an expression",
            Self::Path => "a path",
            Self::Text => "a string",
        }
    }
}

fn error(at: impl ToTokens, message: String) -> Error {
    Error::new_spanned(at, message)
}
