//! The description of a session type that the derive gives the runtime.

use std::any::TypeId;
use std::fmt;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::explained::Derived;
use crate::merge::Merge;
use crate::part::Part;
use crate::record::Tag;
use crate::value::{self, DecodeError, EncodeError};

/// A struct that is a session, implemented by `#[derive(Session)]` and by nothing else.
///
/// The derive describes the struct; every behaviour is generic code in this crate, so ten
/// session types do not cost ten copies of it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a session type",
    label = "not a session type",
    note = "a session type is a struct of yours with `#[derive(Session)]`, and it is named as it is: `Session<Shop>`, \
            `SessionLayer::<Shop>`"
)]
pub trait SessionData: Derived {
    /// The cookie's name without its prefix: what the session is known by.
    const COOKIE: &'static str = Self::SCHEMA.cookie;

    // The derive writes it. Without a value here rustc would tell whoever implements the trait to write it by hand. With
    // this one, a program that uses such a type does not compile.
    #[doc(hidden)]
    const SCHEMA: Schema<Self> =
        panic!("`SessionData` is implemented by `#[derive(Session)]` and by nothing else");
}

/// A session type with a field that says who is logged in, implemented by `#[derive(Session)]` for a
/// struct that has one marked `identity`.
///
/// It is the bound of [`Session::log_in`](crate::Session::log_in),
/// [`Session::log_out`](crate::Session::log_out) and [`LoggedIn`](crate::LoggedIn), and of helpers
/// that work for several session types:
///
/// ```
/// use session_runtime::{HasIdentity, Session};
///
/// async fn log_out<T: HasIdentity>(mut session: Session<T>) -> &'static str {
///     Session::log_out(&mut session);
///     "goodbye"
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a session with an identity",
    label = "no field of `{Self}` says who is logged in",
    note = "add one to the session: `#[session(identity)] user: Identity<UserId>`",
    note = "the type that is named is the session's, as in `LoggedIn<Shop>`, and not that of the user"
)]
pub trait HasIdentity: SessionData {
    /// The type that the identity holds for a user who is logged in: the `UserId` of `Identity<UserId>`.
    ///
    /// A function that stores it has the bound `T::Id: SessionField`. Here is none, because rustc would name a type that
    /// cannot be kept once for the bound and once for the field.
    type Id;

    #[doc(hidden)]
    const USER: UserCodec<Self::Id>;
}

/// A session type that is kept in its cookie, implemented by `#[derive(Session)]` for a struct without the mark
/// `stored`.
///
/// It is the bound of [`SessionLayer::new`](crate::SessionLayer::new). Only a function that makes layers for
/// several session types needs it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a session that is kept in its cookie",
    label = "not kept in its cookie",
    note = "a session type is a struct of yours with `#[derive(Session)]`, and it is named as it is: `SessionLayer::<Shop>`",
    note = "one that is marked `stored` has a layer with a store: `SessionLayer::<Shop>::stored(keys, store)`"
)]
pub trait KeptInCookie: SessionData {}

/// A session type that is kept in a store, implemented by `#[derive(Session)]` for a struct with the mark `stored`.
///
/// It is the bound of `SessionLayer::stored`, `SessionLayer::sessions` and `Session::renew`. Only a function that works for
/// several session types needs it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a session that is kept in a store",
    label = "not kept in a store",
    note = "write `#[session(stored)]` on `{Self}`, and make its layer by `SessionLayer::<{Self}>::stored(keys, store)`",
    note = "a session that is kept in its cookie has a layer by `new(keys)`; only its browser has it, so it can be neither \
            listed nor ended from outside, and it has no ticket to renew"
)]
pub trait KeptInStore: SessionData {}

/// A value that a session can keep: `Serialize` and `DeserializeOwned`.
///
/// It is a bound for functions and types that are generic over such a value.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be kept in a session",
    label = "cannot be kept in a session",
    note = "derive `Serialize` and `Deserialize` for it and for every type inside it"
)]
pub trait SessionField: Serialize + DeserializeOwned {}

#[diagnostic::do_not_recommend]
impl<T: Serialize + DeserializeOwned> SessionField for T {}

/// The type of a field: a [`SessionField`] that is `Send`. It has no supertraits, of which rustc would speak one by one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be kept in a session",
    label = "cannot be kept in a session",
    note = "derive `Serialize` and `Deserialize` for it and for every type inside it",
    note = "for a type of another crate, turn on the feature `serde` of that crate; for `Arc`, the feature `rc` of serde",
    note = "otherwise keep what you need of it in a type of your own",
    note = "the keys of a map are also `Eq` and `Hash`, or `Ord`; every value is `Send`, which an `Rc` is not",
    note = "examples: https://docs.rs/session-runtime/latest/session_runtime/guide/what_the_compiler_says#types-of-fields"
)]
pub trait StoredValue: Sized {
    #[doc(hidden)]
    const CODEC: Codec<Self>;

    #[doc(hidden)]
    const USER: UserCodec<Self>;
}

