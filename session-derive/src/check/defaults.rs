//! The rules of what a field starts as. rustc checks the type of a default, and its errors would be about a function
//! that the user never wrote.

use syn::{Expr, ExprLit, Lit, Path};

use crate::diag::Diag;
use crate::model::{Field, Session};
use crate::ty;

pub(super) fn check(diag: &Diag, session: &Session<'_>) {
    for field in &session.fields {
        if let Some(default) = &field.default {
            check_stands_alone(diag, default);
            check_is_no_function_name(diag, field, default);
        }
    }
}

/// A default is evaluated where there is no session yet, by a function that returns no `Result` and is not async.
fn check_stands_alone(diag: &Diag, default: &Expr) {
    if needs_more(default) {
        diag.error(
            default,
            "a default stands alone: it has no `self`, no `.await` and no `?`\n\
             help: set what depends on the request in a handler",
        );
    }
}

/// Looks at what is evaluated here. A closure, a block and a macro may have what is refused outside of one.
fn needs_more(value: &Expr) -> bool {
    match value {
        Expr::Await(_) | Expr::Try(_) => true,
        Expr::Path(path) => path.path.is_ident("self"),
        Expr::Array(array) => array.elems.iter().any(needs_more),
        Expr::Binary(binary) => needs_more(&binary.left) || needs_more(&binary.right),
        Expr::Call(call) => needs_more(&call.func) || call.args.iter().any(needs_more),
        Expr::Cast(cast) => needs_more(&cast.expr),
        Expr::Field(field) => needs_more(&field.base),
        Expr::Group(group) => needs_more(&group.expr),
        Expr::Index(index) => needs_more(&index.expr) || needs_more(&index.index),
        Expr::MethodCall(call) => needs_more(&call.receiver) || call.args.iter().any(needs_more),
        Expr::Paren(paren) => needs_more(&paren.expr),
        Expr::Reference(reference) => needs_more(&reference.expr),
        Expr::Struct(literal) => literal.fields.iter().any(|field| needs_more(&field.expr)),
        Expr::Tuple(tuple) => tuple.elems.iter().any(needs_more),
        Expr::Unary(unary) => needs_more(&unary.expr),
        _ => false,
    }
}

/// serde takes the name of a function in a string. Here that would be a text.
fn check_is_no_function_name(diag: &Diag, field: &Field<'_>, default: &Expr) {
    let Expr::Lit(ExprLit {
        lit: Lit::Str(text),
        ..
    }) = default
    else {
        return;
    };
    if !ty::is_number_or_list(field.ty) {
        return;
    }
    if let Ok(function) = syn::parse_str::<Path>(&text.value()) {
        let function = crate::code::code(function);
        diag.error(
            text,
            format!(
                "`default` takes an expression, not the name of a function\n\
                 help: write `default = {function}()`"
            ),
        );
    }
}
