//! The serializer that stands between a value and `rmp-serde` when the value is written.
//! `rmp-serde` writes some shapes so that other types do not read them as what JSON would. It also
//! has no limit on how deep a value may call itself, and a few thousand levels would overflow the
//! stack and take the process with it.

use std::cell::Cell;

use serde::ser::{
    Error as _, Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant,
    SerializeTuple, SerializeTupleStruct, SerializeTupleVariant, Serializer,
};

/// Calls, not levels in the bytes: `Some` and newtypes write nothing but use the stack too. Above
/// what [`super::MAX_DEPTH`] levels of containers with a few wrappers each come to.
const MAX_CALLS: u16 = 256;

/// The reason why [`serialize`] failed.
pub(super) enum Failure<E> {
    /// The value calls itself more than [`MAX_CALLS`] deep.
    TooDeep,
    /// The value or the serializer refused.
    Serializer(E),
}

/// Serializes `value` with `serializer`, no deeper than [`MAX_CALLS`].
pub(super) fn serialize<T, S>(value: &T, serializer: S) -> Result<S::Ok, Failure<S::Error>>
where
    T: Serialize + ?Sized,
    S: Serializer,
{
    let exceeded = Cell::new(false);
    let budget = Budget {
        calls: MAX_CALLS,
        exceeded: &exceeded,
    };
    let inner = serializer;
    match value.serialize(Writer { inner, budget }) {
        Err(_) if exceeded.get() => Err(Failure::TooDeep),
        Err(error) => Err(Failure::Serializer(error)),
        Ok(ok) => Ok(ok),
    }
}

#[derive(Clone, Copy)]
struct Budget<'a> {
    calls: u16,
    exceeded: &'a Cell<bool>,
}

/// A serializer, or one of its compounds, that wraps every value inside in [`Nested`].
struct Writer<'a, S> {
    inner: S,
    budget: Budget<'a>,
}

impl<'a, S> Writer<'a, S> {
    fn nested<'v, T: ?Sized>(&self, value: &'v T) -> Nested<'a, 'v, T> {
        let budget = self.budget;
        Nested { value, budget }
    }

    fn compound<C, E>(self, open: impl FnOnce(S) -> Result<C, E>) -> Result<Writer<'a, C>, E> {
        let Self { inner, budget } = self;
        open(inner).map(|inner| Writer { inner, budget })
    }
}

struct Nested<'a, 'v, T: ?Sized> {
    value: &'v T,
    budget: Budget<'a>,
}

impl<T: Serialize + ?Sized> Serialize for Nested<'_, '_, T> {
    fn serialize<S: Serializer>(&self, inner: S) -> Result<S::Ok, S::Error> {
        let Some(calls) = self.budget.calls.checked_sub(1) else {
            self.budget.exceeded.set(true);
            return Err(S::Error::custom("nested too deep"));
        };
        let budget = Budget {
            calls,
            ..self.budget
        };
        self.value.serialize(Writer { inner, budget })
    }
}

macro_rules! forward_scalars {
    ($($method:ident($type:ty);)*) => {
        $(fn $method(self, value: $type) -> Result<S::Ok, S::Error> {
            self.inner.$method(value)
        })*
    };
}

impl<'a, S: Serializer> Serializer for Writer<'a, S> {
    type Ok = S::Ok;
    type Error = S::Error;
    type SerializeSeq = Writer<'a, S::SerializeSeq>;
    type SerializeTuple = Writer<'a, S::SerializeTuple>;
    type SerializeTupleStruct = Writer<'a, S::SerializeTupleStruct>;
    type SerializeTupleVariant = Writer<'a, S::SerializeTupleVariant>;
    type SerializeMap = Writer<'a, S::SerializeMap>;
    type SerializeStruct = Writer<'a, S::SerializeStruct>;
    type SerializeStructVariant = Writer<'a, S::SerializeStructVariant>;

    forward_scalars! {
        serialize_bool(bool);
        serialize_i8(i8);
        serialize_i16(i16);
        serialize_i32(i32);
        serialize_i64(i64);
        serialize_u8(u8);
        serialize_u16(u16);
        serialize_u32(u32);
        serialize_u64(u64);
        serialize_f32(f32);
        serialize_f64(f64);
        serialize_char(char);
        serialize_str(&str);
        serialize_bytes(&[u8]);
    }

    /// As nothing. `rmp-serde` would write an empty list, which `untagged` does not read back.
    fn serialize_unit_struct(self, _: &'static str) -> Result<S::Ok, S::Error> {
        self.inner.serialize_unit()
    }

