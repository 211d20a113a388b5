//! Stores: places on the server that keep sessions.
//!
//! A session type marked `#[session(stored)]` keeps its fields in a [`Store`], and its cookie holds a sealed
//! *ticket*. This module has the trait, the types that pass through it, [`MemoryStore`], [`Moving`]
//! for a change of stores, and with the feature `test-kit` the tests that every store passes: `store::conformance`.
//!
//! # Writing a store
//!
//! A store keeps *rows*. A row is one session of one visitor, from its first change to its end:
//!
//! | part of a row | what a store does with it |
//! |---|---|
//! | [`RowKey`] | finds the row by it |
//! | [`Mark`] | compares it: only a request that names the row's mark changes the row |
//! | [`Owner`], if a user is logged in | finds the rows of a user by it |
//! | `expires`, a time in seconds | never returns a row from that second on |
//! | entries, one for each field that is stored | keeps their bytes as they are |
//! | the copy that a renewal leaves | keeps it beside the entries until its time is over |
//! | label, if there is one | keeps its bytes as they are; an empty label is not the same as none |
//!
//! Everything in a row is sealed, so a store sees bytes, sizes and times.
//!
//! Four rules make a store correct:
//!
//! 1. **Time is an argument.** `now` comes from the caller. A store never asks a clock of its own for a
//!    decision; an engine that deletes what has expired does it later than the row says.
//! 2. **Each operation is one step.** Another operation comes before it or after it, and never between its
//!    comparisons and its writes.
//! 3. **A commit never creates a row.** A session that has ended stays ended, whoever still writes to it.
//! 4. **Each operation can be repeated.** The caller repeats one whose answer it has lost. The second time
//!    changes nothing more. It answers as the first, except where the answer tells what this call has ended or
//!    deleted: [`Ended::Done`], and the counts of [`Store::end_all`] and [`Store::sweep`]. One thing a store need not
//!    know: a [`Change::Set`] or [`Change::Remove`] of a field that another commit has set in between is applied once
//!    more, and takes the place of the other value.
//!
//! An ended row leaves a *tombstone* until the time that the ending gives: a row that says why the session
//! ended, holds nothing else, and refuses to be created again.
//!
//! A store needs no time limits and no second tries. The layer has one time limit and one second try for all of
//! them.
//!
//! The tests that every store passes are in the module `conformance`, behind the feature `test-kit`. One line makes
//! a test of each sentence that a store must keep:
//!
//! ```
//! # #[cfg(feature = "test-kit")]
//! # mod tests {
//! use session_runtime::store::MemoryStore;
//!
//! async fn empty_store() -> MemoryStore {
//!     MemoryStore::new()
//! }
//!
//! session_runtime::store_conformance!(empty_store);
//! # }
//! ```

mod backend;
#[cfg(feature = "test-kit")]
pub mod conformance;
mod counters;
mod error;
mod memory;
mod moving;
mod row;
#[cfg(all(test, feature = "test-kit"))]
mod tests;

use std::fmt;
use std::future::Future;

use bytes::Bytes;

pub(crate) use self::backend::Backend;
pub use self::counters::StoreCounters;
pub use self::error::{StoreError, StoreErrorKind};
pub use self::memory::MemoryStore;
pub use self::moving::Moving;

