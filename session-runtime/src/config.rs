//! One session type with its layer's options, type erased, made once at start-up.

use std::any::{TypeId, type_name};
use std::ops::Index;
#[cfg(feature = "stored")]
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Once, OnceLock};
use std::{fmt, iter};

use bytes::Bytes;
use http::HeaderValue;

use crate::clock::{Clock, SystemClock};
use crate::cookie::{self, CookieLines, CookieSpec};
use crate::data::{AsRead, Field, FieldId, SessionData, numbered};
use crate::encoded::{Change, Encoded};
use crate::keys::{Claim, CookieId, DerivedKeys, Keyring};
use crate::lifetime::Lifetime;
use crate::merge::Merge;
use crate::part::{Lifespan, Part, Parts};
use crate::record::{RecordRef, Records, Tag};
#[cfg(feature = "stored")]
use crate::store::{Backend, Owner};
use crate::time::Timestamp;
use crate::unread::Unread;

pub(crate) struct Config {
    pub(crate) schema: ErasedSchema,
    pub(crate) options: Options,
    /// Of every part there is: a browser may have one that only another release knows.
    parts: [PartConfig; Part::ALL.len()],
    keyring: Keyring,
    /// `None` if the main part is kept in its cookie.
    pub(crate) rows: Option<Rows>,
    /// Set when the cookie is known to be of no other session type. Some routers apply their layers in every request.
    claimed: OnceLock<()>,
    /// Guards the event which says that another layer of the same session type stands around this
    /// one, so that the log has it once.
    pub(crate) shadowed: Once,
    /// Guards the event which says that browsers throw the cookie away over plain http, so
    /// that the log has it once.
    pub(crate) plain_http: Once,
    /// The same for the event which says that a session in its cookie is refused.
    #[cfg(feature = "stored")]
    pub(crate) in_cookie: Once,
    pub(crate) unread: Unread,
    /// The same for plain http on a loopback address, in debug builds, where its cookie is not one that
    /// every browser takes there.
    pub(crate) on_loopback: Option<Arc<Config>>,
    /// It is itself that.
    pub(crate) is_on_loopback: bool,
    /// The application has a handle to the sessions of this layer. An option that came later would make the handle one
    /// of other sessions.
    #[cfg(feature = "stored")]
    pub(crate) is_handed_out: AtomicBool,
}

/// One cookie of the session.
pub(crate) struct PartConfig {
    pub(crate) cookie_name: String,
    pub(crate) lines: CookieLines,
    pub(crate) keys: Arc<DerivedKeys>,
}

/// The options that the methods of a layer choose.
#[derive(Clone)]
pub(crate) struct Options {
    pub(crate) cookie: CookieSpec,
    pub(crate) clock: Arc<dyn Clock>,
    /// The path of the page where visitors log in.
    pub(crate) login_page: Option<Arc<str>>,
    pub(crate) saves_on_server_errors: bool,
    /// The store that keeps the main part, in place of its cookie.
    #[cfg(feature = "stored")]
    pub(crate) store: Option<Backend>,
    #[cfg(feature = "stored")]
    pub(crate) in_cookies: SessionsInCookies,
}

/// The way in which a layer with a store treats sessions in their cookies. A release without a store made them.
#[cfg(feature = "stored")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SessionsInCookies {
    /// They are not read.
    Refused,
    /// Before this time they are read, and each gets a row when there is something to write.
    Adopted { until: Timestamp },
    /// They stay in their cookies, and sessions begin there.
    Kept,
}

#[cfg(feature = "stored")]
impl SessionsInCookies {
    pub(crate) fn are_read(self, now: Timestamp) -> bool {
        match self {
            Self::Refused => false,
            Self::Adopted { until } => now < until,
            Self::Kept => true,
        }
    }
}

/// The rows of a stored session type.
#[cfg(feature = "stored")]
pub(crate) struct Rows {
    pub(crate) store: Backend,
    pub(crate) in_cookies: SessionsInCookies,
    pub(crate) entry_keys: Arc<DerivedKeys>,
    pub(crate) owner_keys: Arc<DerivedKeys>,
    pub(crate) label_keys: Arc<DerivedKeys>,
    pub(crate) handle_keys: Arc<DerivedKeys>,
}

/// Without the feature no session type has rows.
#[cfg(not(feature = "stored"))]
pub(crate) enum Rows {}

