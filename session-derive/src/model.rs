//! The session as it was written, borrowed from the input so that every span survives.

use std::{iter, ptr};

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::ext::IdentExt as _;
use syn::{Attribute, Data, DeriveInput, Expr, Fields, Ident, LitStr, Path, Type};

use crate::attr::table::{
    ALIAS, COOKIE, CRATE, DEFAULT, IDENTITY, IDLE, MAX, MERGE, Place, REMEMBER, REMOVED, RENAME,
    STORED, TTL,
};
use crate::attr::{Given, Marks, Options};
use crate::diag::Diag;
use crate::lit::cookie_name;
use crate::lit::duration::{DAY, Duration};
use crate::lit::merging::Merging;
use crate::tag::Tag;

pub(crate) struct Session<'a> {
    pub(crate) input: &'a DeriveInput,
    pub(crate) cookie: Given<LitStr>,
    /// The time that the session lasts from its last use on.
    pub(crate) idle: Given<Duration>,
    /// The time that the session lasts from its beginning on.
    pub(crate) max: Given<Duration>,
    /// `true` if a new session survives closing the browser.
    pub(crate) remember: bool,
    /// The mark of a session whose fields are kept in a store.
    pub(crate) stored: Option<Ident>,
    /// `true` if the mark of the identity stands on the struct, where it is a mistake that is reported.
    pub(crate) misplaces_identity: bool,
    /// The path under which generated code finds the runtime, if it is not `::session_runtime`.
    pub(crate) runtime: Option<Path>,
    pub(crate) fields: Vec<Field<'a>>,
    /// Stored names of fields that this struct no longer has.
    pub(crate) removed: Vec<StoredName>,
}

/// `max` of a session that does not set it.
pub(crate) const MAX_UNLESS_SET: u64 = 90 * DAY;

/// `idle` of a session that does not set it, unless `max` is even shorter.
const IDLE_UNLESS_SET: u64 = 14 * DAY;

pub(crate) struct Field<'a> {
    pub(crate) attrs: &'a [Attribute],
    pub(crate) ident: &'a Ident,
    pub(crate) ty: &'a Type,
    /// The name it is written under.
    pub(crate) name: StoredName,
    /// Other names it is read under, the first one there first.
    pub(crate) aliases: Vec<StoredName>,
    pub(crate) default: Option<Expr>,
    /// The time that a value of the field lasts.
    pub(crate) ttl: Given<Duration>,
    /// The way in which parallel changes of the field are merged.
    pub(crate) merge: Given<Merging>,
    pub(crate) marks: Marks,
}

/// The name of a record, and where it stands in the source.
pub(crate) struct StoredName {
    pub(crate) text: String,
    pub(crate) tag: Tag,
    pub(crate) at: TokenStream,
}

impl<'a> Session<'a> {
    pub(crate) fn read(diag: &Diag, input: &'a DeriveInput) -> Self {
        let mut options = Options::read(diag, Place::Struct, &input.ident, &input.attrs);
        let removed = options.take_all(&REMOVED);
        let marks = options.take_marks();
        Self {
            input,
            cookie: options.take(&COOKIE),
            idle: options.take(&IDLE),
            max: options.take(&MAX),
            remember: marks.has(&REMEMBER),
            stored: marks.get(&STORED).cloned(),
            misplaces_identity: marks.has(&IDENTITY),
            runtime: options.take(&CRATE).into_written(),
            fields: named_fields(input)
                .filter_map(|field| Field::read(diag, &input.ident, field))
                .collect(),
            removed: removed.iter().flatten().map(StoredName::written).collect(),
        }
    }

    /// The written name, or that of the type. It is empty if the written one is unreadable.
    pub(crate) fn cookie_name(&self) -> String {
        match &self.cookie {
            Given::Unset => cookie_name::of_type(&self.input.ident.unraw().to_string()),
            Given::Unreadable(_) => String::new(),
            Given::Written(_, name) => name.value(),
        }
    }

    pub(crate) fn idle_seconds(&self) -> u64 {
        match self.idle.as_written() {
            Some(idle) => idle.seconds,
            None => IDLE_UNLESS_SET.min(self.max_seconds()),
        }
    }

    pub(crate) fn max_seconds(&self) -> u64 {
        match self.max.as_written() {
            Some(max) => max.seconds,
            None => MAX_UNLESS_SET,
        }
    }

    /// The field that says who is logged in: the first that is marked so.
    pub(crate) fn identity(&self) -> Option<&Field<'a>> {
        (self.fields.iter()).find(|field| field.marks.has(&IDENTITY))
    }

    pub(crate) fn is_identity(&self, field: &Field<'a>) -> bool {
        (self.identity()).is_some_and(|identity| ptr::eq(identity, field))
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

impl<'a> Field<'a> {
    fn read(diag: &Diag, session: &Ident, field: &'a syn::Field) -> Option<Self> {
        let mut options = Options::read(diag, Place::Field, session, &field.attrs);
        let ident = field.ident.as_ref()?;
        Some(Self {
            attrs: &field.attrs,
            ident,
            ty: &field.ty,
            name: match options.take(&RENAME).into_written() {
                Some(name) => StoredName::written(&name),
                None => StoredName::new(ident.unraw().to_string(), ident),
            },
            aliases: (options.take_all(&ALIAS).iter())
                .map(StoredName::written)
                .collect(),
            default: options.take(&DEFAULT).into_written(),
            ttl: options.take(&TTL),
            merge: options.take(&MERGE),
            marks: options.take_marks(),
        })
    }

    /// Every name under which the field may be stored, the one it is written under first.
    pub(crate) fn names(&self) -> impl Iterator<Item = &StoredName> {
        iter::once(&self.name).chain(&self.aliases)
    }
}

impl StoredName {
    fn new(text: String, at: impl ToTokens) -> Self {
        Self {
            tag: Tag::new(&text),
            text,
            at: at.into_token_stream(),
        }
    }

    fn written(literal: &LitStr) -> Self {
        Self::new(literal.value(), literal)
    }
}
