//! The meaning of a value in another notation, behind an option of ours or a word of another library.

use proc_macro2::Group;
use syn::{Expr, ExprLit, Ident, Lit};

use super::list::RawValue;
use crate::lit::foreign_time;

/// The value that is written behind an option's name, by whatever sign.
pub(super) fn written(value: &RawValue) -> Option<Expr> {
    match value {
        RawValue::Assigned(_, value) | RawValue::Unassigned(_, value) => Some((**value).clone()),
        RawValue::Called(group) => inside(group, true),
        RawValue::Alone | RawValue::Broken(..) | RawValue::Unfinished(_) => None,
    }
}

/// Returns `true` for `'shop'`, of which rustc says that it is no character and how a text is written.
pub(super) fn is_refused_by_rustc(value: &RawValue) -> bool {
    match written(value) {
        Some(Expr::Lit(ExprLit {
            lit: Lit::Verbatim(literal),
            ..
        })) => literal.to_string().starts_with('\''),
        _ => false,
    }
}

/// Returns `true` for a number that has no unit.
pub(super) fn is_bare_number(value: &Expr) -> bool {
    let is_text = as_text(value).is_some_and(|text| text.trim().parse::<u64>().is_ok());
    is_text || foreign_time::of_number(value).is_some()
}

/// Returns `true` for a value that says no: the mark before it is not meant.
pub(super) fn is_refusal(value: &RawValue) -> bool {
    let value = written(value);
    let says_no = |text: &str| matches!(text, "false" | "no" | "off" | "never");
    value
        .is_some_and(|value| is_false(&value) || as_text(&value).is_some_and(|text| says_no(&text)))
}

/// The duration that is meant, in our words. A number is taken for one of seconds.
pub(super) fn as_duration(value: &Expr) -> Option<String> {
    let text = as_text(value);
    let ours = |text: &String| foreign_time::of_text(text);
    let number = || {
        let number: u64 = text.as_ref()?.trim().parse().ok()?;
        foreign_time::of_text(&format!("{number}s"))
    };
    (text.as_ref().and_then(ours))
        .or_else(number)
        .or_else(|| foreign_time::of_expr(value))
        .or_else(|| foreign_time::of_number(value))
}

/// The text of `"shop"`, also in `String::from("shop")`, `"shop".into()`, `Some("shop")`, and of `shop`, which is no
/// constant by its letters.
pub(super) fn as_text(value: &Expr) -> Option<String> {
    match value {
        Expr::Lit(ExprLit { lit, .. }) => match lit {
            Lit::Str(text) => Some(text.value()),
            Lit::Char(char) => Some(char.value().to_string()),
            Lit::ByteStr(bytes) => String::from_utf8(bytes.value()).ok(),
            Lit::CStr(text) => text.value().into_string().ok(),
            _ => None,
        },
        Expr::Call(call) if call.args.len() == 1 && is_wrapper(&call.func) => {
            as_text(call.args.first()?)
        }
        Expr::Group(group) => as_text(&group.expr),
        Expr::MethodCall(call) if call.args.is_empty() && is_conversion(&call.method) => {
            as_text(&call.receiver)
        }
        Expr::Paren(paren) => as_text(&paren.expr),
        Expr::Path(path) => {
            let word = path.path.get_ident()?.to_string();
            (word == word.to_lowercase()).then_some(word)
        }
        Expr::Reference(reference) => as_text(&reference.expr),
        _ => None,
    }
}

/// `Some`, `String::from`, `Name::new`.
fn is_wrapper(function: &Expr) -> bool {
    let Expr::Path(function) = function else {
        return false;
    };
    let last = function.path.segments.last();
    last.is_some_and(|last| {
        ["Some", "from", "new"]
            .iter()
            .any(|name| last.ident == name)
    })
}

fn is_conversion(method: &Ident) -> bool {
    ["as_ref", "as_str", "into", "to_owned", "to_string"]
        .iter()
        .any(|name| method == name)
}

/// The value in `("5m")` and in `(ttl = "5m")`. A `(minutes = 5)` is a duration as it is.
pub(super) fn inside(group: &Group, is_duration: bool) -> Option<Expr> {
    let value = syn::parse2(group.stream()).ok()?;
    let is_duration = is_duration && foreign_time::of_expr(&value).is_some();
    match value {
        Expr::Assign(assignment) if !is_duration => Some(*assignment.right),
        value => Some(value),
    }
}

pub(super) fn is_false(value: &Expr) -> bool {
    matches!(value, Expr::Lit(ExprLit { lit: Lit::Bool(bool), .. }) if !bool.value)
}