/// A place on the server that keeps sessions. The [module](self) says how to write one.
///
/// `now` is a time in seconds since 1970. A row is *alive* if it is there, has not ended, and `now` is before
/// its `expires`. A row or a tombstone whose time is over at `now` is as good as not there, for every operation.
///
/// All times fit in 40 bits.
///
/// The life of a row, as the layer asks for it:
///
/// ```
/// use bytes::Bytes;
/// use session_runtime::store::{
///     Commit, Committed, Created, Ended, Entry, EntryTag, Loaded, Mark, MemoryStore, NewRow, Owner, Renewal, Role,
///     RowEnding, RowKey, Store, Why,
/// };
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), session_runtime::store::StoreError> {
/// let store = MemoryStore::new();
/// let (key, mark) = (RowKey::from_bytes([7; 16]), Mark::from_bytes([1; 8]));
/// let now = 1_800_000_000;
///
/// // A visitor changes something for the first time.
/// let cart = Entry {
///     tag: EntryTag::from_bytes([1, 2, 3]),
///     role: Role::Base,
///     sealed: Bytes::from_static(b"sealed by the layer"),
/// };
/// let entries = [cart.clone()];
/// let row = NewRow { key, mark, owner: None, expires: now + 3600, entries: &entries, label: None };
/// assert_eq!(store.create(row, now).await?, Created::Done);
///
/// // The visitor logs in: the row gets another mark.
/// let (new_mark, user) = (Mark::from_bytes([2; 8]), Owner::from_bytes([5; 16]));
/// let renewal = Renewal { mark: new_mark, owner: Some(user), joins: &[user], keep_until: now + 60, label: None };
/// let login = Commit { mark, seen: &[], changes: &[], expires: None, renewal: Some(renewal) };
/// assert_eq!(store.commit(key, login, now).await?, Committed::Done);
///
/// // The next request reads what is there.
/// let Loaded::Alive(row) = store.load(key, now).await? else { panic!("the row is alive") };
/// assert_eq!((row.mark, row.owner, row.entries), (new_mark, Some(user), vec![cart]));
///
/// // The application asks where the user is logged in.
/// assert_eq!(store.list(&[user], now).await?.len(), 1);
///
/// // The user logs out.
/// let logout = RowEnding { owners: &[user], why: Why::ByVisitor, until: now + 300 };
/// assert_eq!(store.end(key, logout, now).await?, Ended::Done);
/// assert_eq!(store.load(key, now).await?, Loaded::Ended(Why::ByVisitor));
/// # Ok(())
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a store",
    label = "not a store",
    note = "write `SqliteStore::open(path).await?`, `PostgresStore::new(pool)` or `RedisStore::new(connections)`",
    note = "a test has `MemoryStore::new()`, and a store of your own implements `Store`"
)]
pub trait Store: Send + Sync + 'static {
    /// Returns the row.
    fn load(
        &self,
        key: RowKey,
        now: u64,
    ) -> impl Future<Output = Result<Loaded, StoreError>> + Send;

    /// Puts a new row in the store.
    ///
    /// It answers [`Created::Taken`] and changes nothing if a row or a tombstone has the key, unless that row is
    /// equal to this one in every part: then the caller repeats itself, and the answer is [`Created::Done`]. The
    /// order of the entries does not count.
    fn create(
        &self,
        row: NewRow<'_>,
        now: u64,
    ) -> impl Future<Output = Result<Created, StoreError>> + Send;

    /// Changes a row, all of it or nothing.
    ///
    /// The store compares in this order:
    ///
    /// 1. There is no row that is alive: [`Committed::Missing`], or [`Committed::Ended`] if there is a
    ///    tombstone.
    /// 2. The commit renews, and the row has the new mark already: [`Committed::Done`]. The caller repeats
    ///    itself.
    /// 3. The row has another mark than the commit. If the commit renews, and the row has one of the owners whom the
    ///    renewal `joins`, the commit goes on without its renewal, and answers [`Committed::Rejoined`] with the row's
    ///    mark in place of [`Committed::Done`]. Otherwise [`Committed::Moved`].
    /// 4. One of the entries named in `seen` is not there, or a field that is [folded](Change::Fold) has a base that
    ///    is not named in `seen`: [`Committed::Moved`], unless the caller repeats itself. It does if the commit goes on without a renewal, has changes, and each of them
    ///    [is applied already](Change). Then nothing is applied, and the answer is [`Committed::Done`].
    /// 5. Otherwise everything is applied: [`Committed::Done`].
    ///
    /// `expires` never makes a row end earlier.
    ///
    /// A renewal leaves a copy of the entries as they were before the commit. The copy takes the place of an
    /// earlier one, also if its own time is over at once.
    fn commit(
        &self,
        key: RowKey,
        commit: Commit<'_>,
        now: u64,
    ) -> impl Future<Output = Result<Committed, StoreError>> + Send;

    /// Ends a row for every ticket, whatever its mark, and leaves a tombstone.
    ///
    /// An ending that names owners ends only a row that has one of them; one that names none ends only a row
    /// without an owner. Where no row is alive, it leaves a tombstone too, whatever the owners, so that a row
    /// which is on its way is refused. The tombstone stays until `until`, and as long as the row would have if
    /// that is later. One that is there already keeps its reason, and never goes earlier than it would have.
    fn end(
        &self,
        key: RowKey,
        ending: RowEnding<'_>,
        now: u64,
    ) -> impl Future<Output = Result<Ended, StoreError>> + Send;

    /// Lists the rows that are alive and have one of these owners, in any order and each once. No owners have no
    /// rows.
    fn list(
        &self,
        owners: &[Owner],
        now: u64,
    ) -> impl Future<Output = Result<Vec<Listed>, StoreError>> + Send;

    /// Ends every row that is alive and has one of these owners, except the row `keep`, and returns how many.
    ///
    /// Each leaves a tombstone, as with [`end`](Store::end), with the reason [`Why::ByApplication`]. No owners
    /// have no rows. A row that gets such an owner after the store has looked is that of a later login.
    ///
    /// A store may also end a row of nobody, and count it, if it was told before that a login of such an owner takes
    /// the row. The login is refused then, as `session-redis` does it.
    fn end_all(
        &self,
        owners: &[Owner],
        keep: Option<RowKey>,
        until: u64,
        now: u64,
    ) -> impl Future<Output = Result<u64, StoreError>> + Send;

    /// Deletes at most `limit` rows and tombstones whose time was over five minutes before `now`, and returns how
    /// many. The five minutes are for the clocks of several servers.
    ///
    /// A store whose engine deletes by itself returns 0.
    fn sweep(&self, now: u64, limit: u32) -> impl Future<Output = Result<u32, StoreError>> + Send;

    /// Checks that the store answers, by a load of a row that is not there. A readiness probe asks this. It has no
    /// time limit, because whoever probes has one.
    ///
    /// An error may name servers and settings, so it belongs into the log and not into a response.
    ///
    /// ```
    /// use axum::extract::State;
    /// use axum::http::StatusCode;
    /// use axum::{Router, routing::get};
    /// use session_runtime::store::{MemoryStore, Store};
    ///
    /// async fn ready(State(store): State<MemoryStore>) -> (StatusCode, &'static str) {
    ///     match store.check().await {
    ///         Ok(()) => (StatusCode::OK, "ready"),
    ///         Err(error) => {
    ///             tracing::error!(%error, "the store is not ready");
    ///             (StatusCode::SERVICE_UNAVAILABLE, "unready")
    ///         }
    ///     }
    /// }
    ///
    /// let store = MemoryStore::new(); // the one that the layer has
    /// let router: Router = Router::new().route("/ready", get(ready)).with_state(store);
    /// ```
    fn check(&self) -> impl Future<Output = Result<(), StoreError>> + Send {
        async {
            let nothing = RowKey([0; 16]);
            self.load(nothing, 0).await.map(drop)
        }
    }
}

