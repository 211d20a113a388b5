//! The cipher behind one small interface, so that there can be two implementations of it, and so that a test can
//! count its calls.

#[cfg(any(test, not(feature = "ring")))]
mod portable;
#[cfg(feature = "ring")]
mod ring;
#[cfg(test)]
mod tests;

#[cfg(not(feature = "ring"))]
pub(super) use self::portable::Portable as XChaCha20Poly1305;
#[cfg(feature = "ring")]
pub(super) use self::ring::Ring as XChaCha20Poly1305;

pub(super) const NONCE_BYTES: usize = 24;
pub(super) const TAG_BYTES: usize = 16;

/// XChaCha20-Poly1305, in place.
pub(super) trait Engine {
    /// Encrypts `message` and returns its tag.
    fn seal(
        &self,
        key: &[u8; 32],
        nonce: &[u8; NONCE_BYTES],
        associated: &[u8],
        message: &mut [u8],
    ) -> [u8; TAG_BYTES];

    /// Decrypts `message` if `tag` authenticates it, compared in constant time. Otherwise `message` is of no use
    /// any more.
    fn open(
        &self,
        key: &[u8; 32],
        nonce: &[u8; NONCE_BYTES],
        associated: &[u8],
        message: &mut [u8],
        tag: &[u8; TAG_BYTES],
    ) -> bool;
}
