//! Puts switches into a source file: each mutant is there beside the code that it replaces, and is off until a run turns
//! it on. So a thousand mutants are compiled once.

use std::collections::BTreeMap;

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::visit_mut::{self, VisitMut};
use syn::{
    Attribute, BinOp, Block, Expr, ExprBinary, File, ImplItemConst, ImplItemFn, Item, ItemFn,
    ItemImpl, Lit, Pat, PatGuard, ReturnType, Signature, Stmt, TraitItemConst, TraitItemFn, Type,
    UnOp, parse_quote,
};

/// One change of the code. Its name says where, so that it stays the same while other code changes.
#[derive(Clone, Debug)]
pub(crate) struct Mutant {
    pub(crate) number: u32,
    pub(crate) file: String,
    /// The function and the change, such as `open_bytes: == becomes !=`, with a number from the second one on.
    pub(crate) change: String,
}

impl Mutant {
    pub(crate) fn name(&self) -> String {
        format!("{} {}", self.file, self.change)
    }
}

/// Rewrites a file. `is_wanted` is asked for each mutant that the file could have.
pub(crate) fn rewrite(
    path: &str,
    file: &mut File,
    mutants: &mut Vec<Mutant>,
    is_wanted: &dyn Fn(&Mutant) -> bool,
) {
    let mut switches = Switches {
        path,
        functions: Vec::new(),
        seen: BTreeMap::new(),
        mutants,
        is_wanted,
    };
    switches.visit_file_mut(file);
}

struct Switches<'a> {
    path: &'a str,
    /// The types and functions around the place.
    functions: Vec<String>,
    seen: BTreeMap<String, usize>,
    mutants: &'a mut Vec<Mutant>,
    is_wanted: &'a dyn Fn(&Mutant) -> bool,
}

