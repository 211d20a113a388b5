//! The whole pipeline: read the options, model the session, check it, emit or fall back.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{DeriveInput, Error};

use crate::check::Runtime;
use crate::diag::Diag;
use crate::emit::editor::Reader;
use crate::model::Session;
use crate::{check, emit};

pub(crate) fn derive(input: TokenStream) -> TokenStream {
    match syn::parse2(input) {
        Ok(input) => expand(&input, Runtime::OF_THIS_BUILD, Reader::of_this_process()),
        Err(error) => error.into_compile_error(),
    }
}

pub(crate) fn expand(input: &DeriveInput, runtime: Runtime, reader: Reader) -> TokenStream {
    let (session, errors) = read(input, runtime);
    match errors {
        None if check::is_refused_by_rustc(&session) => emit::fallback(&session, reader),
        None => emit::session(&session, reader),
        Some(errors) => {
            let errors = errors.into_compile_error();
            let fallback = emit::fallback(&session, reader);
            // The editor's paths come first, and none of them is behind a macro call: see `emit/editor.rs`.
            quote!(#fallback #errors)
        }
    }
}

/// The session as far as it could be understood, and every mistake in it.
pub(crate) fn read(input: &DeriveInput, runtime: Runtime) -> (Session<'_>, Option<Error>) {
    Diag::collect(|diag| {
        let session = Session::read(diag, input);
        check::session(diag, &session, runtime);
        session
    })
}
