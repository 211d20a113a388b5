//! One session type with its layer's options, type erased, made once at start-up.

use std::any::{TypeId, type_name};
use std::sync::{Arc, Once};
use std::{fmt, iter};

use bytes::Bytes;

use crate::clock::{Clock, SystemClock};
use crate::cookie::CookieSpec;
use crate::data::SessionData;
use crate::encoded::Encoded;
use crate::keys::{DerivedKeys, Keyring};
use crate::lifetime::Lifetime;
use crate::record::{Record, Records, Tag};
use crate::time::Timestamp;

pub(crate) struct Config {
    pub(crate) schema: Schema,
    pub(crate) options: Options,
    pub(crate) cookie_name: String,
    pub(crate) keys: Arc<DerivedKeys>,
    keyring: Keyring,
    /// Whether the log has said that another layer of the type stands around this one.
    pub(crate) shadowed: Once,
    /// Whether the log has said that browsers throw the cookie away over plain http.
    pub(crate) plain_http: Once,
}

/// What the methods of a layer choose.
#[derive(Clone)]
pub(crate) struct Options {
    pub(crate) cookie: CookieSpec,
    pub(crate) clock: Arc<dyn Clock>,
}

/// A session type without its type.
#[derive(Clone)]
pub(crate) struct Schema {
    pub(crate) type_id: TypeId,
    pub(crate) type_name: &'static str,
    pub(crate) fields: Arc<[StoredField]>,
    /// The tags of fields that the struct no longer has.
    pub(crate) removed: &'static [[u8; 3]],
    pub(crate) lifetime: Lifetime,
}

pub(crate) struct StoredField {
    pub(crate) name: &'static str,
    pub(crate) tag: Tag,
    /// Tags that the field is read under too, and never written under.
    pub(crate) aliases: &'static [[u8; 3]],
    /// How many seconds it lasts from its last change on.
    pub(crate) ttl: Option<u64>,
    /// The value that is not written, because every session starts with it.
    pub(crate) default: Bytes,
}

/// The one part that a session has in this release.
const MAIN: &str = "main";

impl Config {
    #[track_caller]
    pub(crate) fn new<T: SessionData>(keyring: Keyring) -> Self {
        let options = Options {
            cookie: CookieSpec::new(T::COOKIE),
            clock: Arc::new(SystemClock),
        };
        Self::of(Schema::of::<T>(), options, keyring)
    }

    /// The same session type with other options.
    #[track_caller]
    pub(crate) fn with(&self, change: impl FnOnce(&mut Options)) -> Self {
        let mut options = self.options.clone();
        change(&mut options);
        Self::of(self.schema.clone(), options, self.keyring.clone())
    }

    #[track_caller]
    fn of(schema: Schema, options: Options, keyring: Keyring) -> Self {
        options.cookie.expect_browsers_accept();
        let cookie_name = options.cookie.full_name();
        let keys = keyring.derive(&cookie_name, MAIN);
        Self {
            schema,
            options,
            cookie_name,
            keys,
            keyring,
            shadowed: Once::new(),
            plain_http: Once::new(),
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::of(self.options.clock.now())
    }
}

/// Names only.
impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("session", &self.schema.type_name)
            .field("cookie", &self.cookie_name)
            .field("keys", &self.keys)
            .finish_non_exhaustive()
    }
}

impl Schema {
    #[track_caller]
    fn of<T: SessionData>() -> Self {
        Self {
            type_id: TypeId::of::<T>(),
            type_name: type_name::<T>(),
            fields: stored_fields::<T>(),
            removed: T::REMOVED,
            lifetime: Lifetime {
                idle: T::IDLE,
                max: T::MAX,
            },
        }
    }

    pub(crate) fn field_name(&self, field: usize) -> &'static str {
        self.fields.get(field).map_or("", |field| field.name)
    }

    /// The field with this tag; `None` if only another release knows it.
    pub(crate) fn field_of(&self, tag: Tag) -> Option<&StoredField> {
        let mut fields = self.fields.iter();
        fields.find(|field| field.tags().any(|other| other == tag))
    }
}

impl StoredField {
    /// The record that holds the field: the one under its own tag, or else under its first alias
    /// that is there.
    pub(crate) fn record<'a>(&self, records: &'a Records) -> Option<&'a Record> {
        self.tags().find_map(|tag| records.get(tag))
    }

    /// Every tag that the field is read under.
    pub(crate) fn tags(&self) -> impl Iterator<Item = Tag> {
        let aliases = self.aliases.iter().map(|alias| Tag(*alias));
        iter::once(self.tag).chain(aliases)
    }
}

/// How often the defaults are evaluated. Once more would do for a random number; a `HashMap` with
/// two entries comes out in the same order half of the time.
const EVALUATIONS: usize = 24;

/// The fields with their defaults. A default that is another one each time would never be stored,
/// and every request would see another value, so it is refused here.
#[track_caller]
fn stored_fields<T: SessionData>() -> Arc<[StoredField]> {
    let first = Encoded::of(&T::fresh());
    let others: Vec<_> = (1..EVALUATIONS).map(|_| Encoded::of(&T::fresh())).collect();
    let mut fields = Vec::new();
    for (index, (field, default)) in T::FIELDS.iter().zip(first.fields()).enumerate() {
        let (type_name, name) = (type_name::<T>(), field.name);
        let default = match default {
            Ok(default) => default,
            #[expect(clippy::panic, reason = "at start-up, while somebody looks")]
            Err(error) => {
                panic!("the default of `{name}` in `{type_name}` cannot be stored: {error}")
            }
        };
        assert!(
            others
                .iter()
                .all(|other| other.fields().nth(index) == Some(Ok(default))),
            "the default of `{name}` in `{type_name}` is not constant, so it would be another one \
             in every request\nhelp: set `{name}` in a handler, or make it an `Option`; for a \
             `HashMap` or `HashSet` that starts with several entries use `BTreeMap` or `BTreeSet`"
        );
        fields.push(StoredField {
            name,
            tag: field.tag,
            aliases: field.aliases,
            ttl: field.ttl,
            default: Bytes::copy_from_slice(default),
        });
    }
    fields.into()
}