    /// As a number where 64 bits hold it. `rmp-serde` would always write 16 bytes, which no other
    /// number type reads.
    fn serialize_i128(self, value: i128) -> Result<S::Ok, S::Error> {
        match (i64::try_from(value), u64::try_from(value)) {
            (Ok(value), _) => self.inner.serialize_i64(value),
            (_, Ok(value)) => self.inner.serialize_u64(value),
            _ => self.inner.serialize_i128(value),
        }
    }

    /// As [`Self::serialize_i128`] does.
    fn serialize_u128(self, value: u128) -> Result<S::Ok, S::Error> {
        match u64::try_from(value) {
            Ok(value) => self.inner.serialize_u64(value),
            Err(_) => self.inner.serialize_u128(value),
        }
    }

    fn serialize_none(self) -> Result<S::Ok, S::Error> {
        self.inner.serialize_none()
    }

    fn serialize_unit(self) -> Result<S::Ok, S::Error> {
        self.inner.serialize_unit()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<S::Ok, S::Error> {
        let value = self.nested(value);
        self.inner.serialize_some(&value)
    }

    fn serialize_unit_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
    ) -> Result<S::Ok, S::Error> {
        self.inner.serialize_unit_variant(name, index, variant)
    }

    /// As what is in it. `rmp-serde` would write an extension if it has one certain name.
    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<S::Ok, S::Error> {
        self.nested(value).serialize(self.inner)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<S::Ok, S::Error> {
        let value = self.nested(value);
        self.inner
            .serialize_newtype_variant(name, index, variant, &value)
    }

    fn serialize_seq(self, len: Option<usize>) -> Result<Self::SerializeSeq, S::Error> {
        self.compound(|inner| inner.serialize_seq(len))
    }

    fn serialize_tuple(self, len: usize) -> Result<Self::SerializeTuple, S::Error> {
        self.compound(|inner| inner.serialize_tuple(len))
    }

    fn serialize_tuple_struct(
        self,
        name: &'static str,
        len: usize,
    ) -> Result<Self::SerializeTupleStruct, S::Error> {
        self.compound(|inner| inner.serialize_tuple_struct(name, len))
    }

    fn serialize_tuple_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Self::SerializeTupleVariant, S::Error> {
        self.compound(|inner| inner.serialize_tuple_variant(name, index, variant, len))
    }

    fn serialize_map(self, len: Option<usize>) -> Result<Self::SerializeMap, S::Error> {
        self.compound(|inner| inner.serialize_map(len))
    }

    fn serialize_struct(
        self,
        name: &'static str,
        len: usize,
    ) -> Result<Self::SerializeStruct, S::Error> {
        self.compound(|inner| inner.serialize_struct(name, len))
    }

    fn serialize_struct_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Self::SerializeStructVariant, S::Error> {
        self.compound(|inner| inner.serialize_struct_variant(name, index, variant, len))
    }

    fn is_human_readable(&self) -> bool {
        self.inner.is_human_readable()
    }
}

macro_rules! forward_elements {
    ($($trait:ident: $($method:ident),+;)*) => {
        $(impl<C: $trait> $trait for Writer<'_, C> {
            type Ok = C::Ok;
            type Error = C::Error;

            $(fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), C::Error> {
                let value = self.nested(value);
                self.inner.$method(&value)
            })+

            fn end(self) -> Result<C::Ok, C::Error> {
                self.inner.end()
            }
        })*
    };
}

forward_elements! {
    SerializeSeq: serialize_element;
    SerializeTuple: serialize_element;
    SerializeTupleStruct: serialize_field;
    SerializeTupleVariant: serialize_field;
    SerializeMap: serialize_key, serialize_value;
}

macro_rules! forward_named_fields {
    ($($trait:ident;)*) => {
        $(impl<C: $trait> $trait for Writer<'_, C> {
            type Ok = C::Ok;
            type Error = C::Error;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                key: &'static str,
                value: &T,
            ) -> Result<(), C::Error> {
                let value = self.nested(value);
                self.inner.serialize_field(key, &value)
            }

            fn skip_field(&mut self, key: &'static str) -> Result<(), C::Error> {
                self.inner.skip_field(key)
            }

            fn end(self) -> Result<C::Ok, C::Error> {
                self.inner.end()
            }
        })*
    };
}

forward_named_fields! {
    SerializeStruct;
    SerializeStructVariant;
}
