//! Questions about a field's type, answered by its syntax.

use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{
    Expr, ExprLit, GenericArgument, Ident, Lit, Path, PathArguments, PathSegment, Type,
    TypeReference,
};

use crate::code::code;

/// The first reference in `ty`, itself included.
pub(crate) fn reference(ty: &Type) -> Option<&TypeReference> {
    find(ty, &|ty| match ty {
        Type::Reference(reference) => Some(reference),
        _ => None,
    })
}

/// A type of the standard library whose value changes without a mutable borrow.
pub(crate) struct Unnoticed<'a> {
    pub(crate) ty: &'a Type,
    /// Its name, without what is inside.
    pub(crate) name: &'a Ident,
    /// The type of the value.
    pub(crate) value: String,
}

/// The first such type in `ty`, itself included. A type of one's own may have such a name in another module.
pub(crate) fn unnoticed(ty: &Type) -> Option<Unnoticed<'_>> {
    find(ty, &|ty| {
        let Type::Path(path) = ty else { return None };
        let mut backwards = path.path.segments.iter().rev();
        let name = &backwards.next()?.ident;
        let module = backwards.next().map(|module| module.ident.to_string());
        let is_in = |known: &str| module.as_ref().is_none_or(|module| module == known);
        let value = match name.to_string().as_str() {
            word @ ("Cell" | "RefCell" | "OnceCell" | "LazyCell") if is_in("cell") => {
                code(argument_of(ty, word)?)
            }
            word @ ("Mutex" | "RwLock" | "OnceLock" | "LazyLock") if is_in("sync") => {
                code(argument_of(ty, word)?)
            }
            word if is_in("atomic") => value_of_atomic(word)?,
            _ => return None,
        };
        Some(Unnoticed { ty, name, value })
    })
}

/// `AtomicU32` is one of the library's, and `AtomicBomb` is not.
fn value_of_atomic(name: &str) -> Option<String> {
    const NUMBERS: [&str; 11] = [
        "bool", "i8", "i16", "i32", "i64", "isize", "u8", "u16", "u32", "u64", "usize",
    ];
    let value = name.strip_prefix("Atomic")?.to_lowercase();
    NUMBERS.contains(&&*value).then_some(value)
}

/// A type of the standard library whose equal values are written in different orders.
pub(crate) struct Unordered<'a> {
    pub(crate) ty: &'a Type,
    /// Its name, without what is inside.
    pub(crate) name: &'a Ident,
    /// A type that has an order.
    pub(crate) instead: &'static str,
}

/// The first such type in `ty`, itself included.
pub(crate) fn unordered(ty: &Type) -> Option<Unordered<'_>> {
    find(ty, &|ty| {
        let Type::Path(path) = ty else { return None };
        let name = &path.path.segments.last()?.ident;
        let instead = match name.to_string().as_str() {
            "HashMap" => "`BTreeMap`",
            "HashSet" => "`BTreeSet`",
            "BinaryHeap" => "sorted `Vec`",
            _ => return None,
        };
        Some(Unordered { ty, name, instead })
    })
}

/// A type of the language or of the standard library whose values no session keeps.
pub(crate) struct Unstorable<'a> {
    pub(crate) ty: &'a Type,
    pub(crate) reason: &'static str,
    /// The help: a type to write in its place, or another way.
    pub(crate) instead: String,
}

/// The longest array for which serde has an impl.
const LONGEST_ARRAY: u64 = 32;