/// A session type without its type.
#[derive(Clone)]
pub(crate) struct ErasedSchema {
    pub(crate) type_id: TypeId,
    pub(crate) type_name: &'static str,
    pub(crate) fields: Arc<[StoredField]>,
    /// Every tag that a field is read under, in order. A session may have a thousand fields.
    by_tag: Arc<[((Part, Tag), FieldId)]>,
    /// The parts in which a field has a lifetime of its own.
    with_ttl: Arc<[Part]>,
    /// The tags of fields that the struct no longer has.
    pub(crate) removed: &'static [[u8; 3]],
    pub(crate) lifetime: Lifetime,
    /// True if a new session survives closing the browser.
    pub(crate) remember: bool,
    pub(crate) identity: Option<Identity>,
}

/// The field that says who is logged in.
#[derive(Clone, Copy)]
pub(crate) struct Identity {
    pub(crate) field: FieldId,
    pub(crate) as_read: AsRead,
}

pub(crate) struct StoredField {
    pub(crate) name: &'static str,
    pub(crate) tag: Tag,
    /// Tags that the field is read under too, and never written under.
    pub(crate) aliases: &'static [[u8; 3]],
    pub(crate) part: Part,
    /// The number of seconds that the field lasts. They count from its last change, or from its
    /// last use if the browser keeps it.
    pub(crate) ttl: Option<u64>,
    /// The way in which parallel changes are merged; `None` if the later one wins.
    pub(crate) merge: Option<Merge>,
    /// The value that is not written, because every session starts with it.
    pub(crate) default: Bytes,
}

#[cfg(feature = "stored")]
impl Rows {
    /// The user as the store sees one. It is keyed, so that a copy of the store does not tell whose a row is.
    pub(crate) fn owner(&self, user: &[u8], now: Timestamp) -> Owner {
        owner(&self.owner_keys.load().sealing(now).secret, user)
    }

    /// Returns true if the user is this owner under one of the keys.
    pub(crate) fn is_owner(&self, user: &[u8], is: Owner) -> bool {
        let keys = self.owner_keys.load();
        keys.iter().any(|key| owner(&key.secret, user) == is)
    }

    /// The same user under every key of the ring.
    pub(crate) fn owners(&self, user: &[u8]) -> Vec<Owner> {
        let keys = self.owner_keys.load();
        let owners = keys.iter().map(|key| owner(&key.secret, user));
        owners.collect()
    }
}

#[cfg(feature = "stored")]
#[expect(
    clippy::expect_used,
    reason = "a key of 32 bytes is long enough, and so is an output of 16 short enough"
)]
pub(crate) fn owner(key: &[u8; 32], user: &[u8]) -> Owner {
    let mut owner = [0; 16];
    hkdf::Hkdf::<sha2::Sha256>::from_prk(key)
        .expect("a key of 32 bytes")
        .expand(user, &mut owner)
        .expect("an output of 16 bytes");
    Owner::from_bytes(owner)
}

impl Config {
    #[track_caller]
    pub(crate) fn new<T: SessionData>(keyring: Keyring) -> Self {
        Self::with_defaults(ErasedSchema::of::<T>(), T::COOKIE, keyring)
    }

    #[track_caller]
    fn with_defaults(schema: ErasedSchema, cookie: &'static str, keyring: Keyring) -> Self {
        let options = Options {
            cookie: CookieSpec::new(cookie),
            clock: Arc::new(SystemClock),
            login_page: None,
            saves_on_server_errors: false,
            #[cfg(feature = "stored")]
            store: None,
            #[cfg(feature = "stored")]
            in_cookies: SessionsInCookies::Refused,
        };
        Self::with_loopback(schema, options, keyring)
    }

    /// The same session type with other options.
    #[track_caller]
    pub(crate) fn with(&self, change: impl FnOnce(&mut Options)) -> Self {
        #[cfg(feature = "stored")]
        assert!(
            !self.is_handed_out.load(Ordering::Relaxed),
            "an option of the layer comes after `sessions()`, whose handle would not have it\n\
             help: call `sessions()` last, and then add the layer to the router"
        );
        let mut options = self.options.clone();
        change(&mut options);
        Self::with_loopback(self.schema.clone(), options, self.keyring.clone())
    }

    /// Safari takes no `Secure` cookie over plain http, not even from a loopback address. A counter that
    /// stays at 1 there would be the first that its user sees of this library.
    #[track_caller]
    fn with_loopback(schema: ErasedSchema, options: Options, keyring: Keyring) -> Self {
        let on_loopback = options.cookie.on_loopback();
        let on_loopback = on_loopback
            .filter(|_| cfg!(debug_assertions))
            .map(|cookie| {
                let options = Options {
                    cookie,
                    ..options.clone()
                };
                let config = Self::of(schema.clone(), options, keyring.clone());
                Arc::new(Self {
                    is_on_loopback: true,
                    ..config
                })
            });
        Self {
            on_loopback,
            ..Self::of(schema, options, keyring)
        }
    }

