//! Reads a value in one pass over its bytes. A few bytes cannot make it recurse or allocate: it goes no deeper than
//! [`MAX_DEPTH`], and believes no length that its input does not hold.
//!
//! `rmp-serde` also reads what JSON refuses: a number as a variant's name, bytes as text, their start as a tuple. A
//! wrapper that refuses it all would be longer than this, as the items are taken apart in `shape` already.

use serde::de::value::BorrowedStrDeserializer;
use serde::de::{
    Deserialize, DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, MapAccess, SeqAccess,
    VariantAccess, Visitor,
};

use super::DecodeError;
use super::shape::{Input, Item, MAX_DEPTH};

/// Reads the value that fills `bytes`.
pub(super) fn deserialize<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, DecodeError> {
    let mut input = Input(bytes);
    let value = T::deserialize(Value::next(&mut input, MAX_DEPTH, 0)?)?;
    // Bytes may follow the value. And a type that goes on after an error inside it has left the middle of one behind.
    complete(value, input.0.len())
}

/// A value, of which `item` is read already.
struct Value<'r, 'de> {
    item: Item<'de>,
    rest: &'r mut Input<'de>,
    /// The number of containers that may still stand inside each other here.
    levels: usize,
    /// The number of values that are announced behind this one.
    behind: usize,
    /// The number of times that the value was passed on without taking anything from the input.
    wrappers: u8,
}

/// `Some` and newtypes stand for what is inside them, so that a type made of these alone would
/// call itself for ever.
const MAX_WRAPPERS: u8 = 64;

impl<'r, 'de> Value<'r, 'de> {
    fn wrapped(self) -> Result<Self, DecodeError> {
        let wrappers = self.wrappers + 1;
        if wrappers > MAX_WRAPPERS {
            return Err(DecodeError);
        }
        Ok(Self { wrappers, ..self })
    }

    #[inline]
    fn next(rest: &'r mut Input<'de>, levels: usize, behind: usize) -> Result<Self, DecodeError> {
        let item = rest.item().map_err(|_| DecodeError)?;
        Ok(Self {
            item,
            rest,
            levels,
            behind,
            wrappers: 0,
        })
    }

    /// Goes into a container of so many values. Every value takes a byte at least, so a length is refused that the
    /// input does not hold beside the values behind the container, before anything is allocated for it.
    fn enter(self, values: usize) -> Result<Inside<'r, 'de>, DecodeError> {
        let levels = self.levels.checked_sub(1).ok_or(DecodeError)?;
        if values.saturating_add(self.behind) > self.rest.0.len() {
            return Err(DecodeError);
        }
        Ok(Inside {
            values,
            levels,
            behind: self.behind,
            rest: self.rest,
        })
    }

    /// Bytes are shown as the list of numbers that they are in JSON. As bytes, what buffers them
    /// (`untagged`, `flatten`) would give them to text as well. Inlined, a request that takes one
    /// kind of item does not look at it again.
    #[inline]
    fn show<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        match self.item {
            Item::Nil => visitor.visit_unit(),
            Item::Bool(value) => visitor.visit_bool(value),
            Item::Unsigned(value) => visitor.visit_u64(value),
            Item::Signed(value) => visitor.visit_i64(value),
            Item::Float32(value) => visitor.visit_f32(value),
            Item::Float64(value) => visitor.visit_f64(value),
            Item::Text(bytes) => visitor.visit_borrowed_str(text(bytes)?),
            Item::Bytes(bytes) => {
                let mut numbers = Numbers(bytes.iter());
                let value = visitor.visit_seq(&mut numbers)?;
                complete(value, numbers.0.len())
            }
            Item::Array { values } => {
                let mut inside = self.enter(values)?;
                let value = visitor.visit_seq(&mut inside)?;
                complete(value, inside.values)
            }
            Item::Map { entries } => {
                let mut inside = self.enter(entries.saturating_mul(2))?;
                let value = visitor.visit_map(&mut inside)?;
                complete(value, inside.values)
            }
            Item::Extension => Err(DecodeError),
        }
    }
}

fn text(bytes: &[u8]) -> Result<&str, DecodeError> {
    str::from_utf8(bytes).map_err(|_| DecodeError)
}

/// `value`, if it was read to its end.
fn complete<T>(value: T, left: usize) -> Result<T, DecodeError> {
    if left == 0 {
        Ok(value)
    } else {
        Err(DecodeError)
    }
}

/// Shows `$items` to the visitor of the methods that follow, and nothing else. JSON does the same.
macro_rules! takes {
    ($($items:pat => $($method:ident($($argument:ty),*)),+;)*) => {$($(
        fn $method<V: Visitor<'de>>(
            self,
            $(_: $argument,)*
            visitor: V,
        ) -> Result<V::Value, DecodeError> {
            match self.item {
                $items => self.show(visitor),
                _ => Err(DecodeError),
            }
        }
    )+)*};
}

impl<'de> Deserializer<'de> for Value<'_, 'de> {
    type Error = DecodeError;

