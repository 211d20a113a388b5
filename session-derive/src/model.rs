//! The session as it was written, borrowed from the input so that every span survives.

use std::iter;

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::ext::IdentExt as _;
use syn::{Data, DeriveInput, Expr, Fields, Ident, LitStr, Path, Type};

use crate::attr::Options;
use crate::attr::table::{
    ALIAS, COOKIE, CRATE, DEFAULT, IDLE, MAX, Place, REMOVED, RENAME, Row, TTL,
};
use crate::diag::Diag;
use crate::lit::cookie_name;
use crate::lit::duration::{DAY, Duration};
use crate::tag::Tag;

pub(crate) struct Session<'a> {
    pub(crate) input: &'a DeriveInput,
    pub(crate) cookie: Cookie,
    /// How long it lasts from its last use on.
    pub(crate) idle: Lifetime,
    /// How long it lasts from its beginning on.
    pub(crate) max: Lifetime,
    /// Where generated code finds the runtime, when it is not `::session_runtime`.
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

/// How long a session lasts, in one of two ways.
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
    pub(crate) ident: &'a Ident,
    pub(crate) ty: &'a Type,
    /// The name it is written under.
    pub(crate) name: StoredName,
    /// Other names it is read under, the first one there first.
    pub(crate) aliases: Vec<StoredName>,
    pub(crate) default: Option<Expr>,
    /// How long a value of it lasts, if not as long as the session.
    pub(crate) ttl: Option<Duration>,
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
            ident,
            ty: &field.ty,
            name: match options.text(&RENAME) {
                Some(name) => StoredName::written(name),
                None => StoredName::new(ident.unraw().to_string(), ident),
            },
            aliases: options.texts(&ALIAS).map(StoredName::written).collect(),
            default: options.expr(&DEFAULT).cloned(),
            ttl: options.duration(&TTL).cloned(),
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
