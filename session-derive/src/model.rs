//! The session as it was written, borrowed from the input so that every span survives.

use std::{iter, ptr};

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::ext::IdentExt as _;
use syn::{Attribute, Data, DeriveInput, Expr, Fields, Ident, LitStr, Path, Type};

use crate::attr::Options;
use crate::attr::table::{
    ALIAS, COOKIE, CRATE, DEFAULT, IDENTITY, IDLE, MAX, Place, REMEMBER, REMOVED, RENAME, Row, TTL,
};
use crate::diag::Diag;
use crate::lit::cookie_name;
use crate::lit::duration::{DAY, Duration};
use crate::tag::Tag;
use crate::ty;

pub(crate) struct Session<'a> {
    pub(crate) input: &'a DeriveInput,
    pub(crate) cookie: Cookie,
    /// The time that the session lasts from its last use on.
    pub(crate) idle: Lifetime,
    /// The time that the session lasts from its beginning on.
    pub(crate) max: Lifetime,
    /// `true` if a new session survives closing the browser.
    pub(crate) remember: bool,
    /// The path under which generated code finds the runtime, if it is not `::session_runtime`.
    pub(crate) runtime: Option<Path>,
    pub(crate) fields: Vec<Field<'a>>,
    /// Stored names of fields that this struct no longer has.
    pub(crate) removed: Vec<StoredName>,
}

/// The cookie's name, and where it comes from.
pub(crate) enum Cookie {
    OfType(String),
    Unreadable,
    Written(LitStr),
}

/// The time that a session lasts: its `idle` or its `max`.
pub(crate) enum Lifetime {
    Unreadable,
    Unset,
    Written(Duration),
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
    /// The time that a value of the field lasts, if the field has a `ttl`.
    pub(crate) ttl: Option<Ttl>,
    /// `browser`, `flash` and `identity`, as far as they are there, in the order they are written.
    /// They may contradict one another.
    pub(crate) marks: Vec<Ident>,
}

/// A lifetime of a field's own, and where it stands.
pub(crate) struct Ttl {
    pub(crate) key: Ident,
    /// Absent where it could not be read.
    pub(crate) duration: Option<Duration>,
}

/// The name of a record, and where it stands in the source.
pub(crate) struct StoredName {
    pub(crate) text: String,
    pub(crate) tag: Tag,
    pub(crate) at: TokenStream,
}

impl<'a> Session<'a> {
    pub(crate) fn read(diag: &Diag, input: &'a DeriveInput) -> Self {
        let options = Options::read(diag, Place::Struct, &input.ident, &input.attrs);
        Self {
            input,
            cookie: Cookie::new(&options, &input.ident),
            idle: Lifetime::new(&options, &IDLE),
            max: Lifetime::new(&options, &MAX),
            remember: options.flags().any(|flag| flag == REMEMBER.name),
            runtime: options.path(&CRATE).cloned(),
            fields: named_fields(input)
                .filter_map(|field| Field::read(diag, &input.ident, field))
                .collect(),
            removed: options.texts(&REMOVED).map(StoredName::written).collect(),
        }
    }

    pub(crate) fn idle_seconds(&self) -> u64 {
        let longest = self.max_seconds();
        (self.idle.seconds()).unwrap_or_else(|| IDLE_UNLESS_SET.min(longest))
    }

    pub(crate) fn max_seconds(&self) -> u64 {
        self.max.seconds().unwrap_or(MAX_UNLESS_SET)
    }

    /// The field that says who is logged in: the first that is marked so.
    pub(crate) fn identity(&self) -> Option<&Field<'a>> {
        (self.fields.iter()).find(|field| field.is(&IDENTITY))
    }

    /// Returns `true` if `ty` is a type parameter.
    pub(crate) fn is_parameter(&self, ty: &Type) -> bool {
        let mut parameters = self.input.generics.type_params();
        parameters.any(|parameter| ty::is_word(ty, &parameter.ident))
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

impl Cookie {
    fn new(options: &Options, session: &Ident) -> Self {
        match options.text(&COOKIE) {
            Some(name) => Self::Written(name.clone()),
            None if options.has(&COOKIE) => Self::Unreadable,
            None => Self::OfType(cookie_name::of_type(&session.unraw().to_string())),
        }
    }
}

impl Lifetime {
    fn new(options: &Options, row: &Row) -> Self {
        match options.duration(row) {
            Some(duration) => Self::Written(duration.clone()),
            None if options.has(row) => Self::Unreadable,
            None => Self::Unset,
        }
    }

    fn seconds(&self) -> Option<u64> {
        match self {
            Self::Unreadable | Self::Unset => None,
            Self::Written(duration) => Some(duration.seconds),
        }
    }
}

impl<'a> Field<'a> {
    fn read(diag: &Diag, session: &Ident, field: &'a syn::Field) -> Option<Self> {
        let options = Options::read(diag, Place::Field, session, &field.attrs);
        let ident = field.ident.as_ref()?;
        Some(Self {
            attrs: &field.attrs,
            ident,
            ty: &field.ty,
            name: match options.text(&RENAME) {
                Some(name) => StoredName::written(name),
                None => StoredName::new(ident.unraw().to_string(), ident),
            },
            aliases: options.texts(&ALIAS).map(StoredName::written).collect(),
            default: options.expr(&DEFAULT).cloned(),
            ttl: Ttl::new(&options),
            marks: options.flags().cloned().collect(),
        })
    }

    pub(crate) fn is(&self, mark: &Row) -> bool {
        self.mark(mark).is_some()
    }

    /// The mark as it is written, if the field has it.
    pub(crate) fn mark(&self, mark: &Row) -> Option<&Ident> {
        self.marks.get(self.position(mark)?)
    }

    /// The later of two marks as it is written, if the field has both.
    pub(crate) fn later(&self, one: &Row, other: &Row) -> Option<&Ident> {
        let later = self.position(one)?.max(self.position(other)?);
        self.marks.get(later)
    }

    fn position(&self, mark: &Row) -> Option<usize> {
        self.marks.iter().position(|found| found == mark.name)
    }

    /// Every name under which the field may be stored, the one it is written under first.
    pub(crate) fn names(&self) -> impl Iterator<Item = &StoredName> {
        iter::once(&self.name).chain(&self.aliases)
    }
}

impl Ttl {
    fn new(options: &Options) -> Option<Self> {
        Some(Self {
            key: options.key(&TTL)?.clone(),
            duration: options.duration(&TTL).cloned(),
        })
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
