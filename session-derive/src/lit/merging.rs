//! The ways in which parallel changes of a field are merged.

use syn::{Error, Expr, ExprCall, ExprLit, Lit};

use crate::code::code;
use crate::wording::similar;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Merging {
    Add,
    Union,
    /// A list keeps so many of the newest items.
    Append(u32),
    Max,
    Min,
}

pub(crate) const WAYS: &str =
    "`add`, `max` or `min` for an integer, `union` for a set, `append(100)` for a list";

const NAMES: [&str; 5] = ["add", "union", "append", "max", "min"];

impl Merging {
    /// Reads what stands behind `merge =`.
    pub(crate) fn read(value: &Expr) -> syn::Result<Self> {
        match value {
            Expr::Path(path) => path.path.get_ident().map_or_else(
                || Err(unknown(value)),
                |name| Self::named(value, &name.to_string()),
            ),
            Expr::Call(call) => Self::called(value, call),
            Expr::Lit(ExprLit {
                lit: Lit::Str(text),
                ..
            }) if NAMES.contains(&&*text.value()) => {
                let name = match text.value() {
                    name if name == "append" => "append(100)".to_owned(),
                    name => name,
                };
                Err(error(
                    value,
                    format!("write `merge = {name}`, without quotes"),
                ))
            }
            _ => Err(unknown(value)),
        }
    }

    fn named(value: &Expr, name: &str) -> syn::Result<Self> {
        match name {
            "add" => Ok(Self::Add),
            "union" => Ok(Self::Union),
            "max" => Ok(Self::Max),
            "min" => Ok(Self::Min),
            "append" => Err(error(value, no_cap())),
            _ => Err(unknown(value)),
        }
    }

    fn called(value: &Expr, call: &ExprCall) -> syn::Result<Self> {
        let name = code(&call.func);
        if name != "append" {
            return Err(if NAMES.contains(&&*name) {
                error(
                    value,
                    format!("`{name}` takes nothing in parentheses: write `merge = {name}`"),
                )
            } else {
                unknown(value)
            });
        }
        let mut arguments = call.args.iter().map(ungrouped);
        let cap = match (arguments.next(), arguments.next()) {
            (
                Some(Expr::Lit(ExprLit {
                    lit: Lit::Int(cap), ..
                })),
                None,
            ) if cap.suffix().is_empty() => cap,
            _ => return Err(error(value, no_cap())),
        };
        match cap.base10_parse() {
            Ok(0) => Err(error(
                cap,
                "`append(0)` would keep no item: write how many are kept, such as `append(100)`"
                    .to_owned(),
            )),
            Ok(cap) => Ok(Self::Append(cap)),
            Err(_) => Err(error(cap, format!("a list has at most {} items", u32::MAX))),
        }
    }
}

/// `macro_rules` hands a number over in an invisible group.
fn ungrouped(mut value: &Expr) -> &Expr {
    while let Expr::Group(group) = value {
        value = &group.expr;
    }
    value
}

fn no_cap() -> String {
    "`append` needs the number of items that the list keeps: write `merge = append(100)`".to_owned()
}

fn unknown(value: &Expr) -> Error {
    let written = match value {
        Expr::Call(call) => code(&call.func),
        _ => code(value),
    };
    let help = match similar(&written.to_lowercase(), NAMES) {
        Some("append") => "write `merge = append(100)`".to_owned(),
        Some(similar) => format!("write `merge = {similar}`"),
        None => format!("there is {WAYS}"),
    };
    error(
        value,
        format!("`{written}` is no way to merge\nhelp: {help}"),
    )
}

fn error(at: impl quote::ToTokens, message: String) -> Error {
    Error::new_spanned(at, message)
}
