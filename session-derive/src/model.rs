//! The session as it was written, borrowed from the input so that every span survives.

use syn::ext::IdentExt as _;
use syn::{Data, DeriveInput, Expr, Fields, Ident, LitStr, Path, Type};

use crate::attr::Options;
use crate::attr::table::{COOKIE, CRATE, DEFAULT, Place};
use crate::diag::Diag;
use crate::lit::cookie_name;
use crate::tag::Tag;

pub(crate) struct Session<'a> {
    pub(crate) input: &'a DeriveInput,
    pub(crate) cookie: Cookie,
    /// Where generated code finds the runtime, when it is not `::session_runtime`.
    pub(crate) runtime: Option<Path>,
    pub(crate) fields: Vec<Field<'a>>,
}

/// The cookie's name, and where it comes from.
pub(crate) enum Cookie {
    OfType(String),
    Unreadable,
    Written(LitStr),
}

pub(crate) struct Field<'a> {
    pub(crate) ident: &'a Ident,
    pub(crate) ty: &'a Type,
    pub(crate) wire_name: String,
    pub(crate) tag: Tag,
    pub(crate) default: Option<Expr>,
}

impl<'a> Session<'a> {
    pub(crate) fn read(diag: &Diag, input: &'a DeriveInput) -> Self {
        let options = Options::read(diag, Place::Struct, &input.ident, &input.attrs);
        Self {
            input,
            cookie: Cookie::new(&options, &input.ident),
            runtime: options.path(&CRATE).cloned(),
            fields: named_fields(input)
                .filter_map(|field| Field::read(diag, &input.ident, field))
                .collect(),
        }
    }
}

fn named_fields(input: &DeriveInput) -> impl Iterator<Item = &syn::Field> {
    let named = match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(fields) => Some(&fields.named),
            _ => None,
        },
        _ => None,
    };
    named.into_iter().flatten()
}

impl Cookie {
    fn new(options: &Options, session: &Ident) -> Self {
        match options.text(&COOKIE) {
            Some(name) => Self::Written(name.clone()),
            None if options.has(&COOKIE) => Self::Unreadable,
            None => Self::OfType(cookie_name::of_type(&session.unraw().to_string())),
        }
    }
}

impl<'a> Field<'a> {
    fn read(diag: &Diag, session: &Ident, field: &'a syn::Field) -> Option<Self> {
        let options = Options::read(diag, Place::Field, session, &field.attrs);
        let ident = field.ident.as_ref()?;
        let wire_name = ident.unraw().to_string();
        Some(Self {
            ident,
            ty: &field.ty,
            tag: Tag::new(&wire_name),
            wire_name,
            default: options.expr(&DEFAULT).cloned(),
        })
    }
}
