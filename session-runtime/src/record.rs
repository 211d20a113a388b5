//! Fields as stored: records in strictly ascending order of their tags, so that equal sessions
//! have equal bytes and a tag cannot stand twice.
//!
//! ```text
//! record = tag (3) ‖ length × 2 + has-deadline, as a varint ‖ [deadline (5)] ‖ value
//! ```

use std::fmt;
use std::sync::Arc;

use bytes::{Buf, Bytes};

use crate::time::Timestamp;

/// The hash of a field's wire name, under which its record is stored.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Tag(pub(crate) [u8; 3]);

impl fmt::Debug for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self([a, b, c]) = self;
        write!(f, "{a:02x}{b:02x}{c:02x}")
    }
}

/// One stored field. Its value is a slice of the token it came in, never a copy.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Record {
    pub(crate) tag: Tag,
    pub(crate) deadline: Option<Timestamp>,
    pub(crate) value: Bytes,
}

/// The size of the value alone.
impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} ({} bytes)", self.tag, self.value.len())
    }
}

/// The records of one token, ascending by tag. Clones share them until one is changed: a request
/// that only reads has one copy for all its guards.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Records(Arc<Vec<Record>>);

impl Records {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn iter(&self) -> std::slice::Iter<'_, Record> {
        self.0.iter()
    }

    pub(crate) fn get(&self, tag: Tag) -> Option<&Record> {
        self.position(tag).ok().and_then(|at| self.0.get(at))
    }

    /// Stores `record` in place of the one with its tag.
    pub(crate) fn set(&mut self, record: Record) {
        let position = self.position(record.tag);
        let records = Arc::make_mut(&mut self.0);
        match position {
            Ok(at) => records.splice(at..=at, [record]).for_each(drop),
            Err(at) => records.insert(at, record),
        }
    }

    pub(crate) fn remove(&mut self, tag: Tag) {
        self.remove_all(&[tag.0]);
    }

    /// Drops the records under these tags.
    pub(crate) fn remove_all(&mut self, tags: &[[u8; 3]]) {
        self.retain(|record| !tags.contains(&record.tag.0));
    }

    fn position(&self, tag: Tag) -> Result<usize, usize> {
        self.0.binary_search_by_key(&tag, |record| record.tag)
    }

    /// Keeps the records for which `keep` holds.
    pub(crate) fn retain(&mut self, keep: impl Fn(&Record) -> bool) {
        if !self.0.iter().all(&keep) {
            Arc::make_mut(&mut self.0).retain(keep);
        }
    }

    /// Returns the number of bytes that [`Self::write`] writes.
    pub(crate) fn written_len(&self) -> usize {
        self.0.iter().map(Record::written_len).sum()
    }

    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        for record in self.0.iter() {
            record.write(out);
        }
    }

    /// Reads the records that fill `bytes`; anything but the one spelling that [`Self::write`] has
    /// for them is malformed.
    pub(crate) fn read(mut bytes: Bytes) -> Result<Self, Malformed> {
        let mut records = Vec::<Record>::new();
        while !bytes.is_empty() {
            let record = Record::read(&mut bytes)?;
            if records.last().is_some_and(|last| last.tag >= record.tag) {
                return Err(Malformed::Order);
            }
            records.push(record);
        }
        Ok(Self(Arc::new(records)))
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

impl Record {
    fn written_len(&self) -> usize {
        let deadline = self.deadline.map_or(0, |_| Timestamp::BYTES);
        self.tag.0.len() + varint_len(self.length()) + deadline + self.value.len()
    }

    /// The value's length, and whether a deadline stands before it.
    fn length(&self) -> u64 {
        (self.value.len() as u64) << 1 | u64::from(self.deadline.is_some())
    }

    fn write(&self, out: &mut Vec<u8>) {
        out.extend(self.tag.0);
        write_varint(self.length(), out);
        if let Some(deadline) = self.deadline {
            out.extend(deadline.to_bytes());
        }
        out.extend_from_slice(&self.value);
    }

    fn read(bytes: &mut Bytes) -> Result<Self, Malformed> {
        let tag = Tag(take_array(bytes).ok_or(Malformed::Tag)?);
        let length = read_varint(bytes)?;
        let deadline = if length & 1 == 1 {
            let deadline = take_array(bytes).ok_or(Malformed::Deadline)?;
            Some(Timestamp::from_bytes(deadline))
        } else {
            None
        };
        let length = usize::try_from(length >> 1).map_err(|_| Malformed::Value)?;
        if length > bytes.len() {
            return Err(Malformed::Value);
        }
        let value = bytes.split_to(length);
        Ok(Self {
            tag,
            deadline,
            value,
        })
    }
}

pub(crate) fn take_array<const N: usize>(bytes: &mut Bytes) -> Option<[u8; N]> {
    let array = *bytes.first_chunk()?;
    bytes.advance(N);
    Some(array)
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

/// At most three bytes: more than any cookie needs. A last byte of zero would spell the same
/// number twice.
fn read_varint(bytes: &mut Bytes) -> Result<u64, Malformed> {
    let mut value = 0;
    for index in 0..3 {
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
        records.write(&mut out);
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
        assert_eq!(records.get(Tag([1, 0, 0])).unwrap().value, "b");
        records.remove(Tag([2, 0, 0]));
        assert!(!records.is_empty());
        records.remove(Tag([1, 0, 0]));
        assert!(records.is_empty());
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
            records.write(&mut out);
            prop_assert_eq!(out.len(), records.written_len());
            prop_assert_eq!(Records::read(out.into()), Ok(records));
        }

        #[test]
        fn what_reads_has_no_other_spelling(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            if let Ok(records) = Records::read(Bytes::from(bytes.clone())) {
                let mut out = Vec::new();
                records.write(&mut out);
                prop_assert_eq!(out, bytes);
            }
        }
    }
}