#[diagnostic::do_not_recommend]
impl<T: Serialize + DeserializeOwned + Send> StoredValue for T {
    const CODEC: Codec<T> = Codec {
        encode: value::encode,
        decode: value::decode,
    };

    const USER: UserCodec<T> = UserCodec {
        encode: |user, out| value::encode(&user, out),
        or_nobody: Codec {
            encode: value::encode,
            decode: value::decode,
        },
    };
}

/// The functions that write a value and read it back.
///
/// Generated code takes them from [`StoredValue`], where rustc says of a type that it cannot be kept, and nothing
/// else. Of the bound of a function it would name the function too, and that is none of a user's.
#[derive(Debug)]
pub struct Codec<V> {
    encode: fn(&V, &mut Vec<u8>) -> Result<(), EncodeError>,
    decode: fn(&[u8]) -> Result<V, DecodeError>,
}

/// The functions that write who is logged in and read it back: an `Option` of a user.
#[derive(Debug)]
pub struct UserCodec<U> {
    pub(crate) encode: fn(Option<&U>, &mut Vec<u8>) -> Result<(), EncodeError>,
    /// As the field is stored.
    pub or_nobody: Codec<Option<U>>,
}

impl<U> UserCodec<U> {
    pub(crate) fn decode(&self, bytes: &[u8]) -> Result<Option<U>, DecodeError> {
        (self.or_nobody.decode)(bytes)
    }
}

/// A value that a new session can start with: `Default`.
#[diagnostic::on_unimplemented(
    message = "a new session has no value for this field: `{Self}` has no `Default`",
    label = "no value to start with",
    note = "give the field `#[session(default = …)]`, or make it an `Option`"
)]
pub trait SessionDefault: Sized {
    #[doc(hidden)]
    fn session_default() -> Self;
}

#[diagnostic::do_not_recommend]
impl<T: Default> SessionDefault for T {
    fn session_default() -> Self {
        T::default()
    }
}

/// The description of the session type `T`.
#[derive(Debug)]
#[non_exhaustive]
pub struct Schema<T: 'static> {
    /// The cookie's name without its prefix.
    pub cookie: &'static str,
    /// The fields, in the order of the struct.
    pub fields: &'static [Field<T>],
    /// The number of seconds that the session lasts from its last use on.
    pub idle: u64,
    /// The number of seconds that the session lasts from its beginning on.
    pub max: u64,
    /// True if a new session survives closing the browser.
    pub remember: bool,
    /// True if the session is kept in a store.
    pub stored: bool,
    /// The tags of fields that the struct no longer has.
    pub removed: &'static [[u8; 3]],
}

impl<T> Schema<T> {
    /// A session with this cookie and these fields. It ends with the browser, and has no limits yet.
    pub const fn new(cookie: &'static str, fields: &'static [Field<T>]) -> Self {
        Self {
            cookie,
            fields,
            idle: u64::MAX,
            max: u64::MAX,
            remember: false,
            stored: false,
            removed: &[],
        }
    }

    /// The same session, limited from its last use on.
    #[must_use]
    pub const fn idle(self, seconds: u64) -> Self {
        Self {
            idle: seconds,
            ..self
        }
    }

    /// The same session, limited from its beginning on.
    #[must_use]
    pub const fn max(self, seconds: u64) -> Self {
        Self {
            max: seconds,
            ..self
        }
    }

    /// The same session, which survives closing the browser.
    #[must_use]
    pub const fn remember(self) -> Self {
        Self {
            remember: true,
            ..self
        }
    }

    /// The same session, kept in a store.
    #[must_use]
    pub const fn stored(self) -> Self {
        Self {
            stored: true,
            ..self
        }
    }

    /// The same session, without the fields that were once stored under `tags`.
    #[must_use]
    pub const fn removed(self, tags: &'static [[u8; 3]]) -> Self {
        Self {
            removed: tags,
            ..self
        }
    }
}

/// The path by which generated code reaches one field of `Self`. `Marker` is a private type beside the impl:
/// it tells the fields apart, and it keeps a private field type out of the public interface.
///
/// It has no methods: rustc would suggest them to whoever calls one of the same name on a session.
pub trait FieldAt<Marker> {
    /// The type of what is stored: that of the field, or an `Option` for an identity.
    type Value;

    /// The value.
    const REF: fn(&Self) -> &Self::Value;

    /// Replaces the value by a decoded one.
    const SET: fn(&mut Self, Self::Value);

    /// The functions that store the value.
    const CODEC: Codec<Self::Value>;
}

/// The number of a field in its session type. Field ids come from [`numbered`] only, so an id of a type
/// indexes whatever has an entry for each of the type's fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct FieldId(usize);

impl FieldId {
    /// The entry of this field in a list that has one for each field of the session type.
    #[expect(
        clippy::indexing_slicing,
        reason = "`numbered` gave the id for a list of the same session type, which is as long"
    )]
    pub(crate) fn of<E>(self, list: &[E]) -> &E {
        &list[self.0]
    }
}