/// The name of a row: a hash of the session's id. The id itself never reaches a store.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RowKey([u8; 16]);

/// The mark of a row: a random number that each renewal replaces. A ticket holds the mark that was good when it
/// was sealed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mark([u8; 8]);

/// A user as a store sees one: a keyed hash of the identity.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Owner([u8; 16]);

/// A field as a store sees one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntryTag([u8; 3]);

macro_rules! bytes_of_a_fixed_length {
    ($($name:ident: $len:literal),*) => {$(
        impl $name {
            /// The value with these bytes.
            ///
            /// ```
            #[doc = concat!("use session_runtime::store::", stringify!($name), ";")]
            ///
            #[doc = concat!("let value = ", stringify!($name), "::from_bytes([7; ", stringify!($len), "]);")]
            #[doc = concat!("assert_eq!(value.to_bytes(), [7; ", stringify!($len), "]);")]
            /// ```
            pub const fn from_bytes(bytes: [u8; $len]) -> Self {
                Self(bytes)
            }

            /// The bytes, for a store to keep.
            ///
            /// ```
            #[doc = concat!("use session_runtime::store::", stringify!($name), ";")]
            ///
            #[doc = concat!("let value = ", stringify!($name), "::from_bytes([7; ", stringify!($len), "]);")]
            #[doc = concat!("assert_eq!(", stringify!($name), "::from_bytes(value.to_bytes()), value);")]
            /// ```
            pub const fn to_bytes(self) -> [u8; $len] {
                self.0
            }
        }

        /// The type's name only: a log is no place for what finds a session.
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(stringify!($name))
            }
        }
    )*};
}

bytes_of_a_fixed_length!(RowKey: 16, Mark: 8, Owner: 16, EntryTag: 3);