/// The first such type in `ty`, itself included. Of another type it is not known what it stores of its arguments, so only
/// those of the standard library are looked into.
pub(crate) fn unstorable(ty: &Type) -> Option<Unstorable<'_>> {
    let (reason, instead) = match ty {
        Type::Group(group) => return unstorable(&group.elem),
        Type::Paren(paren) => return unstorable(&paren.elem),
        Type::Tuple(tuple) => return tuple.elems.iter().find_map(unstorable),
        Type::Array(array) if length(&array.len).is_some_and(|length| length > LONGEST_ARRAY) => (
            "serde stores arrays of at most 32 items",
            format!("use `Vec<{}>`", code(&array.elem)),
        ),
        Type::Array(array) => return unstorable(&array.elem),
        Type::FnPtr(_) => (
            "a function cannot be stored",
            "keep what chooses the function, such as an enum".to_owned(),
        ),
        Type::Ptr(_) => (
            "an address means nothing to the next request",
            "keep the value itself".to_owned(),
        ),
        Type::Path(path) if is_instant(&path.path) => (
            "an `Instant` means nothing to another process",
            "use `Option<SystemTime>`\nhelp: a type of your own with that name is written with its path".to_owned(),
        ),
        Type::Path(path) => return arguments_of_container(&path.path).find_map(unstorable),
        _ => return None,
    };
    Some(Unstorable {
        ty,
        reason,
        instead,
    })
}

/// The types inside a container of the standard library.
fn arguments_of_container(path: &Path) -> impl Iterator<Item = &Type> {
    const CONTAINERS: [&str; 11] = [
        "BTreeMap",
        "BTreeSet",
        "BinaryHeap",
        "Box",
        "Cow",
        "HashMap",
        "HashSet",
        "LinkedList",
        "Option",
        "Vec",
        "VecDeque",
    ];
    let last = path.segments.last();
    let container = last.filter(|last| CONTAINERS.iter().any(|name| last.ident == name));
    container.into_iter().flat_map(arguments)
}

/// The types between the angle brackets behind a name.
fn arguments(segment: &PathSegment) -> impl Iterator<Item = &Type> {
    let arguments = match &segment.arguments {
        PathArguments::AngleBracketed(arguments) => Some(&arguments.args),
        _ => None,
    };
    let arguments = arguments.into_iter().flatten();
    arguments.filter_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    })
}

/// `Instant`, `time::Instant`, `std::time::Instant` and that of tokio.
fn is_instant(path: &Path) -> bool {
    let written = code(path);
    matches!(
        written.trim_start_matches("::"),
        "Instant" | "time::Instant" | "std::time::Instant" | "tokio::time::Instant"
    )
}

/// The length of an array that is written as a number.
fn length(written: &Expr) -> Option<u64> {
    match written {
        Expr::Lit(ExprLit {
            lit: Lit::Int(int), ..
        }) => int.base10_parse().ok(),
        _ => None,
    }
}

/// The type that owns the values of a type whose values have any size. `None` for a type that has a size.
pub(crate) fn owner(ty: &Type) -> Option<String> {
    match ungroup(ty) {
        Type::Path(path) if path.path.is_ident("str") => Some("String".to_owned()),
        Type::Slice(slice) => Some(format!("Vec<{}>", code(&slice.elem))),
        _ => None,
    }
}

/// Returns `true` for `_`, which rustc refuses in a struct.
pub(crate) fn is_left_out(ty: &Type) -> bool {
    find(ty, &|ty| matches!(ty, Type::Infer(_)).then_some(())).is_some()
}

/// Returns `true` if no text is a value of the type, as far as its name tells.
pub(crate) fn is_number_or_list(ty: &Type) -> bool {
    let collections = [
        "Vec", "VecDeque", "HashMap", "BTreeMap", "HashSet", "BTreeSet", "Option",
    ];
    let is_collection = collections.iter().any(|name| match ungroup(ty) {
        Type::Path(path) => (path.path.segments.last()).is_some_and(|last| last.ident == name),
        _ => false,
    });
    is_collection
        || is_known(ty) && !matches!(ungroup(ty), Type::Path(path) if path.path.is_ident("String"))
}

