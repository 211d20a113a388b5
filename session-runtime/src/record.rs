//! Fields as stored: records in strictly ascending order of their tags, so that equal sessions
//! have equal bytes and a tag cannot stand twice.
//!
//! ```text
//! record = tag (3) ‖ length × 2 + has-deadline, as a varint ‖ [deadline (5)] ‖ value
//! ```

use std::cmp::Ordering;
use std::fmt;

use bytes::Bytes;

use crate::time::Timestamp;

/// The hash of a field's wire name, under which its record is stored.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tag(pub(crate) [u8; 3]);

impl Tag {
    fn number(self) -> u32 {
        let Self([a, b, c]) = self;
        u32::from_be_bytes([0, a, b, c])
    }
}

/// As bytes are ordered, by one comparison of numbers.
impl Ord for Tag {
    fn cmp(&self, other: &Self) -> Ordering {
        self.number().cmp(&other.number())
    }
}

impl PartialOrd for Tag {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Debug for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self([a, b, c]) = self;
        write!(f, "{a:02x}{b:02x}{c:02x}")
    }
}

/// One stored field.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Record<V = Bytes> {
    pub(crate) tag: Tag,
    pub(crate) deadline: Option<Timestamp>,
    pub(crate) value: V,
}

/// One stored field, as a view of the records that hold it.
pub(crate) type RecordRef<'a> = Record<&'a [u8]>;

/// The size of the value alone.
impl<V: AsRef<[u8]>> fmt::Debug for Record<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} ({} bytes)", self.tag, self.value.as_ref().len())
    }
}

/// The records of one token as they are written, ascending by tag. Whoever makes them sees to it that nothing but
/// whole records is in there. Clones share the bytes: a request that only reads has those of its cookie.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Records(Bytes);

/// A change of what stands under one tag.
pub(crate) enum Edit {
    /// The record takes the place of the one with its tag.
    Set(Record),
    Remove(Tag),
}

/// The most bytes that a length has in a cookie. A value that is set in a request may be longer, until the session is
/// found to be too large.
const LENGTH_BYTES: usize = 3;

impl fmt::Debug for Records {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl Records {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn iter(&self) -> Iter<'_> {
        Iter { rest: &self.0 }
    }

    /// The record under this tag. A session has a handful, so this looks at one after another.
    pub(crate) fn get(&self, tag: Tag) -> Option<RecordRef<'_>> {
        let mut from_tag = self.iter().skip_while(|record| record.tag < tag);
        from_tag.next().filter(|record| record.tag == tag)
    }

    /// A value of these records, which shares their bytes.
    pub(crate) fn share(&self, value: &[u8]) -> Bytes {
        self.0.slice_ref(value)
    }

    /// The edit that gives one of these records another deadline.
    pub(crate) fn with_deadline(&self, record: RecordRef<'_>, deadline: Option<Timestamp>) -> Edit {
        Edit::Set(Record {
            tag: record.tag,
            deadline,
            value: self.share(record.value),
        })
    }

    /// Stores `record` in place of the one with its tag.
    #[cfg(any(test, fuzzing))]
    pub(crate) fn set(&mut self, record: Record) {
        self.edit(vec![Edit::Set(record)]);
    }

    /// Makes these changes. No two are of one tag.
    pub(crate) fn edit(&mut self, mut edits: Vec<Edit>) {
        if edits.is_empty() {
            return;
        }
        edits.sort_unstable_by_key(Edit::tag);
        debug_assert!(
            edits.is_sorted_by(|a, b| a.tag() < b.tag()),
            "one edit of a tag"
        );
        let new = edits.iter().filter_map(Edit::record);
        let new: usize = new.map(Record::written_len).sum();
        let mut out = Vec::with_capacity(self.0.len() + new);
        let mut left = self.iter();
        for edit in &edits {
            out.extend_from_slice(left.take_before(edit.tag()));
            left.take_under(edit.tag());
            if let Some(record) = edit.record() {
                record.write(&mut out);
            }
        }
        out.extend_from_slice(left.rest);
        self.0 = out.into();
    }

    pub(crate) fn remove(&mut self, tag: Tag) {
        self.remove_all(&[tag.0]);
    }

    /// Drops the records under these tags.
    pub(crate) fn remove_all(&mut self, tags: &[[u8; 3]]) {
        self.retain(|record| !tags.contains(&record.tag.0));
    }

    /// Keeps the records for which `keep` holds.
    pub(crate) fn retain(&mut self, keep: impl Fn(&RecordRef<'_>) -> bool) {
        if !self.iter().all(|record| keep(&record)) {
            *self = Self::of_ascending(self.iter().filter(keep));
        }
    }

    /// The records of `self` that do not stand in `others`.
    #[cfg(any(feature = "stored", test))]
    pub(crate) fn not_in<'a>(&'a self, others: &'a Self) -> impl Iterator<Item = RecordRef<'a>> {
        let mut others = others.iter();
        self.iter().filter(move |record| {
            others.take_before(record.tag);
            others.clone().next() != Some(*record)
        })
    }

    /// Collects records whose tags ascend.
    pub(crate) fn of_ascending<V: AsRef<[u8]>>(
        records: impl IntoIterator<Item = Record<V>>,
    ) -> Self {
        let mut out = Vec::new();
        for record in records {
            record.write(&mut out);
        }
        Self(out.into())
    }

    /// The records, one behind the other.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    #[cfg(test)]
    pub(crate) fn to_vec(&self) -> Vec<Record> {
        let records = self.iter().map(|record| Record {
            tag: record.tag,
            deadline: record.deadline,
            value: self.share(record.value),
        });
        records.collect()
    }

    /// Reads the records that fill `bytes`; anything but the one spelling that they have is malformed.
    pub(crate) fn read(bytes: Bytes) -> Result<Self, Malformed> {
        let mut rest = &*bytes;
        let mut last = None;
        while !rest.is_empty() {
            let record = Record::read(&mut rest, LENGTH_BYTES)?;
            if last >= Some(record.tag) {
                return Err(Malformed::Order);
            }
            last = Some(record.tag);
        }
        Ok(Self(bytes))
    }
}