/// The value of one field in a row.
#[derive(Clone, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_structs,
    reason = "stores make entries from what they keep"
)]
pub struct Entry {
    /// The field.
    pub tag: EntryTag,
    /// The role of the entry among those of its field.
    pub role: Role,
    /// The value, sealed.
    pub sealed: Bytes,
}

/// The role of an entry among those of its field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(clippy::exhaustive_enums, reason = "stores keep it")]
pub enum Role {
    /// The value of the field. A field has at most one.
    Base,
    /// A difference that is added to the value. A field has any number of them.
    Added,
}

impl Entry {
    /// The bytes that tell this entry from every other one: the first 29 of what is sealed, or all of it if it
    /// is shorter. Two entries with one name are equal.
    ///
    /// ```
    /// use bytes::Bytes;
    /// use session_runtime::store::{Entry, EntryTag, Role};
    ///
    /// let entry = Entry {
    ///     tag: EntryTag::from_bytes([1, 2, 3]),
    ///     role: Role::Added,
    ///     sealed: Bytes::from(vec![7; 80]),
    /// };
    /// assert_eq!(entry.name(), [7; 29]);
    /// ```
    pub fn name(&self) -> &[u8] {
        self.sealed.get(..29).unwrap_or(&self.sealed)
    }
}

/// The number of bytes only.
impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Entry({:?}, {} bytes)", self.role, self.sealed.len())
    }
}

/// The answer of [`Store::load`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "stores answer with it")]
pub enum Loaded {
    /// The row is alive.
    Alive(Row),
    /// The row has ended, and its tombstone is still there.
    Ended(Why),
    /// There is no such row, or its time is over.
    Missing,
}

/// A row that is alive.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_structs,
    reason = "stores make rows from what they keep"
)]
pub struct Row {
    /// The mark that is good now.
    pub mark: Mark,
    /// The user who is logged in.
    pub owner: Option<Owner>,
    /// The second in which the row is over.
    pub expires: u64,
    /// The entries, in any order.
    pub entries: Vec<Entry>,
    /// The copy that the last renewal left, as long as its time is not over.
    pub before: Option<Before>,
}

/// The copy of a row that its last renewal left: requests that are on their way with the ticket of before read it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_structs,
    reason = "stores make copies from what they keep"
)]
pub struct Before {
    /// The mark that was good before the renewal.
    pub mark: Mark,
    /// The second in which the copy is over.
    pub until: u64,
    /// The entries as they were.
    pub entries: Vec<Entry>,
}

/// A row that [`Store::create`] puts in the store.
#[derive(Clone, Copy, Debug)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a store that writes in another thread makes it from what it has copied"
)]
pub struct NewRow<'a> {
    /// The name of the row.
    pub key: RowKey,
    /// Its first mark.
    pub mark: Mark,
    /// The user who is logged in.
    pub owner: Option<Owner>,
    /// The second in which the row is over.
    pub expires: u64,
    /// Its entries, none of them [`Role::Added`] without need.
    pub entries: &'a [Entry],
    /// Bytes that [`Store::list`] returns.
    pub label: Option<&'a [u8]>,
}

/// The answer of [`Store::create`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "stores answer with it")]
pub enum Created {
    /// The row is in the store.
    Done,
    /// Another row or a tombstone has the key.
    Taken,
}

/// The changes of one request to a row, for [`Store::commit`].
#[derive(Clone, Copy, Debug)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a store that writes in another thread makes it from what it has copied"
)]
pub struct Commit<'a> {
    /// The mark that the row must have.
    pub mark: Mark,
    /// The names of entries that must be there.
    pub seen: &'a [&'a [u8]],
    /// The changes, at most one of each field.
    pub changes: &'a [Change],
    /// The second until which the row lasts at least.
    pub expires: Option<u64>,
    /// The renewal that comes with the changes.
    pub renewal: Option<Renewal<'a>>,
}

/// The change of one field in a row. The entry of an [`Add`](Change::Add) has [`Role::Added`], every other one
/// [`Role::Base`].
///
/// A change that has an entry *is applied already* if an entry with its name is there, and a
/// [`Remove`](Change::Remove) if its field has no entries.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "stores apply it")]
pub enum Change {
    /// The field has this value, and every entry that it had goes. If an entry with its name is there, the caller
    /// repeats itself, and everything stays as it is.
    Set(Entry),
    /// Every entry of the field goes.
    Remove(EntryTag),
    /// The entry is added to those of the field. One with the same name is there once.
    Add(Entry),
    /// The entry takes the place of the field's base, and of those added entries of its field that the commit has
    /// `seen`. Entries that were added meanwhile stay. The commit has seen the base too, or there is none.
    Fold(Entry),
}

