//! Writes a value as `docs/FORMAT.md` says in section 6. What [`super::shape`] would refuse fails here
//! already: a value that is nested too deep, or that has another length than it announced.

use serde::ser::{
    Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant, Serializer,
};

use super::EncodeError;
use super::shape::MAX_DEPTH;

type Result<T = ()> = std::result::Result<T, EncodeError>;

/// Calls, not levels in the bytes: `Some` and newtypes write nothing but use the stack too. Above
/// what [`MAX_DEPTH`] levels of containers with a few wrappers each come to.
const MAX_CALLS: u16 = 256;

/// Appends `value` to `out`, or nothing if it fails.
pub(super) fn serialize<T: Serialize>(value: &T, out: &mut Vec<u8>) -> Result {
    let start = out.len();
    let writer = Writer {
        out: &mut *out,
        calls: MAX_CALLS,
        levels: MAX_DEPTH,
    };
    value.serialize(writer).inspect_err(|_| out.truncate(start))
}

/// Appends one value. If that fails, the start of the value may be left behind.
struct Writer<'a> {
    out: &'a mut Vec<u8>,
    /// The number of values that may still call each other inside this one.
    calls: u16,
    /// The number of containers that may still stand inside each other here.
    levels: usize,
}

impl<'a> Writer<'a> {
    #[inline]
    fn nested<T: Serialize + ?Sized>(&mut self, value: &T) -> Result {
        let calls = self.calls.checked_sub(1).ok_or(EncodeError::TooDeep)?;
        value.serialize(Writer {
            out: self.out,
            calls,
            levels: self.levels,
        })
    }

    /// Opens the map of one entry that a variant with content is, and writes the key.
    fn variant(self, name: &str) -> Result<Self> {
        let writer = self.open(MAP, Some(1))?.writer;
        sized(writer.out, TEXT, name.as_bytes())?;
        Ok(writer)
    }

    fn open(mut self, kind: Kind, announced: Option<usize>) -> Result<Container<'a>> {
        self.levels = self.levels.checked_sub(1).ok_or(EncodeError::TooDeep)?;
        let start = self.out.len();
        if let Some(entries) = announced {
            length(self.out, kind, entries)?;
        }
        Ok(Container {
            writer: self,
            kind,
            start,
            announced,
            values: 0,
        })
    }
}

/// Methods that do one thing each.
macro_rules! methods {
    ($result:ty: $($name:ident($self:ident $(, $argument:tt: $type:ty)*) => $does:expr;)*) => {
        $(#[inline]
        fn $name($self $(, $argument: $type)*) -> $result {
            $does
        })*
    };
}

impl<'a> Serializer for Writer<'a> {
    type Ok = ();
    type Error = EncodeError;
    type SerializeSeq = Container<'a>;
    type SerializeTuple = Container<'a>;
    type SerializeTupleStruct = Container<'a>;
    type SerializeTupleVariant = Container<'a>;
    type SerializeMap = Container<'a>;
    type SerializeStruct = Container<'a>;
    type SerializeStructVariant = Container<'a>;

    methods! { Result:
        serialize_bool(self, value: bool) => append(self.out, [0xc2 | u8::from(value)]);
        serialize_i8(self, value: i8) => self.serialize_i64(value.into());
        serialize_i16(self, value: i16) => self.serialize_i64(value.into());
        serialize_i32(self, value: i32) => self.serialize_i64(value.into());
        serialize_i64(self, value: i64) => signed(self.out, value);
        serialize_u8(self, value: u8) => self.serialize_u64(value.into());
        serialize_u16(self, value: u16) => self.serialize_u64(value.into());
        serialize_u32(self, value: u32) => self.serialize_u64(value.into());
        serialize_u64(self, value: u64) => unsigned(self.out, UNSIGNED, value);
        serialize_f32(self, value: f32) => float(self.out, 0xca, value.to_be_bytes());
        serialize_f64(self, value: f64) => float(self.out, 0xcb, value.to_be_bytes());
        serialize_char(self, value: char) => self.serialize_str(value.encode_utf8(&mut [0; 4]));
        serialize_str(self, value: &str) => sized(self.out, TEXT, value.as_bytes());
        serialize_bytes(self, value: &[u8]) => sized(self.out, BYTES, value);
        serialize_none(self) => self.serialize_unit();
        serialize_unit(self) => append(self.out, [0xc0]);
        serialize_unit_struct(self, _: &str) => self.serialize_unit();
        serialize_unit_variant(self, _: &str, _: u32, name: &str) => self.serialize_str(name);
    }

