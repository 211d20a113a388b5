//! Changes of one field that several requests make at once: each is taken as a difference, and differences are
//! merged. Everything here is pure, and works on stored bytes: a release that no longer merges a field, or knows
//! another type for it, reads the differences all the same.

mod difference;
#[cfg(feature = "stored")]
mod fold;
#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, HashSet, VecDeque};

#[cfg(any(feature = "stored", test))]
pub(crate) use self::difference::Difference;
#[cfg(feature = "stored")]
pub(crate) use self::fold::{Added, Base, Folded, History, Name, fold};

/// The way in which changes of a field are merged. The derive makes it from the field's type.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "not part of the public API")]
pub enum Merge {
    /// Sums, from the least number of the field's type to the greatest.
    Add { least: i128, greatest: i128 },
    /// Items of a set come and go.
    Union,
    /// Items are added to the end of a list, which keeps so many of the newest.
    Append { cap: u32 },
    /// The greatest number stays.
    Max,
    /// The least number stays.
    Min,
}

impl Merge {
    /// The same with another cap.
    #[must_use]
    pub const fn capped(self, cap: u32) -> Self {
        match self {
            Self::Append { .. } => Self::Append { cap },
            other => other,
        }
    }
}

/// A field type that `merge = add`, `merge = max` and `merge = min` take: the integers from `i8` and `u8` to `i64` and
/// `u64`, `isize` and `usize`.
///
/// ```
/// use session_runtime::Session;
///
/// #[derive(Session)]
/// #[session(stored)]
/// struct Shop {
///     #[session(merge = add)]
///     visits: u32,
///     #[session(merge = max)]
///     best_score: u64,
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be merged as a number",
    label = "not an integer",
    note = "`merge = add`, `max` and `min` are for `i8` to `i64`, `u8` to `u64`, `isize` and `usize`",
    note = "for a set write `merge = union`, for a list `merge = append(100)`, and for anything else remove `merge`"
)]
pub trait IntegerField {
    #[doc(hidden)]
    const ADD: Merge;
    #[doc(hidden)]
    const MAX_OF: Merge = Merge::Max;
    #[doc(hidden)]
    const MIN_OF: Merge = Merge::Min;
}

macro_rules! integers {
    ($($integer:ident)*) => {$(
        impl IntegerField for $integer {
            const ADD: Merge = Merge::Add {
                least: $integer::MIN as i128,
                greatest: $integer::MAX as i128,
            };
        }
    )*};
}

integers!(i8 i16 i32 i64 isize u8 u16 u32 u64 usize);

/// A field type that `merge = union` takes: `BTreeSet` and `HashSet`.
///
/// ```
/// use std::collections::BTreeSet;
///
/// use session_runtime::Session;
///
/// #[derive(Session)]
/// #[session(stored)]
/// struct Shop {
///     #[session(merge = union)]
///     favourites: BTreeSet<u64>,
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be merged as a set",
    label = "not a set",
    note = "`merge = union` is for `BTreeSet` and `HashSet`",
    note = "for an integer write `merge = add`, for a list `merge = append(100)`, and for anything else remove `merge`"
)]
pub trait SetField {
    #[doc(hidden)]
    const UNION: Merge = Merge::Union;
}

impl<T> SetField for BTreeSet<T> {}
impl<T, S> SetField for HashSet<T, S> {}

/// A field type that `merge = append(…)` takes: `Vec` and `VecDeque`.
///
/// ```
/// use session_runtime::Session;
///
/// #[derive(Session)]
/// #[session(stored)]
/// struct Shop {
///     #[session(merge = append(20))]
///     seen: Vec<u64>,
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be merged as a list",
    label = "not a list",
    note = "`merge = append(…)` is for `Vec` and `VecDeque`",
    note = "for an integer write `merge = add`, for a set `merge = union`, and for anything else remove `merge`"
)]
pub trait ListField {
    #[doc(hidden)]
    const APPEND: Merge = Merge::Append { cap: u32::MAX };
}

impl<T> ListField for Vec<T> {}
impl<T> ListField for VecDeque<T> {}