    /// The configuration of a request to a loopback address. A browser that has a cookie of https keeps
    /// it: it may speak TLS to a server that does not tell us.
    pub(crate) fn for_loopback<'a>(self: &'a Arc<Self>, cookies: &[HeaderValue]) -> &'a Arc<Self> {
        let has_our_own = || !cookie::parts_among(cookies, self.cookie_name()).is_empty();
        match &self.on_loopback {
            Some(on_loopback) if !has_our_own() => on_loopback,
            _ => self,
        }
    }

    #[track_caller]
    fn of(schema: ErasedSchema, options: Options, keyring: Keyring) -> Self {
        options.cookie.expect_browsers_accept();
        let parts = Part::ALL.map(|part| {
            let cookie_name = options.cookie.full_name(part);
            let keys = keyring.derive(&cookie_name, part.name());
            PartConfig {
                cookie_name,
                lines: options.cookie.lines(part),
                keys,
            }
        });
        #[cfg(feature = "stored")]
        let rows = options.store.clone().map(|store| Rows {
            store,
            in_cookies: options.in_cookies,
            entry_keys: keyring.derive(&parts[0].cookie_name, "row"),
            owner_keys: keyring.derive(&parts[0].cookie_name, "owner"),
            label_keys: keyring.derive(&parts[0].cookie_name, "label"),
            handle_keys: keyring.derive(&parts[0].cookie_name, "handle"),
        });
        #[cfg(not(feature = "stored"))]
        let rows = None;
        Self {
            schema,
            options,
            parts,
            rows,
            keyring,
            claimed: OnceLock::new(),
            shadowed: Once::new(),
            plain_http: Once::new(),
            #[cfg(feature = "stored")]
            in_cookie: Once::new(),
            unread: Unread::default(),
            on_loopback: None,
            is_on_loopback: false,
            #[cfg(feature = "stored")]
            is_handed_out: AtomicBool::new(false),
        }
    }

    /// Makes sure that browsers send the cookie, and that no other session type opens it. Returns, the first time, the name of
    /// another type of the program with the same cookie, under other keys.
    ///
    /// # Panics
    ///
    /// Panics if the options of the cookie contradict each other, or another session type has it under one of the keys.
    pub(crate) fn expect_to_serve(&self) -> Option<&'static str> {
        self.options.cookie.expect_browsers_send();
        let mut other_type = None;
        self.claimed.get_or_init(|| {
            self.claim_cookie_once();
            other_type = self.other_type_with_cookie();
        });
        other_type
    }

    fn claim_cookie_once(&self) {
        let claim = self.claim();
        let on_loopback = self.on_loopback.iter().map(|config| config.cookie_name());
        for name in iter::once(self.cookie_name()).chain(on_loopback) {
            #[expect(clippy::panic, reason = "at start-up, while the router is made")]
            if let Err(clash) = self.keyring.claim(name, claim) {
                panic!(
                    "the session types `{}` and `{}` have the same cookie, `{name}`, and the same key, so a session of \
                     one would open as a session of the other\n\
                     help: give one of them `#[session(cookie = \"…\")]`\n\
                     help: in tests that have one key text, take `Keyring::ephemeral()`; a test of two programs gives the \
                     second one the keys by `test_kit::another_process`",
                    clash.holder.type_name, claim.type_name
                )
            }
        }
    }

    fn other_type_with_cookie(&self) -> Option<&'static str> {
        let spec = &self.options.cookie;
        let cookie = CookieId {
            name: self.cookie_name().to_owned(),
            path: spec.path.clone(),
            domain: spec.domain.clone(),
            partitioned: spec.partitioned,
        };
        let other = self.keyring.other_type(cookie, self.claim());
        other.map(|other| other.type_name)
    }

    fn claim(&self) -> Claim {
        Claim {
            type_id: self.schema.type_id,
            type_name: self.schema.type_name,
        }
    }

    #[expect(
        clippy::indexing_slicing,
        reason = "it has one for each part, in their order"
    )]
    pub(crate) fn part(&self, part: Part) -> &PartConfig {
        &self.parts[part as usize]
    }

    /// The name of the main cookie, which those of the others begin with.
    pub(crate) fn cookie_name(&self) -> &str {
        &self.part(Part::Main).cookie_name
    }

    /// Returns true if the main part is kept in a store.
    pub(crate) fn is_stored(&self) -> bool {
        self.rows.is_some()
    }

    /// Returns true if sessions stay in their cookies although there is a store, and begin there.
    #[cfg(feature = "stored")]
    pub(crate) fn keeps_sessions_in_cookies(&self) -> bool {
        let rows = self.rows.as_ref();
        rows.is_some_and(|rows| rows.in_cookies == SessionsInCookies::Kept)
    }

    #[cfg(not(feature = "stored"))]
    #[expect(clippy::unused_self, reason = "as with a store")]
    pub(crate) fn keeps_sessions_in_cookies(&self) -> bool {
        false
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
            .field("cookie", &self.cookie_name())
            .field("keys", &self.part(Part::Main).keys)
            .finish_non_exhaustive()
    }
}