    methods! { Result<Container<'a>>:
        serialize_seq(self, len: Option<usize>) => self.open(ARRAY, len);
        serialize_tuple(self, len: usize) => self.open(ARRAY, Some(len));
        serialize_tuple_struct(self, _: &str, len: usize) => self.open(ARRAY, Some(len));
        serialize_tuple_variant(self, _: &str, _: u32, name: &str, len: usize) =>
            self.variant(name)?.open(ARRAY, Some(len));
        serialize_map(self, len: Option<usize>) => self.open(MAP, len);
        serialize_struct(self, _: &str, len: usize) => self.open(MAP, Some(len));
        serialize_struct_variant(self, _: &str, _: u32, name: &str, len: usize) =>
            self.variant(name)?.open(MAP, Some(len));
    }

    /// As a number where 64 bits hold it: no other number type reads 16 bytes.
    fn serialize_i128(self, value: i128) -> Result {
        match (i64::try_from(value), u64::try_from(value)) {
            (Ok(value), _) => self.serialize_i64(value),
            (_, Ok(value)) => self.serialize_u64(value),
            _ => self.serialize_bytes(&value.to_be_bytes()),
        }
    }

    /// As [`Self::serialize_i128`] does.
    fn serialize_u128(self, value: u128) -> Result {
        match u64::try_from(value) {
            Ok(value) => self.serialize_u64(value),
            Err(_) => self.serialize_bytes(&value.to_be_bytes()),
        }
    }

    fn serialize_some<T: Serialize + ?Sized>(mut self, value: &T) -> Result {
        self.nested(value)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(mut self, _: &str, value: &T) -> Result {
        self.nested(value)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &str,
        _: u32,
        name: &str,
        value: &T,
    ) -> Result {
        self.variant(name)?.nested(value)
    }
}

/// An array or a map that is not complete.
struct Container<'a> {
    writer: Writer<'a>,
    kind: Kind,
    start: usize,
    /// `None` if the number of entries is known at the end only. It is inserted then.
    announced: Option<usize>,
    /// The number of values that it holds so far. Keys are values.
    values: usize,
}

impl<'a> Container<'a> {
    fn value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result {
        self.append(1, |writer| writer.nested(value))
    }

    fn field<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) -> Result {
        self.append(2, |writer| {
            sized(writer.out, TEXT, name.as_bytes())?;
            writer.nested(value)
        })
    }

    /// Appends that many values, or none: a type may go on after an error inside it.
    #[inline]
    fn append(&mut self, values: usize, write: impl FnOnce(&mut Writer<'a>) -> Result) -> Result {
        let start = self.writer.out.len();
        write(&mut self.writer).inspect_err(|_| self.writer.out.truncate(start))?;
        self.values += values;
        Ok(())
    }

    fn close(self) -> Result {
        let Kind(.., values_per_entry) = self.kind;
        let entries = self.values / values_per_entry;
        let whole = self.values.is_multiple_of(values_per_entry);
        match self.announced {
            None if whole => self.insert_length(entries),
            Some(announced) if whole && announced == entries => Ok(()),
            _ => Err(EncodeError::Refused),
        }
    }

    fn insert_length(self, entries: usize) -> Result {
        let end = self.writer.out.len();
        length(self.writer.out, self.kind, entries)?;
        let size = self.writer.out.len() - end;
        let container = self.writer.out.get_mut(self.start..);
        container.unwrap_or_default().rotate_right(size);
        Ok(())
    }
}

/// The calls of serde on each kind of container, as one of the two methods above.
macro_rules! containers {
    ($($trait:ident: $($method:ident($($name:ident)?) => $append:ident),+;)*) => {$(
        impl $trait for Container<'_> {
            type Ok = ();
            type Error = EncodeError;

            $(fn $method<T: Serialize + ?Sized>(
                &mut self,
                $($name: &'static str,)?
                value: &T,
            ) -> Result {
                self.$append($($name,)? value)
            })+

            fn end(self) -> Result {
                self.close()
            }
        }
    )*};
}

