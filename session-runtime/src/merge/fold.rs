//! The value of a field, from the base that a row has of it and the differences that were added since.
//!
//! Every difference has a number: one more than the highest that its writer saw. Differences apply in the order of
//! their numbers. Those with one number were written by requests that did not see each other; of them all take from a
//! set before one brings something, so a member that one removes and another adds is there.
//!
//! Whoever writes a base *takes* the differences that it saw, and remembers their names for two minutes. A difference
//! whose writer lost the answer may come again, after it was taken: it is known by its name, and does not count twice.

use std::collections::BTreeSet;

use bytes::{Buf as _, BufMut as _, Bytes};

use super::Difference;
use crate::record::take_array;
use crate::time::Timestamp;

/// The seconds for which a base remembers what it took: many times the time limit of a write, and more than two clocks
/// may differ.
const REMEMBERED_FOR: u64 = 2 * 60;

/// So many of the latest are remembered at most, so that a busy counter has a row of a few kilobytes.
const MOST_REMEMBERED: usize = 512;

/// The name of an added entry: the first bytes of its random nonce. With 8 bytes, a difference that was never taken
/// has the name of one of the 512 that are remembered once in 2⁵⁵ times.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Name(pub(crate) [u8; 8]);

impl Name {
    /// The name of an entry that the store knows by so many bytes: version, key id and nonce.
    pub(crate) fn of(entry: &[u8]) -> Option<Self> {
        entry.get(5..)?.first_chunk().copied().map(Self)
    }
}

/// The differences that a base took, as far as it remembers them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct History {
    /// The highest number of a difference that was taken.
    pub(crate) highest: u32,
    /// The names of those that were taken lately, and when. The latest are at the end.
    pub(crate) taken: Vec<(Name, Timestamp)>,
}

/// The value of a field, and when it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Base {
    pub(crate) value: Bytes,
    pub(crate) written_at: Timestamp,
    pub(crate) deadline: Option<Timestamp>,
    pub(crate) history: History,
}

/// A difference that was added to a base.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Added {
    pub(crate) name: Name,
    pub(crate) number: u32,
    pub(crate) written_at: Timestamp,
    pub(crate) deadline: Option<Timestamp>,
    pub(crate) difference: Difference,
}

/// A field with the differences applied.
pub(crate) struct Folded {
    /// As a base that has taken all of them. Its history is still that of the base before.
    pub(crate) base: Base,
    /// The names of those that are not yet in the history.
    pub(crate) new: Vec<Name>,
    /// The highest number of a difference, taken or not.
    pub(crate) highest: u32,
    /// A difference did not fit to the value, and was left out.
    pub(crate) has_left_out: bool,
}

/// Applies differences to a base. A field without a base is at its default.
pub(crate) fn fold(default: &Bytes, base: Option<Base>, mut added: Vec<Added>) -> Folded {
    let base = base.unwrap_or_else(|| Base::of_default(default));
    // Once each, also where somebody has copied an entry in the store.
    let mut names: BTreeSet<_> = base.history.taken.iter().map(|(name, _)| *name).collect();
    added.retain(|added| names.insert(added.name));
    let mut folded = Folded {
        new: added.iter().map(|added| added.name).collect(),
        highest: base.history.highest,
        has_left_out: false,
        base,
    };
    for (added, phase) in in_order(&added) {
        folded.apply(added, phase, default);
    }
    folded
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    Take,
    Bring,
}

fn in_order(added: &[Added]) -> Vec<(&Added, Phase)> {
    let phases = |added| [(added, Phase::Take), (added, Phase::Bring)];
    let mut steps: Vec<(&Added, Phase)> = added.iter().flat_map(phases).collect();
    steps.sort_by_key(|(added, phase)| (added.number, *phase, added.written_at, added.name));
    steps
}

impl Folded {
    /// A difference that was written when the time of the field was over counts from the default: its writer saw
    /// nothing else.
    fn apply(&mut self, added: &Added, phase: Phase, default: &Bytes) {
        let Self { base, .. } = self;
        let is_over = base.deadline.is_some_and(|end| end <= added.written_at);
        let before = if is_over { default } else { &base.value };
        let after = match phase {
            Phase::Take => added.difference.take_from(before),
            Phase::Bring => added.difference.bring_to(before),
        };
        self.highest = self.highest.max(added.number);
        let Some(after) = after else {
            self.has_left_out = true;
            return;
        };
        base.value = after;
        if added.written_at >= base.written_at {
            base.written_at = added.written_at;
            base.deadline = added.deadline;
        }
    }

    /// The history of a base that is written now, and takes what was seen here.
    pub(crate) fn history(&self, now: Timestamp) -> History {
        let is_remembered = |taken: &&(Name, Timestamp)| now < taken.1.plus(REMEMBERED_FOR);
        let before = self.base.history.taken.iter().filter(is_remembered);
        let new = self.new.iter().map(|name| (*name, now));
        let mut taken: Vec<_> = before.copied().chain(new).collect();
        let too_many = taken.len().saturating_sub(MOST_REMEMBERED);
        taken.drain(..too_many);
        History {
            highest: self.highest,
            taken,
        }
    }
}

impl Base {
    fn of_default(default: &Bytes) -> Self {
        Self {
            value: default.clone(),
            written_at: Timestamp::from_seconds(0),
            deadline: None,
            history: History::default(),
        }
    }
}

impl History {
    pub(crate) fn is_empty(&self) -> bool {
        self.highest == 0 && self.taken.is_empty()
    }

    /// ```text
    /// highest (4) ‖ count (2) ‖ (name (8) ‖ taken-at (5)) × count
    /// ```
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        out.put_u32(self.highest);
        // No history has more than `MOST_REMEMBERED`.
        out.put_u16(u16::try_from(self.taken.len()).unwrap_or(u16::MAX));
        for (name, taken_at) in &self.taken {
            out.extend(name.0);
            out.extend(taken_at.to_bytes());
        }
    }

    /// An entry that names more than it holds is refused before anything is kept of it.
    pub(crate) fn read(bytes: &mut &[u8]) -> Option<Self> {
        let highest = u32::from_be_bytes(take_array(bytes)?);
        let count = u16::from_be_bytes(take_array(bytes)?);
        let mut taken = Vec::new();
        for _ in 0..count {
            let name = Name(take_array(bytes)?);
            taken.push((name, Timestamp::from_bytes(take_array(bytes)?)));
        }
        Some(Self { highest, taken })
    }
}

impl Added {
    /// The value of the entry of a difference.
    ///
    /// ```text
    /// number (4) ‖ difference
    /// ```
    pub(crate) fn write(number: u32, difference: &Difference) -> Option<Bytes> {
        let difference = difference.write()?;
        Some([&number.to_be_bytes(), &*difference].concat().into())
    }

    pub(crate) fn read(mut value: Bytes) -> Option<(u32, Difference)> {
        let number = u32::from_be_bytes(take_array(&mut &*value)?);
        value.advance(size_of_val(&number));
        Some((number, Difference::read(&value)?))
    }
}