impl ErasedSchema {
    /// The description without its type. Generic code is compiled again for every session type, so this only collects, and
    /// in plain loops.
    #[track_caller]
    fn of<T: SessionData>() -> Self {
        let schema = T::SCHEMA;
        let mut fields = Vec::with_capacity(schema.fields.len());
        for field in schema.fields {
            fields.push(StoredField::without_default(field));
        }
        let defaults = std::array::from_fn(|_| Encoded::of(&T::default()));
        let type_name = type_name::<T>();
        set_defaults(&mut fields, &defaults, type_name);
        Self {
            type_id: TypeId::of::<T>(),
            type_name,
            by_tag: by_tag(&fields),
            with_ttl: with_ttl(&fields),
            identity: identity::<T>(),
            fields: fields.into(),
            removed: schema.removed,
            lifetime: Lifetime {
                idle: schema.idle,
                max: schema.max,
            },
            remember: schema.remember,
        }
    }

    #[cfg(test)]
    pub(crate) fn set_fields(&mut self, fields: Vec<StoredField>) {
        self.by_tag = by_tag(&fields);
        self.with_ttl = with_ttl(&fields);
        self.fields = fields.into();
    }

    /// Returns true if the session type has `part`. Every type has the main part. It has another
    /// part if a field lives there.
    pub(crate) fn has(&self, part: Part) -> bool {
        part == Part::Main || self.fields.iter().any(|field| field.part == part)
    }

    /// Returns true if a field of the part has a lifetime of its own.
    pub(crate) fn has_ttl(&self, part: Part) -> bool {
        self.with_ttl.contains(&part)
    }

    pub(crate) fn lifetime_of(&self, part: Part) -> Lifetime {
        match part.rules().lifespan {
            Lifespan::Session => self.lifetime,
            Lifespan::SinceUse(_) | Lifespan::SinceChange(_) => Lifetime::OF_FIELDS,
        }
    }

    /// Returns true if the change sets its field to something other than the default.
    pub(crate) fn has_value(&self, change: &Change) -> bool {
        change.value.as_ref() != Ok(&self[change.field].default)
    }

    /// The field with this tag in `part`; `None` if only another release knows it.
    pub(crate) fn field_of(&self, part: Part, tag: Tag) -> Option<&StoredField> {
        let at = self
            .by_tag
            .partition_point(|(other, _)| *other < (part, tag));
        let (found, field) = self.by_tag.get(at)?;
        (*found == (part, tag)).then(|| &self[*field])
    }

    /// The fields that have a record, each with the one that holds it.
    pub(crate) fn fields_in<'a>(
        &'a self,
        part: Part,
        records: &'a Records,
    ) -> impl Iterator<Item = (FieldId, RecordRef<'a>)> {
        // Both are in the order of tags.
        let mut known = self
            .by_tag
            .iter()
            .skip_while(move |((of, _), _)| *of < part)
            .peekable();
        records.iter().filter_map(move |record| {
            let at = (part, record.tag);
            while known.next_if(|(known, _)| *known < at).is_some() {}
            let (_, id) = known.peek().filter(|(known, _)| *known == at)?;
            let aliases = self[*id].aliases;
            let holds = aliases.is_empty() || self[*id].record_in(records) == Some(record);
            holds.then_some((*id, record))
        })
    }

    pub(crate) fn identity_field(&self) -> Option<&StoredField> {
        Some(&self[self.identity?.field])
    }
}

impl Index<FieldId> for ErasedSchema {
    type Output = StoredField;

    fn index(&self, field: FieldId) -> &StoredField {
        field.of(&self.fields)
    }
}