/// The records that are left of some.
#[derive(Clone)]
pub(crate) struct Iter<'a> {
    rest: &'a [u8],
}

impl<'a> Iter<'a> {
    /// Takes the records before a tag.
    fn take_before(&mut self, tag: Tag) -> &'a [u8] {
        let all = self.rest;
        let mut rest = all;
        while self.next().is_some_and(|record| record.tag < tag) {
            rest = self.rest;
        }
        self.rest = rest;
        let before = all.len() - self.rest.len();
        all.get(..before).unwrap_or_default()
    }

    /// Takes the next record if it stands under this tag.
    fn take_under(&mut self, tag: Tag) {
        if self.clone().next().is_some_and(|record| record.tag == tag) {
            self.next();
        }
    }
}

impl<'a> Iterator for Iter<'a> {
    type Item = RecordRef<'a>;

    /// What is no record is the end: the records are whole, see [`Records`].
    #[inline]
    fn next(&mut self) -> Option<RecordRef<'a>> {
        Record::read(&mut self.rest, usize::MAX).ok()
    }
}

impl Edit {
    fn tag(&self) -> Tag {
        match self {
            Self::Set(record) => record.tag,
            Self::Remove(tag) => *tag,
        }
    }

    fn record(&self) -> Option<&Record> {
        match self {
            Self::Set(record) => Some(record),
            Self::Remove(_) => None,
        }
    }
}

/// The reason why the bytes of a token that opened are not a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Malformed {
    /// A deadline is cut.
    Deadline,
    /// A flag that this release does not know.
    Flags,
    /// The bytes before the records are cut.
    Head,
    /// A length is cut.
    Length,
    /// A length with more bytes than a cookie needs.
    LengthTooLong,
    /// A length that is not spelled as short as it can be.
    LengthPadded,
    /// A record does not follow the one before it, or has the same tag.
    Order,
    /// A tag is cut.
    Tag,
    /// A value is cut.
    Value,
}

impl<V: AsRef<[u8]>> Record<V> {
    fn written_len(&self) -> usize {
        let deadline = self.deadline.map_or(0, |_| Timestamp::BYTES);
        let value = self.value.as_ref().len();
        self.tag.0.len() + varint_len(self.length()) + deadline + value
    }

    /// The value's length, and whether a deadline stands before it.
    fn length(&self) -> u64 {
        (self.value.as_ref().len() as u64) << 1 | u64::from(self.deadline.is_some())
    }

    fn write(&self, out: &mut Vec<u8>) {
        out.extend(self.tag.0);
        write_varint(self.length(), out);
        if let Some(deadline) = self.deadline {
            out.extend(deadline.to_bytes());
        }
        out.extend_from_slice(self.value.as_ref());
    }
}

