//! The rules of what a field starts as. rustc checks the type of a default, and its errors would be about a function
//! that the user never wrote.

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens as _;
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

/// A default is evaluated where there is no session yet.
fn check_stands_alone(diag: &Diag, default: &Expr) {
    let tokens = default.to_token_stream();
    // A closure and an async block may have what is refused outside of one.
    if has_word(&tokens, &["async", "fn"]) || has_punct(&tokens, '|') {
        return;
    }
    if has_word(&tokens, &["self", "await"]) || is_question(default) {
        diag.error(
            default,
            "a default stands alone: it has no `self`, no `.await` and no `?`\n\
             help: set what depends on the request in a handler",
        );
    }
}

fn has_word(tokens: &TokenStream, words: &[&str]) -> bool {
    tokens.clone().into_iter().any(|token| match token {
        TokenTree::Ident(ident) => words.iter().any(|word| ident == word),
        TokenTree::Group(group) => has_word(&group.stream(), words),
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
}

fn has_punct(tokens: &TokenStream, sought: char) -> bool {
    tokens.clone().into_iter().any(|token| match token {
        TokenTree::Punct(punct) => punct.as_char() == sought,
        TokenTree::Group(group) => has_punct(&group.stream(), sought),
        TokenTree::Ident(_) | TokenTree::Literal(_) => false,
    })
}

fn is_question(default: &Expr) -> bool {
    match default {
        Expr::Try(_) => true,
        Expr::MethodCall(call) => is_question(&call.receiver),
        Expr::Field(field) => is_question(&field.base),
        Expr::Call(call) => call.args.iter().any(is_question),
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