/// A new mark for a row, and the user who is logged in with it.
#[derive(Clone, Copy, Debug)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a store that writes in another thread makes it from what it has copied"
)]
pub struct Renewal<'a> {
    /// The mark that is good from now on.
    pub mark: Mark,
    /// The user who is logged in from now on.
    pub owner: Option<Owner>,
    /// If the row has another mark meanwhile, and one of these owners, the changes join it. A login names its user
    /// here under every key, as it may have logged in before under another key. What is no login names nobody.
    pub joins: &'a [Owner],
    /// The second until which a copy of the entries is kept under the mark of before.
    pub keep_until: u64,
    /// Bytes that [`Store::list`] returns from now on; `None` leaves them as they are.
    pub label: Option<&'a [u8]>,
}

/// The answer of [`Store::commit`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "stores answer with it")]
pub enum Committed {
    /// Everything is applied.
    Done,
    /// The same user was logged in by another request meanwhile. The changes are applied to the row with this
    /// mark.
    Rejoined(Mark),
    /// The row has another mark, or an entry that was seen is no longer there. Nothing is applied.
    Moved,
    /// The row has ended. Nothing is applied.
    Ended(Why),
    /// There is no row that is alive. Nothing is applied.
    Missing,
}

/// The way in which [`Store::end`] ends a row.
#[derive(Clone, Copy, Debug)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a store that writes in another thread makes it from what it has copied"
)]
pub struct RowEnding<'a> {
    /// The owners of whom the row must have one. If there are none, the row must have no owner.
    pub owners: &'a [Owner],
    /// The reason that the tombstone gives.
    pub why: Why,
    /// The second until which the tombstone stays at least.
    pub until: u64,
}

/// The reason why a row has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(clippy::exhaustive_enums, reason = "stores keep it")]
pub enum Why {
    /// The visitor ended it, by a logout for example.
    ByVisitor,
    /// The application ended it from outside of the visitor's requests.
    ByApplication,
    /// The visitor ended it and began another session with the same response, as the login of another user does.
    Replaced {
        /// The second until which requests may be on their way that the visitor sent before.
        until: u64,
    },
}

impl Why {
    const BY_VISITOR: u64 = 1;
    const BY_APPLICATION: u64 = 2;
    const REPLACED: u64 = 3;

    /// The reason as a number that fits in 42 bits, for a store to keep.
    ///
    /// ```
    /// use session_runtime::store::Why;
    ///
    /// let why = Why::Replaced { until: 1_800_000_060 };
    /// assert_eq!(Why::from_number(why.to_number()), Some(why));
    /// ```
    pub const fn to_number(self) -> u64 {
        match self {
            Self::ByVisitor => Self::BY_VISITOR,
            Self::ByApplication => Self::BY_APPLICATION,
            Self::Replaced { until } => Self::REPLACED | until << 2,
        }
    }

    /// The reason with this number; `None` if no reason has it.
    ///
    /// ```
    /// use session_runtime::store::Why;
    ///
    /// assert_eq!(Why::from_number(Why::ByVisitor.to_number()), Some(Why::ByVisitor));
    /// assert_eq!(Why::from_number(0), None);
    /// ```
    pub const fn from_number(number: u64) -> Option<Self> {
        match (number, number & 3) {
            (Self::BY_VISITOR, _) => Some(Self::ByVisitor),
            (Self::BY_APPLICATION, _) => Some(Self::ByApplication),
            (_, Self::REPLACED) => Some(Self::Replaced { until: number >> 2 }),
            _ => None,
        }
    }
}

/// The answer of [`Store::end`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "stores answer with it")]
pub enum Ended {
    /// The row was alive, and has ended.
    Done,
    /// No row was alive.
    Before,
    /// The row has another owner, and is as it was.
    AnotherOwner,
}

/// A row in the answer of [`Store::list`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_structs,
    reason = "stores make it from what they keep"
)]
pub struct Listed {
    /// The name of the row.
    pub key: RowKey,
    /// The second in which the row is over.
    pub expires: u64,
    /// The label of the row.
    pub label: Option<Bytes>,
}