containers! {
    SerializeSeq: serialize_element() => value;
    SerializeTuple: serialize_element() => value;
    SerializeTupleStruct: serialize_field() => value;
    SerializeTupleVariant: serialize_field() => value;
    SerializeMap: serialize_key() => value, serialize_value() => value;
    SerializeStruct: serialize_field(name) => field;
    SerializeStructVariant: serialize_field(name) => field;
}

/// The markers of what starts with a number, which is the value itself or its size: the one that has a
/// short number in its low bits, the first number that is not short, and the one before a number
/// of 8 bits. Those before 16, 32 and 64 bits follow it.
#[derive(Clone, Copy)]
struct Markers(u8, u64, u8);

const UNSIGNED: Markers = Markers(0x00, 0x80, 0xcc);
const TEXT: Markers = Markers(0xa0, 0x20, 0xd9);
const BYTES: Markers = Markers(0x00, 0x00, 0xc4);

#[inline]
fn sized(out: &mut Vec<u8>, markers: Markers, content: &[u8]) -> Result {
    let size = u32::try_from(content.len()).map_err(|_| EncodeError::Refused)?;
    unsigned(out, markers, size.into())?;
    out.extend_from_slice(content);
    Ok(())
}

/// Most numbers are short, so that their two forms are inlined.
#[inline]
fn unsigned(out: &mut Vec<u8>, markers: Markers, number: u64) -> Result {
    let Markers(short, long, in_8_bits) = markers;
    let [.., h] = number.to_be_bytes();
    match number {
        _ if number < long => append(out, [short | h]),
        0..=0xff => append(out, [in_8_bits, h]),
        _ => unsigned_in_more_bits(out, markers, number),
    }
}

#[inline(never)]
fn unsigned_in_more_bits(
    out: &mut Vec<u8>,
    Markers(.., in_8_bits): Markers,
    number: u64,
) -> Result {
    let [a, b, c, d, e, f, g, h] = number.to_be_bytes();
    match number {
        0..=0xffff => append(out, [in_8_bits + 1, g, h]),
        0x1_0000..=0xffff_ffff => append(out, [in_8_bits + 2, e, f, g, h]),
        _ => append(out, [in_8_bits + 3, a, b, c, d, e, f, g, h]),
    }
}

#[inline]
fn signed(out: &mut Vec<u8>, number: i64) -> Result {
    let [a, b, c, d, e, f, g, h] = number.to_be_bytes();
    match number {
        0.. => unsigned(out, UNSIGNED, number.cast_unsigned()),
        -0x20..0 => append(out, [h]),
        -0x80..-0x20 => append(out, [0xd0, h]),
        -0x8000..-0x80 => append(out, [0xd1, g, h]),
        -0x8000_0000..-0x8000 => append(out, [0xd2, e, f, g, h]),
        _ => append(out, [0xd3, a, b, c, d, e, f, g, h]),
    }
}

/// A kind of container: the marker that has a short length in its low bits, the one before a length of
/// 16 bits, which one before 32 bits follows, and how many values an entry is.
#[derive(Clone, Copy)]
struct Kind(u8, u8, usize);

const ARRAY: Kind = Kind(0x90, 0xdc, 1);
const MAP: Kind = Kind(0x80, 0xde, 2);

/// Appends what a list of so many items starts with.
pub(super) fn start_of_list(items: usize, out: &mut Vec<u8>) -> Result {
    length(out, ARRAY, items)
}

fn length(out: &mut Vec<u8>, Kind(short, in_16_bits, _): Kind, entries: usize) -> Result {
    let entries = u32::try_from(entries).map_err(|_| EncodeError::Refused)?;
    let [a, b, c, d] = entries.to_be_bytes();
    match entries {
        0..=0xf => append(out, [short | d]),
        0x10..=0xffff => append(out, [in_16_bits, c, d]),
        _ => append(out, [in_16_bits + 1, a, b, c, d]),
    }
}

fn float<const N: usize>(out: &mut Vec<u8>, marker: u8, number: [u8; N]) -> Result {
    append(out, [marker])?;
    append(out, number)
}

#[expect(clippy::unnecessary_wraps, reason = "most methods end with it")]
#[inline]
fn append<const N: usize>(out: &mut Vec<u8>, bytes: [u8; N]) -> Result {
    out.extend_from_slice(&bytes);
    Ok(())
}
