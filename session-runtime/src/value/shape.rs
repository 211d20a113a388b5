//! The shape of encoded bytes, checked before anything is decoded from them: one complete
//! `MessagePack` value, nested at most [`MAX_DEPTH`] deep, with no length that its input does not
//! hold. A decoder behind this check cannot be made to recurse or to allocate by a few bytes.

/// Arrays and maps inside each other. A decoder's frames for this many fit any thread's stack.
pub(crate) const MAX_DEPTH: usize = 64;

/// Why bytes are not one value.
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
    let mut open = OpenContainers::default();
    loop {
        if let Item::Container { values } = input.item()? {
            // Every value takes a byte at least.
            if values > input.0.len() {
                return Err(ShapeError::Truncated);
            }
            open.push(values)?;
        }
        if !open.expect_value() {
            break;
        }
    }
    if input.0.is_empty() {
        Ok(())
    } else {
        Err(ShapeError::TrailingBytes)
    }
}

/// How many values each open container still waits for, without an allocation.
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

enum Item {
    Scalar,
    Container { values: usize },
}

struct Input<'a>(&'a [u8]);

impl Input<'_> {
    /// Takes one marker with its length and, for a scalar, its content.
    fn item(&mut self) -> Result<Item, ShapeError> {
        let marker = self.unsigned(1)?;
        let (content, values) = match marker {
            0x00..=0x7f | 0xc0 | 0xc2 | 0xc3 | 0xe0..=0xff => (0, None),
            0x80..=0x8f => (0, Some(2 * (marker & 0x0f))),
            0x90..=0x9f => (0, Some(marker & 0x0f)),
            0xa0..=0xbf => (marker & 0x1f, None),
            0xc4 | 0xd9 => (self.unsigned(1)?, None),
            0xc5 | 0xda => (self.unsigned(2)?, None),
            0xc6 | 0xdb => (self.unsigned(4)?, None),
            // An extension's type is one more byte.
            0xc7 => (1 + self.unsigned(1)?, None),
            0xc8 => (1 + self.unsigned(2)?, None),
            0xc9 => (1 + self.unsigned(4)?, None),
            0xcc | 0xd0 => (1, None),
            0xca | 0xce | 0xd2 => (4, None),
            0xcb | 0xcf | 0xd3 => (8, None),
            0xcd | 0xd1 | 0xd4 => (2, None),
            0xd5 => (3, None),
            0xd6 => (5, None),
            0xd7 => (9, None),
            0xd8 => (17, None),
            0xdc => (0, Some(self.unsigned(2)?)),
            0xdd => (0, Some(self.unsigned(4)?)),
            0xde => (0, Some(2 * self.unsigned(2)?)),
            0xdf => (0, Some(2 * self.unsigned(4)?)),
            _ => return Err(ShapeError::Reserved),
        };
        self.take(content)?;
        Ok(match values {
            None => Item::Scalar,
            Some(values) => Item::Container {
                values: usize::try_from(values).unwrap_or(usize::MAX),
            },
        })
    }

    fn unsigned(&mut self, width: u64) -> Result<u64, ShapeError> {
        let bytes = self.take(width)?;
        Ok(bytes
            .iter()
            .fold(0, |value, byte| value << 8 | u64::from(*byte)))
    }

    fn take(&mut self, len: u64) -> Result<&[u8], ShapeError> {
        let len = usize::try_from(len).map_err(|_| ShapeError::Truncated)?;
        let (taken, rest) = self.0.split_at_checked(len).ok_or(ShapeError::Truncated)?;
        self.0 = rest;
        Ok(taken)
    }
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
