//! Keys that are not random. Each rule refuses a random key less than once in 10^13.

use super::KeyError;

/// Fewer different bytes than this do not happen by chance: 32 random ones have about 30.
const MIN_DISTINCT: usize = 16;

/// The key that the documentation prints. Whoever copies it shares it with every reader.
pub(super) const PUBLISHED: [[u8; 32]; 1] = [[
    0x6b, 0xe2, 0x0c, 0x91, 0x5f, 0xd7, 0x38, 0xa4, 0x13, 0xfa, 0x86, 0x49, 0x2d, 0xb0, 0x7e, 0xc5,
    0x58, 0x01, 0xef, 0x94, 0x3a, 0xcd, 0x62, 0x1f, 0xb9, 0x70, 0x2e, 0xd5, 0x8b, 0x44, 0xf6, 0x9c,
]];

pub(super) fn refuse(root: &[u8; 32]) -> Result<(), KeyError> {
    if is_text(root) {
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
fn is_text(root: &[u8; 32]) -> bool {
    let is_text = |byte: &u8| matches!(byte, b' '..=b'~' | b'\t' | b'\r' | b'\n' | 0);
    root.iter().all(is_text)
}

fn has_low_variety(root: &[u8; 32]) -> bool {
    let mut distinct = *root;
    distinct.sort_unstable();
    let distinct = distinct.chunk_by(|a, b| a == b).count();
    distinct < MIN_DISTINCT || repeats_itself(root) || is_progression(root)
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
    let pairs = bytes.array_windows();
    pairs.map(|[a, b]| b.wrapping_sub(*a)).collect()
}

fn is_nearly_constant(bytes: &[u8]) -> bool {
    let equals_next = bytes.array_windows().filter(|[a, b]| a == b);
    equals_next.count() + 6 >= bytes.len()
}
