//! The cipher behind one small interface, so that another implementation of the same algorithm
//! can take its place, and so that a test can count its calls.

use chacha20poly1305::aead::inout::InOutBuf;
use chacha20poly1305::{AeadInOut, KeyInit, Tag};

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

    /// Decrypts `message` if `tag` authenticates it, compared in constant time.
    fn open(
        &self,
        key: &[u8; 32],
        nonce: &[u8; NONCE_BYTES],
        associated: &[u8],
        message: &mut [u8],
        tag: &[u8; TAG_BYTES],
    ) -> bool;
}

/// The engine by the crate `chacha20poly1305`.
pub(super) struct XChaCha20Poly1305;

impl Engine for XChaCha20Poly1305 {
    #[expect(
        clippy::expect_used,
        reason = "the cipher's limit of 256 GiB is more than a token can be"
    )]
    fn seal(
        &self,
        key: &[u8; 32],
        nonce: &[u8; NONCE_BYTES],
        associated: &[u8],
        message: &mut [u8],
    ) -> [u8; TAG_BYTES] {
        chacha20poly1305::XChaCha20Poly1305::new(key.into())
            .encrypt_inout_detached(nonce.into(), associated, InOutBuf::from(message))
            .expect("a message the cipher can take")
            .into()
    }

    fn open(
        &self,
        key: &[u8; 32],
        nonce: &[u8; NONCE_BYTES],
        associated: &[u8],
        message: &mut [u8],
        tag: &[u8; TAG_BYTES],
    ) -> bool {
        chacha20poly1305::XChaCha20Poly1305::new(key.into())
            .decrypt_inout_detached(
                nonce.into(),
                associated,
                InOutBuf::from(message),
                &Tag::from(*tag),
            )
            .is_ok()
    }
}
