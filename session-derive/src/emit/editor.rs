//! The paths by which an editor knows the words inside `#[session(…)]`.
//!
//! rust-analyzer completes and explains a word in an attribute if the expansion has it in a path. So each option is also
//! written as the path of a constant of that name, with the span of the word. The compiler is not given these paths.

use std::env;
use std::sync::OnceLock;

use proc_macro2::{TokenStream, TokenTree};
use quote::quote;
use syn::{Attribute, Data, Ident, Meta};

use crate::attr::is_session;
use crate::attr::table::Place;
use crate::model::Session;

/// The reader of the expansion.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reader {
    Compiler,
    Editor,
}

impl Reader {
    /// rust-analyzer runs a derive in a program of its own. Tried: `#[cfg(rust_analyzer)]` in the expansion, which
    /// `#![forbid(unexpected_cfgs)]` refuses in the crate of the user.
    pub(crate) fn of_this_process() -> Self {
        static READER: OnceLock<Reader> = OnceLock::new();
        *READER.get_or_init(|| {
            let program = env::current_exe().unwrap_or_default();
            let name = program.file_name().unwrap_or_default();
            if name.to_string_lossy().starts_with("rust-analyzer") {
                Self::Editor
            } else {
                Self::Compiler
            }
        })
    }
}

/// ```text
/// const _: () = {
///     use __session_runtime::__private::options as __session_options;
///     let _ = __session_options::on_struct::cookie;
///     let _ = __session_options::on_struct::__end;
/// };
/// ```
///
/// This stands before all else. rust-analyzer expands once with the half-written word at the cursor and once without, and
/// looks for the path before the cursor at the same offset in both. `__end` is what it finds there in the second one.
pub(super) fn emit(session: &Session<'_>, reader: Reader) -> TokenStream {
    if reader == Reader::Compiler {
        return TokenStream::new();
    }
    let attrs = attributes(session);
    let paths = attrs.map(|(place, attr)| paths(place, attr));
    quote! {
        const _: () = {
            use __session_runtime::__private::options as __session_options;
            #(#paths)*
        };
    }
}

fn attributes<'a>(session: &Session<'a>) -> impl Iterator<Item = (Place, &'a Attribute)> {
    let on_struct = session.input.attrs.iter().map(|attr| (Place::Struct, attr));
    let fields = match &session.input.data {
        Data::Struct(data) => Some(&data.fields),
        _ => None,
    };
    let on_fields = fields.into_iter().flatten().flat_map(|field| {
        let attrs = field.attrs.iter();
        attrs.map(|attr| (Place::Field, attr))
    });
    on_struct
        .chain(on_fields)
        .filter(|(_, attr)| is_session(attr))
}

fn paths(place: Place, attr: &Attribute) -> TokenStream {
    let Meta::List(list) = &attr.meta else {
        return TokenStream::new();
    };
    let module = match place {
        Place::Field => quote!(__session_options::on_field),
        Place::Struct => quote!(__session_options::on_struct),
    };
    let words = words(list.tokens.clone());
    let words = words.filter(|word| is_known(place, word) || is_at_cursor(word));
    quote! {
        #(let _ = #module::#words;)*
        let _ = #module::__end;
    }
}

/// The first word behind each comma, whatever else is wrong.
fn words(tokens: TokenStream) -> impl Iterator<Item = Ident> {
    let mut is_first = true;
    tokens.into_iter().filter_map(move |token| {
        let was_first = is_first;
        is_first = matches!(&token, TokenTree::Punct(punct) if punct.as_char() == ',');
        match token {
            TokenTree::Ident(word) if was_first => Some(word),
            _ => None,
        }
    })
}

/// `crate` is a keyword, so no constant has its name.
fn is_known(place: Place, word: &Ident) -> bool {
    word != "crate" && place.spec(&word.to_string()).is_some()
}

/// rust-analyzer appends this to the word at the cursor, for its expansion alone.
fn is_at_cursor(word: &Ident) -> bool {
    word.to_string().ends_with("raCompletionMarker")
}