/// A list with one entry for each field of a session type, each with its field's id.
pub(crate) fn numbered<E>(list: impl IntoIterator<Item = E>) -> impl Iterator<Item = (FieldId, E)> {
    let ids = (0..).map(FieldId);
    ids.zip(list)
}

/// A function that takes a stored user, and gives the user as this release would store it. `None` if it cannot be read.
pub(crate) type AsRead = fn(&[u8]) -> Option<Vec<u8>>;

/// One field of the session type `T`, its type erased.
pub struct Field<T> {
    pub(crate) name: &'static str,
    pub(crate) tag: Tag,
    pub(crate) aliases: &'static [[u8; 3]],
    /// The cookie that keeps it.
    pub(crate) part: Part,
    /// The number of seconds that the value lasts. `None` stands for the time that is usual in its part.
    pub(crate) ttl: Option<u64>,
    /// The way in which parallel changes are merged; `None` if the later one wins.
    pub(crate) merge: Option<Merge>,
    pub(crate) encode: fn(&T, &mut Vec<u8>) -> Result<(), EncodeError>,
    pub(crate) decode: fn(&mut T, &[u8]) -> Result<(), DecodeError>,
    /// The field's place in a value, and its type: together they tell it from all other places.
    pub(crate) place: fn(&T) -> Place,
    /// Of the field that says who is logged in.
    pub(crate) user_as_read: Option<AsRead>,
}

/// The address that a reference points to, and the type of the value there.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    address: *const u8,
    type_id: TypeId,
}

impl Place {
    pub(crate) fn of<V: 'static>(value: &V) -> Self {
        Self {
            address: std::ptr::from_ref(value).cast(),
            type_id: TypeId::of::<V>(),
        }
    }
}

impl<T> fmt::Debug for Field<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Field({})", self.name)
    }
}

impl<T> Field<T> {
    /// The field that `Marker` stands for, stored under `tag`, and read under `aliases` too.
    pub const fn of<Marker>(name: &'static str, tag: [u8; 3], aliases: &'static [[u8; 3]]) -> Self
    where
        T: FieldAt<Marker>,
        T::Value: 'static,
    {
        Self {
            name,
            tag: Tag(tag),
            aliases,
            part: Part::Main,
            ttl: None,
            merge: None,
            encode: encode::<T, Marker>,
            decode: decode::<T, Marker>,
            place: place::<T, Marker>,
            user_as_read: None,
        }
    }

    /// The same field, which says who is logged in.
    #[must_use]
    pub const fn identity(self) -> Self
    where
        T: HasIdentity,
    {
        Self {
            user_as_read: Some(user_as_read::<T>),
            ..self
        }
    }

    /// The same field with a lifetime of its own.
    #[must_use]
    pub const fn ttl(self, seconds: u64) -> Self {
        Self {
            ttl: Some(seconds),
            ..self
        }
    }

    /// The same field, whose parallel changes are merged.
    #[must_use]
    pub const fn merge(self, merge: Merge) -> Self {
        Self {
            merge: Some(merge),
            ..self
        }
    }

    /// The same field, kept by the browser whoever is logged in.
    #[must_use]
    pub const fn browser(self) -> Self {
        Self {
            part: Part::Browser,
            ..self
        }
    }

    /// The same field, kept for the page that shows it.
    #[must_use]
    pub const fn flash(self) -> Self {
        Self {
            part: Part::Flash,
            ..self
        }
    }
}

// These are functions because a closure that becomes a function pointer is compiled twice, for every field.

fn encode<T: FieldAt<M>, M>(data: &T, out: &mut Vec<u8>) -> Result<(), EncodeError> {
    (T::CODEC.encode)((T::REF)(data), out)
}

fn decode<T: FieldAt<M>, M>(data: &mut T, bytes: &[u8]) -> Result<(), DecodeError> {
    (T::SET)(data, (T::CODEC.decode)(bytes)?);
    Ok(())
}

fn user_as_read<T: HasIdentity>(stored: &[u8]) -> Option<Vec<u8>> {
    let user = T::USER.decode(stored).ok()?;
    let mut bytes = Vec::with_capacity(stored.len());
    (T::USER.encode)(user.as_ref(), &mut bytes).ok()?;
    Some(bytes)
}

fn place<T: FieldAt<M>, M>(data: &T) -> Place
where
    T::Value: 'static,
{
    Place::of((T::REF)(data))
}

impl<T: SessionData> Field<T> {
    /// Returns true if the field says who is logged in.
    pub(crate) fn is_identity(&self) -> bool {
        self.user_as_read.is_some()
    }

    /// Returns true if the session type gives the value a time that its last change starts.
    pub(crate) fn has_time_since_change(&self) -> bool {
        self.part == Part::Main && self.ttl.is_some()
    }

    /// A stored value as this release would write it, or why it cannot.
    pub(crate) fn rewritten(&self, stored: &[u8]) -> Result<Vec<u8>, &'static str> {
        let mut session = T::default();
        (self.decode)(&mut session, stored).map_err(|_| "it does not decode")?;
        let mut value = Vec::new();
        (self.encode)(&session, &mut value).map_err(|_| "it does not encode again")?;
        Ok(value)
    }
}
