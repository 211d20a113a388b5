//! The engine in pure Rust, by the crate `chacha20poly1305`. It is the reference for the other one.

use chacha20poly1305::aead::inout::InOutBuf;
use chacha20poly1305::{AeadInOut, KeyInit, Tag, XChaCha20Poly1305};

use super::{Engine, NONCE_BYTES, TAG_BYTES};

pub(in crate::token) struct Portable;

impl Engine for Portable {
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
        XChaCha20Poly1305::new(key.into())
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
        XChaCha20Poly1305::new(key.into())
            .decrypt_inout_detached(
                nonce.into(),
                associated,
                InOutBuf::from(message),
                &Tag::from(*tag),
            )
            .is_ok()
    }
}