impl StoredField {
    fn without_default<T>(field: &Field<T>) -> Self {
        Self {
            name: field.name,
            tag: field.tag,
            aliases: field.aliases,
            part: field.part,
            ttl: field.part.ttl(field.ttl),
            merge: field.merge,
            default: Bytes::new(),
        }
    }

    /// The record that holds the field.
    pub(crate) fn record<'a>(&self, records: &'a Parts<Records>) -> Option<RecordRef<'a>> {
        self.record_in(records.get(self.part)?)
    }

    /// The record that holds the field in the records of its part: the one under its own tag, or
    /// else under its first alias that is there.
    pub(crate) fn record_in<'a>(&self, records: &'a Records) -> Option<RecordRef<'a>> {
        self.tags().find_map(|tag| records.get(tag))
    }

    /// The value that the field has in the records of its part.
    pub(crate) fn value_in(&self, records: &Records) -> Bytes {
        let record = self.record_in(records);
        record.map_or_else(
            || self.default.clone(),
            |record| records.share(record.value),
        )
    }

    /// Returns the time until which a value lasts that is written or used now; `None` if it lasts as long
    /// as its session.
    pub(crate) fn deadline(&self, now: Timestamp) -> Option<Timestamp> {
        self.ttl.map(|seconds| now.plus(seconds))
    }

    /// Every tag that the field is read under.
    pub(crate) fn tags(&self) -> impl Iterator<Item = Tag> {
        let aliases = self.aliases.iter().map(|alias| Tag(*alias));
        iter::once(self.tag).chain(aliases)
    }
}

fn with_ttl(fields: &[StoredField]) -> Arc<[Part]> {
    let has_ttl = |part: &Part| {
        let mut fields = fields.iter();
        fields.any(|field| field.part == *part && field.ttl.is_some())
    };
    Part::ALL.into_iter().filter(has_ttl).collect()
}

/// Of two fields with one tag the first comes first.
fn by_tag(fields: &[StoredField]) -> Arc<[((Part, Tag), FieldId)]> {
    let tags = numbered(fields).flat_map(|(id, field)| {
        let tags = field.tags();
        tags.map(move |tag| ((field.part, tag), id))
    });
    let mut tags: Vec<_> = tags.collect();
    tags.sort();
    tags.into()
}

fn identity<T: SessionData>() -> Option<Identity> {
    let mut fields = numbered(T::SCHEMA.fields);
    fields.find_map(|(id, field)| {
        let as_read = field.user_as_read?;
        Some(Identity { field: id, as_read })
    })
}

/// The number of times that the defaults are evaluated. A second time would be enough to notice a
/// random number. A `HashMap` with two entries comes out in the same order half of the time.
const EVALUATIONS: usize = 24;

/// Gives the fields their defaults, as they were evaluated several times. A default that is another one each time
/// would never be stored, and every request would see another value, so it is refused here.
#[track_caller]
fn set_defaults(fields: &mut [StoredField], evaluated: &[Encoded; EVALUATIONS], type_name: &str) {
    let [first, others @ ..] = evaluated;
    for (index, (field, default)) in fields.iter_mut().zip(first.fields()).enumerate() {
        let name = field.name;
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
            "the default of `{name}` in `{type_name}` is not constant, so every request would see \
             another value\nhelp: set `{name}` in a handler, or make it an `Option`; for a \
             `HashMap` or `HashSet` that starts with several entries use `BTreeMap` or `BTreeSet`"
        );
        field.default = Bytes::copy_from_slice(default);
    }
}

#[cfg(all(test, feature = "stored"))]
mod tests {
    use super::*;
    use crate::Session;
    use crate::store::MemoryStore;

    #[derive(Session)]
    #[session(cookie = "shop", stored)]
    struct Shop {
        visits: u32,
    }

    /// As `docs/FORMAT.md` says. Under keys of another name every row that is out there would be lost.
    #[test]
    fn the_keys_of_rows_are_those_of_the_main_cookies_name() {
        let keyring = Keyring::ephemeral();
        let store = Backend::new(MemoryStore::new());
        let config = Config::new::<Shop>(keyring.clone()).with(|options| {
            options.store = Some(store);
        });
        let rows = config.rows.as_ref().unwrap();
        for (keys, part) in [
            (&rows.entry_keys, "row"),
            (&rows.owner_keys, "owner"),
            (&rows.label_keys, "label"),
            (&rows.handle_keys, "handle"),
        ] {
            let now = Timestamp::from_seconds(0);
            let expected = keyring.derive("__Host-shop", part).load();
            let expected = &expected.sealing(now).secret;
            assert_eq!(&keys.load().sealing(now).secret, expected, "{part}");
        }
    }
}
