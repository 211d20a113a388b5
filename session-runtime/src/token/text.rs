//! Base64url without padding. Bytes have one spelling: a text with bits behind its last byte does not decode.

use base64::Engine as _;
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
use vectors::ENGINE;

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
const ENGINE: &base64::engine::GeneralPurpose = &base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// The engine that uses the vectors of the processor, if it has them.
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
mod vectors {
    use std::sync::LazyLock;

    use base64::engine::Simd;
    use base64::engine::general_purpose::NO_PAD;

    pub(super) static ENGINE: LazyLock<Simd> = LazyLock::new(|| Simd::url_safe(NO_PAD));
}

/// The number of characters that so many bytes are written as.
pub(super) fn len(bytes: usize) -> usize {
    (4 * bytes).div_ceil(3)
}

/// Appends the text of `bytes`.
#[expect(
    clippy::expect_used,
    reason = "the text is as long as `len` says, and there is so much room"
)]
pub(super) fn write(bytes: &[u8], out: &mut Vec<u8>) {
    let start = out.len();
    out.resize(start + len(bytes.len()), 0);
    let text = out.get_mut(start..).unwrap_or_default();
    let written = ENGINE.encode_slice(bytes, text).expect("room for the text");
    debug_assert_eq!(written, text.len());
}

/// `None` if the text is anything else.
pub(super) fn decode(text: &[u8]) -> Option<Vec<u8>> {
    ENGINE.decode(text).ok()
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::*;

    /// Over every boundary of what vectors take at once.
    #[test]
    fn vectors_write_and_refuse_what_a_byte_at_a_time_does() {
        for len in 0..300_usize {
            let bytes: Vec<u8> = (0..len)
                .map(|at| (at * 37 + len).to_le_bytes()[0])
                .collect();
            let mut text = Vec::new();
            write(&bytes, &mut text);
            assert_eq!(text, URL_SAFE_NO_PAD.encode(&bytes).into_bytes());
            assert_eq!(decode(&text).as_ref(), Some(&bytes));
            for at in 0..text.len() {
                for byte in [
                    b'+', b'/', b'=', b' ', b'\n', 0, 0x80, 0xff, b'-', b'_', b'A',
                ] {
                    let mut other = text.clone();
                    other[at] = byte;
                    let expected = URL_SAFE_NO_PAD.decode(&other).ok();
                    assert_eq!(decode(&other), expected, "byte {byte} at {at} of {len}");
                }
                let cut = &text[..at];
                assert_eq!(decode(cut), URL_SAFE_NO_PAD.decode(cut).ok());
            }
        }
    }
}
