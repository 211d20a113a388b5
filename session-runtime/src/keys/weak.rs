//! Keys that are not random. A random key is called weak once in 10^13, and nearly always by the rule
//! about text in ASCII. How often each rule is wrong, of 256^32 keys:
//!
//! | rule | random keys that it refuses | |
//! |---|---|---|
//! | text in ASCII | 99^32 | 2^-43.9 |
//! | few different bytes | the sum of C(256, n) × surjections(32, n) for n < 16 | 2^-54.8 |
//! | text beyond ASCII | less than 2.31 × (66^32 + 61^32 + 64.7^32), see [`ALPHABETS`] | 2^-60.7 |
//! | filled up | 4 × 256^24 | 2^-62 |
//! | repeats itself | 256^24 + 256^23 + … | 2^-64 |
//! | one byte too often | less than 256 × C(32, 13) × 256^19 | 2^-67.6 |
//! | progressions | C(30, 5) × 256^7, and fewer | 2^-182 |
//!
//! All but the first two together are below 2^-60. Those two stay: nothing tells 32 letters and signs
//! that somebody typed from 32 that chance made.

use super::KeyError;

/// Fewer different bytes than this do not happen by chance: 32 random ones have about 30.
const MIN_DISTINCT: usize = 16;

/// Nor does one byte stand there more often: half a key between zeros, or text in UTF-16.
const MAX_EQUAL: usize = 12;

/// So many zeros, or bytes of ones, fill a shorter key up.
const FILLED: usize = 8;

/// The key that the documentation prints, and the three of the vectors. Whoever uses one shares it with every reader.
pub(super) const PUBLISHED: [[u8; 32]; 4] = [
    [
        0x6b, 0xe2, 0x0c, 0x91, 0x5f, 0xd7, 0x38, 0xa4, 0x13, 0xfa, 0x86, 0x49, 0x2d, 0xb0, 0x7e,
        0xc5, 0x58, 0x01, 0xef, 0x94, 0x3a, 0xcd, 0x62, 0x1f, 0xb9, 0x70, 0x2e, 0xd5, 0x8b, 0x44,
        0xf6, 0x9c,
    ],
    [
        0x03, 0x68, 0x67, 0x45, 0x53, 0x13, 0x43, 0xec, 0x40, 0x64, 0x9e, 0x74, 0xe8, 0x8a, 0x6c,
        0xeb, 0x9f, 0x33, 0x0f, 0xbb, 0x67, 0xd3, 0xd3, 0x91, 0x8c, 0x68, 0xc0, 0xc0, 0x33, 0xbc,
        0xb6, 0xa5,
    ],
    [
        0x91, 0x99, 0xac, 0x1d, 0xb1, 0x53, 0xea, 0x95, 0x17, 0xe5, 0x44, 0x04, 0x06, 0x6a, 0x03,
        0x3a, 0x3e, 0x65, 0x7b, 0x42, 0xb1, 0x28, 0x40, 0x7b, 0x44, 0xfd, 0x8f, 0xa4, 0xfd, 0x51,
        0xab, 0x12,
    ],
    [
        0x20, 0x30, 0x46, 0xc5, 0x0f, 0x1d, 0xe2, 0x3b, 0xff, 0x71, 0x22, 0x47, 0x32, 0xa6, 0xff,
        0x47, 0xcf, 0xaf, 0x58, 0x69, 0xe7, 0x94, 0x6c, 0x36, 0x1f, 0x5f, 0xb0, 0xce, 0x1c, 0x47,
        0x0b, 0xe7,
    ],
];

pub(super) fn refuse(root: &[u8; 32]) -> Result<(), KeyError> {
    if is_ascii_text(root) || is_text_beyond_ascii(root) {
        Err(KeyError::Text)
    } else if has_low_variety(root) {
        Err(KeyError::LowVariety)
    } else if PUBLISHED.contains(root) {
        Err(KeyError::Published)
    } else {
        Ok(())
    }
}