impl<'a> RecordRef<'a> {
    /// Reads a record whose length has at most so many bytes.
    #[inline]
    fn read(bytes: &mut &'a [u8], length_bytes: usize) -> Result<Self, Malformed> {
        let tag = Tag(take_array(bytes).ok_or(Malformed::Tag)?);
        let length = read_varint(bytes, length_bytes)?;
        let deadline = if length & 1 == 1 {
            let deadline = take_array(bytes).ok_or(Malformed::Deadline)?;
            Some(Timestamp::from_bytes(deadline))
        } else {
            None
        };
        let length = usize::try_from(length >> 1).map_err(|_| Malformed::Value)?;
        let (value, rest) = bytes.split_at_checked(length).ok_or(Malformed::Value)?;
        *bytes = rest;
        Ok(Self {
            tag,
            deadline,
            value,
        })
    }
}

pub(crate) fn take_array<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (array, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(*array)
}

/// Returns the number of bytes that [`write_varint`] writes.
fn varint_len(value: u64) -> usize {
    let bits = u64::BITS - value.leading_zeros();
    bits.max(1).div_ceil(7) as usize
}

/// Seven bits a byte, lowest first, the top bit on all but the last.
fn write_varint(mut value: u64, out: &mut Vec<u8>) {
    loop {
        let low = (value & 0x7f) as u8;
        value >>= 7;
        if value == 0 {
            return out.push(low);
        }
        out.push(low | 0x80);
    }
}

/// Mostly one byte.
#[inline]
fn read_varint(bytes: &mut &[u8], most: usize) -> Result<u64, Malformed> {
    if let [short @ ..0x80, rest @ ..] = *bytes {
        *bytes = rest;
        return Ok(u64::from(*short));
    }
    read_long_varint(bytes, most)
}

