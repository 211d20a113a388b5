//! The items that encoded bytes are made of, and the check that bytes are one complete `MessagePack` value: nested
//! at most [`MAX_DEPTH`] deep, with no length that its input does not hold. Values are read without their types only
//! behind that check. [`super::reading`] checks the same while it reads.

/// Arrays and maps inside each other. A decoder's frames for this many fit any thread's stack.
pub(crate) const MAX_DEPTH: usize = 64;

/// The reason why bytes are not one value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ShapeError {
    /// The bytes end inside the value.
    Truncated,
    /// Bytes follow the value.
    TrailingBytes,
    /// A byte that starts no value.
    Reserved,
    /// More than [`MAX_DEPTH`] containers inside each other.
    TooDeep,
}

/// Checks that `bytes` are exactly one value.
pub(super) fn check(bytes: &[u8]) -> Result<(), ShapeError> {
    let mut input = Input(bytes);
    input.skip()?;
    if input.0.is_empty() {
        Ok(())
    } else {
        Err(ShapeError::TrailingBytes)
    }
}

/// The number of values that each open container still waits for, kept without an allocation.
struct OpenContainers {
    waiting: [usize; MAX_DEPTH],
    depth: usize,
}

impl Default for OpenContainers {
    fn default() -> Self {
        Self {
            waiting: [0; MAX_DEPTH],
            depth: 0,
        }
    }
}

impl OpenContainers {
    fn push(&mut self, values: usize) -> Result<(), ShapeError> {
        let slot = self
            .waiting
            .get_mut(self.depth)
            .ok_or(ShapeError::TooDeep)?;
        *slot = values;
        self.depth += 1;
        Ok(())
    }

    /// Closes what is complete; whether a value must follow.
    fn expect_value(&mut self) -> bool {
        while let Some(innermost) = self.depth.checked_sub(1) {
            match self.waiting.get_mut(innermost) {
                Some(values @ 1..) => {
                    *values -= 1;
                    return true;
                }
                _ => self.depth = innermost,
            }
        }
        false
    }
}

/// A scalar, or the start of a container. Text may still be no UTF-8.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Item<'a> {
    Nil,
    Bool(bool),
    Unsigned(u64),
    Signed(i64),
    Float32(f32),
    Float64(f64),
    Text(&'a [u8]),
    Bytes(&'a [u8]),
    Extension,
    Array { values: usize },
    Map { entries: usize },
}

impl Item<'_> {
    /// Returns the number of values that follow inside, if the item is a container.
    fn values(&self) -> Option<usize> {
        match *self {
            Self::Array { values } => Some(values),
            Self::Map { entries } => Some(entries.saturating_mul(2)),
            _ => None,
        }
    }
}

/// The bytes that are left to read.
pub(super) struct Input<'a>(pub(super) &'a [u8]);

impl<'a> Input<'a> {
    /// Takes one value, with what is inside it.
    pub(super) fn skip(&mut self) -> Result<(), ShapeError> {
        let mut open = OpenContainers::default();
        loop {
            if let Some(values) = self.item()?.values() {
                // Every value takes a byte at least.
                if values > self.0.len() {
                    return Err(ShapeError::Truncated);
                }
                open.push(values)?;
            }
            if !open.expect_value() {
                return Ok(());
            }
        }
    }