impl Switches<'_> {
    /// The condition under which the change is on, or nothing if it is not wanted.
    fn switch(&mut self, change: &str) -> Option<Expr> {
        let change = format!("{}: {change}", self.functions.join("::"));
        let seen = self.seen.entry(change.clone()).or_default();
        *seen += 1;
        let change = match *seen {
            1 => change,
            nth => format!("{change} ({nth})"),
        };
        let number = u32::try_from(self.mutants.len()).unwrap_or(u32::MAX) + 1;
        let file = self.path.to_owned();
        let mutant = Mutant {
            number,
            file,
            change,
        };
        if !(self.is_wanted)(&mutant) {
            return None;
        }
        self.mutants.push(mutant);
        Some(parse_quote!(crate::mutants::on(#number)))
    }

    /// `expr`, or in its place another one while a switch is on.
    fn or(&mut self, expr: &mut Expr, change: &str, other: &impl ToTokens) {
        if let Some(on) = self.switch(change) {
            *expr = parse_quote!((if #on { #other } else { #expr }));
        }
    }

    fn inside(&mut self, name: String, visit: impl FnOnce(&mut Self)) {
        self.functions.push(name);
        visit(self);
        self.functions.pop();
    }

    fn function(&mut self, attrs: &[Attribute], signature: &Signature, block: &mut Block) {
        if signature.constness.is_some() || is_of_tests(attrs) {
            return;
        }
        self.inside(signature.ident.to_string(), |this| {
            visit_mut::visit_block_mut(this, block);
            for value in values_of(&signature.output) {
                let change = format!("returns {value}");
                if let Some(on) = this.switch(&change.replace(' ', "")) {
                    block
                        .stmts
                        .insert(0, parse_quote!(if #on { return #value; }));
                }
            }
        });
    }

    fn binary(&mut self, expr: &mut Expr, original: &ExprBinary) {
        for op in others(&original.op) {
            let change = format!("{} becomes {}", text(&original.op), text(&op));
            let other = ExprBinary {
                op,
                ..original.clone()
            };
            self.or(expr, &change, &other);
        }
    }

    /// A condition that is not one of the operators above.
    fn condition(&mut self, cond: &mut Expr, original: &Expr) {
        let is_plain = matches!(
            cond,
            Expr::Call(_) | Expr::MethodCall(_) | Expr::Path(_) | Expr::Field(_)
        );
        let on = is_plain
            .then(|| self.switch(&format!("if not {}", short(original))))
            .flatten();
        if let Some(on) = on {
            *cond = parse_quote!((#on != #cond));
        }
    }

    fn arm(&mut self, pat: &mut Pat) {
        let pattern = short(pat);
        if pattern == "_" || matches!(pat, Pat::Guard(_)) {
            return;
        }
        if let Some(on) = self.switch(&format!("without the arm {pattern}")) {
            *pat = Pat::Guard(PatGuard {
                attrs: Vec::new(),
                pat: Box::new(pat.clone()),
                if_token: parse_quote!(if),
                guard: parse_quote!(!#on),
            });
        }
    }

    fn statement(&mut self, stmt: &mut Stmt, original: &str) {
        if let Some(on) = self.switch(&format!("without {original}")) {
            *stmt = parse_quote!(if !#on { #stmt });
        }
    }
}

/// The text of a statement that can be left out.
fn can_be_left_out(stmt: &Stmt) -> Option<String> {
    match stmt {
        Stmt::Expr(expr @ (Expr::Call(_) | Expr::MethodCall(_) | Expr::Assign(_)), Some(_)) => {
            Some(short(expr))
        }
        Stmt::Expr(Expr::Binary(expr), Some(_)) => Some(short(expr)),
        Stmt::Macro(stmt) => Some(short(&stmt.mac)),
        _ => None,
    }
}

impl VisitMut for Switches<'_> {
    fn visit_item_mut(&mut self, item: &mut Item) {
        match item {
            Item::Fn(_) | Item::Impl(_) | Item::Trait(_) => visit_mut::visit_item_mut(self, item),
            Item::Mod(module) if !is_of_tests(&module.attrs) => {
                visit_mut::visit_item_mut(self, item)
            }
            // Constants, types and macros have no place for a switch.
            _ => {}
        }
    }

    fn visit_item_fn_mut(&mut self, item: &mut ItemFn) {
        self.function(&item.attrs, &item.sig, &mut item.block);
    }

    fn visit_impl_item_fn_mut(&mut self, item: &mut ImplItemFn) {
        self.function(&item.attrs, &item.sig, &mut item.block);
    }

    fn visit_trait_item_fn_mut(&mut self, item: &mut TraitItemFn) {
        if let Some(block) = &mut item.default {
            self.function(&item.attrs, &item.sig, block);
        }
    }

    fn visit_item_impl_mut(&mut self, item: &mut ItemImpl) {
        if is_of_tests(&item.attrs) {
            return;
        }
        let of = short(&item.self_ty);
        self.inside(of, |this| visit_mut::visit_item_impl_mut(this, item));
    }

    fn visit_stmt_mut(&mut self, stmt: &mut Stmt) {
        let original = can_be_left_out(stmt);
        visit_mut::visit_stmt_mut(self, stmt);
        if let Some(original) = original {
            self.statement(stmt, &original);
        }
    }

    /// Patterns are left alone, but for the condition behind one.
    fn visit_pat_mut(&mut self, pat: &mut Pat) {
        let Pat::Guard(arm) = pat else { return };
        let pattern = short(&arm.pat);
        self.visit_expr_mut(&mut arm.guard);
        if has_let(&arm.guard) {
            return;
        }
        let guard = &mut arm.guard;
        if let Some(on) = self.switch(&format!("arm {pattern} if true")) {
            **guard = parse_quote!((#on || #guard));
        }
        if let Some(on) = self.switch(&format!("arm {pattern} if false")) {
            **guard = parse_quote!((!#on && #guard));
        }
    }

    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        let original = expr.clone();
        match expr {
            // The switch of a planted mistake.
            Expr::Call(call) if text(&call.func) == "crate::mutants::on" => return,
            // Lengths are constants.
            Expr::Repeat(repeat) => return self.visit_expr_mut(&mut repeat.expr),
            Expr::Const(_) => return,
            _ => visit_mut::visit_expr_mut(self, expr),
        }
        match (&original, &mut *expr) {
            (Expr::Binary(binary), _) if !has_let(&original) => self.binary(expr, binary),
            (Expr::Unary(unary), _) if matches!(unary.op, UnOp::Not(_)) => {
                let change = format!("{} without !", short(&unary.expr));
                self.or(expr, &change, &unary.expr);
            }
            (Expr::Lit(literal), _) => match &literal.lit {
                Lit::Bool(value) => {
                    let other = !value.value;
                    self.or(expr, &format!("{} becomes {other}", value.value), &other);
                }
                Lit::Int(number) => {
                    let Ok(value) = number.base10_parse::<u64>() else {
                        return;
                    };
                    let other = syn::LitInt::new(
                        &format!("{}{}", value + 1, number.suffix()),
                        number.span(),
                    );
                    self.or(expr, &format!("{value} becomes {}", value + 1), &other);
                }
                _ => {}
            },
            (Expr::MethodCall(call), _) => {
                if let Some(other) = other_method(&call.method.to_string()) {
                    let change = format!("{} becomes {other}", call.method);
                    let mut swapped = call.clone();
                    swapped.method = syn::Ident::new(other, call.method.span());
                    self.or(expr, &change, &swapped);
                }
            }
            (Expr::Macro(call), _) if call.mac.path.is_ident("matches") => {
                self.or(expr, &format!("not {}", short(&call.mac)), &quote!(!#call));
            }
            (Expr::If(original), Expr::If(conditional)) => {
                self.condition(&mut conditional.cond, &original.cond);
            }
            (_, Expr::Match(choice)) => {
                let has_rest = choice.arms.iter().any(|arm| short(&arm.pat) == "_");
                for arm in choice.arms.iter_mut().filter(|_| has_rest) {
                    self.arm(&mut arm.pat);
                }
            }
            _ => {}
        }
    }

    fn visit_impl_item_const_mut(&mut self, _: &mut ImplItemConst) {}
    fn visit_trait_item_const_mut(&mut self, _: &mut TraitItemConst) {}
    fn visit_type_mut(&mut self, _: &mut Type) {}
    fn visit_path_mut(&mut self, _: &mut syn::Path) {}
    fn visit_attribute_mut(&mut self, _: &mut Attribute) {}
}

fn is_of_tests(attrs: &[Attribute]) -> bool {
    attrs.iter().any(|attr| {
        let text = text(&attr.meta);
        attr.path().is_ident("test")
            || attr.path().is_ident("cfg") && (text.contains("test)") || text.contains("fuzzing"))
    })
}

fn has_let(expr: &Expr) -> bool {
    match expr {
        Expr::Let(_) => true,
        Expr::Binary(binary) => has_let(&binary.left) || has_let(&binary.right),
        Expr::Paren(inner) => has_let(&inner.expr),
        _ => false,
    }
}

fn others(op: &BinOp) -> Vec<BinOp> {
    match op {
        BinOp::Eq(_) => vec![parse_quote!(!=)],
        BinOp::Ne(_) => vec![parse_quote!(==)],
        BinOp::And(_) => vec![parse_quote!(||)],
        BinOp::Or(_) => vec![parse_quote!(&&)],
        BinOp::Lt(_) => vec![parse_quote!(<=), parse_quote!(>)],
        BinOp::Le(_) => vec![parse_quote!(<), parse_quote!(>)],
        BinOp::Gt(_) => vec![parse_quote!(>=), parse_quote!(<)],
        BinOp::Ge(_) => vec![parse_quote!(>), parse_quote!(<)],
        BinOp::Add(_) => vec![parse_quote!(-)],
        BinOp::Sub(_) => vec![parse_quote!(+)],
        BinOp::Mul(_) => vec![parse_quote!(+)],
        BinOp::Div(_) | BinOp::Rem(_) => vec![parse_quote!(*)],
        BinOp::BitAnd(_) => vec![parse_quote!(|)],
        BinOp::BitOr(_) => vec![parse_quote!(&)],
        BinOp::Shl(_) => vec![parse_quote!(>>)],
        BinOp::Shr(_) => vec![parse_quote!(<<)],
        BinOp::AddAssign(_) => vec![parse_quote!(-=)],
        BinOp::SubAssign(_) => vec![parse_quote!(+=)],
        BinOp::BitAndAssign(_) => vec![parse_quote!(|=)],
        BinOp::BitOrAssign(_) => vec![parse_quote!(&=)],
        _ => Vec::new(),
    }
}

fn other_method(name: &str) -> Option<&'static str> {
    Some(match name {
        "any" => "all",
        "all" => "any",
        "is_some" => "is_none",
        "is_none" => "is_some",
        "is_ok" => "is_err",
        "is_err" => "is_ok",
        "is_some_and" => "is_none_or",
        "is_none_or" => "is_some_and",
        "max" => "min",
        "min" => "max",
        "first" => "last",
        "last" => "first",
        "and_then" => "or_else",
        "starts_with" => "ends_with",
        "ends_with" => "starts_with",
        "take" => "skip",
        "skip" => "take",
        _ => return None,
    })
}

/// The values that a function may return in place of what it works out.
fn values_of(output: &ReturnType) -> Vec<TokenStream> {
    let ReturnType::Type(_, output) = output else {
        return vec![TokenStream::new()];
    };
    let name = match &**output {
        Type::Path(path) => path
            .path
            .segments
            .last()
            .map(|segment| segment.ident.to_string()),
        _ => None,
    };
    match name.as_deref() {
        Some("bool") => vec![quote!(true), quote!(false)],
        Some("u8" | "u16" | "u32" | "u64" | "u128" | "usize" | "i64" | "i128") => {
            vec![quote!(0), quote!(1)]
        }
        Some("Option") => vec![quote!(None)],
        Some("String" | "Vec") => vec![quote!(Default::default())],
        Some("Result") if text(output).starts_with("Result<()") => vec![quote!(Ok(()))],
        _ if text(output) == "&str" => vec![quote!("")],
        _ => Vec::new(),
    }
}

fn text(tokens: &impl ToTokens) -> String {
    tokens.to_token_stream().to_string().replace(' ', "")
}

/// As much of the code as a name needs.
fn short(tokens: &impl ToTokens) -> String {
    let text: String = text(tokens).split_whitespace().collect();
    match text.char_indices().nth(48) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
