//! All fields of one value as bytes: how a change is known without asking `T` for `Clone` or
//! `PartialEq`. One and the same map writes its entries in one and the same order, so a
//! `HashMap` that nobody touched does not look changed.

use std::ops::Range;

use bytes::Bytes;

use crate::data::{Field, FieldId, SessionData, numbered};
use crate::value::EncodeError;

/// The bytes that a field usually has room in, so that few sessions need more than one allocation.
const USUAL_BYTES: usize = 32;

pub(crate) struct Encoded {
    bytes: Vec<u8>,
    fields: Vec<Result<Range<usize>, EncodeError>>,
}

impl Encoded {
    pub(crate) fn of<T: SessionData>(value: &T) -> Self {
        let mut bytes = Vec::with_capacity(USUAL_BYTES * T::SCHEMA.fields.len());
        let mut encode = |field: &Field<T>| {
            let start = bytes.len();
            (field.encode)(value, &mut bytes).map(|()| start..bytes.len())
        };
        let fields = T::SCHEMA.fields.iter().map(&mut encode).collect();
        Self { bytes, fields }
    }

    /// The fields' values, or why they have none, in the order of the struct.
    pub(crate) fn fields(&self) -> impl Iterator<Item = Result<&[u8], EncodeError>> {
        self.fields.iter().map(|field| match field {
            Ok(range) => Ok(self.bytes.get(range.clone()).unwrap_or_default()),
            Err(error) => Err(*error),
        })
    }

    /// The value of a field, if it has one.
    pub(crate) fn value(&self, field: FieldId) -> Option<Bytes> {
        let range = field.of(&self.fields).as_ref().ok()?.clone();
        self.bytes.get(range).map(Bytes::copy_from_slice)
    }

    /// The fields that are not in `self` as they were in `base`.
    pub(crate) fn changes_since(&self, base: &Self) -> Vec<Change> {
        let pairs = numbered(self.fields().zip(base.fields()));
        let changed = pairs.filter(|(_, (now, before))| now != before);
        changed
            .map(|(field, (now, _))| Change::new(field, now))
            .collect()
    }
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

impl Change {
    fn new(field: FieldId, value: Result<&[u8], EncodeError>) -> Self {
        Self {
            field,
            before: None,
            value: value.map(Bytes::copy_from_slice),
        }
    }
}