    /// Takes one marker with its length and, for a scalar, its content. What most items are is inlined, as a short cut.
    #[inline]
    pub(super) fn item(&mut self) -> Result<Item<'a>, ShapeError> {
        let [marker] = self.array()?;
        match marker {
            0x00..=0x7f => Ok(Item::Unsigned(marker.into())),
            0xa0..=0xbf => Ok(Item::Text(self.take(marker & 0x1f)?)),
            0xcc => Ok(Item::Unsigned(u8::from_be_bytes(self.array()?).into())),
            _ => self.item_behind(marker),
        }
    }

    /// Takes what follows a marker.
    #[inline(never)]
    fn item_behind(&mut self, marker: u8) -> Result<Item<'a>, ShapeError> {
        Ok(match marker {
            0x00..=0x7f => Item::Unsigned(marker.into()),
            0x80..=0x8f => map(marker & 0x0f),
            0x90..=0x9f => array(marker & 0x0f),
            0xa0..=0xbf => Item::Text(self.take(marker & 0x1f)?),
            0xc0 => Item::Nil,
            0xc1 => return Err(ShapeError::Reserved),
            0xc2 | 0xc3 => Item::Bool(marker == 0xc3),
            0xc4..=0xc6 => Item::Bytes(self.sized(marker - 0xc4)?),
            0xc7..=0xc9 => self.extension(marker - 0xc7)?,
            0xca => Item::Float32(f32::from_be_bytes(self.array()?)),
            0xcb => Item::Float64(f64::from_be_bytes(self.array()?)),
            0xcc => Item::Unsigned(u8::from_be_bytes(self.array()?).into()),
            0xcd => Item::Unsigned(u16::from_be_bytes(self.array()?).into()),
            0xce => Item::Unsigned(u32::from_be_bytes(self.array()?).into()),
            0xcf => Item::Unsigned(u64::from_be_bytes(self.array()?)),
            0xd0 => Item::Signed(i8::from_be_bytes(self.array()?).into()),
            0xd1 => Item::Signed(i16::from_be_bytes(self.array()?).into()),
            0xd2 => Item::Signed(i32::from_be_bytes(self.array()?).into()),
            0xd3 => Item::Signed(i64::from_be_bytes(self.array()?)),
            0xd4..=0xd8 => self.fixed_extension(marker - 0xd4)?,
            0xd9..=0xdb => Item::Text(self.sized(marker - 0xd9)?),
            0xdc | 0xdd => array(self.length(marker - 0xdb)?),
            0xde | 0xdf => map(self.length(marker - 0xdd)?),
            0xe0..=0xff => Item::Signed(marker.cast_signed().into()),
        })
    }

    /// An extension's type is one more byte. Nothing that is written is one.
    fn extension(&mut self, width: u8) -> Result<Item<'a>, ShapeError> {
        let content = self.length(width)?;
        self.take(1_u8)?;
        self.take(content)?;
        Ok(Item::Extension)
    }

    fn fixed_extension(&mut self, doublings: u8) -> Result<Item<'a>, ShapeError> {
        self.take(1 + (1_u32 << doublings))?;
        Ok(Item::Extension)
    }

    fn sized(&mut self, width: u8) -> Result<&'a [u8], ShapeError> {
        let len = self.length(width)?;
        self.take(len)
    }

    /// A length of 1, 2 or 4 bytes, for a `width` of 0, 1 or 2.
    fn length(&mut self, width: u8) -> Result<u32, ShapeError> {
        Ok(match width {
            0 => u8::from_be_bytes(self.array()?).into(),
            1 => u16::from_be_bytes(self.array()?).into(),
            _ => u32::from_be_bytes(self.array()?),
        })
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], ShapeError> {
        let (taken, rest) = self.0.split_first_chunk().ok_or(ShapeError::Truncated)?;
        self.0 = rest;
        Ok(*taken)
    }

    fn take(&mut self, len: impl Into<u32>) -> Result<&'a [u8], ShapeError> {
        let (taken, rest) = self
            .0
            .split_at_checked(size(len))
            .ok_or(ShapeError::Truncated)?;
        self.0 = rest;
        Ok(taken)
    }
}

fn array(values: impl Into<u32>) -> Item<'static> {
    let values = size(values);
    Item::Array { values }
}

fn map(entries: impl Into<u32>) -> Item<'static> {
    let entries = size(entries);
    Item::Map { entries }
}

/// As an address may be too short for it, it saturates: no input holds so much.
fn size(len: impl Into<u32>) -> usize {
    usize::try_from(len.into()).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_value_of_every_kind_is_accepted() {
        let values: [&[u8]; 12] = [
            b"\x07",
            b"\xe0",
            b"\xc0",
            b"\xa3abc",
            b"\xc4\x02ab",
            b"\xd9\x02ab",
            b"\xcb12345678",
            b"\xd4\x00a",
            b"\xc7\x02\x00ab",
            b"\x90",
            b"\x92\x01\x90",
            b"\x81\xa1a\x82\x01\x02\x03\x04",
        ];
        for value in values {
            assert_eq!(check(value), Ok(()), "{value:02x?}");
        }
    }

    #[test]
    fn every_cut_is_truncated_and_every_extra_byte_is_trailing() {
        let value = b"\x82\xa1a\x92\x01\xd9\x02ab\xa1b\xcb12345678";
        assert_eq!(check(value), Ok(()));
        for cut in 0..value.len() {
            assert_eq!(check(&value[..cut]), Err(ShapeError::Truncated), "at {cut}");
        }
        assert_eq!(
            check(&[value.as_slice(), &[0]].concat()),
            Err(ShapeError::TrailingBytes)
        );
    }

    #[test]
    fn a_length_that_the_input_does_not_hold_is_refused() {
        for claim in [
            b"\xdd\xff\xff\xff\xff".as_slice(),
            b"\xdf\xff\xff\xff\xff",
            b"\xc6\xff\xff\xff\xff",
            b"\xdb\xff\xff\xff\xff",
            b"\xc9\xff\xff\xff\xff",
            b"\xdc\x00\x03\x01\x01",
        ] {
            assert_eq!(check(claim), Err(ShapeError::Truncated), "{claim:02x?}");
        }
    }

    #[test]
    fn sixty_four_levels_pass_and_sixty_five_do_not() {
        for (start, end) in [(0x91, 0x90), (0x81, 0x80)] {
            let nested = |levels: usize| {
                let mut bytes = Vec::new();
                for _ in 1..levels {
                    bytes.push(start);
                    if start == 0x81 {
                        bytes.push(0x01);
                    }
                }
                bytes.push(end);
                bytes
            };
            assert_eq!(check(&nested(MAX_DEPTH)), Ok(()));
            assert_eq!(check(&nested(MAX_DEPTH + 1)), Err(ShapeError::TooDeep));
            assert_eq!(check(&nested(1_000_000)), Err(ShapeError::TooDeep));
        }
    }

    #[test]
    fn the_reserved_marker_is_refused() {
        assert_eq!(check(b"\xc1"), Err(ShapeError::Reserved));
        assert_eq!(check(b"\x91\xc1"), Err(ShapeError::Reserved));
    }
}
