//! All fields of one value as bytes: how a change is known without asking `T` for `Clone` or
//! `PartialEq`. One and the same map writes its entries in one and the same order, so a
//! `HashMap` that nobody touched does not look changed.

use std::iter;

use bytes::Bytes;

use crate::data::{Field, FieldId, SessionData, numbered};
use crate::record::take_array;
use crate::value::EncodeError;

/// The bytes that a field usually has room in, so that few sessions need more than one allocation.
const USUAL_BYTES: usize = 32;

pub(crate) struct Encoded {
    /// The fields in the order of the struct, each behind its length.
    bytes: Vec<u8>,
    /// The fields that have no bytes. Nothing stands for them behind their length, which is zero.
    failed: Vec<(FieldId, EncodeError)>,
}

/// The bytes of a length. It is an `usize`.
const LENGTH_BYTES: usize = size_of::<usize>();

impl Encoded {
    pub(crate) fn of<T: SessionData>(value: &T) -> Self {
        let fields = T::SCHEMA.fields;
        let mut encoded = Self {
            bytes: Vec::with_capacity((LENGTH_BYTES + USUAL_BYTES) * fields.len()),
            failed: Vec::new(),
        };
        for (id, field) in numbered(fields) {
            encoded.add(id, field, value);
        }
        encoded
    }

    fn add<T>(&mut self, id: FieldId, field: &Field<T>, value: &T) {
        let start = self.bytes.len();
        self.bytes.extend([0; LENGTH_BYTES]);
        match (field.encode)(value, &mut self.bytes) {
            Ok(()) => {
                let len = self.bytes.len() - start - LENGTH_BYTES;
                if let Some(length) = self.bytes.get_mut(start..start + LENGTH_BYTES) {
                    length.copy_from_slice(&len.to_ne_bytes());
                }
            }
            Err(error) => self.failed.push((id, error)),
        }
    }

    /// The fields' values, or why they have none, in the order of the struct.
    pub(crate) fn fields(&self) -> impl Iterator<Item = Result<&[u8], EncodeError>> {
        fields(&self.bytes, &self.failed)
    }

    /// The value of a field, if it has one.
    pub(crate) fn value(&self, field: FieldId) -> Option<Bytes> {
        let mut all = numbered(self.fields());
        let (_, value) = all.find(|(id, _)| *id == field)?;
        value.ok().map(Bytes::copy_from_slice)
    }

    /// The fields that are not in `self` as they were in `base`.
    pub(crate) fn changes_since(self, base: &Self) -> Vec<Change> {
        let Self { bytes, failed } = self;
        if bytes == base.bytes && failed == base.failed {
            return Vec::new();
        }
        let bytes = Bytes::from(bytes);
        let pairs = numbered(fields(&bytes, &failed).zip(base.fields()));
        let changed = pairs.filter(|(_, (now, before))| now != before);
        let described = changed.map(|(field, (now, _))| Change {
            field,
            before: None,
            value: now.map(|value| bytes.slice_ref(value)),
        });
        described.collect()
    }
}

fn fields<'a>(
    mut bytes: &'a [u8],
    failed: &'a [(FieldId, EncodeError)],
) -> impl Iterator<Item = Result<&'a [u8], EncodeError>> {
    let values = iter::from_fn(move || {
        let length = usize::from_ne_bytes(take_array(&mut bytes)?);
        let (value, rest) = bytes.split_at_checked(length)?;
        bytes = rest;
        Some(value)
    });
    numbered(values).map(|(id, value)| {
        let mut failed = failed.iter();
        match failed.find(|(failed, _)| *failed == id) {
            None => Ok(value),
            Some((_, error)) => Err(*error),
        }
    })
}

/// The changes that a guard made.
#[derive(Clone, Default)]
pub(crate) struct Changes {
    pub(crate) fields: Vec<Change>,
    /// Fields whose time is to start again.
    pub(crate) touched: Vec<FieldId>,
    /// `Some(true)` if the session is to survive closing the browser, `Some(false)` if it is not,
    /// and `None` if the guard did not say.
    pub(crate) remember: Option<bool>,
}

impl Changes {
    pub(crate) fn is_empty(&self) -> bool {
        self.fields.is_empty() && self.touched.is_empty() && self.remember.is_none()
    }
}

/// A field that a guard changed.
#[derive(Clone)]
pub(crate) struct Change {
    pub(crate) field: FieldId,
    /// The value that the guard was given, if changes of the field are merged.
    pub(crate) before: Option<Bytes>,
    pub(crate) value: Result<Bytes, EncodeError>,
}
