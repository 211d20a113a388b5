//! The difference that a change makes.
//!
//! ```text
//! difference = [1, least, greatest, number]      a number is added, and the sum stays within the two limits
//!            | [2, [item, …], [item, …]]         items leave a set, and items enter it
//!            | [3, cap, [item, …]]               items are added to a list, which keeps the newest
//!            | [4, number] | [5, number]         the greatest, or the least, stays
//! ```

use std::collections::HashSet;

use bytes::Bytes;

use super::Merge;
use crate::value::{items, number, write_items, write_number};

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Difference {
    Add {
        least: i128,
        greatest: i128,
        by: i128,
    },
    Union {
        removed: Vec<Bytes>,
        added: Vec<Bytes>,
    },
    Append {
        cap: u32,
        added: Vec<Bytes>,
    },
    Max(i128),
    Min(i128),
}

impl Merge {
    /// The difference that makes `after` of `before`. `None` if there is none of this kind.
    pub(crate) fn difference(self, before: &Bytes, after: &Bytes) -> Option<Difference> {
        let numbers = || Some((number(before)?, number(after)?));
        Some(match self {
            Self::Add { least, greatest } => {
                let (before, after) = numbers()?;
                let range = least..=greatest;
                let by = after - before;
                one(by).filter(|_| range.contains(&before) && range.contains(&after))?;
                Difference::Add {
                    least,
                    greatest,
                    by,
                }
            }
            Self::Union => {
                let (before, after) = (items(before)?, items(after)?);
                Difference::Union {
                    removed: without(&before, &after),
                    added: without(&after, &before),
                }
            }
            Self::Append { cap } => {
                let (before, mut after) = (items(before)?, items(after)?);
                let kept = overlap(&before, &after);
                let is_full = u32::try_from(after.len()).is_ok_and(|len| len == cap);
                let added = after.split_off(kept);
                (kept == before.len() || is_full).then_some(Difference::Append { cap, added })?
            }
            Self::Max => {
                let (before, after) = numbers()?;
                (after >= before).then_some(Difference::Max(after))?
            }
            Self::Min => {
                let (before, after) = numbers()?;
                (after <= before).then_some(Difference::Min(after))?
            }
        })
    }

    /// Returns true if its values are numbers, so that a difference has a few bytes.
    pub(crate) fn is_of_numbers(self) -> bool {
        matches!(self, Self::Add { .. } | Self::Max | Self::Min)
    }

    /// The value as it is kept: a list without the oldest items that are too many.
    pub(crate) fn kept(self, value: &Bytes) -> Bytes {
        let newest = self.split(value).and_then(|(_, newest)| list(&newest));
        newest.unwrap_or_else(|| value.clone())
    }

    /// Returns true if the list that is kept of `after` lacks an item which `before` has not. Of items that are added at the
    /// end the newest are kept, as it is meant.
    pub(crate) fn drops_a_new_item(self, before: &Bytes, after: &Bytes) -> bool {
        let (Some((dropped, kept)), Some(before_items)) = (self.split(after), items(before)) else {
            return false;
        };
        let is_new =
            |item: &Bytes| count(&dropped, item) + count(&kept, item) > count(&before_items, item);
        self.difference(before, after).is_none() && dropped.iter().any(is_new)
    }

    /// The items of a list that has too many: the ones that are not kept, and the ones that are. `None` for any other
    /// value.
    fn split(self, value: &Bytes) -> Option<(Vec<Bytes>, Vec<Bytes>)> {
        let Self::Append { cap } = self else {
            return None;
        };
        let mut dropped = items(value)?;
        let too_many = dropped.len().checked_sub(size(cap)).filter(|n| *n > 0)?;
        let kept = dropped.split_off(too_many);
        Some((dropped, kept))
    }
}

impl Difference {
    /// The value with the difference. `None` if the value is of another kind.
    pub(crate) fn apply(&self, value: &Bytes) -> Option<Bytes> {
        self.take_from(value)
            .and_then(|value| self.bring_to(&value))
    }

    /// The value without what the difference takes away. Of differences that do not know of each other all take
    /// first, and bring afterwards: what one of them brings stays.
    pub(super) fn take_from(&self, value: &Bytes) -> Option<Bytes> {
        match self {
            Self::Union { removed, .. } => list(&without(&items(value)?, removed)),
            _ => Some(value.clone()),
        }
    }