/// A sentence or a password that happens to be 32 bytes long, or was filled up with zeros.
fn is_ascii_text(root: &[u8; 32]) -> bool {
    let is_text = |byte: &u8| matches!(byte, b' '..=b'~' | b'\t' | b'\r' | b'\n' | 0);
    root.iter().all(is_text)
}

/// The same in other scripts, as UTF-8.
fn is_text_beyond_ascii(root: &[u8; 32]) -> bool {
    let Some(text) = utf8(root) else {
        return false;
    };
    let text = text.trim_end_matches('\0');
    let mut alphabets = ALPHABETS.iter();
    alphabets.any(|is_of_alphabet| text.chars().all(is_of_alphabet))
}

/// Without a last character that is cut.
fn utf8(root: &[u8; 32]) -> Option<&str> {
    let whole = match str::from_utf8(root) {
        Ok(_) => &root[..],
        Err(error) if error.error_len().is_none() => root.get(..error.valid_up_to())?,
        Err(_) => return None,
    };
    str::from_utf8(whole).ok()
}

/// Characters that stand together in one text. Larger alphabets would refuse random keys too often:
/// all of Unicode one in 2^26.
///
/// Of an alphabet with `a` characters of one byte, `b` of two, `c` of three and `d` of four there are
/// fewer than `x^32` texts, where `x^4 = a x^3 + b x^2 + c x + d`. Texts that are cut inside their last
/// character, or filled up with zeros, make that less than 2.31 times as many.
const ALPHABETS: [fn(char) -> bool; 3] = [is_latin, is_of_two_bytes, is_of_more_bytes];

/// `x` is below 66, for 63 characters of one byte and 192 of two.
fn is_latin(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, ' ' | '\u{c0}'..='\u{17f}')
}

/// Greek, Cyrillic, Armenian, Hebrew and Arabic. `x` is below 61, for 46 and 912.
fn is_of_two_bytes(c: char) -> bool {
    stands_in_any_text(c) || matches!(c, '\u{370}'..='\u{6ff}')
}

/// From Hindi and Thai to Chinese, Japanese and Korean, and emoji. `x` is below 64.7, for 46, none of
/// two, 61440 of three and 1048576 of four.
fn is_of_more_bytes(c: char) -> bool {
    stands_in_any_text(c) || c >= '\u{800}'
}

fn stands_in_any_text(c: char) -> bool {
    matches!(c, ' '..='~' | '\t' | '\r' | '\n') && !c.is_ascii_alphabetic()
}

fn has_low_variety(root: &[u8; 32]) -> bool {
    let mut sorted = *root;
    sorted.sort_unstable();
    let equal = || sorted.chunk_by(|a, b| a == b);
    equal().count() < MIN_DISTINCT
        || equal().any(|bytes| bytes.len() > MAX_EQUAL)
        || is_filled_up(root)
        || repeats_itself(root)
        || is_progression(root)
}

/// A shorter key, before or behind its padding.
fn is_filled_up(root: &[u8; 32]) -> bool {
    [0x00, 0xff].iter().any(|byte| {
        let padding = [*byte; FILLED];
        root.starts_with(&padding) || root.ends_with(&padding)
    })
}

/// The last eight bytes at least are a copy of what stands before them.
fn repeats_itself(root: &[u8; 32]) -> bool {
    let has_period = |period| root.iter().skip(period).zip(root).all(|(a, b)| a == b);
    (1..=24).any(has_period)
}

/// 0, 1, 2, … or 0, 1, 4, 9, … and the like, but for a few bytes.
fn is_progression(root: &[u8; 32]) -> bool {
    let steps = differences(root);
    is_nearly_constant(&steps) || is_nearly_constant(&differences(&steps))
}

fn differences(bytes: &[u8]) -> Vec<u8> {
    neighbours(bytes).map(|(a, b)| b.wrapping_sub(*a)).collect()
}

fn is_nearly_constant(bytes: &[u8]) -> bool {
    neighbours(bytes).filter(|(a, b)| a == b).count() + 6 >= bytes.len()
}

fn neighbours(bytes: &[u8]) -> impl Iterator<Item = (&u8, &u8)> {
    bytes.iter().zip(bytes.iter().skip(1))
}