    takes! {
        Item::Nil => deserialize_unit(), deserialize_unit_struct(&'static str);
        Item::Bool(_) => deserialize_bool();
        Item::Unsigned(_) | Item::Signed(_) | Item::Float32(_) | Item::Float64(_) =>
            deserialize_i8(), deserialize_i16(), deserialize_i32(), deserialize_i64(),
            deserialize_u8(), deserialize_u16(), deserialize_u32(), deserialize_u64(),
            deserialize_f32(), deserialize_f64();
        Item::Text(_) =>
            deserialize_char(), deserialize_str(), deserialize_string(),
            deserialize_identifier();
        Item::Array { .. } | Item::Bytes(_) =>
            deserialize_seq(), deserialize_tuple(usize),
            deserialize_tuple_struct(&'static str, usize);
        Item::Map { .. } => deserialize_map();
        Item::Map { .. } | Item::Array { .. } | Item::Bytes(_) =>
            deserialize_struct(&'static str, &'static [&'static str]);
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        self.show(visitor)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        self.show(visitor)
    }

    fn deserialize_i128<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        visitor.visit_i128(match self.item {
            Item::Unsigned(value) => value.into(),
            Item::Signed(value) => value.into(),
            Item::Bytes(bytes) => wide(i128::from_be_bytes(sixteen(bytes)?))?,
            _ => return Err(DecodeError),
        })
    }

    fn deserialize_u128<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        visitor.visit_u128(match self.item {
            Item::Unsigned(value) => value.into(),
            Item::Signed(value) => value.try_into().map_err(|_| DecodeError)?,
            Item::Bytes(bytes) => u128::from_be_bytes(sixteen(bytes)?),
            _ => return Err(DecodeError),
        })
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        match self.item {
            Item::Bytes(bytes) | Item::Text(bytes) => visitor.visit_borrowed_bytes(bytes),
            Item::Array { .. } => self.show(visitor),
            _ => Err(DecodeError),
        }
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        self.deserialize_bytes(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        match self.item {
            Item::Nil => visitor.visit_none(),
            _ => visitor.visit_some(self.wrapped()?),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        visitor.visit_newtype_struct(self.wrapped()?)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        match self.item {
            Item::Text(name) => visitor.visit_enum(BorrowedStrDeserializer::new(text(name)?)),
            Item::Map { entries: 1 } => visitor.visit_enum(Variant(self.enter(2)?)),
            _ => Err(DecodeError),
        }
    }
}

fn sixteen(bytes: &[u8]) -> Result<[u8; 16], DecodeError> {
    bytes.try_into().map_err(|_| DecodeError)
}

/// Of what 64 bits hold, nothing is written as 16 bytes: those are a `u128` of the same bits.
fn wide(value: i128) -> Result<i128, DecodeError> {
    match i64::try_from(value) {
        Ok(_) => Err(DecodeError),
        Err(_) => Ok(value),
    }
}

/// The values of a container that are left to read. An entry of a map is two.
struct Inside<'r, 'de> {
    values: usize,
    /// The number of containers that may still stand inside each other here.
    levels: usize,
    /// The number of values that are announced behind the container.
    behind: usize,
    rest: &'r mut Input<'de>,
}

impl<'de> Inside<'_, 'de> {
    /// The next value, or the key of the next entry.
    #[inline]
    fn next<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, DecodeError> {
        if self.values == 0 {
            return Ok(None);
        }
        seed.deserialize(self.value()?).map(Some)
    }

    #[inline]
    fn value(&mut self) -> Result<Value<'_, 'de>, DecodeError> {
        self.values = self.values.checked_sub(1).ok_or(DecodeError)?;
        let behind = self.behind.saturating_add(self.values);
        Value::next(self.rest, self.levels, behind)
    }
}

impl<'de> SeqAccess<'de> for Inside<'_, 'de> {
    type Error = DecodeError;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, DecodeError> {
        self.next(seed)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.values)
    }
}

impl<'de> MapAccess<'de> for Inside<'_, 'de> {
    type Error = DecodeError;

    fn next_key_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, DecodeError> {
        self.next(seed)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<S::Value, DecodeError> {
        seed.deserialize(self.value()?)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.values / 2)
    }
}

/// Bytes as a list.
struct Numbers<'de>(std::slice::Iter<'de, u8>);

impl<'de> SeqAccess<'de> for Numbers<'de> {
    type Error = DecodeError;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, DecodeError> {
        let Some(byte) = self.0.next() else {
            return Ok(None);
        };
        let item = Item::Unsigned((*byte).into());
        let value = Value {
            item,
            rest: &mut Input(&[]),
            levels: 0,
            behind: 0,
            wrappers: 0,
        };
        seed.deserialize(value).map(Some)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.0.len())
    }
}

/// A variant that is more than its name: its name, then what it holds.
struct Variant<'r, 'de>(Inside<'r, 'de>);

impl<'de> EnumAccess<'de> for Variant<'_, 'de> {
    type Error = DecodeError;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'de>>(
        mut self,
        seed: S,
    ) -> Result<(S::Value, Self), DecodeError> {
        let name = seed.deserialize(self.0.value()?)?;
        Ok((name, self))
    }
}

impl<'de> VariantAccess<'de> for Variant<'_, 'de> {
    type Error = DecodeError;

    fn unit_variant(mut self) -> Result<(), DecodeError> {
        <()>::deserialize(self.0.value()?)
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(
        mut self,
        seed: S,
    ) -> Result<S::Value, DecodeError> {
        seed.deserialize(self.0.value()?)
    }

    fn tuple_variant<V: Visitor<'de>>(
        mut self,
        len: usize,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        self.0.value()?.deserialize_tuple(len, visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        mut self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        self.0.value()?.deserialize_struct("", fields, visitor)
    }
}