    /// The value with what the difference brings.
    pub(super) fn bring_to(&self, value: &Bytes) -> Option<Bytes> {
        match self {
            Self::Add {
                least,
                greatest,
                by,
            } => {
                let sum = number(value)?.checked_add(*by)?;
                // Not `clamp`, which panics where the limits are the wrong way round.
                one(sum.max(*least).min(*greatest))
            }
            Self::Union { added, .. } => {
                let mut items = items(value)?;
                items.extend(without(added, &items));
                list(&items)
            }
            Self::Append { cap, added } => {
                let mut items = items(value)?;
                items.extend_from_slice(added);
                list(items.get(items.len().saturating_sub(size(*cap))..)?)
            }
            Self::Max(limit) => one(number(value)?.max(*limit)),
            Self::Min(limit) => one(number(value)?.min(*limit)),
        }
    }
}

#[cfg(feature = "stored")]
impl Difference {
    pub(super) fn read(bytes: &Bytes) -> Option<Self> {
        let mut parts = items(bytes)?.into_iter();
        let mut part = || parts.next();
        let kind = number(&part()?)?;
        let mut a_number = || number(&part()?);
        let read = match kind {
            1 => Self::Add {
                least: a_number()?,
                greatest: a_number()?,
                by: a_number()?,
            },
            2 => Self::Union {
                removed: items(&part()?)?,
                added: items(&part()?)?,
            },
            3 => Self::Append {
                cap: u32::try_from(a_number()?).ok()?,
                added: items(&part()?)?,
            },
            4 => Self::Max(a_number()?),
            5 => Self::Min(a_number()?),
            _ => return None,
        };
        parts.next().is_none().then_some(read)
    }

    /// `None` for a number that cannot be stored, which no difference between two values has.
    pub(super) fn write(&self) -> Option<Bytes> {
        let parts = match self {
            Self::Add {
                least,
                greatest,
                by,
            } => vec![one(1)?, one(*least)?, one(*greatest)?, one(*by)?],
            Self::Union { removed, added } => vec![one(2)?, list(removed)?, list(added)?],
            Self::Append { cap, added } => vec![one(3)?, one((*cap).into())?, list(added)?],
            Self::Max(limit) => vec![one(4)?, one(*limit)?],
            Self::Min(limit) => vec![one(5)?, one(*limit)?],
        };
        list(&parts)
    }
}

/// A number, as a value.
fn one(number: i128) -> Option<Bytes> {
    let mut bytes = Vec::new();
    write_number(number, &mut bytes)?;
    Some(bytes.into())
}

/// A list of these items, as a value.
fn list(items: &[Bytes]) -> Option<Bytes> {
    let mut bytes = Vec::new();
    write_items(items, &mut bytes)?;
    Some(bytes.into())
}

fn count(items: &[Bytes], item: &Bytes) -> usize {
    items.iter().filter(|other| *other == item).count()
}

/// The items that are not among the others.
fn without(items: &[Bytes], others: &[Bytes]) -> Vec<Bytes> {
    let others: HashSet<_> = others.iter().collect();
    let left = items.iter().filter(|item| !others.contains(item));
    left.cloned().collect()
}

/// The number of items at the end of `before` that `after` begins with, as many as there are. It takes one step for
/// each item, whatever the items are (Knuth, Morris and Pratt).
fn overlap(before: &[Bytes], after: &[Bytes]) -> usize {
    let mut borders = Vec::with_capacity(after.len());
    for item in after.iter().skip(1) {
        let longest = borders.last().copied().unwrap_or(0);
        borders.push(extended(longest, item, after, &borders));
    }
    let mut matched = 0;
    for item in before {
        matched = extended(matched, item, after, &borders);
    }
    matched
}

/// The longest beginning of `list` that ends with `item`, where the items before it match the first `matched`.
/// `borders` has for each beginning of more than one item the longest shorter one that it ends with.
fn extended(mut matched: usize, item: &Bytes, list: &[Bytes], borders: &[usize]) -> usize {
    loop {
        if list.get(matched) == Some(item) {
            return matched + 1;
        }
        match matched {
            0 => return 0,
            1 => matched = 0,
            _ => matched = borders.get(matched - 2).copied().unwrap_or(0),
        }
    }
}

/// As an address may be too short for it, it saturates: no list has so many items.
fn size(cap: u32) -> usize {
    usize::try_from(cap).unwrap_or(usize::MAX)
}