/// A last byte of zero would spell the same number twice.
#[inline(never)]
fn read_long_varint(bytes: &mut &[u8], most: usize) -> Result<u64, Malformed> {
    let mut value = 0;
    for index in 0..most.min(9) {
        let [byte] = take_array(bytes).ok_or(Malformed::Length)?;
        value |= u64::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            let padded = byte == 0 && index > 0;
            return if padded {
                Err(Malformed::LengthPadded)
            } else {
                Ok(value)
            };
        }
    }
    Err(Malformed::LengthTooLong)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::ops::Range;

    use proptest::prelude::*;

    use super::*;

    fn record(tag: [u8; 3], deadline: Option<u64>, value: &'static [u8]) -> Record {
        Record {
            tag: Tag(tag),
            deadline: deadline.map(Timestamp::from_seconds),
            value: Bytes::from_static(value),
        }
    }

    fn read(bytes: &'static [u8]) -> Result<Records, Malformed> {
        Records::read(Bytes::from_static(bytes))
    }

    #[test]
    fn records_are_written_as_the_format_says() {
        let mut records = Records::default();
        records.set(record([9, 9, 9], None, b"later"));
        records.set(record([1, 2, 3], Some(0x01_0203_0405), b"ab"));
        let mut out = Vec::new();
        out.extend_from_slice(records.as_bytes());
        assert_eq!(
            out,
            b"\x01\x02\x03\x05\x01\x02\x03\x04\x05ab\x09\x09\x09\x0alater"
        );
    }

    #[test]
    fn a_length_of_sixty_four_takes_two_bytes() {
        let mut out = Vec::new();
        write_varint(64 << 1, &mut out);
        assert_eq!(out, [0x80, 0x01]);
    }

    #[test]
    fn each_other_spelling_is_malformed_in_its_way() {
        let cases: [(&'static [u8], Malformed); 8] = [
            (b"\x01\x02", Malformed::Tag),
            (b"\x01\x02\x03", Malformed::Length),
            (b"\x01\x02\x03\x82\x00a", Malformed::LengthPadded),
            (b"\x01\x02\x03\x80\x80\x80\x01", Malformed::LengthTooLong),
            (b"\x01\x02\x03\x01\x00\x00", Malformed::Deadline),
            (b"\x01\x02\x03\x06ab", Malformed::Value),
            (b"\x02\x00\x00\x02a\x01\x00\x00\x02b", Malformed::Order),
            (b"\x01\x00\x00\x02a\x01\x00\x00\x02b", Malformed::Order),
        ];
        for (bytes, reason) in cases {
            assert_eq!(read(bytes), Err(reason), "{}", bytes.escape_ascii());
        }
    }

    #[test]
    fn set_replaces_and_remove_removes() {
        let mut records = Records::default();
        records.set(record([1, 0, 0], None, b"a"));
        records.set(record([1, 0, 0], None, b"b"));
        assert_eq!(records.iter().count(), 1);
        assert_eq!(records.get(Tag([1, 0, 0])).unwrap().value, b"b");
        records.remove(Tag([2, 0, 0]));
        assert!(!records.is_empty());
        records.remove(Tag([1, 0, 0]));
        assert!(records.is_empty());
    }

    #[test]
    fn a_value_that_no_cookie_holds_is_read_back_in_its_request_and_not_from_a_cookie() {
        let (long, short) = (vec![7; 1 << 20], [8]);
        let mut records = Records::default();
        for (tag, value) in [([1, 0, 0], &long[..]), ([2, 0, 0], &short)] {
            records.set(Record {
                tag: Tag(tag),
                deadline: None,
                value: Bytes::copy_from_slice(value),
            });
        }
        assert_eq!(records.get(Tag([1, 0, 0])).unwrap().value, long);
        assert_eq!(records.get(Tag([2, 0, 0])).unwrap().value, short);
        assert_eq!(Records::read(records.0), Err(Malformed::LengthTooLong));
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(
            fields in prop::collection::btree_map(
                any::<[u8; 3]>(),
                (prop::option::of(0_u64..1 << 40), prop::collection::vec(any::<u8>(), 0..200)),
                0..20,
            ),
        ) {
            let mut records = Records::default();
            for (tag, (deadline, value)) in fields {
                records.set(Record {
                    tag: Tag(tag),
                    deadline: deadline.map(Timestamp::from_seconds),
                    value: value.into(),
                });
            }
            let mut out = Vec::new();
            out.extend_from_slice(records.as_bytes());

            prop_assert_eq!(Records::read(out.into()), Ok(records));
        }

        #[test]
        fn edits_are_made_all_at_once_as_in_a_map(
            before in records_of(0..6),
            edits in prop::collection::btree_map(tag(), prop::option::of(value()), 0..6),
        ) {
            let mut expected = before.clone();
            let mut records = of_map(&before);
            for (tag, value) in &edits {
                match value {
                    Some(value) => expected.insert(*tag, value.clone()),
                    None => expected.remove(tag),
                };
            }
            let edits = edits.into_iter().rev().map(|(tag, value)| match value {
                Some((deadline, value)) => Edit::Set(Record {
                    tag: Tag(tag),
                    deadline,
                    value,
                }),
                None => Edit::Remove(Tag(tag)),
            });
            records.edit(edits.collect());
            prop_assert_eq!(records, of_map(&expected));
        }

        #[test]
        fn records_that_others_lack_or_have_differently_are_not_in_them(
            some in records_of(0..6),
            others in records_of(0..6),
        ) {
            let expected = some.iter().filter(|(tag, value)| others.get(*tag) != Some(*value));
            let expected: Vec<_> = expected.map(|(tag, _)| Tag(*tag)).collect();
            let (some, others) = (of_map(&some), of_map(&others));
            let found: Vec<_> = some.not_in(&others).map(|record| record.tag).collect();
            prop_assert_eq!(found, expected);
        }

        #[test]
        fn what_reads_has_no_other_spelling(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            if let Ok(records) = Records::read(Bytes::from(bytes.clone())) {
                let mut out = Vec::new();
                out.extend_from_slice(records.as_bytes());
                prop_assert_eq!(out, bytes);
            }
        }
    }

    type Fields = BTreeMap<[u8; 3], (Option<Timestamp>, Bytes)>;

    /// Few enough that two lists of records often share some.
    fn tag() -> impl Strategy<Value = [u8; 3]> {
        (0..8_u8).prop_map(|low| [low, 1, 1])
    }

    fn value() -> impl Strategy<Value = (Option<Timestamp>, Bytes)> {
        let deadline = prop::option::of((0..3_u64).prop_map(Timestamp::from_seconds));
        let value = prop::collection::vec(0..2_u8, 0..80).prop_map(Bytes::from);
        (deadline, value)
    }

    fn records_of(count: Range<usize>) -> impl Strategy<Value = Fields> {
        prop::collection::btree_map(tag(), value(), count)
    }

    fn of_map(fields: &Fields) -> Records {
        let records = fields.iter().map(|(tag, (deadline, value))| Record {
            tag: Tag(*tag),
            deadline: *deadline,
            value,
        });
        Records::of_ascending(records)
    }
}