/// The first type in `ty`, itself included, of which `what` answers something. What is behind a reference is not looked
/// at, and neither is what a function takes.
fn find<'a, T>(ty: &'a Type, what: &impl Fn(&'a Type) -> Option<T>) -> Option<T> {
    if let Some(found) = what(ty) {
        return Some(found);
    }
    match ty {
        Type::Group(group) => find(&group.elem, what),
        Type::Paren(paren) => find(&paren.elem, what),
        Type::Array(array) => find(&array.elem, what),
        Type::Tuple(tuple) => tuple.elems.iter().find_map(|ty| find(ty, what)),
        Type::Path(path) => (path.path.segments.iter())
            .flat_map(arguments)
            .find_map(|ty| find(ty, what)),
        _ => None,
    }
}

/// The `X` of a type that is written `Name<X>`, by whatever path to `Name`.
pub(crate) fn argument_of<'a>(ty: &'a Type, name: &str) -> Option<&'a Type> {
    let Type::Path(path) = ungroup(ty) else {
        return None;
    };
    let last = path
        .path
        .segments
        .last()
        .filter(|last| last.ident == name)?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else {
        return None;
    };
    match arguments.args.first() {
        Some(GenericArgument::Type(argument)) if arguments.args.len() == 1 => Some(argument),
        _ => None,
    }
}

/// The `X` of a type that is written `Identity<X>`, by no path that leads to another type of that name.
pub(crate) fn our_identity(ty: &Type) -> Option<&Type> {
    let Type::Path(path) = ungroup(ty) else {
        return None;
    };
    let mut qualifiers = path.path.segments.iter().rev().skip(1);
    let is_ours = (qualifiers.next()).is_none_or(|module| module.ident == "session_runtime");
    argument_of(ty, "Identity").filter(|_| is_ours)
}

/// The `X` of an `Identity<X>`, an `Option<X>`, and any of them inside another.
pub(crate) fn user(ty: &Type) -> &Type {
    let inside = argument_of(ty, "Identity").or_else(|| argument_of(ty, "Option"));
    inside.map_or(ty, user)
}

/// Returns `true` if `ty` is one of the language's own types or a `String`.
pub(crate) fn is_known(ty: &Type) -> bool {
    const NAMES: [&str; 17] = [
        "bool", "char", "f32", "f64", "i8", "i16", "i32", "i64", "i128", "u8", "u16", "u32", "u64",
        "u128", "isize", "usize", "String",
    ];
    match ungroup(ty) {
        Type::Path(path) => NAMES.iter().any(|name| path.path.is_ident(name)),
        Type::Tuple(_) | Type::Array(_) => true,
        _ => false,
    }
}

/// `macro_rules` hands a type over in an invisible group.
fn ungroup(ty: &Type) -> &Type {
    match ty {
        Type::Group(group) => ungroup(&group.elem),
        Type::Paren(paren) => ungroup(&paren.elem),
        ty => ty,
    }
}

/// Returns `true` if the word `name` occurs in `ty`. The word is a type parameter, or a lifetime
/// without its quote.
pub(crate) fn mentions(ty: impl ToTokens, name: &str) -> bool {
    ty.into_token_stream().into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == name,
        TokenTree::Group(group) => mentions(group.stream(), name),
        _ => false,
    })
}

/// The type that owns what `reference` borrows.
pub(crate) fn owned(reference: &TypeReference) -> String {
    owner(&reference.elem).unwrap_or_else(|| code(&reference.elem))
}

/// `ty` with every lifetime `'name` made `'static`.
pub(crate) fn with_static(ty: impl ToTokens, name: &str) -> TokenStream {
    let mut after_quote = false;
    (ty.into_token_stream().into_iter())
        .map(|token| {
            let in_lifetime = std::mem::replace(
                &mut after_quote,
                matches!(&token, TokenTree::Punct(punct) if punct.as_char() == '\''),
            );
            match token {
                TokenTree::Ident(ident) if in_lifetime && ident == name => quote!(static),
                other => other.into_token_stream(),
            }
        })
        .collect()
}
